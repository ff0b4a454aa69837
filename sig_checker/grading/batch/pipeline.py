"""Grades one submission that lies in memory, without a course: neither folders nor gradebook are looked at.

It does what `nbgrader autograde` does with the steps that the course has configured, so that both give the same notebooks and
scores. What goes in and what comes out is data, so that it can be done in any process on any machine, and again after a loss.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_notebook
from nbgrader.utils import setenv
from traitlets.config import Config
from traitlets.log import get_logger
from traitlets.utils.importstring import import_item

from sig_checker.exercise import Exercise
from sig_checker.grading.digests import text_digest
from sig_checker.grading.exercises import EXERCISES
from sig_checker.grading.files import temporary_prefix
from sig_checker.grading.ledger import NotebookRecord
from sig_checker.grading.results import Told, told_by
from sig_checker.grading.running.kernel import scratch_place
from sig_checker.grading.steps.judge_cells import BESIDE
from sig_checker.grading.steps.restore import ODDITIES, ORIGINAL, Original
from sig_checker.grading.steps.run import HIDDEN, SEED, WARM
from sig_checker.grading.steps.scores import RESULT
from sig_checker.grading.submissions import UNREADABLE, read_contents, tidy
from sig_checker.grading.warm.client import ServerLost
from sig_checker.grading.writing import notebook_text
from sig_checker.notebook.rehearsal import rehearse as rehearse_functions
from sig_checker.verdicts import Message

__all__ = ["Assigned", "File", "GradedNotebook", "Outcome", "Submission", "grade_submission", "rehearse"]

_REPLACED = {
    "sig_checker.grading.steps.scores.SaveAutoGrades": "sig_checker.grading.steps.scores.CollectGrades",
    "nbgrader.preprocessors.AssignLatePenalties": None,
    "nbgrader.preprocessors.CheckCellMetadata": "sig_checker.grading.steps.metadata.CheckKnownMetadata",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file beside the notebooks: its path in the folder, its mode, its contents."""

    path: str
    mode: int
    contents: bytes


@dataclass(frozen=True, slots=True)
class Assigned:
    """All of an assignment that grading a submission needs.

    Attributes:
        notebooks: by name, as the instructor has written them.
        config: the course's, as traitlets have it.
        hidden: folders that students' code must not see even where they lie in what it may read.
        seed: of the points at which functions are called; drawn for each run, so that nobody knows them when handing in, and
            shared by all its submissions, so that the true values there are computed once.
        exercises: by name, those that the check cells ask about, before a student's values are drawn.
    """

    name: str
    notebooks: Mapping[str, Original]
    config: Mapping[str, Any]
    hidden: tuple[str, ...] = ()
    seed: int = 0
    exercises: Mapping[str, Exercise] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student has handed in.

    Attributes:
        notebooks: by name, the file's contents, or why there are none to read.
        files: those beside them, the instructor's over the student's.
        oddities: what a person should know of the folder.
    """

    student: str
    notebooks: Mapping[str, bytes | Message]
    files: tuple[File, ...] = ()
    oddities: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class GradedNotebook:
    """An autograded notebook's text, its scores with their evidence, and what is to be told of it."""

    text: str
    record: NotebookRecord
    told: Told


@dataclass(slots=True)
class Outcome:
    """What has become of a submission, and the log's lines.

    Attributes:
        notebooks: all, or none where the grading failed.
        lost: what it takes to run notebooks was lost on the way; another try may succeed.
        confined: how students' code was, where that is another machine's affair.
    """

    student: str
    notebooks: dict[str, GradedNotebook] = field(default_factory=dict)
    failed: bool = False
    lost: bool = False
    log: list[tuple[int, str]] = field(default_factory=list)
    confined: Message | None = None


def grade_submission(assigned: Assigned, submission: Submission, warm: str | None = None) -> Outcome:
    """Grade the notebooks one after the other, each in a kernel of its own; never raises for what is in them.

    `warm`: the path of a warm process to fork kernels from, where the sandbox is one of namespaces.
    """
    outcome = Outcome(submission.student)
    with _logged(outcome.log), tempfile.TemporaryDirectory(prefix=temporary_prefix(), dir=scratch_place()) as scratch:
        folder = Path(scratch, "submission")
        folder.mkdir()
        try:
            for file in submission.files:
                place = folder / file.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.contents)
                place.chmod(file.mode)
            steps = _steps(assigned.config)
            beside: list[Any] = []
            for name in sorted(submission.notebooks):
                resources = {
                    "nbgrader": {"student": submission.student, "assignment": assigned.name, "notebook": name, "db_url": ""},
                    "metadata": {"name": name, "path": str(folder)}, "unique_key": name, ORIGINAL: assigned.notebooks[name],
                    ODDITIES: submission.oddities, BESIDE: beside, HIDDEN: assigned.hidden, SEED: assigned.seed, WARM: warm,
                    EXERCISES: assigned.exercises,
                }  # fmt: skip
                path = folder / f"{name}.ipynb"
                outcome.notebooks[name], notebook = _grade(steps, submission.notebooks[name], path, resources)
                beside.append(notebook)
        except ServerLost:
            outcome.failed = outcome.lost = True
        except Exception:  # a bug of ours or of nbgrader's: the others must be graded and the log has the traceback
            get_logger().exception("%s", submission.student)
            outcome.failed = True
    if outcome.failed:
        outcome.notebooks.clear()
    return outcome


def rehearse(config: Mapping[str, Any], exercises: Mapping[str, Exercise], seed: int) -> None:
    """Make what the first submissions of a run would make for all: steps, modules, the true values at its points."""
    _steps(config)
    for exercise in exercises.values():
        rehearse_functions(exercise, seed)


class _Steps:
    """The course's steps of autograding, made once in a process. nbconvert would copy the notebook before each of two rounds,
    hold it to the format after each step and write it in between."""

    def __init__(self, config: Config) -> None:
        self.sanitize = self._made(config, config.Autograde.sanitize_preprocessors)
        self.autograde = self._made(config, config.Autograde.autograde_preprocessors)

    @staticmethod
    def _made(config: Config, steps: Iterable[Any]) -> list[Any]:
        replaced = [_REPLACED.get(str(x), x) for x in steps]
        kinds = [import_item(x) if isinstance(x, str) else x for x in replaced if x is not None]
        return [kind(config=config) for kind in kinds]


_made: list[tuple[Mapping[str, Any], _Steps]] = []  # of the last configuration


def _steps(config: Mapping[str, Any]) -> _Steps:
    if not _made or _made[0][0] != config:
        _made[:] = [(config, _Steps(Config(config)))]
    return _made[0][1]


def _grade(steps: _Steps, handed_in: bytes | Message, path: Path, resources: dict[str, Any]) -> tuple[GradedNotebook, Any]:
    """The notebook graded, and as it is in memory."""
    notebook, problem = (new_notebook(), handed_in) if isinstance(handed_in, Message) else read_contents(handed_in)
    if problem is not None:
        get_logger().warning("%s: %s", path.name, problem)
        resources[UNREADABLE] = problem
    for step in steps.sanitize:
        notebook, resources = step(notebook, resources)
    notebook = tidy(notebook)
    with setenv(NBGRADER_EXECUTION="autograde"):
        for step in steps.autograde:
            notebook, resources = step(notebook, resources)
    nbformat.validate(notebook, relax_add_props=True)
    text = notebook_text(notebook)
    path.write_text(text, encoding="utf-8")
    # the digest is that of what is written, in case a step of the course's own has changed the notebook since
    record = replace(resources[RESULT], text=text_digest(text))
    return GradedNotebook(text, record, told_by(notebook)), notebook


class _Collector(logging.Handler):
    def __init__(self, lines: list[tuple[int, str]]) -> None:
        super().__init__(logging.INFO)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, self.format(record)))


@contextmanager
def _logged(lines: list[tuple[int, str]]) -> Iterator[None]:
    """What the steps log goes into `lines`, to be written where the log is."""
    log, handler = get_logger(), _Collector(lines)
    level, log.propagate = log.level, False
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
