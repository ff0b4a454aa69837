"""The gradebook, through nbgrader's models: a submission's rows are written in one transaction, or none of them is."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sig_checker.errors import SigCheckerError
from sig_checker.grading.files import temporary_prefix
from sig_checker.grading.ledger import NotebookRecord
from sig_checker.verdicts import Message

__all__ = [
    "Connection", "GradebookError", "create", "is_score", "opened", "rows", "submission_of", "trouble", "waiting",
    "write_notebook", "write_penalty", "write_score",
]  # fmt: skip

Rows = Mapping[tuple[str, str], Any]  # by notebook and cell


class GradebookError(SigCheckerError):
    """For the instructor: the gradebook could not be read or written. Nothing of the transaction is in it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def waiting(url: str, seconds: float) -> str:
    """The gradebook's address, asking that a lock of another process is waited for. Other databases wait by themselves."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or "timeout" in address.query:
        return url
    return str(address.update_query_dict({"timeout": f"{seconds:g}"}).render_as_string(hide_password=False))


def create(url: str, course_id: str) -> None:
    """Make the gradebook where it is a file that does not exist, at once and whole."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database or "uri" in address.query:
        return
    path = Path(address.database)
    if str(path) == ":memory:" or path.exists():
        return
    new = path.with_name(f".{temporary_prefix()}{path.name}")
    try:
        with opened(f"sqlite:///{new}", course_id):
            pass
        with suppress(FileExistsError):
            os.link(new, path)  # unlike a renaming it never replaces a gradebook
    except OSError as error:
        raise GradebookError(Message("The gradebook cannot be made: {error}.", error=error.strerror or error)) from None
    finally:
        new.unlink(missing_ok=True)


class Connection:
    """nbgrader's gradebook, kept open for many transactions, since opening it takes long. Between them nothing is locked."""

    def __init__(self, url: str, course_id: str) -> None:
        self._url, self._course_id = url, course_id
        self._gradebook: Any = None

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Any]:
        """One transaction, which is committed at the end if `write` is set and undone otherwise. Not within another.

        Raises:
            GradebookError: the gradebook is locked, damaged, read-only or full.
        """
        try:
            if self._gradebook is None:
                self._gradebook = Gradebook(self._url, self._course_id)
            yield self._gradebook
            if write:
                self._gradebook.db.commit()
        except DBAPIError as error:
            self.close()  # it may be another file by the next time
            raise GradebookError(trouble(error, self._url)) from error
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C, which may have come in the middle of anything
                self.close()
            raise
        finally:
            if self._gradebook is not None:
                self._gradebook.db.rollback()
                self._gradebook.db.expunge_all()  # others write as well, and what was read takes memory

    def close(self) -> None:
        gradebook, self._gradebook = self._gradebook, None
        if gradebook is not None:
            for step in (gradebook.db.rollback, gradebook.db.remove, gradebook.engine.dispose):
                with suppress(SQLAlchemyError):  # a session that was interrupted refuses even to be undone
                    step()


@contextmanager
def opened(url: str, course_id: str, *, write: bool = False) -> Iterator[Any]:
    """A gradebook for one transaction; see `Connection`."""
    connection = Connection(url, course_id)
    try:
        with connection.transaction(write=write) as gradebook:
            yield gradebook
    finally:
        connection.close()


def trouble(error: DBAPIError, url: str) -> Message:
    """What a database's error means for the one who grades."""
    text = str(error.orig).splitlines()[0] if error.orig is not None else ""
    code = getattr(error.orig, "sqlite_errorcode", None)
    kind = None if code is None else code & 0xFF
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        seconds = make_url(url).query.get("timeout", "5")
        return Message("The gradebook is locked by another process, still after {seconds} s.", seconds=seconds)
    if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Message("The gradebook is damaged ({error}); put a copy of it in its place, or move it away.", error=text)
    return Message("The gradebook cannot be read or written: {error}.", error=text)


def submission_of(gradebook: Any, assignment: str, student: str, *, create: bool = False) -> Any:
    """The gradebook's submission, or None; with `create` it is made as nbgrader makes it, but not committed."""
    db = gradebook.db
    whole = db.query(Assignment).filter(Assignment.name == assignment).one_or_none()
    found = None if whole is None else (
        db.query(SubmittedAssignment)
        .filter(SubmittedAssignment.assignment_id == whole.id, SubmittedAssignment.student_id == student)
        .one_or_none()
    )  # fmt: skip
    if found is not None or whole is None or not create:
        return found
    person = db.get(Student, student)
    if person is None:
        person = Student(id=student)
        db.add(person)
    found = SubmittedAssignment(assignment=whole, student=person)
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


def rows(gradebook: Any, submission: Any, kind: type[Grade] | type[Comment] = Grade) -> dict[tuple[str, str], Any]:
    """The submission's grades, or its comments, by notebook and cell."""
    found = (
        gradebook.db.query(kind, Notebook.name, BaseCell.name)
        .join(BaseCell, BaseCell.id == kind.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .filter(SubmittedNotebook.assignment_id == submission.id)
        .populate_existing()  # rows that have just been made get all their columns here, and not one by one
    )
    return {(notebook, cell): row for row, notebook, cell in found}


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
    mine = [x for x in submission.notebooks if x.name in notebooks]
    if late <= 0:
        for notebook in mine:
            notebook.late_submission_penalty = None
        return
    gradebook.db.flush()
    step = AssignLatePenalties(parent=parent)
    step.init_plugin()
    for notebook in mine:
        gradebook.db.refresh(notebook)  # the sum of its scores is a column that the database computes
        penalty = step.plugin_inst.late_submission_penalty(submission.student.id, notebook.score, late)
        notebook.late_submission_penalty = None if penalty is None else step._check_late_penalty(notebook, penalty)
