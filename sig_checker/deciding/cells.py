"""Cells of the space of variables in which certain polynomials keep their signs: a point inside, and the edges between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Literal

from flint import arb, fmpq_mpoly, fmpz_poly

from sig_checker.deciding.enclosures import enclose, exact, precision
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.tower import Element, Key, NeedSign, NotReal, Rescale, TooLarge, Tower, WiderContext
from sig_checker.expressions import Call, Expr, Mul, Num

__all__ = ["boundaries", "intervals", "line_of", "sample"]

BITS = 512
Line = tuple[str, Literal["var", "exp"], fmpz_poly, int]  # variable, how it enters, polynomial, e^{variable/k}


def _line(t: Tower, f: fmpq_mpoly) -> Line | None:
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


def _roots(kind: str, poly: fmpz_poly, k: int) -> list[arb]:
    """The real places at which it changes sign, or at least vanishes."""
    real = [root.real for root, _ in poly.complex_roots() if root.imag == 0]
    return [r.log() * k for r in real if r > 0] if kind == "exp" else real


def sample(t: Tower, signs: Mapping[Key, int]) -> dict[str, Fraction] | None:
    """A rational point at which every polynomial has its sign; None if there certainly is none; {} if that cannot be told.

    Exact where each polynomial holds one variable: its roots are isolated and each interval between them is tried.
    """
    by_name: dict[str, list[tuple[Line, int]]] = {}
    for key, sign in signs.items():
        line = _line(t, t.poly(key))
        if line is None:
            return {}
        by_name.setdefault(line[0], []).append((line, sign))
    point: dict[str, Fraction] = {}
    for name, group in by_name.items():
        with precision(BITS):
            found = _inside(group)
        if not isinstance(found, Fraction):
            return found
        point[name] = found
    return point


def _inside(group: list[tuple[Line, int]]) -> Fraction | dict[str, Fraction] | None:
    """A place at which all polynomials in one variable have their signs; None: there is none; {}: not clear."""
    roots = [r for (_, kind, poly, k), _ in group for r in _roots(kind, poly, k)]
    roots.sort(key=lambda r: _rational(r.mid()))
    unclear = False
    for a, b in zip([None, *roots], [*roots, None], strict=True):
        x = _between(a, b)
        if x is None:
            unclear = True
            continue
        told = [_has_sign(line, x, sign) for line, sign in group]
        if all(told):
            return x
        unclear = unclear or all(said is not False for said in told)
    return {} if unclear else None


def _rational(x: arb) -> Fraction:
    """An exact ball as the rational number that it is."""
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _between(a: arb | None, b: arb | None) -> Fraction | None:
    """A rational strictly between two isolated places (None: infinity), or None if they do not separate."""
    if a is None or b is None:
        if a is not None:
            return Fraction(_rational(a.upper()).__floor__() + 1)
        return Fraction(_rational(b.lower()).__ceil__() - 1) if b is not None else Fraction(0)
    low, high = _rational(a.upper()), _rational(b.lower())
    return _simplest(low, high) if low < high else None


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
    at = exact(x)
    value = poly((at / k).exp() if kind == "exp" else at)
    if value > 0 or value < 0:
        return bool(value > 0) is (sign > 0)
    return None


def boundaries(t: Tower, zeros: Sequence[Key]) -> list[tuple[str, Expr]] | None:
    """Where the polynomials are zero, as (variable, exact place).

    None if one of them has a zero without an exact name here (it is no rational number or logarithm of one).
    """
    found: dict[tuple[str, str], tuple[str, Expr]] = {}
    for key in zeros:
        line = _line(t, t.poly(key))
        if line is None:
            return None
        name, kind, poly, k = line
        if not _roots(kind, poly, k):
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
        line = _line(t, t.poly(key))
        if line is None:
            return None
        groups.setdefault(line[0], []).append((line, sign))
    edges = boundaries(t, list(signs))
    if edges is None:
        return None
    found: dict[str, list[tuple[Expr | None, Expr | None]]] = {}
    with precision(BITS):
        for name, group in groups.items():
            ends = sorted(((enclose(place, {}), place) for n, place in edges if n == name), key=lambda x: float(x[0]))
            for low, high in zip([None, *ends], [*ends, None], strict=True):
                x = _between(low and low[0], high and high[0])
                if x is not None and all(_has_sign(line, x, sign) for line, sign in group):
                    found.setdefault(name, []).append((low and low[1], high and high[1]))
    return found


def line_of(e: Expr, variable: str) -> tuple[fmpz_poly, fmpz_poly, bool, int] | None:
    """e as a fraction of integer polynomials in lowest terms, in e^{variable/k} (True, k) or in the variable (False, 1).

    None if it is neither, or if it holds another variable.
    """
    scales: dict[int, int] = {}
    for _ in range(8):
        t = Tower(8, scales)
        try:
            x = build(t, e)
            over, under = t.reduce(x.over), t.reduce(x.under)
            low = t.cancel(Element(over, under))
            break
        except Rescale as need:
            scales[need.index] = need.k
        except (NeedSign, NotReal, TooLarge, WiderContext, RecursionError):
            return None
    else:
        return None
    used = [i for i, (a, b) in enumerate(zip(low.over.degrees(), low.under.degrees(), strict=True)) if a or b]
    if len(used) != 1:
        return None
    found = _line(t, t.element(used[0]).over)
    if found is None or found[0] != variable:
        return None
    _, kind, _, k = found
    common = lcm(*(int(c.q) for p in (low.over, low.under) for c in p.coeffs()))
    over_poly, under_poly = (_integer(p, used[0], common) for p in (low.over, low.under))
    return over_poly, under_poly, kind == "exp", k


def _integer(p: fmpq_mpoly, index: int, common: int) -> fmpz_poly:
    coefficients = [0] * (int(p.degrees()[index]) + 1)
    for monomial, c in p.terms():
        coefficients[int(monomial[index])] = int(c.p) * (common // int(c.q))
    return fmpz_poly(coefficients)
