"""Sines, cosines and their inverses in a tower, by Euler's formula: e^{ix} is a generator like e^x, and i = e^{iπ/2}.

e^{iπ/k} is a root of unity, known by its cyclotomic polynomial; e^{i·atan x} = (1 + ix)/√(1 + x²). Elements in which such
generators occur are real as a whole, not factor by factor, so nothing is said of the signs of their factors.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm

from flint import fmpq

from sig_checker.deciding.elements import Element, Key, Rescale, key_of
from sig_checker.deciding.limits import TooLarge
from sig_checker.deciding.oscillation import root, sign
from sig_checker.deciding.tower import Tower
from sig_checker.deciding.unity import CIRCULAR, half_turn, imaginary

__all__ = ["CIRCULAR_FUNCTIONS", "turn"]

MAX_MULTIPLE = 400
_HALF = Fraction(1, 2)
_ONE = fmpq(1)
# squares of sines and tangents at rational parts of π
_SINES = {
    Fraction(0): Fraction(0),
    Fraction(1, 4): Fraction(1, 6),
    _HALF: Fraction(1, 4),
    Fraction(3, 4): Fraction(1, 3),
    Fraction(1): _HALF,
}
_TANGENTS = {Fraction(0): Fraction(0), Fraction(1, 3): Fraction(1, 6), Fraction(1): Fraction(1, 4), Fraction(3): Fraction(1, 3)}


def turn(t: Tower, x: Element) -> Element:
    """e^{ix} for a real element x."""
    x = t.lowest(x)
    if x.over.is_zero():
        return t.one
    if not x.under.is_constant():
        lead = x.over.leading_coefficient()
        return _multiple(t, (key_of(x.over / lead), key_of(x.under)), _fraction(lead))
    result = t.one
    if len(x.over) > 20:
        raise TooLarge
    for monomial, coefficient in x.over.terms():
        result = t.mul(result, _turn_term(t, tuple(int(d) for d in monomial), _fraction(coefficient)))
    return result


def _turn_term(t: Tower, monomial: tuple[int, ...], c: Fraction) -> Element:
    used = [i for i, d in enumerate(monomial) if d]
    single = t.generators[used[0]] if len(used) == 1 and monomial[used[0]] == 1 else None
    if single is not None and single.kind == "const":
        index, k = half_turn(t)
        if (c * k).denominator != 1:
            raise Rescale(index, lcm(k, c.denominator))
        return t.power(t.element(index), int(c * k) % (2 * k))
    if single is not None and single.kind == "angle":
        return _turn_angle(t, single.key, c)
    return _multiple(t, (((monomial,), (_ONE,)), t.unit_key), c)


def _multiple(t: Tower, key: tuple[Key, Key], c: Fraction) -> Element:
    index = t.generator(CIRCULAR, key)
    k = t.generators[index].k
    if (c * k).denominator != 1:
        raise Rescale(index, lcm(k, c.denominator))
    if abs(c * k) > MAX_MULTIPLE:
        raise TooLarge
    return t.power(t.element(index), int(c * k))


def _turn_angle(t: Tower, key: object, c: Fraction) -> Element:
    """e^{i·c·atan x} or e^{i·c·asin x}; c whole."""
    if c.denominator != 1 or abs(c) > MAX_MULTIPLE:
        raise TooLarge
    assert isinstance(key, tuple)
    name, (over, under) = key
    x = Element(t.poly(over), t.poly(under))
    along = t.mul(imaginary(t), x)
    n = int(c)
    if name == "asin":
        return t.power(t.add(_cosine_of_asin(t, x), along), n)
    half, odd = divmod(n, 2)
    result = t.power(t.div(t.add(t.one, along), t.sub(t.one, along)), half)
    if odd:
        length = root(t, t.add(t.one, t.mul(x, x)), _HALF)
        result = t.mul(result, t.div(t.add(t.one, along), length))
    return result


def _cosine_of_asin(t: Tower, x: Element) -> Element:
    return root(t, t.mul(t.sub(t.one, x), t.add(t.one, x)), _HALF)


def _sin(t: Tower, x: Element) -> Element:
    e = turn(t, x)
    return t.div(t.sub(e, t.inverse(e)), t.mul(t.number(Fraction(2)), imaginary(t)))


def _cos(t: Tower, x: Element) -> Element:
    e = turn(t, x)
    return t.mul(t.add(e, t.inverse(e)), t.number(_HALF))


def _tan(t: Tower, x: Element) -> Element:
    return t.div(_sin(t, x), _cos(t, x))


def _pi(t: Tower) -> Element:
    return t.element(t.generator("const", "pi", positive=True))


def _angle(t: Tower, name: str, x: Element, known: dict[Fraction, Fraction]) -> Element:
    """atan x or asin x: a rational part of π where it is one, else a generator; odd, so that x and -x share one."""
    square = t.mul(x, x)
    for value, part in known.items():
        if t.is_zero(t.sub(square, t.number(value))):
            return t.mul(_pi(t), t.number(part * sign(t, x) if value else Fraction(0)))
    if t.is_circular(x):
        return _angle_of_circular(t, name, x)
    low = t.lowest(x)
    negative = low.over.leading_coefficient() < 0
    over = -low.over if negative else low.over
    angle = t.element(t.generator("angle", (name, (key_of(over), key_of(low.under)))))
    return t.neg(angle) if negative else angle


def _angle_of_circular(t: Tower, name: str, x: Element) -> Element:
    """A generator for what equals x; elements that are equal need not look the same here."""
    index = t.like(name, x)
    if index is None:
        opposite = t.like(name, t.neg(x))
        if opposite is not None:
            return t.neg(t.element(opposite))
        low = t.lowest(x)
        index = t.generator("angle", (name, (key_of(low.over), key_of(low.under))))
        t.alike.append((name, low, index))
    return t.element(index)


def _atan(t: Tower, x: Element) -> Element:
    return _angle(t, "atan", x, _TANGENTS)


def _asin(t: Tower, x: Element) -> Element:
    cosine = _cosine_of_asin(t, x)  # not real outside [-1, 1]
    angle = _angle(t, "asin", x, _SINES)
    index = t.single(angle.over) if t.single(angle.over) is not None else t.single(-angle.over)
    if index is not None:
        t.cosines.setdefault(index, cosine)
    return angle


def _acos(t: Tower, x: Element) -> Element:
    return t.sub(t.mul(_pi(t), t.number(_HALF)), _asin(t, x))


def _fraction(q: fmpq) -> Fraction:
    return Fraction(int(q.p), int(q.q))


def _over(f: Callable[[Tower, Element], Element]) -> Callable[[Tower, Element], Element]:
    return lambda t, x: t.inverse(f(t, x))


def _of_inverse(f: Callable[[Tower, Element], Element]) -> Callable[[Tower, Element], Element]:
    return lambda t, x: f(t, t.inverse(x))


CIRCULAR_FUNCTIONS: dict[str, Callable[[Tower, Element], Element]] = {
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "cot": lambda t, x: t.div(_cos(t, x), _sin(t, x)),
    "sec": _over(_cos),
    "csc": _over(_sin),
    "atan": _atan,
    "asin": _asin,
    "acos": _acos,
    "acot": _of_inverse(_atan),
    "asec": _of_inverse(_acos),
    "acsc": _of_inverse(_asin),
}
