"""What ipykernel takes for sockets, thread of outputs and session: all that a cell sends goes through one function."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from ipykernel.iostream import BackgroundSocket, IOPubThread
from jupyter_client.session import Session

__all__ = ["BareSession", "Channel", "Publisher"]


class Channel:
    """What ipykernel takes for a socket."""

    def __init__(self, send: Callable[[list[bytes]], object]) -> None:
        self._send = send

    def send_multipart(self, frames: Sequence[Any], *_: Any, **__: Any) -> None:
        self._send([*map(bytes, frames)])

    def flush(self, *_: Any) -> None:
        """Nothing is held back."""


class Publisher(IOPubThread):
    """ipykernel's thread for outputs, without ZeroMQ: who writes also sends, and what waits for more goes after a while."""

    def __init__(self, channel: Channel) -> None:
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


class BareSession(Session):  # type: ignore[misc]  # jupyter_client's base classes are untyped
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
