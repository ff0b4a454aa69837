"""Extremes of a function on the real line: the exact value, whether it is attained, and where it is taken or approached.

For a function that is rational in t = e^{z/k} on (0, ∞), or in z on the whole line. Its critical points are the real
roots of the derivative's numerator there; its supremum is the largest of its values at them and of its limits at the two
ends. Values and places are algebraic numbers, known by an irreducible polynomial and an enclosure that holds one of its
roots, so that equality is decided exactly and order by enclosures that are narrowed until they separate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq, fmpz_poly

from sig_checker.deciding.cells import line_of
from sig_checker.deciding.enclosures import NotReal, Unclear, enclose, precision
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.tower import NeedSign, Rescale, TooLarge, Tower, WiderContext
from sig_checker.deciding.tower import NotReal as FieldNotReal
from sig_checker.expressions import Call, Div, Expr, num

__all__ = ["Algebraic", "Extreme", "Extremes", "Place", "extremes"]

_BITS = (64, 128, 256, 512, 1024, 2048)


@dataclass(frozen=True)
class Algebraic:
    """The root of `poly` (irreducible, over Z) that `ball` encloses at every precision."""

    poly: fmpz_poly
    ball: Callable[[], arb]

    def equals(self, claim: Expr) -> bool | None:
        """Whether a constant expression is this number; None if that cannot be told.

        Exact: the claim is a root of the polynomial, and the enclosures leave only this one.
        """
        for bits in _BITS:
            with precision(bits):
                try:
                    there = enclose(claim, {})
                except NotReal:
                    return False
                except (Unclear, ValueError, OverflowError):
                    continue
                here = self.ball()
                if there != here:
                    return False
                near = [r.real for r, _ in self.poly.complex_roots() if r.imag == 0 and r.real.overlaps(there)]
                if len(near) == 1 and near[0].overlaps(here) and _is_root(self.poly, claim):
                    return True
        return None


@dataclass(frozen=True)
class Place:
    """Where an extreme is: a point (its t or z as an algebraic number), or an end (`end` is +1 for ∞, -1 for -∞)."""

    point: Algebraic | None = None
    end: int = 0


@dataclass(frozen=True)
class Extreme:
    """The supremum or infimum: its value (None: unbounded), where it is attained, and at which ends it is approached."""

    value: Algebraic | None
    places: tuple[Place, ...]

    @property
    def attained(self) -> bool:
        return any(p.point is not None for p in self.places)


@dataclass(frozen=True)
class Extremes:
    """Both extremes of a function of `variable`; places are in t = e^{variable/k} if `exponential`, else in the variable."""

    function: Expr
    variable: str
    exponential: bool
    k: int
    largest: Extreme
    smallest: Extreme

    def coordinate(self, place: Expr) -> Expr:
        """What the place that a student names is in the coordinate of the proof."""
        return Call("exp", (Div(place, num(self.k)),)) if self.exponential else place


def _is_root(poly: fmpz_poly, claim: Expr) -> bool:
    """Whether poly(claim) is exactly zero."""
    scales: dict[int, int] = {}
    for _ in range(8):
        t = Tower(16, scales)
        try:
            x = build(t, claim)
            total = t.zero
            for c in reversed([int(c) for c in poly.coeffs()]):
                total = t.add(t.mul(total, x), t.number(Fraction(c)))
            return t.is_zero(total)
        except Rescale as need:
            scales[need.index] = need.k
        except (TooLarge, FieldNotReal, NeedSign, WiderContext, RecursionError):
            return False
    return False


def extremes(function: Expr, variable: str) -> Extremes | None:
    """The extremes of `function` on the whole line; None if it is not of a kind that is decided here.

    >>> from sig_checker.reading import read_definition
    >>> found = extremes(read_definition("exp(-z)/(1+exp(-z))^2", "z"), "z")
    >>> found.largest.attained, found.smallest.attained, [p.end for p in found.smallest.places]
    (True, False, [-1, 1])
    """
    line = line_of(function, variable)
    if line is None:
        return None
    over, under, exponential, k = line
    if _real_roots(under, exponential):
        return None  # a pole inside: unbounded or undefined somewhere
    slope = over.derivative() * under - over * under.derivative()
    candidates: list[tuple[Algebraic | None, int, Place]] = []  # value (None: infinite), sign of infinity, place
    for factor, _ in slope.factor()[1] if slope.degree() > 0 else []:
        for index in _root_indices(factor, exponential):
            point = Algebraic(factor, _nth_root(factor, index, exponential))
            candidates.append((_value_at(over, under, factor, point), 0, Place(point)))
    if slope == 0:
        return None  # a constant: every place is extreme
    for end in (-1, 1):
        value, infinite = _limit(over, under, end, exponential)
        candidates.append((value, infinite, Place(end=end)))
    return Extremes(function, variable, exponential, k, _best(candidates, 1), _best(candidates, -1))


def _real_roots(poly: fmpz_poly, exponential: bool) -> list[arb]:
    return sorted((r.real for r, _ in poly.complex_roots() if r.imag == 0 and (not exponential or r.real > 0)), key=float)


def _root_indices(poly: fmpz_poly, exponential: bool) -> range:
    return range(len(_real_roots(poly, exponential)))


def _nth_root(poly: fmpz_poly, index: int, exponential: bool) -> Callable[[], arb]:
    return lambda: _real_roots(poly, exponential)[index]


def _value_at(over: fmpz_poly, under: fmpz_poly, factor: fmpz_poly, point: Algebraic) -> Algebraic:
    """over/under at a root of `factor`, with its own irreducible polynomial."""

    def ball() -> arb:
        x = point.ball()
        return over(x) / under(x)

    for poly in _value_polynomials(over, under, factor):
        for bits in _BITS:
            with precision(bits):
                v = ball()
                # poly(v) = 0 for exactly one of the irreducible candidates: drop those that certainly do not vanish
                if not poly(v).contains(0):
                    break
        else:
            return Algebraic(poly, ball)
    raise ArithmeticError("no polynomial vanishes at the value")


def _value_polynomials(over: fmpz_poly, under: fmpz_poly, factor: fmpz_poly) -> list[fmpz_poly]:
    """Irreducible factors of the polynomial in y whose roots are over/under at the roots of `factor`: a resultant."""
    from flint import Ordering, fmpz_mpoly_ctx  # noqa: PLC0415

    ctx = fmpz_mpoly_ctx.get(["x", "y"], Ordering.lex)
    _, y = ctx.gens()

    def lifted(p: fmpz_poly) -> object:
        return ctx.from_dict({(i, 0): c for i, c in enumerate(p.coeffs()) if c != 0})

    eliminated = lifted(factor).resultant(lifted(over) - y * lifted(under), "x")  # type: ignore[attr-defined]
    coefficients = [0] * (int(eliminated.degrees()[1]) + 1)
    for monomial, c in eliminated.terms():
        coefficients[int(monomial[1])] = int(c)
    return [f for f, _ in fmpz_poly(coefficients).factor()[1]]


def _limit(over: fmpz_poly, under: fmpz_poly, end: int, exponential: bool) -> tuple[Algebraic | None, int]:
    """The limit at an end: a rational value, or None and the sign of infinity."""
    if exponential and end < 0:  # t → 0
        value = Fraction(int(over[0]), int(under[0]))  # under(0) is not 0: a common factor t has been cancelled
        if int(under[0]) == 0:
            return None, 1
    elif over.degree() < under.degree():
        value = Fraction(0)
    elif over.degree() == under.degree():
        value = Fraction(int(over.leading_coefficient()), int(under.leading_coefficient()))
    else:
        sign = 1 if int(over.leading_coefficient()) * int(under.leading_coefficient()) > 0 else -1
        odd = (over.degree() - under.degree()) % 2 == 1 and end < 0
        return None, -sign if odd else sign
    return rational_number(value), 0


def rational_number(value: Fraction) -> Algebraic:
    """A rational as an algebraic number."""
    ratio = fmpq(value.numerator, value.denominator)
    return Algebraic(fmpz_poly([-value.numerator, value.denominator]), lambda: arb(ratio))


def _best(candidates: list[tuple[Algebraic | None, int, Place]], direction: int) -> Extreme:
    """The largest (direction 1) or smallest of the candidates, with every place that shares it."""
    unbounded = [place for value, infinite, place in candidates if value is None and infinite == direction]
    if unbounded:
        return Extreme(None, tuple(unbounded))
    finite = [(value, place) for value, _, place in candidates if value is not None]
    best, places = finite[0][0], [finite[0][1]]
    for value, place in finite[1:]:
        order = _order(value, best) * direction
        if order > 0:
            best, places = value, [place]
        elif order == 0:
            places.append(place)
    return Extreme(best, tuple(places))


def _order(a: Algebraic, b: Algebraic) -> int:
    """-1, 0 or 1; exact: numbers with the same irreducible polynomial and the same root of it are equal."""
    for bits in _BITS:
        with precision(bits):
            x, y = a.ball(), b.ball()
            if x < y:
                return -1
            if x > y:
                return 1
            if a.poly in (b.poly, -b.poly):
                shared = [
                    r.real for r, _ in a.poly.complex_roots() if r.imag == 0 and r.real.overlaps(x) and r.real.overlaps(y)
                ]
                near = [r.real for r, _ in a.poly.complex_roots() if r.imag == 0 and (r.real.overlaps(x) or r.real.overlaps(y))]
                if len(shared) == len(near) == 1:
                    return 0
    raise ArithmeticError("two different numbers do not separate")
