"""What stands around values and places in words: remarks on whether a value is attained, "about", "there is none"."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from sig_checker.errors import SubmissionError
from sig_checker.expressions import Const, Expr, Neg, Num
from sig_checker.reading.phrases import without_counter
from sig_checker.verdicts import Message

__all__ = ["ENDING", "INFINITY", "Doubtful", "from_json", "refuse_doubtful", "split_remark", "squeezed"]

INFINITY = Const("oo")
_NOT_ATTAINED = re.compile(
    r"(not (attained|reached|achieved)|approached|never (attained|reached)|unattained|in the limit|as a limit|limit"
    r"|\binfimum|\bsupremum|asymptotic(ally)?"
    r"|도달하지\s*(않음|않는다|못함|못한다|않습니다)|도달\s*(안\s*함|불가|못\s*(함|한다|합니다))|극한(값)?|점근적?|하한|상한|가까워짐|수렴)",
    re.IGNORECASE,
)
_ATTAINED = re.compile(r"(attained|reached|achieved|도달함|도달한다|도달)", re.IGNORECASE)
_BOUND = re.compile(r"\s*(inf|sup)\.?\s*", re.IGNORECASE)  # alone in its brackets, since inf is infinity as well
_NONE = re.compile(
    r"\s*(?:(?:최댓값|최솟값|최대값|최소값|최댓값|그런\s*z|the (?:minimum|maximum))\s*(?:은|는|이|가)?\s*)?"
    r"(there is none|none|no (minimum|maximum|such z|value)|does not exist|dne|nothing"
    r"|없음|없다|없습니다|존재하지\s*않(음|는다|습니다))\s*\.?\s*",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\.\.\.|…|≈|≒|≃|\\approx|\\simeq|about|approximately|approx\.?|약\s*\d|대략|거의|nearly|almost")
ENDING = re.compile(
    r"\s*(?:입니다|이다|임|일\s*때|일때|에서|에서\s*최대|에서\s*최소|으로|로\s*갈\s*때|로\s*갈때|에서만"
    r"|(?:을|를)\s*(?:갖는다|가진다|갖습니다|가집니다))\s*\.?\s*$"
)
_OPENERS, _CLOSERS = "(（[", ")）]"


class Doubtful(Exception):
    """What was written may be right or wrong, depending on what is meant: a person decides. Carries the reason."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def squeezed(text: str) -> str:
    """The text with one blank for several, since patterns that pass over blanks would try each of them many times."""
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", without_counter(text)))


def split_remark(text: str, *, bound: bool = False) -> tuple[str, bool | None]:
    """ "0 (not attained)" is 0 and False; a remark stands in brackets or behind a comma at the end.

    Args:
        bound: whether "(inf)" and "(sup)" are such remarks.
    """
    end = len(text.rstrip())
    end -= text.endswith(".", 0, end)
    end = len(text[:end].rstrip())
    end -= text[end - 1 : end] in _CLOSERS and end > 0
    start = 1 + max(text.rfind(ch, 0, end) for ch in _OPENERS + _CLOSERS)
    if not (start and text[start - 1] in _OPENERS):  # no bracket holds it: what stands behind a comma
        comma = re.search("[,;]", text[start:end])
        start, bound = start + comma.end() if comma else 0, False
    if start > 1 and re.search(r"[^\W\d_]", text[start:end]):
        if _NOT_ATTAINED.search(text[start:end]) or (bound and _BOUND.fullmatch(text[start:end])):
            return text[: start - 1], False
        if _ATTAINED.search(text[start:end]):
            return text[: start - 1], True
    return text, None


def refuse_doubtful(text: str) -> None:
    if _NONE.fullmatch(text):
        raise Doubtful(Message("The answer says that there is none; a person reads it."))
    if _ABOUT.search(text):
        raise Doubtful(Message('The answer says "about"; a person decides whether that was meant exactly.'))


def from_json(value: object) -> Expr:
    if value is None:
        raise SubmissionError(Message("There is no answer."))
    if isinstance(value, bool):
        raise SubmissionError(Message("True or false is no answer here; a number was expected."))
    if isinstance(value, int):
        return Num(Fraction(value))
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 (nan)
            raise SubmissionError(Message("Nan is no answer; a number was expected."))
        if value in (float("inf"), float("-inf")):
            return INFINITY if value > 0 else Neg(INFINITY)
        return Num(Fraction(Decimal(repr(value))))
    raise SubmissionError(
        Message("An object of type {found} stands where a number or text was expected.", found=_type_name(value))
    )


def _type_name(value: object) -> str:
    return "object" if isinstance(value, dict) else type(value).__name__
