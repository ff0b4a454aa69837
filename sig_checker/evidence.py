"""Evidence: what a kernel reports of an answer. Data only, never a score; JSON in both directions.

An answer is one of

    {"kind": "data", "value": ...}            text, number, list, object, true/false or null, as JSON
    {"kind": "expression", "python": "..."}   a SymPy object, written out in Python notation
    {"kind": "function", "observed": {...}}   what a function did with the challenge (see notebook/probing.py)
    {"kind": "missing"}                       the name was never bound, or is still the placeholder
    {"kind": "foreign", "type": "..."}        an object of a type that is no answer to anything
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["CHALLENGE", "FORMAT", "MIME", "Challenge", "Evidence"]

FORMAT = 1  # raise it when the meaning of a field changes, and keep reading the old ones
MIME = "application/vnd.sig-checker.evidence+json"
CHALLENGE = "SIG_CHECKER_CHALLENGE"  # the environment variable by which the grader hands a kernel its challenge


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the grader draws for one run of a notebook, after the student's code is fixed.

    Attributes:
        nonce: evidence that does not carry it is from another run.
        seed: of the points at which functions are called.

    >>> Challenge.from_text(Challenge("f00d", 7).as_text())
    Challenge(nonce='f00d', seed=7)
    """

    nonce: str
    seed: int

    def as_text(self) -> str:
        return json.dumps({"nonce": self.nonce, "seed": self.seed})

    @classmethod
    def from_text(cls, text: str) -> Challenge:
        """Read what `as_text` wrote; ValueError or KeyError for anything else."""
        record = json.loads(text)
        return cls(str(record["nonce"]), int(record["seed"]))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer, as the kernel reports it.

    Attributes:
        exercise, task: what it answers.
        nonce: the run's, so that old evidence cannot be replayed.
        answer: in one of the forms above.
        format: of this record.
    """

    exercise: str
    task: str
    nonce: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": self.format, "exercise": self.exercise, "task": self.task, "nonce": self.nonce,
            "answer": dict(self.answer),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, record: object) -> Evidence:
        """Read a record that came out of a kernel; ValueError says what is wrong with it."""
        if not isinstance(record, Mapping):
            raise ValueError(f"evidence is an object, not {type(record).__name__}")
        if record.get("format") != FORMAT:
            raise ValueError(f"evidence of format {record.get('format')!r}; this version reads {FORMAT}")
        texts = {}
        for name in ("exercise", "task", "nonce"):
            value = record.get(name)
            if not isinstance(value, str):
                raise ValueError(f"evidence has no text {name!r}")
            texts[name] = value
        answer = record.get("answer")
        if not isinstance(answer, Mapping) or not isinstance(answer.get("kind"), str):
            raise ValueError("evidence holds no answer with a kind")
        return cls(texts["exercise"], texts["task"], texts["nonce"], dict(answer))
