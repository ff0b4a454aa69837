"""Writes an expression as a NumPy function, for a new notebook's solution. The judge measures it before it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sig_checker.expressions import Add, Call, Const, Div, Expr, Mul, Neg, Num, Pow, Var

__all__ = ["functions"]

_INDENT = "    "
_CLIPS = (None, 700, 350, 170, 80)  # beyond these |z| the function is as good as constant, if it is to be clipped at all
_SAME = ("exp", "log", "sqrt", "cbrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "expm1", "log1p", "logaddexp")
_NUMPY = {
    **{name: f"np.{name}({{}})" for name in _SAME},
    "abs": "np.abs({})", "asin": "np.arcsin({})", "acos": "np.arccos({})", "atan": "np.arctan({})",
    "asinh": "np.arcsinh({})", "acosh": "np.arccosh({})", "atanh": "np.arctanh({})",
    "sigma": "(1 / (1 + np.exp(-({}))))", "softplus": "np.logaddexp(0, {})",
    "sech": "(1 / np.cosh({}))", "csch": "(1 / np.sinh({}))", "coth": "(1 / np.tanh({}))",
    "sec": "(1 / np.cos({}))", "csc": "(1 / np.sin({}))", "cot": "(1 / np.tan({}))",
}  # fmt: skip
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)


class _NoCode(Exception):
    """A function that NumPy does not have."""


def functions(forms: Sequence[Expr], name: str, variable: str) -> Iterator[str]:
    """Source of functions `name(variable)` that give the value of one of the forms, the plainest first.

    >>> from sig_checker.reading import read_definition
    >>> print(next(functions([read_definition("1 - tanh(z)^2", "z")], "slope", "z")))
    def slope(z):
        return 1 - np.tanh(z) ** 2
    """
    for bound in _CLIPS:
        for form in forms:
            try:
                value = _write(form)[0]
            except _NoCode:
                continue
            if variable not in _names(form):
                value = f"{value} + 0 * {variable}"
            clip = [] if bound is None else [f"{_INDENT}{variable} = np.clip({variable}, -{bound}, {bound})"]
            yield "\n".join([f"def {name}({variable}):", *clip, f"{_INDENT}return {value}"])


def _names(e: Expr) -> set[str]:
    if isinstance(e, Var):
        return {e.name}
    parts = e.args if isinstance(e, Add | Mul | Call) else _pair(e)
    return set().union(*map(_names, parts)) if parts else set()


def _pair(e: Expr) -> tuple[Expr, ...]:
    if isinstance(e, Neg):
        return (e.arg,)
    if isinstance(e, Div):
        return (e.over, e.under)
    return (e.base, e.exponent) if isinstance(e, Pow) else ()


def _write(e: Expr) -> tuple[str, int]:
    """The expression in Python, and how tightly its outermost operator binds."""
    if isinstance(e, Num):
        top, bottom = e.value.numerator, e.value.denominator
        return (str(top), _ATOM if top >= 0 else _SIGN) if bottom == 1 else (f"{top} / {bottom}", _PRODUCT)
    if isinstance(e, Var):
        return e.name, _ATOM
    if isinstance(e, Const) and e.name in ("e", "pi"):
        return f"np.{e.name}", _ATOM
    if isinstance(e, Neg):
        return f"-{_inside(e.arg, _SIGN)}", _SIGN
    if isinstance(e, Add):
        text = _inside(e.args[0], _PRODUCT)
        for x in e.args[1:]:
            text += f" - {_inside(x.arg, _SIGN)}" if isinstance(x, Neg) else f" + {_inside(x, _PRODUCT)}"
        return text, _SUM
    if isinstance(e, Mul):
        return " * ".join([_inside(e.args[0], _PRODUCT), *(_inside(x, _SIGN) for x in e.args[1:])]), _PRODUCT
    if isinstance(e, Div):
        return f"{_inside(e.over, _PRODUCT)} / {_inside(e.under, _POWER)}", _PRODUCT
    if isinstance(e, Pow):
        return f"{_inside(e.base, _ATOM)} ** {_inside(e.exponent, _ATOM)}", _POWER
    if isinstance(e, Call) and e.name in _NUMPY:
        return _NUMPY[e.name].format(", ".join(_write(x)[0] for x in e.args)), _ATOM
    raise _NoCode


def _inside(e: Expr, least: int) -> str:
    text, level = _write(e)
    return text if level >= least else f"({text})"
