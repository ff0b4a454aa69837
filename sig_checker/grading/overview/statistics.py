"""The figures of a class: how its scores are spread, how hard each task is, and how well it tells strong from weak.

Plain functions of lists of numbers; nothing here knows where the numbers come from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import StatisticsError, correlation, fmean, median, quantiles, stdev

__all__ = ["Correlation", "Spread", "bins", "item_rest", "spread"]


@dataclass(frozen=True, slots=True)
class Spread:
    """Of n numbers; `deviation` and the quartiles are None for fewer than two."""

    n: int
    mean: float
    median: float
    low: float
    high: float
    deviation: float | None
    quartiles: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation of n pairs; `value` is None where it is not defined, and `interval` (95 %) where n is under 4."""

    n: int
    value: float | None
    interval: tuple[float, float] | None = None


def spread(numbers: Sequence[float]) -> Spread | None:
    """None for no numbers. Quartiles by linear interpolation between the numbers themselves, the lowest and highest included.

    >>> spread([1, 2, 3, 4])
    Spread(n=4, mean=2.5, median=2.5, low=1, high=4, deviation=1.2909944487358056, quartiles=(1.75, 3.25))
    """
    if not numbers:
        return None
    several = len(numbers) > 1
    first, _, third = quantiles(numbers, n=4, method="inclusive") if several else (0.0, 0.0, 0.0)
    return Spread(
        len(numbers), fmean(numbers), median(numbers), min(numbers), max(numbers),
        stdev(numbers) if several else None, (first, third) if several else None,
    )  # fmt: skip


def bins(numbers: Sequence[float], most: float, count: int = 10) -> list[int]:
    """How many numbers fall into each of `count` equal parts of 0 to `most`; the last part has its end too.

    >>> bins([0, 5, 10, 95, 100], 100)
    [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    """
    found = [0] * count
    for number in numbers:
        part = int(number / most * count + 1e-9) if most > 0 else 0  # 0.3 / 1 * 10 is 2.9999999999999996
        found[min(max(part, 0), count - 1)] += 1
    return found


def item_rest(item: Sequence[float], total: Sequence[float]) -> Correlation:
    """The corrected item-total correlation: Pearson's, of a task's points with the sum of all the other tasks' points.

    "Corrected" since the task itself is taken out of the total, which it would otherwise be correlated with by being a part.
    The interval is Fisher's: tanh(artanh r ± 1.96/√(n - 3)). It supposes normal scores, so take it for the width of the
    uncertainty and no more.

    >>> item_rest([0, 0, 1, 1], [1, 2, 4, 6]).value
    0.8451542547285166
    """
    rest = [whole - part for whole, part in zip(total, item, strict=True)]
    n = len(rest)
    try:
        value = correlation(item, rest)
    except StatisticsError:  # fewer than two, or all the same
        return Correlation(n, None)
    if n < 4:
        return Correlation(n, value)
    inside = max(-1 + 1e-12, min(1 - 1e-12, value))
    middle, half = math.atanh(inside), 1.959963984540054 / math.sqrt(n - 3)
    return Correlation(n, value, (math.tanh(middle - half), math.tanh(middle + half)))
