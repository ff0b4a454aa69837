"""Words that people put around an answer ("답: ...", "the answer is ...", "...입니다"): a short fixed list."""

from __future__ import annotations

import re

from sig_checker.errors import SubmissionError
from sig_checker.verdicts import Message

__all__ = ["without_counter", "without_phrases"]

_WHAT = r"(?:정답|답안|답|해답|결과값|결과|풀이|도함수|미분값|미분)"
_THING = r"(?:(?:the|my|our)\s+)?(?:final\s+)?(?:answer|ans|result|solution|derivative)"
_LABEL = rf"(?:(?:최종\s*)?{_WHAT}\s*(?:[:=]|은\s|는\s)|{_THING}(?:\s*[:=]|\.|\s+is\b\s*:?)|(?:z로\s*)?미분하면\s)"
_BEFORE = re.compile(
    rf"\s*(?:(?:(?:so|thus|hence|therefore|then)\b|따라서|그러므로|그래서|즉)\s*,?\s+)?(?:\\text\s*\{{\s*{_LABEL}\s*\}}|{_LABEL})?,?\s*",
    re.IGNORECASE,
)
_AFTER = re.compile(r"(?:(?:이|가)\s*(?:정답|답)?\s*)?(?:입니다|이다|이에요|예요|됩니다|된다|임|다)$")
_LONGEST = 16  # characters of what stands behind
_QUOTES, _ENDS = "\"“”'‘’`", " \t\r\n.。!~"
_PERHAPS = re.compile(  # whether the first characters of an ASCII text could be any of this
    r"\s*(?:[\"'`]|\(\d|\d+[.)]|so\b|th|hence|my\b|our\b|final|ans|result|sol|deriv|z로|\\text|lambda|def\b|return|print)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*(\(\d{1,2}\)|\d{1,2}\.|\d{1,2}\))(?:\s+(?=[^\W_]|[(\\$])|(?<=\.)(?=[^\W\d_]|[(\\$]))")
_COUNTER = re.compile(r"\s*[①-⒛⓪⓵-⓿❶-➓㈀-㈞㉠-㉾]")  # always counts, and would be folded to a number
_CODE = re.compile(r"\s*(lambda\b|def\b|return\b|print(?=\s*\(|\s))")


def without_phrases(text: str) -> str:
    """The text with blanks where such words and outer quotation marks stood, so that every place keeps its number.

    Raises:
        SubmissionError: code, or a number of which it is not clear whether it counts the answers or belongs to one.

    >>> without_phrases("답: a(1-a) 입니다.")
    '   a(1-a)     '
    """
    if text.isascii() and not _PERHAPS.match(text):
        return text
    written = text
    text = without_counter(text)
    core = text.strip()
    if core[:1] in _QUOTES and core[-1:] in _QUOTES and core:
        inner = core.lstrip(_QUOTES)
        text = _blank(text, 0, len(text.rstrip()) - len(inner))
        text = _blank(text, len(text.rstrip(_QUOTES + _ENDS)), len(text))
    before = _BEFORE.match(text)
    if before and before.end() < len(text):
        text = _blank(text, 0, before.end())
    if not text.isascii():
        end = len(text.rstrip(_ENDS))
        after = _AFTER.search(text, max(0, end - _LONGEST), end)
        if after and text[: after.start()].strip():
            text = _blank(text, after.start(), len(text))
    number = _NUMBER.match(text)
    if number:
        unclear = Message("It is not clear whether {found} numbers the answer or belongs to it.", found=number[1])
        raise SubmissionError(unclear, written, number.start(1))
    code = _CODE.match(text)
    if code:
        raise SubmissionError(
            Message("Code stands here ({found}); write the expression alone.", found=code[1]), written, code.start(1)
        )
    return text


def without_counter(text: str) -> str:
    """The text with a blank for a number in a circle or brackets of its own, at the beginning.

    >>> without_counter("② a(1-a)")
    '  a(1-a)'
    """
    found = _COUNTER.match(text)
    return _blank(text, 0, found.end()) if found and text[found.end() :].strip() else text


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
