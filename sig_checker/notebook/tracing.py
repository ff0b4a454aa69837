"""Calls a function on an object that records what is done to it, and hands back the formula.

A bonus to the values: it can add a proof or name a slip, it never makes wrong values right. Whatever cannot be recorded
(a boolean mask, an operation in place, `np.asarray`, `math.exp`, a loop, an `if`) ends the trace without a formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from sig_checker.expressions import Add, Call, Cases, Compare, Const, Div, Expr, Mul, Neg, Pow, Var, children, num

__all__ = ["formula", "trace"]

MOST_NODES = 400
LENGTH = 5  # of the array that the recording object poses as


class _End(BaseException):
    """The trace ends here; not an Exception, so that a student's `except Exception` does not take it for an error."""


def trace(function: Callable[..., object], names: Sequence[str]) -> Expr | None:
    """The formula that the function applies to arrays of these names, or None where it cannot be recorded.

    A float in it is read as the decimal that Python prints for it, 0.25 as 1/4; the doubles nearest to e and π as e and π.

    >>> trace(lambda z: 1 - np.tanh(z) ** 2, ["z"])  # doctest: +ELLIPSIS
    Add(args=(Num(value=Fraction(1, 1)), Neg(arg=Pow(base=Call(name='tanh', args=(Var(name='z'),)), exponent=...
    >>> trace(lambda z: math.exp(z), ["z"]) is None
    True
    """
    try:
        result = function(*(_Recorder(Var(name)) for name in names))
        return result._expr if type(result) is _Recorder and not isinstance(result._expr, Compare) else None
    except KeyboardInterrupt:
        raise
    except BaseException:  # _End, and whatever a student's code does with an object that is not quite an array
        return None


def formula(function: Callable[..., object], names: Sequence[str]) -> str | None:
    """The traced formula in Python notation, as it is sent with the evidence."""
    from sig_checker.printing import to_python  # noqa: PLC0415  # only when there is something to print

    expr = trace(function, names)
    return None if expr is None else to_python(expr)


def _end(*_: object, **__: object) -> NoReturn:
    raise _End


class _Recorder(NDArrayOperatorsMixin):
    """Poses as a float64 array of one dimension; every operation on it yields another recorder."""

    shape = (LENGTH,)
    ndim = 1
    size = LENGTH
    dtype = np.dtype(np.float64)
    __slots__ = ("_expr",)

    def __init__(self, expr: Expr) -> None:
        if _larger_than(expr, MOST_NODES):
            raise _End
        self._expr = expr

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **options: object) -> _Recorder:
        rule = _UFUNCS.get(ufunc.__name__)
        if method != "__call__" or options or rule is None:
            raise _End
        return _Recorder(rule(*(_read(x) for x in inputs)))

    def __array_function__(
        self, function: Callable[..., object], types: object, args: Sequence[Any], options: Mapping[str, Any]
    ) -> object:
        name = getattr(function, "__name__", "")
        if name in ("shape", "ndim", "size") and len(args) == 1 and not options:
            return getattr(self, name)
        rule = _FUNCTIONS.get(name)
        if rule is None:
            raise _End
        try:
            return _Recorder(rule(*args, **options))
        except TypeError:  # arguments that the rule does not know
            raise _End from None

    def copy(self) -> _Recorder:
        return self

    __bool__ = __float__ = __int__ = __complex__ = __index__ = __len__ = __iter__ = __array__ = _end
    __getitem__ = __setitem__ = __getattr__ = __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _end
    __hash__ = None  # type: ignore[assignment]


def _larger_than(expr: Expr, most: int) -> bool:
    todo, count = [expr], 0
    while todo and count <= most:
        todo.extend(children(todo.pop()))
        count += 1
    return count > most


def _read(x: object) -> Expr:
    """An operand: recorded, or a number as exact as it was written."""
    if type(x) is _Recorder:
        return x._expr
    if type(x) is int or isinstance(x, np.integer):
        return num(int(x))
    if type(x) is float or type(x) is np.float64:
        value = float(x)
        if value in (math.e, math.pi):
            return Const("e" if value == math.e else "pi")
        if math.isfinite(value):
            return num(Fraction(repr(value)))
    raise _End


def _condition(x: object) -> Compare:
    e = _read(x)
    if not isinstance(e, Compare):
        raise _End
    return e


_ALWAYS = Compare("true", num(0), num(0))


def _where(condition: object, x: object, y: object) -> Expr:
    return Cases(((_read(x), _condition(condition)), (_read(y), _ALWAYS)))


def _select(conditions: Sequence[object], choices: Sequence[object], default: object = 0) -> Expr:
    pieces = tuple((_read(x), _condition(c)) for c, x in zip(conditions, choices, strict=True))
    return Cases((*pieces, (_read(default), _ALWAYS)))


def _clip(x: object, low: object = None, high: object = None, **named: object) -> Expr:
    low, high = named.pop("a_min", low), named.pop("a_max", high)
    low, high = named.pop("min", low), named.pop("max", high)
    if named:
        raise _End
    e = _read(x)
    if low is not None:
        e = Call("max", (e, _read(low)))
    return e if high is None else Call("min", (e, _read(high)))


def _like(value: int) -> Callable[..., Expr]:
    def rule(x: object, dtype: object = None) -> Expr:
        if dtype not in (None, float, np.float64):
            raise _End
        _read(x)
        return num(value)

    return rule


def _subtract(a: Expr, b: Expr) -> Expr:
    return Add((a, Neg(b)))


def _heaviside(x: Expr, middle: Expr) -> Expr:
    return Cases(((num(0), Compare("<", x, num(0))), (middle, Compare("==", x, num(0))), (num(1), _ALWAYS)))


def _one(name: str) -> Callable[[Expr], Expr]:
    return lambda x: Call(name, (x,))


def _two(name: str) -> Callable[[Expr, Expr], Expr]:
    return lambda x, y: Call(name, (x, y))


def _compared(op: str) -> Callable[[Expr, Expr], Expr]:
    return lambda x, y: Compare(op, x, y)


def _sigma(x: Expr) -> Expr:
    return Call("sigma", (x,))


_UFUNCS: Mapping[str, Callable[..., Expr]] = {
    "add": lambda a, b: Add((a, b)), "subtract": _subtract, "multiply": lambda a, b: Mul((a, b)),
    "divide": Div, "true_divide": Div, "power": Pow, "float_power": Pow, "negative": Neg, "positive": lambda a: a,
    "square": lambda a: Pow(a, num(2)), "reciprocal": lambda a: Div(num(1), a),
    "exp2": lambda a: Pow(num(2), a), "log2": lambda a: Div(Call("log", (a,)), Call("log", (num(2),))),
    "log10": lambda a: Div(Call("log", (a,)), Call("log", (num(10),))),
    "hypot": lambda a, b: Call("sqrt", (Add((Pow(a, num(2)), Pow(b, num(2)))),)),
    "expit": _sigma, "log_expit": lambda a: Call("log", (_sigma(a),)), "heaviside": _heaviside,
    **{name: _one(name) for name in ("exp", "log", "sqrt", "cbrt", "sign", "floor", "ceil", "erf", "expm1", "log1p",
                                     "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{"arc" + name: _one("a" + name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "absolute": _one("abs"), "fabs": _one("abs"), "logaddexp": _two("logaddexp"),
    "maximum": _two("max"), "fmax": _two("max"), "minimum": _two("min"), "fmin": _two("min"),
    "less": _compared("<"), "less_equal": _compared("<="), "greater": _compared(">"), "greater_equal": _compared(">="),
    "equal": _compared("=="), "not_equal": _compared("!="),
    "logical_and": _compared("and"), "bitwise_and": _compared("and"),
    "logical_or": _compared("or"), "bitwise_or": _compared("or"),
}  # fmt: skip

_FUNCTIONS: Mapping[str, Callable[..., Expr]] = {
    "where": _where, "select": _select, "clip": _clip, "zeros_like": _like(0), "ones_like": _like(1), "copy": _read,
}  # fmt: skip
