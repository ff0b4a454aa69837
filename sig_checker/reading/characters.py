"""Characters as people type them, folded to one small alphabet; each keeps the place where it stood."""

from __future__ import annotations

import unicodedata

from sig_checker.errors import SubmissionError
from sig_checker.reading.vocabulary import GREEK
from sig_checker.verdicts import Message

__all__ = ["fold"]

_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᐟ", "0123456789+-=()niabcdefghjklmoprstuvwxyz/", strict=True))
_FRACTIONS = {
    "½": " 0.5",
    "⅓": "1/3",
    "⅔": "2/3",
    "¼": " 0.25",
    "¾": " 0.75",
    "⅕": " 0.2",
    "⅖": " 0.4",
    "⅗": " 0.6",
    "⅘": " 0.8",
    "⅙": "1/6",
    "⅚": "5/6",
    "⅐": "1/7",
    "⅛": " 0.125",
    "⅜": " 0.375",
    "⅝": " 0.625",
    "⅞": " 0.875",
    "⅑": "1/9",
    "⅒": " 0.1",
}
_ONE_FOR_ONE = {
    **dict.fromkeys("−–—‐‑‒﹣－⁃➖", "-"),
    **dict.fromkeys("＋➕﹢", "+"),
    **dict.fromkeys("×·⋅∙•∗✕✖⨯＊ㆍ・‧⊙⨀∘◦", "*"),
    **dict.fromkeys("÷∕⁄／", "/"),
    **dict.fromkeys("′‘’ʹ´＇", "'"),
    "″": "''",
    "‴": "'''",
    **dict.fromkeys("∣｜∥❘", "|"),
    **dict.fromkeys("（❨﹙〖", "("),
    **dict.fromkeys("）❩﹚〗", ")"),
    **dict.fromkeys("［⟦", "["),
    **dict.fromkeys("］⟧", "]"),
    "｛": "{",
    "｝": "}",
    "⟨": "(",
    "⟩": ")",
    **dict.fromkeys("＝﹦", "="),
    "＾": "^",
    "ˆ": "^",
    **dict.fromkeys("，、﹐", ","),
    "；": ";",
    "：": ":",
    "．": ".",
    "。": ".",
    "≥": ">=",
    "⩾": ">=",
    "≧": ">=",
    "≤": "<=",
    "⩽": "<=",
    "≦": "<=",
    "≠": "!=",
    "≈": " ≈ ",
    "≒": " ≈ ",
    "≃": " ≈ ",
    "∼": " ≈ ",
    "≅": " ≈ ",
    "→": " → ",
    "⟶": " → ",
    "➝": " → ",
    "➜": " → ",
    "⇒": " => ",
    "±": "±",
    "∓": "∓",
    "∞": " oo ",
    "√": " sqrt",
    "∛": " cbrt",
    **dict.fromkeys("σςΣ𝜎𝛔𝝈", " sigma "),
    **dict.fromkeys("π𝜋𝛑", " pi "),
    **dict.fromkeys("∂𝜕𝛛", "∂"),
    **dict.fromkeys("ℒ𝓛𝕃", "L"),
    **dict.fromkeys("ℯ𝑒ⅇ", "e"),
    "∴": " ",
    "⋯": "...",
    "…": "...",
    "“": '"',
    "”": '"',
    "ℎ": "h",
}
_LOOK_ALIKE = dict(zip("аеорсухіјѕԁһԛԝνοιρυχαεκ", "aeopcyxijsdhqwvoipuxaek", strict=True))

_GREEK = dict(zip("αβγδεθλμνξρτφχψωηκ", GREEK, strict=True))


def fold(text: str, *, greek: bool = False) -> tuple[str, list[int] | None]:
    """The text in the small alphabet, and for each of its characters the position it came from (None: unchanged).

    Superscripts become ^(...), fullwidth letters plain ones, every space a blank; with `greek`, α becomes alpha.

    Raises:
        SubmissionError: a letter of another alphabet that looks like a Latin one, or a control character.

    >>> fold("e⁻ᶻ")[0]
    'e^(-z)'
    """
    if text.isascii() and text.isprintable():
        return text, None
    out: list[str] = []
    at: list[int] = []
    raised = False
    for i, ch in enumerate(text):
        up = _SUPERSCRIPT.get(ch)
        if (up is not None) != raised:
            mark = "^(" if up is not None else ")"
            out.append(mark)
            at.extend([i] * len(mark))
            raised = up is not None
        piece = up if up is not None else _one(ch, text, i, greek=greek)
        out.append(piece)
        at.extend([i] * len(piece))
    if raised:
        out.append(")")
        at.append(len(text) - 1)
    return "".join(out), at


def _one(ch: str, text: str, i: int, *, greek: bool) -> str:
    if " " <= ch <= "~":
        return ch
    if greek and ch in _GREEK:
        return f" {_GREEK[ch]} "
    if ch in _ONE_FOR_ONE:
        return _ONE_FOR_ONE[ch]
    if ch in _FRACTIONS:
        return _FRACTIONS[ch] if "." in _FRACTIONS[ch] else f"({_FRACTIONS[ch]})"
    if ch in _LOOK_ALIKE and not _is_word(text, i):
        raise SubmissionError(
            Message(
                "{found!r} is a letter of another alphabet that looks like {latin!r}; type the Latin letter.",
                found=ch,
                latin=_LOOK_ALIKE[ch],
            ),
            text,
            i,
        )
    if ch == "\n":
        return ch  # a second line may be a second answer
    category = unicodedata.category(ch)
    if category in ("Zs", "Zl", "Zp") or ch in "\t\n\r\v\f":
        return " "
    if category == "Cf":  # zero-width marks
        return ""
    if category == "Cc":
        raise SubmissionError(
            Message("A control character (U+{code:04X}) stands in the answer; delete it.", code=ord(ch)), text, i
        )
    plain = unicodedata.normalize("NFKC", ch)
    return plain if plain.isascii() else ch


def _is_word(text: str, i: int) -> bool:
    """Greek letters that are used as such (α as a variable) are not look-alikes when they stand alone."""
    return (
        "GREEK" in unicodedata.name(text[i], "")
        and text.isascii() is False
        and text[i] in "ανειουρχκ"
        and not any(c.isascii() and c.isalpha() for c in text[max(0, i - 1) : i] + text[i + 1 : i + 2])
    )
