"""The process in which submitted functions are observed. Started by `functions`, beside this module, never imported by it.

It loads NumPy once and forks a worker for every function: a fresh copy that no earlier submission has touched, bounded before
it sees the student's source. What a worker leaves behind is handed to this process, because it declares itself the reaper of
its descendants, and is killed before the next one starts. Answers travel as JSON after their length in eight bytes.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import types
from collections.abc import Mapping
from typing import Any, NoReturn

# loaded before the fork, so that a worker has them at once
import numpy as np  # noqa: F401

import sig_checker.notebook.tracing
import sig_checker.printing  # noqa: F401
from sig_checker.notebook.forks import one_process
from sig_checker.notebook.probing import probe

__all__ = ["main"]

MOST_RESULT = 1 << 20
MOST_OUTPUT = 1 << 24
MOST_JOB = 1 << 24
SWEEP_SECONDS = 3.0
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38


def main() -> None:
    """Answer jobs from standard input until it ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_DUMPABLE, 0)  # workers run as the same user; they may not look into this process
    jobs, replies = os.dup(0), os.dup(1)
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 0)
    os.dup2(quiet, 1)
    while (job := _read_job(jobs)) is not None:
        reply = json.dumps(_observe(job, close=(jobs, replies))).encode()
        _write(replies, len(reply).to_bytes(8, "little") + reply)


def _read_job(fd: int) -> dict[str, Any] | None:
    head = _read(fd, 8)
    if len(head) < 8:
        return None
    job = json.loads(_read(fd, min(int.from_bytes(head, "little"), MOST_JOB)))
    assert isinstance(job, dict)
    return job


def _read(fd: int, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := os.read(fd, size - len(data))):
        data += piece
    return data


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


# ---- the host's side of a worker


def _observe(job: Mapping[str, Any], close: tuple[int, ...]) -> dict[str, Any]:
    limits = job["limits"]
    folder = tempfile.mkdtemp(prefix="function-")
    result, result_in = os.pipe()
    output, output_in = os.pipe()
    if "scipy" in job["source"]:
        _load_scipy()
    worker = os.fork()
    if worker == 0:
        _work(job, folder, result_in, output_in, close)
    os.close(result_in)
    os.close(output_in)
    try:
        data, ended = _watch(worker, result, output, limits["seconds"])
    finally:
        os.close(result)
        os.close(output)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(worker, signal.SIGKILL)
        status, left = _sweep(worker)
        shutil.rmtree(folder, ignore_errors=True)
    seen = _result(data)
    if seen is None:
        seen = {"fault": _fault(ended, status, limits)}
    seen["left_running"] = left
    return seen


def _load_scipy() -> None:
    """Once for all workers that will import it; the first time takes longer than all else."""
    with contextlib.suppress(ImportError):
        importlib.import_module("scipy.special")


def _watch(worker: int, result: int, output: int, seconds: float) -> tuple[bytes, str]:
    """What the worker reports, until it has done so, ends, takes too long or writes too much."""
    deadline = time.monotonic() + seconds
    data, written, gone = bytearray(), 0, False
    open_pipes = [result, output]
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return bytes(data), "timeout"
        for fd in select.select(open_pipes, [], [], 0 if gone else min(left, 0.05))[0]:
            piece = os.read(fd, 1 << 16)
            if not piece:
                open_pipes.remove(fd)
            elif fd == result:
                data += piece
            else:
                written += len(piece)
            if len(data) > MOST_RESULT or written > MOST_OUTPUT:
                return bytes(data), "flood"
            if len(data) >= 8 and len(data) >= 8 + int.from_bytes(data[:8], "little"):
                return bytes(data), "done"
        if gone:
            return bytes(data), "gone"
        # once it is gone, the pipes are read once more
        gone = os.waitid(os.P_PID, worker, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _result(data: bytes) -> dict[str, Any] | None:
    if len(data) < 8 or len(data) != 8 + int.from_bytes(data[:8], "little"):
        return None
    try:
        seen = json.loads(data[8:])
    except (ValueError, RecursionError):
        return None
    return seen if isinstance(seen, dict) else None


def _fault(ended: str, status: int | None, limits: Mapping[str, Any]) -> dict[str, Any]:
    if ended in ("timeout", "flood"):
        return {"kind": ended, "seconds": limits["seconds"]}
    if status is None or ended == "done":
        return {"kind": "garbled"}
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return {"kind": "timeout", "seconds": limits["seconds"]}
        return {"kind": "signal", "name": signal.Signals(number).name if number in set(signal.Signals) else str(number)}
    return {"kind": "exit", "code": os.WEXITSTATUS(status)}


def _sweep(worker: int) -> tuple[int | None, int]:
    """Kill whatever descends from the worker; its exit status, and how many others there were."""
    status, others = None, set()
    deadline = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < deadline:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid == worker:
            status = ended
        elif pid:
            others.add(pid)
        else:
            for child in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.0005)
    return status, len(others)


def _children() -> list[int]:
    me = os.getpid()
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
                if int(file.read().rpartition(b")")[2].split()[1]) == me:
                    found.append(int(name))
    return found


# ---- the worker's side


def _work(job: Mapping[str, Any], folder: str, result: int, output: int, close: tuple[int, ...]) -> NoReturn:
    """Never returns: whatever happens, this copy of the process ends here."""
    try:
        _confine(job["limits"], folder, output, close, keep=result)
        seen = _run(job["source"], job["name"], job["plan"])
        reply = json.dumps(seen).encode()
        _write(result, len(reply).to_bytes(8, "little") + reply)
        os._exit(0)
    finally:
        os._exit(70)


def _confine(limits: Mapping[str, Any], folder: str, output: int, close: tuple[int, ...], keep: int) -> None:
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = None
    os.dup2(output, 1)
    os.dup2(output, 2)
    for fd in close:
        os.close(fd)
    os.closerange(3, keep)
    os.closerange(keep + 1, 256)
    if sys.platform == "linux":
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")  # if the machine runs short of memory, this goes first
    seconds = int(limits["seconds"]) + 1
    for what, most in (
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]), (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
    ):  # fmt: skip
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))
    _drop_privileges()


def _drop_privileges() -> None:
    """No capability is left, also where grading runs as root, and none can be had by running another program."""
    if sys.platform != "linux":
        return
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the kernel's interface; this process
    ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)())


def _run(source: str, name: str, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Define the function from its source and probe it; a fault says why there was nothing to probe."""
    if not source.strip():
        return {"fault": {"kind": "empty"}}
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    try:
        code = compile(source, "<answer>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return {"fault": {"kind": "syntax", "text": str(error.msg)[:200], "line": error.lineno or 1}}
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:  # a null byte, nesting without end
        return {"fault": {"kind": "syntax", "text": str(error)[:200] or type(error).__name__, "line": 1}}
    try:
        with one_process() as process:
            exec(code, module.__dict__)
        if process.divided:
            return {"fault": {"kind": "forked"}}
        missing = object()
        function = module.__dict__.get(name, missing)
        if function is missing:
            return {"fault": {"kind": "missing", "name": name}}
        return probe(function, plan)
    except BaseException as error:  # of the student's definitions; the probe lets pass nothing but KeyboardInterrupt
        kind = type(error).__name__
        return {"fault": {"kind": "source_raised", "type": kind[:100], "text": _text(error)}}


def _text(error: BaseException) -> str:
    try:
        return str(error)[:200]
    except BaseException:  # a student's own __str__
        return ""
