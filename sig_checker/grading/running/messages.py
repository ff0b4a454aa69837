"""Which messages of a kernel are what they say they are. Student code can send anything on the kernel's channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sig_checker.evidence import MIME

__all__ = ["MOST_WAITING", "TooLong", "bounded", "is_sound", "is_used", "known_metadata", "size_of"]

_OUTPUTS = ("display_data", "execute_result", "update_display_data")
_USED = ("stream", "error", *_OUTPUTS, "clear_output", "execute_input", "status")
_LARGEST_COUNT = 1 << 31
_MOST_CONTAINERS = 400_000  # lists and dicts in a message, each of which takes a hundred times its two letters
_LONGEST_CONTENT = 12 << 20  # bytes that are read of a message; outputs and evidence have limits of their own
MOST_WAITING = 16  # messages that are taken in advance; the kernel keeps the others


class TooLong(dict[str, Any]):
    """Stands for what was too long to be read: JSON takes many times its size in memory."""


def bounded(unpack: Callable[[bytes], Any], most: int = _LONGEST_CONTENT) -> Callable[[bytes], Any]:
    """What reads a part of a message, for no more than so many bytes.

    >>> import json
    >>> read = bounded(json.loads, 10)
    >>> read(b"[1, 2]"), read(b"[1, 2, 3, 4]")
    ([1, 2], {})
    """

    def unpack_some(part: bytes) -> Any:
        if len(part) > most or part.count(b"[") + part.count(b"{") > _MOST_CONTAINERS:
            return TooLong()
        return unpack(part)

    return unpack_some


def is_sound(message: Mapping[str, Any]) -> bool:
    """Whether a message has the fields of its kind, of the types that a notebook can hold.

    A notebook with one output that is none cannot be written, and then its author would get no grade at all.

    >>> is_sound({"msg_type": "stream", "content": {"name": "stdout", "text": "hello"}})
    True
    >>> is_sound({"msg_type": "execute_result", "content": {"data": {"text/html": 5}, "metadata": {}, "execution_count": 1}})
    False
    """
    kind, content = message.get("msg_type"), message.get("content")
    if not isinstance(kind, str) or not isinstance(content, dict):
        return False
    if kind == "execute_reply" and content.get("status") != "error":
        return isinstance(content.get("status"), str)
    count = None if kind == "execute_reply" else content.get("execution_count")  # which nobody looks at there
    if count is not None and not (type(count) is int and 0 <= count < _LARGEST_COUNT):
        return False
    if kind == "status":
        return isinstance(content.get("execution_state"), str)
    if kind == "stream":
        return content.get("name") in ("stdout", "stderr") and isinstance(content.get("text"), str)
    if kind in ("error", "execute_reply"):
        texts = isinstance(content.get("ename"), str) and isinstance(content.get("evalue"), str)
        return texts and _is_lines(content.get("traceback"))
    if kind in _OUTPUTS:
        transient = content.get("transient") or {}
        known = isinstance(transient, dict) and isinstance(transient.get("display_id", ""), str)
        return known and _is_bundle(content.get("data")) and isinstance(content.get("metadata"), dict)
    return True


def is_used(kind: object) -> bool:
    """Whether messages of this kind become anything. Of others nbclient would write a line into the log, each time."""
    return isinstance(kind, str) and kind in _USED


def _is_lines(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) for x in value)


def _is_bundle(data: object) -> bool:
    if not isinstance(data, dict):
        return False
    return all(isinstance(x, str) or _may_be_json(mime, x) for mime, x in data.items())


def _may_be_json(mime: str, value: object) -> bool:
    return mime in ("application/json", MIME) or (mime.endswith("+json") and isinstance(value, dict))


def known_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Of an output's metadata what says no more than yes, no or a size; pages take the others over as they are.

    >>> known_metadata({"image/png": {"width": 20, "height": "20' onload='x()"}, "isolated": True})
    {'image/png': {'width': 20}, 'isolated': True}
    """
    known: dict[str, Any] = {}
    for name, value in metadata.items():
        if isinstance(value, dict):
            known[name] = {key: x for key, x in value.items() if isinstance(x, bool | int | float)}
        elif isinstance(value, bool | int | float):
            known[name] = value
    return known


def size_of(value: object) -> int:
    """Characters that the value takes in a notebook, near enough, without writing it.

    >>> size_of({"text/plain": ["abc", 1]})
    23
    """
    total, todo = 0, [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, Mapping):
            todo += item.keys()
            todo += item.values()
            total += 4 * len(item)
        elif isinstance(item, list | tuple):
            todo += item
            total += len(item)
        else:
            total += 4
    return total
