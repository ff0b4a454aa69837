"""What the arithmetic of `field` works with: elements, generators, what the work may cost, and what may stop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from flint import fmpq, fmpq_mpoly

from sig_checker.deciding.limits import limits, refuse

__all__ = ["Element", "Generator", "Key", "Names", "NeedSign", "NotReal", "Rescale", "WiderContext", "Work", "key_of"]

Key = tuple[tuple[tuple[int, ...], ...], tuple[fmpq, ...]]  # a polynomial as something that can be looked up


def key_of(p: fmpq_mpoly) -> Key:
    return tuple(p.monoms()), tuple(p.coeffs())


Names = tuple[tuple[str, object], ...]  # kind and key of each generator, in order


class NotReal(ArithmeticError):
    """With the signs assumed there is no real value (1/0, the logarithm of a negative number)."""


class Rescale(Exception):
    """Generator `index` must be replaced by its k-th root, and the work begun again."""

    def __init__(self, index: int, k: int) -> None:
        super().__init__(index, k)
        self.index, self.k = index, k


class WiderContext(Exception):
    """More generators are needed than the polynomials have places for."""


class NeedSign(Exception):
    """The sign of an irreducible polynomial decides how to go on, and is not known; `names` tells its generators."""

    def __init__(self, poly: fmpq_mpoly, names: Names) -> None:
        super().__init__(poly, names)
        self.poly, self.names = poly, names


class Element(NamedTuple):
    """over / under, not necessarily in lowest terms; `under` is never the zero polynomial."""

    over: fmpq_mpoly
    under: fmpq_mpoly


@dataclass(slots=True)
class Generator:
    """What a generator stands for; `kind`: var, exp, log, root, turn, radical, angle, const or opaque; `k`: the root taken."""

    kind: str
    key: object
    k: int = 1
    positive: bool = False


class Work:
    """What one comparison may still cost, in products of terms; shared by all its towers."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = min(limits.work, limits.left)

    def spend(self, amount: int) -> None:
        self.left -= amount
        limits.left -= amount
        if self.left < 0:
            refuse()
