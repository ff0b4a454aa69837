"""Grades answers about derivatives, backpropagation and extremes with a proof or a checkable counterexample.

`submit` is what a notebook's check cells call. Importing the package loads nothing but this page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sig_checker.notebook.submit import submit

__all__ = ["submit"]


def __getattr__(name: str) -> object:
    if name == "submit":
        from sig_checker.notebook.submit import submit  # noqa: PLC0415 - a reader of one module needs no other

        globals()["submit"] = submit
        return submit
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
