"""Reading a text: one expression, perhaps behind a left-hand side, in any of the syntaxes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from sig_checker.errors import SubmissionError
from sig_checker.expressions import Compare, Expr
from sig_checker.reading.characters import fold
from sig_checker.reading.grammar import CLOSER
from sig_checker.reading.parser import Parser
from sig_checker.reading.phrases import without_phrases
from sig_checker.reading.tokens import Token, tokenize
from sig_checker.reading.vocabulary import Vocabulary
from sig_checker.verdicts import Message

__all__ = ["MAX_CHARACTERS", "SYNTAXES", "Reading", "check_length", "read", "read_condition", "read_definition"]

SYNTAXES = ("auto", "plain", "latex", "python")
MAX_CHARACTERS = 300_000
MAX_SIDES = 40
_BREAK = re.compile(r"\n|\\\\|\$\s*\$|\$\s|\s\$")
_OPEN, _CLOSE = ("(", "[", "{", "\\cases"), (")", "]", "}", "\\endcases")
_JOINS = ("=", "==", "+", "-", "*", "/", "^", "**")
_INDEX = re.compile(r"(?<=(?<![A-Za-z\\])[A-Za-z])_\{([A-Za-z0-9]{1,3})\}")
_SAID = re.compile(  # what opens a definition behind the answer: "a(1-a), where a = ...", "a(1-a) (a = ...)"
    r"(?:([(\[])|[,;]|\s(?=where|with|단|여기서|이때))\s*(?:where|with|단|여기서|이때)?\s*,?\s*\$?\s*"
    r"((?:a|g|upstream|[σς]|\\?sigma)\s*(?:\(\s*\w\s*\))?\s*=(?!=))"
)
_FARTHEST = 200  # characters that such a definition may have
_LATEX = re.compile(r"\\|\$|[\^_]\s*\{")


class Reading(NamedTuple):
    """What was read: the sides of the equations, in order; the last side is the answer proper.

    `sides` has one element where no equals sign was written. `said` are the sides of each definition that stands behind the
    answer ("where a = σ(z)"), which must be true. `continued` tells of an equals sign before the first side. `defines` is the
    letter to which a line of a derivation gives a meaning; it is then the first side. `line` is that line's number.
    """

    sides: tuple[Expr, ...]
    said: tuple[tuple[Expr, ...], ...] = ()
    continued: bool = False
    defines: str = ""
    line: int = 0

    @property
    def answer(self) -> Expr:
        return self.sides[-1]


def check_length(text: str) -> None:
    """Raise SubmissionError for a text that is too long to be looked through."""
    if len(text) > MAX_CHARACTERS:
        raise SubmissionError(
            Message("The answer has {size} characters; at most {limit} are read.", size=len(text), limit=MAX_CHARACTERS)
        )


def _parser(text: str, syntax: str, vocabulary: Vocabulary) -> tuple[Parser, list[int] | None]:
    if syntax not in SYNTAXES:
        raise ValueError(f"syntax {syntax!r}; known are {', '.join(SYNTAXES)}")
    check_length(text)
    if vocabulary.letters:
        folded, places = fold(_INDEX.sub(_beside, text), greek=True)
    else:
        folded, places = fold(without_phrases(text))
    latex = syntax == "latex" or (syntax == "auto" and _LATEX.search(text) is not None)
    try:
        tokens = tokenize(folded, vocabulary, latex=latex)
        while len(tokens) > 1 and tokens[-2].kind == "op" and tokens[-2].value in (".", ",", ";"):
            del tokens[-2]  # punctuation at the end of a sentence
        if _BREAK.search(folded):
            _refuse_second_line(tokens, folded)
        return Parser(tokens, folded, vocabulary, explicit=syntax == "python"), places
    except SubmissionError as error:
        raise _moved(error, text, places) from None


def _beside(index: re.Match[str]) -> str:
    """x_{1} as x_1, with blanks so that every place keeps its number."""
    return f"_{index[1]}  "


def _refuse_second_line(tokens: list[Token], text: str) -> None:
    """Lines, and formulas between dollars, that no sign joins: two answers, which would be read as a product."""
    level = 0
    for before, token in pairwise(tokens):
        level += (before.value in _OPEN) - (before.value in _CLOSE)
        if level == 0 and token.kind != "end" and _BREAK.search(text, before.at, token.at):
            joined = before.value in _JOINS or token.value in ("=", "==", "*", "/", ")")
            if not joined:
                raise SubmissionError(Message("A second line or formula begins here; one answer was expected."), text, token.at)


def _moved(error: SubmissionError, text: str, places: list[int] | None) -> SubmissionError:
    """The error with its place in the text as it was typed."""
    if error.column is not None and places:
        error.column = places[error.column] if error.column < len(places) else len(text)
    error.text = text
    error.args = (error.message, error.text, error.column)
    return error


def read(text: str, syntax: str = "auto", vocabulary: Vocabulary | None = None, *, definitions: bool = False) -> Reading:
    """Read one answer.

    Args:
        syntax: "plain" (calculator notation), "latex", "python" (every product written), or "auto".
        vocabulary: the names that may stand in it.
        definitions: whether one may stand behind the answer; the caller checks what is `said`.

    Raises:
        SubmissionError: with the place, what was found and what was expected.
        Restated: the answer asks for the work to be done.

    >>> from sig_checker.reading import to_plain
    >>> to_plain(read("a(1−a)").answer)
    'a*(1 - a)'
    """
    vocabulary = vocabulary or Vocabulary()
    definition = _definition(text, vocabulary) if definitions else None
    said: tuple[tuple[Expr, ...], ...] = ()
    if definition:
        behind = read(definition[1], syntax, vocabulary, definitions=True)
        said = (behind.sides, *behind.said)
        text = text[: definition[0]]
    parser, places = _parser(text, syntax, vocabulary)
    try:
        continued = False
        while parser.take("=", "=="):  # "= a(1-a)", the end of a line that began elsewhere
            continued = True
        sides = [parser.sum()]
        while parser.take("=", "=="):
            if len(sides) == MAX_SIDES:
                parser.fail(Message("More than {limit} equals signs in one answer.", limit=MAX_SIDES - 1))
            sides.append(parser.sum())
        if parser.next.kind != "end":
            _refuse_rest(parser)
        return Reading(tuple(sides), said, continued)
    except SubmissionError as error:
        raise _moved(error, text, places) from None


def _definition(text: str, vocabulary: Vocabulary) -> tuple[int, str] | None:
    """Where a definition of the function's value or the upstream gradient begins behind the answer, and its text."""
    if not vocabulary.activation or "=" not in text:
        return None
    start = max(0, len(text) - _FARTHEST)
    behind = text[start:]
    found = next((m for m in _SAID.finditer(behind) if text[: start + m.start()].strip("= \t\n")), None)
    if found is None:
        return None
    inside = re.sub(r"(?:입니다|이다)?[\s.$]*$", "", text[start + found.start(2) :])
    if found[1]:
        if not inside.endswith(CLOSER[found[1]]):
            return None
        inside = inside[:-1]
    return start + found.start(), inside


def _refuse_rest(parser: Parser) -> None:
    token = parser.next
    if token.value in (",", ";") or token.value in ("or", "and", "또는", "혹은"):
        parser.fail(Message("{found!r} joins two answers; one was expected.", found=token.value))
    if token.value in (")", "]", "}"):
        parser.fail(Message("The bracket {found!r} was never opened.", found=token.value))
    if token.value in ("<", ">", "<=", ">=", "!="):
        parser.fail(Message("A comparison was found; an expression was expected."))
    if (parser.explicit and token.kind in ("name", "num")) or token.value in ("(", "["):
        parser.fail(Message("An operator such as * was expected before {found!r}.", found=token.value[:40]))
    parser.fail(Message("{found!r} stands where the expression should end or go on with an operator.", found=token.value[:40]))


def read_condition(text: str, vocabulary: Vocabulary, syntax: str = "plain") -> tuple[Compare, ...]:
    """Read conditions separated by commas, such as "x > 0, 0 < p < 1".

    >>> read_condition("x>0", Vocabulary("", "", letters=True))[0].op
    '>'
    """
    parser, places = _parser(text, syntax, vocabulary)
    try:
        conditions = [parser.condition()]
        while parser.take(","):
            conditions.append(parser.condition())
        if parser.next.kind != "end":
            _refuse_rest(parser)
        return tuple(conditions)
    except SubmissionError as error:
        raise _moved(error, text, places) from None


def read_definition(text: str, variable: str, names: Mapping[str, Expr] | None = None) -> Expr:
    """Read the definition of an exercise's function, an instructor's text in plain notation.

    Args:
        names: that stand for something else in it: parameters, with their numbers.

    >>> from sig_checker.reading import to_plain
    >>> to_plain(read_definition("1/(1+exp(-z))", "z"))
    '1/(1 + exp(-z))'
    """
    return read(text, "plain", Vocabulary(variable, "", extra=names or {})).answer
