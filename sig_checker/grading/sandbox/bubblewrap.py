"""The view of a sandbox, laid out by bubblewrap."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from sig_checker.grading.sandbox.view import DEVICES

__all__ = ["arguments", "program"]


def program() -> str | None:
    """Where bubblewrap is installed, as the path of its program; wherever the search path of the grader leads."""
    return shutil.which("bwrap") or shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")


def arguments(view: Sequence[tuple[str, str, str]], *, as_root: bool) -> Iterator[str]:
    """Its options. The program that is started becomes PID 1.

    As root it makes no user namespace, because the folders to show may lie where only root can go. What it starts can then
    give the private folders to another user and become that user, and nothing else.
    """
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
    yield from ("--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL")
    if as_root:
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_CHOWN")
    else:
        yield "--unshare-user"
    yield from ("--proc", "/proc", "--dev", "/dev")
    for name, device in DEVICES.items():
        if name != device:
            yield from ("--dev-bind", f"/dev/{device}", f"/dev/{name}")
    made = {"/"}
    for kind, path, what in view:
        for parent in reversed(PurePath(path).parents):
            if str(parent) not in made:  # left to bubblewrap, they would be its user's alone
                yield from ("--perms", "0755", "--dir", str(parent))
        made |= {path, *map(str, PurePath(path).parents)}
        if kind == "read":
            yield from ("--ro-bind", what, path)
        elif kind == "link":
            yield from ("--symlink", what, path)
        elif kind == "empty":
            yield from ("--perms", "0755", "--size", str(1 << 20), "--tmpfs", path)
        elif kind == "private":
            yield from ("--perms", "0700", "--size", what, "--tmpfs", path)
        elif kind == "sockets":
            yield from ("--bind", what, path)
        else:
            raise ValueError(f"a view has no mounts of the kind {kind!r}")
    for kind, path, _ in view:
        if kind == "empty":
            yield from ("--remount-ro", path)
    yield from ("--remount-ro", "/dev", "--remount-ro", "/")
