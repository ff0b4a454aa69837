"""Feedback pages follow the gradebook: what a person has given later gets into them, and no page is written without need."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import courses
import pytest
from courses import ASSIGNMENT, RIGHT, files, sig_checker
from nbgrader.api import Gradebook

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = courses.write_course(tmp_path_factory.mktemp("graded"))
    courses.generate(course)
    for student in ("haneul", "bada", "sol"):
        courses.hand_in(course, student, RIGHT)
    sig_checker(course, "grade", "--feedback")
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    shutil.copytree(graded, folder)
    return folder


def _give(course: Path, student: str, *, points: float | None = None, comment: str | None = None) -> None:
    """What formgrader does when a person has typed points, or a comment, for the essay."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        if points is not None:
            grade = gradebook.find_grade("essay", "two", ASSIGNMENT, student)
            grade.manual_score, grade.needs_manual_grade = points, False
        if comment is not None:
            gradebook.find_comment("essay", "two", ASSIGNMENT, student).manual_comment = comment
        gradebook.db.commit()


def _page(course: Path, student: str, notebook: str = "two") -> Path:
    return course / "feedback" / student / ASSIGNMENT / f"{notebook}.html"


def _written(course: Path, *command: str) -> tuple[set[str], str]:
    """The pages that the command has written, changed or not, and what it says."""
    before = {x: x.stat().st_ino for x in sorted((course / "feedback").rglob("*.html"))}
    said = sig_checker(course, *command).stdout
    after = {x: x.stat().st_ino for x in sorted((course / "feedback").rglob("*.html"))}
    return {"/".join((x.parts[-3], x.stem)) for x in after if after[x] != before.get(x)}, said


@pytest.mark.parametrize("command", [("grade", "--feedback"), ("grade",), ("regrade",)], ids=" ".join)
def test_points_and_comments_given_by_hand_get_into_the_pages_and_no_other_page_is_written(
    course: Path, command: tuple[str, ...]
) -> None:
    _give(course, "haneul", points=11)
    _give(course, "bada", comment="좋은 글입니다.")
    written, _ = _written(course, *command)

    assert written == {"haneul/two", "bada/two"}
    assert "11 / 14" in _page(course, "haneul").read_text(encoding="utf-8")
    assert "좋은 글입니다." in _page(course, "bada").read_text(encoding="utf-8")
    _give(course, "haneul", points=12)
    assert _written(course, *command)[0] == {"haneul/two"}
    assert "12 / 14" in _page(course, "haneul").read_text(encoding="utf-8")
    assert _written(course, *command)[0] == set()


def test_the_command_says_how_many_pages_are_new(course: Path) -> None:
    _give(course, "haneul", points=11)

    assert re.search(r"feedback.*\b1\b", _written(course, "grade", "--feedback")[1])


def test_pages_that_are_missing_are_written_where_pages_are_asked_for(course: Path) -> None:
    _page(course, "sol", "one").unlink()
    shutil.rmtree(_page(course, "bada").parent)
    before = files(course / "feedback")

    assert _written(course, "grade")[0] == {"sol/one"}  # this student has pages, the other none
    assert _written(course, "grade", "--feedback")[0] == {"bada/one", "bada/two"}
    assert before.items() < files(course / "feedback").items()


def test_pages_that_nbgrader_has_made_are_known(course: Path) -> None:
    _give(course, "haneul", points=11)
    courses.run(course, "nbgrader", "generate_feedback", ASSIGNMENT, "--force")

    assert "11 / 14" in _page(course, "haneul").read_text(encoding="utf-8")
    assert _written(course, "grade", "--feedback")[0] == set()


def test_nothing_is_told_of_pages_where_there_are_none(course: Path) -> None:
    shutil.rmtree(course / "feedback")

    assert "feedback" not in sig_checker(course, "grade").stdout


def test_a_page_does_not_tell_the_score_that_a_person_has_replaced(course: Path) -> None:
    """The automatic score is one of few numbers, so a digest of it would tell it."""
    pages = []
    for score in (3.0, 5.0):
        with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
            grade = gradebook.find_grade("q1_derivative", "one", ASSIGNMENT, "haneul")
            grade.auto_score, grade.manual_score, grade.needs_manual_grade = score, 7.0, False
            gradebook.db.commit()
        courses.run(course, "nbgrader", "generate_feedback", ASSIGNMENT, "--student", "haneul", "--force")
        pages.append(_page(course, "haneul", "one").read_bytes())

    assert pages[0] == pages[1]
