"""Writes scores into the gradebook: one float between 0 and the maximum, or no score and a person is asked."""

from __future__ import annotations

import math
from typing import Any

from nbgrader.preprocessors import SaveAutoGrades as NbgraderSaveAutoGrades
from nbgrader.utils import determine_grade, has_failed, is_solution

from sig_checker.grading.check_cells import check_cell
from sig_checker.grading.execute import RAN
from sig_checker.grading.judge_cells import SCORES
from sig_checker.grading.notices import KEY

__all__ = ["SaveAutoGrades"]


class SaveAutoGrades(NbgraderSaveAutoGrades):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's step of the same name, failing closed. A manual score that stands in the gradebook stays."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        self._unreadable = bool(nb.metadata.get(KEY, {}).get("unreadable"))
        return super().preprocess(nb, resources)  # type: ignore[no-any-return]

    def _add_score(self, cell: Any, resources: Any) -> None:
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        score = self._score(cell, resources)
        if score is not None and not (type(score) is float and math.isfinite(score) and 0 <= score <= grade.max_score):
            self.log.error("%s, %s, cell %s: %r is no score", self.student_id, self.notebook_id, name, score)
            score = None
        grade.auto_score = score
        grade.needs_manual_grade = score is None or grade.manual_score is not None
        self.gradebook.db.commit()

    def _score(self, cell: Any, resources: Any) -> float | None:
        if check_cell(cell) is not None:
            # never from the outputs: they are there for people
            scores: dict[str, float | None] = resources.get(SCORES, {})
            return scores.get(cell.metadata["nbgrader"]["grade_id"])
        if self._unreadable:
            return None
        if is_solution(cell):
            score, _ = determine_grade(cell, self.log)
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
