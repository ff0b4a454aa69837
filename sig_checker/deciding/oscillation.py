"""Signs, roots, logarithms and angles of elements that hold sines and cosines: real as a whole, not factor by factor.

Their signs come from enclosures where one variable is kept in an interval. Without a sign a root or a logarithm is a
generator of its own, and what equals its argument by the relations has the same one; then it is remembered that nobody
knows where it is real.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from sig_checker.deciding.cells import line_in, names_in
from sig_checker.deciding.elements import Element, NeedSign, NotReal, Rescale, key_of
from sig_checker.deciding.signs import RADICAL, Circular
from sig_checker.deciding.tower import Tower
from sig_checker.deciding.unity import CIRCULAR, imaginary
from sig_checker.deciding.values import value_at
from sig_checker.deciding.windows import sign_in_window

__all__ = ["log", "magnitude", "root", "sign", "strict_sign"]

MAX_FACTORED = 60
MAX_TERMS = 200
Result = TypeVar("Result")


def sign(t: Tower, a: Element) -> int:
    """The sign of an element in the cell; for functions that are continuous where it is zero.

    Raises:
        NeedSign: it is not known.
        Circular: it is not known, and no cell tells it.
    """
    return _sign(t, a, t.sign_of)


def strict_sign(t: Tower, a: Element) -> int:
    """The sign of an element at every point of the cell; raises what `sign` does."""
    return _sign(t, a, t.strict_sign_of)


def _sign(t: Tower, a: Element, of: Callable[[Element], int]) -> int:
    try:
        return _shown(t, lambda: of(a))
    except Circular:
        found = sign_in_window(t, a)
        if not found:
            raise
        return found


def magnitude(t: Tower, a: Element) -> Element:
    """|a|, which is √a² where the sign of a changes."""
    try:
        return t.neg(a) if sign(t, a) < 0 else a
    except Circular:
        index = _radical(t, t.mul(a, a))
        t.total.add(index)
        return t.radical(index)


def root(t: Tower, a: Element, c: Fraction) -> Element:
    """a^c for a rational c that is not whole; a must not be negative."""
    try:
        return _shown(t, lambda: t.rational_power(a, c))
    except Circular:
        if c.denominator != 2:
            raise
    square = _root_of_square(t, a)
    if square is not None:
        found = magnitude(t, square)
    else:
        index = _radical(t, a)
        _demand(t, a, index)
        found = t.radical(index)
    whole = c - Fraction(1, 2)
    return t.mul(t.power(a, int(whole)), found) if whole else found


def log(t: Tower, a: Element) -> Element:
    try:
        return _shown(t, lambda: t.log(a))
    except Circular:
        index = t.like("log", a)
        if index is None:
            low = t.lowest(a)
            index = t.generator("opaque", ("log", ((key_of(low.over), key_of(low.under)),)))
            t.alike.append(("log", low, index))
        _demand(t, a, index)
        return t.element(index)


def _shown(t: Tower, work: Callable[[], Result]) -> Result:
    """What `work` returns; where it asks for the sign of something that is no polynomial on a line, enclosures may tell it."""
    while True:
        try:
            return work()
        except NeedSign as need:
            found = 0 if line_in(t, need.poly) else sign_in_window(t, Element(need.poly, t.unit))
            if not found:
                raise
            t.shown[key_of(need.poly)] = found


def _root_of_square(t: Tower, a: Element) -> Element | None:
    """An element that is real as a whole and whose square a is, if its factors show one.

    Raises:
        Rescale: there is one with finer exponentials.
    """
    low = t.lowest(a)
    degrees = [*zip(low.over.degrees(), low.under.degrees(), strict=True)]
    if max(max(d) for d in degrees) > MAX_FACTORED or len(low.over) + len(low.under) > MAX_TERMS:
        return None
    if any(any(d) and t.generators[i].kind == RADICAL for i, d in enumerate(degrees)):
        return None  # what is real at one point need not be so elsewhere
    content, found = Fraction(1), t.one
    odd = []
    for p, direction in ((low.over, 1), (low.under, -1)):
        c, powers = p.factor()
        content *= Fraction(int(c.p), int(c.q)) ** direction
        for f, m in powers:
            if m % 2:
                odd.append(t.single(f))
            found = t.mul(found, t.power(Element(f, t.unit), direction * (int(m) // 2)))
    if any(i is None or t.generators[i].kind != CIRCULAR for i in odd):
        return None
    if odd and odd[0] is not None:
        raise Rescale(odd[0], 2 * t.generators[odd[0]].k)
    found = t.mul(found, t.rational_power(t.number(abs(content)), Fraction(1, 2)) if content != 1 else t.one)
    for candidate in (found, t.mul(found, imaginary(t))):
        if t.is_zero(t.sub(t.mul(candidate, candidate), a)) and _is_real(t, candidate):
            return candidate
    return None


def _is_real(t: Tower, a: Element) -> bool:
    """Whether an element whose square is real is real itself: if it is so at one point, then at all."""
    for x in (Fraction(1), Fraction(2, 7)):
        value = value_at(t, a, dict.fromkeys(names_in(t, a.over, a.under), x), 128)
        if value is not None and not value.contains(0):
            return bool(value.imag.contains(0)) and not value.real.contains(0)
    return False


def _demand(t: Tower, a: Element, index: int) -> None:
    """Let it be known that the generator is real only where the element is not negative."""
    try:
        known = sign(t, a)
    except Circular:
        t.partial.append(index)
    else:
        if known < 0:
            raise NotReal("root or logarithm of a negative number")


def _radical(t: Tower, a: Element) -> int:
    """√a, as a generator over the denominator of a: its square is then a polynomial."""
    index = t.like(RADICAL, a)
    if index is None:
        low = t.lowest(a)
        index = t.generator(RADICAL, (key_of(low.over), key_of(low.under)))
        t.relations[index] = (2, t.times(low.over, low.under))
        t.alike.append((RADICAL, low, index))
    return index
