"""A class as gradebook, graded notebooks and evidence have it, read for the pages and tables made of it. Runs no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, BaseCell, Grade, Notebook, Student, SubmittedAssignment, SubmittedNotebook

from sig_checker.errors import ConfigError
from sig_checker.grading.course import Course
from sig_checker.grading.digests import folder_digest
from sig_checker.grading.ledger import NoRecord
from sig_checker.grading.notices import KEY, Notice, notices
from sig_checker.verdicts import Message

__all__ = ["Answer", "ClassData", "Key", "Person", "Standing", "Task", "read_class"]

Key = tuple[str, str]  # of a graded cell: notebook and grade id


@dataclass(frozen=True, slots=True)
class Person:
    """A student as nbgrader's list of students has them; what it does not have is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    notebook: str
    name: str
    most: float

    @property
    def key(self) -> Key:
        return self.notebook, self.name


@dataclass(slots=True)
class Answer:
    """One student's to one task.

    Attributes:
        points: None where a person has not given any yet.
        asks: nbgrader's manual grading lists the cell, with points or without.
        slips: recognised mistakes, the likeliest first.
        text: what was answered, as the student wrote it; empty where that is not known.
    """

    points: float | None
    asks: bool = False
    slips: tuple[str, ...] = ()
    text: str = ""


@dataclass(slots=True)
class Standing:
    """One student's submission.

    Attributes:
        score: as nbgrader reports it: all points so far less the late penalty.
        pages: notebook -> the id under which formgrader shows it.
        ungraded: why the submission, or its last version, has no grades; None where it has.
        notices: (notebook, notice) in the order in which they were made.
    """

    person: Person
    answers: dict[Key, Answer] = field(default_factory=dict)
    score: float = 0.0
    pages: dict[str, str] = field(default_factory=dict)
    ungraded: Message | None = None
    notices: list[tuple[str, Notice]] = field(default_factory=list)

    @property
    def graded(self) -> bool:
        return bool(self.answers)

    @property
    def waits(self) -> bool:
        """Whether any answer waits for points, or for another look, of a person."""
        return any(x.asks or x.points is None for x in self.answers.values())


@dataclass(slots=True)
class ClassData:
    """An assignment's tasks in the notebooks' order, who has handed in, and who is enrolled and has not."""

    assignment: str
    tasks: list[Task]
    standings: list[Standing]
    absent: list[Person]

    @property
    def most(self) -> float:
        return sum(x.most for x in self.tasks)


def read_class(course: Course, assignment: str, *, notebooks: bool = True) -> ClassData:
    """All that is known of the class; with `notebooks` unset no more than the gradebook's part, which is quicker.

    Raises:
        ConfigError: the assignment is not in the gradebook.
        GradebookError: the gradebook cannot be read.
    """
    handed_in = course.students(assignment)
    with course.open_gradebook() as gradebook:
        db = gradebook.db
        whole = db.query(Assignment).filter(Assignment.name == assignment).one_or_none()
        if whole is None:
            raise ConfigError(Message(
                "the gradebook has no assignment {assignment!r}; grade it first: {command}",
                assignment=assignment, command=f"sig-checker grade {assignment}",
            ))  # fmt: skip
        people = {x.id: _person(x) for x in db.query(Student)}
        tasks = _tasks(course, assignment, whole)
        standings = {name: Standing(people.get(name, Person(name))) for name in handed_in}
        for (name,) in db.query(SubmittedAssignment.student_id).filter(SubmittedAssignment.assignment_id == whole.id):
            standings.setdefault(name, Standing(people.get(name, Person(name))))
        _add_grades(db, whole.id, standings, {x.key for x in tasks})
    for name, standing in standings.items():
        if notebooks:
            _add_notebooks(course, assignment, name, standing)
        if not standing.graded:
            standing.ungraded = Message("The submission has not been graded.")
        elif notebooks and standing.ungraded is None and name in handed_in:
            standing.ungraded = _stale(course, assignment, name)
    absent = [x for name, x in sorted(people.items()) if name not in standings]
    return ClassData(assignment, tasks, [standings[x] for x in sorted(standings)], absent)


def _person(row: Any) -> Person:
    return Person(str(row.id), *(str(x or "") for x in (row.first_name, row.last_name, row.email, row.lms_user_id)))


def _tasks(course: Course, assignment: str, whole: Any) -> list[Task]:
    found: list[Task] = []
    for notebook in sorted(whole.notebooks, key=lambda x: str(x.name)):
        order = {name: i for i, name in enumerate(_order(course.path("source", ".", assignment) / f"{notebook.name}.ipynb"))}
        cells = [*notebook.grade_cells, *notebook.task_cells]
        cells.sort(key=lambda x: (order.get(x.name, len(order)), x.name))
        found += [Task(str(notebook.name), str(x.name), float(x.max_score)) for x in cells]
    return found


def _order(path: Path) -> list[str]:
    return [str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")) for cell in _load(path).get("cells", [])]


def _add_grades(db: Any, assignment: str, standings: Mapping[str, Standing], known: set[Key]) -> None:
    """One query for everybody. nbgrader's own sums, which the database makes anew for each row, take seconds for a thousand."""
    found = (
        db.query(
            SubmittedAssignment.student_id, SubmittedNotebook.id, SubmittedNotebook.late_submission_penalty, Notebook.name,
            BaseCell.name, Grade.score, Grade.auto_score, Grade.manual_score, Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .filter(SubmittedAssignment.assignment_id == assignment)
    )  # fmt: skip
    penalties: dict[tuple[str, str], float] = {}
    for student, page, penalty, notebook, cell, score, auto, manual, asks in found:
        standing = standings[student]
        standing.score += float(score or 0.0)
        penalties[student, page] = float(penalty or 0.0)
        if (notebook, cell) in known:
            points = None if auto is None and manual is None else float(score)
            standing.answers[notebook, cell] = Answer(points, bool(asks))
            standing.pages[notebook] = str(page)
    for (student, _), penalty in penalties.items():
        standings[student].score = max(0.0, standings[student].score - penalty)


def _add_notebooks(course: Course, assignment: str, student: str, standing: Standing) -> None:
    folder = course.path("autograded", student, assignment)
    for name in sorted(standing.pages):
        record = _load(folder / f"{name}.ipynb")
        if "metadata" not in record:
            standing.ungraded = Message("The graded notebook {name} is not there; grade the submission first.", name=name)
            continue
        standing.notices += [(name, x) for x in notices(record)]
        written = ""
        for cell in record.get("cells", []):
            about = cell.get("metadata", {})
            nbgrader = about.get("nbgrader", {})
            if nbgrader.get("solution"):
                written = "".join(cell.get("source", ""))
            answer = standing.answers.get((name, str(nbgrader.get("grade_id"))))
            judged = about.get(KEY)
            if answer is not None and isinstance(judged, Mapping):
                answer.slips = tuple(map(str, judged.get("slips") or ()))
                answer.text = _text(judged.get("answer"), written)


def _stale(course: Course, assignment: str, student: str) -> Message | None:
    """Why the grades are not those of what was handed in last, as far as the stored evidence can tell."""
    try:
        record = course.ledger.read(assignment, student)
    except NoRecord:
        return None  # graded by an nbgrader without our configuration, or before evidence was kept
    if record.submission != folder_digest(course.path("submitted", student, assignment)):
        return Message("Other files have been handed in since the submission was graded.")
    return None


def _text(answer: object, written: str) -> str:
    """An answer on a line or a few: text as typed, other data as JSON, of a function its source."""
    if not isinstance(answer, Mapping):
        return ""
    if answer.get("kind") == "function":
        return written
    value = answer.get("python", answer.get("value", ""))
    if isinstance(value, list) and all(isinstance(x, str) for x in value):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _load(path: Path) -> dict[str, Any]:
    """A notebook of ours as plain JSON, empty where it cannot be read; nbformat's objects would take three times as long."""
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
