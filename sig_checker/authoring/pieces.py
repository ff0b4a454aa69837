"""Whether the pieces of a function that is defined by cases meet without a jump."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from sig_checker.deciding.identities import compare
from sig_checker.deciding.rewriting import rational_value
from sig_checker.expressions import Cases, Compare, Expr, Num, Var, children, rebuild, replace_names

__all__ = ["continuous"]

_OPS = ("<", "<=", ">", ">=")


class _Unknown(Exception):
    """A condition that is not a bound on the input, or a gap between the pieces."""


def continuous(e: Expr, variable: str) -> bool:
    """Whether it is shown that what stands on both sides of each end of a piece has the same value there.

    >>> z, zero, one = Var("z"), Num(Fraction(0)), Num(Fraction(1))
    >>> ramp = Cases(((z, Compare(">", z, zero)), (zero, Compare("true", zero, zero))))
    >>> step = Cases(((one, Compare(">", z, zero)), (zero, Compare("true", zero, zero))))
    >>> continuous(ramp, "z"), continuous(step, "z")
    (True, False)
    """
    try:
        ends = sorted(set(_ends(e, variable)))
        between = [(x + y) / 2 for x, y in pairwise(ends)]
        inside = [ends[0] - 1, *between, ends[-1] + 1] if ends else [Fraction(0)]
        pieces = [_piece(e, variable, x) for x in inside]
    except _Unknown:
        return False
    at = [{variable: Num(end)} for end in ends]
    sides = ((replace_names(left, x), replace_names(right, x)) for (left, right), x in zip(pairwise(pieces), at, strict=True))
    return all(compare(left, right).equal is True for left, right in sides)


def _ends(e: Expr, variable: str) -> Iterator[Fraction]:
    if isinstance(e, Compare) and e.op in _OPS:
        yield _bound(e, variable)[1]
    elif isinstance(e, Compare) and e.op not in ("true", "false", "and", "or"):
        raise _Unknown
    else:
        for part in children(e):
            yield from _ends(part, variable)


def _bound(c: Compare, variable: str) -> tuple[str, Fraction]:
    """The condition as one on the input: its sign and its number."""
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    for op, one, other in ((c.op, c.left, c.right), (turned[c.op], c.right, c.left)):
        number = rational_value(other)
        if one == Var(variable) and number is not None:
            return op, number
    raise _Unknown


def _piece(e: Expr, variable: str, x: Fraction) -> Expr:
    """What `e` is around an input that is no end of a piece."""
    if isinstance(e, Cases):
        for piece, condition in e.pieces:
            if _holds(condition, variable, x):
                return _piece(piece, variable, x)
        raise _Unknown
    return rebuild(e, lambda part: _piece(part, variable, x))


def _holds(c: Compare, variable: str, x: Fraction) -> bool:
    if c.op in ("true", "false"):
        return c.op == "true"
    if c.op in ("and", "or"):
        assert isinstance(c.left, Compare)
        assert isinstance(c.right, Compare)
        both = (_holds(c.left, variable, x), _holds(c.right, variable, x))
        return all(both) if c.op == "and" else any(both)
    op, number = _bound(c, variable)
    return x < number if op[0] == "<" else x > number
