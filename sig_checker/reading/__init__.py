"""The only place that sees raw text or foreign objects. Text becomes an expression; nothing is ever run."""

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
