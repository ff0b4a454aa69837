"""What a grading command does before it loads anything else, since loading takes longer than grading a submission.

Imported before nbgrader, in the command's process and in that from which its workers are forked.
"""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing import forkserver
from typing import Any

from sig_checker.grading.environment import server_environment
from sig_checker.grading.warm.process import WarmServer

__all__ = ["PRELOADED", "begin", "take_server"]

PRELOADED = [__name__, "sig_checker.grading.workers"]

# jsonschema, which nbformat uses, loads it to check one kind of format that no notebook has; it takes a second
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

_servers: list[WarmServer] = []


def begin(*, warm: bool) -> None:
    """Start what workers come from, and with `warm` what kernels are forked from; they load while the caller does."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOADED)
    helper: Any = forkserver
    helper.ensure_running()
    if warm:
        _servers.append(WarmServer(server_environment()))


def take_server() -> WarmServer:
    """The warm process that was started at the beginning, or a new one."""
    return _servers.pop() if _servers else WarmServer(server_environment())
