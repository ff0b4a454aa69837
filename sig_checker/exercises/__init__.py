"""The exercises that come with the package, by name, and a course's own, from the file beside its notebooks."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.verdicts import Message

__all__ = ["NAMES", "load"]

NAMES = ("sigmoid-7-02", "sigmoid-7-02-en")


def load(name: str, folder: Path | None = None) -> Exercise:
    """The exercise called `name`.

    Args:
        folder: of the assignment's notebooks, where a course's own exercise has its file, and the package's the levels that an
            instructor has chosen. The package's names go first.

    >>> load("sigmoid-7-02").task("q1_derivative").points
    10
    """
    if name in NAMES:
        module = import_module(f"sig_checker.exercises.{name.replace('-', '_')}")
        exercise = module.EXERCISE
        assert isinstance(exercise, Exercise)
        if folder is not None and (folder / "feedback.toml").is_file():
            from sig_checker.exercise_files import with_levels  # noqa: PLC0415 - only where there is such a file

            return with_levels(exercise, folder / "feedback.toml")
        return exercise
    if folder is None:
        raise ConfigError(Message("no exercise is called {name!r}; known are: {known}", name=name, known=", ".join(NAMES)))
    from sig_checker.exercise_files import FILE, read_exercise  # noqa: PLC0415 - only for a course's own

    file = folder / FILE
    if not file.is_file():
        raise ConfigError(Message(
            "no exercise is called {name!r}; the package has {known}, and there is no file {file}",
            name=name, known=", ".join(NAMES), file=file,
        ))  # fmt: skip
    found = read_exercise(file)
    if found.name != name:
        raise ConfigError(Message(
            "no exercise is called {name!r}; the package has {known}, and {file} has {other!r}",
            name=name, known=", ".join(NAMES), file=file, other=found.name,
        ))  # fmt: skip
    return found
