"""All zeros of a function on an interval, by bisection with enclosures; each zero comes with balls as narrow as one likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import flint
from flint import arb, fmpq

from sig_checker.deciding.enclosures import FAILURES, precision

__all__ = ["Zero", "isolate"]

MAX_PIECES = 4_000
SMALLEST = Fraction(1, 2**40)
Function = Callable[[arb], arb]


@dataclass(frozen=True)
class Zero:
    """The one zero of a function that is monotone between low and high; `exact` where it is a rational that was hit."""

    f: Function
    slope: Function
    low: Fraction
    high: Fraction
    exact: Fraction | None = None

    def ball(self) -> arb:
        """An enclosure at the precision in force, by interval Newton steps from the isolating interval."""
        if self.exact is not None:
            return _number(self.exact)
        box = _hull(self.low, self.high)
        for _ in range(4 + flint.ctx.prec.bit_length() * 2):
            middle = arb(box.mid())
            slope = self.slope(box)
            if slope.contains(0):
                box = self._halved(box)
                continue
            step = middle - self.f(middle) / slope
            if not step.overlaps(box):
                break
            narrower = step.intersection(box)
            if narrower.rad() >= box.rad() * 0.9:
                return narrower
            box = narrower
        return box

    def _halved(self, box: arb) -> arb:
        """The half that holds the zero."""
        middle = arb(box.mid())
        left, right = arb(box.lower()).union(middle), middle.union(arb(box.upper()))
        start, there = self.f(_number(self.low)), self.f(middle)
        if (there > 0 and start > 0) or (there < 0 and start < 0):
            return right
        return left if there > 0 or there < 0 else box


def _number(x: Fraction) -> arb:
    return arb(fmpq(x.numerator, x.denominator))


def _hull(low: Fraction, high: Fraction) -> arb:
    return _number(low).union(_number(high))


def isolate(f: Function, slope: Function, low: Fraction, high: Fraction) -> list[Zero] | None:
    """The zeros of f on [low, high], in order.

    Args:
        slope: the derivative of f. Both take and give balls, and may raise what enclosures raise.

    Returns:
        None if a zero could not be told from a near miss (a double zero, as a rule).

    >>> [float(z.ball()) for z in isolate(lambda x: x * x - 2, lambda x: 2 * x, Fraction(-2), Fraction(3))]
    [-1.4142135623730951, 1.4142135623730951]
    """
    found: list[Zero] = []
    todo = [(low, high)]
    with precision(96):
        for _ in range(MAX_PIECES):
            if not todo:
                return _without_repeats(found)
            a, b = todo.pop()
            try:
                there, rise = f(_hull(a, b)), slope(_hull(a, b))
            except FAILURES:
                there = rise = arb.nan()
            if there.is_finite() and not there.contains(0):
                continue
            if rise.is_finite() and not rise.contains(0):
                zeros = _of_monotone(f, slope, a, b)
                if zeros is None:
                    return None
                found += zeros
                continue
            if b - a < SMALLEST:
                return None
            middle = (a + b) / 2
            todo += [(middle, b), (a, middle)]
    return None


def _of_monotone(f: Function, slope: Function, a: Fraction, b: Fraction) -> list[Zero] | None:
    """The zero of a monotone function, if there is one; None if the sign at an end is not clear."""
    start, end = f(_number(a)), f(_number(b))
    for x, value in ((a, start), (b, end)):
        if value == 0:
            return [Zero(f, slope, a, b, exact=x)]
        if value.contains(0):
            return None
    return [] if (start > 0) == (end > 0) else [Zero(f, slope, a, b)]


def _without_repeats(zeros: list[Zero]) -> list[Zero]:
    """A zero on the seam of two pieces is found from both sides."""
    out: list[Zero] = []
    for zero in zeros:
        if not (out and zero.exact is not None and out[-1].exact == zero.exact):
            out.append(zero)
    return out
