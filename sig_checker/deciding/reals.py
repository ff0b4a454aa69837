"""Real numbers that are known exactly, or as closely as one asks: three kinds, each with a ball and a test for equality.

A ball encloses the number at whatever precision is in force when it is asked for. `equals` never guesses: True is proved,
False is shown by disjoint balls, None is left open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt
from typing import Protocol

from flint import arb, fmpq, fmpz_poly

from sig_checker.deciding.attempts import attempt
from sig_checker.deciding.enclosures import NotReal, Unclear, enclose, exact, precision
from sig_checker.deciding.gaps import gap_between
from sig_checker.deciding.identities import compare
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.tower import Tower
from sig_checker.expressions import Add, Call, Div, Expr, Mul, Neg, Num, num, replace_names

__all__ = ["Algebraic", "Closed", "Located", "Real", "gap_to", "order", "rational_number", "within"]

BITS = (64, 128, 256, 512, 1024, 2048)
TESTED = 2.0**-200  # the radius below which a claim that was not told apart is put to an exact test
_SMALL = 1000  # denominators that are tried before a constant expression is written as it is


class Real(Protocol):
    """A number with an enclosure and a test for equality."""

    def ball(self) -> arb: ...

    def equals(self, claim: Expr) -> bool | None: ...

    def closed_form(self) -> Expr | None: ...


@dataclass(frozen=True)
class Algebraic:
    """The root of `poly` (irreducible, over Z) that `enclosure` holds at every precision."""

    poly: fmpz_poly
    enclosure: Callable[[], arb]

    def ball(self) -> arb:
        return self.enclosure()

    def equals(self, claim: Expr) -> bool | None:
        """Exact: the claim is a root of the polynomial, and the enclosures leave only this one."""

        def tell(there: arb) -> bool | None:
            here = self.ball()
            if there != here:
                return False
            near = [r for r in real_roots(self.poly) if r.overlaps(there)]
            return True if len(near) == 1 and near[0].overlaps(here) and _is_root(self.poly, claim) else None

        said = _told(claim, tell)
        return False if said is None and gap_to(self, claim) is not None else said

    def closed_form(self) -> Expr | None:
        """The number written with at most one square root; None where its degree exceeds 2.

        >>> from sig_checker.reading import to_plain
        >>> golden = Algebraic(fmpz_poly([-1, -1, 1]), lambda: (1 + arb(5).sqrt()) / 2)
        >>> to_plain(golden.closed_form()), to_plain(rational_number(Fraction(-1, 4)).closed_form())
        ('(1 + sqrt(5))/2', '-1/4')
        """
        c, b, *a = (int(x) for x in self.poly.coeffs())
        if len(a) > 1:
            return None
        if not a:
            return _ratio(num(-c), b)
        square, free = _without_squares(b * b - 4 * a[0] * c)
        middle = arb(fmpq(-b, 2 * a[0]))
        for bits in BITS:
            with precision(bits):
                here = self.ball()
            if here > middle or here < middle:
                break
        else:
            return None
        side = square if (here > middle) == (a[0] > 0) else -square
        shared = gcd(b, side, 2 * a[0]) * (1 if a[0] > 0 else -1)
        b, side, under = -b // shared, side // shared, 2 * a[0] // shared
        root: Expr = Call("sqrt", (num(free),))
        root = root if abs(side) == 1 else Mul((num(abs(side)), root))
        signed: Expr = Neg(root) if side < 0 else root
        return _ratio(Add((num(b), signed)) if b else signed, under)


@dataclass(frozen=True)
class Closed:
    """A number that a constant expression gives."""

    expr: Expr

    def ball(self) -> arb:
        return enclose(self.expr, {})

    def equals(self, claim: Expr) -> bool | None:
        return compare(claim, self.expr).equal

    def closed_form(self) -> Expr | None:
        """The expression, or the fraction with a small denominator that it is."""
        with precision(BITS[0]):
            near = Fraction(float(self.ball())).limit_denominator(_SMALL)
        short = isinstance(self.expr, Num) or (abs(near) < _SMALL and self.equals(Num(near)) is True)
        value = self.expr.value if isinstance(self.expr, Num) else near
        return _ratio(num(value.numerator), value.denominator) if short else self.expr


@dataclass(frozen=True)
class Located:
    """A number known by enclosures as narrow as one likes, and perhaps by a test that only it passes.

    `test` is an expression in the variable `_x` with no other zero in the interval from low to high.
    """

    enclosure: Callable[[], arb]
    test: Expr | None = None
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)

    def ball(self) -> arb:
        return self.enclosure()

    def equals(self, claim: Expr) -> bool | None:
        def tell(there: arb) -> bool | None:
            if there != self.ball():
                return False
            inside = exact(self.low) <= there <= exact(self.high)
            return True if inside and there.rad() < TESTED and self._passes(claim) else None

        return _told(claim, tell)

    def _passes(self, claim: Expr) -> bool:
        return self.test is not None and compare(replace_names(self.test, {"_x": claim}), num(0)).equal is True

    def closed_form(self) -> Expr | None:
        return None


def within(number: Real, claim: Expr, digits: int) -> bool | None:
    """Whether a claim is the number rounded to so many decimals, or anything nearer: off by at most half a unit of the last.

    None only where the distance is that half unit to within 2^-2000.
    """
    half = arb(fmpq(1, 2 * 10**digits))

    def tell(there: arb) -> bool | None:
        gap = abs(there - number.ball())
        return True if gap <= half else False if gap > half else None

    return _told(claim, tell, more=4 * digits)


def _told(claim: Expr, tell: Callable[[arb], bool | None], more: int = 0) -> bool | None:
    """What `tell` says of the claim's enclosure, asked with more and more bits until it says something.

    False where the claim is no real number.
    """
    for bits in BITS:
        with precision(bits + more):
            try:
                said = tell(enclose(claim, {}))
            except NotReal:
                return False
            except (Unclear, ValueError, OverflowError):
                continue
        if said is not None:
            return said
    return None


def gap_to(number: Real, claim: Expr) -> arb | None:
    """A ball around claim - number without zero in it, where what they share can be cancelled; None elsewhere."""
    form = number.closed_form()
    return None if form is None else gap_between(claim, form)


def rational_number(value: Fraction) -> Algebraic:
    """A rational as an algebraic number."""
    ratio = fmpq(value.numerator, value.denominator)
    return Algebraic(fmpz_poly([-value.numerator, value.denominator]), lambda: arb(ratio))


def _ratio(over: Expr, under: int) -> Expr:
    """over/under as a fraction is written: 1/4, not 0.25."""
    return over if under == 1 else Div(over, num(under))


def _without_squares(n: int) -> tuple[int, int]:
    """n > 0 as s²·d, with s as large as its small prime factors allow."""
    s, p = 1, 2
    while p * p <= n and p < 1000:
        while n % (p * p) == 0:
            n, s = n // (p * p), s * p
        p += 1
    root = isqrt(n)
    return (s * root, 1) if root * root == n else (s, n)


def real_roots(poly: fmpz_poly) -> list[arb]:
    """The real roots as disjoint balls, the smallest first."""
    return sorted((r.real for r, _ in poly.complex_roots() if r.imag == 0), key=float)


def order(a: Real, b: Real) -> int | None:
    """-1, 0 or 1 as a is less than, equal to or greater than b; None if they do not separate and equality is not proved."""
    for bits in BITS:
        with precision(bits):
            x, y = a.ball(), b.ball()
            if x < y:
                return -1
            if x > y:
                return 1
            if isinstance(a, Algebraic) and isinstance(b, Algebraic) and a.poly in (b.poly, -b.poly):
                near = [r for r in real_roots(a.poly) if r.overlaps(x) or r.overlaps(y)]
                if len(near) == 1:
                    return 0
    for number, other in ((a, b), (b, a)):
        if isinstance(other, Closed) and number.equals(other.expr):
            return 0
    return None


def _is_root(poly: fmpz_poly, claim: Expr) -> bool:
    """Whether poly(claim) is exactly zero."""

    def is_zero(t: Tower) -> bool:
        x = build(t, claim)
        total = t.zero
        for c in reversed([int(c) for c in poly.coeffs()]):
            total = t.add(t.mul(total, x), t.number(Fraction(c)))
        return t.is_zero(total)

    return attempt(16, is_zero) is True
