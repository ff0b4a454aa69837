"""The claim about what a place means: an object of a few fields, each right or wrong by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sig_checker.deciding.identities import compare
from sig_checker.errors import SubmissionError
from sig_checker.expressions import Expr
from sig_checker.reading import Vocabulary, read_definition, to_plain
from sig_checker.reading.places import read_places
from sig_checker.reading.remarks import Doubtful
from sig_checker.verdicts import Message, Portion, Report, Text, Verdict

__all__ = ["judge_meaning"]

# what students write for the words that the notebook gives
SAME_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("확실", "확실함", "확실하다", "확실한 경우", "확실합니다", "sure"), "certain"),
    **dict.fromkeys(
        ("불확실", "불확실함", "불확실하다", "가장 불확실", "가장 불확실하다", "불확실합니다", "unsure"), "uncertain"
    ),
    **dict.fromkeys(("최대", "가장 크다", "가장 큼", "가장 크게", "최대이다", "largest update", "maximum", "max"), "largest"),
    **dict.fromkeys(("없음", "없다", "0", "일어나지 않는다", "일어나지 않음", "no", "no update", "zero"), "none"),
}
WORDS = frozenset(SAME_WORDS.values())
_UNREAD = " (?)"
_LABEL = re.compile(r"(?:[^\W\d_]\w*(?:\([^()]*\))?|[σŷ]\S*)\s*(?:=|→)\s*")
_BESIDE = re.compile(r"\(\s*z[^()]*\)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def judge_meaning(answer: object, expected: Mapping[str, Any], syntax: str) -> Report:
    """Judge an object field by field.

    Args:
        expected: field -> a word, or a list of numbers as text that must be given as a set.
    """
    if not isinstance(answer, Mapping):
        message = Message("An object with the fields {fields} was expected.", fields=", ".join(expected))
        return Report(Verdict.UNREADABLE, message, portion=Portion("fields", 0, len(expected)))
    answer = {str(name).strip().casefold(): value for name, value in answer.items()}
    right, wrong, doubtful, shown = 0, [], [], []
    unclear: list[Message] = []
    for name, wanted in expected.items():
        given = answer.get(name)
        try:
            ok, text = _numbers(given, wanted, syntax) if isinstance(wanted, list) else _word(given, wanted)
            if given is not None and (text.endswith(_UNREAD) if isinstance(wanted, list) else _is_strange(text, wanted)):
                unclear.append(Message("The field {field} was not understood; check how it is written.", field=name))
        except Doubtful:
            doubtful.append(name)
            ok, text = False, str(given)[:60]
        shown.append(f"{name}: {text}")
        right += ok
        if not ok:
            wrong.append(name)
    read = Text("; ".join(shown))
    portion = Portion("fields", right, len(expected))
    unknown = [str(name)[:40] for name in answer if name not in expected]
    notes = (Message("Unknown fields were passed over: {fields}.", fields=", ".join(unknown[:5])),) if unknown else ()
    if doubtful:
        message = Message("The field {field} can be meant in two ways; a person decides.", field=doubtful[0])
        return Report(Verdict.UNDECIDED, message, portion=portion, read=read, unclear=tuple(unclear), notes=notes)
    if wrong:
        message = Message("{right} of {total} fields are right.", right=right, total=len(expected))
        names = (Message("These fields are not right: {fields}.", fields=", ".join(wrong)),)
        strange = tuple(unclear)
        return Report(Verdict.REFUTED, message, portion=portion, read=read, unclear=strange, notes=notes, disclosed=names)
    return Report(Verdict.PROVED, Message("Right: every field."), portion=portion, read=read, notes=notes)


def _word(given: object, wanted: str) -> tuple[bool, str]:
    if not isinstance(given, str):
        return False, "-" if given is None else type(given).__name__
    word = " ".join(given.split()).casefold().rstrip(".")
    return wanted.casefold() in (word, SAME_WORDS.get(word)), word[:60]


def _is_strange(word: str, wanted: str) -> bool:
    """Whether a word means nothing where one of ours was asked for, right or wrong."""
    return wanted.casefold() in WORDS and SAME_WORDS.get(word, word) not in WORDS


def _numbers(given: object, wanted: list[str], syntax: str) -> tuple[bool, str]:
    """Whether the numbers given are the set that is wanted, by exact comparison."""
    given = [_bare(x) for x in given] if isinstance(given, list) else _bare(given)
    try:
        numbers = read_places(given, syntax, Vocabulary("p", "")).points if given is not None else ()
    except SubmissionError:
        return False, f"{given}"[:56] + _UNREAD
    targets = [read_definition(text, "p") for text in wanted]
    hit: set[int] = set()
    for number in numbers:
        index = next((i for i, target in enumerate(targets) if _equal(number, target)), None)
        if index is None:
            return False, ", ".join(to_plain(n) for n in numbers)
        hit.add(index)
    return len(hit) == len(targets), ", ".join(to_plain(n) for n in numbers) or "-"


def _bare(given: object) -> object:
    """ "a = 50% (z = 0)" says the number 50/100."""
    return _PERCENT.sub(r"\1/100", _LABEL.sub("", _BESIDE.sub("", given))) if isinstance(given, str) else given


def _equal(a: Expr, b: Expr) -> bool:
    return compare(a, b).equal is True
