"""Judges again what was handed in, from the stored evidence: no student code runs, whatever has changed in rubric or judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Assignment

from sig_checker.grading.course import Course
from sig_checker.grading.digests import checker, folder_digest, text_digest
from sig_checker.grading.exercises import digest_of, exercises_of
from sig_checker.grading.files import unwritable, write_whole
from sig_checker.grading.gradebook.connection import GradebookError, GradebookLost
from sig_checker.grading.gradebook.rows import rows, submission_of, write_penalty, write_score
from sig_checker.grading.ledger import CheckRecord, NoRecord, NotebookRecord, Record
from sig_checker.grading.notices import KEY, as_message
from sig_checker.grading.pages.student import stale_pages, write_feedback
from sig_checker.grading.results import NotGraded
from sig_checker.grading.steps.check_cells import CheckCell, check_cell
from sig_checker.grading.steps.judge_cells import Answers, Check, JudgeCells, kept
from sig_checker.grading.writing import notebook_text
from sig_checker.verdicts import Message

__all__ = ["Change", "Regraded", "Regrader"]


@dataclass(frozen=True, slots=True)
class Change:
    """Other points than before; None is where a person gives them. `manual` is what a person has given, which stays."""

    notebook: str
    cell: str
    old: float | None
    new: float | None
    manual: float | None


@dataclass(slots=True)
class Regraded:
    """What has become of one submission; with a `problem` its grade is what it was."""

    student: str
    changes: list[Change] = field(default_factory=list)
    problem: Message | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """A cell as the assignment has it now."""

    source: str
    checksum: str


@dataclass(slots=True)
class _Notebook:
    """An autograded notebook, judged anew in memory; without a node where the judge would say the same again."""

    path: Path
    node: Any
    before: str  # the digest of its text
    record: NotebookRecord
    changed: bool = False


class Regrader:
    """Judges submissions of an assignment again. Use it inside `course.working_on(assignment)`.

    Args:
        tasks: only these; all by default.
        force: whether the judge is asked again what it has said of the same answers to the same assignment.
    """

    def __init__(self, course: Course, assignment: str, tasks: Iterable[str] = (), *, force: bool = False) -> None:
        self._course, self._assignment = course, assignment
        self._tasks, self._force = frozenset(tasks), force
        self._judge = JudgeCells(parent=course.app)
        self._judge.given = exercises_of(course.paths, assignment)
        with course.open_gradebook() as gradebook:
            whole = gradebook.db.query(Assignment).filter(Assignment.name == assignment).one_or_none()
            notebooks = [] if whole is None else whole.notebooks
            self._now = {(x.name, c.name): _Source(c.source, c.checksum) for x in notebooks for c in x.source_cells}
            self._source = "" if whole is None else digest_of(course.paths, whole)

    def regrade(self, student: str) -> Regraded:
        """Judge one submission again. The result says what was in the way; raised is GradebookLost alone."""
        done = Regraded(student)
        try:
            self._regrade(done)
        except GradebookLost:
            raise
        except (NotGraded, NoRecord, GradebookError) as reason:
            done.problem = reason.message
        except OSError as error:
            done.problem = unwritable(error)
        except Exception:  # a bug of ours: the others must be judged and the log has the traceback
            self._course.log.exception("%s", student)
            done.problem = Message("The submission was not judged again; the log {file} says why.",
                                   file=self._course.log_file.name)  # fmt: skip
        return done

    def _regrade(self, done: Regraded) -> None:
        course, assignment, student = self._course, self._assignment, done.student
        record = course.ledger.read(assignment, student)
        if record.submission != folder_digest(course.path("submitted", student, assignment)):
            raise NotGraded(Message("Other files have been handed in since the evidence was stored; grade them first."))
        with course.open_gradebook(write=True) as gradebook:
            submission = submission_of(gradebook, assignment, student)
            if submission is None:
                raise NotGraded(Message("The gradebook does not have the submission; grade it first."))
            grades = rows(gradebook, submission)
            notebooks = {}
            beside: Answers = {}
            for name in sorted(record.notebooks):  # in the order in which they were graded
                notebooks[name] = self._kept(name, record, grades) or self._judged(name, record, grades, beside)
                for check in record.notebooks[name].checks.values():
                    if check.answer is not None:
                        beside[check.exercise, check.task] = kept(check.answer) or {}
            for name, notebook in notebooks.items():
                for cell in notebook.record.checks:
                    grade, new = grades[name, cell], notebook.record.scores[cell]
                    if grade.auto_score != new:
                        done.changes.append(Change(name, cell, grade.auto_score, new, grade.manual_score))
                        write_score(grade, new, look=cell in notebook.record.look)
            if done.changes:
                write_penalty(gradebook, submission, notebooks, course.app)
        texts = {name: notebook_text(x.node) for name, x in notebooks.items() if x.changed}
        digests = {name: text_digest(texts[name]) if x.changed else x.before for name, x in notebooks.items()}
        for name, text in texts.items():
            path = notebooks[name].path
            write_whole(path, text, mode=path.stat().st_mode & 0o777)
        self._renew_pages(student, digests)
        found = {name: replace(x.record, text=digests[name]) for name, x in notebooks.items()}
        after = replace(record, notebooks=found)
        if not self._tasks:
            after.checker, after.judged = checker(), self._source
        elif (record.checker, record.judged) != (checker(), self._source):
            after.judged = ""
        if after != record:
            course.ledger.write(after)

    def _renew_pages(self, student: str, notebooks: Mapping[str, str]) -> None:
        pages = self._course.path("feedback", student, self._assignment)
        if not pages.exists():
            return
        with self._course.open_gradebook() as gradebook:
            stale = stale_pages(pages, notebooks, gradebook, submission_of(gradebook, self._assignment, student))
        if stale:
            write_feedback(self._course, self._assignment, student, stale)

    def _kept(self, name: str, record: Record, grades: Mapping[Any, Any]) -> _Notebook | None:
        """A notebook of which the same judge, asked the same, has said what is in file and gradebook. What went to a person is
        judged again: that may have been for want of time."""
        notebook = record.notebooks[name]
        if self._force or (record.checker, record.judged) != (checker(), self._source):
            return None
        for cell, check in notebook.checks.items():
            grade, score = grades.get((name, cell)), notebook.scores.get(cell)
            if grade is None or score is None or (grade.auto_score, float(grade.max_score)) != (score, check.worth):
                return None
        path = self._path(name, record)
        try:
            same = text_digest(path.read_text(encoding="utf-8")) == notebook.text
        except (OSError, ValueError):
            return None
        return _Notebook(path, None, notebook.text, notebook) if same else None

    def _path(self, name: str, record: Record) -> Path:
        return self._course.path("autograded", record.student, record.assignment) / f"{name}.ipynb"

    def _judged(self, name: str, record: Record, grades: Mapping[Any, Any], beside: Answers) -> _Notebook:
        """A notebook judged anew, with the answers that stand beside its own."""
        notebook = self._read(self._path(name, record), record.notebooks[name])
        node, checks = notebook.node, dict(notebook.record.checks)
        before = _state(node)
        judged: list[Check] = []
        others: Answers = {}
        for cell in node.cells:
            if check_cell(cell) is None:
                continue
            cell_name = str(cell.metadata["nbgrader"]["grade_id"])
            kept_of = checks.get(cell_name)
            asks = None if kept_of is None else CheckCell(kept_of.exercise, kept_of.task)
            source = self._now.get((name, cell_name))
            if kept_of is None or asks is None or source is None or check_cell(_with(cell, source)) != asks:
                message = Message("The cell {cell} of {notebook} asks something else than it did; grade the submission anew.",
                                  cell=cell_name, notebook=name)  # fmt: skip
                raise NotGraded(message)
            if self._tasks and asks.task not in self._tasks:
                if kept_of.answer is not None:
                    others[asks.exercise, asks.task] = kept_of.answer
                continue
            worth = float(grades[name, cell_name].max_score)
            cell.metadata["nbgrader"] |= {"points": worth, "checksum": source.checksum}
            checks[cell_name] = replace(kept_of, worth=worth)
            judged.append(_check(cell, asks, kept_of))
        _forget_notices(node, {x.grade_id for x in judged})
        where = {"assignment": record.assignment, "student": record.student, "notebook": name}
        scores = self._judge.judge(node, where, judged, beside | others)
        look = sorted({x for x in notebook.record.look if x not in scores} | self._judge.look)
        notebook.record = replace(notebook.record, checks=checks, scores={**notebook.record.scores, **scores}, look=look)
        notebook.changed = _state(node) != before
        return notebook

    def _read(self, path: Path, record: NotebookRecord) -> _Notebook:
        try:
            text = path.read_text(encoding="utf-8")
            digest = text_digest(text)
            ours = digest == record.text  # it was valid when it was written
            return _Notebook(path, nbformat.v4.reads(text) if ours else nbformat.reads(text, as_version=4), digest, record)
        except FileNotFoundError:
            message = Message("The graded notebook {name} is not there; grade the submission first.", name=path.stem)
        except (ValueError, nbformat.validator.NotebookValidationError):
            message = Message("The graded notebook {name} cannot be read; grade the submission anew.", name=path.stem)
        raise NotGraded(message)


def _check(cell: Any, asks: CheckCell, record: CheckRecord) -> Check:
    problem, odd = (None if x is None else as_message(x) for x in (record.problem, record.odd))
    return Check(cell, asks, record.answer, problem, record.seed, tuple(record.results), record.suspected, odd)


def _with(cell: Any, source: _Source) -> Any:
    return nbformat.NotebookNode({**cell, "source": source.source})


def _state(node: Any) -> Any:
    """What judging may change, as far as it is put in its place and not changed there."""
    cells = [(cell.get("outputs"), dict(cell.metadata.get("nbgrader", {})), cell.metadata.get(KEY)) for cell in node.cells]
    return dict(node.metadata.get(KEY, {})), cells


def _forget_notices(node: Any, cells: set[str]) -> None:
    """Take out what the judge had said of these cells, since it says so again."""
    ours = node.metadata.get(KEY, {})
    left = [x for x in ours.get("notices", []) if not ((x["person"] or x["suspected"]) and x["cell"] in cells)]
    if "notices" in ours:
        ours["notices"] = left
    if "notices" in ours and not left:
        del ours["notices"]
