"""What reports on functions need, made ready while there is time: modules, enclosures, slips."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sig_checker.evidence import Challenge
from sig_checker.exercise import Exercise, Task
from sig_checker.judging import judge
from sig_checker.notebook.pictures import pictures
from sig_checker.notebook.submit import answer_as_data

__all__ = ["own_challenge", "rehearse"]


def own_challenge(exercise: Exercise, task: Task, seed: int = 0) -> Challenge:
    """Of a student's session, the same points each time, so that the same code gets the same report; of a run, by its seed."""
    return Challenge("", seed, exercise.name, task.id, task.name, exercise.parameters(task))


def rehearse(exercise: Exercise, seed: int = 0) -> None:
    """Judge a wrong function of our own for each task that asks for one; nothing is shown, and nothing can go wrong for it."""
    for task in exercise.tasks:
        if exercise.parameters(task):
            with suppress(Exception):
                described = answer_as_data(_wrong, own_challenge(exercise, task, seed))
                pictures(exercise, task, judge(exercise, task.id, described, seed=str(seed)).report, described, task.feedback)


def _wrong(*columns: Any) -> Any:
    return 0.0 * columns[-1] - 2.0
