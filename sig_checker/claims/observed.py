"""Observations of a function, read back: data from a student's kernel, checked before anything is concluded from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sig_checker.deciding.challenge import CORE, FORMAT, NEAR, Points, inputs, unpack

__all__ = ["Answer", "Observed", "read_observed"]

MOST_TEXT = 300
MOST_SOURCE_POINTS = 2000
CURIOUS = frozenset({"number", "zero_d", "integers", "empty"})  # their outcome costs nothing


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call gave.

    Attributes:
        call: the id in the plan; "source_near", "source_wide" and "source_far" for the points around constants.
        points: the inputs, one tuple of doubles per parameter.
        wanted: the shape of the inputs.
        raised, text: the exception's type and message, or "".
        type: of the result, by name; "numpy.ndarray" means exactly that, or a subclass where `subclass` is set.
        dtype, shape: of the result; "" and None if it is no array.
        values: the result's numbers in order, where there are as many as points, else None.
        block: of a large array made of equal blocks, the first one that was answered otherwise than `values`.
        changed, shares: indices of the arguments that were changed, or whose memory the result uses.
        shares_earlier: it uses the memory of an earlier result.
        printed: the beginning of what was printed.
        warned: the warnings, as text.
    """

    call: str
    points: Points
    wanted: tuple[int, ...]
    raised: str = ""
    text: str = ""
    type: str = ""
    dtype: str = ""
    shape: tuple[int, ...] | None = None
    values: tuple[float, ...] | None = None
    block: tuple[float, ...] | None = None
    changed: tuple[int, ...] = ()
    shares: tuple[int, ...] = ()
    shares_earlier: bool = False
    subclass: bool = False
    imaginary: bool = False
    printed: str = ""
    warned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """All answers in the order of the plan; `fault` where calling ended early or never began; the recorded formula."""

    answers: tuple[Answer, ...]
    fault: Mapping[str, Any] | None
    formula: str | None
    reused: bool  # a later call wrote into an earlier result
    left_running: int

    def answer(self, call: str) -> Answer | None:
        return next((x for x in self.answers if x.call == call), None)


def read_observed(record: object, plan: Mapping[str, Any]) -> Observed:
    """Read a report of `sig_checker.notebook.probing.probe` on `plan`.

    A call may be missing only where a fault says why, or after a first call that gave nothing to go on with.

    Raises:
        ValueError: it is not such a report, or of another plan; says where.
    """
    if not isinstance(record, Mapping) or record.get("format") != FORMAT:
        raise ValueError("no observations of a function")
    if record.get("seed") != plan["seed"] or record.get("names") != plan["names"]:
        raise ValueError("observations of another challenge")
    fault = record.get("fault")
    if fault is not None and (not isinstance(fault, Mapping) or not isinstance(fault.get("kind"), str)):
        raise ValueError("a fault without a kind")
    calls, formula = record.get("calls"), record.get("formula")
    if not isinstance(calls, Mapping) or not (formula is None or isinstance(formula, str)):
        raise ValueError("observations without calls")
    answers: list[Answer] = []
    usable = True
    for call in plan["calls"]:
        one = calls.get(call["id"])
        if one is None:
            if fault is None and usable and call["id"] not in CURIOUS:
                raise ValueError(f"the call {call['id']!r} is missing")
            continue
        if not isinstance(one, Mapping):
            raise ValueError(f"the call {call['id']!r} is not an object")
        answers += _source(one, len(plan["names"])) if call["form"] == "source" else [_planned(one, call)]
        if call["id"] == "small":
            usable = answers[-1].values is not None
    if fault is None and not answers:
        raise ValueError("observations without any call")
    return Observed(tuple(answers), fault, formula, bool(record.get("reused")), _count(record.get("left_running")))


def _planned(record: Mapping[str, Any], call: Mapping[str, Any]) -> Answer:
    wanted = tuple(call["arrays"][-1]["shape"])
    if call["form"] == "singles":
        wanted = (1,)
    elif call["form"] == "tiled":
        wanted = (wanted[0] * call["tiles"],)
    elif call["form"] == "number":
        wanted = ()
    return _answer(record, call["id"], inputs(call), wanted)


def _source(record: Mapping[str, Any], parameters: int) -> list[Answer]:
    found = []
    for part, low, high in (("near", -1.0, NEAR), ("wide", NEAR, CORE), ("far", CORE, math.inf)):
        one = record.get(part)
        if one is None:
            continue
        if not isinstance(one, Mapping) or not isinstance(one.get("inputs"), list) or len(one["inputs"]) != parameters:
            raise ValueError("points around constants without their inputs")
        points = tuple(unpack(x) for x in one["inputs"])
        if len({len(x) for x in points}) != 1 or not 0 < len(points[-1]) <= MOST_SOURCE_POINTS:
            raise ValueError("points around constants of unequal number")
        if not all(math.isfinite(x) for column in points for x in column) or not all(low < abs(z) <= high for z in points[-1]):
            raise ValueError("points around constants in the wrong place")
        found.append(_answer(one.get("answer"), f"source_{part}", points, (len(points[-1]),)))
    return found


def _answer(record: object, call: str, points: Points, wanted: tuple[int, ...]) -> Answer:
    if not isinstance(record, Mapping):
        raise ValueError(f"the call {call!r} without an answer")
    shape = record.get("shape")
    if shape is not None and not (isinstance(shape, list) and all(type(n) is int for n in shape)):
        raise ValueError(f"the call {call!r} with a shape that is none")
    return Answer(
        call, points, wanted,
        raised=_text(record.get("raised")), text=_text(record.get("text")), type=_text(record.get("type")),
        dtype=_text(record.get("dtype")), shape=None if shape is None else tuple(shape),
        values=_values(record.get("values"), points), block=_values(record.get("block"), points),
        changed=_indices(record.get("changed")), shares=_indices(record.get("shares")),
        shares_earlier=record.get("shares_earlier") is True, subclass=record.get("subclass") is True,
        imaginary=record.get("imaginary") is True, printed=_printed(record.get("printed")),
        warned=tuple(_text(x) for x in record.get("warned") or () if isinstance(x, str))[:8],
    )  # fmt: skip


def _values(record: object, points: Points) -> tuple[float, ...] | None:
    if record is None:
        return None
    values = unpack(record)
    if len(values) != len(points[-1]):
        raise ValueError(f"{len(values)} values for {len(points[-1])} points")
    return values


def _indices(record: object) -> tuple[int, ...]:
    return tuple(x for x in record if type(x) is int) if isinstance(record, list) else ()


def _printed(record: object) -> str:
    return _text(record.get("text")) if isinstance(record, Mapping) else ""


def _text(record: object) -> str:
    return record[:MOST_TEXT] if isinstance(record, str) else ""


def _count(record: object) -> int:
    return record if type(record) is int and record > 0 else 0
