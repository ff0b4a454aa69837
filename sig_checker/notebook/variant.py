"""Which function is a student's own, where the exercise has parameters: from the student's id, which the grader knows, too.

The grader always takes the id under which nbgrader has the submission. What a notebook shows, and what a report says of the
function it was judged for, name the id, so that a notebook that was worked on under another one is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from sig_checker.exercise import Exercise
from sig_checker.exercises import load
from sig_checker.expressions import Var
from sig_checker.language import translate
from sig_checker.parameters import shown_number
from sig_checker.reading import read_definition, to_latex, to_plain
from sig_checker.verdicts import Message

__all__ = ["about", "missing_student", "shown_exercise", "values_text", "who"]

_NOBODY = ("jovyan", "root")  # the user of ready-made containers, the same for everybody
_written: list[str] = []  # the id that the notebook gave last


def who(environment: Mapping[str, str] | None = None) -> str | None:
    """The student's id: what the notebook has given, else JupyterHub's name for the user.

    >>> who({"JUPYTERHUB_USER": "kim"}), who({"NB_USER": "jovyan"})
    ('kim', None)
    """
    if _written:
        return _written[-1]
    variables = os.environ if environment is None else environment
    names = (variables.get(x, "").strip() for x in ("JUPYTERHUB_USER", "NB_USER"))
    return next((x for x in names if x and x not in _NOBODY), None)


def values_text(exercise: Exercise) -> str:
    """The drawn values in a line: k = 2, c = -1/2."""
    return ", ".join(f"{name} = {value}" for name, value in exercise.values.items())


def about(exercise: Exercise, student: str) -> Message | None:
    """Which function an answer was judged for; None where everybody has the same."""
    if not exercise.values:
        return None
    function = f"{exercise.activation} = {to_plain(exercise.definition)}"
    values = values_text(exercise)
    return Message("Judged for the function of {student}: {function} ({values})",
                   student=student, function=function, values=values)  # fmt: skip


def missing_student() -> Message:
    """What to do where the student's id is not known."""
    return Message('Your function depends on your id, which is not known here. Write it where the notebook says '
                   'student_id = None, as in student_id = "20261234", and run that cell.')  # fmt: skip


def shown_exercise(name: str, student: object) -> dict[str, str]:
    """The student's function, to be displayed. `student`: the id, or None for JupyterHub's.

    Raises:
        ConfigError: there is no such exercise.
    """
    exercise = load(name, Path.cwd())
    _written.clear()
    if student is not None and str(student).strip():
        known = who()
        _written.append(str(student).strip())
    else:
        known = None
    own = who()
    if own is None and exercise.choices:
        text = translate(missing_student(), exercise.language)
        return {"text/markdown": f"**{text}**", "text/plain": text}
    mine = exercise.for_student(own) if own is not None else exercise
    return _bundle(mine, own if exercise.choices else None, known if known != own else None)


def _bundle(exercise: Exercise, student: str | None, login: str | None) -> dict[str, str]:
    def say(message: Message) -> str:
        return translate(message, exercise.language)

    name, variable = exercise.activation, exercise.variable
    general = read_definition(exercise.function, variable, {x: Var(x) for x in exercise.choices})
    formula = f"{name} = {to_latex(general)}"
    plain = f"{name} = {to_plain(general)}"
    lines, texts = [], []
    if student is not None:
        values = [rf"{x} = {shown_number(Fraction(value))}" for x, value in exercise.values.items()]
        own = to_latex(exercise.definition)
        formula = rf"{formula}, \qquad {', '.join(values)} \qquad\Longrightarrow\qquad {name} = {own}"
        plain = f"{plain}, {values_text(exercise)}: {name} = {to_plain(exercise.definition)}"
        heading = say(Message("The function of {student}", student=student))
        lines.append(f"**{_escaped(heading)}**")
        texts.append(heading)
    lines.append(f"$${formula}$$")
    texts.append(plain)
    if student is not None and login is not None:
        warning = say(Message("You are logged in as {login}. Your answers will be graded for the function of the id under "
                              "which the notebook is handed in.", login=login))  # fmt: skip
        lines.append(_escaped(warning))
        texts.append(warning)
    return {"text/markdown": "\n\n".join(lines), "text/plain": "\n".join(texts)}


def _escaped(text: str) -> str:
    return "".join("\\" + ch if ch in r"\`*_{}[]<>#|$~" else ch for ch in text)
