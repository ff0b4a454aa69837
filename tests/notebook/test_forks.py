"""The watch over forks: which half goes on, what is told, and that nothing stays open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sig_checker.notebook.forks import one_process

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0


def test_who_comes_back_twice_is_told_and_only_the_first_goes_on() -> None:
    me, before = os.getpid(), _open_files()
    with one_process() as watch:
        child = os.fork()
    if os.getpid() != me:
        os._exit(17)  # never reached: seen below
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert watch.divided
    assert _open_files() == before


def test_a_child_that_ends_by_itself_is_nobodys_business() -> None:
    before = _open_files()
    with one_process() as watch:
        child = os.fork()
        if child == 0:
            os._exit(5)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    assert not watch.divided
    assert _open_files() == before


def test_one_watch_inside_another_tells_of_its_own() -> None:
    with one_process() as outer:
        with one_process() as inner:
            pass
        os.waitpid(os.fork() or os._exit(0), 0)
        with one_process() as later:
            child = os.fork()
        os.waitpid(child, 0)
    assert [outer.divided, inner.divided, later.divided] == [False, False, True]


def test_an_exception_passes_and_the_watch_still_tells() -> None:
    children, watches = [], []

    def divide_and_fail() -> None:
        with one_process() as watch:
            watches.append(watch)
            children.append(os.fork())
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        divide_and_fail()
    os.waitpid(children[0], 0)
    assert watches[0].divided


def test_a_watch_still_tells_when_one_inside_it_is_over() -> None:
    with one_process() as outer:
        with one_process() as inner:
            pass
        child = os.fork()
    os.waitpid(child, 0)
    assert [outer.divided, inner.divided] == [True, False]
