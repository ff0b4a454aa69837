"""Proofs that a difference is zero where its numerator is not the zero polynomial: its generators obey relations unknown here.

Each shows it on the pieces of a line between the places where something in it is not smooth, or at every point by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

from flint import arb, fmpq_mpoly

from sig_checker.deciding.cells import Piece, names_in
from sig_checker.deciding.circular import turn
from sig_checker.deciding.elements import Element
from sig_checker.deciding.limits import TooLarge
from sig_checker.deciding.rewriting import rational
from sig_checker.deciding.signs import RADICAL
from sig_checker.deciding.slopes import slope
from sig_checker.deciding.smoothness import BITS, candidates, differs, halves, jumps, smooth_pieces, suspects
from sig_checker.deciding.tower import Tower
from sig_checker.deciding.values import value_at
from sig_checker.verdicts import Certificate

__all__ = ["AtPoint", "proof_of_zero"]

AtPoint = Callable[[str, Fraction], bool]


def proof_of_zero(t: Tower, gap: Element, equal_at: AtPoint) -> Certificate | None:
    """Why an element that is not zero by its form is zero in the whole cell; None if no proof was found.

    Args:
        equal_at: whether the two sides are exactly equal where the variable has this value.

    Raises:
        what `build` raises.
    """
    gap = t.lowest(gap)
    rest = _without_logarithms(t, gap)
    if rest is not gap and rest.over.is_zero():
        return Certificate("e to the power of the difference is 1", {})
    gap = rest
    kinds = {t.generators[i].kind for i, d in enumerate(gap.over.degrees()) if d}
    if jumps(t):
        return None
    names = names_in(t, gap.over, gap.under)
    if not names:
        return _constant(t, gap)
    if len(names) > 1:
        return None
    (name,) = names
    there = smooth_pieces(t, name, list(suspects(t)))
    if not there:
        return None
    if RADICAL in kinds and all(_vanishes(t, gap.over, {name: piece.inside}) for piece in there):
        return Certificate(
            "the product of the difference and its conjugates is zero, and no conjugate is", {"points": _written(name, there)}
        )
    change = t.lowest(slope(t, gap, name))
    places = [_equal_in(t, change, name, piece, equal_at) for piece in there]
    if None in places:
        return None
    return Certificate(
        "on each interval both sides have the same derivative, and at one point the same value",
        {
            "intervals": "; ".join(f"{_bound(piece.low, '-oo')} < {name} < {_bound(piece.high, 'oo')}" for piece in there),
            "points": "; ".join(f"{name} = {x}" for x in places),
        },
    )


def _without_logarithms(t: Tower, gap: Element) -> Element:
    """The element less a sum of logarithms, or all of it, that is zero at every point: a power of e to it is 1."""
    logs = [i for i, g in enumerate(t.generators) if g.kind == "log" or t.is_value_of("log", i)]
    found, rest = _linear(t, gap, logs)
    if not found:
        return gap
    times = t.number(Fraction(lcm(*(c.denominator for c in found.values()))))
    for part, left in ((t.sub(gap, rest), rest), (gap, t.zero)):
        try:
            if t.is_zero(t.sub(t.exp(t.mul(t.lowest(part), times)), t.one)):
                return left
        except TooLarge:
            continue
    return gap


def _constant(t: Tower, gap: Element) -> Certificate | None:
    """A number: zero if a conjugate of it can be, or if it is a whole number of turns and less than one."""
    if _vanishes(t, gap.over, {}):
        return Certificate("the product of the difference and its conjugates is zero, and no conjugate is", {})
    angles, rest = _linear(t, gap, [i for i, g in enumerate(t.generators) if g.kind in ("angle", "const")])
    times = lcm(*(c.denominator for c in angles.values()))
    value = value_at(t, gap, {}, BITS)
    if not angles or value is None or not abs(value.real) * times < 2 * arb.pi():
        return None
    try:
        turned = turn(t, t.mul(rest, t.number(Fraction(times))))
        for i, c in angles.items():
            turned = t.mul(turned, turn(t, t.mul(t.element(i), t.number(c * times))))
        turned = t.lowest(t.sub(turned, t.one))
    except TooLarge:
        return None
    if not _vanishes(t, turned.over, {}):
        return None
    return Certificate("the difference is a whole number of turns, and less than one", {"times": str(times)})


def _linear(t: Tower, a: Element, wanted: Sequence[int]) -> tuple[dict[int, Fraction], Element]:
    """The generators among these that are added in an element, with their rational factors, and what else there is in it."""
    found: dict[int, Fraction] = {}
    rest = a
    for i in wanted:
        if a.over.degrees()[i] == 1:
            c = rational(t, Element(a.over.derivative(i), a.under))
            if c is not None:
                found[i] = c
                rest = t.sub(rest, t.mul(t.element(i), t.number(c)))
    return found, t.lowest(rest)


def _equal_in(t: Tower, change: Element, name: str, piece: Piece, equal_at: AtPoint) -> Fraction | None:
    """A point of the piece at which the two sides are equal, if their derivatives are throughout it."""
    if not _vanishes(t, change.over, {name: piece.inside}):
        return None
    return next((x for x in candidates(piece) if equal_at(name, x)), None)


def _vanishes(t: Tower, p: fmpq_mpoly, point: dict[str, Fraction]) -> bool:
    """Whether p is zero on the whole piece around the point, on which its radicals are smooth.

    With p = a + b·r and r² = v: if a² - b²v is zero on the piece then p or a - b·r is, and the latter is not if it has a
    value other than zero at one point.
    """
    p = t.reduce(p)
    if p.is_zero():
        return True
    index = next((i for i in sorted(t.relations, reverse=True) if t.generators[i].kind == RADICAL and p.degrees()[i]), None)
    if index is None:
        return False
    a, b = halves(t, p, index)
    norm = t.times(a, a) - t.times(t.times(b, b), t.relations[index][1])
    return _vanishes(t, norm, point) and differs(t, a - b * t.element(index).over, point)


def _bound(x: Fraction | None, infinity: str) -> str:
    return infinity if x is None else str(x) if x.denominator < 10**6 else f"{float(x):.6g}"


def _written(name: str, there: Sequence[Piece]) -> str:
    return "; ".join(f"{name} = {piece.inside}" for piece in there)
