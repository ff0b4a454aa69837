"""Enclosures: the value of an expression at a point, as an Arb ball that is guaranteed to hold it.

Balls come from Arb (F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic",
IEEE Trans. Computers 66, 2017): every operation rounds outwards, so two disjoint balls are two different numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import flint
from flint import arb, fmpq

from sig_checker.deciding.balls import ONE_ARGUMENT, NotReal, TooBig, Unclear, exp, log, not_zero
from sig_checker.expressions import Add, Call, Cases, Compare, Const, Deriv, Div, Expr, Mul, Neg, Num, Pow, Var

__all__ = ["FAILURES", "NotReal", "TooBig", "Unclear", "disjoint", "enclose", "exact", "precision", "show"]

MAX_POWER_BITS = 40  # of a whole exponent


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
    return arb(fmpq(*e.value.as_integer_ratio()))


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
    not_zero(under)
    return _go(e.over, point) / under


def _pow(e: Pow, point: Mapping[str, arb]) -> arb:
    if type(e.base) is Const and e.base.name == "e":
        return exp(_go(e.exponent, point))
    base = _go(e.base, point)
    exponent = e.exponent
    sign = 1
    while isinstance(exponent, Neg):
        exponent, sign = exponent.arg, -sign
    if isinstance(exponent, Num) and exponent.value.denominator == 1:
        n = sign * exponent.value.numerator
        if n < 0:
            not_zero(base)
        if n.bit_length() > MAX_POWER_BITS:
            return exp(exact(n) * log(base))
        return _whole_power(base, n)
    power = _go(e.exponent, point)
    if base == 0 and power > 0:
        return arb(0)
    whole = power.unique_fmpz() if power.is_exact() else None
    if whole is not None and abs(int(whole)).bit_length() <= MAX_POWER_BITS:
        if whole < 0:
            not_zero(base)
        return _whole_power(base, int(whole))
    if base < 0 and not power.contains_integer():
        raise NotReal("a fractional power of a negative number")
    return exp(power * log(base))


def _whole_power(base: arb, n: int) -> arb:
    if n < 1 or base.mid() != 0 or base.is_exact():
        return base**n
    size = base.abs_upper() ** n  # FLINT's power of a ball around zero is no number
    return size.union(arb(0) if n % 2 == 0 else -size)


def _call(e: Call, point: Mapping[str, arb]) -> arb:
    if e.name in ONE_ARGUMENT:
        return ONE_ARGUMENT[e.name](_go(e.args[0], point))
    values = [_go(x, point) for x in e.args]
    if e.name == "logaddexp":
        return (exp(values[0]) + exp(values[1])).log()
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
