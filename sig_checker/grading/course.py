"""A whole class through nbgrader's own steps: generate the assignment, autograde each submission, write each feedback page."""

from __future__ import annotations

import glob
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from sqlalchemy.engine import make_url

from sig_checker.errors import ConfigError
from sig_checker.grading import require_configured
from sig_checker.grading.notices import KEY, Notice, notices
from sig_checker.grading.submissions import read_notebook
from sig_checker.verdicts import Message

__all__ = ["Cell", "Course", "Graded", "Problem"]


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
    """What has become of one submission; `failed` says that it was not graded."""

    student: str
    failed: bool = False
    cells: list[Cell] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> float:
        return sum(cell.points or 0.0 for cell in self.cells)


class Course:
    """A course folder with its nbgrader configuration.

    Raises:
        ConfigError: the folder is no course, or its configuration does not call `configure`.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).resolve()
        if not (self.folder / "nbgrader_config.py").is_file():
            raise ConfigError(f"{self.folder} is not a course: it has no nbgrader_config.py")
        self.log_file = self.folder / ".nbgrader.log"
        # nbgrader runs `alembic`, which stands beside this interpreter, whether or not the environment is activated
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self._app = NbGrader(log_level=logging.INFO)
        self._app.log.handlers = [logging.NullHandler()]
        self._app.load_cwd_config = False  # the course's own configuration, not that of the folder we happen to be in
        self._app.initialize(argv=[], root=str(self.folder))
        require_configured(self._app.config)
        # only now: initialising has set up the log anew
        log = logging.FileHandler(self.log_file, mode="w", encoding="utf-8")
        log.setLevel(logging.INFO)
        log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._app.log.handlers = [log]
        self._app.log.propagate = False
        self._paths = self._app.coursedir

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Of a step's folder, by nbgrader's names: source, submitted, autograded, feedback."""
        return Path(self._paths.format_path(getattr(self._paths, f"{step}_directory"), student, assignment))

    def folder_of(self, step: str) -> Path:
        """Where a step's results lie, for all students together."""
        return self.folder / str(getattr(self._paths, f"{step}_directory"))

    @property
    def gradebook(self) -> str:
        """The gradebook's file, relative to the current folder, or its address without a password."""
        address = make_url(self._paths.db_url)
        if address.get_backend_name() == "sqlite" and address.database:
            return os.path.relpath(address.database)
        return str(address.render_as_string(hide_password=True))

    def only_assignment(self) -> str:
        """The assignment, where the course has just one."""
        names = sorted(x.parent.name for x in self.path("source", ".", "*").parent.glob("*/*.ipynb"))
        if len(set(names)) != 1:
            known = ", ".join(sorted(set(names))) or "none"
            raise ConfigError(f"which assignment? {self.folder} has: {known}; name one, as in `sig-checker grade NAME`")
        return names[0]

    def students(self, assignment: str) -> list[str]:
        """Who has handed in a folder for the assignment."""
        pattern = str(self.path("submitted", "\0", assignment))
        before, after = (glob.escape(x) for x in pattern.split("\0"))
        found = [x for x in glob.glob(f"{before}*{after}") if os.path.isdir(x)]
        return sorted(x[len(before) : len(x) - len(after)] for x in found)

    def generate(self, assignment: str) -> None:
        """nbgrader's release version and the gradebook's record of the assignment."""
        if not self.path("source", ".", assignment).is_dir():
            raise ConfigError(f"there is no assignment {assignment!r}: {self.path('source', '.', assignment)} does not exist")
        if not self._convert(GenerateAssignment, assignment, None):
            raise ConfigError(
                f"nbgrader could not generate {assignment!r}; {self.log_file} says why. If cells were added or removed since "
                "submissions were graded, the gradebook must be made anew: move gradebook.db away and grade again"
            )

    def grade(self, assignment: str, student: str) -> Graded:
        """Autograde one submission anew and write its feedback; never raises for what is in the submission."""
        graded = Graded(student)
        names, odd = self._handed_in(assignment, student)
        for name in odd:
            message = Message("The file {name} is no notebook of this assignment and was not graded.", name=name)
            graded.problems.append(Problem(student, None, Notice(None, message)))
        if not names:
            self._record_nothing(assignment, student, person=bool(odd))
        elif not self._convert(Autograde, assignment, student):
            graded.failed = True
            message = Message("The submission was not graded; the log {file} says why.", file=self.log_file.name)
            graded.problems.append(Problem(student, None, Notice(None, message)))
            return graded
        self._collect(graded, assignment, names)
        if names and not self._convert(GenerateFeedback, assignment, student):
            message = Message("The feedback page could not be written; the log {file} says why.", file=self.log_file.name)
            graded.problems.append(Problem(student, None, Notice(None, message)))
        return graded

    def grade_all(self, assignment: str, seen: Callable[[Graded], None]) -> list[Graded]:
        """`grade` for every student; `seen` is called after each."""
        done = []
        for student in self.students(assignment):
            done.append(self.grade(assignment, student))
            seen(done[-1])
        return done

    def _convert(self, converter: type[Any], assignment: str, student: str | None) -> bool:
        """Run one of nbgrader's converters; whether it succeeded. Its errors are in the log."""
        self._paths.assignment_id = assignment
        self._paths.student_id = "*" if student is None else glob.escape(student)
        try:
            runner = converter(coursedir=self._paths, parent=self._app)
            runner.force = True
            runner.start()
        except NbGraderException:
            return False
        except Exception:  # nbgrader raises what its libraries raise; the batch goes on and the log has the traceback
            self._app.log.exception("%s of %s for %s", converter.__name__, assignment, student)
            return False
        return True

    def _gradebook(self) -> Any:
        return Gradebook(self._paths.db_url, self._paths.course_id)

    def _handed_in(self, assignment: str, student: str) -> tuple[list[str], list[str]]:
        """The assignment's notebooks that are in the submission, and the files that look like notebooks but are not."""
        with self._gradebook() as gradebook:
            known = [x.name for x in gradebook.find_assignment(assignment).notebooks]
        found = sorted(x.stem for x in self.path("submitted", student, assignment).glob("*.ipynb"))
        return [x for x in found if x in known], [f"{x}.ipynb" for x in found if x not in known]

    def _record_nothing(self, assignment: str, student: str, *, person: bool) -> None:
        """A submission without any notebook of the assignment: zero, or a person where notebooks of other names are there."""
        with self._gradebook() as gradebook:
            gradebook.update_or_create_student(student)
            submission = gradebook.update_or_create_submission(assignment, student)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = None if person else 0.0
                    grade.needs_manual_grade = person
            gradebook.db.commit()

    def _collect(self, graded: Graded, assignment: str, names: list[str]) -> None:
        """Scores from the gradebook, slips and notices from the autograded notebooks."""
        slips: dict[tuple[str, str], str] = {}
        order: dict[tuple[str, str], int] = {}
        for name in names:
            path = self.path("autograded", graded.student, assignment) / f"{name}.ipynb"
            notebook, _ = read_notebook(str(path))
            graded.problems += [Problem(graded.student, name, x) for x in notices(notebook)]
            for key, slip in _slips(notebook, name):
                slips[key] = slip
        with self._gradebook() as gradebook:
            submission = gradebook.find_submission(assignment, graded.student)
            for notebook in sorted(submission.notebooks, key=lambda x: str(x.name)):
                order |= {(notebook.name, x): i for i, x in enumerate(self._order(assignment, notebook.name))}
                if notebook.name not in names:
                    message = Message("The notebook is missing.")
                    graded.problems.append(Problem(graded.student, notebook.name, Notice(None, message)))
                for grade in notebook.grades:
                    waits = grade.manual_score is None and grade.auto_score is None
                    key = (notebook.name, grade.name)
                    points = None if waits else float(grade.score)
                    graded.cells.append(Cell(*key, points, float(grade.max_score), slips.get(key)))
        graded.cells.sort(key=lambda x: (x.notebook, order.get((x.notebook, x.name), len(order)), x.name))

    def _order(self, assignment: str, notebook: str) -> list[str]:
        source, _ = read_notebook(str(self.path("source", ".", assignment) / f"{notebook}.ipynb"))
        return [str(cell.metadata.get("nbgrader", {}).get("grade_id")) for cell in source.cells]


def _slips(notebook: Any, name: str) -> Iterator[tuple[tuple[str, str], str]]:
    for cell in notebook.cells:
        slips = cell.metadata.get(KEY, {}).get("slips")
        if slips:
            yield (name, str(cell.metadata["nbgrader"]["grade_id"])), str(slips[0])
