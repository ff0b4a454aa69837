"""Where an author's exercise lies: source/<name>/exercise.toml, with answers/<name>.toml beside source/."""

from __future__ import annotations

from pathlib import Path

from sig_checker.authoring.table import Table, read_table
from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.exercise_files import FILE, read_exercise
from sig_checker.exercises import NAMES, load
from sig_checker.verdicts import Message

__all__ = ["find", "places", "table_of"]


def places(course: Path, name: str) -> tuple[Path, Path]:
    """The assignment's folder, and the author's table."""
    return course / "source" / name, course / "answers" / f"{name}.toml"


def table_of(course: Path, name: str) -> Table:
    """The exercise with its author's table; ConfigError where one of them is missing or wrong."""
    if name in NAMES:
        raise ConfigError(Message("{name!r} is the package's own exercise; it has no author's table", name=name))
    folder, answers = places(course, name)
    return read_table(answers, read_exercise(folder / FILE))


def find(name: str, course: Path) -> Exercise:
    """By the package's name, by a file, by the folder of an assignment, or by its name in the course's source/."""
    if name in NAMES:
        return load(name)
    path = Path(name)
    for file in (path, path / FILE, course / "source" / name / FILE):
        if file.is_file():
            exercise = read_exercise(file)
            answers = file.parent.parent.parent / "answers" / f"{file.parent.name}.toml"
            if any(task.asks == "meaning" for task in exercise.tasks) and answers.is_file():
                exercise = read_table(answers, exercise).exercise
            return exercise
    raise ConfigError(Message(
        "no exercise is called {name!r}: neither in the package ({known}), nor as a file, nor in {file}",
        name=name, known=", ".join(NAMES,
    ), file=course / 'source' / name))  # fmt: skip
