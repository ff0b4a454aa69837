"""What a function returned: its error in units of the last place, far out too, or its values beside the right ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from sig_checker.claims.observed import Answer, read_observed
from sig_checker.deciding.challenge import CORE, PLAIN_UPSTREAM, draw_plan
from sig_checker.deciding.floating import compare, truth_of
from sig_checker.exercise import Exercise, Task
from sig_checker.language import translate
from sig_checker.notebook.pictures.drawing import (
    BLUE,
    ORANGE,
    RED,
    Axis,
    Panel,
    Picture,
    nice_ticks,
    plain_number,
    power_of_ten,
)
from sig_checker.notebook.pictures.sampling import along, name_of, sampled, spread
from sig_checker.verdicts import Message, Report

__all__ = ["error_of", "values_of"]

_FIXED = ("fixed", "fixed_wide", "fixed_far")
_LEAST, _MOST = 0.1, 3e17  # units in the last place
_NEAR, _FAR = (10.0, 100.0, 1000.0), (1e10, 1e100, 1e300)


def error_of(exercise: Exercise, task: Task, report: Report, answer: Mapping[str, Any] | None) -> Picture | None:
    """The error at each of the fixed points, on axes that reach from the rounding of one digit to the loss of all.

    A strip is shaded where nothing comes of any larger input. What a huge upstream gradient alone brings about is a mark.
    """
    names = exercise.parameters(task)
    truth = truth_of(exercise.truth(task), names)
    inside: list[tuple[float, float]] = []
    beyond: list[tuple[float, float]] = []
    lost: list[tuple[float, float]] = []  # input, value
    for part in _answers(answer, names):
        assert part.values is not None
        found = compare(truth, part.points, part.values)
        wrong = set(found.wrong)
        for i, (z, value, ulps) in enumerate(zip(part.points[-1], part.values, found.ulps, strict=True)):
            if not math.isfinite(value) and i in wrong:
                plain = all(abs(column[i]) <= PLAIN_UPSTREAM for column in part.points[:-1])
                (lost.append((z, value)) if plain else beyond.append((z, _MOST)))
            elif math.isfinite(ulps):
                (beyond if i in wrong else inside).append((z, min(max(float(ulps), _LEAST), _MOST)))
    if not inside:
        return None
    for side in (-1, 1):
        reached = max((z * side for z, _ in inside), default=0.0)  # the farthest input at which a value is right
        beyond += [(z, _MOST) for z, _ in lost if 0 < z * side <= reached]
        lost = [(z, value) for z, value in lost if not 0 < z * side <= reached]
    first = min((abs(z) for z, _ in lost), default=math.inf)
    ticks = _NEAR if first > 1e300 or first <= _NEAR[-1] else _FAR
    far = ticks[-1] * (1.6 if ticks is _NEAR else 1e7)
    marks = [(0.0, "0")]
    marks += [(s * x, ("" if s > 0 else "−") + power_of_ten(round(math.log10(x)))) for x in ticks for s in (1, -1)]
    x_axis = Axis(-far, far, marks, math.asinh)
    y_axis = Axis(_LEAST / 2, _MOST * 10, [(10.0**k, power_of_ten(k)) for k in (0, 4, 8, 12, 16)], math.log10)
    panel = Panel(x_axis, y_axis, 40, 220)
    say = partial(translate, language=exercise.language)
    at = exercise.variable
    said = [Message("Each mark is a point at which the function was compared with the right value.")]
    for side in (-1, 1):
        out = [(z, value) for z, value in lost if z * side > 0]
        if not out:
            continue
        edge, value = min(out, key=lambda x: abs(x[0]))
        panel.band(edge, side * far, RED)
        word = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        where = f"{at} {'≥' if side > 0 else '≤'} {plain_number(edge)}"
        panel.label(edge, 1e6, word, anchor="start" if side < 0 else "end", dx=-6 * side)
        panel.label(edge, 1e6, where, anchor="start" if side < 0 else "end", dx=-6 * side, dy=17)
        said.append(Message("In the shaded strip, {where}, it overflows: the value is {value}.", where=where, value=word))
    near = [(z, y) for z, y in inside if abs(z) <= far]
    panel.dots(near, BLUE)
    panel.crosses([(z, y) for z, y in beyond if abs(z) <= far], ORANGE)
    legend = [(BLUE, ".", say(Message("within what rounding may cost")))]
    if beyond:
        legend.append((ORANGE, "x", say(Message("beyond it"))))
    panel.legend(legend)
    worst, where = report.measures["max_ulp"], f"{at} = {plain_number(report.measures['worst_z'], 3)}"
    said.append(Message("Up to |{input}| = {edge} the largest error is {ulp} units in the last place, at {z}.",
                        input=at, edge=plain_number(CORE), ulp=plain_number(worst, 2), z=where))  # fmt: skip
    title = say(Message("Error of {name} in units of the last place (ulp)", name=task.name))
    return Picture(title, " ".join(map(say, said)), panel.svg(x_name=at), panel.bottom + 44)


def values_of(exercise: Exercise, task: Task, report: Report, answer: Mapping[str, Any] | None) -> Picture | None:
    """The returned values as points beside the right curve, with the point of the witness."""
    names = exercise.parameters(task)
    witness = report.witness
    if witness is None or not _answers(answer, names):
        return None
    point = {name: float(value) for name, value in witness.point.items()}
    z, upstream = point[names[-1]], point.get("upstream", 1.0)
    reach = 6.0 if abs(z) <= 5 else 1.3 * abs(z)
    if not (abs(z) < 700 and 0 < abs(upstream) < 1e6):
        return None
    inputs = along(-reach, reach)
    # dL/da differs from point to point, so that what is drawn is the value for each unit of it
    truth = sampled(exercise.derivative(task.order), exercise, inputs)
    own = [
        (row[-1], value / (row[0] if len(row) > 1 else 1.0))
        for part in _answers(answer, names)[:1] for *row, value in zip(*part.points, part.values or (), strict=True)
        if abs(row[-1]) <= reach and math.isfinite(value) and (len(row) == 1 or row[0] != 0)
    ]  # fmt: skip
    (right,) = sampled(exercise.derivative(task.order), exercise, [z])
    theirs = float(witness.answer) / upstream if witness.answer != "undefined" else math.nan
    if right is None:
        return None
    say = partial(translate, language=exercise.language)
    y_axis = spread(truth, [y for _, y in own] + ([theirs] if math.isfinite(theirs) else []))
    panel = Panel(Axis(-reach, reach, nice_ticks(-reach, reach, 8)), y_axis, 40, 220)
    panel.curve(zip(inputs, truth, strict=True), BLUE)
    panel.crosses([(x, y) for x, y in own if y_axis.low <= y <= y_axis.high], ORANGE)
    panel.line((z, y_axis.low), (z, y_axis.high), RED, dash="2 4")
    panel.ring(z, right, BLUE)
    at = f"{exercise.variable} = {plain_number(z)}"
    panel.label(z, y_axis.high, at, dx=8, dy=18)
    called = name_of(exercise, task.order)
    mine = say(Message("values of {name}", name=task.name if len(names) == 1 else f"{task.name} / ∂L/∂{exercise.activation}"))
    panel.legend([(BLUE, "", called), (ORANGE, "x", mine)])
    said = Message("At {point} the function gives {answer}; the solid curve {curve} is {truth}.", point=at, curve=called,
                   **_apart(theirs, right))  # fmt: skip
    title = say(Message("Where the values part from {curve}", curve=called))
    return Picture(title, say(said), panel.svg(x_name=exercise.variable), panel.bottom + 44)


def _apart(theirs: float, right: float) -> dict[str, str]:
    """The two values with so many digits that they can be told from each other.

    >>> _apart(0.19661192735, 0.19661193324)["answer"]
    '0.196611927'
    """
    for digits in range(6, 18):
        told = {"answer": plain_number(theirs, digits), "truth": plain_number(right, digits)}
        if told["answer"] != told["truth"]:
            break
    return told


def _answers(answer: Mapping[str, Any] | None, names: tuple[str, ...]) -> list[Answer]:
    """What the function gave at the fixed points; nothing where the observations cannot be read."""
    observed = answer.get("observed") if answer is not None else None
    seed = observed.get("seed") if isinstance(observed, Mapping) else None
    if not isinstance(seed, str):
        return []
    try:
        seen = read_observed(observed, draw_plan(seed, names))
    except ValueError:
        return []
    return [x for x in map(seen.answer, _FIXED) if x is not None and x.values is not None]
