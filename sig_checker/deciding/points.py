"""Points at which to compare two expressions: the same ones every time for the same expressions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import count, pairwise

from sig_checker.expressions import Expr, Num, Pow, children

__all__ = ["constants", "far_points", "points"]

_NICE = [Fraction(n) for n in (1, -1, 2, 0, -3)] + [Fraction(1, 2), Fraction(-5, 2)]
_TAILS = [Fraction(n) for n in (10, -10, 30, -30, 100, -100, 700, -700, 5000, -5000)]
LARGE = 10**7  # numbers from here on are probed last
_FEW = 8
_MOST_BITS = 4_000
_MANY = 40  # constants of an expression that are probed
_SPREAD = (Fraction(1, 4), Fraction(2), Fraction(12), Fraction(60))


def constants(*expressions: Expr) -> list[Fraction]:
    """Numbers that are written in the expressions, each once, in order; large ones and common ones left out."""
    found: dict[Fraction, None] = {}
    todo: list[Expr] = list(expressions)
    while todo and len(found) < _MANY:
        e = todo.pop()
        if isinstance(e, Num):
            if e.value not in (0, 1, -1) and abs(e.value) < LARGE:
                found[e.value] = None
        else:
            todo.extend(children(e))
    return list(found)


def points(
    names: Sequence[str], *expressions: Expr, domain: Sequence[Fraction] = (), how_many: int = 60
) -> Iterator[dict[str, Fraction]]:
    """Small numbers first, then both tails, the expressions' constants from both sides, then a fixed pseudo-random spread.

    With several variables the later ones run through the same numbers in another order. `domain` lists numbers between
    which the points may have to lie.

    >>> [str(p["z"]) for p in points(["z"], Num(Fraction(7)), how_many=3)][:3]
    ['1', '-1', '2']
    """
    line = [*_NICE, *_TAILS]
    written = constants(*expressions)
    for c in written:
        line += [c + d for d in (0, Fraction(1, 64), Fraction(-1, 64), 1, -1)] + [-c]
    edges = sorted({*domain, Fraction(0), Fraction(1)})
    line[5:5] = [a + (b - a) * Fraction(k, 7) for a, b in pairwise(edges) for k in (2, 5)]  # inside an interval of the domain
    fixed = random.Random(7)
    spread = (Fraction(fixed.randrange(-4096, 4097), 1024) * _SPREAD[i % len(_SPREAD)] for i in count())
    if not names:
        yield {}
        return
    for i in range(how_many + len(line)):
        first = line[i] if i < len(line) else next(spread)
        point = {names[0]: first}
        for j, name in enumerate(names[1:]):
            small = Fraction((3, -2, 5, -7, Fraction(1, 3), 2)[(i + j) % 6])
            point[name] = small if i < 40 else next(spread)
        yield point


def far_points(names: Sequence[str], *expressions: Expr) -> Iterator[dict[str, Fraction]]:
    """Points at and beyond the very large numbers that are written in the expressions, also as powers such as 10^50.

    >>> [str(p["z"]) for p in far_points(["z"], Num(Fraction(10**9)))][:3]
    ['1000000000', '1000000001', '2000000000']
    """
    found: dict[Fraction, None] = {}
    todo: list[Expr] = list(expressions)
    while todo and len(found) < _FEW:
        e = todo.pop()
        if isinstance(e, Num):
            value = e.value
        elif isinstance(e, Pow) and isinstance(e.base, Num) and isinstance(e.exponent, Num):
            n = e.exponent.value
            if n.denominator != 1 or abs(n) * max(e.base.value.numerator.bit_length(), 1) > _MOST_BITS or not e.base.value:
                continue
            value = e.base.value ** int(n)
        else:
            todo.extend(children(e))
            continue
        size = max(abs(value), 1 / abs(value)) if value else Fraction(1)
        if size >= LARGE:
            found[size] = None
    for size in found:
        for x in (size, size + 1, 2 * size, -size, -2 * size):
            yield {name: x if i == 0 else Fraction(3 - 2 * i) for i, name in enumerate(names)}
            if len(names) > 1:
                yield dict.fromkeys(names, x)
