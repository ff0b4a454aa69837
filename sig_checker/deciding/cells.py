"""Cells of the space of variables in which certain polynomials keep their signs: a point inside, and the edges between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from flint import arb, fmpq, fmpq_mpoly, fmpz_poly

from sig_checker.deciding.enclosures import enclose, exact, precision
from sig_checker.deciding.tower import Key, TooLarge, Tower, key_of
from sig_checker.expressions import Call, Expr, Mul, Num

__all__ = ["Piece", "boundaries", "intervals", "line_in", "names_in", "pieces", "sample"]

BITS = 512
Line = tuple[str, Literal["var", "exp"], fmpz_poly, int]  # variable, how it enters, polynomial, e^{variable/k}


def line_in(t: Tower, f: fmpq_mpoly) -> Line | None:
    """f as a polynomial in one variable x, or in e^{x/k}; None if it is neither."""
    used = [i for i, d in enumerate(f.degrees()) if d]
    if len(used) != 1:
        return None
    g = t.generators[used[0]]
    if g.kind == "var":
        return str(g.key), "var", t.univariate(f, used[0]), 1
    if g.kind == "exp" and isinstance(g.key, tuple):
        (monomial, *others), _ = g.key[0]
        inner = [i for i, d in enumerate(monomial) if d]
        if (
            not others
            and g.key[1] == t.unit_key
            and len(inner) == 1
            and monomial[inner[0]] == 1
            and t.generators[inner[0]].kind == "var"
        ):
            return str(t.generators[inner[0]].key), "exp", t.univariate(f, used[0]), g.k
    return None


@dataclass(frozen=True, slots=True)
class Piece:
    """An open interval of a variable, between rational bounds that just enclose it (None: infinity), with a point inside."""

    low: Fraction | None
    high: Fraction | None
    inside: Fraction


def _roots(line: Line) -> list[tuple[Fraction, Fraction]]:
    """The real places at which it changes sign, or at least vanishes, each between two rationals; equal ones are the place."""
    _, kind, poly, k = line
    if kind == "var" and poly.degree() == 1:
        root = Fraction(-int(poly[0]), int(poly[1]))
        return [(root, root)]
    if kind == "exp" and poly.degree() == 1 and poly[0] == -poly[1]:
        return [(Fraction(0), Fraction(0))]
    real = [root.real for root, _ in poly.complex_roots() if root.imag == 0]
    places = [r.log() * k for r in real if r > 0] if kind == "exp" else real
    return [(_rational(r.lower()), _rational(r.upper())) for r in places]


def sample(t: Tower, signs: Mapping[Key, int]) -> dict[str, Fraction] | None:
    """A rational point at which every polynomial has its sign; None if there certainly is none; {} if that cannot be told.

    Exact where each polynomial holds one variable: its roots are isolated and each interval between them is tried.
    """
    by_name: dict[str, list[tuple[Line, int]]] = {}
    for key, sign in signs.items():
        found = line_in(t, t.poly(key))
        if found is None:
            return {}
        by_name.setdefault(found[0], []).append((found, sign))
    point: dict[str, Fraction] = {}
    for name, group in by_name.items():
        there, clear = _pieces(group, [])
        if not there:
            return None if clear else {}
        point[name] = there[0].inside
    return point


def pieces(t: Tower, name: str, cuts: Sequence[fmpq_mpoly] = ()) -> list[Piece] | None:
    """The intervals of one variable in which its polynomials have the signs of the cell; None if that is not clear.

    Signs of polynomials in other variables alone are left aside.

    Args:
        cuts: irreducible polynomials in the variable, none of which vanishes inside a piece.
    """
    polys = [(t.poly(key), sign) for key, sign in t.signs.items()]
    try:
        lines = [(line_in(t, p), sign) for p, sign in polys if name in names_in(t, p)]
    except TooLarge:
        return None
    if any(found is None or found[0] != name for found, _ in lines):
        return None
    group = [(found, sign) for found, sign in lines if found is not None]
    known = {key_of(_monic(t.poly(key))) for key in t.signs}
    others: list[Line] = []
    for cut in cuts:
        key = key_of(_monic(cut))
        if key not in known:
            known.add(key)
            found = line_in(t, cut)
            if found is None or found[0] != name:
                return None
            others.append(found)
    there, clear = _pieces(group, others)
    return there if clear else None


def names_in(t: Tower, *polys: fmpq_mpoly) -> set[str]:
    """The variables on which polynomials depend, also through what their generators stand for."""
    names: set[str] = set()
    seen: set[int] = set()
    todo = list(polys)
    while todo:
        p = todo.pop()
        for i, d in enumerate(p.degrees()):
            if d and i not in seen:
                seen.add(i)
                if i >= len(t.generators):
                    raise TooLarge  # a sign that is known of something that has not been built yet
                g = t.generators[i]
                if g.kind == "var":
                    names.add(str(g.key))
                else:
                    todo += t.inside(g)
    return names


def _monic(p: fmpq_mpoly) -> fmpq_mpoly:
    return p / p.leading_coefficient()


def _pieces(group: Sequence[tuple[Line, int]], cuts: Sequence[Line]) -> tuple[list[Piece], bool]:
    """The intervals between all zeros in which the polynomials have their signs, and whether no other one may be such."""
    with precision(BITS):
        roots = sorted({r: None for x in (*(x for x, _ in group), *cuts) for r in _roots(x)})
        found, clear = [], True  # two brackets that overlap may be two places: then no interval lies between them here
        for a, b in zip([None, *roots], [*roots, None], strict=True):
            low, high = a[0] if a else None, b[1] if b else None
            x = _between(a[1] if a else None, b[0] if b else None)
            if x is None:
                clear = False
                continue
            told = [_has_sign(x_line, x, sign) for x_line, sign in group]
            if all(told):
                found.append(Piece(low, high, x))
            elif all(said is not False for said in told):
                clear = False
    return found, clear


def _rational(x: arb) -> Fraction:
    """An exact ball as the rational number that it is."""
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _between(low: Fraction | None, high: Fraction | None) -> Fraction | None:
    """A rational strictly between two places (None: infinity), or None if they do not separate."""
    if low is not None and high is not None:
        return _simplest(low, high) if low < high else None
    if low is not None:
        return Fraction(low.__floor__() + 1)
    return Fraction(high.__ceil__() - 1) if high is not None else Fraction(0)


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator strictly between two others (Stern and Brocot)."""
    whole = low.__floor__()
    if whole + 1 < high:
        return Fraction(whole + 1)
    if low == whole:  # the next ones are whole + 1/n
        return whole + Fraction(1, (1 / (high - whole)).__floor__() + 1)
    return whole + 1 / _simplest(1 / (high - whole), 1 / (low - whole))


def _has_sign(line: Line, x: Fraction, sign: int) -> bool | None:
    """Whether the polynomial has the sign at x; None if that is not clear."""
    _, kind, poly, k = line
    value = poly((exact(x) / k).exp()) if kind == "exp" else poly(fmpq(x.numerator, x.denominator))
    if value > 0 or value < 0:
        return bool(value > 0) is (sign > 0)
    return False if value == 0 else None


def boundaries(t: Tower, zeros: Sequence[Key]) -> list[tuple[str, Expr]] | None:
    """Where the polynomials are zero, as (variable, exact place).

    None if one of them has a zero without an exact name here (it is no rational number or logarithm of one).
    """
    found: dict[tuple[str, str], tuple[str, Expr]] = {}
    for key in zeros:
        found_line = line_in(t, t.poly(key))
        if found_line is None:
            return None
        name, kind, poly, k = found_line
        if not _roots(found_line):
            continue
        if poly.degree() != 1:
            return None
        root = Fraction(-int(poly[0]), int(poly[1]))
        place: Expr = Num(root)
        if kind == "exp":
            log = Call("log", (place,))
            place = Num(Fraction(0)) if root == 1 else log if k == 1 else Mul((Num(Fraction(k)), log))
        found[name, str(place)] = (name, place)
    return list(found.values())


def intervals(t: Tower, signs: Mapping[Key, int]) -> dict[str, list[tuple[Expr | None, Expr | None]]] | None:
    """Where the polynomials have their signs: for each variable intervals from low to high, None for infinity.

    None if a polynomial holds several variables, or if a place has no exact name.
    """
    groups: dict[str, list[tuple[Line, int]]] = {}
    for key, sign in signs.items():
        found_line = line_in(t, t.poly(key))
        if found_line is None:
            return None
        groups.setdefault(found_line[0], []).append((found_line, sign))
    edges = boundaries(t, list(signs))
    if edges is None:
        return None
    found: dict[str, list[tuple[Expr | None, Expr | None]]] = {}
    with precision(BITS):
        for name, group in groups.items():
            ends = sorted(((enclose(place, {}), place) for n, place in edges if n == name), key=lambda x: float(x[0]))
            for low, high in zip([None, *ends], [*ends, None], strict=True):
                x = _between(low and _rational(low[0].upper()), high and _rational(high[0].lower()))
                if x is not None and all(_has_sign(line, x, sign) for line, sign in group):
                    found.setdefault(name, []).append((low and low[1], high and high[1]))
    return found
