"""Reads what an instructor puts beside an assignment's notebooks: `exercise.toml`, a course's own exercise, or `feedback.toml`,
how much the reports of one of the package's show. Data, never code.

nbgrader releases the file with the notebooks, so it holds nothing that students must not see. What is right for the tasks
that ask for a meaning, and the author's table of answers, stand outside source/, in answers/<assignment>.toml.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

from sig_checker.errors import ConfigError, reason
from sig_checker.exercise import ASKS, Exercise, Feedback, Task
from sig_checker.parameters import read_choices
from sig_checker.verdicts import Message

__all__ = [
    "FILE", "KINDS", "is_name", "read_exercise", "read_toml", "refuse_unknown", "with_expected", "with_levels",
]

FILE = "exercise.toml"
_LARGEST = 200_000  # bytes
_KEYS = ("name", "function", "variable", "activation", "language", "title", "seed", "parameters", "tasks")
_TASK_KEYS = tuple(x.name for x in fields(Task) if x.name not in ("expected", "rubric"))
KINDS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("id", "asks", "feedback", "name", "interval", "scope"), (str,)),
    "points": (int, float), "order": (int,), "digits": (int,),
}  # fmt: skip
_FEEDBACK = ("read", "hint", "full")


def read_exercise(file: Path) -> Exercise:
    """The exercise in a file.

    Raises:
        ConfigError: the file cannot be read, or something in it is not as it must be; the message names file and entry.
    """
    record = read_toml(file)
    try:
        return _exercise(record)
    except ConfigError as error:
        raise ConfigError(Message("{file}: {what}", file=file, what=error.message)) from None


def read_toml(file: Path) -> Mapping[str, Any]:
    """ConfigError where the file cannot be read as TOML."""
    try:
        if file.stat().st_size > _LARGEST:
            raise ConfigError(Message("{file} has more than {most} bytes", file=file, most=_LARGEST))
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(Message("cannot read {file}: {error}", file=file, error=reason(error))) from None
    except UnicodeDecodeError:
        raise ConfigError(Message("{file} is no TOML: {what}", file=file, what=Message("it is not UTF-8"))) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("{file} is no TOML: {what}", file=file, what=error)) from None


def is_name(name: str) -> bool:
    """Whether an exercise, and the folder of its assignment, can be called so."""
    return 0 < len(name) <= 80 and name[0].isalnum() and all(ch.isalnum() or ch in "-_." for ch in name) and "+" not in name


def refuse_unknown(found: Collection[str], known: Collection[str], where: Message | str) -> None:
    """ConfigError where there is an entry that means nothing: a misspelt one would be passed over."""
    for name in found:
        if name not in known:
            listed = ", ".join(known)
            told = Message("{where}: unknown entry {name!r}; known are: {known}", where=where, name=name, known=listed)
            raise ConfigError(*_with_hint(told, name, known))


def _with_hint(told: Message, found: str, known: Collection[str]) -> tuple[Message, ...]:
    near = difflib.get_close_matches(found, known, 1)
    return (told, Message("Did you mean {name!r}?", name=near[0])) if near else (told,)


def _exercise(record: Mapping[str, Any]) -> Exercise:
    refuse_unknown(record, _KEYS, Message("the exercise"))
    texts = {key: _text(record, key) for key in _KEYS[:7] if key in record}
    for key in ("name", "function"):
        if not texts.get(key, "").strip():
            raise ConfigError(Message(
                'the entry {key} is missing; the file begins with name = "..." and function = "..."',
                key=key,
            ))  # fmt: skip
    if not is_name(texts["name"]):
        raise ConfigError(Message("name {name!r}: letters, digits, - _ and . can stand in it", name=texts["name"]))
    if texts.get("language", "ko") not in ("ko", "en"):
        raise ConfigError(Message('language {language!r}; known are "ko" and "en"', language=texts["language"]))
    variable, activation = texts.get("variable", "z"), texts.get("activation", "a")
    for key, letter in (("variable", variable), ("activation", activation)):
        if not (len(letter) == 1 and letter.isascii() and letter.isalpha() and letter not in "eg"):
            raise ConfigError(Message(
                "{key} {letter!r}: one Latin letter was expected, and neither e nor g",
                key=key, letter=letter,
            ))  # fmt: skip
    if variable == activation:
        raise ConfigError(Message("variable and activation are both {variable!r}", variable=variable))
    parameters = record.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise ConfigError(Message("parameters: a table such as [parameters] with k = [1, 2, 3] was expected"))
    choices = read_choices(parameters, variable, activation)
    if choices and not texts.get("seed"):
        raise ConfigError(Message(
            "an exercise with parameters has a seed, a text of the course's own such as seed = \"2026 spring\""
        ))  # fmt: skip
    return Exercise(
        texts["name"], texts["function"], _tasks(record.get("tasks")), variable, activation,
        language=texts.get("language", "ko"), title=texts.get("title", ""), seed=texts.get("seed", ""),
        choices={name: tuple(map(str, values)) for name, values in choices.items()},
    )  # fmt: skip


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record[key]
    if not isinstance(value, str):
        raise ConfigError(Message("{key}: a text in quotes was expected, not {value!r}", key=key, value=value))
    return value


def _tasks(records: object) -> tuple[Task, ...]:
    if not isinstance(records, list) or not records:
        raise ConfigError(Message("there are no tasks; each begins with [[tasks]]"))
    tasks: list[Task] = []
    for number, record in enumerate(records, 1):
        where = Message("task {name!r}", name=record.get("id", number) if isinstance(record, Mapping) else number)
        if not isinstance(record, Mapping):
            raise ConfigError(Message("{where}: a table was expected", where=where))
        tasks.append(_task(record, where))
        if [x.id for x in tasks].count(tasks[-1].id) > 1:
            raise ConfigError(Message("{where} stands there twice", where=where))
    return tuple(tasks)


def _task(record: Mapping[str, Any], where: Message | str) -> Task:
    refuse_unknown(record, _TASK_KEYS, where)
    for key in ("id", "asks", "points"):
        if key not in record:
            raise ConfigError(Message("{where}: the entry {key} is missing", where=where, key=key))
    for key, value in record.items():
        if not isinstance(value, KINDS[key]) or isinstance(value, bool):
            raise ConfigError(Message("{where}: {key} cannot be {value!r}", where=where, key=key, value=value))
    if record["asks"] not in ASKS:
        told = Message("{where} asks for {asks!r}; known are: {known}", where=where, asks=record["asks"], known=", ".join(ASKS))
        raise ConfigError(*_with_hint(told, record["asks"], ASKS))
    if not record["id"].isidentifier() or not record.get("name", "x").isidentifier():
        raise ConfigError(Message("{where}: id and name are names of Python, such as q1_derivative", where=where))
    if record.get("feedback", "hint") not in _FEEDBACK:
        raise ConfigError(Message(
            "{where}: feedback {feedback!r}; known are {known}",
            where=where, feedback=record["feedback"], known=", ".join(_FEEDBACK),
        ))  # fmt: skip
    if record["asks"] == "meaning" and record.get("feedback", "read") != "read":
        raise ConfigError(Message(
            "{where}: what is right is not in the students' file, so feedback can only be \"read\"",
            where=where,
        ))  # fmt: skip
    if not 0 < record["points"] <= 1000 or not 0 <= record.get("digits", 0) <= 12 or record.get("order", 1) not in (1, 2, 3):
        raise ConfigError(Message(
            "{where}: points lie between 0 and 1000, digits between 0 and 12, order is 1, 2 or 3",
            where=where,
        ))  # fmt: skip
    if record.get("scope", "global") not in ("global", "local"):
        raise ConfigError(Message("{where}: scope is global or local", where=where))
    return Task(**{**({"feedback": "read"} if record["asks"] == "meaning" else {}), **record})


def with_expected(exercise: Exercise, record: Mapping[str, Any]) -> Exercise:
    """The exercise with what is right for its tasks that ask for a meaning: task -> field -> a word, or a list of numbers.

    Raises:
        ConfigError: it is missing for one of them, or something else stands there.
    """
    refuse_unknown(record, [x.id for x in exercise.tasks if x.asks == "meaning"], "expected")
    tasks = []
    for task in exercise.tasks:
        if task.asks == "meaning":
            wanted = record.get(task.id)
            if not isinstance(wanted, Mapping) or not wanted:
                raise ConfigError(Message("[expected.{id}] is missing; it says which value of each field is right", id=task.id))
            for name, value in wanted.items():
                numbers = isinstance(value, list) and value and all(isinstance(x, str) for x in value)
                if not numbers and not (isinstance(value, str) and value.strip()):
                    raise ConfigError(Message(
                        '[expected.{id}] {name}: a word, or numbers as a list of texts such as ["3/4"]',
                        id=task.id, name=name,
                    ))  # fmt: skip
            tasks.append(replace(task, expected=dict(wanted)))
        else:
            tasks.append(task)
    return replace(exercise, tasks=tuple(tasks))


def with_levels(exercise: Exercise, file: Path) -> Exercise:
    """The package's exercise with the feedback levels that an instructor has put beside the notebooks: task -> level.

    Raises:
        ConfigError: the file cannot be read, or names a task or a level that there is not.
    """
    levels = read_toml(file)
    try:
        refuse_unknown(levels, [x.id for x in exercise.tasks], Message("the tasks"))
        for name, level in levels.items():
            if level not in _FEEDBACK:
                where, known = Message("task {name!r}", name=name), ", ".join(_FEEDBACK)
                raise ConfigError(Message("{where}: feedback {feedback!r}; known are {known}",
                                          where=where, feedback=level, known=known))  # fmt: skip
    except ConfigError as error:
        raise ConfigError(Message("{file}: {what}", file=file, what=error.message)) from None
    tasks = [replace(x, feedback=cast(Feedback, levels.get(x.id, x.feedback))) for x in exercise.tasks]
    return replace(exercise, tasks=tuple(tasks))
