"""Reading a derivation: its lines one by one, among them those that give a letter its meaning ("u = 1 + e^-z")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sig_checker.errors import SubmissionError
from sig_checker.expressions import Var
from sig_checker.reading.text import Reading, read
from sig_checker.reading.vocabulary import Vocabulary
from sig_checker.verdicts import Message

__all__ = ["MAX_LINES", "read_derivation"]

MAX_LINES = 40
_NUMBERED = re.compile(r"\s*(?:\((\d{1,2})\)|(\d{1,2})[.)])\s+")  # (1) or 1. before a line of a derivation
_LET = r"(?:let|set|put|where|with|여기서|이때|단)\b"
_SUBSTITUTION = re.compile(  # never gives blanks back, of which there may be many
    rf"(?:(?:{_LET}|\\text\s*+\{{\s*+{_LET}\s*+\}})\s*+,?\s*+)?\$*+\s*+([a-z])\s*+(?:\(\s*+([a-z])\s*+\)\s*+)?:?=(?!=)\s*+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_SO_CALLED = re.compile(r"\$?\s*(?:이?라\s*(?:고\s*)?(?:하|두|놓으?)|으?로\s*(?:두|놓으?|치환(?:\s*하)?))(?:자|면|고)?$")
_LONGEST = 20  # characters of what stands behind
_MAY_BE_OWN = re.compile(r"[a-cfh-z]")  # d and e mean something wherever they stand


def read_derivation(lines: Sequence[str], syntax: str, vocabulary: Vocabulary) -> list[Reading]:
    """Read lines, the blank ones left out. Below a line that defines a letter, that letter may be used.

    A letter may be defined by what is known above it only, and once: a second equation for it is a line like any other.

    Raises:
        SubmissionError: there are no lines or too many, or one cannot be read, which the message names.

    >>> [r.defines for r in read_derivation(["u = 1 + z^2", "d/dz u = 2z"], "auto", Vocabulary())]
    ['u', '']
    """
    lines = [stripped for line in lines if (stripped := line.strip().removesuffix("=").strip()).strip("= ")]
    if not lines:
        raise SubmissionError(Message("There is no answer."))
    lines = _without_numbers(lines)
    if len(lines) > MAX_LINES:
        raise SubmissionError(
            Message("A derivation of {count} lines; at most {limit} are read.", count=len(lines), limit=MAX_LINES)
        )
    readings: list[Reading] = []
    for number, line in enumerate(lines, 1):
        try:
            found = _substitution(line, syntax, vocabulary)
            readings.append(found or read(line, syntax, vocabulary, definitions=True))
        except SubmissionError as error:
            message = Message("Line {line}: {what}", line=number, what=error.message)
            found_there = str(error.message.values.get("found", ""))
            if error.message.template.startswith("Unknown name") and _MAY_BE_OWN.fullmatch(found_there):
                message = Message(
                    "Line {line}: {what} A letter of your own needs a line above that gives its meaning: {letter} = ...",
                    line=number, what=error.message, letter=found_there,
                )  # fmt: skip
            raise type(error)(message, error.text, error.column) from None
        if found:
            vocabulary = replace(vocabulary, own=(*vocabulary.own, found.defines))
    return readings


def _without_numbers(lines: list[str]) -> list[str]:
    """The lines without the numbers before them, where each of several has one and they count from 1."""
    found = [_NUMBERED.match(line) for line in lines]
    counted = len(lines) > 1 and all(m and int(m[1] or m[2]) == i for i, m in enumerate(found, 1))
    return [line[m.end() :] if m else line for line, m in zip(lines, found, strict=True)] if counted else lines


def _substitution(line: str, syntax: str, vocabulary: Vocabulary) -> Reading | None:
    """The reading of a line that gives a new letter its meaning; the letter itself is not known on its right-hand side."""
    found = _SUBSTITUTION.fullmatch(line)
    if found is None:
        return None
    letter, argument, meaning = found.groups()
    if not _MAY_BE_OWN.fullmatch(letter) or letter in vocabulary.names or argument not in (None, vocabulary.variable):
        return None
    before = line[: found.start(3)]
    meaning = meaning.rstrip(" .,")
    behind = _SO_CALLED.search(meaning, max(0, len(meaning) - _LONGEST))
    meaning = meaning[: behind.start()] if behind else meaning
    meaning = meaning.removesuffix("$" * before.count("$"))
    try:
        reading = read(meaning, syntax, vocabulary, definitions=True)
    except SubmissionError as error:
        if error.column is not None:
            error.column += len(before)
        raise type(error)(error.message, line, error.column) from None
    return reading._replace(sides=(Var(letter), *reading.sides), defines=letter)
