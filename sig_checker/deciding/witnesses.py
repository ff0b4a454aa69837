"""Witnesses: points at which two expressions certainly differ, by disjoint enclosures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb

from sig_checker.deciding.enclosures import NotReal, TooBig, Unclear, disjoint, enclose, exact, holds, precision, show
from sig_checker.deciding.points import constants, points
from sig_checker.expressions import Compare, Expr
from sig_checker.verdicts import Witness

__all__ = ["PRECISIONS", "check_proof", "differ_at", "find_witness", "is_too_big"]

PRECISIONS = (64, 256, 1024, 4096)


def find_witness(
    left: Expr, right: Expr, names: Sequence[str], domain: Sequence[Compare] = (), *, how_many: int = 60
) -> Witness | None:
    """A point at which the two sides certainly differ, or the left one is undefined all around; None if none was found."""
    edges = constants(*domain)
    for bits in PRECISIONS:
        for i, point in enumerate(points(names, left, right, domain=edges, how_many=how_many)):
            if bits > PRECISIONS[0] and i >= (24 if bits < PRECISIONS[-1] else 4):
                break
            witness = differ_at(left, right, point, domain, bits)
            if witness:
                return witness
    return None


def differ_at(
    left: Expr, right: Expr, point: dict[str, Fraction], domain: Sequence[Compare], bits: int, *, undefined: bool = False
) -> Witness | None:
    """The witness at this point, if it is one.

    Args:
        undefined: it is known that the left side is undefined all around the point.
    """
    with precision(bits):
        at = {name: exact(x) for name, x in point.items()}
        try:
            if not all(holds(c, at) for c in domain):
                return None
            truth = enclose(right, at)
        except (NotReal, Unclear, ValueError, OverflowError):
            return None
        shown = {name: str(x) for name, x in point.items()}
        try:
            answer = enclose(left, at)
        except NotReal:
            gone = undefined or _undefined_around(left, point, bits)
            return Witness(shown, "undefined", show(truth)) if gone else None
        except (Unclear, ValueError, OverflowError):
            return None
        if disjoint(answer, truth):
            digits = max(15, int(bits * 0.3) if bits > 64 else 15)
            return Witness(shown, show(answer, digits), show(truth, digits))
    return None


def is_too_big(e: Expr, names: Sequence[str]) -> bool:
    """Whether the expression leads to numbers that cannot be written down, wherever it is looked at."""
    with precision(PRECISIONS[0]):
        for point in points(names, how_many=0):
            try:
                enclose(e, {name: exact(x) for name, x in point.items()})
            except TooBig:
                continue
            except (NotReal, Unclear, ValueError, OverflowError):
                pass
            return False
    return True


def check_proof(left: Expr, right: Expr, names: Sequence[str], domain: Sequence[Compare]) -> None:
    """Hold a proof to enclosures at two points.

    The two ways of deciding share no code, so this would show a fault in either.

    Raises:
        ArithmeticError: they contradict each other, and neither can be believed.
    """
    for point in points(names, domain=constants(*domain), how_many=0):
        witness = differ_at(left, right, point, domain, PRECISIONS[0])
        if witness is not None:
            raise ArithmeticError(f"a proof is contradicted at {point}: {left} = {right}")
        if len(point) == 0 or abs(next(iter(point.values()))) > 1:
            break


def _undefined_around(e: Expr, point: dict[str, Fraction], bits: int) -> bool:
    """Whether the expression is undefined on a whole neighbourhood, not only in an isolated gap."""
    with precision(bits):
        radius = arb(0, 2.0**-20)
        try:
            enclose(e, {name: exact(x) + radius for name, x in point.items()})
        except NotReal:
            return True
        except (Unclear, ValueError, OverflowError):
            return False
    return False
