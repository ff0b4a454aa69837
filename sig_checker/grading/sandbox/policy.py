"""What a sandbox shows, hides and allows, before it is known which kind of sandbox will do so."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache
from pathlib import Path, PurePath
from typing import Any

__all__ = ["KERNEL_MODULES", "Limits", "Policy", "confined_user"]

# All that can be imported of sig_checker inside, so that no code there can ask the judge for the truth. Folders' own
# __init__.py come along.
KERNEL_MODULES = (
    "errors", "evidence", "expressions", "printing", "verdicts", "deciding.challenge",
    "notebook.answers", "notebook.constants", "notebook.describing", "notebook.forks", "notebook.probing", "notebook.submit",
    "notebook.tracing",
    "reading.sympy_objects", "reading.vocabulary",
    "grading.running.function_host",
    "grading.sandbox.confining", "grading.sandbox.stage", "grading.sandbox.syscalls", "grading.sandbox.view",
    "grading.sandbox.watching",
)  # fmt: skip

_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin")
_SETTINGS = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf",
             "os-release", "timezone")  # fmt: skip
_FIRST_USER = 1_900_000_000  # beyond the users that systems, directories and containers give out


@dataclass(frozen=True, slots=True)
class Limits:
    """What the processes of one sandbox may take.

    Attributes:
        memory_bytes: resident memory of all of them together; when it is exceeded, which is looked at every 50 ms, all end.
        cpu_seconds: time of the processor of all of them together, likewise, from the beginning to the end.
        cell_cpu_seconds: the same, from each NEW_CELL in the policy's `control` to the next.
        process_bytes: address space of each.
        processes: of all together, threads included.
        files: open at a time, in each.
        file_bytes: of each file.
        disk_bytes: of each of the private folders, which lie in memory.
    """

    memory_bytes: int = 2 << 30
    cpu_seconds: int = 600
    cell_cpu_seconds: int = 600
    process_bytes: int = 8 << 30
    processes: int = 128
    files: int = 256
    file_bytes: int = 64 << 20
    disk_bytes: int = 256 << 20


@dataclass(frozen=True, slots=True)
class Policy:
    """One sandbox's rules.

    Visible, and read-only, are this interpreter's installation and environment, the system's libraries, and of sig_checker
    the `modules`. Everything else is not there: no home, no course, no other folder; the processes outside cannot be seen.

    Attributes:
        folder: where the command starts; private, or in a private folder.
        private: folders that are made for the sandbox, in memory, and vanish with it.
        copies: (inside, outside): folders whose contents are copied to a private one first.
        sockets: a folder that is seen inside and outside, where the kernel's sockets lie; no other file can be made in it.
        readable: further folders that may be read. Where grading runs as root, others must be able to read them as well.
        hidden: folders that stay hidden even where they lie in a readable one: the course, say.
        modules: of sig_checker.
        limits: see there.
        control: a pipe's reading end. Each byte written into the other end is a signal for the command, or NEW_CELL; when
            that end is closed, everything inside ends.
    """

    folder: str
    private: tuple[str, ...] = ("/tmp", "/dev/shm")
    copies: tuple[tuple[str, str], ...] = ()
    sockets: str | None = None
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    modules: tuple[str, ...] = KERNEL_MODULES
    limits: Limits = field(default_factory=Limits)
    control: int | None = None

    def view(self) -> list[tuple[str, str, str]]:
        """The mounts that show it; see `sig_checker.grading.sandbox.view`."""
        hidden = {_normal(x) for x in self.hidden}
        shown = {**{x: x for x in _environment()}, **{_normal(x): _normal(x) for x in self.readable}}
        view = [("link", x, os.readlink(x)) for x in _SYSTEM if os.path.islink(x)]
        view += [("read", path, source) for path, source in shown.items() if path not in hidden]
        hidden |= {f"{x}/etc/jupyter" for x in (_normal(sys.prefix), _normal(sys.base_prefix), "/usr", "/usr/local")}
        view += [("empty", x, "") for x in hidden if os.path.isdir(x) and _lies_in(x, shown)]
        view += _package(self.modules)
        view += [("read", place, source) for place, source in self._origins()]
        copied = sum(_size(source) for _, source in self.copies)
        view += [("private", _normal(x), str(self.limits.disk_bytes + copied)) for x in self.private]
        if self.sockets is not None:
            view.append(("sockets", _normal(self.sockets), _normal(self.sockets)))
        resolved = [(kind, path, _real(what) if kind in ("read", "sockets") else what) for kind, path, what in view]
        return sorted(resolved, key=lambda mount: (len(PurePath(mount[1]).parts), mount[1]))

    def _origins(self) -> list[tuple[str, str]]:
        """Where the contents that are copied can be seen inside, which may be where they are copied to."""
        return [(f"/run/copies/{number}", source) for number, (_, source) in enumerate(self.copies)]

    def as_dict(self, *, landlock: bool) -> dict[str, Any]:
        """As the way into the sandbox takes it. `landlock`: whether to refuse where the system has none."""
        user = confined_user()
        copies = [(target, place) for (target, _), (place, _) in zip(self.copies, self._origins(), strict=True)]
        return {
            "view": self.view(), "folder": self.folder, "copies": copies, "control": self.control,
            "limits": asdict(self.limits), "landlock": landlock, "as_root": user is not None, "user": user,
        }  # fmt: skip


def confined_user() -> int | None:
    """The user as whom confined code runs, where grading runs as root; None where it is the user who grades.

    Nobody else has this number: there is one for each grading process. Where root is only called so (in a container that
    knows a single user) there is no other to become, and limits bind that one.
    """
    if os.geteuid() != 0:
        return None
    return next((x for x in (_FIRST_USER + os.getpid(), 65534) if _is_mapped(x)), None)


@cache
def _is_mapped(number: int) -> bool:
    for name in ("uid_map", "gid_map"):
        ranges = [[int(x) for x in line.split()] for line in Path(f"/proc/self/{name}").read_text("ascii").splitlines()]
        if not any(first <= number < first + count for first, _, count in ranges):
            return False
    return True


def _normal(path: str) -> str:
    return os.path.normpath(os.path.abspath(path))


def _lies_in(path: str, shown: Mapping[str, str]) -> bool:
    return any(x in shown for x in (path, *map(str, PurePath(path).parents)))


@cache
def _environment() -> tuple[str, ...]:
    """The folders and files of which the interpreter, its packages and the system's libraries consist."""
    found = [x for x in _SYSTEM if os.path.isdir(x) and not os.path.islink(x)]
    found += [f"/etc/{x}" for x in _SETTINGS if os.path.exists(f"/etc/{x}")]
    found += [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    found += site.getsitepackages()
    found.append(str(Path(sys.executable).resolve().parent.parent))
    for name in ("PYTHONPATH", "LD_LIBRARY_PATH"):
        found += [x for x in os.environ.get(name, "").split(os.pathsep) if os.path.isabs(x) and os.path.isdir(x)]
    ours = _normal(str(_package_folder().parent))
    found = [_normal(y) for x in found for y in (x, os.path.realpath(x)) if os.path.exists(x)]
    # an installation that can be edited lies in a folder with much else; the package itself is shown in any case
    kept = dict.fromkeys(x for x in found if x not in ("/", ours) or PurePath(x).name in ("site-packages", "dist-packages"))
    return tuple(x for x in kept if not any(str(parent) in kept for parent in PurePath(x).parents))


def _package_folder() -> Path:
    import sig_checker  # noqa: PLC0415 - the top of the package is below everything else

    assert sig_checker.__file__ is not None
    return Path(sig_checker.__file__).parent


@lru_cache(maxsize=256)
def _real(path: str) -> str:
    return os.path.realpath(path)


@cache
def _package(modules: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """The package with nothing in it but these modules, and what Python has compiled them to."""
    return tuple(_mounts_of(modules))


def _mounts_of(modules: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    top = _package_folder()
    yield "empty", str(top), ""
    files = {top / "__init__.py"}
    for module in modules:
        path = top.joinpath(*module.split("."))
        files |= {x / "__init__.py" for x in path.parents if x.is_relative_to(top)}
        files.add(path.with_suffix(".py"))
    for file in sorted(files):
        yield "read", str(file), str(file)
        compiled = Path(importlib.util.cache_from_source(str(file)))
        if compiled.exists():
            yield "read", str(compiled), str(compiled)


def _size(folder: str) -> int:
    """Bytes that a copy takes at most, with 16 KB for every file and folder, since their number is bounded by the size, too."""
    each = (os.path.join(where, name) for where, folders, files in os.walk(folder) for name in (*folders, *files))
    return sum(os.lstat(path).st_size + (1 << 14) for path in each)
