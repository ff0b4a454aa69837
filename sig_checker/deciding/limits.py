"""What exact deciding may cost: little in the process that judges, more in one that can be lost (see `sig_checker.large`).

FLINT ends the process when memory runs out, and an operation that has begun cannot be stopped. So each is bounded before
it is begun, by what its result may hold; the small limits stay far from danger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

__all__ = ["Limits", "TooLarge", "limits", "refuse"]

ENDLESS = 1 << 62


class TooLarge(ArithmeticError):
    """The next operation would take more than a moment; the answer has to be decided in another way."""


@dataclass(slots=True)
class Limits:
    """The limits of one process.

    Attributes:
        terms: of a product, before like terms are collected.
        dense: of a polynomial if it had every term that its degrees allow; bounds what a division can bring.
        degree: in one generator.
        bits: of one number.
        size: bits of all coefficients of a product.
        work: of one comparison, in products of terms (some 50 million a second).
        total: of all that one answer takes, in the same unit.
        factored_terms, factored_degree: of a polynomial that is factored, or whose roots are found.
        cells: into which signs may split the space.
        large: whether these are the limits of a process that can be lost.
        left: of `total`, for the answer at hand.
        judging: whether an answer is being judged.
        passed: whether something was refused that the other kind of process might do.
    """

    terms: int = 20_000
    dense: int = 100_000
    degree: int = 4_096
    bits: int = 40_000
    size: int = 1 << 24
    work: int = 1_000_000
    total: int = 4_000_000
    factored_terms: int = 200
    factored_degree: int = 64
    cells: int = 24
    large: bool = False
    left: int = ENDLESS
    passed: bool = False
    judging: bool = False

    def begin(self) -> None:
        """An answer comes to be judged."""
        self.left, self.passed, self.judging = self.total, False, True

    def end(self) -> None:
        """It has been judged; what follows is not counted."""
        self.left, self.passed, self.judging = ENDLESS, False, False

    @property
    def goes_on(self) -> bool:
        """Whether the answer will be decided again in a process with larger limits."""
        return self.passed and self.judging and not self.large

    def spend(self, amount: int) -> None:
        """Take note of work that is done in any case, such as looking for a witness."""
        self.left -= amount

    def enlarge(self) -> None:
        """Allow what only a process that can be lost should begin."""
        self.terms, self.dense = 4_000_000, 2_000_000
        self.work, self.total = 20_000_000, 30_000_000
        self.degree, self.bits, self.size = 16_384, 1_000_000, 1 << 30
        self.factored_terms, self.factored_degree, self.cells = 4_000, 200, 256
        self.large = True


limits = Limits()


def refuse() -> NoReturn:
    """Give up on an operation that is too large for this process.

    Raises:
        TooLarge: always; that it happened stays in `limits.passed`.
    """
    limits.passed = True
    raise TooLarge
