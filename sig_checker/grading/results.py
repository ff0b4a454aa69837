"""What has become of submissions: the scores that the gradebook has, the mistakes, and what a person should know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sig_checker.grading.gradebook import rows, submission_of
from sig_checker.grading.notices import KEY, Notice, notices
from sig_checker.grading.submissions import read_notebook
from sig_checker.verdicts import Message

if TYPE_CHECKING:
    from sig_checker.grading.course import Course

__all__ = ["Cell", "Graded", "Problem", "add_results"]


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
    """

    student: str
    failed: bool = False
    anew: bool = True
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


def add_results(course: Course, assignment: str, graded: Graded, names: list[str]) -> None:
    """Scores from the gradebook, slips and notices from the autograded notebooks of these names."""
    slips: dict[tuple[str, str], str] = {}
    order: dict[tuple[str, str], int] = {}
    for name in names:
        path = course.path("autograded", graded.student, assignment) / f"{name}.ipynb"
        notebook, _ = read_notebook(str(path))
        graded.problems += [Problem(graded.student, name, x) for x in notices(notebook)]
        for key, slip in _slips(notebook, name):
            slips[key] = slip
    with course.open_gradebook() as gradebook:
        submission = submission_of(gradebook, assignment, graded.student)
        for notebook in sorted(x.name for x in submission.notebooks):
            order |= {(notebook, x): i for i, x in enumerate(_order(course, assignment, notebook))}
            if notebook not in names:
                graded.note(Message("The notebook is missing."), notebook)
        for key, grade in rows(gradebook, submission).items():
            waits = grade.manual_score is None and grade.auto_score is None
            points = None if waits else float(grade.score)
            graded.cells.append(Cell(*key, points, float(grade.max_score), slips.get(key)))
    graded.cells.sort(key=lambda x: (x.notebook, order.get((x.notebook, x.name), len(order)), x.name))


def _order(course: Course, assignment: str, notebook: str) -> list[str]:
    source, _ = read_notebook(str(course.path("source", ".", assignment) / f"{notebook}.ipynb"))
    return [str(cell.metadata.get("nbgrader", {}).get("grade_id")) for cell in source.cells]


def _slips(notebook: Any, name: str) -> Iterator[tuple[tuple[str, str], str]]:
    for cell in notebook.cells:
        slips = cell.metadata.get(KEY, {}).get("slips")
        if slips:
            yield (name, str(cell.metadata["nbgrader"]["grade_id"])), str(slips[0])
