"""Derivatives of expressions by the rules of calculus; piecewise functions piece by piece, away from their breakpoints."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sig_checker.expressions import (
    Add,
    Call,
    Cases,
    Const,
    Deriv,
    Div,
    Expr,
    Mul,
    Neg,
    Num,
    Pow,
    Var,
    num,
    rebuild,
    replace_names,
    survey,
)

__all__ = ["carry_out", "derivative"]

MAX_NODES = 4_000  # each order multiplies the size by five or so
_ZERO, _ONE, _TWO = num(0), num(1), num(2)
_SQUARE = _TWO


def _f(name: str, x: Expr) -> Expr:
    return Call(name, (x,))


def _sq(x: Expr) -> Expr:
    return Pow(x, _SQUARE)


def _root(inside: Expr) -> Expr:
    return Div(_ONE, _f("sqrt", inside))


# name -> the outer derivative at x
_OUTER: dict[str, Callable[[Expr], Expr]] = {
    "exp": lambda x: _f("exp", x),
    "expm1": lambda x: _f("exp", x),
    "log": lambda x: Div(_ONE, x),
    "log1p": lambda x: Div(_ONE, Add((_ONE, x))),
    "sqrt": lambda x: Div(_ONE, Mul((_TWO, _f("sqrt", x)))),
    "cbrt": lambda x: Div(_ONE, Mul((num(3), _sq(_f("cbrt", x))))),
    "abs": lambda x: _f("sign", x),
    "relu": lambda x: _f("heaviside", x),
    "sigma": lambda x: Mul((_f("sigma", x), _f("sigma", Neg(x)))),
    "softplus": lambda x: _f("sigma", x),
    "erf": lambda x: Mul((Div(_TWO, _f("sqrt", Const("pi"))), _f("exp", Neg(_sq(x))))),
    "sin": lambda x: _f("cos", x),
    "cos": lambda x: Neg(_f("sin", x)),
    "tan": lambda x: _sq(_f("sec", x)),
    "cot": lambda x: Neg(_sq(_f("csc", x))),
    "sec": lambda x: Mul((_f("sec", x), _f("tan", x))),
    "csc": lambda x: Neg(Mul((_f("csc", x), _f("cot", x)))),
    "sinh": lambda x: _f("cosh", x),
    "cosh": lambda x: _f("sinh", x),
    "tanh": lambda x: _sq(_f("sech", x)),
    "coth": lambda x: Neg(_sq(_f("csch", x))),
    "sech": lambda x: Neg(Mul((_f("sech", x), _f("tanh", x)))),
    "csch": lambda x: Neg(Mul((_f("csch", x), _f("coth", x)))),
    "asin": lambda x: _root(Add((_ONE, Neg(_sq(x))))),
    "acos": lambda x: Neg(_root(Add((_ONE, Neg(_sq(x)))))),
    "atan": lambda x: Div(_ONE, Add((_ONE, _sq(x)))),
    "acot": lambda x: Neg(Div(_ONE, Add((_ONE, _sq(x))))),
    "asec": lambda x: Div(_root(Add((_sq(x), Neg(_ONE)))), _f("abs", x)),
    "acsc": lambda x: Neg(Div(_root(Add((_sq(x), Neg(_ONE)))), _f("abs", x))),
    "asinh": lambda x: _root(Add((_sq(x), _ONE))),
    "acosh": lambda x: _root(Add((_sq(x), Neg(_ONE)))),
    "atanh": lambda x: Div(_ONE, Add((_ONE, Neg(_sq(x))))),
    "acoth": lambda x: Div(_ONE, Add((_ONE, Neg(_sq(x))))),
    "asech": lambda x: Neg(Div(_root(Add((_ONE, Neg(_sq(x))))), x)),
    "acsch": lambda x: Neg(Div(_root(Add((_sq(x), _ONE))), _f("abs", x))),
    **dict.fromkeys(("sign", "heaviside", "floor", "ceil"), lambda _: _ZERO),
}


def derivative(e: Expr, by: str, order: int = 1) -> Expr:
    """The derivative, not simplified.

    Raises:
        ValueError: `e` holds a function whose derivative is not known here, or the derivative is very large.

    >>> from sig_checker.expressions import Var
    >>> derivative(Pow(Var("z"), num(2)), "z")
    Mul(args=(Num(value=Fraction(2, 1)), Var(name='z')))
    """
    for _ in range(order):
        e = _d(carry_out(e), by)
        if survey(e).nodes > MAX_NODES:
            raise ValueError("a derivative too large to be worked out")
    return e


def carry_out(e: Expr) -> Expr:
    """`e` with every `Deriv` in it worked out.

    >>> carry_out(Deriv(Var("z"), "z"))
    Num(value=Fraction(1, 1))
    """
    if isinstance(e, Deriv):
        done = derivative(carry_out(e.arg), e.by, e.order)
        return done if e.at is None else replace_names(done, {e.by: carry_out(e.at)})
    return rebuild(e, carry_out)


def _plus(*terms: Expr) -> Expr:
    kept = tuple(x for x in terms if x != _ZERO)
    return Add(kept) if len(kept) > 1 else kept[0] if kept else _ZERO


def _times(*factors: Expr) -> Expr:
    if _ZERO in factors:
        return _ZERO
    kept = tuple(x for x in factors if x != _ONE)
    return Mul(kept) if len(kept) > 1 else kept[0] if kept else _ONE


def _d(e: Expr, v: str) -> Expr:
    if isinstance(e, Num | Const):
        return _ZERO
    if isinstance(e, Var):
        return _ONE if e.name == v else _ZERO
    if isinstance(e, Neg):
        inner = _d(e.arg, v)
        return _ZERO if inner == _ZERO else Neg(inner)
    if isinstance(e, Add):
        return _plus(*(_d(x, v) for x in e.args))
    if isinstance(e, Mul):
        return _plus(*(_times(_d(x, v), *(y for j, y in enumerate(e.args) if j != i)) for i, x in enumerate(e.args)))
    if isinstance(e, Div):
        over, under = _d(e.over, v), _d(e.under, v)
        if under == _ZERO:
            return _ZERO if over == _ZERO else Div(over, e.under)
        return Div(_plus(_times(over, e.under), Neg(_times(e.over, under))), _sq(e.under))
    if isinstance(e, Pow):
        return _d_pow(e, v)
    if isinstance(e, Call):
        return _d_call(e, v)
    if isinstance(e, Cases):
        return Cases(tuple((_d(x, v), c) for x, c in e.pieces))
    raise ValueError(f"no derivative of {type(e).__name__}")


def _d_pow(e: Pow, v: str) -> Expr:
    base, exponent = _d(e.base, v), _d(e.exponent, v)
    if exponent == _ZERO:
        if base == _ZERO:
            return _ZERO
        lower: Expr = Num(e.exponent.value - 1) if isinstance(e.exponent, Num) else Add((e.exponent, Num(Fraction(-1))))
        power = e.base if lower == _ONE else _ONE if lower == _ZERO else Pow(e.base, lower)
        return _times(e.exponent, power, base)
    log = _ONE if e.base == Const("e") else _f("log", e.base)
    whole = _times(e, log, exponent)
    return whole if base == _ZERO else _plus(whole, _times(e, e.exponent, Div(base, e.base)))


def _d_call(e: Call, v: str) -> Expr:
    inner = [_d(x, v) for x in e.args]
    if all(x == _ZERO for x in inner):
        return _ZERO
    if e.name in _OUTER:
        return _times(_OUTER[e.name](e.args[0]), inner[0])
    if e.name == "logaddexp":
        x, y = e.args
        gap = Add((x, Neg(y)))
        return _plus(_times(_f("sigma", gap), inner[0]), _times(_f("sigma", Neg(gap)), inner[1]))
    raise ValueError(f"no derivative of {e.name}")
