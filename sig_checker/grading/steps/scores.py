"""From a judged notebook to its rows in the gradebook: one float between 0 and the maximum, or none and a person is asked."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Comment
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.preprocessors import SaveAutoGrades as NbgraderSaveAutoGrades
from nbgrader.utils import compute_checksum, determine_grade, has_failed, is_grade, is_solution, is_task

from sig_checker.grading.digests import checker, folder_digest, text_digest
from sig_checker.grading.exercises import digest_of
from sig_checker.grading.gradebook.connection import opened
from sig_checker.grading.gradebook.rows import is_score, rows, submission_of, write_notebook
from sig_checker.grading.ledger import CheckRecord, Ledger, NoRecord, NotebookRecord, Record
from sig_checker.grading.notices import KEY, as_record
from sig_checker.grading.steps.check_cells import check_cell
from sig_checker.grading.steps.judge_cells import CHECKS, LOOK, SCORES
from sig_checker.grading.steps.run import RAN
from sig_checker.grading.submissions import coursedir_of

__all__ = ["RESULT", "CollectGrades", "SaveAutoGrades"]

RESULT = "sig_checker_result"  # in the resources: the `NotebookRecord` of the notebook


class CollectGrades(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Leaves the notebook's scores, comments and evidence in the resources, without the digest of what is not written yet."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        scores: dict[str, float | None] = {}
        comments: dict[str, str | None] = {}
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if is_grade(cell):
                score = _score(nb, cell, resources, self.log)
                if score is not None and not is_score(score, float(cell.metadata["nbgrader"]["points"])):
                    self.log.error("%s, cell %s: %r is no score", resources["nbgrader"], name, score)
                    score = None
                scores[name] = score
            if is_solution(cell) or is_task(cell):
                untouched = cell.metadata["nbgrader"].get("checksum") == compute_checksum(cell) and not is_task(cell)
                comments[name] = "No response." if untouched else None
        checks = {
            x.grade_id: CheckRecord(
                x.asks.exercise, x.asks.task, float(x.cell.metadata["nbgrader"]["points"]), x.answer,
                None if x.problem is None else as_record(x.problem), x.seed, list(x.results), x.suspected,
                None if x.odd is None else as_record(x.odd),
            )
            for x in resources.get(CHECKS, [])
        }  # fmt: skip
        resources[RESULT] = NotebookRecord(checks, scores, comments, "", sorted(resources.get(LOOK, ())))
        return nb, resources


class SaveAutoGrades(CollectGrades, NbgraderSaveAutoGrades):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's step of the same name, failing closed, one transaction a notebook, and the evidence kept afterwards."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb, resources = super().preprocess(nb, resources)
        resources[RESULT] = replace(resources[RESULT], text=text_digest(nbformat.writes(nb)))
        where = resources["nbgrader"]
        coursedir = coursedir_of(self)
        course_id = "default_course" if coursedir is None else coursedir.course_id
        with opened(where["db_url"], course_id, write=True) as gradebook:
            submission = submission_of(gradebook, where["assignment"], where["student"])
            grades, comments = rows(gradebook, submission), rows(gradebook, submission, Comment)
            write_notebook(grades, comments, where["notebook"], resources[RESULT])
            basis = None if coursedir is None else _basis(coursedir, where, submission.assignment)
        if coursedir is not None and basis is not None:
            _keep(Ledger(Path(coursedir.root)), basis, where["notebook"], resources[RESULT])
        return nb, resources


def _keep(ledger: Ledger, record: Record, notebook: str, result: NotebookRecord) -> None:
    """Put a notebook into the submission's record. What stood there is kept as far as it rests on the same."""
    try:
        before = ledger.read(record.assignment, record.student)
    except NoRecord:
        before = record
    if before.same_basis(record):
        record.notebooks |= before.notebooks
    record.notebooks[notebook] = result
    ledger.write(record)


def _basis(coursedir: Any, where: Any, assignment: Any) -> Record:
    name, student = where["assignment"], where["student"]
    submitted = Path(coursedir.format_path(coursedir.submitted_directory, student, name))
    digest = digest_of(coursedir, assignment)
    return Record(name, student, folder_digest(submitted), digest, checker(), judged=digest)


def _score(nb: Any, cell: Any, resources: Any, log: logging.Logger) -> float | None:
    if check_cell(cell) is not None:
        # never from the outputs: they are there for people
        scores: dict[str, float | None] = resources.get(SCORES, {})
        return scores.get(cell.metadata["nbgrader"]["grade_id"])
    if nb.metadata.get(KEY, {}).get("unreadable"):
        return None
    if is_solution(cell):
        score, _ = determine_grade(cell, log)
        return None if score is None else float(score)
    run = resources.get(RAN)
    finished = run is not None and cell.cell_type == "code" and cell.execution_count and cell.id not in run.unfinished
    return _ordinary_score(cell) if finished else None


def _ordinary_score(cell: Any) -> float | None:
    """The score of a test cell that is not ours: nbgrader's rules, without its full marks for what is no score."""
    if has_failed(cell):
        return 0.0
    results = [x for x in cell.outputs if x.output_type == "execute_result"]
    if not results:
        return float(cell.metadata["nbgrader"]["points"])  # the assertions held
    try:
        return float(results[0]["data"]["text/plain"])
    except (KeyError, TypeError, ValueError):
        return None
