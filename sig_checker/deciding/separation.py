"""Equality of numbers made of rationals by +, -, *, / and roots: what is nearer to zero than such a number can be is zero."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log2, prod

from flint import fmpz

from sig_checker.deciding.enclosures import FAILURES, enclose, precision
from sig_checker.deciding.rewriting import rational_value
from sig_checker.expressions import Add, Call, Div, Expr, Mul, Neg, Num, Pow
from sig_checker.verdicts import Certificate, Message

__all__ = ["proof_of_equality"]

MAX_BITS = 50_000
MAX_FACTORED = 2**100
MAX_POWER = 1_000
_SLACK = 1.01  # for the doubles in which logarithms are added up
_INDEX = {"sqrt": 2, "cbrt": 3}


class _Other(Exception):
    """Not made of rationals and roots."""


@dataclass
class _Bound:
    """A number as U/L with algebraic integers U and L, all of whose conjugates are at most 2^u and 2^l in size.

    The norm of U is a whole number, so that |U| is at least 2^(-u(d - 1)), where d is the degree of a field that holds U. The
    roots of rationals lie in a field of roots of primes; any other root brings its index twice, for U and for L. (After
    C. Burnikel, R. Fleischer, K. Mehlhorn, S. Schirra, "A strong and easily computable separation bound for arithmetic
    expressions involving radicals", Algorithmica 27, 2000.)
    """

    degrees: dict[object, int] = field(default_factory=dict)  # what is adjoined: a prime with an index, a root -> its degree

    @property
    def degree(self) -> int:
        return prod(self.degrees.values())

    def of(self, e: Expr) -> tuple[float, float]:
        """The pair (u, l)."""
        if isinstance(e, Num):
            return log2(max(abs(e.value.numerator), 1)), log2(e.value.denominator)
        if isinstance(e, Neg) or (isinstance(e, Call) and e.name == "abs"):
            return self.of(e.arg if isinstance(e, Neg) else e.args[0])
        if isinstance(e, Add):
            total = self.of(e.args[0])
            for x in e.args[1:]:
                u, low = self.of(x)
                total = max(total[0] + low, total[1] + u) + 1, total[1] + low
            return total
        if isinstance(e, Mul):
            parts = [self.of(x) for x in e.args]
            return sum(u for u, _ in parts), sum(low for _, low in parts)
        if isinstance(e, Div):
            (u, low), (below, above) = self.of(e.over), self.of(e.under)
            return u + above, low + below
        if isinstance(e, Call) and e.name in _INDEX:
            return self._root(e, e.args[0], _INDEX[e.name])
        exponent = rational_value(e.exponent) if isinstance(e, Pow) else None
        if isinstance(e, Pow) and exponent is not None and abs(exponent.numerator) <= MAX_POWER:
            u, low = self._root(e, e.base, exponent.denominator) if exponent.denominator > 1 else self.of(e.base)
            n = abs(exponent.numerator)
            return (n * u, n * low) if exponent > 0 else (n * low, n * u)
        raise _Other

    def _root(self, e: Expr, inside: Expr, index: int) -> tuple[float, float]:
        u, low = self.of(inside)
        value = rational_value(inside)
        if value is None or max(abs(value.numerator), value.denominator) > MAX_FACTORED:
            self.degrees[e] = index**2
        elif value:
            for part in (abs(value.numerator), value.denominator):
                self.degrees.update(((int(prime), index), index) for prime, _ in fmpz(part).factor())
        if self.degree > MAX_BITS:
            raise _Other
        return u / index, low / index


def proof_of_equality(left: Expr, right: Expr) -> Certificate | None:
    """The certificate that two numbers of that kind are equal; None where they are not, or where it takes too long.

    >>> from fractions import Fraction
    >>> from sig_checker.reading import read
    >>> one = "cbrt(2+sqrt(5)) + cbrt(2-sqrt(5))"
    >>> proof_of_equality(read(one).answer, Num(Fraction(1))) is not None
    True
    """
    difference = Add((left, Neg(right)))
    bound = _Bound()
    try:
        u, low = bound.of(difference)
    except (_Other, OverflowError, RecursionError):
        return None
    bits = int((low + u * (bound.degree - 1)) * _SLACK) + 2
    if bits > MAX_BITS:
        return None
    try:
        with precision(bits + 64):
            size = abs(enclose(difference, {}))
            if not size * 2**bits < 1:
                return None
    except FAILURES:
        return None
    facts = {"separation": f"2^-{bits}", "degree": f"at most {bound.degree}"}
    said = Message("The difference is smaller than 2^-{bits}, which no number of this form but zero is.", bits=bits)
    return Certificate("an algebraic number below its separation bound is zero", facts, (said,))
