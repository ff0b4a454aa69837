"""Writes the files of an exercise as TOML, so that people like to read on: values by hand, in the order that they are given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["entry", "table", "value"]

_WIDTH = 110


def value(found: object) -> str:
    """A value in TOML's notation.

    >>> value(["a", 1, [True]]), value({"k": "1/2"})
    ('["a", 1, [true]]', '{ k = "1/2" }')
    """
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | float):
        return repr(found)
    if isinstance(found, str):
        if "\n" in found and "'''" not in found:
            return f"'''\n{found}'''"
        literal = "\\" in found and "'" not in found and "\n" not in found
        return f"'{found}'" if literal else json.dumps(found, ensure_ascii=False)
    if isinstance(found, Mapping):
        return "{ " + ", ".join(f"{name} = {value(x)}" for name, x in found.items()) + " }"
    assert isinstance(found, Iterable)
    parts = [value(x) for x in found]
    line = f"[{', '.join(parts)}]"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    # text in several lines stands as it is, a list in several lines is moved to the right
    shifted = [x if x.startswith("'''") else x.replace("\n", "\n  ") for x in parts]
    return "[\n" + "".join(f"  {x},\n" for x in shifted) + "]"


def entry(name: str, found: object) -> str:
    return f"{name} = {value(found)}"


def table(head: str, entries: Mapping[str, Any]) -> str:
    """A table or an element of an array of tables: `head` is "[parameters]" or "[[tasks]]"."""
    return "\n".join([head, *(entry(name, x) for name, x in entries.items())])
