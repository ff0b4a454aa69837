"""Calls a student's function on a planned challenge and reports what happened, as data; it judges nothing.

Runs beside the student, so nothing that the function returns is trusted: an object that is not exactly a NumPy array is
never compared, tested for truth, printed or measured, only its type is named.
"""

from __future__ import annotations

import contextlib
import io
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from sig_checker.deciding.challenge import FORMAT, unpack
from sig_checker.notebook.constants import constants_of, points_around
from sig_checker.notebook.describing import MOST_TEXT, Array, describe, packed, raw, text_of, type_name
from sig_checker.notebook.forks import Division, one_process

__all__ = ["probe"]

MOST_WARNINGS = 4
Kept = list[tuple[Array, bytes]]  # results of earlier calls with their bytes, to see whether a later call writes into them


class _DividedError(Exception):
    """The function came back in a second process too."""


def probe(function: object, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Call `function` as the plan says and report the facts, JSON-able and bounded in size.

    KeyboardInterrupt passes, so that a kernel can be interrupted; whatever else the function raises is reported.

    Args:
        function: called with one new array per name of the plan, by position.
        plan: drawn by `sig_checker.deciding.challenge.draw_plan`.

    Returns:
        "seed" and "names" of the plan, "calls" (id -> record), "formula" (the recorded formula in Python notation,
        or None), and "fault" where there was nothing to call.

    >>> from sig_checker.deciding.challenge import draw_plan
    >>> seen = probe(lambda z: 1 - np.tanh(z) ** 2, draw_plan("seed", ("z",)))
    >>> seen["calls"]["small"]["type"], seen["calls"]["small"]["shape"], seen["calls"]["small"]["changed"]
    ('numpy.ndarray', [3], [])
    """
    seen: dict[str, Any] = {
        "format": FORMAT, "seed": plan["seed"], "names": plan["names"], "calls": {}, "formula": None, "fault": None,
    }  # fmt: skip
    if not callable(function):
        seen["fault"] = {"kind": "not_callable", "type": type_name(function)}
        return seen
    start = time.monotonic()
    usable = True
    kept: Kept = []
    for call in plan["calls"]:
        curious = call["id"] in ("number", "zero_d", "integers", "empty")
        if not usable and not curious:
            continue
        if time.monotonic() - start > plan["seconds"]:
            seen["fault"] = {"kind": "slow", "seconds": plan["seconds"], "before": call["id"]}
            break
        try:
            record = _FORMS[call["form"]](function, call, plan, kept)
        except _DividedError:
            seen["fault"] = {"kind": "forked", "before": call["id"]}
            break
        seen["calls"][call["id"]] = record
        if call["id"] == "small":
            usable = "values" in record
    seen["reused"] = sum(raw(array) != before for array, before in kept)
    if usable and seen["fault"] is None:
        seen["formula"] = _formula(function, plan["names"])
    return seen


def _formula(function: Callable[..., object], names: list[str]) -> str | None:
    from sig_checker.notebook.tracing import formula  # late: it reads the whole language of expressions  # noqa: PLC0415

    with _watched():
        return formula(function, names)


def _plain(function: Callable[..., object], call: Mapping[str, Any], _: object, kept: Kept) -> dict[str, Any]:
    given = [_array(x) for x in call["arrays"]]
    record, result = _call(function, given)
    if type(result) is np.ndarray and record.get("dtype") == "float64":
        if any(np.may_share_memory(result, earlier) for earlier, _ in kept):
            record["shares_earlier"] = True
        if len(kept) < 2:
            kept.append((result, raw(result)))
    return record


def _strided(function: Callable[..., object], call: Mapping[str, Any], _: object, __: object) -> dict[str, Any]:
    """Every second element of a larger array; the elements between must stay as they are, too."""
    bases = []
    for packed_doubles in call["arrays"]:
        flat = _array(packed_doubles)
        base = np.full(2 * flat.size, 7.5)
        base[::2] = flat
        bases.append(base)
    before = [raw(b) for b in bases]
    record, _ = _call(function, [b[::2] for b in bases])
    record["changed"] = [i for i, b in enumerate(bases) if raw(b) != before[i]]
    return record


def _singles(function: Callable[..., object], call: Mapping[str, Any], _: object, __: object) -> dict[str, Any]:
    """One point at a time, each in an array of its own; reported like one call, with the facts of the oddest result."""
    columns = [unpack(x) for x in call["arrays"]]
    values: list[float] = []
    told: dict[str, Any] = {}
    for point in zip(*columns, strict=True):
        record, result = _call(function, [np.array([x]) for x in point])
        if "values" not in record:
            return record
        values += unpack(record["values"])
        odd = type(result) is not np.ndarray or record["dtype"] != "float64" or record["shape"] != [1]
        if not told or odd or record["changed"] or record.get("shares"):
            told = record
    return {**told, "values": packed(np.array(values))}


def _tiled(function: Callable[..., object], call: Mapping[str, Any], _: object, __: object) -> dict[str, Any]:
    """The same block many times in one large array. Reports the first block, and the first one that differs in any bit."""
    blocks = [_array(x) for x in call["arrays"]]
    record, _result = _call(function, [np.tile(b, call["tiles"]) for b in blocks])
    if "values" in record:
        table = np.array(unpack(record["values"])).reshape(call["tiles"], blocks[0].size)
        bits = table.view(np.uint64)
        differs = np.flatnonzero((bits != bits[0]).any(axis=1))
        record["values"] = packed(table[0])
        if differs.size:
            record["block"] = packed(table[int(differs[0])])
    return record


def _source(function: Callable[..., object], call: Mapping[str, Any], plan: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Around the constants in the code, from near to far. Reports its inputs, which only it knows."""
    constants = constants_of(function)
    points = points_around(constants)
    upstream = [unpack(x) for x in call["arrays"]]
    near, core = plan["edges"]
    parts = {}
    for part, low, high in (("near", -1.0, near), ("wide", near, core), ("far", core, math.inf)):
        chosen = [z for z in points if low < abs(z) <= high]
        if chosen:
            given = [np.array([u[i % len(u)] for i in range(len(chosen))]) for u in upstream] + [np.array(chosen)]
            parts[part] = {"inputs": [packed(x) for x in given], "answer": _call(function, given)[0]}
    return {"constants": len(constants), **parts}


def _number(function: Callable[..., object], call: Mapping[str, Any], _: object, __: object) -> dict[str, Any]:
    return _call(function, [unpack(x)[0] for x in call["arrays"]])[0]


def _integers(function: Callable[..., object], call: Mapping[str, Any], _: object, __: object) -> dict[str, Any]:
    return _call(function, [np.array([int(v) for v in unpack(x)]) for x in call["arrays"]])[0]


_FORMS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "array": _plain, "strided": _strided, "singles": _singles, "tiled": _tiled, "source": _source,
    "number": _number, "integers": _integers,
}  # fmt: skip


def _call(function: Callable[..., object], given: list[Any]) -> tuple[dict[str, Any], object]:
    """One call: the record, and what was returned (None where it raised)."""
    arrays = [x for x in given if type(x) is np.ndarray]
    before = [(x.shape, x.dtype, raw(x)) for x in arrays]
    size = arrays[-1].size if arrays else 1
    result = None
    with _watched() as watch:
        try:
            result = function(*given)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit as well: it is the student's code that ends, not ours
            record: dict[str, Any] = {"raised": type_name(error), "text": text_of(error)}
        else:
            record = describe(result, size)
    record["changed"] = [
        i for i, (x, (shape, dtype, data)) in enumerate(zip(arrays, before, strict=True))
        if x.shape != shape or x.dtype != dtype or raw(x) != data
    ]  # fmt: skip
    if type(result) is np.ndarray:
        record["shares"] = [i for i, x in enumerate(arrays) if np.may_share_memory(result, x)]
    if watch.division.divided:
        raise _DividedError
    for key, found in (("warned", watch.warned()), ("printed", watch.printed())):
        if found:
            record[key] = found
    return record, result


def _array(doubles: Mapping[str, Any]) -> Array:
    return np.array(unpack(doubles), dtype=np.float64).reshape(doubles["shape"])


class _Paper(io.TextIOBase):
    """Takes what is printed: keeps the beginning, counts the rest."""

    def __init__(self) -> None:
        self.start, self.length = "", 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.start += text[: MOST_TEXT - len(self.start)]
        self.length += len(text)
        return len(text)


class _Watch:
    def __init__(self, paper: _Paper, caught: list[warnings.WarningMessage], division: Division) -> None:
        self._paper, self._caught, self.division = paper, caught, division

    def printed(self) -> dict[str, Any]:
        return {"text": self._paper.start, "length": self._paper.length} if self._paper.length else {}

    def warned(self) -> list[str]:
        kinds = dict.fromkeys(
            f"{type_name(w.message)}: {text_of(w.message)}" for w in self._caught[:64] if isinstance(w.message, Warning)
        )
        return list(kinds)[:MOST_WARNINGS]


@contextlib.contextmanager
def _watched() -> Iterator[_Watch]:
    """Floating-point errors warn, whatever was set before; warnings and prints are kept, and undone at the end."""
    paper = _Paper()
    limit = sys.getrecursionlimit()
    with (
        np.errstate(all="warn", under="ignore"), warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(paper), contextlib.redirect_stderr(paper), one_process() as division,
    ):  # fmt: skip
        warnings.simplefilter("default")
        try:
            yield _Watch(paper, caught, division)
        finally:
            sys.setrecursionlimit(limit)
