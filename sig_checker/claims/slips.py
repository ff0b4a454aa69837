"""Slips: the mistake that leads to a wrong answer, derived from the function itself by faulty rules, and named."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import isfinite
from operator import mul, sub, truediv

from flint import arb

from sig_checker.claims.faulty import UPSTREAM, faulty, faulty_backprops
from sig_checker.claims.faulty import factors as factors_of
from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.enclosures import FAILURES, enclose, exact, precision
from sig_checker.expressions import Const, Expr, Num, free_names, num, rebuild, replace_names, survey

__all__ = ["Slips", "slips_of"]

_ZERO, _ONE = arb(0), arb(1)

_POINTS = (Fraction(13, 10), Fraction(-7, 10), Fraction(21, 10))
_UPSTREAM_POINTS = (Fraction(3), Fraction(-5, 7), Fraction(11, 4))  # the upstream gradient beside them
_BITS = 128
MAX_INTEGRAL = 300  # nodes of an answer that is differentiated to see whether it is an integral
_MOST = 2  # alternatives that are named
_FAINT = ("finite_difference", "quotient_rule")  # rare ways to an answer, of no help beside a usual one
_CLOSE = 1e-9  # doubles that are farther apart belong to different values
_ROUGH = 1e-4  # Simpson's rule on _STRIPS strips is better than that for what is asked here
_STRIPS = 256
_E, _NEAR_E = Fraction(271828, 100000), Fraction(1, 100)
Balls = tuple[arb, ...]
Places = tuple[Mapping[str, arb], ...]


@lru_cache(maxsize=64)
def _places(function: Expr, variable: str, activation: str) -> Places:
    """Three points that have nothing to do with each other, with the function's values there as the activation."""
    with precision(_BITS):
        found: list[dict[str, arb]] = [{variable: exact(z)} for z in _POINTS]
        for at in found if activation else ():
            try:
                at[activation] = enclose(function, at)
            except FAILURES:
                continue  # an answer in that letter has no value there either
    return tuple(found)


def _values(e: Expr, places: Places) -> Balls | None:
    """The values at the places; None where one is missing."""
    try:
        with precision(_BITS):
            return tuple([enclose(e, at) for at in places])
    except FAILURES:
        return None


def _same(a: Balls, b: Balls) -> bool:
    return all(map(arb.overlaps, a, b))


def _constant(a: Balls) -> bool:
    """Whether all are the first."""
    return all(map(a[0].overlaps, a[1:]))


def _has_zero(a: Balls) -> bool:
    return any(map(_ZERO.overlaps, a))


@dataclass(frozen=True, slots=True)
class _Known:
    """A wrong answer that a mistake leads to, with its values; `first` is a double near the first of them."""

    slip: str
    expr: Expr
    values: Balls
    first: float

    rank: int  # the commonest mistake first


@dataclass(frozen=True)
class Slips:
    """The slips of one derivative: of `function`, of order `order`, by `variable`; `backprop`: times the upstream gradient.

    Two expressions whose enclosures at three unrelated points agree to 38 digits count as the same here: a slip is a hint
    beside a verdict and never decides one.
    """

    function: Expr
    variable: str
    order: int
    activation: str = ""
    backprop: bool = False

    @cached_property
    def _table(self) -> _Table:
        return _table(self.function, self.variable, self.order)

    @cached_property
    def _places(self) -> Places:
        return _places(self.function, self.variable, self.activation)

    @cached_property
    def _fed(self) -> Places:
        """The places with a value of the upstream gradient at each."""
        with precision(_BITS):
            upstream = [exact(u) for u in _UPSTREAM_POINTS]
        return tuple({**at, UPSTREAM.name: u} for at, u in zip(self._places, upstream, strict=True))

    @cached_property
    def _fed_one(self) -> Places:
        return tuple({**at, UPSTREAM.name: _ONE} for at in self._places)

    @cached_property
    def _backprops(self) -> tuple[Balls | None, list[tuple[str, Balls]]]:
        return _backprops(self.function, self.variable, self.order)

    def name(self, answer: Expr) -> tuple[str, ...]:
        """The slips that lead to `answer`; () if none is known.

        It may be written in the variable, the activation, and for `backprop` the upstream gradient. Each slip that leads to
        it alone is named, the two commonest; where none does, those that do so together (a missing factor and a sign).
        """
        with precision(_BITS):
            return self._of_backprop(answer) if self.backprop else self._of_derivative(answer)

    def _of_derivative(self, answer: Expr) -> tuple[str, ...]:
        names = free_names(answer)
        if UPSTREAM.name in names:
            return ("extra_upstream",)
        if names.isdisjoint((self.variable, self.activation)):
            return ("evaluated_at_point",)
        values = _values(answer, self._places)
        return () if values is None else self._of_values(values, answer)

    def _of_values(self, values: Balls, answer: Expr) -> tuple[str, ...]:
        if all(map(_ZERO.overlaps, values)):
            return ()  # zero in disguise: what went wrong cannot be seen from it
        first = float(values[0])
        whole = dict.fromkeys(known.slip for known in self._table.near(first, values))
        ratio = tuple(self._by_ratio(values))
        if whole:
            named = (*whole, *ratio) if len(ratio) == 1 else tuple(whole)
            return (tuple(dict.fromkeys(x for x in named if x not in _FAINT)) or named)[:_MOST]
        if not ratio and survey(answer).nodes <= MAX_INTEGRAL:
            if self._is_antiderivative(answer, values):
                return ("antiderivative",)
            if self._rounds_e(answer):
                return ("rounded_e",)
        return ratio

    def _of_backprop(self, answer: Expr) -> tuple[str, ...]:
        truth, wrong = self._backprops
        if "upstream" not in free_names(answer):
            local = _values(answer, self._places)
            right = local is not None and truth is not None and _same(local, truth)
            return ("missing_upstream", *(() if right else self._of_derivative(answer)))
        values = _values(answer, self._fed)
        if values is None:
            return ()
        for name, theirs in wrong:
            if _same(values, theirs):
                return (name,)
        at_one = _values(answer, self._fed_one)
        upstream = [at[UPSTREAM.name] for at in self._fed]
        # linear in the upstream gradient: look at what it is multiplied by
        if at_one is not None and all(v.overlaps(u * x) for v, u, x in zip(values, upstream, at_one, strict=True)):
            if _constant(at_one):
                return ("evaluated_at_point",)
            return self._of_values(at_one, replace_names(answer, {UPSTREAM.name: num(1)}))
        gaps = tuple([v - u * t for v, u, t in zip(values, upstream, truth or (), strict=False)])
        return ("additive_constant",) if gaps and _constant(gaps) else ()

    def name_values(self, points: Sequence[float], values: Sequence[float], upstream: Sequence[float]) -> tuple[str, ...]:
        """The same for a function that is known by its values (doubles): agreement to 1e-9 relative at every moderate point."""
        rows = [(z, v / u) for z, v, u in zip(points, values, upstream, strict=True) if abs(z) <= 30 and u and isfinite(v)][:24]
        if rows and all(v == rows[0][1] for _, v in rows):
            return ("evaluated_at_point",)
        truth = derivative(self.function, self.variable, self.order)
        if all(self._close(truth, z, v) for z, v in rows):
            return ()  # nearer to the derivative than a mistake can be told by
        for known in self.candidates():
            if all(self._close(known.expr, z, v) for z, v in rows):
                return (known.slip,)
        return ()

    def _close(self, candidate: Expr, z: float, value: float) -> bool:
        try:
            with precision(64):
                there = float(enclose(candidate, {self.variable: exact(Fraction(z))}))
        except FAILURES:
            return False
        return abs(there - value) <= 1e-9 * max(abs(there), 1e-3)

    def candidates(self) -> list[_Known]:
        """What the usual mistakes make of the derivative, the commonest first."""
        return sorted(self._table.wrong, key=lambda k: k.rank)

    def _by_ratio(self, values: Balls) -> Iterator[str]:
        table = self._table
        truth = table.truth
        if truth is None or _has_zero(truth) or _has_zero(values):
            return
        ratios = tuple(map(truediv, values, truth))
        if _constant(ratios):
            if ratios[0] < 0:
                yield "sign"
            if not (abs(ratios[0]) - 1).contains(0):
                yield "constant_factor"
            return
        if _constant(tuple(map(mul, values, ratios))):
            yield "missing_square"
            return
        if _constant(tuple(map(sub, values, truth))):
            yield "additive_constant"
            return
        exps, others = table.factors[:2], table.factors[2:]
        size = abs(float(ratios[0]))
        for name, powers in (("extra_factor", exps), ("missing_factor", table.inverses), ("extra_factor", others)):
            for first, power in powers:
                if abs(size - first) <= _CLOSE * first:
                    for c in (1, -1):
                        if _same(ratios, tuple(c * x for x in power)):
                            yield from (name, "sign") if c < 0 else (name,)
                            return

    def _rounds_e(self, answer: Expr) -> bool:
        """Whether a decimal near e stands in the answer, which is right with e in its place."""
        if not any(abs(x - _E) < _NEAR_E for x in survey(answer).numbers):
            return False

        def mended(e: Expr) -> Expr:
            return Const("e") if isinstance(e, Num) and abs(e.value - _E) < _NEAR_E else rebuild(e, mended)

        places = self._places
        values, truth = _values(mended(answer), places), self._table.truth
        return values is not None and truth is not None and _same(values, truth)

    def _is_antiderivative(self, answer: Expr, values: Balls) -> bool:
        table = self._table
        rise = float(values[0] - values[1])
        if not any(abs(rise - area) <= _ROUGH * abs(area) for area in table.areas):
            return False  # before anything is differentiated
        try:
            meant = replace_names(answer, {self.activation: self.function}) if self.activation else answer
            slope = derivative(meant, self.variable)
        except ValueError:
            return False
        places = _places(self.function, self.variable, "")
        slopes = _values(slope, places)
        return slopes is not None and any(_same(slopes, x) for x in table.lower)


@dataclass(frozen=True, slots=True)
class _Table:
    """What is derived from a function once: its wrong derivatives, its factors, the values of the lower derivatives."""

    truth: Balls | None
    wrong: list[_Known]
    firsts: list[float]  # of `wrong`, which is sorted by it
    factors: list[tuple[float, Balls]]
    inverses: list[tuple[float, Balls]]
    lower: list[Balls]
    areas: list[float]  # the integrals of the lower derivatives between the first two places, roughly

    def near(self, first: float, values: Balls) -> list[_Known]:
        """The wrong answers that have these values, the commonest first."""
        slack = _CLOSE * abs(first)
        low, high = bisect_left(self.firsts, first - slack), bisect_right(self.firsts, first + slack)
        return sorted((k for k in self.wrong[low:high] if _same(k.values, values)), key=lambda k: k.rank)


@lru_cache(maxsize=64)
def _table(function: Expr, variable: str, order: int) -> _Table:
    truth = derivative(function, variable, order)
    places = _places(function, variable, "")
    own = _values(truth, places)
    wrong: list[_Known] = []
    for slip, candidate in faulty(function, variable, order, truth):
        there = _values(candidate, places)
        if there is not None and own is not None and not _same(there, own):
            wrong.append(_Known(slip, candidate, there, float(there[0]), len(wrong)))
    factors = [v for f in factors_of(function, variable) if (v := _values(f, places)) and not _has_zero(v)]
    lower = [function] if order == 1 else [derivative(function, variable, order - 1), function]
    with precision(_BITS):
        inverses = [tuple(1 / x for x in v) for v in factors]
    wrong.sort(key=lambda k: k.first)
    sized, inverted = ([(abs(float(v[0])), v) for v in group] for group in (factors, inverses))
    below = [v for e in lower if (v := _values(e, places))]
    areas = [area for e in lower if (area := _area(e, variable)) is not None]
    return _Table(own, wrong, [k.first for k in wrong], sized, inverted, below, areas)


def _area(e: Expr, variable: str) -> float | None:
    """The integral between the first two places by Simpson's rule; None where a value is missing."""
    high, low = _POINTS[:2]
    step = (high - low) / _STRIPS
    values = _values(e, tuple({variable: exact(low + i * step)} for i in range(_STRIPS + 1)))
    if values is None:
        return None
    heights = [float(v) for v in values]
    return float(step) / 3 * (heights[0] + 4 * sum(heights[1::2]) + 2 * sum(heights[2:-1:2]) + heights[-1])


@lru_cache(maxsize=64)
def _backprops(function: Expr, variable: str, order: int) -> tuple[Balls | None, list[tuple[str, Balls]]]:
    """The local gradient's values, and those of what the mistakes with the upstream gradient make of the product."""
    local = derivative(function, variable, order)
    places = _places(function, variable, "")
    with precision(_BITS):
        both = tuple({**at, UPSTREAM.name: exact(u)} for at, u in zip(places, _UPSTREAM_POINTS, strict=True))
    wrong = [(name, v) for name, e in faulty_backprops(function, local, variable) if (v := _values(e, both)) is not None]
    return _values(local, places), wrong


def slips_of(
    answer: Expr, function: Expr, variable: str, *, activation: str = "", order: int = 1, backprop: bool = False
) -> tuple[str, ...]:
    """The slips behind a wrong answer to a derivative, or to the value backpropagated through the function.

    >>> from sig_checker.reading import read, read_definition
    >>> sigmoid = read_definition("1/(1+exp(-z))", "z")
    >>> slips_of(read("e^-z/(1+e^-z)").answer, sigmoid, "z")
    ('missing_square', 'missing_factor')
    """
    return Slips(function, variable, order, activation, backprop).name(answer)
