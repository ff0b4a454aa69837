"""Files of our own: written whole or not at all, under names that any student may have; and what killed runs have left."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

from sig_checker.errors import reason
from sig_checker.verdicts import Message

__all__ = ["TEMPORARY", "safe_name", "sweep", "temporary_prefix", "unwritable", "write_whole"]

TEMPORARY = "sig-checker-"  # how the names of temporary files and folders begin; whose they are follows
_FORGOTTEN = 7 * 86_400  # seconds after which no run goes on that this one cannot see
_LONGEST = 120  # characters of a name; a file name has 255 bytes, and a Korean letter takes three


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace the file by one with this text. Whoever reads it, and whenever we are killed, it is the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{temporary_prefix()}", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def safe_name(name: str) -> str:
    """A file name for anybody's name: letters and digits of all languages stay, the rest is written as %XX.

    Two names never share a file name, no name leads out of its folder, and none is too long.

    >>> safe_name("김하나-2"), safe_name("../a b"), safe_name("a%20b")
    ('김하나-2', '%2E.%2Fa%20b', 'a%2520b')
    """
    quoted = "".join(x if x.isalnum() or x in "-_" or (x == "." and i) else _percent(x) for i, x in enumerate(name))
    if len(quoted) > _LONGEST or len(os.fsencode(quoted)) > 2 * _LONGEST:
        whole = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
        quoted = f"{quoted[: _LONGEST // 2]}%{whole[:32]}"
    return quoted


def temporary_prefix() -> str:
    return f"{TEMPORARY}{_world()}-{os.getpid()}-"


@cache
def _world() -> str:
    """Of those who mean the same process by a number: a machine, and on it a PID namespace, such as a container's."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{os.uname().nodename} {namespace}".encode()).hexdigest()[:8]


def sweep(folder: Path) -> None:
    """Remove the temporary files and folders of ours in a folder whose process is gone.

    Another machine or container may share the folder: its processes are not known here, and so what is theirs stays for a week.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        found = re.match(rf"\.?{TEMPORARY}(?:([0-9a-f]{{8}})-)?(\d+)-", entry.name)
        if found is None:
            continue
        try:
            state = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # its owner has removed it
            continue
        if state.st_uid != os.getuid() or (
            _alive(int(found[2])) if found[1] == _world() else time.time() - state.st_mtime < _FORGOTTEN
        ):
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def unwritable(error: OSError) -> Message:
    """What to say of a file or folder that could not be written."""
    return Message("Cannot write {file}: {error}.", file=error.filename or "", error=reason(error))
