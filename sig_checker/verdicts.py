"""What the judge says of an answer: verdict, witness, certificate, report. Plain data; imports nothing of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NoReturn, Protocol

__all__ = ["Certificate", "Message", "Portion", "Readable", "Report", "Text", "Verdict", "Witness",
           "printable"]  # fmt: skip

# what a terminal obeys, what begins a new line, what turns the direction of writing, half a surrogate pair
_SIGNS = {0x7F: "\u2421", **{x: chr(0x2400 + x) for x in range(32)}}
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with a sign for each character that would do something instead of being seen.

    >>> printable("red\\x1b[31m\\nnext")
    'red␛[31m␊next'
    """
    return _HIDDEN.sub(lambda found: _SIGNS.get(ord(found.group()), "\ufffd"), text)


class Verdict(StrEnum):
    """How a claim was decided.

    >>> Verdict.PROVED == "proved"
    True
    """

    PROVED = "proved"  # mathematics: true, with a certificate
    MEASURED = "measured"  # code: right at every point where it was compared with an enclosure
    REFUTED = "refuted"  # false, with a witness where there is one to give
    UNDECIDED = "undecided"  # neither could be shown: a person decides
    UNREADABLE = "unreadable"  # no claim could be read from the answer


class Message:
    """A sentence for a person: an English template and the values that fill it; translated when it is shown.

    The template is the key under which the catalogue of another language is looked up, so it must be a literal. Texts among
    the values may come from anywhere; they are shown on one line, and no terminal obeys them.

    >>> print(Message("line {number} is false", number=2))
    line 2 is false
    """

    __slots__ = ("template", "values")

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(**{name: printable(x) if isinstance(x, str) else x for name, x in self.values.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.template, self.values) == (other.template, other.values)

    def __hash__(self) -> int:
        return hash((self.template, repr(self.values)))

    def __repr__(self) -> str:
        return f"Message({self.template!r}, **{self.values!r})"


@dataclass(frozen=True, slots=True)
class Witness:
    """A point at which the claim fails: the answer's and the truth's enclosures there are disjoint.

    Attributes:
        point: name -> rational value as text, e.g. {"z": "1", "u": "3"}.
        answer: enclosure of the answer there, as Arb prints it ("[0.19 +/- 1e-9]"), or "undefined".
        truth: enclosure of the right value there, disjoint from `answer`.
        shows: what is compared: "values" of an answer and of the truth at a point; a "bound" that was claimed and the
            function's value that lies beyond it; the function's value at a "place" that was claimed, and its extreme.
    """

    point: Mapping[str, str]
    answer: str
    truth: str
    shows: Literal["values", "bound", "place"] = "values"

    def as_dict(self) -> dict[str, str]:
        return {**self.point, "answer": self.answer, "truth": self.truth}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What lets a reader confirm PROVED without redoing the search.

    Attributes:
        method: the theorem that is used, by name, e.g. "zero numerator".
        facts: name -> text; each can be checked by itself (the substitution, the common form, the root).
        sentences: the same facts, for a person to read.
    """

    method: str
    facts: Mapping[str, str] = field(default_factory=dict)
    sentences: tuple[Message, ...] = ()

    def as_dict(self) -> dict[str, str]:
        return {"method": self.method, **self.facts}


class Readable(Protocol):
    """What was read, to be written out for a person only when one looks."""

    def plain(self) -> str: ...

    def latex(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Text:
    """A reading that is plain text."""

    text: str

    def plain(self) -> str:
        return self.text

    def latex(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Portion:
    """A claim of several parts: how many of them are right. `of` is "places", "steps" or "fields"."""

    of: str
    right: int
    total: int


@dataclass(frozen=True, slots=True)
class Report:
    """A verdict with its reasons. It has no truth value: ask for `.verdict`.

    Attributes:
        verdict: how the claim was decided.
        message: one sentence for the student; never shows the truth.
        slips: names of the recognised mistakes, the likeliest first.
        read: how the answer was understood; `read_as` gives it in plain notation, `read_as_latex` as LaTeX.
        witness, certificate: the evidence for REFUTED and for PROVED.
        portion: for a claim of several parts, how many are right.
        stable, contract: code only: right in the tails too; keeps the array contract.
        carried_forward: right for the student's own earlier wrong answer.
        unclear: parts of the answer that were not understood; told at every feedback level.
        notes: further sentences that cost nothing (a removable gap, a limit that is not attained).
        disclosed: sentences from which the right answer may be guessed, for the feedback level "full" alone.
        measures: code only: figures such as max_ulp and worst_z.
    """

    verdict: Verdict
    message: Message
    slips: tuple[str, ...] = ()
    read: Readable | None = None
    witness: Witness | None = None
    certificate: Certificate | None = None
    portion: Portion | None = None
    stable: bool | None = None
    contract: bool | None = None
    carried_forward: bool = False
    unclear: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    disclosed: tuple[Message, ...] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slip(self) -> str | None:
        """The likeliest mistake, or None."""
        return self.slips[0] if self.slips else None

    @property
    def read_as(self) -> str | None:
        """How the answer was understood, in plain notation."""
        return None if self.read is None else self.read.plain()

    @property
    def read_as_latex(self) -> str | None:
        """How the answer was understood, as LaTeX without dollars."""
        return None if self.read is None else self.read.latex()

    def __bool__(self) -> NoReturn:
        raise TypeError("a report has no truth value; compare report.verdict with Verdict.PROVED")
