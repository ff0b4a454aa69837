"""`sig-checker new`, `test` and `variants` as an author at a terminal meets them."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from sig_checker.authoring.agreement import disagreements
from sig_checker.authoring.arguments import MOST_VARIANTS
from sig_checker.authoring.facts import extreme_texts
from sig_checker.authoring.files import files
from sig_checker.authoring.finding import places, table_of
from sig_checker.authoring.new import make
from sig_checker.authoring.table import Shortfall, Table, check, shown
from sig_checker.errors import ConfigError, reason
from sig_checker.exercise import Exercise
from sig_checker.exercise_files import is_name
from sig_checker.exercises import NAMES
from sig_checker.filter import Filter
from sig_checker.language import language_of_environment, translate
from sig_checker.notebook.display import points_text
from sig_checker.notebook.variant import values_text
from sig_checker.parameters import read_choices, tidy
from sig_checker.reading import to_plain
from sig_checker.verdicts import Message, printable

__all__ = ["run"]

def run(options: argparse.Namespace) -> int:
    # an author's own code needs no sandbox; where there is one it is taken
    with Filter(_NOTHING, _language(), trust_submissions=True) as judging:
        return {"new": _new, "test": _test, "variants": _variants}[options.command](options, judging)


_NOTHING = Exercise("none", "z", ())


def _language() -> str:
    return language_of_environment()


def _say(message: Message) -> None:
    print(translate(message, _language()))


# ---- new


def _new(options: argparse.Namespace, judging: Filter) -> int:
    course, name = Path(options.course), options.name
    if not is_name(name):
        raise ConfigError(Message("name {name!r}: letters, digits, - _ and . can stand in it, as in my-tanh", name=name))
    if name in NAMES:
        raise ConfigError(Message("name {name!r} is taken by the package's own exercise", name=name))
    if not course.is_dir():
        raise ConfigError(Message("{course} is no folder", course=course))
    folder, answers = places(course, name)
    for place in (folder, answers):
        if place.exists():
            raise ConfigError(Message(
                "{place} is there already and is not overwritten; take another name, or move it away",
                place=place,
            ))  # fmt: skip
    if len(options.variable) != 1 or not options.variable.isalpha() or options.variable in "aegiL":
        raise ConfigError(Message(
            "variable {variable!r}: one letter was expected, none of a, e, g, i and L",
            variable=options.variable,
        ))  # fmt: skip
    parameters = [_parameter(text) for text in options.parameter]
    twice = next((letter for letter, _ in parameters if [x for x, _ in parameters].count(letter) > 1), None)
    if twice is not None:
        raise ConfigError(Message(
            "parameter {twice!r} is given twice; write its values together, as in {twice}=1,2",
            twice=twice,
        ))  # fmt: skip
    choices = read_choices(dict(parameters), options.variable, "a")
    draft = Exercise(
        name, options.function, (), options.variable, language=options.language, title=options.title or _title(options),
        choices={key: tuple(map(str, values)) for key, values in choices.items()},
        seed=options.seed or (secrets.token_hex(8) if choices else ""),
    )  # fmt: skip
    made = make(draft, with_extremes=not options.no_extremes, judging=judging)
    written = files(made, folder, answers)
    folder.mkdir(parents=True)
    answers.parent.mkdir(exist_ok=True)
    for path, text in written.items():
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
        _say(Message("written: {file}", file=os.path.relpath(path, course)))
    if not made.code:
        _say(Message("No NumPy function was found that is right everywhere, so there are no tasks that ask for one."))
    _say(Message("Next: read the notebooks, add answers of your own to {file}, and run: sig-checker test {name}",
                 file=os.path.relpath(answers, course), name=name))  # fmt: skip
    return 0


def _title(options: argparse.Namespace) -> str:
    title = {"ko": "활성화 함수 $f({})$의 기울기", "en": "The gradient of the activation function $f({})$"}
    return title[options.language].format(options.variable)


def _parameter(text: str) -> tuple[str, object]:
    """k=1/2,2,3 as a list; c=-2..2/0.5 as a range."""
    name, sign, values = (x.strip() for x in text.partition("="))
    if not sign or not values:
        raise ConfigError(Message("parameter {text!r}: k=3/4,2,3 or c=-2..2 was expected", text=text))
    if ".." in values:
        low, _, high = values.partition("..")
        high, _, step = high.partition("/")
        return name, {"from": low, "to": high, "step": step or "1"}
    return name, [x.strip() for x in values.split(",")]


# ---- test and variants


def _test(options: argparse.Namespace, judging: Filter) -> int:
    folder, _ = places(Path(options.course), options.name)
    table = table_of(Path(options.course), options.name)
    variants = _first(table.exercise.variants(), MOST_VARIANTS)
    problems = list(disagreements(folder, table.exercise))
    for problem in problems:
        _say(problem)
    count, short = _run_table(table, variants, judging)
    _summary(table, count, short, len(variants))
    return 1 if short or problems else 0


def _variants(options: argparse.Namespace, judging: Filter) -> int:
    table = table_of(Path(options.course), options.name)
    exercise = table.exercise
    if not exercise.choices:
        raise ConfigError(Message(
            "exercise {name!r} has no parameters; every student has the same function",
            name=exercise.name,
        ))  # fmt: skip
    students = list(_students(options.students or []))
    most = options.count
    if most < 1:
        raise ConfigError(Message("--count: at least 1 was expected"))
    named: list[tuple[str, Exercise]] = [(student, exercise.for_student(student)) for student in students][:most]
    if not students:
        named = [("", variant) for variant in _first(exercise.variants(), most)]
    bad = 0
    for student, variant in named:
        bad += not _describe(student, variant)
    distinct = list({x.key: x for _, x in named}.values())
    count, short = _run_table(table, distinct, judging)
    _summary(table, count, short, len(distinct))
    return 1 if short or bad else 0


def _describe(student: str, variant: Exercise) -> bool:
    """Print a variant in a line; whether its truth is known."""
    try:
        parts = [values_text(variant), f"{variant.activation} = {to_plain(variant.definition)}"]
        parts.append(f"{variant.activation}' = {to_plain(tidy(variant.derivative()))}")
        if any(task.asks in ("maximum", "minimum", "argmax", "argmin") for task in variant.tasks):
            texts = extreme_texts(variant)
            for name, value, places in (("max", texts.maximum, texts.argmax), ("min", texts.minimum, texts.argmin)):
                parts.append(f"{name} {_told(value)} ({', '.join(places)})")
    except ConfigError as error:
        _say(Message("{where}: {what}", where=student or values_text(variant), what=error.message))
        return False
    print("  ".join(printable(x) for x in ([student] if student else []) + parts))
    return True


def _told(value: str) -> str:
    """An extreme, for an author to read: what stands behind it as an answer has it is told in the author's language."""
    bare = value.removesuffix(" (not attained)")
    return value if bare == value else translate(Message("{value} (not attained)", value=bare), _language())


def _students(names: Sequence[str]) -> Iterable[str]:
    for name in names:
        if not name.startswith("@"):
            yield name
            continue
        try:
            lines = Path(name[1:]).read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise ConfigError(Message("cannot read {file}: {error}", file=name[1:], error=reason(error))) from None
        except UnicodeDecodeError:
            raise ConfigError(Message("cannot read {file}: {error}", file=name[1:], error=Message("it is not UTF-8"))) from None
        yield from (words[0] for line in lines if (words := line.replace(",", " ").split()))


def _first(variants: Iterable[Exercise], most: int) -> list[Exercise]:
    return [variant for variant, _ in zip(variants, range(most), strict=False)]


def _run_table(table: Table, variants: Sequence[Exercise], judging: Filter) -> tuple[int, int]:
    count = short = 0
    for variant in variants:
        for found in check(table, variant, judging):
            count += 1
            if found is not None:
                short += 1
                _report(found)
    return count, short


def _report(found: Shortfall) -> None:
    expected = {"right": Message("right"), "wrong": Message("wrong"), "person": Message("for a person")}[found.row.kind]
    values = values_text(found.exercise)
    where = f"{found.row.task} ({values})" if values else found.row.task
    points = f"{points_text(found.points)} / {points_text(found.max_points)}"
    slips = ", ".join(found.slips) or "-"
    if found.row.slip:
        expected = Message("{expected}, by the mistake {slip}", expected=expected, slip=found.row.slip)
    print(printable(f"{where}: {shown(found.row.answer)}"))
    _say(Message("    the table says {expected}; the judge says {verdict}, {points}, mistakes: {slips}",
                 expected=expected, verdict=found.verdict, points=points, slips=slips))  # fmt: skip
    print(f"    {printable(found.message)}")


def _summary(table: Table, count: int, short: int, variants: int) -> None:
    name = table.exercise.name
    if table.exercise.choices:
        _say(Message("{name}: {count} answers judged for {variants} variants", name=name, count=count, variants=variants))
    else:
        _say(Message("{name}: {count} answers judged", name=name, count=count))
    _say(Message("{count} are not judged as the table says.", count=short) if short else Message("All as the table says."))
