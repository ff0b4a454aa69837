"""What runs on a Dask cluster's workers: one task for each submission, each thread of a worker with a process of its own.

A grading changes its process's folder and environment and watches its memory, so two cannot share one; and a worker that
held Python's lock for long would be taken for lost. The processes of a worker share its warm process, if its sandbox lets
kernels be forked. All of them end when the worker does, however that ends.
"""

from __future__ import annotations

import os
import pickle
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import zlib
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from sig_checker.errors import ConfigError
from sig_checker.grading.batch.pipeline import Assigned, Outcome, grade_submission
from sig_checker.grading.digests import checker
from sig_checker.grading.files import sweep
from sig_checker.grading.running.environment import server_environment
from sig_checker.grading.running.kernel import scratch_place
from sig_checker.grading.sandbox import Sandbox, choose
from sig_checker.grading.sandbox.syscalls import prctl
from sig_checker.grading.warm.process import WarmServer
from sig_checker.verdicts import Message

__all__ = ["Refused", "difference", "made_of", "pack", "run_task", "unpack"]

_PACKAGES = ("numpy", "python-flint", "sympy", "scipy", "nbgrader", "nbconvert", "nbclient", "nbformat", "ipykernel")
_START = "from sig_checker.grading.batch.cluster_worker import serve; import sys; serve(int(sys.argv[1]))"
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """Instead of an outcome: the worker grades nothing, and why."""

    reasons: tuple[Message | str, ...]


@cache
def made_of() -> dict[str, str]:
    """Of what must be the same on all machines, so that none grades in another way: what is called how, in which version."""
    found = {"sig-checker": checker(), "Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def pack(value: object) -> bytes:
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 1)


def unpack(packed: bytes) -> Any:
    return pickle.loads(zlib.decompress(packed))


def run_task(expected: dict[str, str], assigned: bytes, submission: bytes) -> bytes:
    """Grade a packed submission in the process of this thread; a packed `Outcome` or `Refused`."""
    if expected != made_of():
        return pack(Refused((difference(expected, made_of()),)))
    process = getattr(_mine, "process", None)
    if process is None or not process.alive:
        process = _mine.process = _Process()
    try:
        return process.run(assigned, submission)
    except (EOFError, OSError):  # it was killed, by the system's want of memory, say
        process.close()
        return pack(Outcome("", failed=True, lost=True))


def difference(expected: dict[str, str], found: dict[str, str]) -> Message:
    """
    >>> print(difference({"numpy": "2.0", "scipy": "1.11"}, {"numpy": "2.1", "scipy": "1.11"}))
    It has numpy 2.1; needed is numpy 2.0.
    """
    differing = [name for name, wanted in expected.items() if found.get(name) != wanted]
    has = ", ".join(f"{name} {found.get(name, 'missing')}" for name in differing)
    needed = ", ".join(f"{name} {expected[name]}" for name in differing)
    return Message("It has {has}; needed is {needed}.", has=has, needed=needed)


class _Process:
    """A thread's process, started with its first task."""

    def __init__(self) -> None:
        self._end, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno())], pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def run(self, assigned: bytes, submission: bytes) -> bytes:
        self._end.send_bytes(assigned)
        self._end.send_bytes(submission)
        while True:
            answer: bytes = self._end.recv_bytes()
            if answer:
                return answer
            self._end.send(_warm_path())  # it has asked

    def close(self) -> None:
        self._end.close()
        self._process.kill()
        self._process.wait()


_mine = threading.local()
_lock = threading.Lock()
_servers: list[WarmServer] = []  # at most one


def _warm_path() -> str:
    """Of the worker's warm process, which is started when it is first needed, and again where it has ended."""
    with _lock:
        if _servers and not _servers[0].alive:
            _servers.pop().close()
        if not _servers:
            _servers.append(WarmServer(server_environment()))
        return _servers[0].path


def serve(handle: int) -> None:
    """The process of a thread: grades what comes until the worker ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for folder in {Path(tempfile.gettempdir()), scratch_place()}:
        sweep(folder)  # what a killed worker has left
    known: tuple[bytes, Assigned, Sandbox] | None = None
    with Connection(handle) as end:
        while True:
            try:
                packed, submission = end.recv_bytes(), unpack(end.recv_bytes())
            except EOFError:
                os._exit(0)
            if known is None or known[0] != packed:
                try:
                    known = packed, *_confined(unpack(packed))
                except ConfigError as error:
                    end.send_bytes(pack(Refused(error.parts)))
                    continue
            warm = None
            if known[2].kind == "namespaces":  # into which kernels can be forked
                end.send_bytes(b"")
                warm = end.recv()
            outcome = grade_submission(known[1], submission, warm)
            outcome.confined = known[2].describe()
            end.send_bytes(pack(outcome))


def _confined(assigned: Assigned) -> tuple[Assigned, Sandbox]:
    """With the sandbox that works on this machine.

    Raises:
        ConfigError: students' code cannot be confined here, and is not trusted either.
    """
    settings = dict(assigned.config.get("ExecuteSubmission", {}))
    trusted = bool(settings.get("trust_submissions", False))
    chosen = choose(settings.get("sandbox", "auto"), trust=trusted, kinds=("namespaces", "bubblewrap"))
    if chosen.confines:
        settings["sandbox"] = chosen.kind
    config = dict(assigned.config) | {"ExecuteSubmission": settings}
    return replace(assigned, config=config), chosen
