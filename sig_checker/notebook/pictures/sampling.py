"""Values for curves: enclosures at even steps, of which the middle is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from flint import arb

from sig_checker.deciding.enclosures import FAILURES, enclose, precision
from sig_checker.exercise import Exercise
from sig_checker.expressions import Const, Expr, Neg, survey
from sig_checker.notebook.pictures.drawing import Axis, nice_ticks
from sig_checker.reading import read_definition

__all__ = ["FARTHEST", "along", "infinite", "name_of", "number", "sampled", "spread"]

FARTHEST = 1000.0  # what lies further out is not drawn
_BITS = 80
_STEPS = 160
_MOST_NODES = 2000  # of an expression that is drawn
_INFINITY = Const("oo")


def along(low: float, high: float) -> list[float]:
    """Even steps from low to high; their number is even, so that the middle is one of them."""
    return [low + (high - low) * k / _STEPS for k in range(_STEPS + 1)]


def sampled(e: Expr, exercise: Exercise, inputs: Sequence[float], upstream: float = 1.0) -> list[float | None]:
    """The values of an expression in the input, the activation and the upstream gradient; None where there is none."""
    if survey(e).nodes > _MOST_NODES:
        return [None] * len(inputs)
    return list(_sampled(e, (exercise.variable, exercise.activation, exercise.definition), tuple(inputs), upstream))


@lru_cache(maxsize=128)  # the function itself is drawn in each report
def _sampled(
    e: Expr, names: tuple[str, str, Expr], inputs: tuple[float, ...], upstream: float
) -> tuple[float | None, ...]:  # fmt: skip
    variable, activation, definition = names
    found: list[float | None] = []
    with precision(_BITS):
        for z in inputs:
            at = {variable: arb(z), "upstream": arb(upstream)}
            value = _value(definition, at)
            found.append(_middle(_value(e, at if value is None else at | {activation: value})))
    return tuple(found)


def number(e: Expr) -> float | None:
    """The value of an expression without names."""
    with precision(_BITS):
        return _middle(_value(e, {}))


def infinite(e: Expr) -> int:
    """1 for ∞, -1 for -∞, 0 for anything else."""
    return 1 if e == _INFINITY else -1 if isinstance(e, Neg) and e.arg == _INFINITY else 0


def _value(e: Expr, at: Mapping[str, arb]) -> arb | None:
    try:
        return enclose(e, at)
    except FAILURES:
        return None


def _middle(ball: arb | None) -> float | None:
    if ball is None or ball.rad() > (1 + abs(ball)) * arb(2) ** -20:
        return None
    return float(ball.mid())


def spread(values: Sequence[float | None], also: Sequence[float | None] = (), *, most: float = 2.5) -> Axis:
    """An axis that holds all `values` and zero, and of the others what is not too far from them."""
    firm = [0.0, *(y for y in values if y is not None)]
    low, high = min(firm), max(firm)
    span = (high - low) or 1.0
    near = [y for y in also if y is not None and low - most * span <= y <= high + most * span]
    low, high = min([low, *near]), max([high, *near])
    pad = 0.09 * (high - low or 1.0)
    return Axis(low - pad, high + pad, nice_ticks(low - pad, high + pad, 6))


def name_of(exercise: Exercise, order: int = 0, *, upstream: bool = False) -> str:
    """The function or its derivative as the picture calls it: σ′(z).

    >>> from sig_checker.exercises import load
    >>> name_of(load("sigmoid-7-02"), 2), name_of(load("sigmoid-7-02"), 1, upstream=True)
    ('σ″(z)', '∂L/∂a · σ′(z)')
    """
    sigmoid = exercise.definition == read_definition(f"1/(1+exp(-{exercise.variable}))", exercise.variable)
    marks = {0: "", 1: "′", 2: "″", 3: "‴"}.get(order, f"⁽{order}⁾")
    name = f"{'σ' if sigmoid else 'f'}{marks}({exercise.variable})"
    return f"∂L/∂{exercise.activation} · {name}" if upstream else name
