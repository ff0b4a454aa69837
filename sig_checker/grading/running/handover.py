"""Hands each check cell its challenge: a file that is there while the cell runs, and at no other time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sig_checker.evidence import Challenge

__all__ = ["Handover"]

_NAME = "cell.json"


class Handover:
    """A folder of its own that the kernel may read. Use it as a context manager.

    Everything is done relative to the open folder and follows no link: code that is not confined could put one in its place.

    >>> import tempfile
    >>> challenge = Challenge("f00d", 7, "sigmoid-7-02", "q2_maximum", "q2_maximum")
    >>> with tempfile.TemporaryDirectory() as scratch, Handover(Path(scratch) / "challenge") as handover:
    ...     with handover.given(challenge):
    ...         seen = handover.path.read_text()
    ...     Challenge.from_text(seen) == challenge, handover.path.exists()
    (True, False)
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path = folder / _NAME
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)

    @contextmanager
    def given(self, challenge: Challenge) -> Iterator[None]:
        """While the body runs, `path` holds the challenge. OSError where that is prevented."""
        self._remove(_NAME)  # whoever put it there
        file = os.open(_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o444, dir_fd=self._folder)
        with open(file, "wb") as stream:
            stream.write(challenge.as_text().encode())
        try:
            yield
        finally:
            self._remove(_NAME)

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._folder)
