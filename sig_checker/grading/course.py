"""A course folder as nbgrader is configured for it: paths, students, the gradebook, its converters."""

from __future__ import annotations

import glob
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from sig_checker.errors import ConfigError
from sig_checker.grading import release, require_configured
from sig_checker.grading.convert import remove_scratch, scratch_step
from sig_checker.grading.files import sweep, unwritable
from sig_checker.grading.gradebook.connection import Connection, GradebookError, create
from sig_checker.grading.gradebook.database import check, shown, trouble, waiting
from sig_checker.grading.ledger import Ledger
from sig_checker.grading.lock import locked
from sig_checker.grading.logs import Plain
from sig_checker.grading.patience import at_most
from sig_checker.grading.running.kernel import scratch_place
from sig_checker.grading.sandbox import Sandbox, choose
from sig_checker.verdicts import Message

_PAGE_SECONDS = 30  # a page takes one; what renders Markdown can be kept busy for ever

__all__ = ["Course"]


class _Log(logging.FileHandler):
    """A log that cannot be written, on a full disk, must not hide what is said of the grades."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


class Course:
    """A course folder with its nbgrader configuration.

    Attributes:
        wait: so many seconds for a gradebook, or for an assignment, on which somebody else is working.

    Raises:
        ConfigError: the folder is no course, or its configuration does not call `configure`, or names no database.
    """

    def __init__(self, folder: str | os.PathLike[str], *, wait: float = 10.0) -> None:
        self.folder = Path(folder).resolve()
        self.wait = wait
        if not (self.folder / "nbgrader_config.py").is_file():
            raise ConfigError(Message("{folder} is not a course: it has no nbgrader_config.py", folder=str(self.folder)))
        self.log_file = self.folder / ".nbgrader.log"
        # nbgrader runs `alembic`, which stands beside this interpreter, whether or not the environment is activated
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self.app = NbGrader(log_level=logging.INFO)
        self.log = self.app.log
        self.log.handlers = [logging.NullHandler()]
        self.app.load_cwd_config = False  # the course's own configuration, not that of the folder we happen to be in
        self.app.initialize(argv=[], root=str(self.folder))
        require_configured(self.app.config)
        # only now: initialising has set up the log anew
        try:
            log = _Log(self.log_file, mode="w", encoding="utf-8")
        except OSError as error:
            raise ConfigError(unwritable(error)) from None
        log.setLevel(logging.INFO)
        log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addFilter(Plain())
        self.log.handlers = [log]
        self.log.propagate = False
        self.paths = self.app.coursedir
        check(self.paths.db_url)
        self.paths.db_url = waiting(self.paths.db_url, wait)
        self.ledger = Ledger(Path(self.paths.root))
        self._connection = Connection(self.paths.db_url, self.paths.course_id)

    def confine(self, kind: str = "auto", *, trust: bool = False, here: bool = True) -> Sandbox | None:
        """The sandbox in which students' code will run. What is given here goes before what the configuration says.

        None where it does not run `here`, on this machine: then each machine that runs it chooses its own.

        Raises:
            ConfigError: students' code cannot be confined, and is not trusted either.
        """
        execution = self.app.config.ExecuteSubmission
        if kind != "auto":
            execution.sandbox = kind
        if trust:
            execution.trust_submissions = True
        if not here:
            return None
        # namespaces first: only into these a process can go that runs already
        kinds, trusted = ("namespaces", "bubblewrap"), execution.get("trust_submissions", False)
        chosen = choose(execution.get("sandbox", "auto"), trust=trusted, kinds=kinds)
        if chosen.confines:
            execution.sandbox = chosen.kind
        return chosen

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Of a step's folder, by nbgrader's names: source, submitted, autograded, feedback."""
        return Path(self.paths.format_path(self._step(step), student, assignment))

    def scratch(self, step: str, student: str, assignment: str) -> Path:
        """Of the folder in which a step's results are made, before they come into their place."""
        return Path(self.paths.format_path(scratch_step(self._step(step), assignment), student, assignment))

    def folder_of(self, step: str) -> Path:
        """Where a step's results lie, for all students together."""
        return self.folder / self._step(step)

    @property
    def gradebook(self) -> str:
        """The gradebook's file, relative to the current folder, or its address without a password."""
        address = make_url(self.paths.db_url)
        if address.get_backend_name() == "sqlite" and address.database:
            return os.path.relpath(address.database)
        return shown(self.paths.db_url)

    def open_gradebook(self, *, write: bool = False) -> AbstractContextManager[Any]:
        """For one transaction; see `sig_checker.grading.gradebook.connection.Connection`."""
        return self._connection.transaction(write=write)

    def only_assignment(self) -> str:
        """The assignment, where the course has just one, or just one to which something has been handed in.

        Raises:
            ConfigError: says how to name one of several.
        """
        known = sorted({x.parent.name for x in self.path("source", ".", "*").parent.glob("*/*.ipynb")})
        if not known:
            raise ConfigError(Message(
                "{folder} has no assignment; each is a folder with notebooks in source/", folder=str(self.folder)
            ))  # fmt: skip
        handed_in = [x for x in known if self.students(x)] if len(known) > 1 else known
        if len(handed_in) != 1:
            raise ConfigError(Message(
                "which assignment? {folder} has {count}: {known}; name one, as in `{command}`",
                folder=str(self.folder), count=len(known), known=", ".join(known), command=f"sig-checker grade {known[0]}",
            ))  # fmt: skip
        return handed_in[0]

    def students(self, assignment: str, only: list[str] | None = None) -> list[str]:
        """Who has handed in a folder for the assignment, or of these those who are named.

        Raises:
            ConfigError: somebody who is named has handed in nothing.
        """
        pattern = str(self.path("submitted", "\0", assignment))
        before, after = (glob.escape(x) for x in pattern.split("\0"))
        found = [x for x in glob.glob(f"{before}*{after}") if os.path.isdir(x)]
        start, end = (len(x) for x in pattern.split("\0"))
        excluded = self.paths.student_id_exclude.split(",")
        everybody = sorted(name for x in found if (name := x[start : len(x) - end]) not in excluded)
        for name in only or ():
            if name not in everybody:
                raise ConfigError(Message(
                    "there is no submission of {name!r} to {assignment!r}", name=name, assignment=assignment
                ))  # fmt: skip
        return [x for x in everybody if x in only] if only else everybody

    @contextmanager
    def working_on(self, assignment: str) -> Iterator[None]:
        """Alone on an assignment, with what a killed run has left behind removed and nbgrader's record of it up to date.

        Raises:
            ConfigError: another run is working on it, or a folder of results cannot be written.
            GradebookError: the gradebook cannot be read or written.
        """
        if not self.path("source", ".", assignment).is_dir():
            raise ConfigError(Message(
                "there is no assignment {assignment!r}: {folder} does not exist",
                assignment=assignment, folder=str(self.path("source", ".", assignment)),
            ))  # fmt: skip
        with locked(self.ledger.lock_file(assignment), wait=self.wait):
            self.ledger.sweep(assignment)
            for folder in {Path(tempfile.gettempdir()), scratch_place()}:
                sweep(folder)
            sweep(self.folder)
            steps = [self._step(step) for step in ("autograded", "feedback")]
            try:
                for step in steps:
                    remove_scratch(self.paths, step, assignment)
                    folder = Path(self.paths.format_path(scratch_step(step, assignment), "x", assignment))
                    folder.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigError(unwritable(error)) from None
            try:
                create(self.paths.db_url, self.paths.course_id)
                self._generate(assignment)
                yield
            finally:
                self._connection.close()
                with suppress(OSError):  # the next run removes it
                    for step in steps:
                        remove_scratch(self.paths, step, assignment)

    def convert(self, converter: Any, assignment: str, student: str | None) -> bool:
        """Run one of nbgrader's converters; whether it succeeded. Its errors are in the log.

        Raises:
            GradebookError: the gradebook could not be read or written.
        """
        self.paths.assignment_id = assignment
        self.paths.student_id = "*" if student is None else glob.escape(student)
        try:
            converter.force = True
            with at_most(_PAGE_SECONDS) if isinstance(converter, GenerateFeedback) else nullcontext():
                converter.start()
        except NbGraderException as error:
            if isinstance(error.__context__, DBAPIError):
                raise GradebookError(trouble(error.__context__, self.paths.db_url)) from error
            return False
        except DBAPIError as error:
            raise GradebookError(trouble(error, self.paths.db_url)) from error
        except Exception:  # nbgrader raises what its libraries raise; the batch goes on and the log has the traceback
            self.log.exception("%s of %s for %s", type(converter).__name__, assignment, student)
            return False
        return True

    def _generate(self, assignment: str) -> None:
        """nbgrader's release version and the gradebook's record of the assignment."""
        with self.open_gradebook():
            pass  # so that a gradebook in trouble is told as that
        converter = GenerateAssignment(coursedir=self.paths, parent=self.app)
        if release.is_current(self, converter, assignment):
            return
        if not self.convert(converter, assignment, None):
            raise ConfigError(Message(
                "nbgrader could not generate {assignment!r}; {log} says why. If cells were added or removed since submissions "
                "were graded, the gradebook must be made anew: move gradebook.db away and grade again",
                assignment=assignment, log=str(self.log_file),
            ))  # fmt: skip
        release.note(self, converter, assignment)

    def _step(self, step: str) -> str:
        return str(getattr(self.paths, f"{step}_directory"))
