"""Expressions rewritten into elements of a tower. Every rule is a true identity of real functions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sig_checker.deciding.circular import CIRCULAR_FUNCTIONS
from sig_checker.deciding.oscillation import log, magnitude, root, sign, strict_sign
from sig_checker.deciding.rounding import ceil, floor
from sig_checker.deciding.tower import Element, NeedSign, NotReal, Rescale, TooLarge, Tower, WiderContext
from sig_checker.expressions import Add, Call, Cases, Compare, Const, Deriv, Div, Expr, Mul, Neg, Num, Pow, Var

__all__ = ["UNBUILT", "build", "rational", "rational_value"]

MAX_POWER = 4_096
_HALF = Fraction(1, 2)
UNBUILT = (NotReal, NeedSign, Rescale, TooLarge, WiderContext, RecursionError)  # what keeps an element from being had


def build(t: Tower, e: Expr) -> Element:
    """The element that `e` is, in the cell that `t` describes.

    Raises:
        NotReal: `e` has no real value there.
        NeedSign, Rescale, WiderContext: the work must be begun again with more known.
        TooLarge: not in a moment.
    """
    return _RULES[type(e)](t, e)


def rational(t: Tower, a: Element) -> Fraction | None:
    """The value of an element that is a rational constant."""
    a = t.cancel(a)
    if not (a.over.is_constant() and a.under.is_constant()):
        return None
    if a.over.is_zero():
        return Fraction(0)
    value = a.over.leading_coefficient() / a.under.leading_coefficient()
    return Fraction(int(value.p), int(value.q))


def rational_value(e: Expr) -> Fraction | None:
    """The value of an expression that is plainly a rational number; None if it is not.

    >>> rational_value(Div(Neg(Num(Fraction(1))), Num(Fraction(2))))
    Fraction(-1, 2)
    """
    t = Tower()
    try:
        return rational(t, build(t, e))
    except UNBUILT:
        return None


def _var(t: Tower, e: Var) -> Element:
    meaning = t.meanings.get(e.name)
    if meaning is None:
        return t.variable(e.name)
    found = t.bound.get(e.name)
    if found is None:
        found = t.bound[e.name] = t.cancel(build(t, meaning))
    return found


def _const(t: Tower, e: Const) -> Element:
    if e.name == "e":
        return t.exp(t.one)
    if e.name == "pi":
        return t.element(t.generator("const", "pi", positive=True))
    raise NotReal("infinity is not a number")


def _add(t: Tower, e: Add) -> Element:
    total = build(t, e.args[0])
    for x in e.args[1:]:
        total = t.add(total, t.neg(build(t, x.arg)) if isinstance(x, Neg) else build(t, x))
    return total


def _mul(t: Tower, e: Mul) -> Element:
    total = build(t, e.args[0])
    for x in e.args[1:]:
        total = t.mul(total, build(t, x))
    return total


def _pow(t: Tower, e: Pow) -> Element:
    if type(e.base) is Const and e.base.name == "e":
        return _exp(t, e.exponent)
    base = build(t, e.base)
    exponent = None if type(e.exponent) is Num else build(t, e.exponent)
    c = e.exponent.value if type(e.exponent) is Num else rational(t, exponent or t.zero)
    if c is None or c.denominator > 64:
        return _general_power(t, base, exponent or build(t, e.exponent))
    if c.denominator != 1:
        return root(t, base, c)
    n = c.numerator
    if abs(n) > MAX_POWER:
        if rational(t, base) not in (0, 1, -1):
            raise TooLarge
        n = 2 - n % 2 if n > 0 else -(2 - n % 2)
    if t.relations and n != 1:
        base = t.lowest(base)  # it may be simpler than it looks
    return t.power(base, n) if n else t.one  # 0^0 is 1 in every language a student may answer in


def _exp(t: Tower, exponent: Expr) -> Element:
    """e to the exponent; answers repeat themselves: exp(-z) over (1 + exp(-z))^2."""
    found = t.exponentials.get(exponent)
    if found is None:
        found = t.exponentials[exponent] = t.exp(build(t, exponent))
    return found


def _general_power(t: Tower, base: Element, exponent: Element) -> Element:
    if t.is_zero(base):
        raise TooLarge  # 0^x: whether it is 0 or undefined depends on x
    return t.exp(t.mul(exponent, log(t, base)))


def _sigma(t: Tower, x: Element) -> Element:
    return t.inverse(t.add(t.one, t.exp(t.neg(x))))


def _cosh(t: Tower, x: Element) -> Element:
    return _half(t, t.add(t.exp(x), t.exp(t.neg(x))))


def _sinh(t: Tower, x: Element) -> Element:
    return _half(t, t.sub(t.exp(x), t.exp(t.neg(x))))


def _tanh(t: Tower, x: Element) -> Element:
    square = t.exp(t.add(x, x))
    return t.div(t.sub(square, t.one), t.add(square, t.one))


def _half(t: Tower, x: Element) -> Element:
    return t.mul(x, t.number(_HALF))


def _softplus(t: Tower, x: Element) -> Element:
    return log(t, t.add(t.one, t.exp(x)))


def _heaviside(t: Tower, x: Element) -> Element:
    return t.number(Fraction(strict_sign(t, x) + 1, 2))


def _asinh(t: Tower, x: Element) -> Element:
    return log(t, t.add(x, _sqrt(t, t.add(t.mul(x, x), t.one))))


def _acosh(t: Tower, x: Element) -> Element:
    beyond = t.sub(x, t.one)
    if sign(t, beyond) < 0:
        return _sqrt(t, beyond)  # raises NotReal
    return log(t, t.add(x, _sqrt(t, t.sub(t.mul(x, x), t.one))))


def _atanh(t: Tower, x: Element) -> Element:
    return _half(t, log(t, t.div(t.add(t.one, x), t.sub(t.one, x))))


def _sqrt(t: Tower, x: Element) -> Element:
    return root(t, x, _HALF)


def _cbrt(t: Tower, x: Element) -> Element:
    if sign(t, x) < 0:
        return t.neg(root(t, t.neg(x), Fraction(1, 3)))
    return root(t, x, Fraction(1, 3))


def _factorial(t: Tower, x: Element) -> Element:
    n = rational(t, x)
    if n is None or n.denominator != 1 or n < 0:
        raise NotReal("factorial of a number that is not a whole number from 0")
    if n > 1_000:
        raise TooLarge
    value = 1
    for i in range(2, int(n) + 1):
        value *= i
    return t.number(Fraction(value))


def _inverted(f: Callable[[Tower, Element], Element]) -> Callable[[Tower, Element], Element]:
    return lambda t, x: f(t, t.inverse(x))


def _over(f: Callable[[Tower, Element], Element]) -> Callable[[Tower, Element], Element]:
    return lambda t, x: t.inverse(f(t, x))


_FUNCTIONS: dict[str, Callable[[Tower, Element], Element]] = {
    **CIRCULAR_FUNCTIONS,
    "log": log,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "abs": magnitude,
    "sign": lambda t, x: t.number(Fraction(strict_sign(t, x))),
    "heaviside": _heaviside,
    "relu": lambda t, x: t.zero if sign(t, x) < 0 else x,
    "sigma": _sigma,
    "softplus": _softplus,
    "expm1": lambda t, x: t.sub(t.exp(x), t.one),
    "log1p": lambda t, x: log(t, t.add(t.one, x)),
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "coth": _over(_tanh),
    "sech": _over(_cosh),
    "csch": _over(_sinh),
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "acoth": _inverted(_atanh),
    "asech": _inverted(_acosh),
    "acsch": _inverted(_asinh),
    "floor": floor,
    "ceil": ceil,
    "factorial": _factorial,
}


def _call(t: Tower, e: Call) -> Element:
    if e.name == "exp":
        return _exp(t, e.args[0])
    rule = _FUNCTIONS.get(e.name)
    if rule is not None:
        found = t.known.get(e)
        if found is None:
            found = t.known[e] = rule(t, build(t, e.args[0]))
        return found
    args = tuple(build(t, x) for x in e.args)
    if e.name == "logaddexp":
        return log(t, t.add(t.exp(args[0]), t.exp(args[1])))
    if e.name in ("max", "min"):
        best = args[0]
        for x in args[1:]:
            larger = sign(t, t.sub(x, best)) > 0
            best = x if larger is (e.name == "max") else best
        return best
    if e.name not in _TOTAL:
        raise TooLarge(e.name)  # where it is real is not known here
    return t.opaque(e.name, args)


_TOTAL = ("erf",)  # real everywhere, so that their values may be names for themselves


def _holds(t: Tower, c: Compare) -> bool:
    """Whether the condition holds in the cell."""
    if c.op in ("true", "false"):
        return c.op == "true"
    if c.op in ("and", "or"):
        assert isinstance(c.left, Compare)
        assert isinstance(c.right, Compare)
        if _holds(t, c.left) is (c.op == "or"):
            return c.op == "or"
        return _holds(t, c.right)
    gap = t.sub(build(t, c.left), build(t, c.right))
    said = sign(t, gap)
    if said and (c.op in ("==", "!=") or (said > 0) is (c.op in (">", "<="))):  # it matters whether it may be zero
        said = strict_sign(t, gap)
    return {"<": said < 0, "<=": said <= 0, ">": said > 0, ">=": said >= 0, "==": said == 0, "!=": said != 0}[c.op]


def _cases(t: Tower, e: Cases) -> Element:
    for value, condition in e.pieces:
        if _holds(t, condition):
            return build(t, value)
    raise NotReal("no case applies")


def _unfit(_: Tower, e: Expr) -> Element:
    raise TooLarge(type(e).__name__)


_RULES: dict[type[Expr], Callable[..., Element]] = {
    Num: lambda t, e: t.number(e.value),
    Var: _var,
    Const: _const,
    Neg: lambda t, e: t.neg(build(t, e.arg)),
    Add: _add,
    Mul: _mul,
    Div: lambda t, e: t.div(build(t, e.over), build(t, e.under)),
    Pow: _pow,
    Call: _call,
    Cases: _cases,
    Deriv: _unfit,
    Compare: _unfit,
}
