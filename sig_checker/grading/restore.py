"""Makes a submission the instructor's notebook again: the set of graded cells, their source, type and points, and no tags.

From the submission come only the sources of the cells that a student may edit, and the order of the cells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.preprocessors.clearhiddentests import ClearHiddenTests
from nbgrader.preprocessors.clearmarkingscheme import ClearMarkScheme

from sig_checker.grading.belongings import Belongings
from sig_checker.grading.notices import KEY, add_notice, as_record, notices
from sig_checker.grading.submissions import coursedir_of, read_notebook
from sig_checker.verdicts import Message

__all__ = ["RestoreCells"]

_MAKE = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
_DEFAULT_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True, slots=True)
class _Original:
    """A cell as the instructor has written it, from the gradebook."""

    name: str
    cell_type: str
    source: str
    locked: bool
    checksum: str | None
    points: float | None
    grade: bool
    solution: bool
    task: bool

    def metadata(self) -> dict[str, Any]:
        nbgrader = {
            "schema_version": 3, "grade_id": self.name, "grade": self.grade, "solution": self.solution, "task": self.task,
            "locked": self.locked, "cell_type": self.cell_type, "checksum": self.checksum,
        }  # fmt: skip
        if self.points is not None:
            nbgrader["points"] = self.points
        return {"deletable": False, "nbgrader": nbgrader} | ({"editable": False} if self.locked else {})


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """The sanitising step of `nbgrader autograde`, in place of nbgrader's own five."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(where["notebook"], where["assignment"])
            originals = _originals(notebook)
            kernel = json.loads(notebook.kernelspec) if notebook.kernelspec else None
        coursedir = coursedir_of(self)
        originals = _in_order(originals, self._source_order(coursedir, where))
        kernel = kernel or _DEFAULT_KERNEL
        language = {"name": kernel.get("language", "python")}
        nb.metadata = from_dict({"kernelspec": kernel, "language_info": language, KEY: {}})
        problem = resources.get("sig_checker_unreadable")
        if problem is not None:
            add_notice(nb, None, problem)
            nb.metadata[KEY]["unreadable"] = as_record(problem)
        for oddity in Belongings(resources["metadata"]["path"], coursedir).oddities() if coursedir is not None else ():
            add_notice(nb, None, oddity)
        self._restore_present(nb, originals)
        self._restore_missing(nb, originals, quiet=problem is not None)
        for notice in notices(nb):
            self.log.warning("%s, %s, cell %s: %s", where["student"], where["notebook"], notice.cell or "-", notice.message)
        return nb, resources

    def _restore_present(self, nb: Any, originals: Mapping[str, _Original]) -> None:
        last = {_grade_id(cell): index for index, cell in enumerate(nb.cells)}
        for index, cell in enumerate(nb.cells):
            name = _grade_id(cell)
            original = originals.get(name) if name is not None else None
            if original is not None and last[name] != index:
                # the last copy counts, as with nbgrader: what a student has pasted below is the newer one
                add_notice(nb, name, Message("The cell stands in the notebook more than once; the last copy counts."))
                original = None
            elif name is not None and original is None:
                add_notice(nb, name, Message("The cell is not part of the assignment and is not graded."))
            tags = cell.metadata.get("tags")
            if tags and original is not None:
                add_notice(nb, name, Message("The cell was tagged {tags}; tags have no effect.", tags=_short(tags)))
            nb.cells[index] = self._plain(cell) if original is None else self._as_original(nb, cell, original)

    def _plain(self, cell: Any) -> Any:
        return _cell(cell.cell_type, cell.source, {}, cell.id, cell.get("attachments"))

    def _as_original(self, nb: Any, cell: Any, original: _Original) -> Any:
        if cell.cell_type != original.cell_type:
            add_notice(nb, original.name, Message("The cell's type was {found} and is {right} again.",
                                                  found=cell.cell_type, right=original.cell_type))  # fmt: skip
        source = cell.source
        if original.locked:
            if source.strip() not in (original.source.strip(), self._released(original).strip()):
                add_notice(nb, original.name, Message("The cell was altered; the instructor's text stands in it again."))
            source = original.source
        return _cell(original.cell_type, source, original.metadata(), cell.id, cell.get("attachments"))

    def _restore_missing(self, nb: Any, originals: Mapping[str, _Original], *, quiet: bool) -> None:
        """Put back what is graded or locked, each after the cell that stands before it in the assignment."""
        previous: str | None = None
        for original in originals.values():
            places = {_grade_id(cell): index for index, cell in enumerate(nb.cells)}
            if original.name not in places and (original.grade or original.task or original.locked):
                ids = {cell.id for cell in nb.cells}
                name = original.name if original.name not in ids else f"restored-{original.name}"
                cell = _cell(original.cell_type, original.source, original.metadata(), name[:64].replace(" ", "-"), None)
                nb.cells.insert(places[previous] + 1 if previous in places else 0, cell)
                if not quiet:
                    add_notice(nb, original.name, Message("The cell was missing and has been put back."))
            previous = original.name if original.name in {_grade_id(cell) for cell in nb.cells} else previous

    def _released(self, original: _Original) -> str:
        """The original's text as students get it, without hidden tests and marking scheme."""
        cell = _cell(original.cell_type, original.source, {}, "released", None)
        ClearHiddenTests(parent=self)._remove_hidden_test_region(cell)
        ClearMarkScheme(parent=self, check_attachment_leakage=False)._remove_mark_scheme_region(cell)
        return str(cell.source)

    def _source_order(self, coursedir: Any, where: Mapping[str, str]) -> list[str]:
        """The order of the cells, which the gradebook does not keep; empty where the source is not at hand."""
        if coursedir is None:
            return []
        folder = coursedir.format_path(coursedir.source_directory, ".", where["assignment"])
        notebook, problem = read_notebook(f"{folder}/{where['notebook']}.ipynb")
        return [] if problem is not None else [name for cell in notebook.cells if (name := _grade_id(cell)) is not None]


def _originals(notebook: Any) -> dict[str, _Original]:
    points = {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
    grade = {cell.name for cell in notebook.grade_cells}
    task = {cell.name for cell in notebook.task_cells}
    solution = {cell.name for cell in notebook.solution_cells}
    return {
        cell.name: _Original(
            cell.name, cell.cell_type, cell.source, bool(cell.locked), cell.checksum, points.get(cell.name),
            cell.name in grade, cell.name in solution, cell.name in task,
        )
        for cell in notebook.source_cells
    }  # fmt: skip


def _in_order(originals: dict[str, _Original], order: list[str]) -> dict[str, _Original]:
    place = {name: index for index, name in enumerate(order)}
    return dict(sorted(originals.items(), key=lambda item: place.get(item[0], len(place))))


def _grade_id(cell: Any) -> str | None:
    nbgrader = cell.metadata.get("nbgrader")
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) and len(name) <= 200 and name.isprintable() else None


def _cell(kind: str, source: str, metadata: dict[str, Any], name: str, attachments: Any) -> Any:
    cell = _MAKE.get(kind, new_raw_cell)(source=source, metadata=metadata)
    cell["id"] = name
    if kind == "markdown" and attachments:
        cell["attachments"] = attachments
    return cell


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]

