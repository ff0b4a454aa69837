"""What has become of submissions: the scores that the gradebook has, the mistakes, and what a person should know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sig_checker.grading.notices import KEY, Notice, notices
from sig_checker.grading.submissions import read_notebook
from sig_checker.verdicts import Message

if TYPE_CHECKING:
    from sig_checker.grading.course import Course

__all__ = ["Cell", "Graded", "NotGraded", "Problem", "Told", "add_results", "cell_order", "read_told", "told_by"]


class NotGraded(Exception):
    """The submission, or its pages, stay as they were before. `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """One line for the instructor: whose, where, what."""

    student: str
    notebook: str | None
    notice: Notice


@dataclass(frozen=True, slots=True)
class Cell:
    """A score as the gradebook has it. `points` is None where a person has not given any yet."""

    notebook: str
    name: str
    points: float | None
    max_points: float
    slip: str | None = None


@dataclass(slots=True)
class Graded:
    """What has become of one submission.

    Attributes:
        failed: it was not graded, or not to the end; the next run does it again.
        anew: it was graded now, and not in an earlier run.
        pages: how many of the student's were written.
    """

    student: str
    failed: bool = False
    anew: bool = True
    pages: int = 0
    cells: list[Cell] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> float:
        return sum(cell.points or 0.0 for cell in self.cells)

    def note(self, message: Message, notebook: str | None = None) -> None:
        self.problems.append(Problem(self.student, notebook, Notice(None, message)))

    def fail(self, message: Message) -> None:
        self.failed = True
        self.note(message)


@dataclass(frozen=True, slots=True)
class Told:
    """What an autograded notebook tells beside its scores: its notices, and by cell the mistake that was recognised."""

    notices: tuple[Notice, ...]
    slips: Mapping[str, str]


def told_by(notebook: Any) -> Told:
    """What stands in an autograded notebook, as JSON has it."""
    slips = {}
    for cell in notebook["cells"]:
        found = cell["metadata"].get(KEY, {}).get("slips")
        if found:
            slips[str(cell["metadata"]["nbgrader"]["grade_id"])] = str(found[0])
    return Told(tuple(notices(notebook)), slips)


def read_told(course: Course, assignment: str, student: str, name: str) -> Told:
    notebook, _ = read_notebook(str(course.path("autograded", student, assignment) / f"{name}.ipynb"))
    return told_by(notebook)


def cell_order(course: Course, assignment: str, notebook: str) -> list[str]:
    """The names of a notebook's cells as they stand in the source, from above."""
    source, _ = read_notebook(str(course.path("source", ".", assignment) / f"{notebook}.ipynb"))
    return [str(cell.metadata.get("nbgrader", {}).get("grade_id")) for cell in source.cells]


def add_results(graded: Graded, grades: Mapping[tuple[str, str], Any], told: Mapping[str, Told],
                order: Mapping[str, list[str]]) -> None:  # fmt: skip
    """Scores, mistakes and notices of a submission.

    Args:
        grades: the gradebook's rows, by notebook and cell.
        told: by the notebooks that were handed in.
        order: of the cells, for each of the assignment's notebooks.
    """
    for name, x in told.items():
        graded.problems += [Problem(graded.student, name, notice) for notice in x.notices]
    for name in sorted(order):
        if name not in told:
            graded.note(Message("The notebook is missing."), name)
    for (notebook, cell), grade in grades.items():
        given = grade.auto_score if grade.manual_score is None else grade.manual_score
        points = None if given is None else float(given + (grade.extra_credit or 0.0))
        slip = told[notebook].slips.get(cell) if notebook in told else None
        graded.cells.append(Cell(notebook, cell, points, float(grade.max_score), slip))
    place = {(notebook, cell): i for notebook, cells in order.items() for i, cell in enumerate(cells)}
    graded.cells.sort(key=lambda x: (x.notebook, place.get((x.notebook, x.name), len(place)), x.name))
