"""Expressions written out: for Python (read back as the same expression), for a reader, and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sig_checker.expressions import Add, Call, Cases, Compare, Const, Deriv, Div, Expr, Mul, Neg, Num, Pow, Var

__all__ = ["Written", "to_latex", "to_plain", "to_python"]

# how tightly a node binds
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_LATEX_FUNCTION = {
    **{f: f"\\{f}" for f in ("exp", "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "min", "max")},
    "log": "\\ln",
    "sigma": "\\sigma",
    "asin": "\\arcsin",
    "acos": "\\arccos",
    "atan": "\\arctan",
}
_LATEX_CONDITION: Mapping[str, str] = {
    "<=": "\\le",
    ">=": "\\ge",
    "!=": "\\ne",
    "==": "=",
    "and": "\\text{ and }",
    "or": "\\text{ or }",
}


@dataclass(frozen=True, slots=True)
class Written:
    """Expressions to be written out when somebody looks: lines of sides, joined by equals signs (or by commas).

    `continued` says of each line whether it begins with an equals sign; of none where it is empty.
    """

    lines: tuple[tuple[Expr, ...], ...]
    joint: str = " = "
    continued: tuple[bool, ...] = ()

    def plain(self) -> str:
        return "\n".join(self._written(to_plain))

    def latex(self) -> str:
        return " \\\\ ".join(self._written(to_latex))

    def _written(self, write: Callable[[Expr], str]) -> Iterator[str]:
        continued = self.continued or (False,) * len(self.lines)
        for line, begins in zip(self.lines, continued, strict=True):
            yield ("= " if begins else "") + self.joint.join(map(write, line))


def _level(e: Expr) -> int:
    if isinstance(e, Add):
        return _SUM
    if isinstance(e, Mul | Div):
        return _PRODUCT
    if isinstance(e, Num):
        return _SIGN if e.value < 0 else _ATOM if e.value.denominator == 1 else _PRODUCT
    if isinstance(e, Neg):
        return _SIGN
    return _POWER if isinstance(e, Pow) else _ATOM


def to_python(e: Expr) -> str:
    """Python notation; `read(..., "python")` gives back an equal expression.

    >>> to_python(Pow(Var("z"), Neg(Num(Fraction(2)))))
    'z**(-2)'
    """
    return _Text("**", "dL_da", python=True).write(e)


def to_plain(e: Expr) -> str:
    """Calculator notation for a reader.

    >>> to_plain(Mul((Var("upstream"), Var("a"))))
    'dL/da*a'
    """
    return _Text("^", "dL/da", python=False).write(e)


class _Text:
    def __init__(self, power: str, upstream: str, *, python: bool) -> None:
        self.hat, self.upstream, self.python = power, upstream, python

    def write(self, e: Expr) -> str:
        if isinstance(e, Num):
            return self.number(e.value)
        if isinstance(e, Var):
            return self.upstream if e.name == "upstream" else e.name
        if isinstance(e, Const):
            return {"e": "E" if self.python else "e"}.get(e.name, e.name)
        if isinstance(e, Neg):
            return "-" + self.inside(e.arg, _SIGN)
        if isinstance(e, Add):
            return self.sum(e)
        if isinstance(e, Mul):
            first, *rest = e.args
            return "*".join([self.inside(first, _PRODUCT), *(self.inside(x, _POWER) for x in rest)])
        if isinstance(e, Div):
            return f"{self.inside(e.over, _PRODUCT)}/{self.inside(e.under, _POWER)}"
        if isinstance(e, Pow):
            return f"{self.inside(e.base, _ATOM)}{self.hat}{self.inside(e.exponent, _ATOM)}"
        if isinstance(e, Call):
            name = "Abs" if self.python and e.name == "abs" else e.name
            return f"{name}({', '.join(self.write(x) for x in e.args)})"
        if isinstance(e, Compare):
            return "True" if e.op == "true" else f"{self.write(e.left)} {e.op} {self.write(e.right)}"
        if isinstance(e, Deriv):
            inside, order = self.write(e.arg), e.order if e.order > 1 else ""
            at = "" if e.at is None else self.write(e.at)
            if self.python:
                whole = f"Derivative({inside}, {e.by}" + (f", {order})" if order else ")")
                return f"{whole}.subs({e.by}, {at})" if at else whole
            return f"d{order}/d{e.by}{order} [{inside}]" + (f"({e.by} = {at})" if at else "")
        assert isinstance(e, Cases)
        return "Piecewise(" + ", ".join(f"({self.write(x)}, {self.write(c)})" for x, c in e.pieces) + ")"

    def sum(self, e: Add) -> str:
        out = self.inside(e.args[0], _SUM)
        for x in e.args[1:]:
            if isinstance(x, Neg):
                out += " - " + self.inside(x.arg, _PRODUCT)
            else:
                out += " + " + self.inside(x, _PRODUCT)
        return out

    def inside(self, e: Expr, least: int) -> str:
        text = self.write(e)
        if isinstance(e, Num) and e.value >= 0 and "/" not in text:
            return text  # 0.5 is as tight as 5
        return text if _level(e) >= least and not (least == _SIGN and isinstance(e, Num) and e.value < 0) else f"({text})"

    def number(self, value: Fraction) -> str:
        if value.denominator == 1:
            return str(value.numerator)
        digits = _terminating(value)
        if digits is not None and not self.python:
            return digits
        return f"{value.numerator}/{value.denominator}"


def _terminating(value: Fraction) -> str | None:
    """The short decimal of a fraction that has one: 1/4 is 0.25."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > 12:
        return None
    whole = abs(value.numerator) * 10**places // value.denominator
    text = str(whole).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{text[:-places]}.{text[-places:]}"


def to_latex(e: Expr) -> str:
    """LaTeX, without dollars.

    >>> to_latex(Div(Num(Fraction(1)), Call("exp", (Var("z"),))))
    '\\\\frac{1}{e^{z}}'
    """
    if isinstance(e, Num):
        return _latex_number(e.value)
    if isinstance(e, Var):
        return (
            "\\frac{\\partial \\mathcal{L}}{\\partial a}"
            if e.name == "upstream"
            else f"\\{e.name}"
            if len(e.name) > 1 and e.name.isalpha()
            else e.name
        )
    if isinstance(e, Const):
        return {"pi": "\\pi", "oo": "\\infty"}.get(e.name, e.name)
    if isinstance(e, Neg):
        return "-" + _latex_inside(e.arg, _SIGN)
    if isinstance(e, Add):
        out = to_latex(e.args[0])
        for x in e.args[1:]:
            out += f" - {_latex_inside(x.arg, _PRODUCT)}" if isinstance(x, Neg) else f" + {_latex_inside(x, _PRODUCT)}"
        return out
    if isinstance(e, Mul):
        return _latex_product(e)
    if isinstance(e, Div):
        return f"\\frac{{{to_latex(e.over)}}}{{{to_latex(e.under)}}}"
    if isinstance(e, Pow):
        base = (
            to_latex(e.base)
            if isinstance(e.base, Num | Var | Const) and _level(e.base) == _ATOM and e.base != Var("upstream")
            else _brackets(to_latex(e.base))
        )
        return f"{base}^{{{to_latex(e.exponent)}}}"
    if isinstance(e, Call):
        return _latex_call(e)
    if isinstance(e, Compare):
        return (
            "\\text{otherwise}"
            if e.op == "true"
            else f"{to_latex(e.left)} {_LATEX_CONDITION.get(e.op, e.op)} {to_latex(e.right)}"
        )
    if isinstance(e, Deriv):
        power = f"^{{{e.order}}}" if e.order > 1 else ""
        at = "" if e.at is None else f"\\Big|_{{{e.by} = {to_latex(e.at)}}}"
        return f"\\frac{{d{power}}}{{d{e.by}{power}}}{_brackets(to_latex(e.arg))}{at}"
    assert isinstance(e, Cases)
    return "\\begin{cases}" + " \\\\ ".join(f"{to_latex(x)} & {to_latex(c)}" for x, c in e.pieces) + "\\end{cases}"


def _brackets(text: str) -> str:
    return f"\\left({text}\\right)"


def _latex_inside(e: Expr, least: int) -> str:
    text = to_latex(e)
    bare = _level(e) >= least or (isinstance(e, Num) and e.value > 0)
    return text if bare else _brackets(text)


def _latex_number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    digits = _terminating(value)
    if digits is not None:
        return digits
    return f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _latex_product(e: Mul) -> str:
    out = _latex_inside(e.args[0], _PRODUCT)
    for x in e.args[1:]:
        part = _latex_inside(x, _POWER if not isinstance(x, Div) else _PRODUCT)
        starts_with_digit = part[:1].isdigit() or part.startswith("\\frac") or (isinstance(x, Pow) and isinstance(x.base, Num))
        raised = part.startswith("\\left(") and re.search(r"(?<![A-Za-z])e$", out)  # e(...) may be read as e^(...)
        out += (" \\cdot " if starts_with_digit or raised else " ") + part
    return out


def _latex_call(e: Call) -> str:
    inside = ", ".join(to_latex(x) for x in e.args)
    if e.name == "exp":
        return f"e^{{{inside}}}"
    if e.name == "sqrt":
        return f"\\sqrt{{{inside}}}"
    if e.name == "abs":
        return f"\\left|{inside}\\right|"
    name = _LATEX_FUNCTION.get(e.name, "\\operatorname{" + e.name + "}")
    return name + _brackets(inside)
