"""The step before the feedback pages: takes nbgrader's marker lines out of the cells, which are no text for a reader.

nbgrader releases a task without its mark scheme, and puts the instructor's cell back when it grades, markers included: graders
and then, with their feedback, students read the rubric. The rubric is meant for both; the markers are for the machine.
"""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.preprocessors.clearmarkingscheme import ClearMarkScheme
from nbgrader.utils import is_task

__all__ = ["HideMarkers"]


class HideMarkers(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Leaves the mark scheme of a task cell and drops the two lines around it, however the course spells them."""

    def preprocess_cell(self, cell: Any, resources: Any, _: int) -> tuple[Any, Any]:
        if is_task(cell):
            scheme = ClearMarkScheme(parent=self)
            markers = (scheme.begin_mark_scheme_delimeter, scheme.end_mark_scheme_delimeter)
            cell.source = "\n".join(x for x in cell.source.split("\n") if not any(marker in x for marker in markers))
        return cell, resources
