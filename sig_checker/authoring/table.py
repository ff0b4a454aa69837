"""The author's table of right and wrong answers: `answers/<assignment>.toml` beside source/, where nothing is released.

    [[answers]]
    task = "q1_derivative"
    right = ["1 - a^2", "sech(z)^2"]        # these earn all points

    [[answers]]
    task = "q1_derivative"
    slip = "sign"                           # the mistake that the judge must name; may be left out
    wrong = ["1 + a^2"]                     # these are refuted and earn at most half

Further entries of a block: `person`, answers that are left to a person; `points`, what each is worth exactly, where that is
not all or at most half; `syntax`, as for `sig-checker judge`; `given`, other answers by task; `where`, for an exercise with
parameters: the values for which the block holds, such as {k = "1/2"}. Source of functions is written as text.

`[expected.<task>]` says what is right for a task that asks for a meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.exercise_files import read_toml, refuse_unknown, with_expected
from sig_checker.filter import Filter
from sig_checker.verdicts import Message

__all__ = ["KINDS", "Row", "Shortfall", "Table", "check", "read_table", "shown"]

KINDS = ("right", "wrong", "person")
_ENTRIES = ("task", *KINDS, "slip", "points", "syntax", "given", "where")
_FUNCTIONS = ("function", "backprop_function")
_VERDICTS = {"right": ("proved", "measured"), "wrong": ("refuted", "unreadable"), "person": ("undecided",)}
_LONGEST = 70  # characters of an answer in a line for the terminal


@dataclass(frozen=True, slots=True)
class Row:
    """One answer with what the author says of it."""

    task: str
    kind: str
    answer: Any
    slip: str | None = None
    points: float | None = None
    syntax: str = "auto"
    given: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Fraction] = field(default_factory=dict)

    def holds_for(self, exercise: Exercise) -> bool:
        return all(Fraction(exercise.values[name]) == value for name, value in self.where.items())


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An answer of which the judge says something else than the author."""

    row: Row
    exercise: Exercise
    verdict: str
    points: float
    max_points: float
    slips: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Table:
    exercise: Exercise
    rows: tuple[Row, ...]


def read_table(file: Path, exercise: Exercise) -> Table:
    """The table in a file, and the exercise with what the file says is expected.

    Raises:
        ConfigError: file and block are named.
    """
    record = read_toml(file)
    try:
        refuse_unknown(record, ("answers", "expected"), Message("the file"))
        complete = with_expected(exercise, record.get("expected", {}))
        blocks = record.get("answers", [])
        if not isinstance(blocks, list) or not blocks:
            raise ConfigError(Message("there are no answers; each block begins with [[answers]]"))
        return Table(complete, tuple(row for number, block in enumerate(blocks, 1) for row in _rows(block, number, complete)))
    except ConfigError as error:
        raise ConfigError(Message("{file}: {what}", file=file, what=error.message)) from None


def _rows(block: object, number: int, exercise: Exercise) -> Iterator[Row]:
    where = Message("block {number} of the answers", number=number)
    if not isinstance(block, Mapping):
        raise ConfigError(Message("{where}: a table was expected", where=where))
    refuse_unknown(block, _ENTRIES, where)
    task = block.get("task")
    if not isinstance(task, str):
        raise ConfigError(Message("{where}: the entry task is missing", where=where))
    exercise.task(task)
    kinds = [kind for kind in KINDS if kind in block]
    if not kinds:
        raise ConfigError(Message("{where}: there is none of {known}", where=where, known=", ".join(KINDS)))
    slip, points = block.get("slip"), block.get("points")
    if not isinstance(slip, str | None) or not isinstance(points, int | float | None) or isinstance(points, bool):
        raise ConfigError(Message("{where}: slip is a name, points is a number", where=where))
    given = block.get("given", {})
    if not isinstance(given, Mapping) or not isinstance(block.get("syntax", "auto"), str):
        raise ConfigError(Message("{where}: syntax is a text, given a table of answers by task", where=where))
    held = _where(block.get("where", {}), exercise, where)
    for kind in kinds:
        if not isinstance(block[kind], list) or not block[kind]:
            raise ConfigError(Message("{where}: {kind} is a list of answers", where=where, kind=kind))
        for answer in block[kind]:
            yield Row(task, kind, answer, slip if kind == "wrong" else None, None if points is None else float(points),
                      block.get("syntax", "auto"), given, held)  # fmt: skip


def _where(record: object, exercise: Exercise, where: Message) -> dict[str, Fraction]:
    if not isinstance(record, Mapping):
        raise ConfigError(Message('{where}: where is a table such as {{k = "3/4"}}', where=where))
    refuse_unknown(record, list(exercise.choices), Message("{where}, where", where=where))
    found = {}
    for name, value in record.items():
        values = [Fraction(x) for x in exercise.choices[name]]
        try:
            found[name] = Fraction(str(value))
        except (ValueError, ZeroDivisionError):
            raise ConfigError(Message("{where}: {value!r} is no number", where=where, value=value)) from None
        if found[name] not in values:
            raise ConfigError(Message(
                "{where}: {name} is never {value}; its values are {known}",
                where=where, name=name, value=value, known=", ".join(map(str, values)),
            ))  # fmt: skip
    return found


def check(table: Table, exercise: Exercise, judging: Filter) -> Iterator[Shortfall | None]:
    """Judge each answer that holds for the exercise, with its values drawn; None where judge and author agree."""
    judging.exercise = exercise
    for number, row in enumerate(table.rows):
        if row.holds_for(exercise):
            yield _checked(row, number, exercise, judging)


def _checked(row: Row, number: int, exercise: Exercise, judging: Filter) -> Shortfall | None:
    answer, syntax = row.answer, row.syntax
    if exercise.task(row.task).asks in _FUNCTIONS and isinstance(answer, str):
        syntax = "numpy"
        answer = "".join(f"{name} = {value}\n" for name, value in exercise.values.items()) + answer
    request = {"id": number, "task": row.task, "syntax": syntax, "answer": answer, "given": row.given}
    told = judging.answer(json.dumps(request, default=str))
    slips = tuple(told.get("slips", [told["slip"]] if told["slip"] else []))
    worth, most = told["points"], told["max_points"]
    wanted = row.points if row.points is not None else {"right": most, "wrong": None, "person": 0.0}[row.kind]
    fits = worth <= most / 2 if wanted is None else abs(worth - wanted) < 0.005
    if told["verdict"] in _VERDICTS[row.kind] and fits and (row.slip is None or row.slip in slips):
        return None
    return Shortfall(row, exercise, told["verdict"], worth, most, slips, told["message"])


def shown(answer: object) -> str:
    """An answer in a line.

    >>> shown(["-oo", "oo"]), shown("1/8")
    ('["-oo", "oo"]', '1/8')
    """
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, default=str)
    text = " ⏎ ".join(x.strip() for x in text.splitlines() if x.strip())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
