"""What one process puts on the board another finds, and nothing on it can stop either."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from pathlib import Path

import pytest

from sig_checker.grading.steps.board import Board


def _put(board: Board, key: bytes, thing: object) -> None:
    board.put(key, thing)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_another_process_finds_what_one_has_put_there(tmp_path: Path, method: str) -> None:
    board = Board(tmp_path / "made")
    process = multiprocessing.get_context(method).Process(target=_put, args=(board, b"one", {"of": "another"}))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert board.find(b"one") == {"of": "another"}
    assert board.find(b"two") is None


def test_what_was_first_stays(tmp_path: Path) -> None:
    one, other = Board(tmp_path / "made"), Board(tmp_path / "made")
    one.put(b"key", "first")
    other.put(b"key", "second")
    assert one.find(b"key") == other.find(b"key") == "first"


def test_a_full_board_takes_no_more_and_keeps_what_it_has(tmp_path: Path) -> None:
    board, large = Board(tmp_path / "made", most=1 << 20), bytes(300_000)
    for number in range(10):
        board.put(bytes([number]), large)
    found = [number for number in range(10) if board.find(bytes([number])) == large]
    assert 0 in found
    assert len(found) == 3
    board.put(b"small", "still fits")
    assert board.find(b"small") == "still fits"


@pytest.mark.parametrize("contents", [None, b"no database at all, but long enough to be looked at as if it were one" * 20])
def test_a_board_that_cannot_be_used_finds_nothing(tmp_path: Path, contents: bytes | None) -> None:
    path = tmp_path / "made"
    path.mkdir() if contents is None else path.write_bytes(contents)
    board = Board(path)
    board.put(b"key", "thing")
    assert board.find(b"key") is None


def test_what_cannot_be_pickled_is_kept_by_its_maker(tmp_path: Path) -> None:
    board, deep = Board(tmp_path / "made"), []
    for _ in range(100_000):
        deep = [deep]
    for thing in (deep, lambda: None):
        board.put(b"key", thing)
    assert board.find(b"key") is None
    board.put(b"key", "plain")
    assert board.find(b"key") == "plain"


def test_what_is_no_pickle_is_not_found(tmp_path: Path) -> None:
    board = Board(tmp_path / "made")
    board.put(b"key", "thing")
    sqlite3.connect(tmp_path / "made", isolation_level=None).execute("UPDATE made SET thing = ?", (b"no pickle",))
    assert board.find(b"key") is None


def test_one_that_is_always_held_is_given_up(tmp_path: Path) -> None:
    board = Board(tmp_path / "made")
    holder = sqlite3.connect(tmp_path / "made", isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    begun = time.monotonic()
    for number in range(50):
        board.put(bytes([number]), "thing")
        assert board.find(bytes([number])) is None
    assert time.monotonic() - begun < 20  # seconds; each of the first few waits for one
    holder.close()
    board.put(b"key", "thing")
    assert board.find(b"key") is None


def test_one_that_another_holds_is_not_waited_for_long(tmp_path: Path) -> None:
    board, path = Board(tmp_path / "made"), tmp_path / "made"
    board.put(b"there", "before")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    board.put(b"meanwhile", "given up")
    assert board.find(b"there") == "before"
    holder.rollback()
    holder.close()
    assert board.find(b"meanwhile") is None
