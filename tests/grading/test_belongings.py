"""nbgrader copies the files that are a student's own and no others; what it would trip over is left out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbgrader.coursedir import CourseDirectory

from sig_checker.grading.belongings import Belongings, guard, own_files_only


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name in ("source/hw/data", "submitted/a/hw/more", "submitted/b/hw"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("gradebook.db", "source/hw/data/table.csv", "source/hw/helper.py", "submitted/a/hw/own.txt",
                 "submitted/a/hw/more/deep.txt", "submitted/b/hw/theirs.txt"):  # fmt: skip
        (tmp_path / name).write_text(name)
    return tmp_path


def _coursedir(course: Path) -> Any:
    return SimpleNamespace(root=str(course), submitted_directory="submitted")


def _copied(course: Path) -> list[str]:
    from nbgrader.converters import base  # noqa: PLC0415 - what is asked is what the module holds now

    folder = course / "submitted" / "a" / "hw"
    with own_files_only(str(folder), str(course / "source" / "hw"), _coursedir(course)):
        return sorted(str(Path(x).relative_to(folder)) for x in base.find_all_files(str(folder), ["*.ipynb"]))


OWN = ["more/deep.txt", "own.txt"]


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(lambda *_: None, id="nothing"),
        pytest.param(lambda _, file: file.with_name(".two.ipynb").write_text("{}"), id="a hidden notebook"),
        pytest.param(lambda course, file: file.symlink_to(course / "gradebook.db"), id="link out of the folder"),
        pytest.param(lambda _, file: file.symlink_to("own.txt"), id="link within the folder"),
        pytest.param(lambda _, file: file.symlink_to("/dev/zero"), id="link to a device"),
        pytest.param(lambda _, file: file.symlink_to(file.name), id="link to itself"),
        pytest.param(lambda course, file: file.symlink_to(course, target_is_directory=True), id="link to a folder"),
        pytest.param(lambda _, file: os.mkfifo(file), id="pipe"),
        pytest.param(lambda course, file: os.link(course / "gradebook.db", file), id="the gradebook by another name"),
        pytest.param(lambda course, file: os.link(course / "source/hw/helper.py", file), id="the source by another name"),
        pytest.param(lambda _, file: file.with_name("data").write_text("x"), id="a file where a folder will be"),
        pytest.param(lambda _, file: _folder(file.with_name("helper.py")), id="a folder where a file will be"),
    ],
)
def test_only_the_students_own_files_are_copied(course: Path, put: Callable[[Path, Path], object]) -> None:
    put(course, course / "submitted" / "a" / "hw" / "odd")

    assert _copied(course) == OWN


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "x.txt").write_text("x")


def test_a_file_with_other_names_outside_the_course_is_the_students(
    course: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backup = tmp_path_factory.mktemp("backup")
    os.link(course / "submitted/a/hw/own.txt", backup / "own.txt")

    assert _copied(course) == OWN
    assert list(Belongings(course / "submitted/a/hw", _coursedir(course)).oddities()) == []


def test_of_two_submissions_that_share_a_file_neither_loses_it(course: Path) -> None:
    os.link(course / "submitted/b/hw/theirs.txt", course / "submitted/a/hw/shared.txt")
    a, b = (Belongings(course / "submitted" / x / "hw", _coursedir(course)) for x in "ab")

    assert _copied(course) == ["more/deep.txt", "own.txt", "shared.txt"]
    assert [str(x) for x in a.oddities()] == ["shared.txt is one and the same file as submitted/b/hw/theirs.txt."]
    assert [str(x) for x in b.oddities()] == ["theirs.txt is one and the same file as submitted/a/hw/shared.txt."]


def test_a_timestamp_is_read_where_it_is_a_file(tmp_path: Path) -> None:
    guard()
    coursedir = CourseDirectory(root=str(tmp_path))
    assert coursedir.get_existing_timestamp(str(tmp_path)) is None
    (tmp_path / "timestamp.txt").write_text("2026-03-02 10:00:00 UTC")
    assert coursedir.get_existing_timestamp(str(tmp_path)).year == 2026


@pytest.mark.parametrize("put", [os.mkfifo, lambda x: x.symlink_to("/dev/zero"), lambda x: x.write_text("9" * 5000), os.mkdir])
def test_a_timestamp_that_is_no_small_file_is_passed_over(tmp_path: Path, put: Callable[[Path], object]) -> None:
    guard()
    put(tmp_path / "timestamp.txt")

    assert CourseDirectory(root=str(tmp_path)).get_existing_timestamp(str(tmp_path)) is None
