"""Logs in which names of files and students' texts are seen as they are: no terminal obeys them, and they forge no line."""

from __future__ import annotations

import logging

from sig_checker.verdicts import printable

__all__ = ["Plain"]


class Plain(logging.Filter):
    """Lets every record pass, without control characters; lines of a message but the first are indented.

    >>> record = logging.LogRecord("nbgrader", logging.INFO, "", 0, "found %s", ("\\x1b[31mx\\nforged",), None)
    >>> Plain().filter(record), record.getMessage()
    (True, 'found ␛[31mx\\n    forged')
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = "\n    ".join(map(printable, record.getMessage().split("\n"))), ()
        if record.exc_info and not record.exc_text:
            trace = logging.Formatter().formatException(record.exc_info)
            record.exc_text = "\n".join(map(printable, trace.split("\n")))  # formatters take it as it is
        return True
