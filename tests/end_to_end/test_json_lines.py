"""`--json`: what a run says to programs is what the gradebook has, and nothing else is on its stdout."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import BIN, FULL, RIGHT, gradebook_rows, sig_checker

pytestmark = pytest.mark.end_to_end

UNSTABLE = "import numpy as np\ndef dsigmoid(z):\n    return np.exp(-z) / (1 + np.exp(-z)) ** 2"
WRONG = {"q1_derivative": 'q1_derivative = "a(1+a)"', "q1_function": UNSTABLE, "q2_argmax": "import os\nos._exit(1)"}
# as if whoever maintains the judge gave less for such functions
CHANGED = """
from fractions import Fraction
from sig_checker import rubric
from sig_checker.grading.batch import regrade
regrade.checker = lambda: "another"
rubric.UNSTABLE = Fraction(1, 4)
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = courses.write_course(tmp_path_factory.mktemp("json"))
    courses.generate(course)
    courses.hand_in(course, "honest", RIGHT)
    courses.hand_in(course, "한별", RIGHT | WRONG)
    folder = courses.hand_in(course, "broken", RIGHT)
    (folder / "timestamp.txt").write_text("yesterday, more or less")
    return course


def _lines(done: subprocess.CompletedProcess[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """By student, and the run's."""
    assert done.stdout.isascii()
    *each, last = map(json.loads, done.stdout.splitlines())
    assert len({x["student"] for x in each}) == len(each)
    return {x["student"]: x for x in each}, last["run"]


def _of_gradebook(course: Path, student: str) -> dict[tuple[str, str], tuple[float | None, float]]:
    grades = gradebook_rows(course)[student]["grades"]
    return {place: (None if asks and manual is None else score, most)
            for place, (_, manual, _, asks, score, most) in grades.items()}  # fmt: skip


@pytest.mark.parametrize("status", ["graded", "unchanged"])
def test_grade_tells_of_each_submission_what_the_gradebook_has(course: Path, status: str) -> None:
    done = sig_checker(course, "grade", "--json", check=False)
    each, run = _lines(done)

    assert done.returncode == 1
    assert {name: x["status"] for name, x in each.items()} == {"broken": "failed", "honest": status, "한별": status}
    assert run | {"autograded": "", "sandbox": ""} == {
        "assignment": "small", "graded": 2 * (status == "graded"), "unchanged": 2 * (status == "unchanged"), "failed": 1,
        "left": 0, "gradebook": "gradebook.db", "autograded": "", "sandbox": "",
    }  # fmt: skip
    assert run["sandbox"] in ("namespaces", "bubblewrap")
    for student in ("honest", "한별"):
        told = {(x["notebook"], x["cell"]): (x["points"], x["max_points"]) for x in each[student]["cells"]}
        assert told == _of_gradebook(course, student)
        assert each[student]["points"] == sum(points or 0 for points, _ in told.values())
        assert each[student]["max_points"] == sum(FULL.values()) + 14
    assert each["broken"]["points"] is None
    assert "timestamp.txt" in each["broken"]["problems"][0]["message"]
    ended = {"notebook": "two", "cell": "q2_argmax_answer", "message": "The Python process ended in cell 4.", "person": False,
             "suspected": False}  # fmt: skip
    assert ended in each["한별"]["problems"]
    assert [x["slip"] for x in each["한별"]["cells"] if x["cell"] == "q1_derivative"] != [None]


def test_only_those_who_are_named_and_no_more_than_asked_for(course: Path) -> None:
    named = ("--student", "honest", "--student", "한별")
    each, run = _lines(sig_checker(course, "grade", "--json", "--force", "--limit", "1", *named))

    assert [*each] == ["honest"]
    assert (run["graded"], run["left"]) == (1, 1)


def test_regrade_tells_old_and_new_points(course: Path) -> None:
    sig_checker(course, "grade", check=False)
    done = sig_checker(course, "regrade", "--json", before=CHANGED, check=False)
    each, run = _lines(done)

    assert done.returncode == 1
    assert {name: x["status"] for name, x in each.items()} == {"broken": "failed", "honest": "judged", "한별": "judged"}
    assert each["broken"]["problem"]
    assert each["honest"]["problem"] is None
    assert each["honest"]["changes"] == []
    change = {"notebook": "one", "cell": "q1_function", "old": 8.0, "new": 2.5, "manual": None}
    assert each["한별"]["changes"] == [change]
    assert run == {"assignment": "small", "judged": 2, "changed": 1, "failed": 1}


def test_the_bar_goes_elsewhere_and_says_how_fast_it_goes(course: Path) -> None:
    """A person looks on while a program reads: bar on the terminal, lines in the pipe."""
    leader, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LC_ALL": "C.UTF-8", "HOME": str(course)}
    command = [str(BIN / "sig-checker"), "grade", "--json", "--force", "--student", "honest", "--student", "한별"]
    with subprocess.Popen(command, cwd=course, env=environment, stdout=subprocess.PIPE, stderr=terminal, text=True) as grading:
        os.close(terminal)
        shown = b""
        while True:
            try:
                read = os.read(leader, 1 << 16)
            except OSError:  # as a terminal ends
                break
            shown += read
        assert grading.stdout is not None
        done = subprocess.CompletedProcess(command, grading.wait(), grading.stdout.read())
    os.close(leader)
    each, _ = _lines(done)

    assert {*each} == {"honest", "한별"}
    assert b"2/2" in shown
    assert b"/s" in shown
    assert b"student" not in shown
