"""Witnesses: points at which two expressions certainly differ, by disjoint enclosures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import islice

from flint import arb

from sig_checker.deciding.enclosures import FAILURES, NotReal, TooBig, disjoint, enclose, holds, precision, show
from sig_checker.deciding.limits import limits
from sig_checker.deciding.points import constants, far_points, points
from sig_checker.deciding.targets import FIRST_BITS, Target, Usual
from sig_checker.expressions import Compare, Expr, survey
from sig_checker.verdicts import Witness

__all__ = ["PRECISIONS", "agreeing", "differ_at", "find_witness", "first_witness", "is_too_big", "show_apart"]

PRECISIONS = (FIRST_BITS, 256, 1024, 4096)
EFFORT = 60_000  # nodes that are evaluated at one precision: 0.1 s
LEAST = 4  # points, however long the answer
NODE = 50  # what the evaluation of one costs, in products of terms


def find_witness(
    left: Expr, right: Target, names: Sequence[str], domain: Sequence[Compare] = (), *, precisions: Sequence[int] = PRECISIONS
) -> Witness | None:
    """A point at which the two sides certainly differ, or the left one is undefined all around; None if none was found."""
    if not domain:
        for here in right.usual(names):
            with precision(FIRST_BITS):
                witness = _compared(left, right, here, FIRST_BITS)
            if witness:
                return witness
    edges = constants(*domain)
    if limits.goes_on:
        precisions = precisions[:1]
    nodes = survey(left).nodes
    most = max(LEAST, min(EFFORT, limits.left // NODE) // nodes)
    for bits in precisions:
        many = most if bits == FIRST_BITS else min(most, 24 if bits < PRECISIONS[-1] else LEAST)
        for point in islice(points(names, left, right.expr, domain=edges), many):
            limits.spend(NODE * nodes)
            witness = differ_at(left, right, point, domain, bits)
            if witness:
                return witness
    for point in far_points(names, left, right.expr) if len(precisions) > 1 else ():
        limits.spend(NODE * nodes)
        witness = differ_at(left, right, point, domain, PRECISIONS[-1])
        if witness:
            return witness
    return None


def differ_at(
    left: Expr, right: Target, point: dict[str, Fraction], domain: Sequence[Compare], bits: int, *, undefined: bool = False
) -> Witness | None:
    """The witness at this point, if it is one.

    Args:
        undefined: it is known that the left side is undefined all around the point.
    """
    with precision(bits):
        at = right.at(point)
        try:
            if not all(holds(c, at) for c in domain):
                return None
            truth = enclose(right.expr, at)
        except FAILURES:
            return None
        return _compared(left, right, (point, at, truth), bits, undefined=undefined)


def _compared(left: Expr, right: Target, here: Usual, bits: int, *, undefined: bool = False) -> Witness | None:
    point, at, truth = here
    try:
        answer = enclose(left, at)
    except NotReal:
        gone = undefined or _undefined_around(left, right, point)
        return Witness(_shown(point), "undefined", show(truth)) if gone else None
    except FAILURES:
        return None
    if not disjoint(answer, truth):
        return None
    printed = show_apart(answer, truth, bits)
    return Witness(_shown(point), *printed) if printed else None


def show_apart(answer: arb, truth: arb, bits: int) -> tuple[str, str] | None:
    """Two disjoint balls of so many bits, printed with as many digits as it takes to see them apart; None if nothing does.

    What is printed is rounded outwards once more.
    """
    for digits in (15, 20, 40, int(bits * 0.3), int(bits * 0.3) + 10):
        printed = show(answer, digits), show(truth, digits)
        with precision(2 * bits):
            if disjoint(arb(printed[0]), arb(printed[1])):
                return printed
    return None


def _shown(point: Mapping[str, Fraction]) -> dict[str, str]:
    return {name: str(x) for name, x in point.items()}


def _undefined_around(e: Expr, right: Target, point: Mapping[str, Fraction]) -> bool:
    """Whether the expression is undefined on a whole neighbourhood, not only in an isolated gap."""
    radius = arb(0, 2.0**-20)
    at = right.at(point)
    wide = {name: at[name] + radius for name in point}
    for name in right.meanings:
        try:
            wide[name] = enclose(right.meanings[name], wide)
        except FAILURES:
            continue
    try:
        enclose(e, wide)
    except NotReal:
        return True
    except FAILURES:
        return False
    return False


def agreeing(left: Expr, right: Target, names: Sequence[str], domain: Sequence[Compare] = ()) -> tuple[str, ...]:
    """A few points at which the enclosures of the highest precision overlap, as text: how far a search without a find went."""
    found = []
    with precision(PRECISIONS[-1]):
        for point in islice(points(names, left, right.expr, domain=constants(*domain)), LEAST * LEAST) if names else ():
            at = right.at(point)
            try:
                if all(holds(c, at) for c in domain) and not disjoint(enclose(left, at), enclose(right.expr, at)):
                    found.append(", ".join(f"{name} = {x}" for name, x in _shown(point).items()))
            except FAILURES:
                continue
            if len(found) == LEAST:
                break
    return tuple(found)


def is_too_big(e: Expr, right: Target, names: Sequence[str]) -> bool:
    """Whether the expression leads to numbers that cannot be written down, wherever it is looked at."""
    with precision(FIRST_BITS):
        for point in points(names, how_many=0):
            try:
                enclose(e, right.at(point))
            except TooBig:
                continue
            except FAILURES:
                pass
            return False
    return True


def first_witness(left: Expr, right: Target, names: Sequence[str], domain: Sequence[Compare]) -> Witness | None:
    """A witness at the first point at which the right side has a value.

    It is looked for before a proof is: that is cheap, and holds every proof to an enclosure, which shares no code with it.
    """
    if not domain:
        first = next(right.usual(names), None)
        with precision(FIRST_BITS):
            return _compared(left, right, first, FIRST_BITS) if first else None
    return find_witness(left, right, names, domain, precisions=(FIRST_BITS,))
