"""What goes wrong around the grading costs nobody a grade, and each is told in a line: the gradebook, the folders, the disk."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import courses
import pytest
from courses import ASSIGNMENT, RIGHT, files, gradebook_rows, run, sig_checker
from nbgrader.api import Gradebook
from traitlets.config import Config

from sig_checker.grading import configure

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two graded submissions, of which one has been handed in again, and a new one."""
    course = courses.write_course(tmp_path_factory.mktemp("graded"), notebooks=["two"])
    courses.generate(course)
    courses.hand_in(course, "again", RIGHT | {"q2_maximum": "q2_maximum = 0.3"})
    courses.hand_in(course, "same", RIGHT)
    sig_checker(course, "grade", "--feedback")
    courses.hand_in(course, "again", RIGHT)
    courses.hand_in(course, "new", RIGHT)
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    shutil.copytree(graded, tmp_path / "course")
    return tmp_path / "course"


def _one_line(done: subprocess.CompletedProcess[str], text: str) -> None:
    lines = [x for x in done.stderr.splitlines() if text in x]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def _goes_on(course: Path) -> None:
    """The next run ends well and grades what was left."""
    sig_checker(course, "grade")
    found = {student: x["grades"]["two", "q2_maximum"][0] for student, x in gradebook_rows(course).items()}
    assert found == {"again": 6.0, "same": 6.0, "new": 6.0}


def _hold(course: Path, seconds: float, mode: str) -> tuple[threading.Thread, threading.Event]:
    held = threading.Event()

    def hold() -> None:
        database = sqlite3.connect(course / "gradebook.db")
        database.execute(f"begin {mode}")
        held.set()
        threading.Event().wait(seconds)
        database.rollback()
        database.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    return thread, held


@contextmanager
def _held(course: Path, mode: str) -> Iterator[None]:
    """While the body runs, another process holds the gradebook."""
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import sqlite3, time; d = sqlite3.connect('gradebook.db'); d.execute('begin {mode}'); "
                               "print('held', flush=True); time.sleep(300)"],
        cwd=course, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield
    finally:
        holder.kill()
        holder.communicate()


def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(course: Path) -> None:
    thread, _ = _hold(course, 12, "exclusive")
    done = sig_checker(course, "grade", "--wait", "60")
    thread.join()

    assert "Not graded" not in done.stdout
    assert len(gradebook_rows(course)) == 3


@pytest.mark.parametrize("mode", ["exclusive", "immediate"])
def test_a_gradebook_that_stays_locked_is_told_for_each_student(course: Path, mode: str) -> None:
    """Nobody can read it ("exclusive"), or it can be read but not written."""
    before = gradebook_rows(course), files(course / "autograded")
    with _held(course, mode):
        done = sig_checker(course, "grade", "--wait", "0.5", check=False)

    assert done.returncode == 1
    assert "locked by another process, still after 0.5 s" in done.stderr
    (line,) = [x for x in (done.stderr + done.stdout).splitlines() if x.startswith("Not graded: ")]
    assert {"again", "new"} <= set(line.removeprefix("Not graded: ").rstrip(".").split(", "))
    assert "Traceback" not in done.stderr
    assert (gradebook_rows(course), files(course / "autograded")) == before
    _goes_on(course)


def test_nbgrader_waits_for_a_locked_gradebook_as_well(course: Path) -> None:
    configure(Config())
    thread, _ = _hold(course, 8, "exclusive")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:  # as nbgrader's commands open it
        found = {x.id for x in gradebook.students}
    thread.join()

    assert found == {"again", "same"}


def test_nbgrader_tells_of_a_locked_gradebook_for_each_student_and_goes_on(course: Path) -> None:
    with open(course / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(f"c.CourseDirectory.db_url = 'sqlite:///{course}/gradebook.db?timeout=0.5'\n")
    with _held(course, "immediate"):
        done = run(course, "nbgrader", "autograde", ASSIGNMENT, "--force", check=False)

    assert done.returncode == 1
    # for the third student there is nothing to write
    assert done.stderr.count("| ERROR] The gradebook is locked by another process, still after 0.5 s.") == 2
    for student in ("again", "new"):
        assert f"There was an error processing assignment 'small' for student '{student}'" in done.stderr
    run(course, "nbgrader", "autograde", ASSIGNMENT, "--force")


def test_a_damaged_gradebook_is_left_alone(course: Path) -> None:
    whole = (course / "gradebook.db").read_bytes()
    (course / "gradebook.db").write_bytes(b"no database " * 1000)
    done = sig_checker(course, "grade", check=False)

    assert done.returncode == 1
    _one_line(done, "The gradebook is damaged")
    assert (course / "gradebook.db").read_bytes() == b"no database " * 1000
    (course / "gradebook.db").write_bytes(whole)
    _goes_on(course)


def test_a_gradebook_that_can_only_be_read(course: Path) -> None:
    config = (course / "nbgrader_config.py").read_text(encoding="utf-8")
    address = f"sqlite:///file:{course}/gradebook.db?mode=ro&uri=true"
    (course / "nbgrader_config.py").write_text(f"{config}c.CourseDirectory.db_url = {address!r}\n", encoding="utf-8")
    before = gradebook_rows(course)
    done = sig_checker(course, "grade", check=False)

    assert done.returncode in (1, 2)
    assert "readonly" in done.stderr
    assert "Traceback" not in done.stderr
    assert gradebook_rows(course) == before


@pytest.mark.parametrize("folder", ["autograded", "feedback", "evidence"])
def test_a_folder_that_cannot_be_written(course: Path, folder: str) -> None:
    """A file stands in its place, which stops the superuser too."""
    kept = gradebook_rows(course)
    (course / folder).rename(course / "elsewhere")
    (course / folder).write_text("in the way")
    done = sig_checker(course, "grade", check=False)

    assert done.returncode == 2
    _one_line(done, f"Cannot write {course / folder}")
    assert gradebook_rows(course) == kept
    (course / folder).unlink()
    (course / "elsewhere").rename(course / folder)
    _goes_on(course)


def test_a_file_that_cannot_be_replaced_stops_only_its_student(course: Path) -> None:
    (course / "evidence" / "small" / "again.json").unlink()
    (course / "evidence" / "small" / "again.json" / "x").mkdir(parents=True)
    done = sig_checker(course, "grade", check=False)

    assert done.returncode == 1
    assert "Not graded: again" in done.stdout
    _one_line(done, "again: Cannot write")
    assert gradebook_rows(course)["new"]["grades"]["two", "q2_maximum"][0] == 6.0
    shutil.rmtree(course / "evidence" / "small" / "again.json")
    _goes_on(course)


def test_a_timestamp_that_is_none_stops_only_its_student(course: Path) -> None:
    (course / "submitted" / "again" / "small" / "timestamp.txt").write_text("yesterday, I think")
    before = gradebook_rows(course)["again"], files(course / "autograded" / "again")
    done = sig_checker(course, "grade", check=False)

    assert done.returncode == 1
    _one_line(done, "again: The file timestamp.txt holds no time")
    assert (gradebook_rows(course)["again"], files(course / "autograded" / "again")) == before
    assert gradebook_rows(course)["new"]["grades"]["two", "q2_maximum"][0] == 6.0


def test_a_full_disk_costs_nobody_anything(course: Path) -> None:
    """A limit on the size of files does what a full disk does, without one: writing fails in the middle."""
    before = gradebook_rows(course), files(course / "autograded")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))"
    done = sig_checker(course, "grade", before=limit, check=False)

    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    rows, _ = gradebook_rows(course), files(course / "autograded")
    assert rows["same"] == before[0]["same"]
    assert rows["again"] == before[0]["again"]
    _goes_on(course)
