"""Errors by the reader they are for: the student, the instructor. Any other exception is our bug."""

from __future__ import annotations

from sig_checker.verdicts import Message

__all__ = ["ConfigError", "SigCheckerError", "SubmissionError"]


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
