"""`submit`, which the check cells call: a report in the student's own session, evidence and nothing else under the grader.

Whatever happens, the cell's result is the text 0.0: nbgrader gives full marks to a cell without a result, so a grader
that does not know us must find a zero. Ours replaces it by the points.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sig_checker.evidence import CHALLENGE, MIME, Challenge, Evidence
from sig_checker.exercise import Exercise, Task
from sig_checker.exercises import load
from sig_checker.language import translate
from sig_checker.notebook.answers import MISSING, describe
from sig_checker.verdicts import Message

__all__ = ["submit"]

_UNBOUND = object()
_FUNCTIONS = ("function", "backprop_function")  # what a task may ask that has to be run
_OWN_SESSION = Challenge("", 0)  # the same points each time, so that the same code gets the same report


@dataclass(frozen=True, slots=True)
class _NoScore:
    """The result of a check cell in the student's own session: 0.0 to a grader, a remark to a person."""

    remark: str

    def __repr__(self) -> str:
        return "0.0"

    def _repr_html_(self) -> str:
        return f"<small>{self.remark}</small>"


def submit(task_id: str, answer: object = _UNBOUND, *, exercise: str = "sigmoid-7-02") -> object:
    """Hand in the answer to a task.

    Without `answer` the name that the task prescribes is looked up in the notebook. The returned value is no score.

    Raises:
        ConfigError: the exercise or the task does not exist.
    """
    loaded = load(exercise)
    task = loaded.task(task_id)
    names = sys._getframe(1).f_globals  # the notebook's
    if answer is _UNBOUND:
        answer = names.get(task.name)
    text = os.environ.get(CHALLENGE)
    if text:
        challenge = Challenge.from_text(text)
        evidence = Evidence(exercise, task_id, challenge.nonce, _as_data(loaded, task, answer, challenge))
        _publish({MIME: evidence.as_dict(), "text/plain": f"{task_id}: {evidence.answer['kind']}"})
        return 0.0
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        _print_missing_configuration(loaded)
        return 0.0
    return _show(loaded, task, answer, names)


def _as_data(exercise: Exercise, task: Task, answer: object, challenge: Challenge) -> dict[str, Any]:
    if task.asks not in _FUNCTIONS:
        return describe(answer)
    parameters = ("upstream", exercise.variable) if task.asks == "backprop_function" else (exercise.variable,)
    return describe(answer, partial(_observe, parameters, challenge))


def _observe(parameters: tuple[str, ...], challenge: Challenge, function: Callable[..., object]) -> Mapping[str, Any]:
    from sig_checker.deciding.challenge import draw_plan  # noqa: PLC0415 - loaded only where a function is handed in
    from sig_checker.notebook.probing import probe  # noqa: PLC0415

    return probe(function, draw_plan(str(challenge.seed), parameters))


def _show(exercise: Exercise, task: Task, answer: object, names: Mapping[str, object]) -> object:
    from sig_checker.judging import judge  # noqa: PLC0415 - under the grader the kernel never judges
    from sig_checker.notebook.display import ShownReport, points_text  # noqa: PLC0415

    described = _as_data(exercise, task, answer, _OWN_SESSION)
    judgement = judge(exercise, task.id, described, given=_given(exercise, task, names))
    shown = ShownReport(task.id, judgement.report, task.feedback, exercise.language)
    if task.feedback == "full":
        shown = ShownReport(
            task.id, judgement.report, "full", exercise.language,
            points=judgement.points, max_points=judgement.max_points, person=judgement.needs_person,
        )  # fmt: skip
    _publish(shown.mimebundle())
    remark = Message("Worth {points} points, which are given after handing in.", points=points_text(task.points))
    return _NoScore(translate(remark, exercise.language))


def _given(exercise: Exercise, task: Task, names: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """The other answers that stand in the notebook, functions apart, which would have to be run."""
    others = [x for x in exercise.tasks if x.id != task.id and x.asks not in _FUNCTIONS and x.name in names]
    given = {x.id: describe(names[x.name]) for x in others}
    return {name: answer for name, answer in given.items() if answer != MISSING}


def _print_missing_configuration(exercise: Exercise) -> None:
    print(translate(Message("Not graded: the course's nbgrader_config.py lacks these two lines."), exercise.language))
    print("    from sig_checker.grading import configure\n    configure(c)")


def _publish(bundle: Mapping[str, Any]) -> None:
    """One display output of the running cell; on a terminal, its plain text."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and hasattr(shell, "kernel"):
        shell.display_pub.publish(dict(bundle))
    else:
        print(bundle["text/plain"])
