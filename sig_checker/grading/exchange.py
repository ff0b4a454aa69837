"""Collecting from the exchange: each student's own submission, and of it the files themselves.

Everybody may write where submissions come in. nbgrader believes the names that it finds there, follows links, by which a
student could have the instructor's files copied, and stops at the first thing that it cannot copy, which holds up all others.
"""

from __future__ import annotations

import os
import pwd
import secrets
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect

from sig_checker.grading.files import temporary_prefix
from sig_checker.verdicts import Message

__all__ = ["OwnSubmissions"]

_MOST_FILES, _DEEPEST = 2000, 20
_HOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a link is an error, and a pipe is not waited for
_SECRET, _TIMESTAMP = "submission_secret.txt", "timestamp.txt"  # nbgrader's; they tell whose feedback it is, and of what


class _TooLarge(Exception):
    """The submission is larger than the course allows."""


class OwnSubmissions(ExchangeCollect):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's collecting, of what is a student's own. What is left out is told in the log and stays in the exchange.

    Where a student has an account on this machine, only what belongs to that account is theirs. Elsewhere, as where everybody
    has a machine of their own, the name is believed, with a warning; all names are if `c.ExchangeCollect.check_owner` is False.
    """

    inbound_path: str
    src_records: list[dict[str, Any]]
    check_owner: Any  # of nbgrader's, a trait

    def init_src(self) -> None:
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """nbgrader's record of a folder; one without a student for what nobody has handed in."""
        try:
            record: dict[str, Any] = super()._path_to_record(path)
            problem = self._problem(path, record["username"])
        except (ExchangeError, OSError, OverflowError, ValueError):  # the time in the name is the student's text
            problem = Message("it is not named as a submission is")
        if problem is None:
            return record
        self.log.warning("%s was left out: %s", path, problem)
        return {"username": "", "filename": os.path.basename(path), "timestamp": datetime.min}

    def _problem(self, path: str, student: str) -> Message | None:
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or student in {".", ".."}:
            return Message("it is not named as a submission is")
        owner = _account(found.st_uid)
        if not self.check_owner or owner == student:
            return None
        try:
            pwd.getpwnam(student)
        except KeyError:
            self.log.warning("%s is said to be %s's and belongs to %s", path, student, owner)
            return None
        return Message("it is said to be {student}'s, but belongs to {owner}", student=student, owner=owner)

    def copy_files(self) -> None:
        inbound, records, check = self.inbound_path, self.src_records, self.check_owner
        with TemporaryDirectory(prefix=temporary_prefix()) as folder:
            self.src_records = [x for x in records if self._taken(Path(inbound, x["filename"]), Path(folder, x["filename"]))]
            # the copies are ours, and were checked
            self.inbound_path, self.check_owner = folder, False
            try:
                super().copy_files()
            finally:
                self.inbound_path, self.src_records, self.check_owner = inbound, records, check

    def _taken(self, source: Path, target: Path) -> bool:
        try:
            for problem in _Taking(1000 * int(self.coursedir.max_dir_size)).take(source, target):
                self.log.warning("%s: %s", source, problem)
        except (_TooLarge, OSError) as error:
            self.log.error("%s was left out: %s", source, error)
            return False
        (target / _TIMESTAMP).write_text(source.name.rsplit("+", 2)[-2], encoding="utf-8")
        secret = target / _SECRET
        if not secret.is_file() or not secret.read_bytes().isalnum():  # without one nbgrader releases nobody's feedback
            secret.write_text(secrets.token_hex(64), encoding="ascii")
        return True


class _Taking:
    """Copies the regular files of a folder, whoever changes it meanwhile: each is opened by its name in an open folder."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = self._entries = 0

    def take(self, source: Path, target: Path) -> Iterator[Message]:
        """Copy the folder; what was left out.

        Raises:
            _TooLarge: its files are too many, or too large together.
            OSError: it cannot be read.
        """
        folder = os.open(source, _HOW | os.O_DIRECTORY)
        try:
            yield from self._take(folder, target, Path())
        finally:
            os.close(folder)

    def _take(self, folder: int, target: Path, below: Path) -> Iterator[Message]:
        (target / below).mkdir()
        for entry in sorted(os.listdir(folder)):
            name = below / entry
            self._count(entries=1)
            try:
                opened = os.open(entry, _HOW, dir_fd=folder)
            except OSError:
                yield Message("{name} is a link or no file at all and was left out.", name=name)
                continue
            try:
                mode = os.fstat(opened).st_mode
                if stat.S_ISREG(mode):
                    self._copy(opened, target / name)
                elif stat.S_ISDIR(mode) and len(name.parts) < _DEEPEST:
                    yield from self._take(opened, target, name)
                else:
                    yield Message("{name} is a link or no file at all and was left out.", name=name)
            finally:
                os.close(opened)

    def _copy(self, opened: int, target: Path) -> None:
        with target.open("wb") as copy:
            while chunk := os.read(opened, 1 << 20):
                self._count(size=len(chunk))
                copy.write(chunk)

    def _count(self, *, entries: int = 0, size: int = 0) -> None:
        self._entries += entries
        self._bytes += size
        if self._entries > _MOST_FILES or self._bytes > self._most_bytes:
            raise _TooLarge(f"it has more than {_MOST_FILES} files or {self._most_bytes // 1000} kB")


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
