"""What a grading command does before it loads anything else, since loading takes longer than grading a submission.

Imported before nbgrader, in the command's process and in that from which lost workers are replaced.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress

from sig_checker.grading.running.environment import server_environment
from sig_checker.grading.sandbox.choosing import problem
from sig_checker.grading.warm.process import WarmServer

__all__ = ["PRELOADED", "begin", "disown", "settle", "take_server"]

PRELOADED = [__name__, "sig_checker.grading.batch.workers"]

# jsonschema, which nbformat uses, loads it to check one kind of format that no notebook has; it takes a second
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

_servers: list[WarmServer] = []
_trials: list[threading.Thread] = []


def begin() -> None:
    """Start what kernels are forked from, and try whether they can be confined; both go on while the caller loads."""
    _servers.append(WarmServer(server_environment()))
    _trials.append(threading.Thread(target=_try_sandbox))
    _trials[-1].start()


def _try_sandbox() -> None:
    with suppress(Exception):  # it is tried again, and told of, by who needs it
        problem("namespaces")


def settle() -> None:
    """Wait for the trial's end: there must be no threads when workers are forked."""
    while _trials:
        _trials.pop().join()


def take_server() -> WarmServer:
    """The warm process that was started at the beginning, or a new one."""
    return _servers.pop() if _servers else WarmServer(server_environment())


def disown() -> None:
    """In a fork of the command: the warm process lives as long as the command, whatever becomes of the fork."""
    for server in _servers:
        server.disown()
    _servers.clear()
