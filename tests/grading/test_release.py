"""nbgrader's release version and record are made again wherever anything may have changed, and only there."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import ASSIGNMENT, cell_of, files

from sig_checker.grading.course import Course


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = courses.write_course(tmp_path_factory.mktemp("release") / "course")
    _work_on(folder)
    return folder


@pytest.fixture
def course(made: Path) -> Iterator[Path]:
    """In the same place, of which the configuration tells."""
    copy = made.with_name("kept")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(made, copy)
    yield made
    shutil.rmtree(made)
    copy.rename(made)


class _Watched(Course):
    made = 0

    def convert(self, *given: Any) -> bool:
        self.made += 1
        return super().convert(*given)


def _work_on(folder: Path) -> bool:
    """Whether the release version was made."""
    course = _Watched(folder)
    with course.working_on(ASSIGNMENT):
        return course.made > 0


def _append(path: Path, text: str) -> None:
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def _edit_cell(path: Path, source: str) -> None:
    path.chmod(0o644)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell_of(notebook, "q1_derivative_answer")["source"] += source
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _sql(course: Path, statement: str) -> None:
    with sqlite3.connect(course / "gradebook.db") as database:
        assert database.execute(statement).rowcount > 0


def test_where_nothing_has_changed_nothing_is_made(course: Path) -> None:
    before = files(course / "release")

    assert not _work_on(course)
    assert not _work_on(course)
    assert files(course / "release") == before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda x: _edit_cell(x / "source" / ASSIGNMENT / "one.ipynb", "\n# another"), id="a source notebook"),
        pytest.param(lambda x: (x / "source" / ASSIGNMENT / "data.csv").write_text("1"), id="a file beside it"),
        pytest.param(lambda x: _edit_cell(x / "release" / ASSIGNMENT / "one.ipynb", "\n# mine"), id="a release notebook"),
        pytest.param(lambda x: (x / "release" / ASSIGNMENT / "two.ipynb").unlink(), id="no release notebook"),
        pytest.param(lambda x: shutil.rmtree(x / "release"), id="no release version"),
        pytest.param(lambda x: _append(x / "nbgrader_config.py", "\nc.ClearSolutions.enforce_metadata = False\n"), id="config"),
        pytest.param(lambda x: _sql(x, "UPDATE grade_cells SET max_score = 3"), id="another worth in the gradebook"),
        pytest.param(lambda x: _sql(x, "UPDATE source_cell SET source = 'x'"), id="another source in the gradebook"),
        pytest.param(lambda x: _sql(x, "UPDATE source_cell SET locked = 1 - locked"), id="other locks in the gradebook"),
        pytest.param(lambda x: _sql(x, "UPDATE notebook SET kernelspec = '{}'"), id="another kernel in the gradebook"),
        pytest.param(lambda x: _sql(x, "UPDATE assignment SET name = 'other'"), id="not in the gradebook"),
        pytest.param(lambda x: (x / "gradebook.db").unlink(), id="no gradebook"),
        pytest.param(lambda x: next((x / "evidence").rglob(".release")).write_bytes(b"\xff"), id="no note"),
    ],
)
def test_whatever_has_changed_it_is_made_again_once(course: Path, change: Callable[[Path], object]) -> None:
    change(course)

    assert _work_on(course)
    assert not _work_on(course)


@pytest.mark.parametrize(
    "line",
    [
        "c.GenerateAssignment.pre_convert_hook = print",
        "c.IncludeHeaderFooter.header = 'header.ipynb'",
        "c.NotebookExporter.preprocessors = ['sig_checker.grading.pages.cleaning.FormulasAsText']",
        "from nbconvert.preprocessors import TagRemovePreprocessor\nclass Own(TagRemovePreprocessor): pass\n"
        "c.NotebookExporter.preprocessors = [Own]",
    ],
)
def test_where_others_have_a_hand_in_it_it_is_made_each_time(course: Path, line: str) -> None:
    _append(course / "nbgrader_config.py", f"\n{line}\n")
    courses.write_notebook(course / "header.ipynb", [])

    assert _work_on(course)
    assert _work_on(course)


def test_files_that_lie_elsewhere_are_looked_at_each_time(course: Path) -> None:
    path, elsewhere = course / "source" / ASSIGNMENT / "two.ipynb", course / "two.ipynb"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)

    assert _work_on(course)
    assert _work_on(course)


def test_tests_that_are_made_by_running_code_are_made_each_time(course: Path) -> None:
    (course / "autotests.yml").write_text("python3: {}\n", encoding="utf-8")
    path = course / "source" / ASSIGNMENT / "one.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"].append({"cell_type": "markdown", "id": "told", "metadata": {}, "source": "how ### AUTOTEST works"})
    path.write_text(json.dumps(notebook), encoding="utf-8")

    assert _work_on(course)
    assert _work_on(course)
