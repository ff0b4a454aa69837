"""One run at a time on an assignment: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sig_checker.errors import ConfigError
from sig_checker.grading.files import unwritable
from sig_checker.verdicts import Message

__all__ = ["locked"]


@contextmanager
def locked(path: Path, *, wait: float) -> Iterator[None]:
    """Hold the lock file; wait up to so many seconds for another run.

    Raises:
        ConfigError: the other run goes on; says which process it is. Or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        raise ConfigError(unwritable(error)) from None
    with file:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    file.seek(0)
                    who = file.read(200).strip() or "unknown"
                    raise ConfigError(Message(
                        "another run is working on this assignment: process {process}; try again when it has ended, or wait "
                        "for it with --wait SECONDS", process=who,
                    )) from None  # fmt: skip
                time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
