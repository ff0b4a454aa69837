"""Reading values and places: 1/4, "max = 0.25", "0 (not attained)", {-∞, ∞}, "z → ±∞", [0, 1], in text or as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sig_checker.errors import SubmissionError
from sig_checker.expressions import Const, Deriv, Expr, Neg, Num, Var, children
from sig_checker.reading.characters import fold
from sig_checker.reading.phrases import without_counter
from sig_checker.reading.text import read
from sig_checker.reading.vocabulary import Vocabulary
from sig_checker.verdicts import Message

__all__ = ["Doubtful", "Value", "read_places", "read_value"]

MAX_PLACES = 20
INFINITY = Const("oo")
_NOT_ATTAINED = re.compile(
    r"(not (attained|reached|achieved)|approached|never (attained|reached)|unattained|in the limit|as a limit|limit"
    r"|infimum|supremum|inf|sup|asymptotic(ally)?"
    r"|도달하지\s*(않음|않는다|못함|못한다|않습니다)|도달\s*(안\s*함|불가|못\s*(함|한다|합니다))|극한(값)?|점근적?|하한|상한|가까워짐|수렴)",
    re.IGNORECASE,
)
_ATTAINED = re.compile(r"(attained|reached|achieved|도달함|도달한다|도달)", re.IGNORECASE)
_NONE = re.compile(
    r"\s*(?:(?:최댓값|최솟값|최대값|최소값|최댓값|그런\s*z|the (?:minimum|maximum))\s*(?:은|는|이|가)?\s*)?"
    r"(there is none|none|no (minimum|maximum|such z|value)|does not exist|dne|nothing"
    r"|없음|없다|없습니다|존재하지\s*않(음|는다|습니다))\s*\.?\s*",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\.\.\.|…|≈|≒|≃|\\approx|\\simeq|about|approximately|approx\.?|약\s*\d|대략|거의|nearly|almost")
_JOINT = re.compile(
    r"\b(or|and)\b|또는|혹은|그리고|이거나|및|이나\s|와\s|과\s|\\text\s*\{\s*(?:or|and|또는|혹은|그리고|및)\s*\}|\\(?:lor|vee|cup)(?![A-Za-z])|∨|∪|;",
    re.IGNORECASE,
)
_AT = r"(?:z|x)\s*(?:=|→|->|가|이)\s*[^\s,;()]+"
_PLACE_BESIDE = re.compile(
    rf"^\s*{_AT}\s*(?:일\s*때|에서)\s*,?\s*|\s*[(\[]\s*(?:at|when|as)?\s*{_AT}\s*(?:일\s*때|에서)?\s*[)\]]\s*$|\s*,?\s*(?:at|when|as)\s+{_AT}\s*$",
    re.IGNORECASE,
)
_PAIR = re.compile(  # an interval between infinities, or the two coordinates of a point
    r"[(\[]\s*[^,()\[\]]*oo[^,()\[\]]*,[^,()\[\]]*oo[^,()\[\]]*[)\]]|\(\s*[^\s,()][^,()]*,\s*[^\s,()][^,()]*\)"
)
_TENDS = re.compile(r"\s*(?:에|으로|로)\s*(?:수렴|가까|접근|다가|한없이)\S*.*$")
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*\\?%")
_LABEL = re.compile(
    r"^\s*(?:(?:the\s+)?(?:max(?:imum)?|min(?:imum)?|sup(?:remum)?|inf(?:imum)?|largest|smallest|value|answer|최댓값|최솟값|최대값|최소값|최대|최소|값|답|정답|상한|하한)"
    r"(?:\s*(?:value|값))?(?:은|는|이|가)?|[Mm]|\\(?:max|min|sup|inf))\s*(?:=|:|is|→|->|\s)\s*",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\s*(?:입니다|이다|임|일\s*때|일때|에서|에서\s*최대|에서\s*최소|으로|로\s*갈\s*때|로\s*갈때)\s*\.?\s*$")
_INFINITY_WORDS = [
    (re.compile(r"(?:양|음)(?:의)?\s*(?:무한대?)?\s*(?:또는|과|와|,)\s*(?:음|양)의?\s*무한대?"), "±oo"),
    (re.compile(r"(?:plus|positive)\s*(?:and|or|/)\s*(?:minus|negative)\s*infinity", re.IGNORECASE), "±oo"),
    (re.compile(r"플러스\s*마이너스\s*무한대?"), "±oo"),
    (re.compile(r"(?:plus|positive|양의|플러스)\s*(?:infinity|무한대?)", re.IGNORECASE), "oo"),
    (re.compile(r"(?:minus|negative|음의|마이너스)\s*(?:infinity|무한대?)", re.IGNORECASE), "-oo"),
    (re.compile(r"무한대?"), "oo"),
]


_OPENERS, _CLOSERS = "(（[", ")）]"


class Doubtful(Exception):
    """What was written may be right or wrong, depending on what is meant: a person decides. Carries the reason."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Value:
    """A number, and what was said of it: True "attained", False "not attained", None nothing."""

    value: Expr
    attained: bool | None = None
    also: tuple[Expr, ...] = ()  # other numbers it was said to be equal to


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
        return Value(_from_json(answer))
    answer = _squeezed(answer)
    _refuse_doubtful(answer)
    text, remark = _split_remark(_PERCENT.sub(r"(\1/100)", answer))
    text = _PLACE_BESIDE.sub("", text)
    if _TENDS.search(text):
        text, remark = _TENDS.sub("", text), False
    text = _ENDING.sub("", text)
    label = _LABEL.match(text)
    if label and label.end() < len(text):
        text = text[label.end() :]
    reading = read(text, syntax, vocabulary)
    for side in reading.sides[:-1]:
        if isinstance(side, Var):
            raise Doubtful(Message("The answer is an equation for {name}; a person decides what is meant.", name=side.name))
    numbers = tuple(side for side in reading.sides[:-1] if not _mentions(side))
    return Value(reading.answer, remark, numbers)


def _mentions(e: Expr) -> bool:
    """Whether a left-hand side names the quantity (σ'(0), da/dz) rather than being a number itself."""
    return isinstance(e, Var | Deriv) or any(_mentions(x) for x in children(e))


def _squeezed(text: str) -> str:
    """The text with one blank for several, since patterns that pass over blanks would try each of them many times."""
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", without_counter(text)))


def _split_remark(text: str) -> tuple[str, bool | None]:
    """ "0 (not attained)" is 0 and False; a remark stands in brackets or behind a comma at the end."""
    end = len(text.rstrip())
    end -= text.endswith(".", 0, end)
    end = len(text[:end].rstrip())
    end -= text[end - 1 : end] in _CLOSERS and end > 0
    start = 1 + max(text.rfind(ch, 0, end) for ch in _OPENERS + _CLOSERS)
    if not (start and text[start - 1] in _OPENERS):  # no bracket holds it: what stands behind a comma
        comma = re.search("[,;]", text[start:end])
        start = start + comma.end() if comma else 0
    if start > 1 and re.search(r"[^\W\d_]", text[start:end]):
        if _NOT_ATTAINED.search(text[start:end]):
            return text[: start - 1], False
        if _ATTAINED.search(text[start:end]):
            return text[: start - 1], True
    return text, None


def _refuse_doubtful(text: str) -> None:
    if _NONE.fullmatch(text):
        raise Doubtful(Message("The answer says that there is none; a person reads it."))
    if _ABOUT.search(text):
        raise Doubtful(Message('The answer says "about"; a person decides whether that was meant exactly.'))


def _from_json(value: object) -> Expr:
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


def read_places(answer: object, syntax: str, vocabulary: Vocabulary) -> list[Expr]:
    """Read places on the line, ±∞ among them (`Const("oo")` and its `Neg`), in the order in which they were written.

    Raises:
        SubmissionError: nothing that could be a set of places.
        Doubtful: an interval, "about", a condition on another quantity.

    >>> read_places("z → ±∞", "auto", Vocabulary())
    [Const(name='oo'), Neg(arg=Const(name='oo'))]
    """
    if isinstance(answer, list | tuple):
        if len(answer) > MAX_PLACES:
            raise SubmissionError(
                Message("A list of {count} places; at most {limit} are read.", count=len(answer), limit=MAX_PLACES)
            )
        places = [place for item in answer for place in read_places(item, syntax, vocabulary)]
    elif isinstance(answer, str):
        places = _places_of_text(answer, syntax, vocabulary)
    else:
        places = [_from_json(answer)]
    if not places:
        raise SubmissionError(Message("There is no answer."))
    return list(dict.fromkeys(places))


def _places_of_text(text: str, syntax: str, vocabulary: Vocabulary) -> list[Expr]:
    text = _squeezed(text)
    _refuse_doubtful(text)
    plain = _prepared(_split_remark(text)[0])
    inner = plain.strip()
    if _PAIR.fullmatch(inner):
        raise Doubtful(Message("The answer may be an interval; a person decides what is meant."))
    wrapped = re.fullmatch(r"(?:\\?\{)(.*?)(?:\\?\})", inner) or re.fullmatch(r"[\[(]([^()\[\]]*,[^()\[\]]*)[\])]", inner)
    if wrapped:
        inner = wrapped[1]
    places: list[Expr] = []
    for piece in _pieces(inner):
        places += _place(piece, syntax, vocabulary)
        if len(places) > MAX_PLACES:
            raise SubmissionError(
                Message("A list of {count} places; at most {limit} are read.", count=len(places), limit=MAX_PLACES)
            )
    return places


def _prepared(text: str) -> str:
    """Words for infinity, joints and LaTeX arrows brought to one form."""
    for pattern, sign in _INFINITY_WORDS:
        if sign is not None:
            text = pattern.sub(f" {sign} ", text)
    text = fold(text.replace("−", "-"))[0]
    text = re.sub(r"\babs\s*\(\s*(\w+)\s*\)", r"|\1|", text).replace("∓", "±").replace("==", "=")
    text = re.sub(r"^\s*(\w)\s*(?:가|이|는|은)\s+", r"\1 → ", text)
    text = text.replace("+-", "±").replace("+/-", "±").replace("-+", "±")
    text = re.sub(r"\\left|\\right(?!arrow)|\\,|\\;|\$|\\displaystyle", " ", text)
    text = re.sub(r"\\(?:to|rightarrow|longrightarrow)(?![A-Za-z])|->|=>", " → ", text)
    text = re.sub(r"\\(?:infty)(?![A-Za-z])", " oo ", text)
    text = re.sub(r"\\(?:pm|mp)(?![A-Za-z])", "±", text)
    text = re.sub(r"\\l?r?vert(?![A-Za-z])|\\mid(?![A-Za-z])", "|", text)
    text = _JOINT.sub(" , ", text)
    text = re.sub(r"\b(?:as|when|at|일\s*때|where)\b", " ", text, flags=re.IGNORECASE)
    return _ENDING.sub("", _squeezed(text)).rstrip(" .;")


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


def _place(piece: str, syntax: str, vocabulary: Vocabulary) -> list[Expr]:
    variable = re.escape(vocabulary.variable)
    modulus = re.fullmatch(rf"\s*\|\s*{variable}\s*\|\s*(?:→|=)\s*(.+)", piece)
    if modulus:
        inner = _one(modulus[1], syntax, vocabulary)
        return [inner, Neg(inner)]
    named = re.fullmatch(r"\s*([^\W\d_]\w*)\s*(?:→|=)\s*(.+)", piece)
    if named:
        if named[1] == vocabulary.activation:
            raise Doubtful(
                Message(
                    "The answer gives a value of {name}, not of {variable}; a person decides.",
                    name=named[1],
                    variable=vocabulary.variable,
                )
            )
        if named[1] not in (vocabulary.variable, "argmax", "argmin", "x", "input"):
            raise SubmissionError(
                Message("{found!r} is not the input {variable}.", found=named[1], variable=vocabulary.variable), piece
            )
        piece = named[2]
    piece = re.sub(r"^\s*→", "", piece)
    both = re.fullmatch(r"\s*±(.+)", piece)
    if both:
        inner = _one(both[1], syntax, vocabulary)
        return [inner, Neg(inner)]
    return [_one(piece, syntax, vocabulary)]


def _one(text: str, syntax: str, vocabulary: Vocabulary) -> Expr:
    reading = read(text, syntax, vocabulary)
    if len(reading.sides) > 1:
        raise SubmissionError(Message("Several equals signs; one value was expected."), text)
    return _settled(reading.answer)


def _settled(e: Expr) -> Expr:
    """-(-∞) and +∞ brought to one form."""
    if isinstance(e, Neg):
        inner = _settled(e.arg)
        return inner.arg if isinstance(inner, Neg) else Neg(inner)
    return e
