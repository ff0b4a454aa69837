"""floor and ceil in a cell: a number where the argument is shown to stay between two whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flint import fmpq

from sig_checker.deciding.cells import names_in, pieces
from sig_checker.deciding.elements import Element, NeedSign
from sig_checker.deciding.oscillation import sign, strict_sign
from sig_checker.deciding.signs import Circular
from sig_checker.deciding.tower import Tower
from sig_checker.deciding.values import value_at

__all__ = ["ceil", "floor"]

BITS = 128
COST = 2_000  # of looking at one argument in one cell, in products of terms


def floor(t: Tower, x: Element) -> Element:
    """The largest whole number up to x.

    Raises:
        NeedSign: x passes a whole number in the cell, and the cell is bounded: it is to be cut there.
    """
    t.work.spend(COST)
    x = t.lowest(x)
    whole, x = _whole_part(t, x)
    if x.over.is_zero():
        return t.number(Fraction(whole))
    bounded = None
    for n in _guesses(t, x):
        try:
            if sign(t, t.sub(x, t.number(Fraction(n)))) >= 0 and strict_sign(t, t.sub(t.number(Fraction(n + 1)), x)) > 0:
                return t.number(Fraction(whole + n))
        except NeedSign:
            bounded = _is_bounded(t, x) if bounded is None else bounded
            if bounded:
                raise
        except Circular:
            pass
    return t.add(t.number(Fraction(whole)), t.opaque("floor", (x,)))


def ceil(t: Tower, x: Element) -> Element:
    return t.neg(floor(t, t.neg(x)))


def _whole_part(t: Tower, x: Element) -> tuple[int, Element]:
    """x as a whole number and a rest whose constant term lies from 0 to 1."""
    if not x.under.is_constant():
        return 0, x
    constant = next((c for m, c in x.over.terms() if not any(m)), fmpq(0)) / x.under.leading_coefficient()
    whole = Fraction(int(constant.p), int(constant.q)).__floor__()
    return whole, t.lowest(t.sub(x, t.number(Fraction(whole)))) if whole else x


def _guesses(t: Tower, x: Element) -> Iterator[int]:
    """Whole numbers that the floor may be: first what it is somewhere in the cell."""
    seen = set()
    names = names_in(t, x.over, x.under)
    points: list[dict[str, Fraction]] = [{}] if not names else []
    if len(names) == 1:
        (name,) = names
        points = [{name: piece.inside} for piece in (pieces(t, name) or [])[:1]]
    for point in points:
        value = value_at(t, x, point, BITS)
        if value is not None and (low := value.real.lower().floor()) == value.real.upper().floor():
            found = int(low.unique_fmpz())
            seen.add(found)
            yield found
    yield from (n for n in (0, -1) if n not in seen)


def _is_bounded(t: Tower, x: Element) -> bool:
    names = names_in(t, x.over, x.under)
    if len(names) != 1:
        return False
    there = pieces(t, names.pop())
    return bool(there) and all(piece.low is not None and piece.high is not None for piece in there or [])
