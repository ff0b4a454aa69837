"""Reading the value of an extreme: 1/4, "max = 0.25", "0 (not attained)", "1/4 at z = 0", in text or as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sig_checker.expressions import Deriv, Expr, Var, children, free_names
from sig_checker.reading.places import NOWHERE, Places, read_beside
from sig_checker.reading.remarks import ENDING, Doubtful, from_json, refuse_doubtful, split_remark, squeezed
from sig_checker.reading.text import check_length, read
from sig_checker.reading.vocabulary import Vocabulary
from sig_checker.verdicts import Message

__all__ = ["Value", "read_value"]

_AT = r"(?:z|x|a|\|z\||[σ\w\\]+\(z\))\s*(?:=|→|->|\\to(?![A-Za-z])|가|이)\s*[^\s,;()=]+(?:\s*\\infty)?"
_WHEN = r"(?:at|when|as|where|if|단)"
_THERE = r"(?:일\s*때|에서|으?로\s*갈\s*때)"
_ATS = rf"{_AT}(?:\s*{_THERE}?\s*(?:,|;|\b(?:or|and)\b|또는|혹은|그리고|및)\s*{_AT}){{0,3}}"
_PLACE_BESIDE = re.compile(
    rf"^\s*(?P<before>{_AT})\s*(?:{_THERE}\s*,?|,)\s*|^\s*\\?lim(?:it)?\s*_\s*\{{(?P<under>[^{{}}]+)\}}"
    rf"|\s*[(\[]\s*{_WHEN}?\s*(?P<within>{_ATS})\s*{_THERE}?\s*[)\]]\s*$"
    rf"|\s*(?:,\s*{_WHEN}?|{_WHEN}\b)\s*(?P<behind>{_ATS})\s*{_THERE}?\s*$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d+)\s*분의\s*(\d+)")  # "4분의 1", denominator first
_TENDS = re.compile(r"\s*(?:에|으로|로)\s*(?:수렴|가까|접근|다가|한없이)\S*.*$")
_ARROW = re.compile(r"^\s*(?:→|->|\\(?:to|rightarrow)(?![A-Za-z]))\s*")
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*\\?%")
_LABEL = re.compile(
    r"^\s*(?:(?:the\s+)?(?:max(?:imum)?|min(?:imum)?|sup(?:remum)?|inf(?:imum)?|largest|smallest|value|answer|최댓값|최솟값|최대값|최소값|최대|최소|값|답|정답|상한|하한|lim(?:it)?|극한)"
    r"(?:\s*(?:value|값))?(?:은|는|이|가)?|[Mm]|\\(?:max|min|sup|inf|lim)(?:_\{?[^{}=]*\}?)?)\s*(?:=|:|is|→|->|\s)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Value:
    """A number, and what was said of it: `attained` True or False or None (nothing), `beside` it where."""

    value: Expr
    attained: bool | None = None
    also: tuple[Expr, ...] = ()  # other numbers it was said to be equal to, perhaps a derivative at a place
    beside: Places = NOWHERE


def read_value(answer: object, syntax: str, vocabulary: Vocabulary) -> Value:
    """Read the claimed value of an extreme.

    Raises:
        SubmissionError: no value can be read.
        Doubtful: "about 0.25", "there is none".

    >>> read_value("0 (not attained)", "auto", Vocabulary()).attained
    False
    """
    if isinstance(answer, list) and len(answer) == 1:
        return read_value(answer[0], syntax, vocabulary)
    if not isinstance(answer, str):
        return Value(from_json(answer))
    check_length(answer)
    answer = squeezed(answer)
    refuse_doubtful(answer)
    text, remark = split_remark(_PARTS.sub(r"(\2/\1)", _PERCENT.sub(r"(\1/100)", answer)), bound=True)
    beside = NOWHERE
    text = _unlabelled(text)
    place = _PLACE_BESIDE.search(text)
    if place:
        beside = read_beside(next(filter(None, place.groups())), syntax, vocabulary)
        text = text[: place.start()] + text[place.end() :]
    if _TENDS.search(text):
        text, remark = _TENDS.sub("", text), False
    text = ENDING.sub("", text)
    if _ARROW.match(text):
        text, remark = _ARROW.sub("", text), False
    reading = read(_unlabelled(text), syntax, vocabulary)
    for side in reading.sides[:-1]:
        if isinstance(side, Var):
            raise Doubtful(Message("The answer is an equation for {name}; a person decides what is meant.", name=side.name))
    numbers = tuple(side for side in reading.sides[:-1] if not _mentions(side))
    return Value(reading.answer, remark, numbers, beside)


def _unlabelled(text: str) -> str:
    label = _LABEL.match(text)
    return text[label.end() :] if label and label.end() < len(text) else text


def _mentions(e: Expr) -> bool:
    """Whether a left-hand side names the quantity (σ'(z), da/dz) rather than being a number itself (σ'(0))."""
    if isinstance(e, Deriv) and e.at is not None:
        return bool(free_names(e.at))
    return isinstance(e, Var | Deriv) or any(_mentions(x) for x in children(e))
