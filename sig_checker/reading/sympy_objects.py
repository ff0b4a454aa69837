"""SymPy objects read as expressions, by the types of their nodes; no method of theirs decides anything.

Imported only where a SymPy object appears, so SymPy is loaded already.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import sympy

from sig_checker import printing
from sig_checker.expressions import Add, Call, Cases, Compare, Const, Deriv, Expr, Mul, Neg, Num, Pow, Var, num
from sig_checker.reading.vocabulary import FUNCTION_NAMES

__all__ = ["from_sympy", "to_python"]

_MAX_NODES = 20_000
_MAX_DEPTH = 100
_CONSTANTS = {sympy.E: Const("e"), sympy.pi: Const("pi"), sympy.oo: Const("oo"), sympy.S.Half: Num(Fraction(1, 2))}
_FUNCTIONS = {"Abs": "abs", "Heaviside": "heaviside", "Max": "max", "Min": "min", "ceiling": "ceil", "exp": "exp", "log": "log"}
_RELATIONS = {
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.Equality: "==",
    sympy.Unequality: "!=",
}
_UPSTREAM = re.compile(r"\\?(?:frac)?\W*(?:d|∂|\\partial)\W*(?:L|\\mathcal\W*L)\W*(?:d|∂|\\partial)\W*a\W*")


class _Unknown(Exception):
    """A node that no answer needs."""


def to_python(value: Any) -> str | None:
    """The object in Python notation, to be read back by `read(..., "python")`; None if it is no expression or set of numbers.

    >>> z = sympy.Symbol("z")
    >>> to_python(sympy.exp(-z) / 4)
    '1/4*exp(-1*z)'
    >>> to_python(sympy.FiniteSet(0, sympy.oo))
    '{0, oo}'
    """
    try:
        if type(value) is sympy.FiniteSet:
            return "{" + ", ".join(printing.to_python(from_sympy(x)) for x in value.args) + "}"
        return printing.to_python(from_sympy(value))
    except (_Unknown, RecursionError):
        return None


def from_sympy(value: object) -> Expr:
    """The expression that a SymPy object is."""
    return _read(value, [_MAX_NODES], _MAX_DEPTH)


def _read(e: Any, budget: list[int], depth: int) -> Expr:
    budget[0] -= 1
    if budget[0] < 0 or depth == 0:
        raise _Unknown("too large")
    kind = type(e)
    if not issubclass(kind, sympy.Basic):
        raise _Unknown(kind.__name__)
    if e is sympy.S.NegativeInfinity:
        return Neg(Const("oo"))
    if kind is sympy.Symbol or kind is sympy.Dummy:
        return Var(_symbol(str(e.name)))
    if issubclass(kind, sympy.Rational):
        return Num(Fraction(int(e.p), int(e.q)))
    if issubclass(kind, sympy.Float):
        return Num(Fraction(str(e)))
    for constant, meaning in _CONSTANTS.items():
        if e is constant:
            return meaning
    if kind is sympy.Add or kind is sympy.Mul:
        args = tuple(_read(x, budget, depth - 1) for x in e.args)
        return Add(args) if kind is sympy.Add else Mul(args)
    if kind is sympy.Pow:
        return Pow(_read(e.args[0], budget, depth - 1), _read(e.args[1], budget, depth - 1))
    if kind is sympy.Piecewise:
        return Cases(
            tuple((_read(x, budget, depth - 1), _condition(c, budget, depth - 1)) for x, c in (pair.args for pair in e.args))
        )
    if kind is sympy.Derivative:
        (by, order), *more = e.variable_count
        if more or not 1 <= int(order) <= 4:
            raise _Unknown("Derivative")
        return Deriv(_read(e.expr, budget, depth - 1), str(by), int(order))
    if issubclass(kind, sympy.Function):
        return _call(e, kind.__name__, budget, depth)
    if issubclass(kind, sympy.Max | sympy.Min):
        return Call("max" if issubclass(kind, sympy.Max) else "min", tuple(_read(x, budget, depth - 1) for x in e.args))
    raise _Unknown(kind.__name__)


def _symbol(name: str) -> str:
    if _UPSTREAM.fullmatch(name):
        return "upstream"
    if not re.fullmatch(r"[^\W\d]\w*", name):
        raise _Unknown(name)
    return "upstream" if name in ("dL_da", "dLda", "g", "upstream") else name


def _call(e: Any, name: str, budget: list[int], depth: int) -> Expr:
    known = _FUNCTIONS.get(name) or ("sigma" if name in ("σ", "\\sigma") else FUNCTION_NAMES.get(name))
    if known is None:
        raise _Unknown(name)
    args = e.args[:1] if name == "Heaviside" else e.args
    return Call(known, tuple(_read(x, budget, depth - 1) for x in args))


def _condition(c: Any, budget: list[int], depth: int) -> Compare:
    if c is sympy.true:
        return Compare("true", num(0), num(0))
    op = _RELATIONS.get(type(c))
    if op is not None:
        return Compare(op, _read(c.args[0], budget, depth - 1), _read(c.args[1], budget, depth - 1))
    if type(c) in (sympy.And, sympy.Or):
        parts = [_condition(x, budget, depth - 1) for x in c.args]
        whole = parts[0]
        for part in parts[1:]:
            whole = Compare("and" if type(c) is sympy.And else "or", whole, part)
        return whole
    raise _Unknown(type(c).__name__)
