"""What tells the slips of a function: its wrong derivatives and their values at three unrelated points, worked out once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb

from sig_checker.claims.faulty import UPSTREAM, faulty, faulty_backprops
from sig_checker.claims.faulty import factors as factors_of
from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.enclosures import FAILURES, enclose, exact, precision
from sig_checker.expressions import Expr

__all__ = [
    "BITS", "CLOSE", "ROUGH", "ZERO", "Balls", "Known", "Places", "Table", "backprops_of", "constant", "fed", "has_zero",
    "places_of", "same", "table_of", "values_at",
]  # fmt: skip

BITS = 128
CLOSE = 1e-9  # doubles that are farther apart belong to different values
ROUGH = 1e-4  # Simpson's rule on _STRIPS strips is better than that for what is asked here
ZERO = arb(0)
_STRIPS = 256
_POINTS = (Fraction(13, 10), Fraction(-7, 10), Fraction(21, 10))
_UPSTREAM_POINTS = (Fraction(3), Fraction(-5, 7), Fraction(11, 4))  # the upstream gradient beside them
Balls = tuple[arb, ...]
Places = tuple[Mapping[str, arb], ...]


@lru_cache(maxsize=64)
def places_of(function: Expr, variable: str, activation: str) -> Places:
    """Three points that have nothing to do with each other, with the function's values there as the activation."""
    with precision(BITS):
        found: list[dict[str, arb]] = [{variable: exact(z)} for z in _POINTS]
        for at in found if activation else ():
            try:
                at[activation] = enclose(function, at)
            except FAILURES:
                continue  # an answer in that letter has no value there either
    return tuple(found)


def fed(places: Places) -> Places:
    """The places with a value of the upstream gradient at each."""
    with precision(BITS):
        return tuple({**at, UPSTREAM.name: exact(u)} for at, u in zip(places, _UPSTREAM_POINTS, strict=True))


def values_at(e: Expr, places: Places) -> Balls | None:
    """The values at the places; None where one is missing."""
    try:
        with precision(BITS):
            return tuple([enclose(e, at) for at in places])
    except FAILURES:
        return None


def same(a: Balls, b: Balls) -> bool:
    return all(map(arb.overlaps, a, b))


def constant(a: Balls) -> bool:
    """Whether all are the first."""
    return all(map(a[0].overlaps, a[1:]))


def has_zero(a: Balls) -> bool:
    return any(map(ZERO.overlaps, a))


@dataclass(frozen=True, slots=True)
class Known:
    """A wrong answer that a mistake leads to, with its values; `first` is a double near the first of them."""

    slip: str
    expr: Expr
    values: Balls
    first: float
    rank: int  # the commonest mistake first


@dataclass(frozen=True, slots=True)
class Table:
    """What is derived from a function once: its wrong derivatives, its factors, the values of the lower derivatives."""

    truth: Balls | None
    wrong: list[Known]
    firsts: list[float]  # of `wrong`, which is sorted by it
    factors: list[tuple[float, Balls]]
    inverses: list[tuple[float, Balls]]
    lower: list[Balls]
    areas: list[float]  # the integrals of the lower derivatives between the first two places, roughly

    def near(self, first: float, values: Balls) -> list[Known]:
        """The wrong answers that have these values, the commonest first."""
        slack = CLOSE * abs(first)
        low, high = bisect_left(self.firsts, first - slack), bisect_right(self.firsts, first + slack)
        return sorted((k for k in self.wrong[low:high] if same(k.values, values)), key=lambda k: k.rank)


@lru_cache(maxsize=64)
def table_of(function: Expr, variable: str, order: int) -> Table:
    truth = derivative(function, variable, order)
    places = places_of(function, variable, "")
    own = values_at(truth, places)
    wrong: list[Known] = []
    for slip, candidate in faulty(function, variable, order, truth):
        there = values_at(candidate, places)
        if there is not None and own is not None and not same(there, own):
            wrong.append(Known(slip, candidate, there, float(there[0]), len(wrong)))
    factors = [v for f in factors_of(function, variable) if (v := values_at(f, places)) and not has_zero(v)]
    lower = [function] if order == 1 else [derivative(function, variable, order - 1), function]
    with precision(BITS):
        inverses = [tuple(1 / x for x in v) for v in factors]
    wrong.sort(key=lambda k: k.first)
    sized, inverted = ([(abs(float(v[0])), v) for v in group] for group in (factors, inverses))
    below = [v for e in lower if (v := values_at(e, places))]
    areas = [area for e in lower if (area := _area(e, variable)) is not None]
    return Table(own, wrong, [k.first for k in wrong], sized, inverted, below, areas)


def _area(e: Expr, variable: str) -> float | None:
    """The integral between the first two places by Simpson's rule; None where a value is missing."""
    high, low = _POINTS[:2]
    step = (high - low) / _STRIPS
    values = values_at(e, tuple({variable: exact(low + i * step)} for i in range(_STRIPS + 1)))
    if values is None:
        return None
    heights = [float(v) for v in values]
    return float(step) / 3 * (heights[0] + 4 * sum(heights[1::2]) + 2 * sum(heights[2:-1:2]) + heights[-1])


@lru_cache(maxsize=64)
def backprops_of(function: Expr, variable: str, order: int) -> tuple[Balls | None, list[tuple[str, Balls]]]:
    """The local gradient's values, and those of what the mistakes with the upstream gradient make of the product."""
    local = derivative(function, variable, order)
    places = places_of(function, variable, "")
    both = fed(places)
    wrong = [(name, v) for name, e in faulty_backprops(function, local, variable) if (v := values_at(e, both)) is not None]
    return values_at(local, places), wrong
