"""A place in a list of tokens, with the small steps a parser takes from there, and what the whole text tells of its names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NoReturn

from sig_checker.errors import SubmissionError
from sig_checker.reading.tokens import Token
from sig_checker.reading.vocabulary import FUNCTION_NAMES, Vocabulary
from sig_checker.verdicts import Message

__all__ = ["Cursor"]

_LEFT_SIDE = re.compile(
    r"\s*(?:([fy])\s*(?:\(\s*\w\s*\)\s*)?'|[d∂]\s*([fysp])\s*/\s*[d∂]|\\[dtc]?frac\s*\{\s*(?:d|\\partial|\\mathrm\s*\{d\})\s*([fysp])\s*\})"
)


@dataclass
class Cursor:
    """Goes through one list of tokens. No number and no name has the value of a sign: signs are known by their values alone.

    Attributes:
        tokens: ends with a token of kind "end".
        text: the folded text, for error messages.
        explicit: products must be written (Python); otherwise standing side by side is a product that binds like a written one.
    """

    tokens: list[Token]
    text: str
    vocabulary: Vocabulary
    explicit: bool = False

    def __post_init__(self) -> None:
        self.i = 0
        self.depth = 0
        self.bars = 0

    # ---- what the whole text tells of its names, worked out when such a name is met

    @cached_property
    def own_name(self) -> str:
        """The letter of a left-hand side, which is the function's value: f' = f(1-f)."""
        left = _LEFT_SIDE.match(self.text) if self.vocabulary.activation else None
        name: str = next(filter(None, left.groups())) if left else ""
        return "" if name in self.vocabulary.own else name

    @cached_property
    def own_is_function(self) -> bool:
        return self.is_applied(self.own_name)

    @cached_property
    def activation_is_function(self) -> bool:
        """Whether a(z) stands somewhere: a is written as a function."""
        return self.is_applied(self.vocabulary.activation)

    @cached_property
    def sigma_is_value(self) -> bool:
        """Whether σ stands without an argument somewhere: σ(...) elsewhere may be a product."""
        return any(
            FUNCTION_NAMES.get(a.value) == "sigma" and b.value not in ("(", "[", "{", "'", "^", "**")
            for a, b in pairwise(self.tokens)
        )

    def is_applied(self, name: str) -> bool:
        """Whether the variable stands in brackets behind this name somewhere."""
        values = [t.value for t in self.tokens]
        whole = [name, "(", self.vocabulary.variable, ")"]
        return any(values[i : i + 4] == whole for i in range(len(values)))

    # ---- errors and small steps

    def fail(self, message: Message, token: Token | None = None) -> NoReturn:
        raise SubmissionError(message, self.text, (token or self.tokens[self.i]).at)

    @property
    def next(self) -> Token:
        return self.tokens[self.i]

    def ahead(self, *values: str) -> bool:
        return self.tokens[self.i].value in values

    def follow(self, *values: str) -> bool:
        """Whether these tokens come next, one after another."""
        return [t.value for t in self.tokens[self.i : self.i + len(values)]] == [*values]

    def take(self, *values: str) -> bool:
        if self.tokens[self.i].value in values:
            self.i += 1
            return True
        return False

    def expect(self, value: str, opened: Token | None = None) -> None:
        if not self.take(value):
            if opened is not None:
                self.fail(
                    Message(
                        "The bracket {found!r} is never closed; {expected!r} was expected before this place.",
                        found=opened.value,
                        expected=value,
                    ),
                    self.next if self.next.kind != "end" else opened,
                )
            self.fail(Message("{expected!r} was expected here.", expected=value))
