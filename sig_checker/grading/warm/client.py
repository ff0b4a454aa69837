"""The grader's side of the warm process: kernels that nbclient takes for its own."""

from __future__ import annotations

import asyncio
import contextlib
import marshal
import os
import select
import signal
import socket
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from queue import Empty
from typing import Any

from jupyter_client.session import Session
from nbclient.exceptions import DeadKernelError

from sig_checker.grading.messages import MOST_WAITING, bounded
from sig_checker.grading.sandbox import FAILED, NEW_CELL, Policy
from sig_checker.grading.warm.wire import BEGUN, ENDED, KEY, READY, Assembler, send

__all__ = ["ServerLost", "WarmKernel"]

_START_SECONDS = 60.0
_END_SECONDS = 5.0


class ServerLost(Exception):
    """The warm process has ended."""


class WarmKernel:
    """Manager and client of one kernel at once, with what nbclient asks of both.

    Attributes:
        begun: the number under which the kernel runs the cell; None where it has not begun with it.
        ended_with: the sandbox's exit status, once it has ended; None before.
        lost: it has ended with the warm process, and not by itself.
    """

    has_kernel = False
    ipykernel = False  # the history's place is the server's matter
    allow_stdin = False

    def __init__(self, path: str, policy: Policy) -> None:
        self._path, self._policy = path, policy
        self._session = Session(key=KEY)
        self._session.unpack = bounded(self._session.unpack)
        # nbclient asks both at once and is to hear the reason once
        self.shell_channel, self.iopub_channel = _Channel(self._listen, patience=0.0), _Channel(self._listen, patience=1.0)
        self._listening = self._over = False
        self._assembler = Assembler()
        self._end: socket.socket | None = None
        self._control = self._status = -1
        self.begun: int | None = None
        self.ended_with: int | None = None
        self.lost = False
        self.provisioner = self

    # ---- as a kernel's manager

    async def start_kernel(self, *, env: Mapping[str, str], **_: object) -> None:
        self._end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._end.settimeout(_START_SECONDS)
        try:
            self._end.connect(self._path)
        except OSError as error:
            self._end.close()
            self._end = None
            raise ServerLost from error
        control, self._control = os.pipe()
        self._status, status = os.pipe()
        policy = replace(self._policy, control=None).as_dict(landlock=True)
        lost: OSError | None = None
        try:
            socket.send_fds(self._end, [b"."], [control, status])
            send(self._end, [marshal.dumps(policy), marshal.dumps(dict(env))])
        except OSError as error:  # it has ended since it was connected to
            lost = error
        finally:
            os.close(control)
            os.close(status)
        if lost is not None:
            self._shut()
            raise ServerLost from lost
        self.has_kernel = True

    def client(self) -> WarmKernel:
        return self

    async def is_alive(self) -> bool:
        return self._end is not None and self._exit_status(0.0) is None

    async def interrupt_kernel(self) -> None:
        self._order(signal.SIGINT)

    def end(self) -> None:
        """Kill what runs inside, from whatever thread."""
        self._order(signal.SIGKILL)

    def begin_cell(self) -> None:
        """Count the processor's time anew."""
        self.begun = None
        self._order(NEW_CELL)

    def _order(self, number: int) -> None:
        with contextlib.suppress(OSError):  # it has ended, or is about to
            os.write(self._control, bytes([number]))

    async def shutdown_kernel(self, **_: object) -> None:
        self._shut()

    async def cleanup_resources(self, **_: object) -> None:
        self._shut()

    # ---- as its client

    def start_channels(self) -> None:
        assert self._end is not None
        self._end.setblocking(False)
        self._listen()

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        try:
            await self.shell_channel.get_msg(timeout or _START_SECONDS)
        except Empty:
            raise RuntimeError("the kernel did not begin in time") from None

    def execute(self, code: str, *, store_history: bool = True, stop_on_error: bool = True) -> str:
        content = {
            "code": code, "silent": False, "store_history": store_history, "user_expressions": {}, "allow_stdin": False,
            "stop_on_error": stop_on_error,
        }  # fmt: skip
        message = self._session.msg("execute_request", content)
        assert self._end is not None
        self._end.settimeout(_END_SECONDS)
        with contextlib.suppress(OSError):  # it has ended, or does not listen, which is told by the channels or by the time
            send(self._end, self._session.serialize(message))
        self._end.setblocking(False)
        return str(message["header"]["msg_id"])

    def stop_channels(self) -> None:
        self._shut()

    # ---- between the two

    def _listen(self) -> None:
        """Take what comes, as long as not too much of it waits to be looked at."""
        wanted = not self._over and self.iopub_channel.waiting < MOST_WAITING
        if wanted is not self._listening and self._end is not None:
            loop = asyncio.get_running_loop()
            if wanted:
                loop.add_reader(self._end, self._read)
            else:
                loop.remove_reader(self._end)
            self._listening = wanted

    def _read(self) -> None:
        assert self._end is not None
        for _ in range(MOST_WAITING):
            try:
                packet = self._end.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self._hang_up(DeadKernelError("the kernel has ended"))
                return
            try:
                frames = self._assembler.add(packet)
                if frames is not None:
                    self._deliver(frames)
            except Exception as error:  # whatever a message can be made of
                self._hang_up(error)
                return
        self._listen()

    def _deliver(self, frames: list[bytes]) -> None:
        letter, *rest = frames
        if letter == READY:
            self.shell_channel.put({"msg_type": "ready", "parent_header": {}})
            return
        if letter == BEGUN:
            self.begun = int.from_bytes(rest[0][:4], "little") or None
            return
        _, parts = self._session.feed_identities(rest)
        # as `Session.deserialize` does, without looking for dates in all that has been sent
        header, parent, metadata, content = map(self._session.unpack, parts[1:5])
        message = {
            "header": header, "msg_id": header["msg_id"], "msg_type": header["msg_type"], "parent_header": parent,
            "metadata": metadata, "content": content, "buffers": parts[5:],
        }  # fmt: skip
        if not isinstance(parent, dict):
            raise TypeError("a message without a parent's header")
        if letter == ENDED:
            self.shell_channel.put(message)
            message = {**message, "msg_type": "status", "content": {"execution_state": "idle"}, "buffers": []}
        self.iopub_channel.put(message)

    def _hang_up(self, reason: Exception) -> None:
        """Nothing more will come: the kernel has ended, or sends what nobody can read."""
        self._over = True
        self._listen()
        self._exit_status(_END_SECONDS if isinstance(reason, DeadKernelError) else 0.0)
        if self.lost:
            reason = ServerLost()
        for channel in (self.shell_channel, self.iopub_channel):
            channel.put(reason)

    def _exit_status(self, patience: float) -> int | None:
        if self.ended_with is None and self._status >= 0 and select.select([self._status], [], [], patience)[0]:
            told = os.read(self._status, 1)
            self.ended_with = told[0] if told else FAILED
            self.lost = not told  # the one who would have told is gone
        return self.ended_with

    def _shut(self) -> None:
        if self._end is None:
            return
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self._end)
        os.close(self._control)
        self._end.close()
        self._end = None
        self._exit_status(_END_SECONDS)
        os.close(self._status)
        self._status = -1


class _Channel:
    """The messages of a channel in the order in which they came, as nbclient asks for them: one task at a time."""

    def __init__(self, taken: Callable[[], None], *, patience: float) -> None:
        """`taken`: called when a message has been. `patience`: of seconds after which the end of the messages is told."""
        self._messages: deque[Any] = deque()
        self._awaited: asyncio.Future[bool] | None = None  # lighter than asyncio's queue and `wait_for`, for each cell twice
        self._taken, self._patience = taken, patience

    @property
    def waiting(self) -> int:
        return len(self._messages)

    def put(self, message: Any) -> None:
        self._messages.append(message)
        self._wake(True)

    async def get_msg(self, timeout: float | None = None) -> Any:
        if not self._messages and not await self._comes(timeout):
            raise Empty
        message = self._messages.popleft()
        self._taken()
        if isinstance(message, Exception):
            self.put(message)  # for who asks again
            await asyncio.sleep(self._patience)
            raise message
        return message

    async def _comes(self, timeout: float | None) -> bool:
        """Whether a message comes in time."""
        loop = asyncio.get_running_loop()
        awaited: asyncio.Future[bool] = loop.create_future()
        self._awaited = awaited
        late = None if timeout is None else loop.call_later(timeout, self._wake, False)
        try:
            return await awaited
        finally:
            if self._awaited is awaited:
                self._awaited = None
            if late is not None:
                late.cancel()

    def _wake(self, comes: bool) -> None:
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(comes)
