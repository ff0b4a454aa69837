"""Observes functions that are handed in as source, in a process of their own.

The process reports what a function did; it never judges, and its report is checked like any other. Limits, not trust, end
what does not end by itself. They bound a function; that it sees neither files nor network is the sandbox's part.
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sig_checker.deciding.challenge import FORMAT
from sig_checker.grading.sandbox import Limits as SandboxLimits
from sig_checker.grading.sandbox import Policy, Sandbox

__all__ = ["FunctionObserver", "Limits", "observe"]

START_SECONDS = 60.0  # to load NumPy on a slow disk
GRACE_SECONDS = 8.0  # beyond the function's own time, to end and sweep up what it left
MOST_REPLY = 1 << 22
# what a student may import, wherever it is installed, and what the process itself needs
PACKAGES = ("numpy", "scipy", "sympy", "mpmath", "flint", "sig_checker")
_START = (
    "import json, sys; sys.path += json.loads(sys.argv[1])\n"
    "from sig_checker.grading.running.function_host import main; main()"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one function may take: wall and CPU seconds, address space, size of a file, open files, processes of the user."""

    seconds: float = 10.0
    memory_bytes: int = 2 << 30
    file_bytes: int = 1 << 20
    files: int = 64
    processes: int = 512


class FunctionObserver:
    """A started process that observes one function after another, each in a fresh copy of itself.

    Starting takes about as long as importing NumPy, and goes on beside the caller; a function then takes some 20 ms. Use it
    as a context manager, from one thread.

    >>> from sig_checker.deciding.challenge import draw_plan
    >>> with FunctionObserver() as observer:
    ...     seen = observer.observe("f = lambda z: z + 1.0", "f", draw_plan("seed", ("z",)))
    >>> seen["calls"]["small"]["dtype"]
    'float64'
    """

    def __init__(self, limits: Limits | None = None, *, sandbox: Sandbox | None = None) -> None:
        """`sandbox`: in which the process is to run; without one it is bounded and nothing more."""
        self.limits = limits or Limits()
        self._sandbox = sandbox
        self._folder = tempfile.TemporaryDirectory(prefix="sig-checker-", ignore_cleanup_errors=True)
        self._host: subprocess.Popen[bytes] | None = None
        self._start()

    def observe(self, source: str, name: str, plan: Mapping[str, Any]) -> dict[str, Any]:
        """Define `name` by `source` and call it as `plan` says.

        Returns:
            What `probe` reports. Where the process ended otherwise, "fault" says how: "timeout", "exit", "signal", "flood",
            "garbled", "lost" (the observing process itself was ended), or what was wrong with the source.
        """
        limits = self.limits
        planned = {**plan, "seconds": min(plan["seconds"], 0.8 * limits.seconds)}  # so that a slow function can still be told
        job = {"source": source, "name": name, "plan": planned, "limits": asdict(limits)}
        seen = self._ask(json.dumps(job).encode("ascii"))
        told = {"calls": {}, "formula": None, "fault": None, **seen}
        return {**told, "format": FORMAT, "seed": plan["seed"], "names": plan["names"]}

    def close(self) -> None:
        """End the process; what it still runs ends with it."""
        self._stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _start(self) -> None:
        command = [sys.executable, "-I", "-S", "-c", _START, json.dumps(_import_paths())]
        if self._sandbox is not None:
            command = self._sandbox.command(self._policy(), command)
        self._host = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            cwd=self._folder.name, env=_environment(self._folder.name), start_new_session=True, close_fds=True,
        )  # fmt: skip
        self._patience = START_SECONDS

    def _policy(self) -> Policy:
        limits = self.limits
        shared = SandboxLimits(
            # the process itself and what a function shares with it are counted along
            memory_bytes=2 * limits.memory_bytes, process_bytes=2 * limits.memory_bytes, file_bytes=limits.file_bytes,
            disk_bytes=16 * limits.file_bytes, cpu_seconds=1_000_000,
        )  # fmt: skip
        folder = self._folder.name
        return Policy(folder=folder, private=("/tmp", "/dev/shm", folder), limits=shared)

    def _stop(self) -> None:
        host, self._host = self._host, None
        if host is None:
            return
        for pipe in (host.stdin, host.stdout):
            if pipe is not None:
                pipe.close()
        try:
            host.wait(0.5)  # it ends by itself when its input does
        except subprocess.TimeoutExpired:
            pass
        finally:
            try:
                os.killpg(host.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                host.kill()
            host.wait()

    def _ask(self, job: bytes) -> dict[str, Any]:
        if self._host is None or self._host.poll() is not None:
            self._stop()
            self._start()
        host = self._host
        assert host is not None
        assert host.stdin is not None
        assert host.stdout is not None
        deadline = time.monotonic() + self.limits.seconds + GRACE_SECONDS + self._patience
        self._patience = 0.0
        try:
            _send(host.stdin.fileno(), len(job).to_bytes(8, "little") + job, deadline)
            size = int.from_bytes(_receive(host.stdout.fileno(), 8, deadline), "little")
            if size > MOST_REPLY:
                raise EOFError
            seen = json.loads(_receive(host.stdout.fileno(), size, deadline))
        except (EOFError, TimeoutError, BrokenPipeError):
            self._stop()  # the next function gets a new process
            return {"fault": {"kind": "lost"}}
        assert isinstance(seen, dict)
        return seen


def observe(
    source: str, name: str, plan: Mapping[str, Any], *, limits: Limits | None = None, sandbox: Sandbox | None = None
) -> dict[str, Any]:
    """Observe one function in a process of its own; see `FunctionObserver.observe`."""
    with FunctionObserver(limits, sandbox=sandbox) as observer:
        return observer.observe(source, name, plan)


def _environment(folder: str) -> dict[str, str]:
    """Nothing of the grader's own; one thread, since each would take its share of the address space."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder, **threads}


def _import_paths() -> list[str]:
    found: dict[str, None] = {}
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            found[str(Path(spec.origin).resolve().parent.parent)] = None
    return list(found)


def _send(fd: int, data: bytes, deadline: float) -> None:
    view = memoryview(data)
    os.set_blocking(fd, False)
    while view:
        if not select.select([], [fd], [], max(0.0, deadline - time.monotonic()))[1]:
            raise TimeoutError
        view = view[os.write(fd, view[: 1 << 16]) :]


def _receive(fd: int, size: int, deadline: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        piece = os.read(fd, size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
