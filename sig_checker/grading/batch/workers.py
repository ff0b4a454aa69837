"""Where submissions are graded: in processes of this machine, or on others. Outcomes come as they are ready."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from nbformat.v4 import nbformat, nbformat_minor
from nbformat.validator import get_validator

from sig_checker.exercise import Exercise
from sig_checker.grading.batch import startup
from sig_checker.grading.batch.pipeline import Assigned, Outcome, Submission, grade_submission, rehearse
from sig_checker.grading.files import temporary_prefix
from sig_checker.grading.sandbox.syscalls import prctl
from sig_checker.grading.steps.board import Board
from sig_checker.grading.steps.same_answers import share
from sig_checker.grading.warm.process import WarmServer
from sig_checker.verdicts import Message

__all__ = ["LocalWorkers", "Workers"]

_TRIES = 3  # of a submission whose worker was lost
_PATIENCE = 2.0  # seconds without an outcome, after which a subclass may look why
_WAITING = 2  # submissions for each worker that are read in advance
_PR_SET_PDEATHSIG = 1

Key = TypeVar("Key")


class Workers:
    """Grades submissions by executors. Subclasses say by which.

    Attributes:
        count: how many submissions are graded at a time.
        warm: whether kernels can be forked from a warm process of this machine.
    """

    warm = False

    @property
    def count(self) -> int:
        raise NotImplementedError

    def rehearse(self, config: Mapping[str, Any], exercises: Mapping[str, Exercise], seed: int) -> None:
        """The run is to be of these; whoever has time until it begins may get ready."""

    def grade(
        self, assigned: Assigned, submissions: Iterable[tuple[Key, Submission]]
    ) -> Iterator[tuple[Key, Submission, Outcome]]:
        """Grade these, which are taken as workers become free; a submission whose worker is lost is given to another."""
        source = iter(submissions)
        todo: list[tuple[Key, Submission, int]] = []
        running: dict[Future[Outcome], tuple[Key, Submission, int]] = {}
        while True:
            for key, submission in itertools.islice(source, max(0, _WAITING * self.count - len(running) - len(todo))):
                todo.append((key, submission, 1))
            # one that has taken workers along goes alone, so that it takes nobody else's
            alone = any(tries > 1 for *_, tries in (*todo, *running.values()))
            while todo and not (alone and running):
                job = todo.pop(0)
                running[self._submit(assigned, job[1])] = job
            if not running:
                return
            done = wait(running, timeout=_PATIENCE, return_when=FIRST_COMPLETED).done
            if not done:
                self._idle()
            for future in done:
                key, submission, tries = running.pop(future)
                outcome = self._outcome(future) or Outcome(submission.student, failed=True, lost=True)
                if outcome.lost and tries < _TRIES:
                    todo.append((key, submission, tries + 1))
                else:
                    yield key, submission, outcome

    def describe(self) -> list[Message]:
        """How students' code was confined, where the workers know and nobody else does."""
        return []

    def close(self) -> None:
        """End; what is being graded is given up."""

    def _submit(self, assigned: Assigned, submission: Submission) -> Future[Outcome]:
        raise NotImplementedError

    def _outcome(self, future: Future[Outcome]) -> Outcome | None:
        """None where the worker was lost."""
        raise NotImplementedError

    def _idle(self) -> None:
        """Nothing has come for a while; raises where nothing will."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class LocalWorkers(Workers):
    """Processes of this machine, which share a warm process where kernels can be forked from one.

    They are forked when this object is made, with all that is loaded then; make it before there are threads, open gradebooks
    or logs. They end with this process. Where they are lost, others take their place, which load everything for themselves.
    """

    def __init__(self, count: int | None = None) -> None:
        self._count = count or len(os.sched_getaffinity(0))
        self._server: WarmServer | None = None
        self._executor: ProcessPoolExecutor | None = None
        self._folder = tempfile.TemporaryDirectory(prefix=temporary_prefix(), ignore_cleanup_errors=True)
        self._board = Board(Path(self._folder.name) / "judged")
        get_validator(nbformat, nbformat_minor)  # which takes long to make; the workers share it
        startup.settle()
        self._start("fork")

    @property
    def count(self) -> int:
        return self._count

    def rehearse(self, config: Mapping[str, Any], exercises: Mapping[str, Exercise], seed: int) -> None:
        if self._executor is not None:
            with suppress(BrokenProcessPool):  # the first submission finds that, too, and replaces them
                for _ in range(self._count):  # each takes one, since it takes longer than the other needs to come
                    self._executor.submit(rehearse, config, exercises, seed)

    def _submit(self, assigned: Assigned, submission: Submission) -> Future[Outcome]:
        if self._executor is None:
            self._start("forkserver")
        assert self._executor is not None
        try:
            return self._executor.submit(grade_submission, assigned, submission, self._path())
        except BrokenProcessPool:  # since a moment ago
            self._give_up()
            return self._submit(assigned, submission)

    def _start(self, method: str) -> None:
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(startup.PRELOADED)
        self._executor = ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin, initargs=(self._board,))
        self._executor.submit(os.getpid)  # with the first task all begin

    def _path(self) -> str | None:
        """Of the warm process, which is started with the first submission, and again where it has ended."""
        if self._server is not None and not self._server.alive:
            self._server.close()
            self._server = None
        if self.warm and self._server is None:
            self._server = startup.take_server()
        return None if self._server is None else self._server.path

    def _outcome(self, future: Future[Outcome]) -> Outcome | None:
        try:
            return future.result()
        except (BrokenProcessPool, CancelledError):
            return None

    def _give_up(self) -> None:
        executor, self._executor = self._executor, None
        if executor is not None:
            processes = list((executor._processes or {}).values())  # there is no other way to end them before Python 3.14
            executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()
            executor.shutdown(wait=True)

    def close(self) -> None:
        self._give_up()
        helper: Any = forkserver._forkserver
        helper._stop()  # it would end with this process, but a moment later
        if self._server is not None:
            self._server.close()
        self._folder.cleanup()


def _begin(board: Board) -> None:
    """In a worker: what it judges the others need not. Ctrl-C is for the one who gives out the work, whose end is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share(board)
    startup.disown()
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
