"""Extremes of a function on the line or an interval: value, attained or approached, and where.

Every candidate is found: the zeros of the derivative, the ends, and the limits at ±∞. For a function that is rational in
e^{z/k}, or in z, the zeros are algebraic numbers and everything is exact. For one that is rational in both, and for any
other on a bounded interval, they are isolated by enclosures; a bound on the tails, where there are any, shows that none is
missed. Two candidates that neither separate nor are proved equal leave the question open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from flint import arb

from sig_checker.deciding.critical import exact_candidates
from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.enclosures import FAILURES, enclose, exact, precision
from sig_checker.deciding.identities import compare
from sig_checker.deciding.isolation import Zero, isolate
from sig_checker.deciding.lines import line_of
from sig_checker.deciding.places import LINE, Candidate, Extreme, Interval, Place
from sig_checker.deciding.reals import Closed, Located, Real, order, rational_number
from sig_checker.deciding.tails import Tails, tails_of
from sig_checker.expressions import Call, Const, Div, Expr, Mul, Neg, Num, Var, num, replace_names, survey

__all__ = ["Extreme", "Extremes", "Interval", "Place", "extremes"]

MAX_NAMED = 60  # the denominator of a rational place that is recognised


@dataclass(frozen=True)
class Extremes:
    """Both extremes of a function of `variable`; one is None where two candidates for it could not be told apart.

    `peaks` and `troughs` are the local maxima and minima, one by one, in the order of their places; an end that belongs to the
    interval counts.

    Points are given as e^{variable/k} if `exponential`, else as they are.
    """

    function: Expr
    variable: str
    exponential: bool
    k: int
    largest: Extreme | None
    smallest: Extreme | None
    peaks: tuple[Extreme, ...] = ()
    troughs: tuple[Extreme, ...] = ()
    candidates: tuple[Candidate, ...] = ()  # all that was compared: critical points, ends, limits
    interval: Interval = LINE

    def coordinate(self, place: Expr) -> Expr:
        """What the place that a student names is in the coordinate of the proof."""
        return Call("exp", (Div(place, num(self.k)),)) if self.exponential else place


def extremes(function: Expr, variable: str, interval: Interval = LINE) -> Extremes | None:
    """The extremes of `function` on the interval; None if it is not of a kind that is decided here.

    >>> from sig_checker.reading import read_definition
    >>> found = extremes(read_definition("exp(-z)/(1+exp(-z))^2", "z"), "z")
    >>> found.largest.attained, found.smallest.attained, [p.end for p in found.smallest.places]
    (True, False, [-1, 1])
    """
    if survey(function).names - {variable}:
        return None
    line = line_of(function, variable)
    exponential, k = (line[2], line[3]) if line is not None else (False, 1)
    try:
        candidates = exact_candidates(*line, interval) if line is not None else _enclosed(function, variable, interval)
        if candidates is None:
            return None
        candidates += _ends(function, variable, interval, exponential, k)
    except FAILURES:
        return None
    mirrored = {variable: Neg(Var(variable))}
    even = line is None and compare(replace_names(function, mirrored), function).equal is True
    largest, smallest = _best(candidates, 1, even=even), _best(candidates, -1, even=even)
    if largest is None and smallest is None:
        return None
    local = {turn: tuple(Extreme(c.value, (c.place,)) for c in candidates if c.turn == turn) for turn in (1, -1)}
    return Extremes(
        function, variable, exponential, k, largest, smallest, local[1], local[-1], tuple(candidates), interval
    )


def _ends(function: Expr, variable: str, interval: Interval, exponential: bool, k: int) -> list[Candidate]:
    """The finite ends; a function is continuous there, or it would have been given up before."""
    found = []
    for x, closed, end in zip((interval.low, interval.high), interval.closed, (-1, 1), strict=True):
        if x is not None:
            point = Call("exp", (Num(x / k),)) if exponential else Num(x)
            value = Closed(replace_names(function, {variable: Num(x)}))
            value.ball()  # raises where the function has no value
            found.append(
                Candidate(Place(Closed(point), attained=closed), value, turn=_turn_at_end(function, variable, x, end, closed))
            )
    return found


def _turn_at_end(function: Expr, variable: str, x: Fraction, end: int, closed: bool) -> int:
    """What an end is: where the function falls away into the interval it is a local maximum."""
    if not closed:
        return 0
    with precision(128):
        try:
            slope = enclose(derivative(function, variable), {variable: exact(x)})
        except (*FAILURES, ValueError):
            return 0
    return 0 if slope.contains(0) else end if slope > 0 else -end


# ---- anything else that can be enclosed


def _enclosed(function: Expr, variable: str, interval: Interval) -> list[Candidate] | None:
    try:
        slope = derivative(function, variable)
        bend = derivative(slope, variable)
    except ValueError:
        return None
    if Call in survey(function).kinds and not survey(function).functions.isdisjoint(
        ("floor", "ceil", "sign", "heaviside", "abs")
    ):
        return None  # not differentiable everywhere: the zeros of the derivative are not all candidates
    found: list[Candidate] = []
    low, high = interval.low, interval.high
    if low is None or high is None:
        tails = tails_of(function, variable)
        if tails is None:
            return None
        found += _tail_candidates(tails, interval)
        # ends that are no round numbers, so that no seam of the bisection falls on a zero such as 0
        low = -tails.beyond - Fraction(1, 3) if low is None else low
        high = tails.beyond + Fraction(2, 7) if high is None else high
    if not _finite_on(function, variable, low, high):
        return None
    zeros = isolate(_at(slope, variable), _at(bend, variable), low, high)
    if zeros is None:
        return None
    for zero in zeros:
        point = _named(zero, slope, variable)
        if interval.holds(point.ball()):
            found.append(Candidate(Place(point), _value(function, variable, point), turn=_bend(bend, variable, point)))
    return found


def _bend(bend: Expr, variable: str, point: Real) -> int:
    with precision(128):
        value = enclose(bend, {variable: point.ball()})
    return 0 if value.contains(0) else -1 if value > 0 else 1


def _at(e: Expr, variable: str) -> Callable[[arb], arb]:
    return lambda x: enclose(e, {variable: x})


def _finite_on(function: Expr, variable: str, low: Fraction, high: Fraction) -> bool:
    """Whether the function has a finite value everywhere on [low, high], shown by enclosures of pieces."""
    todo = [(low, high)]
    for _ in range(4_000):
        if not todo:
            return True
        a, b = todo.pop()
        try:
            enclose(function, {variable: exact(a).union(exact(b))})
        except FAILURES:
            if b - a < Fraction(1, 2**20):
                return False
            todo += [((a + b) / 2, b), (a, (a + b) / 2)]
    return False


def _named(zero: Zero, slope: Expr, variable: str) -> Real:
    """The zero under its exact name where it is a small rational number, or one of π; each guess is proved."""
    test = replace_names(slope, {variable: Var("_x")})
    located = Located(zero.ball, test, zero.low, zero.high)
    with precision(128):
        middle = zero.ball()
        guesses = [(middle, num(1)), (middle / arb.pi(), Const("pi"))]
    for value, unit in guesses:
        near = Fraction(float(value)).limit_denominator(MAX_NAMED)
        name = Mul((Num(near), unit)) if unit != num(1) else Num(near)
        if abs(float(value) - float(near)) < 1e-12 and located.equals(name):
            return Closed(name)
    return located


def _value(function: Expr, variable: str, point: Real) -> Real:
    if isinstance(point, Closed):
        return Closed(replace_names(function, {variable: point.expr}))
    return Located(lambda: enclose(function, {variable: point.ball()}))


def _tail_candidates(tails: Tails, interval: Interval) -> list[Candidate]:
    found = []
    for end, bound, (value, sign) in ((-1, interval.low, tails.left), (1, interval.high, tails.right)):
        if bound is None:
            number = None if value is None else rational_number(value)
            found.append(Candidate(Place(end=end, attained=False), number, sign))
    return found


def _best(candidates: list[Candidate], direction: Literal[1, -1], *, even: bool) -> Extreme | None:
    """The largest (1) or smallest (-1) of the candidates, with every place that shares it; None if two cannot be told apart.

    Args:
        even: the function is even, so that it has the same value at two places that mirror each other.
    """
    unbounded = [c.place for c in candidates if c.value is None and c.sign == direction]
    if unbounded:
        return Extreme(None, tuple(unbounded))
    finite = [(c.value, c.place) for c in candidates if c.value is not None]
    if not finite:
        return None
    best, places = finite[0][0], [finite[0][1]]
    for value, place in finite[1:]:
        compared = 0 if even and _mirror(place, places[0]) else order(value, best)
        if compared is None:
            return None
        if compared * direction > 0:
            best, places = value, [place]
        elif compared == 0:
            places.append(place)
    return Extreme(best, tuple(places))


def _mirror(a: Place, b: Place) -> bool:
    """Whether one isolated zero is the other's image: the image is a zero too, and lies where only one does."""
    if not (isinstance(a.point, Located) and isinstance(b.point, Located)):
        return False
    with precision(128):
        image = -a.point.ball()
        return bool(image > exact(b.point.low) and image < exact(b.point.high))
