"""The kernel in a forked process: ipykernel's own, whose channels are one socket of packets instead of five of ZeroMQ.

All that can be made before the fork is made before (`WarmApp`); threads, open files and random seeds are not among that.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NoReturn

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.macro import Macro
from IPython.core.profiledir import ProfileDir
from traitlets import Any as AnyTrait

from sig_checker.grading.warm.channels import BareSession, Channel, Publisher
from sig_checker.grading.warm.wire import BEGUN, ENDED, IOPUB, READY, Assembler, receive, send

__all__ = ["WarmApp"]


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
        self.session = BareSession(parent=self, key=b"unused")  # without one it warns of strangers
        self.iopub_thread = Publisher(Channel(lambda frames: self.transmit([IOPUB, *frames])))
        self.iopub_socket = self.iopub_thread.background_socket

    def init_kernel(self) -> None:
        self.kernel = _Kernel.instance(
            parent=self, session=self.session, log=self.log, profile_dir=self.profile_dir, user_ns=self.user_ns,
            shell_stream=Channel(self._hold_reply), iopub_thread=self.iopub_thread, iopub_socket=self.iopub_socket,
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
