"""What `doctor` finds, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sig_checker.verdicts import Message

__all__ = ["INSTALL", "Finding", "Found", "State"]

INSTALL = Message("Install it: {command}", command="pip install 'sig-checker[grading]'")


class State(StrEnum):
    OK = "ok"
    WARN = "warn"  # something works less well than it could
    MISSING = "missing"  # something does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and what to do about it."""

    check: str
    state: State
    found: Message
    remedy: Message | None = None


Found = tuple[State, Message] | tuple[State, Message, Message]
