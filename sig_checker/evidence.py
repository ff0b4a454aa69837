"""Evidence: what a kernel reports of an answer. Data only, never a score; JSON in both directions.

An answer is one of

    {"kind": "data", "value": ...}            text, number, list, object, true/false or null, as JSON
    {"kind": "expression", "python": "..."}   a SymPy object, written out in Python notation
    {"kind": "function", "observed": {...}}   what a function did with the challenge (see notebook/probing.py)
    {"kind": "missing"}                       the name was never bound, or is still the placeholder
    {"kind": "foreign", "type": "..."}        an object of a type that is no answer to anything

To judge an answer again later, keep the evidence's `as_dict()` together with the run's seed: a function was called at the
points that this seed draws.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["CHALLENGE", "FORMAT", "MIME", "Challenge", "Evidence"]

FORMAT = 1  # raise it when the meaning of a field changes, and keep reading the old ones
MIME = "application/vnd.sig-checker.evidence+json"
CHALLENGE = "SIG_CHECKER_CHALLENGE"  # the environment variable: where the running check cell finds its challenge

_DEEPEST = 60  # levels of an answer; `submit` itself makes at most some 25
_LARGEST = 500_000  # values and characters of an answer's keys and texts, each text counted to its sixteenth


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the grader hands to the kernel for one check cell, when that cell starts. The student's code is fixed by then.

    It holds all that `submit` has to know of the task, so that no exercise has to lie beside a student's code.

    Attributes:
        nonce: drawn for this cell of this run; evidence that does not carry it was not made by this cell.
        seed: of the points at which functions are called; the same for all cells of a run.
        exercise, task: what the cell asks.
        name: to which a notebook binds the answer.
        parameters: of the function that is asked for, by position; empty where anything else is.

    >>> challenge = Challenge("f00d", 7, "sigmoid-7-02", "q1_function", "dsigmoid", ("z",))
    >>> Challenge.from_text(challenge.as_text()) == challenge
    True
    """

    nonce: str
    seed: int
    exercise: str
    task: str
    name: str
    parameters: tuple[str, ...] = ()

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Challenge:
        """Read what `as_text` wrote; ValueError, KeyError or TypeError for anything else."""
        record = json.loads(text)
        exercise, task, name = (str(record[x]) for x in ("exercise", "task", "name"))
        return cls(str(record["nonce"]), int(record["seed"]), exercise, task, name, tuple(map(str, record["parameters"])))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer, as the kernel reports it.

    Attributes:
        exercise, task: what it answers.
        nonce: the cell's, so that no evidence can be replayed.
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
        """Read a record that came out of a kernel; ValueError says what is wrong with it.

        What is returned can be written as JSON in UTF-8 and is bounded in size and depth, whoever made it.

        >>> answer = {"kind": "data", "value": float("nan")}
        >>> Evidence.from_dict({"format": 1, "exercise": "tanh", "task": "q1", "nonce": "f00d", "answer": answer})
        Traceback (most recent call last):
        ValueError: evidence with a number that JSON does not have
        """
        if not isinstance(record, Mapping):
            raise ValueError(f"evidence is an object, not {type(record).__name__}")
        if type(record.get("format")) is not int or record["format"] != FORMAT:
            raise ValueError(f"evidence of format {_short(record.get('format'))}; this version reads {FORMAT}")
        texts = {}
        for name in ("exercise", "task", "nonce"):
            value = record.get(name)
            if type(value) is not str or len(value) > 200:
                raise ValueError(f"evidence has no text {name!r}")
            texts[name] = value
        answer = record.get("answer")
        if not isinstance(answer, Mapping) or not isinstance(answer.get("kind"), str):
            raise ValueError("evidence holds no answer with a kind")
        _check({**texts, "answer": answer}, _DEEPEST, [_LARGEST])
        return cls(texts["exercise"], texts["task"], texts["nonce"], dict(answer))


def _check(value: object, depth: int, left: list[int]) -> None:
    """ValueError unless the value is plain JSON: no NaN, no half of a surrogate pair, not too deep, not too large."""
    left[0] -= 1 + (len(value) // 16 if isinstance(value, str) else 0)
    if depth == 0 or left[0] < 0:
        raise ValueError("evidence that is too large")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("evidence with a text that cannot be written") from None
    elif isinstance(value, Mapping):
        for key, x in value.items():
            if not isinstance(key, str):
                raise ValueError("evidence with a key that is no text")
            _check(key, depth, left)
            _check(x, depth - 1, left)
    elif isinstance(value, list | tuple):
        for x in value:
            _check(x, depth - 1, left)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("evidence with a number that JSON does not have")
    elif isinstance(value, int) and value.bit_length() > 14_000:
        raise ValueError("evidence with a number of too many digits")
    elif not (value is None or isinstance(value, bool | int | float)):
        raise ValueError(f"evidence with a value of type {type(value).__name__}")


def _short(value: object) -> str:
    return repr(value)[:40] if value is None or isinstance(value, str | int | float | bool) else type(value).__name__
