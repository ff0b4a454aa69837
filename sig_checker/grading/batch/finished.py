"""Whether a submission is graded to the end already, by what the ledger, the notebooks and the gradebook say together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbgrader.utils import parse_utc

from sig_checker.grading.belongings import is_small_file
from sig_checker.grading.course import Course
from sig_checker.grading.digests import text_digest
from sig_checker.grading.gradebook.rows import rows, submission_of
from sig_checker.grading.ledger import NoRecord, Record
from sig_checker.grading.results import NotGraded
from sig_checker.verdicts import Message

__all__ = ["finished", "handed_in_at"]


def finished(course: Course, basis: Record, names: Iterable[str]) -> Record | None:
    """The record of a submission whose notebooks, of these names, are graded to the end on that basis; None if it is not."""
    try:
        record = course.ledger.read(basis.assignment, basis.student)
    except NoRecord:
        return None
    if not record.same_basis(basis) or set(record.notebooks) != set(names):
        return None
    folder = course.path("autograded", basis.student, basis.assignment)
    for name, notebook in record.notebooks.items():
        try:
            if text_digest((folder / f"{name}.ipynb").read_text(encoding="utf-8")) != notebook.text:
                return None
        except (OSError, ValueError):
            return None
    with course.open_gradebook() as gradebook:
        submission = submission_of(gradebook, basis.assignment, basis.student)
        grades = {} if submission is None else rows(gradebook, submission)
        fits = submission is not None and all(
            (name, cell) in grades and grades[name, cell].auto_score == score
            and (cell not in notebook.checks or notebook.checks[cell].worth == grades[name, cell].max_score)
            for name, notebook in record.notebooks.items() for cell, score in notebook.scores.items()
        )  # fmt: skip
    return record if fits else None


def handed_in_at(course: Course, basis: Record) -> Any:
    """When it was handed in, by nbgrader's timestamp.txt; None if there is no such file or nothing in it."""
    file = course.path("submitted", basis.student, basis.assignment) / "timestamp.txt"
    if not is_small_file(file):
        return None
    try:
        text = file.read_text(encoding="utf-8").strip()
        return parse_utc(text) if text else None
    except FileNotFoundError:
        return None
    except (ValueError, OverflowError):
        raise NotGraded(Message("The file timestamp.txt holds no time; remove it or put one in.")) from None
