"""A process that helps a run may be lost, to a want of memory, say: what it was grading is graded by another."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import RIGHT, files, gradebook_rows

pytestmark = pytest.mark.end_to_end

STUDENTS = 8
Outcome = tuple[dict[str, Any], dict[str, bytes]]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = courses.write_course(tmp_path_factory.mktemp("pristine"), notebooks=["two"])
    courses.generate(course)
    for number in range(STUDENTS):
        courses.hand_in(course, f"student-{number}", RIGHT | {"q2_maximum": f"q2_maximum = 0.2{number}"})
    return course


def _copy(pristine: Path, folder: Path) -> Path:
    return Path(shutil.copytree(pristine, folder))


@pytest.fixture(scope="module")
def undisturbed(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    course = _copy(pristine, tmp_path_factory.mktemp("undisturbed") / "course")
    courses.sig_checker(course, "grade")
    return gradebook_rows(course), files(course / "autograded")


def _children(process: int) -> Iterator[tuple[int, bytes]]:
    """The process's own children, by number and command line."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            stat = Path(f"/proc/{name}/stat").read_text(encoding="utf-8", errors="replace")
            if int(stat.rpartition(")")[2].split()[1]) == process:
                yield int(name), Path(f"/proc/{name}/cmdline").read_bytes()


def _workers(process: int) -> list[int]:
    """They are forks of the command, so they are called as it is."""
    command = Path(f"/proc/{process}/cmdline").read_bytes()
    return sorted(number for number, line in _children(process) if line == command)


def _nurseries(process: int) -> list[int]:
    return [number for number, line in _children(process) if b"warm.nursery" in line]


def _warm_processes(process: int) -> list[int]:
    """They are the nursery's first children; its others are called the same, as all are its forks."""
    return [min(number for number, _ in _children(nursery)) for nursery in _nurseries(process)]


@pytest.mark.parametrize("lost", ["a worker", "all workers", "the nursery", "the warm process"])
def test_what_was_being_graded_is_graded_by_others(
    lost: str, pristine: Path, undisturbed: Outcome, tmp_path: Path
) -> None:
    course = _copy(pristine, tmp_path / "course")
    process = courses.start(course, "grade", "--workers", "2")
    records = course / "evidence" / "small"
    while process.exitcode is None and not list(records.glob("[!.]*.json")):  # so it is in the middle of others
        process.join(0.01)
    workers, nurseries, warm = _workers(process.pid), _nurseries(process.pid), _warm_processes(process.pid)
    assert (len(workers), len(nurseries), len(warm)) == (2, 1, 1)
    for number in {"a worker": workers[:1], "all workers": workers, "the nursery": nurseries, "the warm process": warm}[lost]:
        os.kill(number, signal.SIGKILL)
    process.join(240)

    assert process.exitcode == 0, (course / courses.OUTPUT[1]).read_text(encoding="utf-8")
    assert (gradebook_rows(course), files(course / "autograded")) == undisturbed
    assert len(undisturbed[0]) == STUDENTS


def test_the_workers_end_with_a_run_that_is_killed(pristine: Path, tmp_path: Path) -> None:
    course = _copy(pristine, tmp_path / "course")
    process = courses.start(course, "grade", "--workers", "3")
    helpers: list[int] = []
    while process.exitcode is None and len(helpers) < 5:
        with suppress(ValueError):  # the nursery has no child yet
            helpers = [*_workers(process.pid), *_nurseries(process.pid), *_warm_processes(process.pid)]
        time.sleep(0.01)
    assert len(helpers) == 5
    os.kill(process.pid, signal.SIGKILL)
    process.join()

    left, deadline = helpers, time.monotonic() + 30
    while left and time.monotonic() < deadline:
        left = [x for x in helpers if _runs(x)]
        time.sleep(0.05)
    assert not left


def _runs(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
