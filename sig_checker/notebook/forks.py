"""Sees that a student's code divides its process (os.fork) and goes on in both; the second one ends where that is seen."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Division", "one_process"]

PATIENCE = 1.0  # seconds; only what neither comes back nor ends, such as a pool of workers, takes that long
_watched: list[list[int]] = []  # for each watch that is open, the ends of its pipe, made at the first fork


@dataclass(slots=True)
class Division:
    """`divided`: whether the code came back in another process too; known when the watch is over."""

    divided: bool = False


def _before_fork() -> None:
    if _watched and not _watched[-1]:
        with contextlib.suppress(OSError):
            _watched[-1].extend(os.pipe())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)


@contextlib.contextmanager
def one_process() -> Iterator[Division]:
    """Watch what runs inside. A process that was not there at the beginning does not get past the end.

    A fork that ends by itself is nobody's business: the pipe closes without a word.
    """
    mine, ends, found = os.getpid(), list[int](), Division()
    _watched.append(ends)
    try:
        yield found
    finally:
        if os.getpid() != mine:
            with contextlib.suppress(OSError, IndexError):
                os.write(ends[1], b"1")
            os._exit(0)
        _watched.pop()
        if ends:
            with contextlib.suppress(OSError, ValueError):  # the code may have closed everything
                os.close(ends[1])
                found.divided = bool(select.select(ends[:1], [], [], PATIENCE)[0]) and os.read(ends[0], 1) == b"1"
                os.close(ends[0])
