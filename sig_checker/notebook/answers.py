"""From the object that a student bound to the answer as data; looks at exact types, calls no method of a foreign object."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

__all__ = ["MISSING", "describe"]

MISSING: Mapping[str, Any] = {"kind": "missing"}

_LONGEST_TEXT = 400_000  # characters; the reading refuses less than that, with its own message
_MOST_TEXT = 1_000_000  # characters of all texts together
_MOST_ITEMS = 10_000
_DEEPEST = 20
_WIDEST_INTEGER = 4000  # bits; beyond some 14,000 Python refuses to write an int out

_ABSENT = object()  # a placeholder inside a container


class _Foreign(Exception):
    """Carries the name of the type that is no answer."""


def describe(value: object, observe: Callable[[Callable[..., object]], Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """The answer in one of the forms of `sig_checker.evidence`.

    None, `...` and NotImplemented are what the released notebooks bind, so they mean that there is no answer.

    Args:
        observe: calls a function and reports what it did; None where the task does not ask for a function.

    >>> describe(0.25), describe([float("-inf"), "oo"]), describe(...)
    ({'kind': 'data', 'value': 0.25}, {'kind': 'data', 'value': ['-oo', 'oo']}, {'kind': 'missing'})
    >>> describe(1j)
    {'kind': 'foreign', 'type': 'complex'}
    """
    if _is_sympy(value):
        python = _sympy_text(value)
        return {"kind": "foreign", "type": _type_name(value)} if python is None else {"kind": "expression", "python": python}
    if callable(value):  # asks the type, runs nothing
        if observe is None:
            return {"kind": "foreign", "type": _type_name(value)}
        return {"kind": "function", "observed": dict(observe(value))}
    try:
        data = _data(value, _DEEPEST, [_MOST_ITEMS, _MOST_TEXT])
    except _Foreign as foreign:
        return {"kind": "foreign", "type": str(foreign)}
    return dict(MISSING) if _is_blank(data) else {"kind": "data", "value": _with_nulls(data)}


def _data(value: object, depth: int, left: list[int]) -> Any:
    """`value` as JSON, with _ABSENT for placeholders. `left`: items and characters, counted down over the whole answer."""
    left[0] -= 1
    if depth == 0 or left[0] < 0:
        raise _Foreign("a container too large to be an answer")
    if value is None or value is Ellipsis or value is NotImplemented:
        return _ABSENT
    value = _from_numpy(value)
    kind = type(value)
    if isinstance(value, str) and kind is str:
        return _text(value, left)
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and kind is int and _short(value):
        return value
    if isinstance(value, float) and kind is float:
        return value if math.isfinite(value) else "nan" if math.isnan(value) else "oo" if value > 0 else "-oo"
    if isinstance(value, Fraction) and kind is Fraction and _short(value.numerator) and _short(value.denominator):
        return str(value)
    if isinstance(value, Decimal) and kind is Decimal:
        return _text(str(value), left)
    if isinstance(value, list | tuple | set | frozenset) and kind in (list, tuple, set, frozenset):
        listed = [_data(x, depth - 1, left) for x in value]
        return sorted(listed, key=repr) if kind in (set, frozenset) else listed  # a set has no order of its own
    if isinstance(value, dict) and kind is dict and all(type(key) is str for key in value):
        return {_text(key, left): _data(x, depth - 1, left) for key, x in value.items()}
    if _is_sympy(value):
        text = _sympy_text(value)
        if text is not None:
            return text
    raise _Foreign(_type_name(value))


def _short(value: int) -> bool:
    return value.bit_length() <= _WIDEST_INTEGER


def _text(value: str, left: list[int]) -> str:
    """The text, cut where no reading goes on; half of a surrogate pair, which nobody can send, becomes a question mark."""
    text = value[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")
    left[1] -= len(text)
    if left[1] < 0:
        raise _Foreign("a container too large to be an answer")
    return text


def _from_numpy(value: object) -> object:
    """NumPy scalars and small arrays as Python's own numbers and lists; everything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return value
    found: Any = value
    if type(value) in numpy.sctypeDict.values():
        return found.item()
    if type(value) is numpy.ndarray and found.size <= _MOST_ITEMS and found.dtype.kind in "biufU":
        return found.tolist()
    return value


def _is_sympy(value: object) -> bool:
    # by the type's own bases, since `isinstance` asks the object for its __class__
    sympy = sys.modules.get("sympy")
    return sympy is not None and issubclass(type(value), sympy.Basic)


def _sympy_text(value: object) -> str | None:
    from sig_checker.reading.sympy_objects import to_python  # noqa: PLC0415 - SymPy is loaded only where it is met

    return to_python(value)


def _type_name(value: object) -> str:
    kind = type(value)
    name = type.__getattribute__(kind, "__qualname__")
    return str(name)[:80]


def _is_blank(data: Any) -> bool:
    if data is _ABSENT:
        return True
    if isinstance(data, str):
        return not data.strip()
    if isinstance(data, list):
        return all(_is_blank(x) for x in data)
    if isinstance(data, dict):
        return all(_is_blank(x) for x in data.values())
    return False


def _with_nulls(data: Any) -> Any:
    if data is _ABSENT:
        return None
    if isinstance(data, list):
        return [_with_nulls(x) for x in data]
    if isinstance(data, dict):
        return {key: _with_nulls(x) for key, x in data.items()}
    return data
