"""The functions that answers may use, on Arb balls: each result holds every value that the function takes on the ball."""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

__all__ = ["ONE_ARGUMENT", "NotReal", "TooBig", "Unclear", "exp", "log", "not_zero"]

_MOST = arb(2) ** 96  # of the argument of exp(); beyond it Arb gives up
_LEAST = -_MOST


class NotReal(ArithmeticError):
    """The expression certainly has no real value at the point (1/0, the logarithm of a negative number)."""


class Unclear(ArithmeticError):
    """At this precision it cannot be told whether there is a value or which piece applies."""


class TooBig(Unclear):
    """A number on the way has more than some 10^11 digits."""


def not_zero(x: arb) -> None:
    if x != 0:
        return
    if x == 0:  # certainly
        raise NotReal("division by zero")
    if x.contains(0):
        raise Unclear("a divisor may be zero")


def log(x: arb) -> arb:
    if x > 0:
        return x.log()
    if x <= 0:
        raise NotReal("logarithm of a number that is not positive")
    raise Unclear("the argument of a logarithm may be zero or negative")


def exp(x: arb) -> arb:
    if _LEAST < x < _MOST:
        return x.exp()
    if not x.is_finite():
        raise TooBig("the argument of an exponential is too large to be written down")
    if x < _LEAST:
        return arb(0, 2.0**-1000)  # it lies between 0 and that
    if x > _MOST:
        raise TooBig("an exponential is too large to be written down")
    return x.exp()


def _expm1(x: arb) -> arb:
    return x.expm1() if abs(x) < 1 else exp(x) - 1


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
    return 1 / (1 + exp(-x))


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
        not_zero(x)
        return f(1 / x)

    return apply


def _over(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    def apply(x: arb) -> arb:
        y = f(x)
        not_zero(y)
        return 1 / y

    return apply


def _factorial(x: arb) -> arb:
    if x.is_exact() and x.is_integer() and 0 <= x <= 100_000:
        return x.fac()
    raise NotReal("factorial of a number that is not a whole number from 0")


def _tan(x: arb) -> arb:
    s, c = x.sin_cos()
    not_zero(c)
    return s / c


def _cot(x: arb) -> arb:
    s, c = x.sin_cos()
    not_zero(s)
    return c / s


def _hyperbolic(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    def apply(x: arb) -> arb:
        exp(abs(x))  # refuses an argument that is too large
        return f(x)

    return apply


def _acosh(x: arb) -> arb:
    return _inside(x, lambda v: v.acosh(), 1, None)


def _atanh(x: arb) -> arb:
    if x <= -1 or x >= 1:
        raise NotReal("outside the domain of artanh")
    return x.atanh()


ONE_ARGUMENT: dict[str, Callable[[arb], arb]] = {
    "exp": exp,
    "log": log,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "abs": abs,
    "sign": _sign,
    "heaviside": _heaviside,
    "floor": _whole,
    "ceil": lambda x: -_whole(-x),
    "sigma": _sigma,
    "softplus": lambda x: (1 + exp(x)).log(),
    "relu": lambda x: (x + abs(x)) / 2,
    "erf": lambda x: x.erf(),
    "expm1": _expm1,
    "log1p": lambda x: log(1 + x),
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
