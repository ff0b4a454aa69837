"""Intervals, places and extremes: what is known of where a function is largest or smallest. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from sig_checker.deciding.enclosures import exact
from sig_checker.deciding.reals import Real

__all__ = ["LINE", "Candidate", "Extreme", "Interval", "Place"]


@dataclass(frozen=True)
class Interval:
    """From low to high; None is infinity. A closed end belongs to it."""

    low: Fraction | None = None
    high: Fraction | None = None
    closed: tuple[bool, bool] = (True, True)

    def includes(self, x: Fraction) -> bool:
        """Whether x belongs to the interval.

        >>> Interval(Fraction(0), Fraction(1), (True, False)).includes(Fraction(1))
        False
        """
        above = self.low is None or x > self.low or (x == self.low and self.closed[0])
        return above and (self.high is None or x < self.high or (x == self.high and self.closed[1]))

    def holds(self, x: arb) -> bool | None:
        """Whether x lies strictly inside; None if that is not clear."""
        if self.low is not None and not x > exact(self.low):
            return False if x <= exact(self.low) else None
        if self.high is not None and not x < exact(self.high):
            return False if x >= exact(self.high) else None
        return True


LINE = Interval()


@dataclass(frozen=True)
class Place:
    """Where an extreme is: a point, in the coordinate of the proof, or an end: ±1 for ±∞.

    `attained` is False at infinity and at an end that does not belong to the interval.
    """

    point: Real | None = None
    end: int = 0
    attained: bool = True


@dataclass(frozen=True)
class Extreme:
    """The supremum or infimum: its value (None: unbounded), and the places at which it is attained or approached."""

    value: Real | None
    places: tuple[Place, ...]

    @property
    def attained(self) -> bool:
        return any(p.attained for p in self.places)


@dataclass(frozen=True)
class Candidate:
    place: Place
    value: Real | None  # None: infinite, of this sign
    sign: int = 0
    turn: int = 0  # 1 for a local maximum, -1 for a local minimum
