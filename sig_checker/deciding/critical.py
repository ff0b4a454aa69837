"""The critical points of a function that is rational in one coordinate, as algebraic numbers; everything is exact."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import Ordering, arb, fmpz_mpoly_ctx, fmpz_poly

from sig_checker.deciding.enclosures import precision
from sig_checker.deciding.places import Candidate, Interval, Place
from sig_checker.deciding.reals import BITS, Algebraic, Real, rational_number, real_roots

__all__ = ["exact_candidates"]


def exact_candidates(
    over: fmpz_poly, under: fmpz_poly, exponential: bool, k: int, interval: Interval
) -> list[Candidate] | None:
    """Critical points inside the interval and limits at infinity; None if there is a pole, or nothing but a constant."""

    def inside(x: arb) -> bool | None:
        if exponential and not x > 0:
            return False
        return interval.holds(x.log() * k if exponential else x)

    if any(inside(r) is not False for r in real_roots(under)):
        return None  # a pole inside: unbounded or undefined somewhere
    slope = over.derivative() * under - over * under.derivative()
    if slope == 0:
        return None  # a constant: every place is extreme
    found: list[Candidate] = []
    for factor, _ in slope.factor()[1] if slope.degree() > 0 else []:
        for index, root in enumerate(real_roots(factor)):
            here = inside(root)
            if here is None:
                return None
            if here:
                point = Algebraic(factor, _nth_root(factor, index))
                height = _value_at(over, under, factor, point)
                found.append(Candidate(Place(point), height, turn=_turn(slope, point)))
    for end, bound in ((-1, interval.low), (1, interval.high)):
        if bound is None:
            value, sign = _limit(over, under, end, exponential)
            found.append(Candidate(Place(end=end, attained=False), value, sign))
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
