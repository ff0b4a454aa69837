"""What the confined process takes upon itself before it runs anything: limits, Landlock, a filter of system calls.

Standard library only. None of it can be taken back, and all of it is inherited.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct

from sig_checker.grading.sandbox.syscalls import landlock_abi, machine, prctl, syscall

TYPE_CHECKING = False  # as typing has it, which takes a while to load
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["filter_system_calls", "gain_no_privileges", "limit", "restrict_files"]

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38


def gain_no_privileges() -> None:
    """No program that is run from now on brings privileges along: no set-uid, no capabilities of files."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def limit(limits: Mapping[str, int]) -> None:
    """Set the limits that hold for each process. What the tree may take together is the supervisor's matter."""
    processor = limits["cpu_seconds"] + 1  # in case that the supervisor, which is to tell of it, has been slow
    for what, most in (
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, processor), (resource.RLIMIT_AS, limits["process_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]), (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_NPROC, limits["processes"]), (resource.RLIMIT_MSGQUEUE, 0), (resource.RLIMIT_MEMLOCK, 1 << 16),
    ):  # fmt: skip
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


# ---- Landlock: a second wall behind the mounts

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE, _READ, _LIST, _MAKE_SOCKET, _REMOVE_FILE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 9, 1 << 5
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_SPECIAL = 1 << 6 | 1 << 11  # to make devices
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}  # rights by version; all 16 from the fifth on

READING = _EXECUTE | _READ | _LIST
RIGHTS = {
    "list": _LIST,
    "read": READING,
    "write": ((1 << 15) - 1) & ~_SPECIAL,
    "device": READING | _WRITE | _TRUNCATE | _IOCTL,
    "sockets": _READ | _WRITE | _LIST | _MAKE_SOCKET | _REMOVE_FILE,
}


def restrict_files(rules: Iterable[tuple[str, str]]) -> None:
    """From now on only what the rules name can be opened, in the way they name: (path, a key of RIGHTS).

    Where the system knows them, Landlock's restrictions of abstract sockets and of signals to processes outside are
    taken as well. Needs `gain_no_privileges` first; OSError where the system has no Landlock.
    """
    abi = landlock_abi()
    if not abi:
        raise OSError("this system has no Landlock")
    known = _KNOWN.get(abi, (1 << 16) - 1)
    attributes = struct.pack("=QQQ", known, 0, 0b11 if abi >= 6 else 0)
    size = ctypes.c_size_t(24 if abi >= 6 else 16 if abi >= 4 else 8)
    ruleset = syscall("landlock_create_ruleset", _CREATE, attributes, size, ctypes.c_uint32(0))
    try:
        for path, kind in rules:
            _allow(ruleset, path, RIGHTS[kind] & known)
        syscall("landlock_restrict_self", _RESTRICT, ruleset, ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, fd)
        syscall(f"landlock_add_rule {path}", _ADD_RULE, ruleset, 1, rule, ctypes.c_uint32(0))
    finally:
        os.close(fd)


# ---- the filter of system calls
# Namespaces do not hold everything: virtual machines' sockets (vsock) reach the host from every network namespace, and
# memory in memfds, in System V segments, in pipes by vmsplice, and in shared mappings without a file, which keep what is in
# them when it is mapped no more, belongs to no process that could be watched.

_PLACE = {"x86_64": 0, "aarch64": 1}
_DENIED = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "process_madvise": (440, 440), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "semget": (64, 190), "msgget": (68, 186), "open_by_handle_at": (304, 265), "syslog": (103, 116),
    "fanotify_init": (300, 262), "ioprio_set": (251, 30), "vmsplice": (278, 75),
}  # fmt: skip
# whose process may not be the supervisor, which is PID 1: (number, number, which argument names the process)
_NOT_THE_FIRST = {
    "prlimit64": (302, 261, 0), "sched_setscheduler": (144, 119, 0), "sched_setparam": (142, 118, 0),
    "sched_setattr": (314, 274, 0), "sched_setaffinity": (203, 122, 0), "setpriority": (141, 140, 1),
}  # fmt: skip
_SOCKETS = {"socket": (41, 198), "socketpair": (53, 199)}
_SETPRIORITY, _PRIO_USER = (141, 140), 2
_MMAP, _MAP_SHARED, _MAP_ANONYMOUS = (9, 222), 0x01, 0x20
_CLONE, _CLONE3 = (56, 220), 435
_NAMESPACES, _PARENT = 0x7E02_0000, 0x8000  # a child of one's own parent, who may be outside and does not know of it
_ARCHITECTURE = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_X32 = 0x4000_0000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF_0000, 0x0005_0000
_EPERM, _EACCES, _ENOSYS = 1, 13, 38
_AF_NETLINK, _NETLINK_ROUTE = 16, 0  # by which libraries list a network namespace's interfaces
_FAMILIES = (1, 2, 10)  # Unix sockets; IPv4 and IPv6, of which the network namespace has nothing but the loop to itself


def filter_system_calls() -> None:
    """Deny what confined code has no use for: other namespaces, tracing, keys, sockets past the network namespace, memory
    that no process holds, limits and priorities of the supervisor. Needs `gain_no_privileges` first."""
    program = b"".join(struct.pack("=HBBI", *line) for line in _program(machine()))
    held = ctypes.create_string_buffer(program, len(program))
    pointer = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    prctl(_PR_SET_SECCOMP, 2, pointer)


def _program(name: str) -> list[tuple[int, int, int, int]]:
    place = _PLACE[name]
    number, architecture, arguments = 0, 4, 16  # offsets in the record that a filter sees
    lines = [(_LOAD, 0, 0, architecture), (_EQUAL, 1, 0, _ARCHITECTURE[name]), (_RETURN, 0, 0, _ERROR | _ENOSYS)]
    lines += [(_LOAD, 0, 0, number)]
    if name == "x86_64":
        lines += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _ERROR | _ENOSYS)]
    for numbers in _DENIED.values():
        lines += [(_EQUAL, 0, 1, numbers[place]), (_RETURN, 0, 0, _ERROR | _EPERM)]
    lines += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ERROR | _ENOSYS)]  # its flags cannot be seen; libc falls back on clone
    lines += [(_EQUAL, 0, 3, _SETPRIORITY[place]), (_LOAD, 0, 0, arguments), (_EQUAL, 0, 1, _PRIO_USER),
              (_RETURN, 0, 0, _ERROR | _EPERM), (_LOAD, 0, 0, number)]  # fmt: skip
    for *others, which in _NOT_THE_FIRST.values():
        lines += [(_EQUAL, 0, 4, others[place]), (_LOAD, 0, 0, arguments + 8 * which), (_EQUAL, 0, 1, 1),
                  (_RETURN, 0, 0, _ERROR | _EPERM), (_RETURN, 0, 0, _ALLOW)]  # fmt: skip
    for numbers in _SOCKETS.values():
        lines += [(_EQUAL, 0, 9, numbers[place]), (_LOAD, 0, 0, arguments)]
        lines += [(_EQUAL, 6 - x, 0, family) for x, family in enumerate(_FAMILIES)]
        lines += [(_EQUAL, 0, 2, _AF_NETLINK), (_LOAD, 0, 0, arguments + 16), (_EQUAL, 1, 0, _NETLINK_ROUTE),
                  (_RETURN, 0, 0, _ERROR | _EACCES), (_RETURN, 0, 0, _ALLOW)]  # fmt: skip
    lines += [(_EQUAL, 0, 5, _MMAP[place]), (_LOAD, 0, 0, arguments + 8 * 3), (_ANY_BIT, 0, 2, _MAP_SHARED),
              (_ANY_BIT, 0, 1, _MAP_ANONYMOUS), (_RETURN, 0, 0, _ERROR | _EPERM), (_RETURN, 0, 0, _ALLOW)]  # fmt: skip
    lines += [(_EQUAL, 0, 3, _CLONE[place]), (_LOAD, 0, 0, arguments), (_ANY_BIT, 0, 1, _NAMESPACES | _PARENT),
              (_RETURN, 0, 0, _ERROR | _EPERM)]  # fmt: skip
    return [*lines, (_RETURN, 0, 0, _ALLOW)]
