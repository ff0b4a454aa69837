"""The files that a sandbox shows, laid out with mounts in a mount namespace of its own. Standard library only.

A view is a list of mounts (kind, where, what), parents before what lies below them:

    ("read", path, source)      a folder or a file, read-only
    ("link", path, target)      a symbolic link
    ("empty", path, "")         a folder with nothing in it but what comes later in the list
    ("private", path, bytes)    a folder in memory of its own, writable, of bounded size
    ("sockets", path, source)   a folder that the grader sees, too, for the kernel's sockets
"""

from __future__ import annotations

import os

from sig_checker.grading.sandbox.syscalls import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    mount,
    new_proc,
    pivot,
    read_only,
    unmount,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["DEVICES", "enter_view", "rules"]

# by the device that stands there. A shared mapping of the real zero is memory that no process can be seen to hold; to read,
# full is the same
DEVICES = {"null": "null", "zero": "full", "full": "full", "random": "random", "urandom": "urandom"}
_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
          "ptmx": "pts/ptmx"}  # fmt: skip
_SAFE = MS_NOSUID | MS_NODEV
_OLD, _NEW = "/old", "/new"


def enter_view(view: Sequence[Sequence[str]]) -> None:
    """Make the view the root of this mount namespace, which must be the caller's own, in a PID namespace of its own."""
    mount("", "/", "", MS_REC | MS_PRIVATE)
    # the old root moves aside first: what the view takes from there may lie anywhere, also where the new root is built
    mount("tmpfs", "/tmp", "tmpfs", _SAFE, "mode=0755")
    os.mkdir("/tmp/old")
    pivot("/tmp", "/tmp/old")
    os.chdir("/")
    os.mkdir(_NEW)
    mount("tmpfs", _NEW, "tmpfs", _SAFE, "mode=0755,size=1m")
    _devices()
    os.mkdir(f"{_NEW}/proc")
    new_proc(f"{_NEW}/proc")
    for kind, path, what in view:
        _add(kind, _NEW + path, what)
    for kind, path, _ in view:
        if kind == "empty":
            mount("", _NEW + path, "", MS_REMOUNT | MS_BIND | MS_RDONLY | _SAFE)
    for path in ("/dev", ""):
        mount("", _NEW + path, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | (0 if path else MS_NODEV))
    os.chdir(_NEW)
    pivot(".", ".")  # the old root is now mounted over the new one
    unmount(".")
    os.chdir("/")


def _devices() -> None:
    os.mkdir(f"{_NEW}/dev")
    mount("tmpfs", f"{_NEW}/dev", "tmpfs", MS_NOSUID, "mode=0755,size=64k")
    for name, device in DEVICES.items():
        _touch(f"{_NEW}/dev/{name}")
        mount(f"{_OLD}/dev/{device}", f"{_NEW}/dev/{name}", "", MS_BIND)
    os.mkdir(f"{_NEW}/dev/shm")  # the view has a private folder for it
    os.mkdir(f"{_NEW}/dev/pts")
    mount("devpts", f"{_NEW}/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    for name, target in _LINKS.items():
        os.symlink(target, f"{_NEW}/dev/{name}")


def _add(kind: str, path: str, what: str) -> None:
    if kind == "link":
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path):
            os.symlink(what, path)
        return
    source = _OLD + what
    if kind in ("read", "sockets") and not os.path.isdir(source):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _touch(path)
    else:
        os.makedirs(path, exist_ok=True)
    if kind == "read":
        mount(source, path, "", MS_BIND | MS_REC)
        read_only(path)
    elif kind == "sockets":
        mount(source, path, "", MS_BIND)
        mount("", path, "", MS_REMOUNT | MS_BIND | _SAFE | MS_NOEXEC)
    elif kind == "empty":
        mount("tmpfs", path, "tmpfs", _SAFE, "mode=0755,size=1m")
    elif kind == "private":
        # an inode takes about a kilobyte that the size does not count
        mount("tmpfs", path, "tmpfs", _SAFE, f"mode=0700,size={what},nr_inodes={max(1024, int(what) >> 14)}")
    else:
        raise ValueError(f"a view has no mounts of the kind {kind!r}")


def _touch(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def rules(view: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """What the view shows, as rules for Landlock."""
    yield "/", "list"
    yield "/proc", "read"
    for name in (*DEVICES, "pts"):
        yield f"/dev/{name}", "device"
    for kind, path, _ in view:
        if kind in ("read", "sockets"):
            yield path, kind
        elif kind == "private":
            yield path, "write"
