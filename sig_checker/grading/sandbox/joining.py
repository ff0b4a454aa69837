"""A sandbox that a small process makes and a large one forks into. Standard library only.

Where a process has loaded much, each fork of it costs milliseconds, and the supervisor needs nothing of what it has loaded. So
there are two: one that has loaded nothing makes the sandbox, and its fork there is the supervisor (`found`); the large one
forks once, into that sandbox (`join`). Between the two is a line, a socket on which is said, in this order:

    to the large one's fork   the policy, and what the founder has to say
    to the supervisor         the fork's number inside
    to the large one's fork   a byte, when the supervisor has given up its rights, so that it cannot be made to use them
    to the supervisor         the fork's exit status, by the large one, when it has ended
"""

from __future__ import annotations

import contextlib
import marshal
import os
import socket
from collections.abc import Collection, Mapping
from typing import Any

from sig_checker.grading.sandbox.stage import begin, close_others, confine, fill, leave_root, map_ids, weaken
from sig_checker.grading.sandbox.syscalls import NEW_ALL, NEW_PID, NEW_USER, drop_capabilities, setns, unshare
from sig_checker.grading.sandbox.watching import FAILED, LEFT, fail, watch

__all__ = ["be_able_to_join", "found", "join"]

_SYS_ADMIN = 1 << 21
_READY = b"."


def be_able_to_join() -> None:
    """What founder and large process have in common, to be done before one is forked from the other: rights, if only in a user
    namespace of their own, without which nobody may enter what the other has made."""
    with open("/proc/self/status", encoding="ascii") as status:
        capabilities = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff:"))
    if not capabilities & _SYS_ADMIN:
        user, group = os.geteuid(), os.getegid()
        unshare(NEW_USER)
        map_ids(user, group, (user, group))


def found(policy: Mapping[str, Any], large: socket.socket, end: socket.socket, more: bytes) -> int:
    """Make a sandbox, and tell the large process of it: the number of its first process, whose end is that of all in it.

    Never returns in that process. It ends with the one who has called this, with the exit status that one in the sandbox has,
    and as `watching` tells.

    Args:
        large: the socket on which the large process is told, by three open files: the end, the line and the supervisor's own.
        end: handed on to who is confined.
        more: likewise.
    """
    line, other = socket.socketpair()
    first = begin(policy, (large.fileno(), end.fileno(), line.fileno(), other.fileno()))
    if first:
        line.close()
        other.close()
        return first
    try:
        fill(policy)
        socket.send_fds(large, [_READY], [end.fileno(), other.fileno(), os.pidfd_open(os.getpid())])
        for each in (large, end, other):
            each.close()
        _say(line, marshal.dumps(dict(policy)))
        _say(line, more)
        confined = int.from_bytes(_hear(line, LEFT), "little")
        weaken(policy)
        _say(line, _READY)
        watch(confined, policy, line.fileno())
    except BaseException as error:
        fail(error)


def join(supervisor: int, line: socket.socket, keep: Collection[int]) -> tuple[int, bytes]:
    """Fork into a sandbox: the fork's number, or in the fork, which is confined, 0 and what the founder has said.

    For a process with one thread. It has to wait for the fork's end, and to say its status on the line, a byte.

    Args:
        supervisor: the file that tells of it; it is closed.
        keep: files that stay open.

    Raises:
        OSError: there can be no fork, or there is no such sandbox any more.
    """
    try:
        setns(supervisor, NEW_PID)
        process = os.fork()
        return (process, b"") if process else (0, _go_inside(supervisor, line, keep))
    finally:
        os.close(supervisor)


def _go_inside(supervisor: int, line: socket.socket, keep: Collection[int]) -> bytes:
    """Where the PID namespace is the sandbox's already: what the founder has said. Never raises."""
    try:
        close_others((*keep, supervisor, line.fileno()))
        policy, more = marshal.loads(_hear(line)), _hear(line)
        setns(supervisor, NEW_ALL & ~NEW_PID | (0 if policy["as_root"] else NEW_USER))
        _say(line, os.getpid().to_bytes(4, "little"))
        leave_root(policy)
        drop_capabilities(bounding=True)
        confine(policy)
        _hear(line)
        line.close()
        return more
    except BaseException as error:
        fail(error)


def _say(line: socket.socket, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # the other is gone, or has failed, as is heard next
        line.sendall(len(data).to_bytes(4, "little") + data)


def _hear(line: socket.socket, otherwise: int = FAILED) -> bytes:
    """What was said. Where the other has failed, or is gone, it ends the process; `otherwise`: as what, in the latter case."""
    size = data = b""
    with contextlib.suppress(ConnectionError):  # the other is gone, and has not heard all that was said
        size = line.recv(4, socket.MSG_WAITALL)
        if len(size) == 4:
            data = line.recv(int.from_bytes(size, "little"), socket.MSG_WAITALL)
    if not data:
        os._exit(FAILED if size else otherwise)
    return data
