"""Derivatives of elements of a tower, by the rules for its generators."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mpoly

from sig_checker.deciding.elements import Element, Key
from sig_checker.deciding.limits import TooLarge
from sig_checker.deciding.tower import Tower
from sig_checker.deciding.unity import imaginary

__all__ = ["slope"]


def slope(t: Tower, a: Element, name: str) -> Element:
    """The derivative by the variable `name`, wherever all that it is made of can be differentiated.

    Raises:
        TooLarge: a function in it has no derivative here.
        Rescale, WiderContext, NeedSign: as `build` does.
    """
    over = slope_of_poly(t, a.over, name)
    if a.under.is_constant():
        return t.mul(over, Element(t.unit, a.under))
    under = slope_of_poly(t, a.under, name)
    gap = t.sub(t.mul(over, Element(a.under, t.unit)), t.mul(Element(a.over, t.unit), under))
    return t.mul(gap, Element(t.unit, t.times(a.under, a.under)))


def slope_of_poly(t: Tower, p: fmpq_mpoly, name: str) -> Element:
    total = t.zero
    for i, d in enumerate(p.degrees()):
        if d:
            own = _of_generator(t, i, name)
            if not own.over.is_zero():
                total = t.add(total, t.mul(Element(p.derivative(i), t.unit), own))
    return total


def _of_generator(t: Tower, index: int, name: str) -> Element:
    g = t.generators[index]
    key: Any = g.key
    self = t.element(index)
    match g.kind, key:
        case "var", _:
            return t.one if key == name else t.zero
        case ("const", _) | ("turn", "half turn") | ("log" | "root", ("number", _)):
            return t.zero
        case "exp", pair:
            return t.mul(_scaled(_argument(t, pair, name), Fraction(1, g.k)), self)
        case "turn", pair:
            return t.mul(t.mul(_scaled(_argument(t, pair, name), Fraction(1, g.k)), imaginary(t)), self)
        case "radical", _:  # its square is a polynomial
            return _over(t, slope_of_poly(t, t.relations[index][1], name), t.add(self, self))
        case "log", (_, what):
            f = t.poly(what)
            return _over(t, slope_of_poly(t, f, name), Element(f, t.unit))
        case "root", (_, what):
            f = t.poly(what)
            return t.mul(_scaled(_over(t, slope_of_poly(t, f, name), Element(f, t.unit)), Fraction(1, g.k)), self)
        case ("angle", (function, pair)) | ("opaque", (function, (pair,))):
            return t.mul(_outer(t, index, str(function), Element(t.poly(pair[0]), t.poly(pair[1]))), _argument(t, pair, name))
    raise TooLarge(g.kind)


def _argument(t: Tower, pair: tuple[Key, Key], name: str) -> Element:
    return slope(t, Element(t.poly(pair[0]), t.poly(pair[1])), name)


def _scaled(a: Element, c: Fraction) -> Element:
    return Element(a.over * fmpq(c.numerator, c.denominator), a.under)


def _over(t: Tower, a: Element, b: Element) -> Element:
    """a/b, where b vanishes nowhere inside the cell: no new gap comes of it."""
    if t.is_zero(b):
        raise TooLarge
    return t.mul(a, Element(b.under, b.over))


def _outer(t: Tower, index: int, function: str, x: Element) -> Element:
    square = t.mul(x, x)
    match function:
        case "atan":
            return _over(t, t.one, t.add(t.one, square))
        case "asin":
            return _over(t, t.one, t.cosines[index])
        case "erf":
            pi = t.element(t.generator("const", "pi", positive=True))
            factor = _over(t, t.number(Fraction(2)), t.rational_power(pi, Fraction(1, 2)))
            return t.mul(factor, t.exp(t.neg(square)))
        case "log":
            return _over(t, t.one, x)
    raise TooLarge(function)
