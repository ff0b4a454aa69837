"""What `--json` writes: one JSON object a line for each submission as it is done, and a last one for the run.

A run that is stopped or loses its gradebook ends without the last line. Lines are ASCII, whatever the names in them.
"""

from __future__ import annotations

import json
from typing import Any

from sig_checker.grading.batch.regrade import Regraded
from sig_checker.grading.results import Graded
from sig_checker.language import translate

__all__ = ["graded_record", "regraded_record", "write_line"]


def graded_record(graded: Graded, language: str) -> dict[str, Any]:
    """A graded submission: its status ("graded", "unchanged" since an earlier run, or "failed"), points and problems.

    >>> record = graded_record(Graded("kim", failed=True), "en")
    >>> record["student"], record["status"], record["points"]
    ('kim', 'failed', None)
    """
    status = "failed" if graded.failed else "graded" if graded.anew else "unchanged"
    return {
        "student": graded.student,
        "status": status,
        "points": None if graded.failed else graded.total,
        "max_points": None if graded.failed else sum(x.max_points for x in graded.cells),
        "cells": [
            {"notebook": x.notebook, "cell": x.name, "points": x.points, "max_points": x.max_points, "slip": x.slip}
            for x in graded.cells
        ],
        "problems": [
            {"notebook": x.notebook, "cell": x.notice.cell, "message": translate(x.notice.message, language),
             "person": x.notice.person, "suspected": x.notice.suspected}
            for x in graded.problems
        ],
        "pages": graded.pages,
    }  # fmt: skip


def regraded_record(regraded: Regraded, language: str) -> dict[str, Any]:
    """A submission that was judged again: its status ("judged" or "failed"), and old and new points where they differ."""
    problem = regraded.problem
    return {
        "student": regraded.student,
        "status": "judged" if problem is None else "failed",
        "problem": None if problem is None else translate(problem, language),
        "changes": [
            {"notebook": x.notebook, "cell": x.cell, "old": x.old, "new": x.new, "manual": x.manual} for x in regraded.changes
        ],
    }


def write_line(record: dict[str, Any]) -> None:
    """Whoever reads has it at once."""
    print(json.dumps(record, allow_nan=False), flush=True)
