"""The pages that students get, as files: written by nbgrader's converter, one by one, and anew where they are no longer true.

Each page carries a mark of what it was made from, so that neither a clock nor a list of our own says which ones are up to date,
and nbgrader may write pages as well.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any

from nbgrader.api import Comment

from sig_checker.grading.convert import FeedbackPages, place, scratch_step
from sig_checker.grading.course import Course
from sig_checker.grading.digests import text_digest
from sig_checker.grading.gradebook.rows import notebooks_of, rows
from sig_checker.grading.results import NotGraded
from sig_checker.verdicts import Message

__all__ = ["Shown", "stale_pages", "write_feedback"]

_MARK = re.compile(rb"made-from-([0-9a-f]{64})")
_HEAD = 1000  # bytes of a page, in which its mark stands


class Shown:
    """What a page shows of the gradebook, and no more: a score that a person has replaced could be found by its digest."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {}

    def score(self, cell: str, grade: Any) -> None:
        self._rows[f"score {cell}"] = [grade.score, grade.max_score, bool(grade.needs_manual_grade)]

    def comment(self, cell: str, comment: Any) -> None:
        self._rows[f"comment {cell}"] = [comment.comment]

    def mark(self, notebook: str, penalty: float | None) -> str:
        """With the digest of the graded notebook's text, and what is taken off for lateness."""
        return text_digest(json.dumps([notebook, self._rows, penalty or 0], sort_keys=True))


def write_feedback(course: Course, assignment: str, student: str, names: Sequence[str] = ()) -> int:
    """Write the pages for the student, in place of the old ones; how many. NotGraded where nbgrader cannot write them.

    Args:
        names: the notebooks whose pages are wanted; by default all, and what else has been there goes.
    """
    step = scratch_step(course.paths.feedback_directory, assignment)
    converter = FeedbackPages(coursedir=course.paths, parent=course.app, step=step, student=student, names=list(names))
    if not course.convert(converter, assignment, student):
        message = Message("The feedback page could not be written; the log {file} says why.", file=course.log_file.name)
        raise NotGraded(message)
    new, final = course.scratch("feedback", student, assignment), course.path("feedback", student, assignment)
    written = len(list(new.glob("*.html")))
    if names and final.exists():
        for name in names:
            os.replace(new / f"{name}.html", final / f"{name}.html")
        rmtree(new)
    else:
        if final.exists():
            rmtree(final)
        place(new, final)
    return written


def stale_pages(folder: Path, notebooks: Mapping[str, str], gradebook: Any, submission: Any) -> list[str]:
    """Of which notebooks the pages in a folder are not there, or do not show what gradebook and graded notebooks say now.

    Args:
        notebooks: by name, the digests of their texts.
        submission: the gradebook's.
    """
    grades, comments = rows(gradebook, submission), rows(gradebook, submission, Comment)
    shown = {name: Shown() for name in notebooks}
    for (name, cell), grade in grades.items():
        if name in shown:
            shown[name].score(cell, grade)
    for (name, cell), comment in comments.items():
        if name in shown:
            shown[name].comment(cell, comment)
    penalties = {name: x.late_submission_penalty for name, x in notebooks_of(gradebook, submission).items()}
    return [x for x, digest in notebooks.items() if _mark_of(folder / f"{x}.html") != shown[x].mark(digest, penalties.get(x))]


def _mark_of(page: Path) -> str | None:
    try:
        with open(page, "rb") as file:
            found = _MARK.search(file.read(_HEAD))
    except OSError:
        return None
    return None if found is None else found[1].decode()
