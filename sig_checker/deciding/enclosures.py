"""Enclosures: the value of an expression at a point, as an Arb ball that is guaranteed to hold it.

Balls come from Arb (F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic",
IEEE Trans. Computers 66, 2017): every operation rounds outwards, so two disjoint balls are two different numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import flint
from flint import arb, fmpq

from sig_checker.expressions import Add, Call, Cases, Compare, Const, Deriv, Div, Expr, Mul, Neg, Num, Pow, Var

__all__ = ["FAILURES", "NotReal", "TooBig", "Unclear", "disjoint", "enclose", "exact", "precision", "show"]

MAX_POWER_BITS = 40  # of a whole exponent
_MOST = arb(2) ** 96  # of the argument of exp(); beyond it Arb gives up
_LEAST = -_MOST


class NotReal(ArithmeticError):
    """The expression certainly has no real value at the point (1/0, the logarithm of a negative number)."""


class Unclear(ArithmeticError):
    """At this precision it cannot be told whether there is a value or which piece applies."""


class TooBig(Unclear):
    """A number on the way has more than some 10^11 digits."""


FAILURES = (NotReal, Unclear, ValueError, OverflowError)  # what keeps an enclosure from being had


class precision:
    """Work with so many bits inside the block; FLINT's precision is global, so it is put back at the end."""

    __slots__ = ("before", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        self.before = flint.ctx.prec
        flint.ctx.prec = self.bits

    def __exit__(self, *exception: object) -> None:
        flint.ctx.prec = self.before


def exact(value: Fraction | int) -> arb:
    """The ball around a rational number, as narrow as the precision allows."""
    value = Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def disjoint(a: arb, b: arb) -> bool:
    """Whether the two balls certainly hold different numbers."""
    return bool(a != b)


def show(ball: arb, digits: int = 15) -> str:
    """The ball as a reader can check it.

    >>> show(exact(Fraction(1, 4)))
    '0.250000000000000'
    """
    return str(ball.str(digits))


def enclose(e: Expr, point: Mapping[str, arb]) -> arb:
    """The value of `e` at `point` (name -> ball), at the current precision.

    Raises:
        NotReal: there certainly is no real value.
        Unclear: the precision does not suffice to tell, or the value is not finite.

    >>> with precision(64):
    ...     print(show(enclose(Call("sigma", (Var("z"),)), {"z": exact(0)})))
    0.500000000000000
    """
    value = _EVALUATE[type(e)](e, point)
    if not value.is_finite():
        raise Unclear("not a number") if value.is_nan() else TooBig("not finite")
    return value


def _go(e: Expr, point: Mapping[str, arb]) -> arb:
    return _EVALUATE[type(e)](e, point)


def _num(e: Num, _: Mapping[str, arb]) -> arb:
    return arb(fmpq(e.value.numerator, e.value.denominator))


def _var(e: Var, point: Mapping[str, arb]) -> arb:
    try:
        return point[e.name]
    except KeyError:
        raise Unclear(f"no value for {e.name}") from None


def _const(e: Const, _: Mapping[str, arb]) -> arb:
    if e.name == "e":
        return arb.const_e()
    if e.name == "pi":
        return arb.pi()
    raise NotReal(f"{e.name} is not a real number")


def _add(e: Add, point: Mapping[str, arb]) -> arb:
    total = _go(e.args[0], point)
    for x in e.args[1:]:
        total += _go(x, point)
    return total


def _mul(e: Mul, point: Mapping[str, arb]) -> arb:
    total = _go(e.args[0], point)
    for x in e.args[1:]:
        total *= _go(x, point)
    return total


def _div(e: Div, point: Mapping[str, arb]) -> arb:
    under = _go(e.under, point)
    _not_zero(under)
    return _go(e.over, point) / under


def _not_zero(x: arb) -> None:
    if x != 0:
        return
    if x == 0:  # certainly
        raise NotReal("division by zero")
    if x.contains(0):
        raise Unclear("a divisor may be zero")


def _pow(e: Pow, point: Mapping[str, arb]) -> arb:
    if type(e.base) is Const and e.base.name == "e":
        return _exp(_go(e.exponent, point))
    base = _go(e.base, point)
    exponent = e.exponent
    sign = 1
    while isinstance(exponent, Neg):
        exponent, sign = exponent.arg, -sign
    if isinstance(exponent, Num) and exponent.value.denominator == 1:
        n = sign * exponent.value.numerator
        if n < 0:
            _not_zero(base)
        if n.bit_length() > MAX_POWER_BITS:
            return _exp(exact(n) * _log(base))
        return base**n
    power = _go(e.exponent, point)
    if base == 0 and power > 0:
        return arb(0)
    whole = power.unique_fmpz() if power.is_exact() else None
    if whole is not None and abs(int(whole)).bit_length() <= MAX_POWER_BITS:
        if whole < 0:
            _not_zero(base)
        return base ** int(whole)
    if base < 0 and not power.contains_integer():
        raise NotReal("a fractional power of a negative number")
    return _exp(power * _log(base))


def _log(x: arb) -> arb:
    if x > 0:
        return x.log()
    if x <= 0:
        raise NotReal("logarithm of a number that is not positive")
    raise Unclear("the argument of a logarithm may be zero or negative")


def _exp(x: arb) -> arb:
    if _LEAST < x < _MOST:
        return x.exp()
    if not x.is_finite():
        raise TooBig("the argument of an exponential is too large to be written down")
    if x < _LEAST:
        return arb(0, 2.0**-1000)  # it lies between 0 and that
    if x > _MOST:
        raise TooBig("an exponential is too large to be written down")
    return x.exp()


def _sqrt(x: arb) -> arb:
    if x < 0:
        raise NotReal("square root of a negative number")
    if x >= 0:
        return x.sqrt()
    if x.contains(0) and x.rad() < 1:  # may be a zero that is not known as one: keep the part that is real
        return x.nonnegative_part().sqrt()
    raise Unclear("the argument of a root may be negative")


def _cbrt(x: arb) -> arb:
    if x >= 0:
        return x.root(3)
    if x < 0:
        return -((-x).root(3))
    raise Unclear("the sign under a cube root is not clear")


def _sigma(x: arb) -> arb:
    return 1 / (1 + _exp(-x))


def _sign(x: arb) -> arb:
    if x > 0:
        return arb(1)
    if x < 0:
        return arb(-1)
    if x == 0:
        return arb(0)
    raise Unclear("the sign is not clear")


def _heaviside(x: arb) -> arb:
    return (_sign(x) + 1) / 2


def _whole(x: arb) -> arb:
    low, high = x.lower().floor(), x.upper().floor()
    if not low.is_exact() or not low == high:
        raise Unclear("a rounding is not clear")
    return low


def _inside(x: arb, f: Callable[[arb], arb], low: int | None, high: int | None) -> arb:
    """f(x) for a function that is real on [low, high] only."""
    if (low is not None and x < low) or (high is not None and x > high):
        raise NotReal("outside the domain of an inverse function")
    return f(x)


def _inverted(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    def apply(x: arb) -> arb:
        _not_zero(x)
        return f(1 / x)

    return apply


def _over(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    def apply(x: arb) -> arb:
        y = f(x)
        _not_zero(y)
        return 1 / y

    return apply


def _factorial(x: arb) -> arb:
    if x.is_exact() and x.is_integer() and 0 <= x <= 100_000:
        return x.fac()
    raise NotReal("factorial of a number that is not a whole number from 0")


def _tan(x: arb) -> arb:
    s, c = x.sin_cos()
    _not_zero(c)
    return s / c


def _cot(x: arb) -> arb:
    s, c = x.sin_cos()
    _not_zero(s)
    return c / s


def _hyperbolic(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    def apply(x: arb) -> arb:
        _exp(abs(x))  # refuses an argument that is too large
        return f(x)

    return apply


def _acosh(x: arb) -> arb:
    return _inside(x, lambda v: v.acosh(), 1, None)


def _atanh(x: arb) -> arb:
    if x <= -1 or x >= 1:
        raise NotReal("outside the domain of artanh")
    return x.atanh()


_ONE: dict[str, Callable[[arb], arb]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "abs": abs,
    "sign": _sign,
    "heaviside": _heaviside,
    "floor": _whole,
    "ceil": lambda x: -_whole(-x),
    "sigma": _sigma,
    "softplus": lambda x: (1 + _exp(x)).log(),
    "relu": lambda x: (x + abs(x)) / 2,
    "erf": lambda x: x.erf(),
    "expm1": lambda x: _exp(x) - 1,
    "log1p": lambda x: _log(1 + x),
    "factorial": _factorial,
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": _tan,
    "cot": _cot,
    "sec": _over(lambda x: x.cos()),
    "csc": _over(lambda x: x.sin()),
    "asin": lambda x: _inside(x, lambda v: v.asin(), -1, 1),
    "acos": lambda x: _inside(x, lambda v: v.acos(), -1, 1),
    "atan": lambda x: x.atan(),
    "acot": _inverted(lambda x: x.atan()),
    "asec": _inverted(lambda x: _inside(x, lambda v: v.acos(), -1, 1)),
    "acsc": _inverted(lambda x: _inside(x, lambda v: v.asin(), -1, 1)),
    "sinh": _hyperbolic(lambda x: x.sinh()),
    "cosh": _hyperbolic(lambda x: x.cosh()),
    "tanh": lambda x: x.tanh(),
    "coth": _over(lambda x: x.tanh()),
    "sech": _over(_hyperbolic(lambda x: x.cosh())),
    "csch": _over(_hyperbolic(lambda x: x.sinh())),
    "asinh": lambda x: x.asinh(),
    "acosh": _acosh,
    "atanh": _atanh,
    "acoth": _inverted(_atanh),
    "asech": _inverted(_acosh),
    "acsch": _inverted(lambda x: x.asinh()),
}


def _call(e: Call, point: Mapping[str, arb]) -> arb:
    if e.name in _ONE:
        return _ONE[e.name](_go(e.args[0], point))
    values = [_go(x, point) for x in e.args]
    if e.name == "logaddexp":
        return (_exp(values[0]) + _exp(values[1])).log()
    best = values[0]
    for x in values[1:]:
        best = best.max(x) if e.name == "max" else best.min(x)
    return best


def holds(c: Compare, point: Mapping[str, arb]) -> bool:
    """Whether the condition holds at the point; Unclear where the balls overlap."""
    if c.op in ("true", "false"):
        return c.op == "true"
    if c.op in ("and", "or"):
        assert isinstance(c.left, Compare)
        assert isinstance(c.right, Compare)
        if holds(c.left, point) is (c.op == "or"):
            return c.op == "or"
        return holds(c.right, point)
    left, right = _go(c.left, point), _go(c.right, point)
    op = c.op
    if op in ("<", ">="):
        yes, no = left < right, left >= right
    elif op in (">", "<="):
        yes, no = left > right, left <= right
    else:
        yes, no = left == right, left != right
    if op in (">=", "<=", "!="):
        yes, no = no, yes
    if yes:
        return True
    if no:
        return False
    raise Unclear("a condition is not clear")


def _cases(e: Cases, point: Mapping[str, arb]) -> arb:
    for value, condition in e.pieces:
        if holds(condition, point):
            return _go(value, point)
    raise NotReal("no case applies")


def _deriv(_e: Deriv, _: Mapping[str, arb]) -> arb:
    raise Unclear("a derivative that has not been worked out")


def _compare(_e: Compare, _: Mapping[str, arb]) -> arb:
    raise NotReal("a condition is not a number")


_EVALUATE: dict[type[Expr], Callable[..., arb]] = {
    Num: _num,
    Var: _var,
    Const: _const,
    Neg: lambda e, p: -_go(e.arg, p),
    Add: _add,
    Mul: _mul,
    Div: _div,
    Pow: _pow,
    Call: _call,
    Cases: _cases,
    Deriv: _deriv,
    Compare: _compare,
}
