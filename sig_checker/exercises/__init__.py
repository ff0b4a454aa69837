"""The exercises that come with the package, by name."""

from __future__ import annotations

from importlib import import_module

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise

__all__ = ["NAMES", "load"]

NAMES = ("sigmoid-7-02", "sigmoid-7-02-en")


def load(name: str) -> Exercise:
    """The exercise called `name`.

    >>> load("sigmoid-7-02").task("q1_derivative").points
    10
    """
    if name not in NAMES:
        raise ConfigError(f"no exercise is called {name!r}; known are: {', '.join(NAMES)}")
    module = import_module(f"sig_checker.exercises.{name.replace('-', '_')}")
    exercise = module.EXERCISE
    assert isinstance(exercise, Exercise)
    return exercise
