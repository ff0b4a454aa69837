"""The Linux system calls that a sandbox needs and Python does not offer. Standard library only."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct

__all__ = [
    "MACHINES", "NEW_ALL", "NEW_PID", "NEW_USER", "clone", "drop_capabilities", "landlock_abi", "loop_up", "machine", "mount",
    "new_proc", "pivot", "prctl", "read_only", "setns", "syscall", "unmount", "unshare",
]  # fmt: skip

MACHINES = ("x86_64", "aarch64")  # whose numbers of system calls stand below and in `confining`

NEW_NS, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000
NEW_USER, NEW_PID, NEW_NET = 0x1000_0000, 0x2000_0000, 0x4000_0000
NEW_ALL = NEW_NS | NEW_CGROUP | NEW_UTS | NEW_IPC | NEW_PID | NEW_NET  # everything but the user namespace

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
_ATTRIBUTES_READ_ONLY, _ATTRIBUTES_NOSUID, _ATTRIBUTES_NODEV = 1, 2, 4
_AT_FDCWD, _AT_RECURSIVE, _MNT_DETACH = -100, 0x8000, 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR, _LANDLOCK_CREATE = 442, 444
_PR_CAPBSET_DROP = 24
_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 1, 64

_CLONE, _SIGCHLD = {"x86_64": 56, "aarch64": 220}, 17

_libc = ctypes.CDLL(None, use_errno=True)
_holding = ctypes.PyDLL(None, use_errno=True)  # keeps Python's lock, which a child must hold


def machine() -> str:
    """The processor's architecture; OSError for one whose system calls are not listed here."""
    name = os.uname().machine
    if name not in MACHINES:
        raise OSError(f"the sandbox knows the system calls of {' and '.join(MACHINES)}, not of {name}")
    return name


def _done(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(what: str, number: int, *arguments: object) -> int:
    return _done(_libc.syscall(ctypes.c_long(number), *arguments), what)


def prctl(option: int, value: int = 0, pointer: object = 0) -> None:
    _done(_libc.prctl(option, ctypes.c_ulong(value), pointer, 0, 0), f"prctl {option}")


def unshare(flags: int) -> None:
    _done(_libc.unshare(flags), "unshare")


def setns(process: int, flags: int) -> None:
    """Go into namespaces of the process that the file tells of; into its PID namespace only future children go."""
    _done(_libc.setns(process, flags), "setns")


def clone(flags: int) -> int:
    """Fork into new namespaces: the child's process number, or 0 in the child. For a process with one thread.

    Other than after `unshare` the caller stays where it is, so it need not be a fork itself. The child is not one of glibc's
    forks: its own threads' numbers are not renewed there, so it should do little but fork in its turn.
    """
    number = _CLONE[machine()]
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    process = int(_holding.syscall(ctypes.c_long(number), ctypes.c_ulong(flags | _SIGCHLD), None, None, None, None))
    error = ctypes.get_errno()
    (python.PyOS_AfterFork_Parent if process else python.PyOS_AfterFork_Child)()
    if process < 0:
        raise OSError(error, f"clone: {os.strerror(error)}")
    return process


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    result = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _done(result, f"mount {kind or source} on {target}")


def new_proc(target: str) -> None:
    mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def read_only(target: str) -> None:
    """Make a bind mount read-only, with whatever is mounted below it, and without devices or set-uid programs."""
    attributes = (ctypes.c_uint64 * 4)(_ATTRIBUTES_READ_ONLY | _ATTRIBUTES_NOSUID | _ATTRIBUTES_NODEV, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    syscall(f"mount_setattr {target}", _MOUNT_SETATTR, _AT_FDCWD, target.encode(), _AT_RECURSIVE, attributes, size)


def pivot(new: str, old: str) -> None:
    syscall("pivot_root", _PIVOT_ROOT[machine()], new.encode(), old.encode())


def unmount(target: str) -> None:
    _done(_libc.umount2(target.encode(), _MNT_DETACH), f"umount {target}")


def loop_up() -> None:
    """Switch on this network namespace's own loop, which some libraries take for granted."""
    fd = _done(_libc.socket(2, 2 | os.O_CLOEXEC, 0), "socket")
    try:
        fcntl.ioctl(fd, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP | _IFF_RUNNING))
    finally:
        os.close(fd)


def drop_capabilities(*, bounding: bool) -> None:
    """Give up every capability; with `bounding` also those that a program could bring along, where that is possible."""
    if bounding:
        for number in range(64):
            if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0) < 0:
                break  # beyond the last one, or not ours to drop
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the interface; this process
    _done(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def landlock_abi() -> int:
    """The version of Landlock that this system has; 0 where it has none."""
    return max(0, int(_libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint32(1))))
