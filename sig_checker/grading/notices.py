"""Notices: what a person should know of a submission. They stand in the autograded notebook's metadata, in no language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sig_checker.verdicts import Message

__all__ = ["KEY", "Notice", "add_notice", "as_message", "as_record", "notices"]

KEY = "sig_checker"  # in the metadata of notebooks and of cells


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know.

    Attributes:
        cell: the cell's grade id, or its number, or None for the whole notebook.
        person: the cell waits for points from a person.
        suspected: it cannot have come about by accident, so a person should look, whatever the points.
    """

    cell: str | None
    message: Message
    person: bool = False
    suspected: bool = False


def add_notice(notebook: Any, cell: str | None, message: Message, *, person: bool = False, suspected: bool = False) -> None:
    record = {"cell": cell, "person": person, "suspected": suspected, **as_record(message)}
    notebook.metadata.setdefault(KEY, {}).setdefault("notices", []).append(record)


def notices(notebook: Any) -> Iterator[Notice]:
    """The notices of an autograded notebook, in the order in which they were made."""
    for record in notebook["metadata"].get(KEY, {}).get("notices", []):
        yield Notice(record["cell"], as_message(record), record["person"], record["suspected"])


def as_record(message: Message) -> dict[str, Any]:
    """A message as JSON; whatever fills it becomes text.

    >>> as_message(as_record(Message("line {number}: {why}", number=2, why=Message("no"))))
    Message('line {number}: {why}', **{'number': '2', 'why': Message('no', **{})})
    """
    values = {name: as_record(x) if isinstance(x, Message) else str(x) for name, x in message.values.items()}
    return {"template": message.template, "values": values}


def as_message(record: Mapping[str, Any]) -> Message:
    values = {name: as_message(x) if isinstance(x, Mapping) else x for name, x in record["values"].items()}
    template = record["template"]
    return Message(template, **values)
