"""The difference of two numbers, with equal terms cancelled before anything is enclosed, so that a tiny rest stays visible."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flint import arb

from sig_checker.deciding.enclosures import FAILURES, enclose, precision
from sig_checker.deciding.rewriting import rational_value
from sig_checker.expressions import Add, Call, Const, Div, Expr, Mul, Neg, Num, Pow

__all__ = ["gap_between"]

BITS = 256


def gap_between(a: Expr, b: Expr) -> arb | None:
    """A ball around a - b without zero in it; None if none was found, or if one of them is no number.

    >>> from sig_checker.reading import read_definition
    >>> gap = gap_between(read_definition("1/4 + exp(-1000000)", "z"), read_definition("1/4", "z"))
    >>> bool(gap > 0)
    True
    """
    with precision(BITS):
        try:
            total = sum((enclose(x, {}) for x in _rest(a, b)), arb(0))
        except FAILURES:
            return None
    return None if total.contains(0) else total


def _rest(a: Expr, b: Expr) -> list[Expr]:
    """The terms of a - b that do not cancel; e^x - 1 is one term."""
    number, found = Fraction(0), dict[Expr, Fraction]()
    for c, x in _terms(Add((a, Neg(b))), Fraction(1)):
        if x is None:
            number += c
        else:
            found[x] = found.get(x, Fraction(0)) + c
    rest: list[Expr] = []
    for x, c in found.items():
        inside = _exponent(x)
        if c and c == -number and inside is not None:
            x, number = Call("expm1", (inside,)), Fraction(0)  # noqa: PLW2901
        if c:
            rest.append(Mul((Num(c), x)))
    return [*rest, Num(number)] if number else rest


def _exponent(x: Expr) -> Expr | None:
    if isinstance(x, Call) and x.name == "exp":
        return x.args[0]
    return x.exponent if isinstance(x, Pow) and x.base == Const("e") else None


def _terms(e: Expr, factor: Fraction) -> Iterator[tuple[Fraction, Expr | None]]:
    """The terms of a sum with their rational factors; None for a term that is a number by itself."""
    if isinstance(e, Add):
        for x in e.args:
            yield from _terms(x, factor)
        return
    if isinstance(e, Neg):
        yield from _terms(e.arg, -factor)
        return
    value = rational_value(e)
    if value is not None:
        yield factor * value, None
        return
    if isinstance(e, Div) and (under := rational_value(e.under)):
        yield from _terms(e.over, factor / under)
        return
    if isinstance(e, Mul):
        numbers = [rational_value(x) for x in e.args]
        others = [x for x, c in zip(e.args, numbers, strict=True) if c is None]
        for c in numbers:
            factor *= c if c is not None else 1
        if len(others) < len(e.args):
            yield from _terms(others[0] if len(others) == 1 else Mul(tuple(others)), factor)
            return
    yield factor, e
