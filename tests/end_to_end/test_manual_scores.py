"""What a person has given stays, whatever is graded again and by which command: points, extra points, comments."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import ASSIGNMENT, RIGHT, gradebook_rows, run, sig_checker
from nbgrader.api import Gradebook

pytestmark = pytest.mark.end_to_end

# student, notebook, cell: points, extra points, comment
GIVEN: dict[tuple[str, str, str], tuple[float, float | None, str | None]] = {
    ("exits", "one", "q1_derivative"): (4.0, None, None),  # no answer was handed in, so the cell waits for a person
    ("right", "one", "q1_function"): (3.0, None, None),  # less than the judge
    ("wrong", "one", "q1_derivative"): (6.5, 1.0, None),  # more than the judge, who gives nothing
    ("wrong", "two", "essay"): (11.0, 0.5, "좋아요"),
    ("nothing", "two", "essay"): (0.0, None, "제출이 없습니다"),
}
JUDGED = {"exits": None, "right": 10.0, "wrong": 0.0}  # of q1_derivative


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = courses.write_course(tmp_path_factory.mktemp("graded"))
    courses.generate(course)
    courses.hand_in(course, "right", RIGHT)
    courses.hand_in(course, "wrong", RIGHT | {"q1_derivative": 'q1_derivative = "z"'})
    courses.hand_in(course, "exits", RIGHT | {"q1_derivative": "import os\nos._exit(1)"})
    (courses.hand_in(course, "nothing", RIGHT) / "two.ipynb").unlink()
    sig_checker(course, "grade")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        for (student, notebook, cell), (points, extra, comment) in GIVEN.items():
            _give(gradebook, gradebook.find_grade(cell, notebook, ASSIGNMENT, student).id, points, extra)
            if comment is not None:
                found = gradebook.find_comment_by_id(gradebook.find_comment(cell, notebook, ASSIGNMENT, student).id)
                found.manual_comment = comment
                gradebook.db.commit()
    return course


def _give(gradebook: Any, grade_id: str, points: float, extra: float | None) -> None:
    """What formgrader does when a person has typed points in."""
    grade = gradebook.find_grade_by_id(grade_id)
    grade.manual_score, grade.extra_credit = points, extra
    grade.needs_manual_grade = grade.manual_score is None and grade.auto_score is None
    gradebook.db.commit()


def _hand_in_again(course: Path) -> None:
    for student in ("right", "wrong", "exits"):
        (course / "submitted" / student / ASSIGNMENT / "more.txt").write_text("handed in later")


def _in_another_place(course: Path) -> None:
    """As if the graded notebooks had been lost."""
    shutil.rmtree(course / "autograded")


def _nothing(_: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("before", "command"),
    [
        pytest.param(_nothing, ("sig-checker", "grade"), id="our command"),
        pytest.param(_nothing, ("sig-checker", "grade", "--force"), id="our command, forced"),
        pytest.param(_hand_in_again, ("sig-checker", "grade"), id="our command, other files"),
        pytest.param(_in_another_place, ("sig-checker", "grade"), id="our command, lost results"),
        pytest.param(_nothing, ("sig-checker", "regrade"), id="judging again"),
        pytest.param(_nothing, ("nbgrader", "autograde", ASSIGNMENT), id="nbgrader"),
        pytest.param(_nothing, ("nbgrader", "autograde", ASSIGNMENT, "--force"), id="nbgrader, forced"),
        pytest.param(_in_another_place, ("nbgrader", "autograde", ASSIGNMENT), id="nbgrader, lost results"),
    ],
)
def test_what_a_person_has_given_stays(
    graded: Path, tmp_path: Path, before: Callable[[Path], None], command: tuple[str, ...]
) -> None:
    course = tmp_path / "course"
    shutil.copytree(graded, course)
    first = gradebook_rows(course)
    before(course)
    (sig_checker if command[0] == "sig-checker" else run)(course, *command[command[0] == "sig-checker" :])
    now = gradebook_rows(course)

    for (student, notebook, cell), (points, extra, comment) in GIVEN.items():
        auto, manual, more, _, counts, _ = now[student]["grades"][notebook, cell]
        assert (manual, more, counts) == (points, extra, points + (extra or 0.0))
        assert auto == first[student]["grades"][notebook, cell][0]
        if comment is not None:
            assert now[student]["comments"][notebook, cell][1] == comment
    assert {x: now[x]["grades"]["one", "q1_derivative"][0] for x in JUDGED} == JUDGED
    for student, rows in now.items():
        for key, grade in rows["grades"].items():
            if (student, *key) not in GIVEN:
                assert grade == first[student]["grades"][key]
