"""A submission's rows in the gradebook, through nbgrader's models."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from nbgrader.api import Assignment, BaseCell, Comment, Grade, Notebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import undefer

from sig_checker.grading.ledger import NotebookRecord

__all__ = ["Rows", "is_score", "notebooks_of", "rows", "submission_of", "write_notebook", "write_penalty", "write_score"]

Rows = Mapping[tuple[str, str], Any]  # by notebook and cell

_PASSING_OVER = ("sqlite", "postgresql")  # whose INSERT can pass over a row that is there


def submission_of(gradebook: Any, assignment: str, student: str, *, create: bool = False) -> Any:
    """The gradebook's submission, or None; with `create` it is made as nbgrader makes it, but not committed."""
    db = gradebook.db
    found = db.execute(_submission(), {"assignment": assignment, "student": student}).scalar_one_or_none()
    if found is not None or not create:
        return found
    whole = db.query(Assignment).filter(Assignment.name == assignment).one_or_none()
    if whole is None:
        return None
    found = SubmittedAssignment(assignment=whole, student=_person(db, student))
    db.add(found)
    for notebook in whole.notebooks:
        theirs = SubmittedNotebook(notebook=notebook, assignment=found)
        db.add(theirs)
        for cell in [*notebook.grade_cells, *notebook.task_cells]:
            db.add(Grade(cell_id=cell.id, notebook=theirs))
        for cell in [*notebook.solution_cells, *notebook.task_cells]:
            db.add(Comment(cell_id=cell.id, notebook=theirs))
    db.flush()
    return found


# Statements are made once, since making one takes longer than its answer

@cache
def _submission() -> Any:
    return (
        select(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == bindparam("assignment"), SubmittedAssignment.student_id == bindparam("student"))
    )


def _person(db: Any, student: str) -> Any:
    """The student's row, which a run on another assignment may be making at this moment, too."""
    if db.get(Student, student) is None:
        name = db.get_bind().dialect.name
        if name in _PASSING_OVER:
            insert = import_module(f"sqlalchemy.dialects.{name}").insert  # only that one, since loading them takes long
            db.execute(insert(Student).values(id=student).on_conflict_do_nothing())
        else:
            db.add(Student(id=student))
            db.flush()
    return db.get(Student, student)


def notebooks_of(gradebook: Any, submission: Any) -> dict[str, Any]:
    """The submission's notebooks by name, by way of an index, too."""
    assigned = select(Notebook.id).where(Notebook.assignment_id == submission.assignment_id)
    found = (
        gradebook.db.query(Notebook.name, SubmittedNotebook)
        .join(SubmittedNotebook, SubmittedNotebook.notebook_id == Notebook.id)
        .filter(SubmittedNotebook.notebook_id.in_(assigned), SubmittedNotebook.assignment_id == submission.id)
    )
    return dict(found.all())


def rows(gradebook: Any, submission: Any, kind: type[Grade] | type[Comment] = Grade) -> dict[tuple[str, str], Any]:
    """The submission's grades, or its comments, by notebook and cell.

    Asked by way of the assignment's cells, or the whole class's rows are gone through: nbgrader's tables have indices that
    begin with the cell and with the assignment's notebook, and none that begin with the submission.
    """
    asked = {"assignment": submission.assignment_id, "submission": submission.id}
    return {(notebook, cell): row for row, notebook, cell in gradebook.db.execute(_rows(kind), asked)}  # type: ignore[arg-type]


@cache
def _rows(kind: type[Grade] | type[Comment]) -> Any:
    found = (
        select(kind, Notebook.name, BaseCell.name)
        .select_from(Notebook)
        .join(SubmittedNotebook, SubmittedNotebook.notebook_id == Notebook.id)
        .join(BaseCell, BaseCell.notebook_id == Notebook.id)
        .join(kind, and_(kind.cell_id == BaseCell.id, kind.notebook_id == SubmittedNotebook.id))
        .where(Notebook.assignment_id == bindparam("assignment"), SubmittedNotebook.assignment_id == bindparam("submission"))
        .execution_options(populate_existing=True)  # rows that have just been made get all their columns here, not one by one
    )
    return found.options(undefer(Grade.max_score)) if kind is Grade else found


def write_notebook(grades: Rows, comments: Rows, name: str, result: NotebookRecord) -> None:
    """Every score and comment of a notebook into the submission's rows. Manual ones stay, and ask for another look."""
    for cell, score in result.scores.items():
        write_score(grades[name, cell], score, look=cell in result.look)
    for cell, text in result.comments.items():
        comments[name, cell].auto_comment = text


def write_score(grade: Any, score: float | None, *, look: bool = False) -> None:
    """One automatic score, or none and a person is asked; with `look` a person is asked in any case."""
    score = score if is_score(score, grade.max_score) else None
    grade.auto_score = score
    grade.needs_manual_grade = score is None or look or grade.manual_score is not None


def is_score(score: object, most: float) -> bool:
    """Whether it is a plain float between 0 and the maximum; whatever else gets into a gradebook becomes full marks somewhere.

    >>> is_score(3.0, 10.0), is_score(11.0, 10.0), is_score(float("nan"), 10.0), is_score(True, 10.0)
    (True, False, False, False)
    """
    return type(score) is float and math.isfinite(score) and 0 <= score <= most


def write_penalty(gradebook: Any, submission: Any, notebooks: Mapping[str, Any], parent: Any) -> None:
    """What nbgrader's step AssignLatePenalties does, with the plugin that the course has configured."""
    late = submission.total_seconds_late
    if late <= 0:
        about = {"submission": submission.id, "assignment": submission.assignment_id, "names": list(notebooks)}
        gradebook.db.execute(_no_penalty(), about)
        return
    gradebook.db.flush()
    step = AssignLatePenalties(parent=parent)
    step.init_plugin()
    for name, notebook in notebooks_of(gradebook, submission).items():
        if name in notebooks:
            gradebook.db.refresh(notebook)  # the sum of its scores is a column that the database computes
            penalty = step.plugin_inst.late_submission_penalty(submission.student.id, notebook.score, late)
            notebook.late_submission_penalty = None if penalty is None else step._check_late_penalty(notebook, penalty)


@cache
def _no_penalty() -> Any:
    of = select(Notebook.id).where(Notebook.assignment_id == bindparam("assignment"), Notebook.name.in_(bindparam("names")))
    return (
        update(SubmittedNotebook)
        .where(
            SubmittedNotebook.notebook_id.in_(of), SubmittedNotebook.assignment_id == bindparam("submission"),
            SubmittedNotebook.late_submission_penalty.is_not(None),
        )
        .values(late_submission_penalty=None)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
