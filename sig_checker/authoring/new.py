"""`sig-checker new`: from a function to an exercise, its notebooks and its author's table, which the judge has confirmed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sig_checker.authoring.facts import DIGITS, Facts, examine, general
from sig_checker.authoring.notebooks import Solution
from sig_checker.authoring.numpy_code import functions
from sig_checker.authoring.table import Row, Table, check, shown
from sig_checker.deciding.identities import compare
from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise, Task
from sig_checker.expressions import Expr, free_names
from sig_checker.filter import Filter
from sig_checker.reading import to_latex, to_plain
from sig_checker.verdicts import Message

__all__ = ["EXTREMES", "Made", "make"]

EXTREMES = ("maximum", "argmax", "minimum", "argmin")
_MOST_BLOCKS = 12  # variants whose extremes stand in the table one by one
_IMPORT = "import numpy as np\n\n"


@dataclass(frozen=True, slots=True)
class Made:
    """A new exercise. `code`: whether it has the tasks that ask for functions."""

    exercise: Exercise
    facts: Facts
    rows: tuple[Row, ...]
    solutions: Mapping[str, Solution]

    @property
    def code(self) -> bool:
        return "q1_function" in self.solutions


def make(draft: Exercise, *, with_extremes: bool, judging: Filter) -> Made:
    """Work out all that the files hold.

    Args:
        draft: name, function, parameters, language and title; its tasks are made here.

    Raises:
        ConfigError: the function is not one to make an exercise of; the message says why.
    """
    facts = examine(draft, with_extremes=with_extremes)
    exercise = replace(draft, tasks=_tasks(facts))
    code = _code(exercise, facts, judging)
    if code is None:
        exercise = replace(exercise, tasks=tuple(x for x in exercise.tasks if "function" not in x.asks))
    rows = _confirmed(exercise, facts, _rows(exercise, facts, code), judging)
    return Made(exercise, facts, rows, _solutions(exercise, facts, code))


def _confirmed(exercise: Exercise, facts: Facts, rows: Sequence[Row], judging: Filter) -> tuple[Row, ...]:
    """The rows, all of which the judge agrees with; code that is right but not for every z is worth what it says.

    Raises:
        ConfigError: it says something else of one of them.
    """
    worth: dict[int, float] = {}
    for variant, _ in facts.variants:
        held = [(number, row) for number, row in enumerate(rows) if row.holds_for(variant)]
        found = check(Table(exercise, tuple(row for _, row in held)), variant_of(exercise, variant), judging)
        for (number, row), shortfall in zip(held, found, strict=True):
            if shortfall is None:
                continue
            if row.kind != "right" or shortfall.verdict != "measured":
                raise ConfigError(Message(
                    "function {function!r}: the judge says {verdict!r} of the {kind} answer {answer} to {task}, so no "
                    "exercise can be made of it: {message}",
                    function=exercise.function, verdict=shortfall.verdict, kind=row.kind, answer=shown(row.answer,
                ), task=row.task, message=shortfall.message))  # fmt: skip
            worth[number] = min(shortfall.points, worth.get(number, shortfall.points))
    kept = [replace(row, points=worth.get(number)) for number, row in enumerate(rows)]
    # where it is worth something else for another variant, the table does without it
    return tuple(row for row in kept if row.points is None or len(facts.variants) == 1)


def variant_of(exercise: Exercise, variant: Exercise) -> Exercise:
    return replace(exercise, values=variant.values)


def _tasks(facts: Facts) -> tuple[Task, ...]:
    first = (
        Task("q1_steps", "steps", 8),
        Task("q1_derivative", "derivative", 10),
        Task("q1_function", "function", 10, name="slope"),
        Task("q1_backprop", "backprop", 8),
        Task("q1_backprop_function", "backprop_function", 4, name="backprop"),
        Task("q2_second_derivative", "derivative", 6, "read", order=2),
    )
    rounded = {name for _, texts in facts.variants if texts is not None for name in texts.rounded}
    asked = EXTREMES if facts.variants[0][1] is not None else ()
    second = (Task(f"q2_{name}", name, 6, "read", digits=DIGITS if name in rounded else 0) for name in asked)
    return (*first, *second, Task("q3_explanation", "essay", 30, "read"))


# ---- code


def _code(exercise: Exercise, facts: Facts, judging: Filter) -> str | None:
    """A NumPy function that the judge finds right for all z, for each variant; else one that is right where it counts."""
    task = exercise.task("q1_function")
    forms = [x for x in facts.first if exercise.activation not in free_names(x)]
    fallback = None
    for source in functions(forms, task.name, exercise.variable):
        shares = [_share(exercise, variant, source, judging) for variant, _ in facts.variants[:6]]
        if min(shares) == 1:
            return source
        if min(shares) > 0 and fallback is None:
            fallback = source
    return fallback


def _share(exercise: Exercise, variant: Exercise, source: str, judging: Filter) -> float:
    row = Row("q1_function", "right", f"{_IMPORT}{source}")
    found = next(check(Table(exercise, (row,)), variant_of(exercise, variant), judging))
    return 1.0 if found is None else found.points / found.max_points if found.verdict == "measured" else 0.0




# ---- the author's table


def _rows(exercise: Exercise, facts: Facts, code: str | None) -> list[Row]:
    first, second = facts.first, facts.second
    f, d, dd = general(exercise), first[0], second[0]
    upstream = "dL_da"
    rows = [Row("q1_derivative", "right", text) for text in _texts(first)]
    rows += [Row("q1_steps", "right", _steps(exercise, facts))]
    rows += [Row("q1_backprop", "right", f"{upstream} * ({to_plain(x)})") for x in (first[0], first[-1])]
    rows += [Row("q2_second_derivative", "right", text) for text in _texts(second)]
    wrong: list[tuple[str, str, str | None, Expr | None]] = [
        ("q1_derivative", f"-({to_plain(d)})", "sign", None),
        ("q1_derivative", f"2*({to_plain(d)})", None, None),
        ("q1_derivative", to_plain(f), None, f),
        ("q1_backprop", to_plain(d), "missing_upstream", None),
        ("q1_backprop", upstream, "missing_local_gradient", None),
        ("q2_second_derivative", to_plain(d), None, d),
        ("q2_second_derivative", f"-({to_plain(dd)})", None, None),
    ]
    for task, text, slip, e in wrong:
        truth = dd if task == "q2_second_derivative" else d
        if e is None or compare(e, truth).equal is False:
            rows.append(Row(task, "wrong", text, slip))
    rows.append(Row("q1_steps", "wrong", [f"d/d{exercise.variable} ({to_plain(f)}) = -({to_plain(d)})"]))
    if code is not None:
        rows += _function_rows(exercise, code)
    by_answers: dict[tuple[str, str], list[tuple[Exercise, Any]]] = {}
    for variant, texts in facts.variants if facts.variants[0][1] is not None else ():
        for name in EXTREMES:
            by_answers.setdefault((name, repr(getattr(texts, name))), []).append((variant, getattr(texts, name)))
    for (name, _), same in by_answers.items():
        where = [{}] if len(same) == len(facts.variants) else [x.values for x, _ in same[:_MOST_BLOCKS]]
        rows += [row for values in where for row in _extreme_rows(name, same[0][1], values)]
    return rows


def _texts(forms: Sequence[Expr]) -> list[str]:
    """The forms in both notations, each text once."""
    return list(dict.fromkeys([*(to_plain(x) for x in forms), *(to_latex(x) for x in forms[:2])]))


def _steps(exercise: Exercise, facts: Facts) -> list[str]:
    """Two lines: what is differentiated, and the result in another form."""
    first = to_latex(facts.first[0])
    other = to_latex(facts.first[1]) if len(facts.first) > 1 else rf"1 \cdot \left( {first} \right)"
    what = rf"\frac{{d}}{{d{exercise.variable}}} \left( {to_latex(general(exercise))} \right)"
    return [f"{what} = {first}", f"= {other}"]


def _function_rows(exercise: Exercise, code: str) -> list[Row]:
    variable = exercise.variable
    backprop = f"{code}\n\n{_signature(exercise)}\n    return upstream * slope({variable})\n"
    negative = code.replace("    return ", "    return -1 * (") + ")"
    missing = f"{code}\n\n{_signature(exercise)}\n    return slope({variable})\n"
    return [
        Row("q1_function", "right", f"{_IMPORT}{code}\n"),
        Row("q1_function", "wrong", f"{_IMPORT}{negative}\n", "sign"),
        Row("q1_backprop_function", "right", f"{_IMPORT}{backprop}"),
        Row("q1_backprop_function", "wrong", f"{_IMPORT}{missing}", "missing_upstream"),
    ]


def _signature(exercise: Exercise) -> str:
    return f"def backprop(upstream, {exercise.variable}):"


def _extreme_rows(name: str, answer: str | tuple[str, ...], values: Mapping[str, str]) -> list[Row]:
    """The answer to the task about an extreme, and two or three others, for these values of the parameters."""
    where = {letter: Fraction(value) for letter, value in values.items()}
    right: object = answer
    if isinstance(answer, tuple):
        right = list(answer) if len(answer) > 1 else answer[0]
        others = ["0" if "0" not in answer else "1", *(["oo"] if "oo" not in answer else [])]
    else:
        bare = answer.removesuffix(" (not attained)")
        others = ["1", "-1/100"] if bare == "0" else [f"{bare} + 1", f"{bare} - 1/100"]
    task = f"q2_{name}"
    return [Row(task, "right", right, where=where), *(Row(task, "wrong", other, where=where) for other in others)]


def _solutions(exercise: Exercise, facts: Facts, code: str | None) -> dict[str, Solution]:
    variant, texts = facts.variants[0]
    noted = "".join(f"# {name} = {value}\n" for name, value in variant.values.items())
    numbers = "".join(f"{name} = {value}\n" for name, value in variant.values.items())

    def bound(task: str, found: object, note: str = "") -> Solution:
        return Solution(f"{note}{task} = {_literal(found)}")

    steps = ",\n".join(f"    {_literal(line)}" for line in _steps(exercise, facts))
    made = {
        "q1_steps": Solution(f"q1_steps = [\n{steps},\n]"),
        "q1_derivative": bound("q1_derivative", to_plain(facts.first[-1])),
        "q1_backprop": bound("q1_backprop", f"dL_da * ({to_plain(facts.first[-1])})"),
        "q2_second_derivative": bound("q2_second_derivative", min(map(to_plain, facts.second), key=len)),
    }
    if code is not None:
        head, _, body = code.partition("\n")
        lines = [line.removeprefix("    ") for line in body.splitlines()]
        made["q1_function"] = Solution(numbers + "\n".join(lines), head)
        made["q1_backprop_function"] = Solution(f"return upstream * slope({exercise.variable})", _signature(exercise))
    for name in EXTREMES if texts is not None else ():
        answer = getattr(texts, name)
        made[f"q2_{name}"] = bound(f"q2_{name}", answer if isinstance(answer, str) else answer[0] if len(answer) == 1 else
                                   list(answer), noted)  # fmt: skip
    return made


def _literal(found: object) -> str:
    """In Python, as people write it: r"\\frac" and not '\\\\frac'."""
    if isinstance(found, list):
        return f"[{', '.join(map(_literal, found))}]"
    text = str(found)
    return f'r"{text}"' if "\\" in text and '"' not in text else json.dumps(text, ensure_ascii=False)
