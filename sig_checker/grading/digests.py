"""What a grading rests on, as digests: the files that were handed in, the assignment, the judge itself."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import sig_checker

__all__ = ["assignment_digest", "checker", "folder_digest", "text_digest"]


def text_digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()


def folder_digest(folder: Path) -> str:
    """Of the names and contents of all files below a folder; links are not followed."""
    found = hashlib.sha256()
    for path in _files(folder):
        found.update(b"\0" + os.fsencode(path.relative_to(folder)) + b"\0")
        try:
            if path.is_symlink():
                found.update(b"link " + os.fsencode(os.readlink(path)))
            elif path.is_file():
                with open(path, "rb") as file:
                    found.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            found.update(f"error {error.errno}".encode())
    return found.hexdigest()


def assignment_digest(assignment: Any, source: Path, expected: str) -> str:
    """Of the assignment as the gradebook has it, of the files beside its notebooks, and of what its author expects.

    What check cells are worth is left out: each cell's record has its own, since points can change without a new run.
    """
    notebooks: dict[str, Any] = {}
    for notebook in assignment.notebooks:
        cells = {x.name: [x.cell_type, bool(x.locked), x.source] for x in notebook.source_cells}
        notebooks[notebook.name] = [notebook.kernelspec, cells, sorted(x.name for x in notebook.solution_cells)]
    beside = [path for path in _files(source) if path.suffix != ".ipynb" and path.is_file()]
    files = {str(x.relative_to(source)): hashlib.sha256(x.read_bytes()).hexdigest() for x in beside}
    return text_digest(json.dumps([notebooks, files, *filter(None, [expected])], sort_keys=True))


@cache
def checker() -> str:
    """The package's version and a digest of its code and messages, so that a changed rule is noticed."""
    folder = Path(sig_checker.__file__).parent
    found = hashlib.sha256()
    for path in _files(folder):
        if path.suffix in (".py", ".po"):
            found.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    try:
        number = version("sig-checker")
    except PackageNotFoundError:
        number = "unknown"
    return f"{number}+{found.hexdigest()[:16]}"


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(x for x in folders if x not in ("__pycache__", ".ipynb_checkpoints"))
        links = [x for x in folders if os.path.islink(os.path.join(place, x))]
        yield from (Path(place) / x for x in sorted([*names, *links]))
