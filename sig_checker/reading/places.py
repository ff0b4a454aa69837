"""Reading places on the line: {-∞, ∞}, "z → ±∞", "z = 0 (a = 1/2)", [0, 1], in text or as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from sig_checker.errors import SubmissionError
from sig_checker.expressions import Call, Expr, Neg, Var, free_names
from sig_checker.reading.characters import fold
from sig_checker.reading.remarks import ENDING, Doubtful, from_json, refuse_doubtful, split_remark, squeezed
from sig_checker.reading.text import Reading, check_length, read
from sig_checker.reading.vocabulary import Vocabulary
from sig_checker.verdicts import Message

__all__ = ["NOWHERE", "Condition", "Places", "read_beside", "read_places"]

MAX_PLACES = 20
_JOINT = re.compile(
    r"\b(or|and)\b|또는|혹은|그리고|이거나|및|이나\s|와\s|과\s|\\text\s*\{\s*(?:or|and|또는|혹은|그리고|및)\s*\}|\\(?:lor|vee|cup)(?![A-Za-z])|∨|∪|;|\\?&",
    re.IGNORECASE,
)
_OR = r"(?:\bor\b|또는|혹은|이거나)(?![^,;=→()]{0,60}[=→])"  # before a number alone
_PAIR = re.compile(  # an interval between infinities, or the two coordinates of a point
    r"[(\[]\s*[^,()\[\]]*oo[^,()\[\]]*,[^,()\[\]]*oo[^,()\[\]]*[)\]]|\(\s*[^\s,()][^,()]*,\s*[^\s,()][^,()]*\)"
)
_ASIDE = re.compile(r"(?<=[\w)])\s*[(\[]((?:[^()\[\]]|\([^()]*\))*+)[)\]]\s*$")  # 0 (a = 1/2)
_LIMIT = r"\\?\blim(?:it)?(?![A-Za-z])\s*_?\s*"
_ARGUMENT = re.compile(r"^\s*\\?arg\s*\\?(?:max|min)[^=]*=\s*(?=\S)", re.IGNORECASE)
_ALONE = re.compile(r"^\s*(?:오직|only|just)\s|\s*(?:\bonly|뿐)\s*$", re.IGNORECASE)  # z = 0 only
_FLOAT = re.compile(r"float\(\s*['\"]([+-]?)inf(?:inity)?['\"]\s*\)", re.IGNORECASE)
_HENCE = re.compile(r"^\s*(?:즉|곧|이때|단|so|hence|thus|i\.?e\.?)\s*,?\s+(?=\S)", re.IGNORECASE)
_INFINITY_WORDS = [
    (re.compile(r"(?:양|음)(?:의)?\s*(?:무한대?)?\s*(?:또는|과|와|,)\s*(?:음|양)의?\s*무한대?"), "±oo"),
    (re.compile(r"(?:plus|positive)\s*(?:and|or|/)\s*(?:minus|negative)\s*infinity", re.IGNORECASE), "±oo"),
    (re.compile(r"플러스\s*마이너스\s*무한대?"), "±oo"),
    (re.compile(r"(?:plus|positive|양의|플러스)\s*(?:infinity|무한대?)", re.IGNORECASE), "oo"),
    (re.compile(r"(?:minus|negative|음의|마이너스)\s*(?:infinity|무한대?)", re.IGNORECASE), "-oo"),
    (re.compile(r"무한대?"), "oo"),
]


class Condition(NamedTuple):
    """An equation such as a = 1/2, and the places of which it is said; none where it is said of none, or not clear of which."""

    left: Expr
    right: Expr
    beside: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Places in the order in which they were written, ±∞ among them (`Const("oo")` and its `Neg`)."""

    points: tuple[Expr, ...]
    conditions: tuple[Condition, ...] = ()


NOWHERE = Places(())


def read_places(answer: object, syntax: str, vocabulary: Vocabulary) -> Places:
    """Read places on the line.

    Raises:
        SubmissionError: nothing that could be a set of places.
        Doubtful: an interval, "about", nothing but a condition on another quantity.

    >>> read_places("z → ±∞", "auto", Vocabulary()).points
    (Const(name='oo'), Neg(arg=Const(name='oo')))
    """
    found = _read(answer, syntax, vocabulary)
    if not found.points and not found.conditions:
        raise SubmissionError(Message("There is no answer."))
    if not found.points:
        name = min(n for said in found.conditions for side in said[:2] for n in free_names(side))
        raise Doubtful(
            Message(
                "The answer gives a value of {name}, not of {variable}; a person decides.",
                name=name,
                variable=vocabulary.variable,
            )
            if name != vocabulary.variable
            else Message("The answer is an equation for {name}; a person decides what is meant.", name=name)
        )
    return found


def read_beside(text: str, syntax: str, vocabulary: Vocabulary) -> Places:
    """Read the place that stands beside a value: "z = 0", "a = 1/2"."""
    return _read(text, syntax, vocabulary)


def _read(answer: object, syntax: str, vocabulary: Vocabulary) -> Places:
    if isinstance(answer, list | tuple):
        _check_number(len(answer))
        return _together([_read(item, syntax, vocabulary) for item in answer])
    return _of_text(answer, syntax, vocabulary) if isinstance(answer, str) else Places((from_json(answer),))


def _together(parts: list[Places]) -> Places:
    """The places of all parts. Equations between them are said of the place before each (or behind each) where every place has
    its own, else it is left open of which."""
    points = tuple(dict.fromkeys(point for part in parts for point in part.points))
    runs = [list(run) for _, run in groupby(parts, key=lambda part: bool(part.points))]
    first = 0 if runs and runs[0][0].points else 1  # of the runs of places
    each = len(runs) % 2 == 0 and all(len(run) == 1 for run in runs[first::2])
    found: list[Condition] = []
    for i, run in enumerate(runs):
        near = runs[i ^ 1][0].points if each else ()
        found += [said if part.points else said._replace(beside=near) for part in run for said in part.conditions]
    _check_number(len(found))
    return Places(points, tuple(found))


def _of_text(text: str, syntax: str, vocabulary: Vocabulary) -> Places:
    check_length(text)
    text = squeezed(text)
    refuse_doubtful(text)
    v = re.escape(vocabulary.variable)
    inner = _prepared(split_remark(text)[0], vocabulary.activation).strip()
    inner = re.sub(rf"^{v}\s*(?:=|∈)\s*(?=\\?[\[({{])", "", inner)  # z ∈ {0}
    if _PAIR.fullmatch(inner):
        raise Doubtful(Message("The answer may be an interval; a person decides what is meant."))
    wrapped = re.fullmatch(r"(?:\\?\{)(.*?)(?:\\?\})", inner) or re.fullmatch(r"[\[(]([^()\[\]]*,[^()\[\]]*)[\])]", inner)
    if wrapped:
        inner = re.sub(rf"^\s*{v}\s*(?:∈\s*(?:R|ℝ)\s*)?(?:\||:)\s*(?={v})", "", wrapped[1])  # {z | z = 0}
    parts: list[Places] = []
    for piece in _pieces(inner):
        aside = _ASIDE.search(piece)
        if aside and re.search("[=→]", aside[1]):
            place = _place(piece[: aside.start()], syntax, vocabulary)
            parts.append(Places(place.points, tuple(_said(aside[1], place, syntax, vocabulary))))
        else:
            parts.append(_place(piece, syntax, vocabulary))
        _check_number(sum(len(part.points) for part in parts), sum(len(part.conditions) for part in parts))
    return _together(parts)


def _check_number(*counts: int) -> None:
    if max(counts) > MAX_PLACES:
        raise SubmissionError(
            Message("A list of {count} places; at most {limit} are read.", count=max(counts), limit=MAX_PLACES)
        )


def _said(text: str, place: Places, syntax: str, vocabulary: Vocabulary) -> Iterator[Condition]:
    """The equations in the brackets behind a place; a number alone is another right side, as in (a = 0 or 1)."""
    left: Expr | None = None
    pieces = _pieces(text)
    _check_number(len(pieces))
    for piece in pieces:
        beside = _place(piece, syntax, vocabulary)
        for said in beside.conditions:
            left = said.left
            yield said._replace(beside=place.points)
        if not set(beside.points) <= set(place.points):
            if left is None or len(beside.points) > 1:
                raise SubmissionError(Message("Several equals signs; one value was expected."), text)
            yield Condition(left, beside.points[0], place.points)


def _prepared(text: str, activation: str) -> str:
    """Words for infinity, joints and LaTeX arrows brought to one form; "a = 0 or 1" becomes two equations."""
    for pattern, sign in _INFINITY_WORDS:
        if sign is not None:
            text = pattern.sub(f" {sign} ", text)
    text = _FLOAT.sub(r"\1oo", fold(text.replace("−", "-"))[0])
    text = re.sub(r"\babs\s*\(\s*(\w+)\s*\)", r"|\1|", text).replace("∓", "±").replace("==", "=")
    text = re.sub(r"^\s*(\w)\s*(?:가|이|는|은)\s+", r"\1 → ", text)
    text = text.replace("+-", "±").replace("+/-", "±").replace("-+", "±")
    text = re.sub(r"\\left|\\right(?!arrow)|\\[,;:! ]|\\q?quad(?![A-Za-z])|\$|\\displaystyle", " ", text)
    text = re.sub(r"\\(?:to|rightarrow|longrightarrow)(?![A-Za-z])|->|=>", " → ", text)
    text = re.sub(r"\\(?:infty)(?![A-Za-z])", " oo ", text)
    text = re.sub(r"\\(?:pm|mp)(?![A-Za-z])", "±", text)
    text = re.sub(r"\\l?r?vert(?![A-Za-z])|\\mid(?![A-Za-z])", "|", text)
    text = re.sub(_LIMIT, " ", _ARGUMENT.sub("", text))
    text = re.sub(r"\\in(?![A-Za-z])", " ∈ ", text).replace("원점", " 0 ")
    if activation:
        name = re.escape(activation)
        text = re.sub(rf"\b{name}\s*([=→])\s*([^,;=→()]{{1,60}}?)\s*{_OR}", rf"{activation} \1 \2 , {activation} \1 ", text)
    text = _JOINT.sub(" , ", text)
    text = re.sub(r"\b(?:as|when|at|일\s*때|where)\b", " ", text, flags=re.IGNORECASE)
    return _ALONE.sub("", ENDING.sub("", squeezed(text)).rstrip(" .;"))


def _pieces(text: str) -> list[str]:
    out, level, start = [], 0, 0
    for i, ch in enumerate(text):
        level += (ch in "([{") - (ch in ")]}")
        if ch == "," and level == 0:
            out.append(text[start:i])
            start = i + 1
    out.append(text[start:])
    if any(not piece.strip() for piece in out):
        raise SubmissionError(
            Message("A place is missing between two commas.") if len(out) > 1 else Message("There is no answer."), text
        )
    return out


def _place(piece: str, syntax: str, vocabulary: Vocabulary) -> Places:
    variable = re.escape(vocabulary.variable)
    piece = _HENCE.sub("", piece)
    piece = re.sub(
        rf"^\s*{variable}\s*(?:\^?\s*\{{?(?:\*|\\ast)\}}?|_\{{?\w+\}}?)\s*(?=[=→])", f"{vocabulary.variable} ", piece
    )  # z* = 0
    modulus = re.fullmatch(rf"\s*\|\s*{variable}\s*\|\s*(?:→|=)\s*(.+)", piece)
    if modulus:
        return _both(_one(modulus[1], syntax, vocabulary))
    named = re.fullmatch(r"\s*([^\W\d_]\w*)\s*(?:→|=)\s*(.+)", piece)
    if named and named[1] == vocabulary.activation:
        return Places((), (Condition(Var(named[1]), _one(named[2], syntax, vocabulary)),))
    if named:
        if named[1] not in (vocabulary.variable, "argmax", "argmin", "x", "input"):
            raise SubmissionError(
                Message("{found!r} is not the input {variable}.", found=named[1], variable=vocabulary.variable), piece
            )
        piece = named[2]
    piece = re.sub(r"^\s*→", "", piece)
    both = re.fullmatch(r"\s*±(.+)", piece)
    if both:
        return _both(_one(both[1], syntax, vocabulary))
    reading = read(piece.replace("→", "=", 1), syntax, vocabulary)
    if not named and len(reading.sides) == 2 and _is_condition(reading, vocabulary):
        return Places((), (Condition(reading.sides[0], reading.sides[1]),))
    return Places((_number(reading, piece),))


def _is_condition(reading: Reading, vocabulary: Vocabulary) -> bool:
    """Whether an equation says something of the input or of the function's value there: e^z = 1, σ(z) = 1/2."""
    left = reading.sides[0]
    said = free_names(left) or isinstance(left, Call)  # σ(0) = 1/2 as well
    return bool(vocabulary.activation and said and free_names(left) <= {vocabulary.variable, vocabulary.activation})


def _both(place: Expr) -> Places:
    return Places((place, Neg(place)))


def _one(text: str, syntax: str, vocabulary: Vocabulary) -> Expr:
    return _number(read(text, syntax, vocabulary), text)


def _number(reading: Reading, text: str) -> Expr:
    if len(reading.sides) > 1:
        raise SubmissionError(Message("Several equals signs; one value was expected."), text)
    return _settled(reading.answer)


def _settled(e: Expr) -> Expr:
    """-(-∞) and +∞ brought to one form."""
    if isinstance(e, Neg):
        inner = _settled(e.arg)
        return inner.arg if isinstance(inner, Neg) else Neg(inner)
    return e
