"""Work in a tower that begins again, with finer generators, for as long as it asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sig_checker.deciding.tower import NeedSign, NotReal, Rescale, TooLarge, Tower, WiderContext

__all__ = ["attempt"]

MAX_ATTEMPTS = 8
Result = TypeVar("Result")


def attempt(size: int, work: Callable[[Tower], Result]) -> Result | None:
    """What `work` returns when given a tower with `size` places.

    None where it cannot be had without assumptions: a sign is not known, there is no real value, too much is asked.
    """
    scales: dict[int, int] = {}
    for _ in range(MAX_ATTEMPTS):
        try:
            return work(Tower(size, scales))
        except Rescale as need:
            scales[need.index] = need.k
        except (NeedSign, NotReal, TooLarge, WiderContext, RecursionError):
            return None
    return None
