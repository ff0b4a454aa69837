"""The only place that sees raw text or foreign objects. Text becomes an expression; nothing is ever run.

A name is loaded when it is first asked for: a kernel under the grader writes expressions out and needs no parser.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sig_checker.printing import Written, to_latex, to_plain, to_python
    from sig_checker.reading.parser import Restated
    from sig_checker.reading.text import MAX_CHARACTERS, SYNTAXES, Reading, read, read_condition, read_definition
    from sig_checker.reading.vocabulary import Vocabulary

__all__ = [
    "MAX_CHARACTERS",
    "SYNTAXES",
    "Reading",
    "Restated",
    "Vocabulary",
    "Written",
    "read",
    "read_condition",
    "read_definition",
    "to_latex",
    "to_plain",
    "to_python",
]

_HOMES = dict.fromkeys(__all__, "sig_checker.reading.text") | {
    "Restated": "sig_checker.reading.parser",
    "Vocabulary": "sig_checker.reading.vocabulary",
    **dict.fromkeys(("Written", "to_latex", "to_plain", "to_python"), "sig_checker.printing"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
