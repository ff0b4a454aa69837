"""The numbers in a function's code, and the points around them where a special case would hide."""

from __future__ import annotations

import math
from types import CodeType, FunctionType
from typing import Any

import numpy as np

__all__ = ["constants_of", "points_around"]

MOST_CONSTANTS = 24
MOST_FUNCTIONS = 32
MOST_POINTS = 600
PLAIN = frozenset({0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5})  # stand in every right answer; the fixed points lie close around them


def constants_of(function: object) -> list[float]:
    """The finite numbers in the function's code, its defaults, its closure and the functions and names it uses, at most 24.

    Reads code objects only; nothing is called. Numbers that are computed at run time are not found.

    >>> constants_of(lambda z: z + 3.7 if abs(z) > 12 else (1, 6.5))
    [12.0, 3.7, 6.5]
    """
    found: dict[float, None] = {}
    todo: list[Any] = [function]
    seen: set[int] = set()
    functions = 0
    while todo and len(found) < MOST_CONSTANTS:
        item = todo.pop(0)
        kind = type(item)
        if kind in (int, float, np.float64):
            _keep(item, found)
        elif kind is str:
            _keep(item if len(item) <= 32 else "", found)
        elif kind in (tuple, frozenset, list):
            todo[:0] = list(item)[:64]
        elif id(item) in seen or functions >= MOST_FUNCTIONS:
            continue
        elif kind is CodeType:
            seen.add(id(item))
            todo.extend(item.co_consts)
        elif kind is FunctionType:
            seen.add(id(item))
            functions += 1
            todo.append(item.__code__)
            todo.extend(item.__defaults__ or ())
            todo.extend((item.__kwdefaults__ or {}).values())
            todo.extend(_contents(item))
            todo.extend(item.__globals__[name] for name in _names(item.__code__) if name in item.__globals__)
    return list(found)


def _keep(item: Any, found: dict[float, None]) -> None:
    try:
        value = float(item)
    except (ValueError, OverflowError):
        return
    if math.isfinite(value) and value not in PLAIN:
        found.setdefault(value)


def _contents(function: FunctionType) -> list[Any]:
    kept = []
    for cell in function.__closure__ or ():
        try:
            kept.append(cell.cell_contents)
        except ValueError:  # not filled yet
            continue
    return kept


def _names(code: CodeType) -> list[str]:
    """The global names in the code and in the functions written inside it."""
    names = list(code.co_names)
    for inner in code.co_consts:
        if type(inner) is CodeType:
            names.extend(_names(inner))
    return names


def points_around(constants: list[float]) -> list[float]:
    """Where code with these constants may change its mind: at each one, beside it, and at what maps to it.

    A constant may bound |z|, 2z, e^z or σ(z); it may also be the width of a window around another one.

    >>> 3.7 in points_around([3.7]), -3.7 in points_around([3.7]), math.log(3.7) in points_around([3.7])
    (True, True, True)
    """
    centres: dict[float, None] = {}
    for c in constants:
        centres.update(dict.fromkeys((c, -c)))
    for c in constants:
        centres.update(dict.fromkeys((c / 2, -c / 2, 2 * c, -2 * c)))
        if c > 0:
            centres.update(dict.fromkeys((math.log(c), -math.log(c))))
        if 0 < c < 1:
            centres.update(dict.fromkeys((math.log(c / (1 - c)), math.log((1 - c) / c))))
    points: dict[float, None] = dict.fromkeys(centres)
    widths = [abs(c) for c in constants if 0 < abs(c) <= 1]
    for centre in centres:
        for width in (0.5 * w for w in widths):
            points.update(dict.fromkeys((centre - width, centre + width)))
    for centre in centres:
        points.update(dict.fromkeys((math.nextafter(centre, -math.inf), math.nextafter(centre, math.inf))))
    for step in (1e-3, 1e-9, 1e-6, 0.1, 1e-12):
        for centre in centres:
            points.update(dict.fromkeys((centre - step * max(1.0, abs(centre)), centre + step * max(1.0, abs(centre)))))
    return [z for z in points if math.isfinite(z)][:MOST_POINTS]
