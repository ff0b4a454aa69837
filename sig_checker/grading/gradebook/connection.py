"""The gradebook, through nbgrader's models: a submission's rows are written in one transaction, or none of them is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from sig_checker.errors import SigCheckerError, reason
from sig_checker.grading.files import temporary_prefix
from sig_checker.grading.gradebook.database import is_server, lost, patience, trouble
from sig_checker.verdicts import Message

__all__ = ["Connection", "GradebookError", "GradebookLost", "create", "exists", "opened"]

_MAKING = 0x5349474348454B  # the number of the server's lock under which tables are made
_STEPS_COURSE = "default_course"  # the name under which nbgrader's steps open it, which enters that, too
_RETRY_SECONDS = 0.2  # between attempts to reach a server


class GradebookError(SigCheckerError):
    """For the instructor: the gradebook could not be read or written. Nothing of the transaction is in it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class GradebookLost(GradebookError):
    """Nothing can be read or written until somebody has seen to it: there is no connection to the server."""


def create(url: str, course_id: str) -> None:
    """Make the gradebook where there is none: a file at once and whole, a server's tables with no other run at it."""
    if is_server(url):
        with _on_server(url) as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
            for name in (course_id, _STEPS_COURSE):
                with opened(url, name):
                    pass
        return
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
        raise GradebookError(Message("The gradebook cannot be made: {error}.", error=reason(error))) from None
    finally:
        new.unlink(missing_ok=True)


def exists(url: str) -> bool:
    """Whether there is a gradebook.

    Raises:
        GradebookError: its server cannot be asked.
    """
    if is_server(url):
        with _on_server(url) as connection:
            return bool(inspect(connection).has_table(Assignment.__tablename__))
    address = make_url(url)
    return address.get_backend_name() != "sqlite" or Path(str(address.database)).exists()


@contextmanager
def _on_server(url: str) -> Iterator[Any]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise _error(error, url) from error


def _error(error: DBAPIError, url: str) -> GradebookError:
    return (GradebookLost if lost(error, url) else GradebookError)(trouble(error, url))


class Connection:
    """nbgrader's gradebook, kept open for many transactions, since opening it takes long. Between them nothing is locked."""

    def __init__(self, url: str, course_id: str) -> None:
        self._url, self._course_id = url, course_id
        self._gradebook: Any = None
        self._patience = 0.0  # seconds; a server that has been there once is waited for

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Any]:
        """One transaction, which is committed at the end if `write` is set and undone otherwise. Not within another.

        Raises:
            GradebookLost: its server cannot be reached, and could not be for as long as a lock is waited for.
            GradebookError: the gradebook is locked, damaged, read-only or full, or has been lost during the transaction.
        """
        try:
            self._open()
        except DBAPIError as error:
            raise _error(error, self._url) from error
        try:
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

    def _open(self) -> None:
        """Have the gradebook open, anew where its server has been started again since it was last used."""
        if self._gradebook is not None and is_server(self._url):
            try:
                self._gradebook.db.execute(text("SELECT 1"))
            except DBAPIError:
                self.close()
        deadline = time.monotonic() + self._patience
        while self._gradebook is None:
            try:
                self._gradebook = Gradebook(self._url, self._course_id)
            except DBAPIError as error:
                if not lost(error, self._url) or time.monotonic() >= deadline:
                    raise
                time.sleep(_RETRY_SECONDS)
        self._patience = patience(self._url)

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
