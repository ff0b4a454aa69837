"""Where on a line an element vanishes nowhere, and so keeps its sign: by enclosures on ever shorter intervals."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from flint import acb

from sig_checker.deciding.cells import Piece, names_in, pieces
from sig_checker.deciding.elements import Element, NeedSign
from sig_checker.deciding.enclosures import FAILURES, exact, precision
from sig_checker.deciding.limits import TooLarge
from sig_checker.deciding.slopes import slope
from sig_checker.deciding.tower import Tower
from sig_checker.deciding.values import Values, sign_at

__all__ = ["has_no_zero", "sign_in_window"]

MAX_BALLS = 300
COST = 100  # of one ball, in products of terms
MAX_ORDER = 4  # of a zero at an end of an interval


def sign_in_window(t: Tower, a: Element) -> int:
    """The sign of an element that is real as a whole, throughout the cell; 0 if it has none, or that cannot be shown."""
    names = names_in(t, a.over, a.under)
    if not names:
        return sign_at(t, a, {})
    if len(names) > 1:
        return 0
    (name,) = names
    aside = t.copy()  # derivatives bring generators that the cell does not need
    signs = set()
    try:
        for piece in pieces(t, name) or []:
            if not all(p.is_constant() or has_no_zero(aside, Element(p, t.unit), name, piece) for p in (a.over, a.under)):
                return 0
            signs.add(sign_at(t, a, {name: piece.inside}))
    except (NeedSign, TooLarge):
        return 0
    return signs.pop() if len(signs) == 1 else 0


def has_no_zero(t: Tower, a: Element, name: str, piece: Piece) -> bool:
    """Whether an element, real or not, certainly vanishes nowhere inside a bounded piece of the line of `name`.

    Where it vanishes at an end that is known exactly, its first derivative that does not shows that it does so only there:
    p(x) is the integral of (x - s)^(m-1) p^(m)(s) from that end, and p^(m) stays in one half plane.
    """
    if piece.low is None or piece.high is None:
        return False
    slopes = [a]
    with precision(96):
        todo = [(piece.low, piece.high)]
        for _ in range(MAX_BALLS):
            if not todo:
                return True
            low, high = todo.pop()
            t.work.spend(COST)
            if _is_apart(t, slopes[0], name, low, high):
                continue
            ends = [x for x in (piece.low, piece.high) if x in (low, high)]
            if len(ends) == 1 and _leaves_zero(t, slopes, name, ends[0], (low, high)):
                continue
            if high - low < (piece.high - piece.low) / 2**24:
                return False
            middle = (low + high) / 2
            todo += [*pairwise((low, middle, high))]
    return False


def _is_apart(t: Tower, a: Element, name: str, low: Fraction, high: Fraction) -> bool:
    value = _on(t, a, name, low, high)
    return value is not None and not value.contains(0)


def _on(t: Tower, a: Element, name: str, low: Fraction, high: Fraction) -> acb | None:
    try:
        value = Values(t, {name: exact(low).union(exact(high))}).of(a)
    except FAILURES:
        return None
    return value if value.is_finite() else None


def _leaves_zero(t: Tower, slopes: list[Element], name: str, end: Fraction, interval: tuple[Fraction, Fraction]) -> bool:
    for order in range(MAX_ORDER + 1):
        if order == len(slopes):
            slopes.append(slope(t, slopes[-1], name))
        there = _on(t, slopes[order], name, end, end)
        if there is None:
            return False
        if there == 0 or (there.contains(0) and _is_zero_at(t, slopes[order], name, end)):  # exactly
            continue
        if order == 0:
            return False
        around = _on(t, slopes[order], name, *interval)
        middle = None if around is None else acb(around.mid())
        return middle is not None and bool((around * middle.conjugate()).real > 0)
    return False


def _is_zero_at(t: Tower, a: Element, name: str, x: Fraction) -> bool:
    """Whether the element is exactly zero where the variable is x, as far as exponents that vanish there tell."""
    total = t.zero
    for monomial, c in a.over.terms():
        kept = list(monomial)
        factor = Fraction(1)
        for i, d in enumerate(monomial):
            if d and name in names_in(t, t.element(i).over):
                g = t.generators[i]
                if g.kind == "var":
                    factor *= x ** int(d)
                else:
                    inside = t.inside(g)
                    if (
                        g.kind not in ("exp", "turn")
                        or inside[1] != t.unit
                        or not _is_zero_at(t, Element(inside[0], t.unit), name, x)
                    ):
                        return False
                kept[i] = 0
        total = t.add(total, t.mul(t.number(factor), Element(t.context.from_dict({tuple(kept): c}), t.unit)))
    return t.is_zero(total)
