"""A grading run may be killed at any moment and started again: the end is that of a run which nobody has disturbed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import RIGHT, files, gradebook_rows, run
from nbgrader.api import Gradebook

pytestmark = pytest.mark.end_to_end

KILLS = 25


@dataclass(frozen=True)
class Outcome:
    rows: dict[str, Any]
    notebooks: dict[str, bytes]


def _outcome(course: Path) -> Outcome:
    return Outcome(gradebook_rows(course), files(course / "autograded"))


def _start(course: Path, *arguments: str, command: str = "grade") -> Any:
    return courses.start(course, *_pages(command), *arguments)


def _finish(course: Path, *arguments: str, command: str = "grade") -> str:
    return courses.sig_checker(course, *_pages(command), *arguments).stdout


def _pages(command: str) -> tuple[str, ...]:
    return (command, "--feedback") if command == "grade" else (command,)


def _kill_after(process: Any, seconds: float) -> bool:
    """Whether it was still running then."""
    process.join(seconds)
    if process.exitcode is not None:
        return False
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it has not made its group yet
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return bool(process.exitcode == -signal.SIGKILL)


def _records(course: Path) -> dict[str, int]:
    return {x.stem: x.stat().st_mtime_ns for x in (course / "evidence" / "small").glob("[!.]*.json")}


def _when_it_has_recorded(course: Path, process: Any, before: dict[str, int], count: int) -> None:
    """Wait until the run has finished so many submissions, or has ended."""
    while process.exitcode is None and len(_records(course).items() - before.items()) < count:
        process.join(0.01)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One student has been graded before, by us and by hand, and has handed in again, late; the others are new."""
    late = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    course = courses.write_course(tmp_path_factory.mktemp("pristine"), notebooks=["two"], more=late)
    courses.generate(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        gradebook.update_or_create_assignment("small", duedate=datetime(2024, 3, 1))
    again = courses.hand_in(course, "again", RIGHT | {"q2_maximum": "q2_maximum = 0.3"})
    (again / "timestamp.txt").write_text("2024-02-01 00:00:00 UTC")
    _finish(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        essay = gradebook.find_grade("essay", "two", "small", "again")
        essay.manual_score, essay.extra_credit, essay.needs_manual_grade = 9.0, 1.0, False
        gradebook.find_comment("essay", "two", "small", "again").manual_comment = "좋아요"
        gradebook.db.commit()
    courses.hand_in(course, "again", RIGHT)
    (again / "timestamp.txt").write_text("2024-03-02 00:00:00 UTC")
    courses.hand_in(course, "wrong", RIGHT | {"q2_maximum": "q2_maximum = 0.5"})
    (courses.hand_in(course, "broken", RIGHT) / "two.ipynb").write_text("{not JSON")
    (course / "submitted" / "nothing" / "small").mkdir(parents=True)
    return course


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody has disturbed: its outcome, the seconds until a submission was finished, those from one to the next."""

    outcome: Outcome
    loading: float
    pace: float


@pytest.fixture(scope="module")
def undisturbed(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    course = _copy(pristine, tmp_path_factory.mktemp("undisturbed"))
    before, started = _records(course), time.monotonic()
    process = _start(course)
    _when_it_has_recorded(course, process, before, 1)
    first = time.monotonic()
    process.join(120)
    assert process.exitcode == 0
    return Undisturbed(_outcome(course), first - started, (time.monotonic() - first) / 3)


def _copy(pristine: Path, folder: Path) -> Path:
    shutil.rmtree(folder)
    shutil.copytree(pristine, folder)
    return folder


def test_the_outcome_is_the_one_that_is_due(undisturbed: Undisturbed) -> None:
    rows = undisturbed.outcome.rows

    assert {student: x["grades"]["two", "q2_maximum"][0] for student, x in rows.items()} == {
        "again": 6.0, "wrong": 0.0, "broken": None, "nothing": 0.0,
    }  # fmt: skip
    assert rows["again"]["grades"]["two", "essay"][:3] == (0.0, 9.0, 1.0)
    assert rows["again"]["comments"]["two", "essay"] == ("No response.", "좋아요")
    assert rows["again"]["timestamp"] == datetime(2024, 3, 2)
    assert {student: x["late"]["two"] for student, x in rows.items()} == {
        "again": 6.0 + 6.0 + 9.0 + 1.0, "wrong": None, "broken": None, "nothing": None,
    }  # fmt: skip


def test_killed_at_25_moments_it_ends_as_if_undisturbed(pristine: Path, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """A third of the moments lie in the loading and before the first submission is finished, the others between two."""
    expected, before = undisturbed.outcome, _outcome(pristine)
    source = random.Random(20240301)
    moments = [(finished, source.random()) for finished in [0] * 9 + [1] * 10 + [2] * 4 + [3] * 2]
    assert len(moments) == KILLS
    source.shuffle(moments)
    course = _copy(pristine, _made(tmp_path / "course"))
    reached: set[int] = set()
    ended = while_writing = 0
    while moments:
        finished, part = moments[-1]
        then, process = _records(course), _start(course)
        _when_it_has_recorded(course, process, then, finished)
        if _kill_after(process, part * (undisturbed.pace if finished else undisturbed.loading)):
            moments.pop()
            reached.add(len(_records(course)))
            while_writing += len(_results(course) - _records(course).keys())
            _nothing_is_half_done(course, before, expected)
            if len(moments) == KILLS // 2:
                _nbgrader_goes_on(_copy(course, _made(tmp_path / "plain")), expected)
            continue
        ended += 1  # by itself: there was less left to do
        assert _outcome(course) == expected
        _copy(pristine, course)
    output = _finish(course)

    assert len(reached) > 2  # it was killed at different stages
    assert while_writing
    assert ended
    assert _outcome(course) == expected
    assert "4 had been graded before" in _finish(course)
    assert "Not graded" not in output
    assert [x.name for x in (course / "autograded").iterdir() if x.name.startswith(".")] == []
    assert sorted(x.name for x in (course / "evidence" / "small").iterdir()) == sorted(
        [".lock", ".release", "again.json", "broken.json", "nothing.json", "wrong.json"]
    )
    assert (course / "feedback" / "again" / "small" / "two.html").exists()


def _results(course: Path) -> set[str]:
    """Whose graded notebooks are in their place."""
    return {x.parent.parent.name for x in (course / "autograded").glob("[!.]*/small/two.ipynb")}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _nothing_is_half_done(course: Path, before: Outcome, expected: Outcome) -> None:
    """Each submission is what it was or what it will be, in the gradebook and in its folder."""
    now = _outcome(course)
    for student, rows in now.rows.items():
        assert rows in (before.rows.get(student), expected.rows[student])
    visible = {name: x for name, x in now.notebooks.items() if not name.startswith(".")}
    for name, content in visible.items():
        assert content in (before.notebooks.get(name), expected.notebooks[name])
    for path in (course / "evidence").rglob("[!.]*.json"):
        json.loads(path.read_text(encoding="utf-8"))


def _nbgrader_goes_on(course: Path, expected: Outcome) -> None:
    """nbgrader's own command, started after a killed run; it knows of no student without notebooks."""
    run(course, "nbgrader", "generate_assignment", "small", "--force")
    run(course, "nbgrader", "autograde", "small")
    rows = gradebook_rows(course)

    assert {x: rows[x] for x in rows if x != "nothing"} == {x: expected.rows[x] for x in expected.rows if x != "nothing"}
    visible = {name: x for name, x in files(course / "autograded").items() if not name.startswith(".")}
    assert visible == expected.notebooks


def test_a_killed_regrading_is_taken_up_again(pristine: Path, tmp_path: Path) -> None:
    graded = _copy(pristine, _made(tmp_path / "graded"))
    _finish(graded)
    path = graded / "source" / "small" / "two.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    courses.cell_of(notebook, "q2_maximum")["metadata"]["nbgrader"]["points"] = 60
    path.write_text(json.dumps(notebook), encoding="utf-8")
    whole = _copy(graded, _made(tmp_path / "whole"))
    started = time.monotonic()
    _finish(whole, command="regrade")
    seconds = time.monotonic() - started
    course = _copy(graded, _made(tmp_path / "course"))
    source = random.Random(1)
    for i in range(6):
        _kill_after(_start(course, command="regrade"), (i + source.random()) / 6 * seconds)
    _finish(course, command="regrade")

    assert _outcome(course) == _outcome(whole) != _outcome(graded)
    assert _outcome(whole).rows["again"]["grades"]["two", "q2_maximum"][0] == 60.0
    for page in ("again", "wrong", "broken"):
        new, old = (x / "feedback" / page / "small" / "two.html" for x in (course, graded))
        assert new.read_bytes() == (whole / "feedback" / page / "small" / "two.html").read_bytes() != old.read_bytes()
    assert "4 had been graded before" in _finish(course)


def test_what_is_done_is_not_done_again(pristine: Path, tmp_path: Path) -> None:
    course = _copy(pristine, _made(tmp_path / "course"))
    _finish(course)
    first = {x: x.stat().st_mtime_ns for x in (course / "autograded").rglob("*.ipynb")}
    (course / "submitted" / "wrong" / "small" / "more.txt").write_text("handed in later")
    shutil.rmtree(course / "autograded" / "broken")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        gradebook.remove_submission("small", "nothing")
    output = _finish(course)
    second = {x: x.stat().st_mtime_ns for x in (course / "autograded").rglob("*.ipynb")}

    assert {x.parent.parent.name for x in first if first[x] != second.get(x)} == {"wrong", "broken"}
    assert "3 submissions graded" in output
    assert set(gradebook_rows(course)) == {"again", "wrong", "broken", "nothing"}
    assert "4 submissions graded" in _finish(course, "--force")
    assert "1 submissions graded" in _finish(course, "--force", "--student", "broken")


def test_a_limit_leaves_the_rest_for_the_next_run(pristine: Path, tmp_path: Path) -> None:
    course = _copy(pristine, _made(tmp_path / "course"))

    assert "2 are left" in _finish(course, "--limit", "2")
    assert set(gradebook_rows(course)) == {"again", "broken"}
    _finish(course, "--limit", "2")
    assert set(gradebook_rows(course)) == {"again", "broken", "nothing", "wrong"}


def test_ctrl_c_leaves_the_submission_under_way_undone_and_says_how_to_go_on(
    pristine: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    for attempt in range(5):  # on a busy machine the run may have ended before it is told to stop
        course = _copy(pristine, _made(tmp_path / f"course-{attempt}"))
        process = _start(course)
        deadline = time.monotonic() + 60
        while not (course / "evidence" / "small" / "broken.json").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.1 * attempt)
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGINT)
        process.join(60)
        if process.exitcode != 0:
            break
    output = (course / courses.OUTPUT[1]).read_text(encoding="utf-8")

    assert process.exitcode == 130, output
    assert "run the same command again" in output
    assert "Traceback" not in output
    _nothing_is_half_done(course, _outcome(pristine), undisturbed.outcome)
    _finish(course)
    assert _outcome(course) == undisturbed.outcome


def test_a_second_run_waits_and_then_says_who_is_working(pristine: Path, tmp_path: Path) -> None:
    course = _copy(pristine, _made(tmp_path / "course"))
    first = _start(course)
    while not (course / "evidence" / "small" / ".lock").exists() or not (course / "evidence" / "small" / ".lock").read_text():
        time.sleep(0.02)
    refused = run(course, "sig-checker", "grade", "--wait", "0", check=False) if first.exitcode is None else None
    second = run(course, "sig-checker", "grade", "--wait", "60")
    first.join(60)

    assert first.exitcode == 0
    assert refused is not None
    if refused.returncode != 0:  # it had not ended while the second was starting
        assert refused.returncode == 2
        assert f"process {first.pid}" in refused.stderr
    assert "4 had been graded before" in second.stdout
