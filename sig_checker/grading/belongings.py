"""Which files in a submission's folder are the student's own, so that nbgrader copies these and no others.

A link may lead to the gradebook or to a classmate's answers, a pipe never ends, a device never ends either.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, base
from nbgrader.coursedir import CourseDirectory

from sig_checker.verdicts import Message

__all__ = ["Belongings", "guard", "is_small_file", "own_files_only"]

_LONGEST_TIMESTAMP = 200  # bytes
_MOST_BYTES, _MOST_FILES = 200_000_000, 2000  # beside the notebooks; a file with holes can say that it is larger than the disk
_MOST_ODDITIES = 20


class Belongings:
    """The files in one submission's folder.

    A hard link looks like any other file. What has another name in the course, outside the submissions, is not the
    student's; of two submissions that share a file neither can be told from the other, so both are told of.
    """

    def __init__(self, folder: str | os.PathLike[str], coursedir: Any) -> None:
        self._folder = Path(folder)
        self._course = Path(coursedir.root)
        self._submissions = self._course / str(coursedir.submitted_directory)

    def own(self, file: str | os.PathLike[str]) -> bool:
        """Whether this is a regular file, no link, nobody else's, and none of too many."""
        found = _status(file)
        if found is None or not stat.S_ISREG(found.st_mode) or Path(file) in self._surplus:
            return False
        other = self._other_name(found)
        return other is None or other.is_relative_to(self._submissions)

    def oddities(self) -> Iterator[Message]:
        """What a person should know of the folder: links, pipes and the like, and files that others have too; the first few."""
        return islice(self._oddities(), _MOST_ODDITIES)

    def _oddities(self) -> Iterator[Message]:
        if self._surplus:
            yield Message("{count} files were left out: a submission may bring {megabytes} MB in {files} files.",
                          count=len(self._surplus), megabytes=_MOST_BYTES // 1_000_000, files=_MOST_FILES)  # fmt: skip
        for file in sorted(Path(folder, name) for folder, _, names in os.walk(self._folder) for name in names):
            name = str(file.relative_to(self._folder)).encode("utf-8", "replace").decode("utf-8")
            if file in self._surplus:
                continue
            if not self.own(file):
                yield Message("{name} is a link or no file at all and was left out.", name=name)
            elif (found := _status(file)) is not None and (other := self._other_name(found)) is not None:
                yield Message("{name} is one and the same file as {other}.", name=name, other=other.relative_to(self._course))

    @cached_property
    def _surplus(self) -> frozenset[Path]:
        """The files, notebooks apart, that are too many or too large together with those before them."""
        surplus, total, count = set(), 0, 0
        for file in sorted(Path(folder, name) for folder, _, names in os.walk(self._folder) for name in names):
            if file.suffix != ".ipynb":
                found = _status(file)
                size = 0 if found is None else found.st_size
                if total + size > _MOST_BYTES or count >= _MOST_FILES:
                    surplus.add(file)
                else:
                    total, count = total + size, count + 1
        return frozenset(surplus)

    def _other_name(self, found: os.stat_result) -> Path | None:
        return None if found.st_nlink == 1 else self._elsewhere.get((found.st_dev, found.st_ino))

    @cached_property
    def _elsewhere(self) -> dict[tuple[int, int], Path]:
        """The files with several names in the course outside this folder; a name outside the submissions comes first."""
        names: dict[tuple[int, int], Path] = {}
        for folder, folders, files in os.walk(self._course):
            folders[:] = [x for x in folders if Path(folder, x) != self._folder]
            for file in sorted(Path(folder, x) for x in files):
                found = _status(file)
                if found is None or found.st_nlink == 1:
                    continue
                inode = (found.st_dev, found.st_ino)
                if inode not in names or names[inode].is_relative_to(self._submissions):
                    names[inode] = file
        return names


def _status(file: str | os.PathLike[str]) -> os.stat_result | None:
    """Of the file itself, not of what it links to; None where it is gone."""
    try:
        return os.lstat(file)
    except OSError:
        return None


def guard() -> None:
    """Have nbgrader copy what is the student's own only. It has no hook for this, so two of its methods are wrapped, once."""
    if not hasattr(Autograde.init_assignment, "guarded"):
        Autograde.init_assignment = _guardedown_files_only(Autograde.init_assignment)
        CourseDirectory.get_existing_timestamp = _guarded_timestamp(CourseDirectory.get_existing_timestamp)


def _guardedown_files_only(original: Any) -> Any:
    def init_assignment(self: Any, assignment_id: str, student_id: str) -> None:
        folder = self._format_source(assignment_id, student_id)
        source = self.coursedir.format_path(self.coursedir.source_directory, ".", assignment_id)
        with own_files_only(folder, source, self.coursedir):
            original(self, assignment_id, student_id)

    init_assignment.guarded = True  # type: ignore[attr-defined]
    return init_assignment


@contextmanager
def own_files_only(folder: str, source: str, coursedir: Any) -> Iterator[None]:
    """While the body runs, nbgrader finds in a submission's folder only what can be copied."""
    find: Any = base.find_all_files
    belongings = Belongings(folder, coursedir)
    # the instructor's files are copied over the student's: a folder cannot take a file's place, nor a file a folder's
    files = {Path(x).relative_to(source) for x in find(source)}
    folders = {parent for x in files for parent in x.parents}

    def fits(file: str) -> bool:
        name = Path(file).relative_to(folder)
        if name.suffix == ".ipynb":  # nbgrader's patterns miss a name that begins with a dot, and take it for graded later
            return False
        return os.access(file, os.R_OK) and name not in folders and not files.intersection(name.parents)

    base.find_all_files = lambda path, exclude=None: [x for x in find(path, exclude) if belongings.own(x) and fits(x)]
    try:
        yield
    finally:
        base.find_all_files = find


def _guarded_timestamp(original: Any) -> Any:
    def get_existing_timestamp(self: Any, path: str) -> Any:
        return original(self, path) if is_small_file(Path(path, "timestamp.txt")) else None

    return get_existing_timestamp


def is_small_file(file: Path) -> bool:
    """Whether it is a regular file, no link, that may hold a time; anything else may never end when it is read."""
    found = _status(file)
    return found is not None and stat.S_ISREG(found.st_mode) and found.st_size <= _LONGEST_TIMESTAMP
