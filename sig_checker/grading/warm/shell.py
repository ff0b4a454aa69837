"""The kernel in a forked process: ipykernel's own, whose channels are one socket of packets instead of five of ZeroMQ.

All that can be made before the fork is made before (`WarmApp`); threads, open files and random seeds are not among that.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import random
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NoReturn

from ipykernel.iostream import BackgroundSocket, IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.macro import Macro
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from traitlets import Any as AnyTrait

from sig_checker.grading.warm.wire import BEGUN, ENDED, IOPUB, READY, Assembler, receive, send

__all__ = ["WarmApp"]


class _Channel:
    """What ipykernel takes for a socket."""

    def __init__(self, send: Callable[[list[bytes]], object]) -> None:
        self._send = send

    def send_multipart(self, frames: Sequence[Any], *_: Any, **__: Any) -> None:
        self._send([*map(bytes, frames)])

    def flush(self, *_: Any) -> None:
        """Nothing is held back."""


class _Publisher(IOPubThread):
    """ipykernel's thread for outputs, without ZeroMQ: who writes also sends, and what waits for more goes after a while."""

    def __init__(self, channel: _Channel) -> None:
        self.socket = channel
        self.background_socket = BackgroundSocket(self)  # type: ignore[no-untyped-call]
        self.thread = SimpleNamespace(is_alive=lambda: True, ident=None)  # type: ignore[assignment]  # but see `schedule`
        self.io_loop = _Later()  # type: ignore[assignment]
        self._pipe_flag = False

    def schedule(self, function: Callable[[], object]) -> None:
        _attempt(function)

    def stop(self) -> None:
        pass


class _Later:
    """Calls functions after some time, in a thread of its own that begins with the first."""

    def __init__(self) -> None:
        self._todo: queue.SimpleQueue[tuple[float, Callable[[], object]]] = queue.SimpleQueue()
        self._started = False

    def call_later(self, seconds: float, function: Callable[[], object]) -> None:
        self._todo.put((time.monotonic() + seconds, function))
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, daemon=True, name="IOPub").start()

    def _run(self) -> None:
        while True:
            due, function = self._todo.get()
            time.sleep(max(0.0, due - time.monotonic()))
            _attempt(function)


def _attempt(function: Callable[[], object]) -> None:
    """As in ipykernel's thread, what cannot be sent (half a surrogate pair has no UTF-8) is told of, and the cell goes on."""
    try:
        function()
    except Exception as error:  # on the student's stderr, as there, but without the paths of a traceback
        logging.getLogger("tornado.application").error("An output could not be sent: %s", error)


class _Session(Session):  # type: ignore[misc]  # jupyter_client's base classes are untyped
    """Jupyter's, but what is sent of a message is only what the grader looks at: which cell it belongs to, type and content."""

    def serialize(self, msg: dict[str, Any], ident: list[bytes] | bytes | None = None) -> list[bytes]:
        cell = str(msg["parent_header"].get("msg_id", ""))
        bare = {"header": {}, "parent_header": {}, "metadata": {}, "content": msg["content"]}
        return [cell.encode(), msg["msg_type"].encode(), super().serialize(bare, ident)[-1]]

    def feed_identities(self, msg_list: Any, **_: Any) -> tuple[list[bytes], Any]:
        return [], msg_list

    def deserialize(self, msg_list: Any, **_: Any) -> Any:
        """Requests are made here, from what the grader has sent."""
        return msg_list


_MAY_WAIT = re.compile("await|async")


class _Kernel(IPythonKernel):
    shell_stream = AnyTrait()  # ipykernel wants ZeroMQ's
    _supports_kernel_subshells = False
    _execute_sleep = 0.0  # it is there to bring ZeroMQ's channels into order
    parent: WarmApp

    async def do_execute(self, code: str, silent: bool, store_history: bool = True, *given: Any, **more: Any) -> dict[str, Any]:
        """As ipykernel's. It would look at each cell twice; what needs no event loop, as most cells, IPython alone can run."""
        if _MAY_WAIT.search(code) or self._made_otherwise():
            return await super().do_execute(code, silent, store_history, *given, **more)  # type: ignore[no-untyped-call,no-any-return]
        self._forward_input(allow_stdin=False)  # type: ignore[no-untyped-call]
        try:
            ran = self.shell.run_cell(code, store_history=store_history, silent=silent)
        finally:
            self._restore_input()  # type: ignore[no-untyped-call]
        self.shell.payload_manager.clear_payload()
        if ran.success and not self.shell._last_traceback_during_displayhook:
            return {"status": "ok"}
        error = ran.error_in_exec if ran.error_before_exec is None else ran.error_before_exec
        told = {"ename": type(error).__name__, "evalue": str(error), "traceback": self.shell._last_traceback or []}
        return {"status": "error", **told}

    def _made_otherwise(self) -> bool:
        """Whether other code than the cell's may come of it: by what the notebook has put between, or by macros."""
        return self._transformers() != self.parent.transformers or Macro in map(type, [*self.shell.user_ns.values()])

    def _transformers(self) -> list[object]:
        manager, after = self.shell.input_transformer_manager, self.shell.input_transformers_post
        return [*manager.cleanup_transforms, *manager.line_transforms, *manager.token_transformers, *after]

    def _publish_execute_input(self, code: str, parent: Mapping[str, Any], execution_count: int) -> None:
        del code, parent
        known = 0 <= execution_count < 1 << 31  # a student may have set it to anything
        self.parent.transmit([BEGUN, (execution_count if known else 0).to_bytes(4, "little")])

    def _publish_status(self, status: str, channel: str, parent: Mapping[str, Any] | None = None) -> None:
        del channel, parent
        if status == "idle":
            self.parent.send_reply()

    def _abort_queues(self, *_: Any) -> None:
        """There are none: a request is sent when the one before has been answered."""


class WarmApp(IPKernelApp):
    """A kernel that is complete but for its socket. `initialize` before the fork, `serve` after it."""

    kernel_class = _Kernel
    _end: socket.socket | None = None
    _request: dict[str, Any]
    _reply: list[bytes] | None = None
    _settings: dict[str, str]
    transformers: list[object]

    def initialize(self, argv: list[str] | None = None) -> None:
        before = dict(os.environ)
        super().initialize(argv)
        self._settings = {name: x for name, x in os.environ.items() if before.get(name) != x}  # of colours, pagers and plots
        self.transformers = self.kernel._transformers()
        self.log.setLevel(self.log_level)  # or each cell makes records of what is not shown

    def _not_here(self, **_: Any) -> None:
        """There is no such thing, or not before the fork."""

    init_connection_file = write_connection_file = log_connection_info = _not_here
    init_poller = init_heartbeat = init_io = init_signal = _not_here

    def init_sockets(self) -> None:
        self.session = _Session(parent=self, key=b"unused")  # without one it warns of strangers
        self.iopub_thread = _Publisher(_Channel(lambda frames: self.transmit([IOPUB, *frames])))
        self.iopub_socket = self.iopub_thread.background_socket

    def init_kernel(self) -> None:
        self.kernel = _Kernel.instance(
            parent=self, session=self.session, log=self.log, profile_dir=self.profile_dir, user_ns=self.user_ns,
            shell_stream=_Channel(self._hold_reply), iopub_thread=self.iopub_thread, iopub_socket=self.iopub_socket,
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
        )  # fmt: skip

    def transmit(self, frames: Sequence[bytes]) -> None:
        if self._end is not None:
            send(self._end, frames)

    def _hold_reply(self, frames: list[bytes]) -> None:
        self._reply = frames

    def send_reply(self) -> None:
        """With the cell's end."""
        reply, self._reply = self._reply, None
        if reply is None:  # it could not be sent, or was interrupted
            content = {"status": "error", "ename": "NoReply", "evalue": "", "traceback": ["The cell ended without a reply."]}
            reply = self.session.serialize(self.session.msg("execute_reply", content, parent=self._request))
        self.transmit([ENDED, *reply])

    def get_ready(self) -> None:
        """Make what the first cell would make for itself in each fork; nothing of it is left in the notebook's names."""
        self.kernel.shell.display_formatter.format(0)
        self._loop = asyncio.new_event_loop()
        self._answer("", "pass", store_history=False)
        self._loop.close()

    def serve(self, end: socket.socket, environment: Mapping[str, str]) -> NoReturn:
        """Run what comes through the socket, until it is closed. For a fresh fork, in its sandbox and its folder."""
        os.environ.clear()
        os.environ.update({**environment, **self._settings})
        self._renew()
        self._begin()
        self._end = end
        assembler = Assembler()
        self.transmit([READY])
        while (request := receive(end, assembler)) is not None:
            cell, code = request
            self._answer(cell.decode(), code.decode("utf-8", "surrogatepass"))
        os._exit(0)

    def _begin(self) -> None:
        self.session.pid = os.getpid()
        super().init_io()  # type: ignore[no-untyped-call]
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count
        super().init_signal()  # type: ignore[no-untyped-call]
        # the event loop of the whole life, as in any kernel: what a cell has begun goes on in the next
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self.kernel.io_loop = SimpleNamespace(add_callback=self._loop.call_soon_threadsafe)  # by which a waiting cell is ended

    def _answer(self, cell: str, code: str, *, store_history: bool = True) -> None:
        """Run a cell; all that it sends has its number."""
        content = {"code": code, "silent": False, "store_history": store_history, "user_expressions": {}, "allow_stdin": False,
                   "stop_on_error": True}  # fmt: skip
        header = {**self.session.msg_header("execute_request"), "msg_id": cell}
        self._request = {**self.session.msg("execute_request", content, header=header), "buffers": []}
        try:
            self._loop.run_until_complete(self.kernel.dispatch_shell(self._request))
        except asyncio.CancelledError:  # a cell that waited was interrupted
            self.send_reply()

    def _renew(self) -> None:
        """What a fork must not share with its siblings, and what depends on the place where it runs."""
        random.seed()
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed()
        shell, folder = self.kernel.shell, os.environ["IPYTHONDIR"]
        os.makedirs(folder, exist_ok=True)
        shell.ipython_dir = self.ipython_dir = folder
        shell.profile_dir = self.profile_dir = ProfileDir.create_profile_dir_by_name(folder, "default")
