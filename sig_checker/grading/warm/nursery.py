"""The nursery: makes a sandbox for each kernel that is asked for, and stays small, since the supervisors are its forks.

Started by `sig_checker.grading.warm.process`, and never imported by others. Its one other child is the warm process, which
forks a kernel into each sandbox. A request is one message, with two open files beside it:

    frames   a policy's dictionary, the kernel's environment (both marshalled)
    files    the sandbox's control, and a pipe into which the sandbox's exit status is written when it has ended

The connection on which the request came becomes the kernel's.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import select
import signal
import socket
from typing import NoReturn

from sig_checker.grading.sandbox.joining import be_able_to_join, found
from sig_checker.grading.sandbox.syscalls import prctl
from sig_checker.grading.sandbox.watching import LEFT
from sig_checker.grading.warm.wire import Assembler, receive

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1


def main(place: int, life: int) -> NoReturn:
    """Serve requests on the listening socket `place` until the pipe `life` is closed or the warm process ends."""
    be_able_to_join()
    sandboxes, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    warm = _start_warm_process(inside, (place, life, sandboxes.fileno()))
    gc.freeze()
    listening, warm_ends = socket.socket(fileno=place), os.pidfd_open(warm)
    events = select.poll()
    for each in (place, life, warm_ends):
        events.register(each, select.POLLIN)
    running: dict[int, tuple[int, int]] = {}  # by the file that tells of a sandbox's end: its first process, its status's pipe
    while True:
        for file, _ in events.poll():
            if file in (life, warm_ends):
                os._exit(0)
            if file == place:
                with contextlib.suppress(OSError):  # whoever asked has gone; the next one is served
                    process, status = _found(listening, sandboxes)
                    ended = os.pidfd_open(process)
                    running[ended] = process, status
                    events.register(ended, select.POLLIN)
            elif file in running:
                events.unregister(file)
                os.close(file)
                process, status = running.pop(file)
                code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                if code == LEFT:  # the warm process has ended, and no kernel is told to have done so
                    os._exit(0)
                with contextlib.suppress(BrokenPipeError):
                    os.write(status, bytes([code & 0xFF]))
                os.close(status)


def _start_warm_process(sandboxes: socket.socket, others: tuple[int, ...]) -> int:
    nursery = os.getpid()
    warm = os.fork()
    if warm:
        sandboxes.close()
        return warm
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(0)
    for each in others:
        os.close(each)
    from sig_checker.grading.warm.server import serve  # noqa: PLC0415 - the nursery stays small

    serve(sandboxes)


def _found(listening: socket.socket, sandboxes: socket.socket) -> tuple[int, int]:
    """A new sandbox's first process, and the pipe on which its end is to be told."""
    end, _ = listening.accept()
    with end:
        files = socket.recv_fds(end, 1, 2)[1]
        try:
            request = receive(end, Assembler()) if files else None
            if request is None:
                raise ConnectionError
            policy, environment = request
            control, status = files
            first = found({**marshal.loads(policy), "control": control}, sandboxes, end, environment)
            files.remove(status)
            return first, status
        finally:
            for each in files:
                os.close(each)

