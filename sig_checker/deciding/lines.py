"""Expressions that are rational in one variable, or in one exponential of it, as a fraction of integer polynomials."""

from __future__ import annotations

from math import lcm

from flint import fmpq_mpoly, fmpz_poly

from sig_checker.deciding.attempts import attempt
from sig_checker.deciding.cells import line_in
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.tower import Element, NeedSign, Tower
from sig_checker.expressions import Expr

__all__ = ["line_of"]


def line_of(e: Expr, variable: str) -> tuple[fmpz_poly, fmpz_poly, bool, int] | None:
    """e as a fraction of integer polynomials in lowest terms, in e^{variable/k} (True, k) or in the variable (False, 1).

    None if it is neither, if it holds another variable, or if it is not defined at a place where the fraction is.
    """
    made = attempt(8, lambda t: _built(t, e))
    if made is None:
        return None
    t, low = made
    used = [i for i, (a, b) in enumerate(zip(low.over.degrees(), low.under.degrees(), strict=True)) if a or b]
    if len(used) != 1:
        return None
    found = line_in(t, t.element(used[0]).over)
    if found is None or found[0] != variable:
        return None
    _, kind, _, k = found
    common = lcm(*(int(c.q) for p in (low.over, low.under) for c in p.coeffs()))
    over_poly, under_poly = (_integer(p, used[0], common) for p in (low.over, low.under))
    return over_poly, under_poly, kind == "exp", k


def _built(t: Tower, e: Expr) -> tuple[Tower, Element] | None:
    low = _lowest(t, build(t, e))
    for p in t.inverted:
        for f, _ in t.factors(Element(p, t.unit))[1]:
            try:
                t.sign(f)
            except NeedSign:
                if not t.divided(low.under, f)[1].is_zero():
                    return None  # a gap
    return t, low


def _lowest(t: Tower, x: Element) -> Element:
    return t.cancel(Element(t.reduce(x.over), t.reduce(x.under)))


def _integer(p: fmpq_mpoly, index: int, common: int) -> fmpz_poly:
    coefficients = [0] * (int(p.degrees()[index]) + 1)
    for monomial, c in p.terms():
        coefficients[int(monomial[index])] = int(c.p) * (common // int(c.q))
    return fmpz_poly(coefficients)
