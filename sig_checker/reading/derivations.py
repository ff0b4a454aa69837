"""Reading a derivation: its lines one by one, among them those that give a letter its meaning ("u = 1 + e^-z")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sig_checker.errors import SubmissionError
from sig_checker.expressions import Deriv, Var
from sig_checker.reading.text import Reading, read
from sig_checker.reading.vocabulary import Vocabulary
from sig_checker.verdicts import Message

__all__ = ["MAX_LINES", "read_derivation"]

MAX_LINES = 40
LONGEST_LINE = 2_000  # characters of a line that is looked at for several statements
_NUMBERED = re.compile(r"\s*(?:\((\d{1,2})\)|(\d{1,2})[.)])\s+")  # (1) or 1. before a line of a derivation
_LET = r"(?:let|set|put|where|with|여기서|이때|단)\b"
_SUBSTITUTION = re.compile(  # never gives blanks back, of which there may be many
    rf"(?:(?:{_LET}|\\text\s*+\{{\s*+{_LET}\s*+\}})\s*+,?\s*+)?\$*+\s*+([a-z])\s*+(?:\(\s*+([a-z])\s*+\)\s*+)?:?=(?!=)\s*+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_SO_CALLED = re.compile(r"\$?\s*(?:이?라\s*(?:고\s*)?(?:하|두|놓으?)|으?로\s*(?:두|놓으?|치환(?:\s*하)?))(?:자|면|고)?$")
_LONGEST = 20  # characters of what stands behind
_MAY_BE_OWN = re.compile(r"[a-cfh-z]")  # d and e mean something wherever they stand
_WORDS = r"(?:and|where|with)\b|여기서|이때|단|그리고|이고"
_AND = rf"(?:{_WORDS}|\\text\s*+\{{\s*+,?\s*+(?:{_WORDS})\s*+\}})"
_QUAD = r"\\q?quad(?![A-Za-z])"
_BLANKS = rf"(?:\s|\\[ ,;:!]|{_QUAD})*+"
_JOINT = re.compile(  # a bracket, or what stands between two statements
    rf"([(\[{{])|([)\]}}])|(?:(?<!\\)[,;]|{_QUAD}|(?<=\s){_AND}|이고){_BLANKS}(?:{_AND}{_BLANKS},?{_BLANKS})?"
)


def read_derivation(lines: Sequence[str], syntax: str, vocabulary: Vocabulary) -> list[Reading]:
    """Read lines, the blank ones left out. Below a line that defines a letter, that letter may be used.

    A letter may be defined by what is known above it only, and once: a second equation for it is a line like any other.
    Several statements in a line ("u = -z, v = e^u") are as many readings, the definitions among them first.

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
            found = _statements(line, syntax, vocabulary) or [_statement(line, syntax, vocabulary)]
        except SubmissionError as error:
            message = Message("Line {line}: {what}", line=number, what=error.message)
            found_there = str(error.message.values.get("found", ""))
            if error.message.template.startswith("Unknown name") and _MAY_BE_OWN.fullmatch(found_there):
                message = Message(
                    "Line {line}: {what} A letter of your own needs a line above that gives its meaning: {letter} = ...",
                    line=number, what=error.message, letter=found_there,
                )  # fmt: skip
            raise type(error)(message, error.text, error.column) from None
        readings += [reading._replace(line=number) for reading in found]
        vocabulary = _knowing(vocabulary, *found)
    return readings


def _knowing(vocabulary: Vocabulary, *readings: Reading) -> Vocabulary:
    """The vocabulary with the letters that these define."""
    letters = [reading.defines for reading in readings if reading.defines]
    return replace(vocabulary, own=(*vocabulary.own, *letters)) if letters else vocabulary


def _without_numbers(lines: list[str]) -> list[str]:
    """The lines without the numbers before them, where each of several has one and they count from 1."""
    found = [_NUMBERED.match(line) for line in lines]
    counted = len(lines) > 1 and all(m and int(m[1] or m[2]) == i for i, m in enumerate(found, 1))
    return [line[m.end() :] if m else line for line, m in zip(lines, found, strict=True)] if counted else lines


def _statement(line: str, syntax: str, vocabulary: Vocabulary) -> Reading:
    return _substitution(line, syntax, vocabulary) or read(line, syntax, vocabulary, definitions=True)


def _statements(line: str, syntax: str, vocabulary: Vocabulary) -> list[Reading] | None:
    """The readings of a line that is several equations, each of which defines a letter or says something about one or about
    the function's value; never about what is asked for, since two answers in a line are not one answer. Else None.

    Raises:
        SubmissionError: one of them cannot be read, nor the line as a whole.
    """
    todo = _parts(line) if len(line) <= LONGEST_LINE else []
    if len(todo) < 2 or not all("=" in part for part in todo):
        return None
    todo.sort(key=lambda part: not _new_letter(part, vocabulary))
    readings: list[Reading] = []
    while todo:
        errors: list[SubmissionError] = []
        for part in todo:  # whichever can be read with what is known by now
            try:
                reading = _statement(part, syntax, vocabulary)
            except SubmissionError as error:
                errors.append(error)
                continue
            readings.append(reading)
            vocabulary = _knowing(vocabulary, reading)
            todo.remove(part)
            break
        else:
            try:
                return [_statement(line, syntax, vocabulary)]
            except SubmissionError:
                raise errors[0] from None
    return readings if all(reading.defines or _is_aside(reading, vocabulary) for reading in readings) else None


def _parts(line: str) -> list[str]:
    """What stands between commas, semicolons and words such as "and", outside brackets."""
    found: list[str] = []
    level = start = 0
    for mark in _JOINT.finditer(line):
        level += bool(mark[1]) - bool(mark[2])
        if level == 0 and not (mark[1] or mark[2]) and mark.end() < len(line):
            found.append(line[start : mark.start()].strip())
            start = mark.end()
    return [*found, line[start:].strip()] if len(found) < MAX_LINES else [line]


def _is_aside(reading: Reading, vocabulary: Vocabulary) -> bool:
    """Whether it is an equation for the function's value, or for a rate in which a letter of the derivation occurs."""
    left, own = reading.sides[0], vocabulary.own
    if isinstance(left, Deriv):
        rate = left.by in own or (isinstance(left.arg, Var) and left.arg.name in own)
        return rate and len(reading.sides) > 1
    return len(reading.sides) > 1 and left in (Var(vocabulary.activation), vocabulary.bare_sigma())


def _new_letter(part: str, vocabulary: Vocabulary) -> str:
    """The letter to which it would give its first meaning; "" if there is none."""
    found = _SUBSTITUTION.fullmatch(part)
    if found is None or not _MAY_BE_OWN.fullmatch(found[1]) or found[1] in vocabulary.names:
        return ""
    return found[1] if found[2] in (None, vocabulary.variable) else ""


def _substitution(line: str, syntax: str, vocabulary: Vocabulary) -> Reading | None:
    """The reading of a line that gives a new letter its meaning; the letter itself is not known on its right-hand side."""
    letter, found = _new_letter(line, vocabulary), _SUBSTITUTION.fullmatch(line)
    if not letter or found is None:
        return None
    meaning = found[3]
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
