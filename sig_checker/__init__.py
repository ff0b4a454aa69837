"""Grades answers about derivatives, backpropagation and extremes with a proof or a checkable counterexample.

`submit` is what a notebook's check cells call; `identical` compares any two expressions in real variables; `judge` judges
an answer to a task of an exercise. Importing the package loads nothing but this page.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sig_checker.judging import identical, judge
    from sig_checker.notebook.submit import show_exercise, submit

__all__ = ["identical", "judge", "show_exercise", "submit"]

_HOMES = {
    **dict.fromkeys(("show_exercise", "submit"), "sig_checker.notebook.submit"),
    **dict.fromkeys(("identical", "judge"), "sig_checker.judging"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)  # only now: a reader of one module needs no other
    globals()[name] = found
    return found
