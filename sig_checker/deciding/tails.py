"""The tails of a function that is rational in z and e^{z/k}: its limits at ±∞, and a bound beyond which it is monotone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb, fmpq, fmpq_mpoly

from sig_checker.deciding.attempts import attempt
from sig_checker.deciding.rewriting import build, rational
from sig_checker.deciding.tower import Element, Key, Tower
from sig_checker.expressions import Expr

__all__ = ["Tails", "tails_of"]

FARTHEST = 2**14
BITS = 256
Rows = dict[int, dict[int, fmpq_mpoly]]  # power of e^{z/k} -> power of z -> coefficient, a polynomial in constants


@dataclass(frozen=True)
class Tails:
    """`left` and `right` are the limits (a value, or None and the sign of infinity); for |z| >= beyond it is monotone."""

    left: tuple[Fraction | None, int]
    right: tuple[Fraction | None, int]
    beyond: Fraction


def tails_of(function: Expr, variable: str) -> Tails | None:
    """The tails; None if the function is not rational in z and one e^{z/k}.

    >>> from sig_checker.reading import read_definition
    >>> tails_of(read_definition("z/(1+exp(-z))", "z"), "z").left
    (Fraction(0, 1), 0)
    """
    found = _fraction(function, variable)
    if found is None:
        return None
    t, over, under, z, e, k = found
    slope_over = _derivative(t, over, z, e, k) * under - over * _derivative(t, under, z, e, k)
    if slope_over.is_zero():
        return None
    rows = [_rows(t, p, z, e) for p in (over, under, slope_over)]
    limits = []
    beyond = Fraction(1)
    for end in (-1, 1):
        limit = _limit(t, rows[0], rows[1], end)
        if limit is None:
            return None
        limits.append(limit)
        for r in rows[1:]:
            bound = _constant_sign_beyond(t, r, end, k)
            if bound is None:
                return None
            beyond = max(beyond, bound)
    return Tails(limits[0], limits[1], beyond)


def _fraction(function: Expr, variable: str) -> tuple[Tower, fmpq_mpoly, fmpq_mpoly, int | None, int | None, int] | None:
    made = attempt(4, lambda t: (t, t.cancel(build(t, function))))
    if made is None:
        return None
    t, x = made
    z = e = None
    k = 1
    for i, g in enumerate(t.generators):
        if not (x.over.degrees()[i] or x.under.degrees()[i]):
            continue
        if g.kind == "var" and g.key == variable:
            z = i
        elif g.kind == "exp" and isinstance(g.key, tuple) and g.key[1] == t.unit_key and _is_variable(t, g.key[0], variable):
            e, k = i, g.k
        elif t.constant(t.element(i).over, BITS) is None:
            return None
    return t, x.over, x.under, z, e, k


def _is_variable(t: Tower, key: Key, variable: str) -> bool:
    p = t.poly(key)
    used = [i for i, d in enumerate(p.degrees()) if d]
    return len(used) == 1 and p == t.element(used[0]).over and t.generators[used[0]].key == variable


def _derivative(t: Tower, p: fmpq_mpoly, z: int | None, e: int | None, k: int) -> fmpq_mpoly:
    total = t.context.constant(0)
    if z is not None:
        total += p.derivative(z)
    if e is not None:
        total += p.derivative(e) * t.element(e).over * fmpq(1, k)
    return total


def _rows(t: Tower, p: fmpq_mpoly, z: int | None, e: int | None) -> Rows:
    rows: Rows = {}
    for monomial, c in p.terms():
        j, i = (int(monomial[x]) if x is not None else 0 for x in (e, z))
        rest = tuple(0 if x in (e, z) else int(d) for x, d in enumerate(monomial))
        row = rows.setdefault(j, {})
        row[i] = row.get(i, t.context.constant(0)) + t.context.from_dict({rest: c})
    return rows


def _limit(t: Tower, over: Rows, under: Rows, end: int) -> tuple[Fraction | None, int] | None:
    """At +∞ the highest powers of the exponential decide, at -∞ the lowest; then the highest powers of z."""
    pick = max if end > 0 else min
    if not over:
        return Fraction(0), 0
    top, bottom = pick(over), pick(under)
    if top != bottom and (top < bottom) == (end > 0):
        return Fraction(0), 0
    i, j = max(over[top]), max(under[bottom])
    if top == bottom and i <= j:
        value = Fraction(0) if i < j else rational(t, Element(over[top][i], under[bottom][j]))
        return None if value is None else (value, 0)
    sign = _sign(t, over[top][i]) * _sign(t, under[bottom][j])
    return (None, sign * (-1 if end < 0 and (i - j) % 2 else 1)) if sign else None


def _sign(t: Tower, c: fmpq_mpoly) -> int:
    value = t.constant(c, BITS)
    return 0 if value is None or value.contains(0) else 1 if value > 0 else -1


def _constant_sign_beyond(t: Tower, rows: Rows, end: int, k: int) -> Fraction | None:
    """R such that the sum keeps its sign for end·z >= R: its leading part, which is a polynomial, outweighs the rest.

    For z >= R >= i·k/j each |z|^i e^{-jz/k} is at most its value at R, and so is |z|^i of the leading polynomial against its
    highest power, which therefore outweighs everything else once it does so at R.
    """
    lead = (max if end > 0 else min)(rows)
    highest = max(rows[lead])
    rest = [(abs(j - lead), i, c) for j, row in rows.items() for i, c in row.items() if (j, i) != (lead, highest)]
    sizes = [(j, i - highest, abs(value)) for j, i, c in rest if (value := t.constant(c, BITS)) is not None]
    first = t.constant(rows[lead][highest], BITS)
    distance = Fraction(1)
    while distance <= FARTHEST and first is not None and len(sizes) == len(rest):
        x = arb(fmpq(distance.numerator, distance.denominator))
        if all(distance * j >= i * k for j, i, _ in sizes):
            others = sum((c * x**i * (-x * j / k).exp() for j, i, c in sizes), arb(0))
            if abs(first) > others:
                return distance
        distance *= 2
    return None
