"""Errors by the reader they are for: the student, the instructor. Any other exception is our bug."""

from __future__ import annotations

import errno

from sig_checker.verdicts import Message

__all__ = ["ConfigError", "SigCheckerError", "SubmissionError", "reason"]

# why the operating system refuses a file; Python has the words in English
_REASONS = {
    errno.ENOENT: Message("No such file or directory"),
    errno.EACCES: Message("Permission denied"),
    errno.EPERM: Message("Operation not permitted"),
    errno.EISDIR: Message("Is a directory"),
    errno.ENOTDIR: Message("Not a directory"),
    errno.EEXIST: Message("File exists"),
    errno.ENOTEMPTY: Message("Directory not empty"),
    errno.ENOSPC: Message("No space left on device"),
    errno.EDQUOT: Message("Disk quota exceeded"),
    errno.EROFS: Message("Read-only file system"),
    errno.EMFILE: Message("Too many open files"),
    errno.ENAMETOOLONG: Message("File name too long"),
    errno.ELOOP: Message("Too many levels of symbolic links"),
    errno.EIO: Message("Input/output error"),
}


class SigCheckerError(Exception):
    """Base of the errors that are raised on purpose."""


class ConfigError(SigCheckerError):
    """For the instructor: an exercise, a course or a machine is not set up as it must be.

    Attributes:
        parts: what is said, a line or several each; the command line translates those that are messages.
    """

    def __init__(self, *parts: Message | str) -> None:
        super().__init__(*parts)
        self.parts = parts

    def __str__(self) -> str:
        return "\n".join(map(str, self.parts))

    @property
    def message(self) -> Message:
        """All that is said as one message, to stand within another."""
        *first, last = (x if isinstance(x, Message) else Message("{text}", text=x) for x in self.parts)
        for part in reversed(first):
            last = Message("{first}\n{rest}", first=part, rest=last)
        return last


class SubmissionError(SigCheckerError):
    """For the student: the answer could not be read.

    Attributes:
        message: what was found and what was expected, translatable.
        text: the answer's text around the place, or "".
        column: 0-based position in `text`, or None where there is no single place.
    """

    def __init__(self, message: Message, text: str = "", column: int | None = None) -> None:
        super().__init__(message, text, column)
        self.message = message
        self.text = text
        self.column = column

    def __str__(self) -> str:
        if self.column is None:
            return str(self.message)
        start = max(0, self.column - 40)
        shown = self.text[start : self.column + 40].replace("\n", " ")
        return f"{self.message}\n    {shown}\n    {' ' * (self.column - start)}^"


def reason(error: OSError) -> Message | str:
    """Why the operating system refuses, in words that are translated where they are known.

    >>> str(reason(FileNotFoundError(errno.ENOENT, "No such file or directory")))
    'No such file or directory'
    """
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
