"""The certificate of an extreme: its value and places in closed form, and everything that was compared."""

from __future__ import annotations

import re
from functools import reduce

from sig_checker.deciding.enclosures import show
from sig_checker.deciding.extremes import Extreme, Extremes, Place
from sig_checker.deciding.reals import Algebraic, Real
from sig_checker.expressions import Call, Mul, num
from sig_checker.reading import to_plain
from sig_checker.verdicts import Certificate, Message

__all__ = ["certificate_of_extreme"]


def certificate_of_extreme(found: Extremes, truth: Extreme) -> Certificate:
    """The value, where it is taken or approached, and everything that it was compared with."""
    assert truth.value is not None
    places = [_place(found, p) for p in truth.places]
    compared = [
        (_place(found, c.place), ("oo" if c.sign > 0 else "-oo") if c.value is None else _number(c.value))
        for c in found.candidates
    ]
    facts = {
        "value": str(_number(truth.value)),
        "places": "; ".join(map(str, places)),
        "attained": "yes" if truth.attained else "no",
        "compared": "; ".join(f"{place}: {value}" for place, value in compared),
    }
    told = [Message("{place}: {value}", place=_shown(place), value=_shown(value)) for place, value in compared]
    values = reduce(lambda first, rest: Message("{first}; {rest}", first=first, rest=rest), told)
    said = (Message("The values there: {values}.", values=values),)
    return Certificate("every critical point and the limits at both ends", facts, said)


def _shown(part: Message | str) -> Message | str:
    """As people write it."""
    return part if isinstance(part, Message) else re.sub(r"\boo\b", "∞", part.replace("->", "→"))


def _place(found: Extremes, place: Place) -> Message | str:
    """The place in the variable itself; where it has no closed form, as the root that it is of a polynomial."""
    name = found.variable
    if place.point is None:
        return f"{name} -> {'-oo' if place.end < 0 else 'oo'}"
    at = place.point.closed_form()
    if at is None:
        inside = name if found.k == 1 else f"{name}/{found.k}"
        left = f"exp({inside})" if found.exponential else name
        return Message("{name} = {value}", name=left, value=_number(place.point))
    if found.exponential:
        at = at.args[0] if isinstance(at, Call) and at.name == "exp" else Call("log", (at,))
        at = num(0) if at == Call("log", (num(1),)) else at if found.k == 1 else Mul((num(found.k), at))
    return f"{name} = {to_plain(at)}"


def _number(value: Real) -> Message | str:
    """A closed form, or a polynomial and an enclosure that holds one root of it, or at least an enclosure."""
    closed = value.closed_form()
    if closed is not None:
        return to_plain(closed)
    near = show(value.ball(), 20)
    if not isinstance(value, Algebraic):
        return near
    poly = str(value.poly).replace("+ (-", "- ").replace("(", "").replace(")", "")
    return Message("the root of {poly} in {near}", poly=poly, near=near)
