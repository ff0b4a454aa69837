"""Which points of a rubric a text seems to touch, and where: a suggestion for the person who grades it, never a score.

The method is one that a reader can follow: the text is cut into clauses; each clause speaks of a place (a topic, such as
"z = 0"), its own or else that of the clause before; a rubric's point is touched where a clause at its place holds the phrases
that the exercise lists for it. Phrases are regular expressions, Korean and English. A phrase that is negated, or the opposite
phrase at the same place, is a doubt and is told as one. The method does not understand; it finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Criterion", "Finding", "Phrase", "Rubric", "Status", "suggest"]

_LONGEST = 20_000  # characters of a text that are looked at
_CLAUSE = 400  # and of a clause


class Status(StrEnum):
    TOUCHED = "touched"
    PART = "part"  # some of its phrases, or not everything that is asked of them
    DOUBT = "doubt"  # negated, or the opposite stands there
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What says one thing, as a regular expression for normalised text (lower case, LaTeX's commands as signs).

    Attributes:
        hides: phrases that contain this one and mean something else ("uncertain" for "certain"); they are taken out first.
        negatable: whether "not" beside it turns it round; not so where the phrase is a negation itself ("no update").
    """

    pattern: str
    hides: str = ""
    negatable: bool = True


@dataclass(frozen=True, slots=True)
class Criterion:
    """A point of a rubric.

    Attributes:
        title: by language. No message of the catalogue, since students have the catalogue and this is an answer.
        points: as the rubric has it, to be shown beside it; nothing is computed from it.
        place: the key of a place of the rubric; empty for anywhere.
        says: the keys of phrases that all belong to it.
        against: the keys of phrases that contradict it at its place.
        whole: a phrase without which it is touched in part only.
    """

    title: Mapping[str, str]
    points: str
    place: str
    says: tuple[str, ...]
    against: tuple[str, ...] = ()
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Rubric:
    places: Mapping[str, str]
    phrases: Mapping[str, Phrase]
    criteria: tuple[Criterion, ...]


@dataclass(slots=True)
class Finding:
    """What was found for a criterion; `where` holds (number of the sentence, clause as it was written)."""

    criterion: Criterion
    status: Status = Status.NOTHING
    where: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Clause:
    sentence: int
    written: str
    text: str
    places: frozenset[str]


# a full stop within a number ends nothing, nor does a comma
_SENTENCES = re.compile(r"(?<=[.!?。])(?!\d)\s*|\n\s*\n|\n(?=\s*[-*\d])")
_CLAUSES = re.compile(
    r"[,;:](?=\s)|(?<=[가-힣][고며])\s|(?<=지만)\s|(?<=는데)\s|(?<=으나)\s|\b(?:while|whereas|however|and so|and the)\b",
    re.IGNORECASE,
)
_SIGNS = {
    r"\\[dt]?frac\s*\{?(\w)\}?\s*\{?(\w)\}?": r"\1/\2", r"\\(?:to|rightarrow|longrightarrow)(?![a-z])": "→", r"\\infty": "∞",
    r"\\pm": "±", r"\\sigma": "σ", r"\\(?:left|right|lvert|rvert|vert)\b": "", r"\\[,;! ]": " ", r"[$*`{}]": "", r"\s+": " ",
}  # fmt: skip
# Korean denies behind a word, within its ending; English before it, or between two words of a phrase
_NOT_AFTER = re.compile(
    r"[가-힣]{0,2}지 ?(는|도)? ?(않|못)|[가-힣]{0,2} ?(것|건)?[은이]? ?아니"
    r"|[가-힣]{0,3} ?(할|볼|말할) ?수 ?(는|가)? ?없|[이은]? ?없"
)
_NOT_BEFORE = re.compile(r"(\b(not|never|no|cannot|hardly|neither)\b|n't\b)[^,.]{0,18}$|(?<![가-힣])(안|못) $")
_NOT_WITHIN = re.compile(r"\b(not|never|no)\b|n't\b")


def suggest(text: str, rubric: Rubric) -> list[Finding]:
    """What the text seems to say of each criterion, in the rubric's order. Same text, same suggestion."""
    clauses = list(_clauses(text[:_LONGEST], rubric))
    return [_finding(clauses, criterion, rubric) for criterion in rubric.criteria]


def _finding(clauses: list[_Clause], criterion: Criterion, rubric: Rubric) -> Finding:
    found = Finding(criterion)
    said: set[str] = set()
    doubtful: list[tuple[int, str]] = []
    whole = not criterion.whole
    for clause in clauses:
        if criterion.place and criterion.place not in clause.places:
            continue
        here = {key: _meets(rubric.phrases[key], clause.text) for key in criterion.says}
        against = any(_meets(rubric.phrases[key], clause.text) is True for key in criterion.against)
        place = (clause.sentence, clause.written)
        if any(here.values()):
            said |= {key for key, holds in here.items() if holds}
            found.where.append(place)
        if against or False in here.values():
            doubtful.append(place)
        whole = whole or re.search(criterion.whole, clause.text) is not None
    if said:
        found.status = Status.TOUCHED if whole and len(said) == len(criterion.says) else Status.PART
    if doubtful:
        found.status = Status.DOUBT
        found.where = doubtful + [x for x in found.where if x not in doubtful]
    return found


def _meets(phrase: Phrase, text: str) -> bool | None:
    """True where the text holds the phrase, False where it holds it negated only, None where it does not hold it."""
    if phrase.hides:
        text = re.sub(phrase.hides, lambda x: "·" * len(x[0]), text)
    met: bool | None = None
    for found in re.finditer(phrase.pattern, text):
        if not phrase.negatable or not _denied(text, found):
            return True
        met = False
    return met


def _denied(text: str, found: re.Match[str]) -> bool:
    after, before = _NOT_AFTER.match(text, found.end()), _NOT_BEFORE.search(text[: found.start()])
    return bool(after or before or _NOT_WITHIN.search(found[0]))


def _clauses(text: str, rubric: Rubric) -> Iterator[_Clause]:
    """The clauses with the places they speak of; a clause that names none speaks of those before it."""
    places: frozenset[str] = frozenset()
    sentences = [x for x in (y.strip() for y in _SENTENCES.split(text)) if x]
    for number, sentence in enumerate(sentences, 1):
        for part in _CLAUSES.split(sentence):
            written = " ".join((part or "").split())[:_CLAUSE]
            if not written:
                continue
            normal = _normal(written)
            own = frozenset(name for name, pattern in rubric.places.items() if re.search(pattern, normal))
            places = own or places
            yield _Clause(number, written, normal, places)


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, sign in _SIGNS.items():
        text = re.sub(pattern, sign, text)
    return text.replace("\N{MINUS SIGN}", "-").strip()
