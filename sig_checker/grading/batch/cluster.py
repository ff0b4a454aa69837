"""Grades on the machines of a Dask cluster, which need this package, and neither the course nor its gradebook."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from time import monotonic
from typing import Any

from distributed import Client, KilledWorker
from distributed.comm.core import CommClosedError

from sig_checker.errors import ConfigError
from sig_checker.grading.batch.cluster_worker import Refused, difference, made_of, pack, run_task, unpack
from sig_checker.grading.batch.pipeline import Assigned, Outcome, Submission
from sig_checker.grading.batch.workers import Workers
from sig_checker.verdicts import Message

__all__ = ["DaskWorkers"]

_CONNECT_SECONDS = 10.0
_LOOK_SECONDS = 2.0  # between looks at who is there


class DaskWorkers(Workers):
    """The workers of a Dask cluster, as many as there are at the time; they may come and go.

    Where a worker is lost, the scheduler gives its submissions to others. They are graded anew and only what comes back is
    written, so none counts twice. A worker that is not what this process is made of, or that cannot confine students' code,
    is refused, and the run ends.
    """

    def __init__(self, address: str, tell: Callable[[Message], None]) -> None:
        """`tell` is told when the run waits for workers.

        Raises:
            ConfigError: no scheduler answers there, or a worker is refused.
        """
        self._address, self._tell = address, tell
        for name in ("distributed", "distributed.client"):  # what is lost is told in our words, without their tracebacks
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, name="sig-checker")
        except (OSError, ValueError, CommClosedError) as error:
            raise ConfigError(Message(
                "no Dask scheduler answers at {address} ({error}); expected is an address such as tcp://host:8786. Start one "
                "with `dask scheduler`, and see whether a firewall stands between", address=address, error=_first_line(error),
            )) from None  # fmt: skip
        self._executor = self._client.get_executor(pure=False)
        self._threads: dict[str, int] = {}
        self._looked = -_LOOK_SECONDS
        self._waiting = False
        self._packed: tuple[Assigned, bytes] | None = None
        self._confined: dict[Message, set[str]] = {}
        try:
            self._compare()
        except BaseException:
            self.close()
            raise

    @property
    def count(self) -> int:
        """The threads of all workers; one where there is no worker, so that there is work for the first to come."""
        if monotonic() - self._looked >= _LOOK_SECONDS:
            self._look()
        return sum(self._threads.values()) or 1

    def _look(self) -> None:
        try:
            self._threads = self._client.nthreads()
        except (OSError, CommClosedError, ValueError) as error:
            raise self._gone() from error
        self._looked = monotonic()
        waiting = not self._threads
        if waiting and not self._waiting:
            self._tell(Message("There is no worker at {address}; waiting until one comes.", address=self._address))
        self._waiting = waiting

    def _compare(self) -> None:
        """Look at all who are there. Those who come later are looked at with their first task."""
        for worker, found in self._client.run(made_of, on_error="return").items():
            if isinstance(found, BaseException):
                raise _refused(worker, _unreadable(found))
            if found != made_of():
                raise _refused(worker, difference(made_of(), found))

    def _submit(self, assigned: Assigned, submission: Submission) -> Future[Any]:
        if self._packed is None or self._packed[0] is not assigned:
            self._packed = assigned, pack(assigned)
        if self._client.status not in ("running", "connecting"):
            raise self._gone()
        submitted: Future[Any] = self._executor.submit(_named_task, made_of(), self._packed[1], pack(submission))
        return submitted

    def _outcome(self, future: Future[Any]) -> Outcome | None:
        try:
            worker, packed = future.result()
        except (KilledWorker, CommClosedError):
            return None
        except CancelledError:
            if self._client.status != "running":
                raise self._gone() from None
            return None
        except (ImportError, AttributeError, pickle.UnpicklingError) as error:  # raised there, by another version
            raise _refused("?", _unreadable(error)) from error
        outcome: Outcome | Refused = unpack(packed)
        if isinstance(outcome, Refused):
            raise _refused(worker, *outcome.reasons)
        if outcome.confined is not None:
            self._confined.setdefault(outcome.confined, set()).add(worker)
        return None if outcome.lost else outcome

    def _idle(self) -> None:
        if self._client.status != "running":
            raise self._gone()
        self._look()

    def _gone(self) -> ConfigError:
        return ConfigError(Message(
            "the Dask scheduler at {address} does not answer any more; what is done is kept. Start it again, or leave "
            "--scheduler out, and run the same command again to go on", address=self._address,
        ))  # fmt: skip

    def describe(self) -> list[Message]:
        """How students' code was confined, by worker where not all did it in the same way."""
        if len(self._confined) == 1:
            return list(self._confined)
        ways = sorted(self._confined.items(), key=lambda x: sorted(x[1]))
        return [Message("{workers}: {how}", workers=", ".join(sorted(workers)), how=how) for how, workers in ways]

    def close(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close(timeout=_CONNECT_SECONDS)


def _named_task(expected: dict[str, str], assigned: bytes, submission: bytes) -> tuple[str, bytes]:
    from distributed import get_worker  # noqa: PLC0415 - means something on a worker alone

    return get_worker().address, run_task(expected, assigned, submission)


def _refused(worker: str, *reasons: Message | str) -> ConfigError:
    what = Message("the worker {worker} was refused, and the run has ended; what is done is kept", worker=worker)
    advice = Message("Set it up as this machine is (see docs/scale.md), start it again and run the same command again.")
    return ConfigError(what, *reasons, advice)


def _unreadable(error: BaseException) -> Message:
    first = _first_line(error)
    return Message("It cannot read its task ({error}); sig-checker is missing there, or is another version.", error=first)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
