"""`submit`, which the check cells call: a report in the student's own session, evidence and nothing else under the grader.

Whatever happens, the cell's result is the text 0.0: nbgrader gives full marks to a cell without a result, so a grader
that does not know us must find a zero. Ours replaces it by the points.

Under the grader nothing is imported that knows what is right; what `submit` must know of the task comes with the challenge.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sig_checker.evidence import CHALLENGE, MIME, Challenge, Evidence
from sig_checker.notebook.answers import describe

__all__ = ["UNBOUND", "answer_as_data", "publish", "show_exercise", "submit"]

UNBOUND = object()  # the answer is to be looked up in the notebook


def submit(task_id: str, answer: object = UNBOUND, *, exercise: str = "sigmoid-7-02") -> object:
    """Hand in the answer to a task.

    Without `answer` the name that the task prescribes is looked up in the notebook. The returned value is no score. While a
    notebook is graded only the check cells hand in; a call elsewhere does nothing.

    Raises:
        ConfigError: the exercise or the task does not exist.
    """
    names = sys._getframe(1).f_globals  # the notebook's
    place = os.environ.get(CHALLENGE)
    if place:
        _hand_in(Path(place), exercise, task_id, answer, names)
        return 0.0
    from sig_checker.notebook.session import show  # noqa: PLC0415 - it loads the judge

    return show(exercise, task_id, answer, names)


def show_exercise(exercise: str, *, student: str | None = None) -> None:
    """Show the exercise's function; where it has parameters, that of the student.

    Args:
        student: the id under which the notebook is handed in; None takes JupyterHub's name for the user. Under the grader
            nothing is shown: it takes the id under which nbgrader has the submission.

    Raises:
        ConfigError: there is no such exercise.
    """
    if os.environ.get(CHALLENGE) or os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return
    from sig_checker.notebook.variant import shown_exercise  # noqa: PLC0415 - the exercise is not beside a student's code

    publish(shown_exercise(exercise, student))


def _hand_in(place: Path, exercise: str, task_id: str, answer: object, names: Mapping[str, object]) -> None:
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:  # no check cell is running
        return
    challenge = Challenge.from_text(text)
    if (exercise, task_id) == (challenge.exercise, challenge.task):
        described = answer_as_data(names.get(challenge.name) if answer is UNBOUND else answer, challenge)
    else:  # not what the cell asks, whatever it is
        described = {"kind": "missing"}
    evidence = Evidence(exercise, task_id, challenge.nonce, described)
    publish({MIME: evidence.as_dict(), "text/plain": f"{task_id}: {described['kind']}"})


def answer_as_data(answer: object, challenge: Challenge) -> dict[str, Any]:
    """The answer in one of the forms of `sig_checker.evidence`; a function is called where the challenge asks for one."""
    return describe(answer, partial(_observe, challenge) if challenge.parameters else None)


def _observe(challenge: Challenge, function: Callable[..., object]) -> Mapping[str, Any]:
    from sig_checker.deciding.challenge import draw_plan  # noqa: PLC0415 - loaded only where a function is handed in
    from sig_checker.notebook.probing import probe  # noqa: PLC0415

    return probe(function, draw_plan(str(challenge.seed), challenge.parameters))


def publish(bundle: Mapping[str, Any]) -> None:
    """One display output of the running cell; on a terminal, its plain text."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and hasattr(shell, "kernel"):
        shell.display_pub.publish(dict(bundle))
    else:
        print(bundle["text/plain"])
