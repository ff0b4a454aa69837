"""Whether what was divided by, or has a sign by assumption, may be zero throughout a cell, by a relation that is not known.

Variables, exponentials, logarithms and roots of irreducible polynomials in them are algebraically independent, so a
polynomial in them that is not zero is not zero as a function. Roots in something that holds roots are not (√2 + √3 is
√(5 + 2√6)), nor are angles, and what holds such things; a value other than zero then shows it.
"""

from __future__ import annotations

from flint import fmpq_mpoly

from sig_checker.deciding.cells import line_in, names_in
from sig_checker.deciding.signs import RADICAL
from sig_checker.deciding.smoothness import candidates, differs, halves, jumps, smooth_pieces, suspects
from sig_checker.deciding.tower import Tower, key_of
from sig_checker.deciding.unity import CIRCULAR

__all__ = ["vanishes_nowhere"]

FREE = frozenset(("var", "exp", "const"))  # a tower with these alone holds no such relation
FACTORED_BITS = 100  # of a number, up to which it has been factored


def vanishes_nowhere(t: Tower) -> bool:
    """Whether no divisor, and nothing that has a sign or was put under a root or logarithm, is zero in the whole cell."""
    if all(g.kind in FREE for g in t.generators):
        return True
    dependent = _dependent(t)
    if not dependent:
        return True
    polys = [*t.inverted, *(t.poly(key) for key, sign in t.signs.items() if sign)]
    for g in t.generators:
        if g.kind in ("log", "root"):
            polys += t.inside(g)
    return all(_is_somewhere_nonzero(t, p, dependent) for p in dict.fromkeys(map(key_of, polys)) for p in (t.poly(p),))


def _dependent(t: Tower) -> set[int]:
    """The generators that may obey relations with others."""
    found: set[int] = set()
    turning = any(g.kind == CIRCULAR and g.key == "half turn" for g in t.generators)
    for i, g in enumerate(t.generators):
        if g.kind == "var":
            continue
        if g.kind in ("angle", "opaque", RADICAL) or (g.kind in ("log", "root") and _is_dependent_number(g.key, turning)):
            found.add(i)
            continue
        for p in t.inside(g):
            if any(d and (j in found or t.generators[j].kind in ("root", CIRCULAR)) for j, d in enumerate(p.degrees())):
                found.add(i)
    return found


def _is_dependent_number(key: object, turning: bool) -> bool:
    """Whether a number may be a product of others, or its root a sum of roots of unity."""
    assert isinstance(key, tuple)
    return key[0] == "number" and (turning or int(key[1]).bit_length() > FACTORED_BITS)


def _is_somewhere_nonzero(t: Tower, p: fmpq_mpoly, dependent: set[int]) -> bool:
    """Whether p has a value other than zero on each piece of the cell; what is not known of signs makes the cell larger."""
    used = {i for i, d in enumerate(p.degrees()) if d} & dependent
    if not used or t.is_plainly_signed(p):
        return True
    if jumps(t):
        return False
    if all(_is_simple_radical(t, i, dependent) for i in used):
        return not _norm(t, p).is_zero()
    names = names_in(t, p)
    if not names:
        return differs(t, p, {})
    if len(names) > 1:
        return False
    (name,) = names
    wider = t.copy()
    wider.signs = {key: sign for key, sign in t.signs.items() if line_in(t, t.poly(key))}
    there = smooth_pieces(wider, name, [q for q in suspects(t) if q != p])
    return bool(there) and all(any(differs(t, p, {name: x}) for x in candidates(piece)) for piece in there or [])


def _is_simple_radical(t: Tower, index: int, dependent: set[int]) -> bool:
    """Whether it is a square root of what obeys no relation but that of other such roots."""
    g = t.generators[index]
    if g.kind != RADICAL:
        return False
    inner = {i for p in t.inside(g) for i, d in enumerate(p.degrees()) if d}
    return all(_is_simple_radical(t, i, dependent) if i in dependent else t.generators[i].kind != "root" for i in inner)


def _norm(t: Tower, p: fmpq_mpoly) -> fmpq_mpoly:
    """The product of p and its conjugates, in which no radical is left; where p is zero on an interval it is zero."""
    p = t.reduce(p)
    for index in sorted(t.relations, reverse=True):
        if t.generators[index].kind == RADICAL and p.degrees()[index]:
            a, b = halves(t, p, index)
            p = t.reduce(t.times(a, a) - t.times(t.times(b, b), t.relations[index][1]))
    return p
