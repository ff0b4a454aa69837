"""The grader's side of the warm process: one kernel of it, to which cells are given and whose messages are taken one by one."""

from __future__ import annotations

import contextlib
import json
import marshal
import os
import secrets
import select
import signal
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from nbclient.exceptions import DeadKernelError

from sig_checker.grading.running.messages import bounded
from sig_checker.grading.sandbox import FAILED, NEW_CELL, Policy
from sig_checker.grading.warm.wire import BEGUN, ENDED, READY, Assembler, packets, send

__all__ = ["ServerLost", "WarmKernel"]

_START_SECONDS = 60.0
_END_SECONDS = 5.0
_LONGEST_NAME = 64  # of a kind of messages
_read = bounded(json.loads)


class ServerLost(Exception):
    """The warm process has ended."""


class WarmKernel:
    """A kernel, forked from the warm process into a sandbox of its own. Use it as a context manager.

    Attributes:
        begun: the number under which the kernel runs the cell; None where it has not begun with it.
        ended_with: the sandbox's exit status, once it has ended; None before.
        lost: it has ended with the warm process, and not by itself.
    """

    def __init__(self, path: str, policy: Policy, environment: Mapping[str, str]) -> None:
        """Ask for it at the warm process's path; it begins meanwhile. ServerLost where nobody hears that."""
        self._assembler = Assembler()
        self._cell = b""
        self.begun: int | None = None
        self.ended_with: int | None = None
        self.lost = False
        self._end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._end.settimeout(_START_SECONDS)
        try:
            self._end.connect(path)
        except OSError as error:
            self._end.close()
            raise ServerLost from error
        control, self._control = os.pipe()
        self._status, status = os.pipe()
        asked = replace(policy, control=None).as_dict(landlock=True)
        try:
            socket.send_fds(self._end, [b"."], [control, status])
            send(self._end, [marshal.dumps(asked), marshal.dumps(dict(environment))])
        except OSError as error:  # it has ended since it was connected to
            lost: OSError | None = error
        else:
            lost = None
        os.close(control)
        os.close(status)
        if lost is not None:
            self.close()
            raise ServerLost from lost

    def wait_until_ready(self) -> None:
        """Raises:
        TimeoutError: it has not begun after a minute.
        DeadKernelError, ServerLost: it has ended.
        """
        while self._next(monotonic() + _START_SECONDS)[0] != READY:
            pass

    def begin_cell(self) -> None:
        """Count the processor's time anew."""
        self.begun = None
        self._order(NEW_CELL)

    def run(self, code: str) -> None:
        """Have it run a cell; what it sends is in `messages`."""
        self._cell = secrets.token_hex(8).encode()  # so that no cell can speak for a later one
        deadline = monotonic() + _END_SECONDS
        with contextlib.suppress(OSError):  # it has ended, or does not listen, which is told by its messages or by the time
            for packet in packets([self._cell, code.encode("utf-8", "surrogatepass")]):
                self._end.settimeout(max(1e-3, deadline - monotonic()))
                self._end.send(packet)

    def messages(self, seconds: float | None) -> Iterator[dict[str, Any]]:
        """The messages of the cell, as they come. The last, of type "execute_reply", says that it has ended.

        Raises:
            TimeoutError: that has not come in time. The messages that follow can be asked for.
            DeadKernelError: the kernel has ended.
            ServerLost: the warm process has, and the kernel with it.
            Exception: of whatever kind for what is no message, since code inside can send anything. There is no going on.
        """
        deadline = None if seconds is None else monotonic() + seconds
        while True:
            letter, *frames = self._next(deadline)
            if letter == BEGUN:
                self.begun = int.from_bytes(frames[0][:4], "little") or None
                continue
            cell, name, content = frames
            if cell == self._cell and len(name) <= _LONGEST_NAME:  # what an earlier one goes on to send belongs nowhere
                kind, parent = str(name, "utf-8"), {"msg_id": str(cell, "ascii")}
                yield {"header": {"msg_type": kind}, "parent_header": parent, "msg_type": kind, "content": _read(content)}
                if letter == ENDED:
                    return

    def interrupt(self) -> None:
        self._order(signal.SIGINT)

    def end(self) -> None:
        """Kill what runs inside, from whatever thread."""
        self._order(signal.SIGKILL)

    def close(self) -> None:
        if self._control < 0:
            return
        os.close(self._control)
        self._control = -1
        self._end.close()
        self._learn_end()
        os.close(self._status)

    def _order(self, number: int) -> None:
        with contextlib.suppress(OSError):  # it has ended, or is about to
            os.write(self._control, bytes([number]))

    def _next(self, deadline: float | None) -> list[bytes]:
        """The frames of the next message."""
        while True:
            left = None if deadline is None else deadline - monotonic()
            if left is not None and left <= 0:  # also of one that never stops to send
                raise TimeoutError
            self._end.settimeout(left)
            try:
                packet = self._end.recv(1 << 16)
            except TimeoutError:
                raise
            except OSError:
                packet = b""
            if not packet:
                self._learn_end()
                raise ServerLost if self.lost else DeadKernelError("the kernel has ended")
            frames = self._assembler.add(packet)
            if frames is not None:
                return frames

    def _learn_end(self) -> None:
        if self.ended_with is None and select.select([self._status], [], [], _END_SECONDS)[0]:
            told = os.read(self._status, 1)
            self.ended_with = told[0] if told else FAILED
            self.lost = not told  # the one who would have told is gone

    def __enter__(self) -> WarmKernel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
