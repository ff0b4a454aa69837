"""What the processes of a run tell each other: one makes a thing, the others find it made."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from traitlets.log import get_logger

__all__ = ["Board"]

_MOST_BYTES = 64 << 20
_PAGE_BYTES = 4096
_SECONDS = 1.0  # for a lock of another
_MOST_FAILURES = 3  # after which no more time is lost here: making things oneself takes less
_READY = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    PRAGMA max_page_count = {pages};
    CREATE TABLE IF NOT EXISTS made (key BLOB PRIMARY KEY, thing BLOB) WITHOUT ROWID;
"""


class Board:
    """Things by their keys, in a file that nobody else may write: pickles are read from it.

    It never fails: what cannot be put there, be it for want of room, is not found there.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     board = Board(Path(folder) / "made")
    ...     board.find(b"key"), board.put(b"key", {"made": "once"}), board.find(b"key")
    (None, None, {'made': 'once'})
    """

    def __init__(self, path: Path, most: int = _MOST_BYTES) -> None:
        """Opened when it is first asked, so that each fork has its own connection. `most`: bytes, after which it is full."""
        self._path, self._pages = path, most // _PAGE_BYTES
        self._opened: sqlite3.Connection | None = None
        self._failures = 0

    def find(self, key: bytes) -> object | None:
        """What was put there, or None."""
        with self._never_failing():
            for (thing,) in self._connection().execute("SELECT thing FROM made WHERE key = ?", (key,)):
                made: object = pickle.loads(thing)
                return made
        return None

    def put(self, key: bytes, thing: object) -> None:
        with self._never_failing():
            self._connection().execute("INSERT OR IGNORE INTO made VALUES (?, ?)", (key, pickle.dumps(thing)))

    @contextmanager
    def _never_failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:  # somebody holds it, it is full, or its file system has no locks
            self._failures += getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL
        except Exception:  # what cannot be pickled, such as an answer that is nested too deep, is kept by its maker
            get_logger().debug("a thing that cannot be shared", exc_info=True)

    def _connection(self) -> sqlite3.Connection:
        if self._failures >= _MOST_FAILURES:
            raise sqlite3.OperationalError
        if self._opened is None:
            connection = sqlite3.connect(self._path, timeout=_SECONDS, isolation_level=None)
            try:
                connection.executescript(_READY.format(pages=self._pages))
            except sqlite3.Error:
                connection.close()
                raise
            self._opened = connection
        return self._opened
