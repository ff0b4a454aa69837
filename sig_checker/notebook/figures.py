"""Numbers of a report for people: the figures of a measured function, rounded, and enclosures. The data keep the exact ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sig_checker.deciding.challenge import CORE
from sig_checker.verdicts import Message

__all__ = ["ball", "figures", "rounded"]

_DIGITS_OF_DOUBLES = 16


def figures(measures: Mapping[str, Any]) -> Iterator[tuple[Message, Message]]:
    """What each figure is called, and what it says in plain words.

    >>> [str(said) for _, said in figures({"max_error": 0.6256, "points": 419})]
    ['about 0.63 · 2^-53; up to 8 · 2^-53 is what rounding may cost', '419']
    """
    if "max_error" in measures:
        error = rounded(measures["max_error"])
        told = Message("about {error} · 2^-53; up to 8 · 2^-53 is what rounding may cost", error=error)
        yield Message("largest error"), told
    if "max_ulp" in measures:
        ulp, where = measures["max_ulp"], rounded(measures.get("worst_z", math.nan), 3)
        right = _DIGITS_OF_DOUBLES - math.log10(max(ulp, 1.0)) if math.isfinite(ulp) else 0.0
        if right < 1:
            meant = Message("no digit is right there, but the right value is so close to 0 that this costs nothing")
        else:
            meant = Message("about {right} of 16 digits are right there", right=int(right))
        at = str(measures.get("input", "z"))
        about = Message("about {ulp} units in the last place, at {input} = {z}: {meant}",
                        ulp=rounded(ulp), input=at, z=where, meant=meant)  # fmt: skip
        yield Message("largest relative error, |{input}| up to {edge}", input=at, edge=f"{CORE:g}"), about
    if "points" in measures:
        yield Message("points compared"), Message("{count}", count=measures["points"])


def ball(text: str) -> str:
    """An enclosure as a reader writes it.

    >>> ball("[0.196611933241482 +/- 1.48e-16]"), ball("0.250000000000000"), ball("3.00000000000000")
    ('0.196611933241482 ± 1.48e-16', '0.25', '3')
    """
    found = re.fullmatch(r"\[(?:(\S+) )?\+/- (\S+)\]", text)
    if found:
        return f"{found[1] or '0'} ± {found[2]}"
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", text) else text


def rounded(x: float, digits: int = 2) -> str:
    """A figure with few digits; a large or tiny one by a power of ten.

    >>> rounded(8.994e15), rounded(1.288), rounded(377.77, 3), rounded(0.0)
    ('9·10^15', '1.3', '378', '0')
    """
    text = f"{x:.{digits}g}"
    if "e" not in text:
        return text
    size, power = text.split("e")
    return f"{size}·10^{int(power)}" if size != "1" else f"10^{int(power)}"
