"""Reading a submitted notebook, whatever is in the file: what cannot be read becomes an empty notebook and a reason."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook

from sig_checker.errors import reason
from sig_checker.grading.belongings import Belongings
from sig_checker.verdicts import Message

__all__ = [
    "UNREADABLE", "SubmissionExporter", "coursedir_of", "new_cell", "not_own", "read_contents", "read_file", "read_notebook",
    "tidy", "writable",
]  # fmt: skip

UNREADABLE = "sig_checker_unreadable"  # in the resources: why there is nothing to be read

_LARGEST = 64_000_000  # bytes; outputs are cleared anyway, and JSON takes ten times its size in memory
_MOST_CELLS = 2000  # each takes some milliseconds, in every step
_KINDS = ("code", "markdown", "raw")


def coursedir_of(configurable: Any) -> Any:
    """The course directory of the nbgrader command that a part belongs to; None where it belongs to none."""
    while configurable is not None and getattr(configurable, "coursedir", None) is None:
        configurable = configurable.parent
    return None if configurable is None else configurable.coursedir


class _Unreadable(Exception):
    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]  # nbconvert ships no types
    """nbconvert's notebook exporter with a reader that does not fail: one bad file must not cost the student the others."""

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> tuple[str, Any]:
        folder, name = os.path.split(filename)
        course = coursedir_of(self)
        resources = {} if resources is None else resources
        problem: Message | None = resources.get(UNREADABLE)
        if problem is None and course is not None:
            problem = not_own(filename, Belongings(folder, course))
        notebook, problem = read_notebook(filename) if problem is None else (new_notebook(), problem)
        resources["metadata"] = {"name": os.path.splitext(name)[0], "path": folder}
        if problem is not None:
            self.log.warning("%s: %s", filename, problem)
            resources[UNREADABLE] = problem
        written, resources = self.from_notebook_node(notebook, resources=resources, **options)
        return written, resources


def not_own(path: str, belongings: Belongings) -> Message | None:
    """What to say of a notebook that is somebody else's file."""
    if not os.path.isfile(path) or belongings.own(path):
        return None
    return Message("The submitted notebook is a link to a file that is not the student's own.")


def read_file(path: str) -> bytes | Message:
    """What is in a submitted notebook's file, or why that is not to be read."""
    try:
        if not os.path.isfile(path):  # a folder, a pipe, a link to nowhere
            return Message("The submitted notebook is not a file.")
        if os.path.getsize(path) > _LARGEST:
            return Message("The submitted notebook is larger than {megabytes} MB.", megabytes=_LARGEST // 1_000_000)
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        return Message("The submitted notebook could not be opened: {error}.", error=reason(error))


def read_notebook(path: str) -> tuple[Any, Message | None]:
    """The notebook in the file with everything unexpected left out, and why it could not be read, or None.

    Of a cell its type, source, metadata, outputs and attachments are kept, of the notebook its metadata.
    """
    contents = read_file(path)
    return (new_notebook(), contents) if isinstance(contents, Message) else read_contents(contents)


def read_contents(contents: bytes) -> tuple[Any, Message | None]:
    """`read_notebook` of a file's contents."""
    try:
        return tidy(_load(contents)), None
    except _Unreadable as unreadable:
        return new_notebook(), unreadable.message
    except RecursionError:
        return new_notebook(), Message("The submitted file is not a notebook: it is nested too deeply.")


def _load(contents: bytes) -> Mapping[str, Any]:
    try:
        record = json.loads(contents.decode("utf-8-sig"))
    except ValueError:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise _Unreadable(Message("The submitted file is not a notebook: it is not JSON.")) from None
    if not isinstance(record, dict):
        raise _Unreadable(Message("The submitted file is not a notebook: it holds no object."))
    return _current(record)


def _current(record: dict[str, Any]) -> dict[str, Any]:
    """The record in nbformat 4; older ones are converted."""
    version = record.get("nbformat")
    if version == 4 or (version is None and "cells" in record):
        return record
    if version not in (1, 2, 3):
        raise _Unreadable(Message("The submitted file is not a notebook that can be read: its nbformat is {version}.",
                                  version=json.dumps(version)[:40]))  # fmt: skip
    try:
        return dict(nbformat.convert(nbformat.from_dict(record), 4))
    except Exception:  # the converters of old formats raise whatever the damage makes them raise
        raise _Unreadable(Message("The submitted notebook is of an old format and could not be converted.")) from None


def tidy(record: Mapping[str, Any]) -> Any:
    """A notebook with nothing in it but what one can hold, and with an id for each cell."""
    cells = record.get("cells")
    if not isinstance(cells, list):
        raise _Unreadable(Message("The submitted notebook has no cells."))
    if len(cells) > _MOST_CELLS:
        raise _Unreadable(Message("The submitted notebook has more than {most} cells.", most=_MOST_CELLS))
    metadata = record.get("metadata")
    notebook = new_notebook()  # nbformat's makers refuse odd metadata, so these are put in afterwards
    notebook["metadata"] = writable(metadata) if isinstance(metadata, dict) else notebook.metadata
    used: set[str] = set()
    for index, cell in enumerate(cells):
        if isinstance(cell, dict):
            notebook.cells.append(_cell(cell, index, used))
    return notebook


def _cell(record: Mapping[str, Any], index: int, used: set[str]) -> Any:
    kind = record.get("cell_type")
    source = record.get("source", "")
    if isinstance(source, list):
        source = "".join(x for x in source if isinstance(x, str))
    metadata = record.get("metadata")
    text = _text(source) if isinstance(source, str) else ""
    cell = new_cell(kind if kind in _KINDS else "raw", text)
    if isinstance(metadata, dict):
        cell["metadata"] = writable(metadata)
    name = record.get("id")
    if not isinstance(name, str) or name in used or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        name = f"cell-{index}"  # nbformat draws ids at random; ours must be the same in each run
        while name in used:
            name += "-"
    used.add(name)
    cell["id"] = name
    attachments = record.get("attachments")
    if cell.cell_type == "markdown" and isinstance(attachments, dict):
        files = {name: x for name, x in attachments.items() if isinstance(x, dict)}
        cell["attachments"] = writable({name: x for name, x in files.items() if all(isinstance(y, str) for y in x.values())})
    if cell.cell_type == "code":
        count = record.get("execution_count")
        cell["execution_count"] = count if type(count) is int else None
        outputs = record.get("outputs")
        cell["outputs"] = [writable(x) for x in outputs if isinstance(x, dict)] if isinstance(outputs, list) else []
    return cell


def new_cell(kind: str, source: str) -> Any:
    """A cell without an id. nbformat's own makers hold each cell to the format, which takes long; a notebook is, as a whole."""
    cell = nbformat.NotebookNode(cell_type=kind, source=source, metadata=nbformat.NotebookNode())
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be written


def writable(record: Any, depth: int = 80) -> Any:
    """What came out of a file or a kernel, so that it can be written into a notebook: nothing too deep, no NaN.

    >>> writable({"a": [1.5, float("nan")]})
    {'a': [1.5, 'nan']}
    """
    if depth == 0:
        return None
    if isinstance(record, dict):
        return nbformat.NotebookNode({_text(str(key)): writable(x, depth - 1) for key, x in record.items()})
    if isinstance(record, list | tuple):
        return [writable(x, depth - 1) for x in record]
    if isinstance(record, float) and not math.isfinite(record):
        return str(record)
    return _text(record) if isinstance(record, str) else record
