"""An end to what libraries do with students' texts: some of their patterns take the square of a text's length, or worse."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["at_most"]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """TimeoutError in the body once it has taken that long. In the main thread, where signals arrive; elsewhere no limit.

    >>> import re
    >>> with at_most(0.1):
    ...     _ = re.match("(a*)*b", "a" * 40)
    Traceback (most recent call last):
    TimeoutError: it took longer than 0.1 s
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"it took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
