"""From an answer to its report and its points: the one door into the judge, used by the command line, the notebook and the grader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sig_checker.exercise import Exercise
from sig_checker.verdicts import Report

__all__ = ["Judgement", "judge"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A report with the points it is worth. `points` is a plain float in [0, max_points]."""

    task: str
    report: Report
    points: float
    max_points: float

    @property
    def needs_person(self) -> bool: ...


def judge(
    exercise: Exercise, task_id: str, answer: Mapping[str, Any], *, syntax: str = "auto", given: Mapping[str, Mapping[str, Any]] | None = None
) -> Judgement:
    """Judge one answer.

    Args:
        answer: the answer as data, in one of the forms that `sig_checker.evidence` describes.
        syntax: how text is to be read: auto, plain, latex or python.
        given: the student's other answers by task, for errors carried forward.
    """
    raise NotImplementedError
