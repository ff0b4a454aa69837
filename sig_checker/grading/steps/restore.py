"""Makes a submission the instructor's notebook again: the set of graded cells, their source, type and points, and no tags.

From the submission come only the sources of the cells that a student may edit, and the order of the cells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import from_dict
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.preprocessors.clearhiddentests import ClearHiddenTests
from nbgrader.preprocessors.clearmarkingscheme import ClearMarkScheme

from sig_checker.grading.belongings import Belongings
from sig_checker.grading.notices import KEY, add_notice, as_record, notices
from sig_checker.grading.submissions import UNREADABLE, coursedir_of, new_cell, read_notebook
from sig_checker.verdicts import Message

__all__ = ["ODDITIES", "ORIGINAL", "Original", "RestoreCells", "read_original"]

ORIGINAL = "sig_checker_original"  # in the resources: the `Original`, for who has it at hand
ODDITIES = "sig_checker_oddities"  # in the resources: what to say of the submission's folder, for who has looked at it

_DEFAULT_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True, slots=True)
class _Cell:
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


@dataclass(frozen=True, slots=True)
class Original:
    """A notebook as the instructor has written it: its cells in their order, and the kernel for which they are meant."""

    cells: Mapping[str, _Cell]
    kernel: Mapping[str, Any]

    def __deepcopy__(self, _: Any) -> Original:  # nbconvert copies its resources before each use
        return self


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """The sanitising step of `nbgrader autograde`, in place of nbgrader's own five."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        where = resources["nbgrader"]
        coursedir = coursedir_of(self)
        original = resources.get(ORIGINAL)
        if original is None:
            with Gradebook(where["db_url"]) as gradebook:
                original = read_original(gradebook.find_notebook(where["notebook"], where["assignment"]), coursedir)
        originals = original.cells
        language = {"name": original.kernel.get("language", "python")}
        nb.metadata = from_dict({"kernelspec": dict(original.kernel), "language_info": language, KEY: {}})
        problem = resources.get(UNREADABLE)
        if problem is not None:
            add_notice(nb, None, problem)
            nb.metadata[KEY]["unreadable"] = as_record(problem)
        oddities = Belongings(resources["metadata"]["path"], coursedir).oddities() if coursedir is not None else ()
        for oddity in resources.get(ODDITIES, oddities):
            add_notice(nb, None, oddity)
        self._restore_present(nb, originals)
        self._restore_missing(nb, originals, quiet=problem is not None)
        for notice in notices(nb):
            self.log.warning("%s, %s, cell %s: %s", where["student"], where["notebook"], notice.cell or "-", notice.message)
        return nb, resources

    def _restore_present(self, nb: Any, originals: Mapping[str, _Cell]) -> None:
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

    def _as_original(self, nb: Any, cell: Any, original: _Cell) -> Any:
        if cell.cell_type != original.cell_type:
            add_notice(nb, original.name, Message("The cell's type was {found} and is {right} again.",
                                                  found=cell.cell_type, right=original.cell_type))  # fmt: skip
        source = cell.source
        if original.locked:
            if source.strip() != original.source.strip() and source.strip() != self._released(original).strip():
                add_notice(nb, original.name, Message("The cell was altered; the instructor's text stands in it again."))
            source = original.source
        return _cell(original.cell_type, source, original.metadata(), cell.id, cell.get("attachments"))

    def _restore_missing(self, nb: Any, originals: Mapping[str, _Cell], *, quiet: bool) -> None:
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

    def _released(self, original: _Cell) -> str:
        """The original's text as students get it, without hidden tests and marking scheme."""
        cell = _cell(original.cell_type, original.source, {}, "released", None)
        ClearHiddenTests(parent=self)._remove_hidden_test_region(cell)
        ClearMarkScheme(parent=self, check_attachment_leakage=False)._remove_mark_scheme_region(cell)
        return str(cell.source)


def read_original(notebook: Any, coursedir: Any) -> Original:
    """The gradebook's notebook. Its order, which the gradebook does not keep, is read from the source where that is at hand."""
    order: list[str] = []
    if coursedir is not None:
        folder = coursedir.format_path(coursedir.source_directory, ".", notebook.assignment.name)
        source, problem = read_notebook(f"{folder}/{notebook.name}.ipynb")
        order = [] if problem is not None else [name for cell in source.cells if (name := _grade_id(cell)) is not None]
    kernel = json.loads(notebook.kernelspec) if notebook.kernelspec else None
    return Original(_in_order(_cells(notebook), order), kernel or _DEFAULT_KERNEL)


def _cells(notebook: Any) -> dict[str, _Cell]:
    points = {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
    grade = {cell.name for cell in notebook.grade_cells}
    task = {cell.name for cell in notebook.task_cells}
    solution = {cell.name for cell in notebook.solution_cells}
    return {
        cell.name: _Cell(
            cell.name, cell.cell_type, cell.source, bool(cell.locked), cell.checksum, points.get(cell.name),
            cell.name in grade, cell.name in solution, cell.name in task,
        )
        for cell in notebook.source_cells
    }  # fmt: skip


def _in_order(originals: dict[str, _Cell], order: list[str]) -> dict[str, _Cell]:
    place = {name: index for index, name in enumerate(order)}
    return dict(sorted(originals.items(), key=lambda item: place.get(item[0], len(place))))


def _grade_id(cell: Any) -> str | None:
    nbgrader = cell.metadata.get("nbgrader")
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) and len(name) <= 200 and name.isprintable() else None


def _cell(kind: str, source: str, metadata: dict[str, Any], name: str, attachments: Any) -> Any:
    cell = new_cell(kind, source)
    cell["metadata"] = from_dict(metadata)
    cell["id"] = name
    if kind == "markdown" and attachments:
        cell["attachments"] = attachments
    return cell


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]

