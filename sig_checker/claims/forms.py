"""The usual ways to write an expression, derived from the expression itself, and what faulty rules make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from flint import fmpq, fmpq_mat, fmpq_mpoly

from sig_checker.deciding.attempts import attempt
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.tower import Tower
from sig_checker.errors import SubmissionError
from sig_checker.expressions import Add, Call, Div, Expr, Mul, Neg, Num, Pow, Var, children, num, rebuild
from sig_checker.reading import Vocabulary, read, to_plain

__all__ = ["in_terms_of", "mutants", "usual_forms", "without_brackets"]

_ONE = num(1)
_SIMPLE_POWER = re.compile(r"\bexp\((-?[a-z])\)")
_BRACKETS = re.compile(r"(?<![a-z])\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


def _tower(*expressions: Expr) -> tuple[Tower, list[tuple[fmpq_mpoly, fmpq_mpoly]]] | None:
    def build_all(t: Tower) -> tuple[Tower, list[tuple[fmpq_mpoly, fmpq_mpoly]]]:
        elements = [t.cancel(build(t, e)) for e in expressions]
        return t, [(x.over, x.under) for x in elements]

    return attempt(8, build_all)


def _written(t: Tower, p: fmpq_mpoly, flip: int) -> list[Expr]:
    """The terms of a polynomial in variables and exponentials; `flip` -1 writes each exponential by its inverse."""
    terms: list[Expr] = []
    for monomial, coefficient in p.terms():
        factors: list[Expr] = []
        for i, d in enumerate(monomial):
            if d:
                g = t.generators[i]
                if g.kind == "var":
                    factors.append(Var(str(g.key)) if d == 1 else Pow(Var(str(g.key)), num(int(d))))
                elif g.kind == "exp" and isinstance(g.key, tuple):
                    inner = _written(t, t.poly(g.key[0]), 1)
                    power = Fraction(int(d) * flip, g.k)
                    factors.append(Call("exp", (_scaled(power, inner[0] if len(inner) == 1 else Add(tuple(inner))),)))
                else:
                    return []
        c = Fraction(int(coefficient.p), int(coefficient.q))
        term = factors[0] if len(factors) == 1 else Mul(tuple(factors)) if factors else _ONE
        terms.append(_scaled(c, term) if factors else Num(c))
    return terms


def _scaled(c: Fraction, e: Expr) -> Expr:
    if c < 0:
        return Neg(_scaled(-c, e))
    return e if c == 1 else Mul((Num(c), e))


def _sum(terms: list[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def usual_forms(e: Expr) -> list[Expr]:
    """Forms that are equal to `e`: a fraction in e^x, the same in e^{-x}, and one over an expanded sum."""
    found = _tower(e)
    if found is None:
        return [e]
    t, [(over, under)] = found
    forms = [e]
    degree = {i: max(over.degrees()[i], under.degrees()[i]) for i, g in enumerate(t.generators) if g.kind == "exp"}
    for flip in (1, -1):
        if flip < 0:
            if not degree:
                break
            over, under = (_reversed(t, p, degree) for p in (over, under))
        top, bottom = _factored(t, over, flip), _factored(t, under, flip)
        if top is None or bottom is None:
            return forms
        forms.append(top if bottom == _ONE else Div(top, bottom))
    if len(over) == 1 and len(under) > 1:
        whole = [_over_term(t, monomial, coefficient, over) for monomial, coefficient in under.terms()]
        if all(x is not None for x in whole):
            forms.append(Div(_ONE, _sum([x for x in whole if x is not None])))
    return forms


def _over_term(t: Tower, monomial: tuple[int, ...], coefficient: fmpq, over: fmpq_mpoly) -> Expr | None:
    """One term of the denominator divided by a numerator of one term, exponentials only."""
    first, lead = over.monoms()[0], over.leading_coefficient()
    c = Fraction(int(coefficient.p), int(coefficient.q)) / Fraction(int(lead.p), int(lead.q))
    factors: list[Expr] = []
    for i, g in enumerate(t.generators):
        d = int(monomial[i]) - int(first[i])
        if d == 0:
            continue
        if g.kind != "exp" or not isinstance(g.key, tuple):
            return None
        inner = _written(t, t.poly(g.key[0]), 1)
        factors.append(Call("exp", (_scaled(Fraction(d, g.k), _sum(inner)),)))
    term = factors[0] if len(factors) == 1 else Mul(tuple(factors)) if factors else None
    return Num(c) if term is None else _scaled(c, term)


def _reversed(t: Tower, p: fmpq_mpoly, degree: dict[int, int]) -> fmpq_mpoly:
    """p with each exponential generator g replaced by 1/g and multiplied through."""
    return t.context.from_dict({tuple(degree[i] - d if i in degree else d for i, d in enumerate(m)): c for m, c in p.terms()})


def _factored(t: Tower, p: fmpq_mpoly, flip: int) -> Expr | None:
    content, powers = p.factor()
    parts: list[Expr] = []
    for f, m in powers:
        terms = _written(t, f, flip)
        if not terms:
            return None
        base = _sum(terms)
        parts.append(
            base
            if m == 1
            else Call("exp", (Mul((num(int(m)), base.args[0])),))
            if isinstance(base, Call) and base.name == "exp"
            else Pow(base, num(int(m)))
        )
    c = Fraction(int(content.p), int(content.q))
    if not parts:
        return Num(c)
    return _scaled(c, parts[0] if len(parts) == 1 else Mul(tuple(parts)))


def in_terms_of(e: Expr, f: Expr, name: str, max_degree: int = 4) -> Expr | None:
    """A polynomial p in `name` with p(f) = e, by linear algebra over Q; None if there is none of that degree.

    >>> from sig_checker.reading import read_definition, to_plain
    >>> from sig_checker.deciding.differentiate import derivative
    >>> tanh = read_definition("tanh(z)", "z")
    >>> to_plain(in_terms_of(derivative(tanh, "z"), tanh, "a"))
    '1 - a^2'
    """
    found = _tower(e, f)
    if found is None:
        return None
    _t, [(e_over, e_under), (f_over, f_under)] = found
    for degree in range(1, max_degree + 1):
        # Σ c_i f^i = e, multiplied by both denominators: one column for each power, one row for each monomial
        columns = [f_over**i * f_under ** (degree - i) * e_under for i in range(degree + 1)]
        target = e_over * f_under**degree
        rows = sorted({m for p in (*columns, target) for m in p.monoms()})
        if len(rows) > 400:
            return None
        matrix = fmpq_mat(
            len(rows),
            degree + 2,
            [p.coefficient(p.monoms().index(m)) if m in p.monoms() else fmpq(0) for m in rows for p in (*columns, target)],
        )
        reduced, rank = matrix.rref()
        solution = [fmpq(0)] * (degree + 1)
        solvable = True
        for r in range(rank):
            pivot = next(c for c in range(degree + 2) if reduced[r, c] != 0)
            if pivot == degree + 1:
                solvable = False
                break
            solution[pivot] = reduced[r, degree + 1]
        if solvable:
            terms = [_term(Fraction(int(c.p), int(c.q)), name, i) for i, c in enumerate(solution) if c != 0]
            return _sum(terms) if terms else num(0)
    return None


def _term(c: Fraction, name: str, power: int) -> Expr:
    if power == 0:
        return Num(c)
    return _scaled(c, Var(name) if power == 1 else Pow(Var(name), num(power)))


def mutants(e: Expr) -> Iterator[tuple[str, Expr]]:
    """`e` with one faulty step at one place: (slip, what comes of it)."""
    for name, changed in _here(e):
        yield name, changed
    for i, part in enumerate(children(e)):
        for name, changed in mutants(part):
            yield name, _with_child(e, i, changed)


def without_brackets(e: Expr, variable: str) -> Iterator[Expr]:
    """What is read where `e` is typed and one pair of brackets around a sum is left out: 1/1 + e^-z."""
    typed = _SIMPLE_POWER.sub(r"e^\1", to_plain(e))
    for found in _BRACKETS.finditer(typed):
        text = typed[: found.start()] + found[1] + typed[found.end() :]
        try:
            yield read(text, "plain", Vocabulary(variable, "")).answer
        except SubmissionError:
            continue


def _with_child(e: Expr, index: int, new: Expr) -> Expr:
    position = iter(range(len(children(e))))
    return rebuild(e, lambda x: new if next(position) == index else x)


def _here(e: Expr) -> Iterator[tuple[str, Expr]]:
    if isinstance(e, Neg):
        yield "sign", e.arg
    if isinstance(e, Add):
        for i, x in enumerate(e.args):
            flipped = x.arg if isinstance(x, Neg) else Neg(x)
            yield "sign", Add((*e.args[:i], flipped, *e.args[i + 1 :]))
    if isinstance(e, Call) and e.name in ("exp", "tanh", "sinh", "sin"):
        yield "sign", Call(e.name, (e.args[0].arg if isinstance(e.args[0], Neg) else Neg(e.args[0]),))
    if isinstance(e, Pow):
        yield "missing_square", e.base
        if isinstance(e.base, Add):
            yield "square_of_sum", Add(tuple(Pow(x, e.exponent) for x in e.base.args))
            # (1 + e^-z)^2 written as 1 + e^-z^2, where the square falls to the exponent
            yield (
                "square_of_sum",
                Add(
                    tuple(
                        Call("exp", (Pow(x.args[0], e.exponent),)) if isinstance(x, Call) and x.name == "exp" else x
                        for x in e.base.args
                    )
                ),
            )
