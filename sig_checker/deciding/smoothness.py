"""Where on a line the elements of a tower are smooth, so that one that is zero around a point is zero all along a piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from flint import fmpq, fmpq_mpoly

from sig_checker.deciding.cells import Piece, line_in, names_in, pieces
from sig_checker.deciding.elements import Element
from sig_checker.deciding.limits import TooLarge
from sig_checker.deciding.signs import RADICAL
from sig_checker.deciding.tower import Tower
from sig_checker.deciding.values import value_at
from sig_checker.deciding.windows import has_no_zero

__all__ = ["BITS", "candidates", "differs", "halves", "jumps", "smooth_pieces", "suspects"]

BITS = 256
MAX_FACTORED = 60
MAX_TERMS = 200
NICE = [Fraction(n) for n in (0, 1, -1, 2, -2)] + [Fraction(1, 2), Fraction(-1, 2)]


def smooth_pieces(t: Tower, name: str, kinks: Sequence[fmpq_mpoly]) -> list[Piece] | None:
    """The pieces of the cell on the line of `name` in which none of these is zero; None if that is not clear.

    Angles and the like may have kinks where a root under which they were formed is zero, which are cuts as well.
    """
    cuts: list[fmpq_mpoly] = []
    others: list[fmpq_mpoly] = []
    for p in kinks:
        names = names_in(t, p)
        if name not in names or t.is_plainly_signed(p):
            continue
        if names != {name}:
            return None
        for f in _factors(p):
            if line_in(t, f) is not None:
                cuts.append(f)
            elif name in names_in(t, f):
                others.append(f)
    there = pieces(t, name, cuts)
    if there is None or not all(has_no_zero(t, Element(f, t.unit), name, piece) for f in others for piece in there):
        return None
    return there


def suspects(t: Tower) -> Iterator[fmpq_mpoly]:
    """What was divided by, and what logarithms and roots were taken of."""
    yield from t.inverted
    for i, g in enumerate(t.generators):
        if g.kind in ("log", "root", RADICAL) or t.is_value_of("log", i):
            yield from t.inside(g)
        elif g.kind in ("angle", "opaque"):
            yield from t.inside(g)[1::2]


def _factors(p: fmpq_mpoly) -> Sequence[fmpq_mpoly]:
    if max(p.degrees(), default=0) > MAX_FACTORED or len(p) > MAX_TERMS:
        raise TooLarge
    return [f for f, _ in p.factor()[1]]


def jumps(t: Tower) -> bool:
    """Whether a function that is not continuous is in the tower."""
    return any(t.is_value_of("floor", i) for i in range(len(t.generators)))


def candidates(piece: Piece) -> Iterator[Fraction]:
    yield piece.inside
    for x in NICE:
        if x != piece.inside and (piece.low is None or x > piece.low) and (piece.high is None or x < piece.high):
            yield x


def halves(t: Tower, p: fmpq_mpoly, index: int) -> tuple[fmpq_mpoly, fmpq_mpoly]:
    """p = a + b·g for a generator g that occurs in it to the first power at most."""
    parts: list[dict[tuple[int, ...], fmpq]] = [{}, {}]
    for monomial, c in p.terms():
        parts[int(monomial[index])][(*monomial[:index], 0, *monomial[index + 1 :])] = c
    return t.context.from_dict(parts[0]), t.context.from_dict(parts[1])


def differs(t: Tower, p: fmpq_mpoly, point: dict[str, Fraction]) -> bool:
    value = value_at(t, Element(p, t.unit), point, BITS)
    return value is not None and not value.contains(0)
