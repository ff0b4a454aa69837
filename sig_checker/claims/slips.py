"""Slips: the mistake that leads to a wrong answer, derived from the function itself by faulty rules, and named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isfinite
from operator import mul, sub, truediv

from flint import arb

from sig_checker.claims.faulty import UPSTREAM
from sig_checker.claims.slip_tables import (
    BITS,
    CLOSE,
    ROUGH,
    ZERO,
    Balls,
    Known,
    Places,
    Table,
    backprops_of,
    constant,
    fed,
    has_zero,
    places_of,
    same,
    table_of,
    values_at,
)
from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.enclosures import FAILURES, enclose, exact, precision
from sig_checker.expressions import Const, Expr, Num, free_names, num, rebuild, replace_names, survey

__all__ = ["Slips", "slips_of"]

_ONE = arb(1)
MAX_INTEGRAL = 300  # nodes of an answer that is differentiated to see whether it is an integral
_MOST = 2  # alternatives that are named
_FAINT = ("finite_difference", "quotient_rule")  # rare ways to an answer, of no help beside a usual one
_E, _NEAR_E = Fraction(271828, 100000), Fraction(1, 100)


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
    def _table(self) -> Table:
        return table_of(self.function, self.variable, self.order)

    @cached_property
    def _places(self) -> Places:
        return places_of(self.function, self.variable, self.activation)

    @cached_property
    def _fed(self) -> Places:
        return fed(self._places)

    @cached_property
    def _fed_one(self) -> Places:
        return tuple({**at, UPSTREAM.name: _ONE} for at in self._places)

    @cached_property
    def _backprops(self) -> tuple[Balls | None, list[tuple[str, Balls]]]:
        return backprops_of(self.function, self.variable, self.order)

    def name(self, answer: Expr) -> tuple[str, ...]:
        """The slips that lead to `answer`; () if none is known.

        It may be written in the variable, the activation, and for `backprop` the upstream gradient. Each slip that leads to
        it alone is named, the two commonest; where none does, those that do so together (a missing factor and a sign).
        """
        with precision(BITS):
            return self._of_backprop(answer) if self.backprop else self._of_derivative(answer)

    def _of_derivative(self, answer: Expr) -> tuple[str, ...]:
        names = free_names(answer)
        if UPSTREAM.name in names:
            return ("extra_upstream",)
        if names.isdisjoint((self.variable, self.activation)):
            return ("evaluated_at_point",)
        values = values_at(answer, self._places)
        return () if values is None else self._of_values(values, answer)

    def _of_values(self, values: Balls, answer: Expr) -> tuple[str, ...]:
        if all(map(ZERO.overlaps, values)):
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
            local = values_at(answer, self._places)
            right = local is not None and truth is not None and same(local, truth)
            return ("missing_upstream", *(() if right else self._of_derivative(answer)))
        values = values_at(answer, self._fed)
        if values is None:
            return ()
        for name, theirs in wrong:
            if same(values, theirs):
                return (name,)
        at_one = values_at(answer, self._fed_one)
        upstream = [at[UPSTREAM.name] for at in self._fed]
        # linear in the upstream gradient: look at what it is multiplied by
        if at_one is not None and all(v.overlaps(u * x) for v, u, x in zip(values, upstream, at_one, strict=True)):
            if constant(at_one):
                return ("evaluated_at_point",)
            return self._of_values(at_one, replace_names(answer, {UPSTREAM.name: num(1)}))
        gaps = tuple([v - u * t for v, u, t in zip(values, upstream, truth or (), strict=False)])
        return ("additive_constant",) if gaps and constant(gaps) else ()

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

    def candidates(self) -> list[Known]:
        """What the usual mistakes make of the derivative, the commonest first."""
        return sorted(self._table.wrong, key=lambda k: k.rank)

    def _by_ratio(self, values: Balls) -> Iterator[str]:
        table = self._table
        truth = table.truth
        if truth is None or has_zero(truth) or has_zero(values):
            return
        ratios = tuple(map(truediv, values, truth))
        if constant(ratios):
            if ratios[0] < 0:
                yield "sign"
            if not (abs(ratios[0]) - 1).contains(0):
                yield "constant_factor"
            return
        if constant(tuple(map(mul, values, ratios))):
            yield "missing_square"
            return
        if constant(tuple(map(sub, values, truth))):
            yield "additive_constant"
            return
        exps, others = table.factors[:2], table.factors[2:]
        size = abs(float(ratios[0]))
        for name, powers in (("extra_factor", exps), ("missing_factor", table.inverses), ("extra_factor", others)):
            for first, power in powers:
                if abs(size - first) <= CLOSE * first:
                    for c in (1, -1):
                        if same(ratios, tuple(c * x for x in power)):
                            yield from (name, "sign") if c < 0 else (name,)
                            return

    def _rounds_e(self, answer: Expr) -> bool:
        """Whether a decimal near e stands in the answer, which is right with e in its place."""
        if not any(abs(x - _E) < _NEAR_E for x in survey(answer).numbers):
            return False

        def mended(e: Expr) -> Expr:
            return Const("e") if isinstance(e, Num) and abs(e.value - _E) < _NEAR_E else rebuild(e, mended)

        places = self._places
        values, truth = values_at(mended(answer), places), self._table.truth
        return values is not None and truth is not None and same(values, truth)

    def _is_antiderivative(self, answer: Expr, values: Balls) -> bool:
        table = self._table
        rise = float(values[0] - values[1])
        if not any(abs(rise - area) <= ROUGH * abs(area) for area in table.areas):
            return False  # before anything is differentiated
        try:
            meant = replace_names(answer, {self.activation: self.function}) if self.activation else answer
            slope = derivative(meant, self.variable)
        except ValueError:
            return False
        slopes = values_at(slope, places_of(self.function, self.variable, ""))
        return slopes is not None and any(same(slopes, x) for x in table.lower)


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
