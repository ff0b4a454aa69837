"""The ledger: one file a submission with all that judging it again needs, and what the grading rested on.

`evidence/<assignment>/<student>.json` in the course's folder. It is written last of all results, so that a submission whose
record is there and fits has been graded to the end. It holds answers, so it is for instructors alone, as the gradebook is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sig_checker.deciding.challenge import FORMAT as OBSERVED_FORMAT
from sig_checker.evidence import FORMAT as EVIDENCE_FORMAT
from sig_checker.grading.files import safe_name, sweep, write_whole
from sig_checker.verdicts import Message

__all__ = ["CheckRecord", "Ledger", "NoRecord", "NotebookRecord", "Record"]

FORMAT = 1
_FORMATS = {"record": FORMAT, "evidence": EVIDENCE_FORMAT, "observed": OBSERVED_FORMAT}


class NoRecord(Exception):
    """There is no evidence that this version can read. `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """What a check cell has handed in.

    Attributes:
        exercise, task: what the cell asks.
        worth: the cell's points when it was judged.
        answer: in one of the forms of `sig_checker.evidence`; a function's with all that it did.
        problem: why there is no answer, as a record of `notices`.
        seed: of the points at which functions were called.
        results: what the cell itself claimed to be worth.
        suspected: the problem cannot have come about by accident.
        odd: what else has not, as a record of `notices`.
    """

    exercise: str
    task: str
    worth: float
    answer: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None
    seed: str | None
    results: list[str] = field(default_factory=list)
    suspected: bool = False
    odd: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NotebookRecord:
    """One notebook: its check cells, every automatic score and comment by cell, the digest of the autograded notebook.

    `look` names the cells at which a person should look although there are points.
    """

    checks: Mapping[str, CheckRecord]
    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]
    text: str
    look: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    """A submission; the digests are those of `sig_checker.grading.digests`.

    Attributes:
        submission: digest of the files that were handed in and run.
        source: of the assignment when they were run.
        judged: of the assignment when all that they handed in was judged last; "" where parts of it were judged at other times.
        checker: of the judge.
    """

    assignment: str
    student: str
    submission: str
    source: str
    checker: str
    judged: str
    notebooks: dict[str, NotebookRecord] = field(default_factory=dict)

    def same_basis(self, other: Record) -> bool:
        """Whether both rest on the same submission, assignment and judge."""
        mine, theirs = ((x.submission, x.source, x.judged, x.checker) for x in (self, other))
        return mine == theirs


class Ledger:
    """The records of a course."""

    def __init__(self, course: Path) -> None:
        self.folder = course / "evidence"

    def lock_file(self, assignment: str) -> Path:
        return self.folder / safe_name(assignment) / ".lock"

    def release_file(self, assignment: str) -> Path:
        """See `sig_checker.grading.release`."""
        return self.folder / safe_name(assignment) / ".release"

    def path(self, assignment: str, student: str) -> Path:
        return self.folder / safe_name(assignment) / f"{safe_name(student)}.json"

    def read(self, assignment: str, student: str) -> Record:
        """The record of a submission; NoRecord where there is none that can be used."""
        path = self.path(assignment, student)
        try:
            with open(path, encoding="utf-8") as file:
                record = json.load(file)
        except FileNotFoundError:
            raise NoRecord(Message("There is no stored evidence.")) from None
        except (OSError, ValueError, RecursionError) as error:
            raise NoRecord(Message("The stored evidence cannot be read: {error}.", error=error)) from None
        try:
            if record["formats"] != _FORMATS:
                raise NoRecord(Message("The stored evidence is of another format, which this version does not read."))
            found = _record(record)
        except (KeyError, TypeError, AttributeError) as error:
            raise NoRecord(Message("The stored evidence cannot be read: {error}.", error=repr(error))) from None
        if (found.assignment, found.student) != (assignment, student):
            raise NoRecord(Message("The stored evidence is that of another submission."))
        return found

    def write(self, record: Record) -> None:
        text = json.dumps({"formats": _FORMATS, **_fields(record)}, default=_fields)
        write_whole(self.path(record.assignment, record.student), text + "\n", mode=0o600)

    def forget(self, assignment: str, student: str) -> None:
        self.path(assignment, student).unlink(missing_ok=True)

    def sweep(self, assignment: str) -> None:
        """Remove what a killed run has left half-written."""
        sweep(self.folder / safe_name(assignment))


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def _record(record: Mapping[str, Any]) -> Record:
    notebooks = {}
    for name, x in record["notebooks"].items():
        checks = {cell: CheckRecord(**check) for cell, check in x["checks"].items()}
        notebooks[str(name)] = NotebookRecord(checks, dict(x["scores"]), dict(x["comments"]), x["text"], list(x["look"]))
    texts = {name: str(record[name]) for name in ("assignment", "student", "submission", "source", "checker")}
    return Record(**texts, judged=str(record.get("judged", "")), notebooks=notebooks)  # earlier versions did not note that
