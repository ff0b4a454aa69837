"""The way into a sandbox: from a process that may do much to one that may do little. Standard library only.

    entrance      waits outside for the end (with bubblewrap, that is bubblewrap's part)
    supervisor    the first process inside, PID 1: when it ends, the kernel ends every other
    confined      what the sandbox is for

The supervisor ends with the confined process, with whoever started the sandbox, when the processes together take more than
they may, and on any failure of its own.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import marshal  # what json, signal and their like load takes longer than all that is done here
import os
import sys

from sig_checker.grading.sandbox.confining import filter_system_calls, gain_no_privileges, limit, restrict_files
from sig_checker.grading.sandbox.syscalls import (
    NEW_ALL,
    NEW_USER,
    clone,
    drop_capabilities,
    landlock_abi,
    loop_up,
    prctl,
    unshare,
)
from sig_checker.grading.sandbox.view import enter_view, rules
from sig_checker.grading.sandbox.watching import FAILED, as_code, fail, watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any, NoReturn

__all__ = [
    "begin", "close_others", "confine", "enter", "fill", "leave_root", "main", "map_ids", "supervise", "weaken",
]  # fmt: skip

INSIDE_ID = 1000  # user and group, as the confined process sees itself
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_SIGKILL = 9


def main() -> NoReturn:
    """`stage inside|outside POLICY COMMAND ...`: become the command, confined as the policy says."""
    where, policy, *command = sys.argv[1:]
    try:
        (enter if where == "outside" else supervise)(marshal.loads(bytes.fromhex(policy)))
        os.execvpe(command[0], command, os.environ)
    except BaseException as error:
        fail(error)


def enter(policy: Mapping[str, Any], keep: Collection[int] = ()) -> None:
    """Go into a sandbox of namespaces and Landlock; returns in a new process, which is confined.

    The calling process, which must have one thread, waits for the end of the sandbox and ends as it did; its code never gets
    to run again. What is in memory comes along, and so do the open files 0 to 2 and those to `keep`; all others are closed.
    """
    try:
        close_others((*keep, policy["control"]))
        prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        first = begin(policy, keep)
    except BaseException as error:
        fail(error)
    if first:
        _wait_for(first)
    supervise(policy)


def begin(policy: Mapping[str, Any], keep: Collection[int] = ()) -> int:
    """Clone the first process of a sandbox: its number, or 0 in that process, which sees the policy's view."""
    user, group = os.geteuid(), os.getegid()
    first = clone(NEW_ALL | (0 if policy["as_root"] else NEW_USER))
    if first:
        return first
    try:
        close_others((*keep, policy["control"]))
        if not policy["as_root"]:
            map_ids(user, group)
        loop_up()
        enter_view(policy["view"])
    except BaseException as error:
        fail(error)
    return 0


def supervise(policy: Mapping[str, Any]) -> None:
    """Become the supervisor, as PID 1 in the sandbox's view; returns in a new process, which is confined."""
    try:
        fill(policy)
        weaken(policy)
        confined = os.fork()
        if confined:
            watch(confined, policy)
        if policy["control"] is not None:
            os.close(policy["control"])
        confine(policy)
    except BaseException as error:
        fail(error)


def close_others(keep: Collection[int | None]) -> None:
    """Close all files but these and the first three."""
    kept = {0, 1, 2, *keep}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            try:  # noqa: SIM105 - contextlib takes a while to load
                os.close(int(name))
            except OSError:
                pass  # that was the folder's own


def map_ids(user: int, group: int, inside: tuple[int, int] = (INSIDE_ID, INSIDE_ID)) -> None:
    """In a user namespace just made, map the one user and group that are left."""
    prctl(_PR_SET_DUMPABLE, 1)  # or the files below would be root's, after a change of user
    for name, line in (("setgroups", "deny"), ("uid_map", f"{inside[0]} {user} 1"), ("gid_map", f"{inside[1]} {group} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        os.write(fd, line.encode())
        os.close(fd)


def _wait_for(supervisor: int) -> NoReturn:
    while True:
        try:
            status = os.waitpid(supervisor, 0)[1]
            os._exit(as_code(status))
        except KeyboardInterrupt:
            continue
        except BaseException:
            os._exit(FAILED)


# ---- the supervisor


def fill(policy: Mapping[str, Any]) -> None:
    """Put into the view what is to be copied, and give the confined user what is its own."""
    prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    made = [path for where, what in policy["copies"] for path in _copy(what, where)]
    if policy["as_root"]:
        given = [path for kind, path, _ in policy["view"] if kind == "private"] + made
        for path in sorted(given, key=len, reverse=True):  # once a folder is given away, its inside is closed
            os.chown(path, policy["user"], policy["user"], follow_symlinks=False)


def weaken(policy: Mapping[str, Any]) -> None:
    """Keep no rights but the one to signal what is confined, and let nobody look into the process."""
    leave_root(policy)
    prctl(_PR_SET_PDEATHSIG, _SIGKILL)  # which the kernel has taken back with the privileges
    drop_capabilities(bounding=True)
    prctl(_PR_SET_DUMPABLE, 0)


def leave_root(policy: Mapping[str, Any]) -> None:
    """Root is bound by neither the limit of processes nor the owners of files, so go on as a user that nobody else is."""
    if policy["as_root"]:
        user = policy["user"]
        os.setgroups([])
        os.setresgid(user, user, user)
        # not the saved one: bubblewrap's outermost process stays root, but without privileges, and its end must end this one
        os.setresuid(user, user, 0)


def _copy(source: str, target: str) -> Iterator[str]:
    """Copy a folder with what lies in it; the paths that were made. Links stay links, and sockets and the like stay away."""
    os.makedirs(target, exist_ok=True)
    yield target
    with os.scandir(source) as entries:
        for entry in entries:
            path = os.path.join(target, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), path)
            elif entry.is_dir():
                yield from _copy(entry.path, path)
                continue
            elif entry.is_file():
                with open(entry.path, "rb") as read, open(path, "wb") as write:
                    while piece := read.read(1 << 20):
                        write.write(piece)
                os.chmod(path, entry.stat().st_mode & 0o700 | 0o600)
            else:
                continue
            yield path


# ---- the confined process


def confine(policy: Mapping[str, Any]) -> None:
    """Take upon oneself all that holds for who is confined."""
    os.setsid()
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)  # a grader in the background may have been told to ignore it
    os.chdir(policy["folder"])
    _give_up_namespaces()
    gain_no_privileges()
    limit(policy["limits"])
    if landlock_abi() or policy["landlock"]:
        restrict_files(rules(policy["view"]))
    filter_system_calls()


def _give_up_namespaces() -> None:
    """A user namespace of its own: no right over the sandbox's mounts, and a count of processes that starts with this one."""
    user, group = os.geteuid(), os.getegid()
    os.setresuid(user, user, user)
    unshare(NEW_USER)
    map_ids(user, group)
    drop_capabilities(bounding=True)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")  # if the machine runs short of memory, this goes first
