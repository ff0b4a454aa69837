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

from flint import Ordering, arb, fmpq, fmpz_mpoly_ctx, fmpz_poly

from sig_checker.deciding.cells import line_of
from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.enclosures import FAILURES, enclose, precision
from sig_checker.deciding.identities import compare
from sig_checker.deciding.isolation import Zero, isolate
from sig_checker.deciding.reals import BITS, Algebraic, Closed, Located, Real, order, rational_number, real_roots
from sig_checker.deciding.tails import Tails, tails_of
from sig_checker.expressions import Call, Const, Div, Expr, Mul, Neg, Num, Var, num, replace_names, survey

__all__ = ["Extreme", "Extremes", "Interval", "Place", "extremes"]


@dataclass(frozen=True)
class Interval:
    """From low to high; None is infinity. A closed end belongs to it."""

    low: Fraction | None = None
    high: Fraction | None = None
    closed: tuple[bool, bool] = (True, True)

    def holds(self, x: arb) -> bool | None:
        """Whether x lies strictly inside; None if that is not clear."""
        if self.low is not None and not x > _number(self.low):
            return False if x <= _number(self.low) else None
        if self.high is not None and not x < _number(self.high):
            return False if x >= _number(self.high) else None
        return True


LINE = Interval()
MAX_NAMED = 60  # the denominator of a rational place that is recognised


@dataclass(frozen=True)
class Place:
    """Where an extreme is: a point, in the coordinate of the proof, or an end: ±1 for ±∞.

    `attained` is False at infinity and at an end that does not belong to the interval.
    """

    point: Real | None = None
    end: int = 0
    attained: bool = True


@dataclass(frozen=True)
class Extreme:
    """The supremum or infimum: its value (None: unbounded), and the places at which it is attained or approached."""

    value: Real | None
    places: tuple[Place, ...]

    @property
    def attained(self) -> bool:
        return any(p.attained for p in self.places)


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

    def coordinate(self, place: Expr) -> Expr:
        """What the place that a student names is in the coordinate of the proof."""
        return Call("exp", (Div(place, num(self.k)),)) if self.exponential else place


@dataclass(frozen=True)
class _Candidate:
    place: Place
    value: Real | None  # None: infinite, of this sign
    sign: int = 0
    turn: int = 0  # 1 for a local maximum, -1 for a local minimum


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
        candidates = _exact(*line, interval) if line is not None else _enclosed(function, variable, interval)
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
    return Extremes(function, variable, exponential, k, largest, smallest, local[1], local[-1])


def _number(x: Fraction) -> arb:
    return arb(fmpq(x.numerator, x.denominator))


def _ends(function: Expr, variable: str, interval: Interval, exponential: bool, k: int) -> list[_Candidate]:
    """The finite ends; a function is continuous there, or it would have been given up before."""
    found = []
    for x, closed, end in zip((interval.low, interval.high), interval.closed, (-1, 1), strict=True):
        if x is not None:
            point = Call("exp", (Num(x / k),)) if exponential else Num(x)
            value = Closed(replace_names(function, {variable: Num(x)}))
            value.ball()  # raises where the function has no value
            found.append(
                _Candidate(Place(Closed(point), attained=closed), value, turn=_turn_at_end(function, variable, x, end, closed))
            )
    return found


def _turn_at_end(function: Expr, variable: str, x: Fraction, end: int, closed: bool) -> int:
    """What an end is: where the function falls away into the interval it is a local maximum."""
    if not closed:
        return 0
    with precision(128):
        try:
            slope = enclose(derivative(function, variable), {variable: _number(x)})
        except (*FAILURES, ValueError):
            return 0
    return 0 if slope.contains(0) else end if slope > 0 else -end


# ---- rational in one coordinate: everything exact


def _exact(over: fmpz_poly, under: fmpz_poly, exponential: bool, k: int, interval: Interval) -> list[_Candidate] | None:
    def inside(x: arb) -> bool | None:
        if exponential and not x > 0:
            return False
        return interval.holds(x.log() * k if exponential else x)

    if any(inside(r) is not False for r in real_roots(under)):
        return None  # a pole inside: unbounded or undefined somewhere
    slope = over.derivative() * under - over * under.derivative()
    if slope == 0:
        return None  # a constant: every place is extreme
    found: list[_Candidate] = []
    for factor, _ in slope.factor()[1] if slope.degree() > 0 else []:
        for index, root in enumerate(real_roots(factor)):
            here = inside(root)
            if here is None:
                return None
            if here:
                point = Algebraic(factor, _nth_root(factor, index))
                height = _value_at(over, under, factor, point)
                found.append(_Candidate(Place(point), height, turn=_turn(slope, point)))
    for end, bound in ((-1, interval.low), (1, interval.high)):
        if bound is None:
            value, sign = _limit(over, under, end, exponential)
            found.append(_Candidate(Place(end=end, attained=False), value, sign))
    return found


def _turn(slope: fmpz_poly, point: Algebraic) -> int:
    """What a critical point is, by the first derivative of the slope that does not vanish there."""
    for degree in range(1, int(slope.degree()) + 1):
        slope = slope.derivative()
        if point.poly.gcd(slope).degree() == 0:  # irreducible: it divides, or shares no root
            with precision(256):
                bend = slope(point.ball())
            if bend.contains(0):
                return 0
            return 0 if degree % 2 == 0 else -1 if bend > 0 else 1
    return 0


def _nth_root(poly: fmpz_poly, index: int) -> Callable[[], arb]:
    return lambda: real_roots(poly)[index]


def _value_at(over: fmpz_poly, under: fmpz_poly, factor: fmpz_poly, point: Algebraic) -> Algebraic:
    """over/under at a root of `factor`, with its own irreducible polynomial: a factor of a resultant."""

    def ball() -> arb:
        x = point.ball()
        return over(x) / under(x)

    possible = _value_polynomials(over, under, factor)
    for bits in BITS:
        with precision(bits):
            v = ball()
            possible = [poly for poly in possible if poly(v).contains(0)]
            if len(possible) == 1:
                return Algebraic(possible[0], ball)
    raise ArithmeticError("more than one polynomial seems to vanish at the value")


def _value_polynomials(over: fmpz_poly, under: fmpz_poly, factor: fmpz_poly) -> list[fmpz_poly]:
    """Irreducible factors of the polynomial in y whose roots are over/under at the roots of `factor`."""
    ctx = fmpz_mpoly_ctx.get(["x", "y"], Ordering.lex)
    lifted = [ctx.from_dict({(i, 0): c for i, c in enumerate(p.coeffs()) if c != 0}) for p in (factor, over, under)]
    eliminated = lifted[0].resultant(lifted[1] - ctx.gens()[1] * lifted[2], "x")
    coefficients = [0] * (int(eliminated.degrees()[1]) + 1)
    for monomial, c in eliminated.terms():
        coefficients[int(monomial[1])] = int(c)
    return [f for f, _ in fmpz_poly(coefficients).factor()[1]]


def _limit(over: fmpz_poly, under: fmpz_poly, end: int, exponential: bool) -> tuple[Real | None, int]:
    """The limit at an end: a rational value, or None and the sign of infinity."""
    if exponential and end < 0:  # t → 0; over and under have no common factor t
        if int(under[0]) == 0:
            lowest = next(int(c) for c in under.coeffs() if c != 0)
            return None, 1 if int(over[0]) * lowest > 0 else -1
        return rational_number(Fraction(int(over[0]), int(under[0]))), 0
    if over.degree() < under.degree():
        return rational_number(Fraction(0)), 0
    lead = Fraction(int(over.leading_coefficient()), int(under.leading_coefficient()))
    if over.degree() == under.degree():
        return rational_number(lead), 0
    odd = (over.degree() - under.degree()) % 2 == 1 and end < 0
    return None, (1 if lead > 0 else -1) * (-1 if odd else 1)


# ---- anything else that can be enclosed


def _enclosed(function: Expr, variable: str, interval: Interval) -> list[_Candidate] | None:
    try:
        slope = derivative(function, variable)
        bend = derivative(slope, variable)
    except ValueError:
        return None
    if Call in survey(function).kinds and not survey(function).functions.isdisjoint(
        ("floor", "ceil", "sign", "heaviside", "abs")
    ):
        return None  # not differentiable everywhere: the zeros of the derivative are not all candidates
    found: list[_Candidate] = []
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
            found.append(_Candidate(Place(point), _value(function, variable, point), turn=_bend(bend, variable, point)))
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
            enclose(function, {variable: _number(a).union(_number(b))})
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


def _tail_candidates(tails: Tails, interval: Interval) -> list[_Candidate]:
    found = []
    for end, bound, (value, sign) in ((-1, interval.low, tails.left), (1, interval.high, tails.right)):
        if bound is None:
            number = None if value is None else rational_number(value)
            found.append(_Candidate(Place(end=end, attained=False), number, sign))
    return found


def _best(candidates: list[_Candidate], direction: Literal[1, -1], *, even: bool) -> Extreme | None:
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
        return bool(image > _number(b.point.low) and image < _number(b.point.high))
