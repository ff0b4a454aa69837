"""Whether nbgrader would make of an assignment's source what is there already: the release version and the gradebook's record.

Making them takes longer than grading a submission. In doubt they are made again: where something runs that is not nbgrader's,
where files play a part that lie elsewhere, and wherever anything differs from what was there after the last time.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.api import Assignment, GradeCell, Notebook, SolutionCell, SourceCell, TaskCell
from nbgrader.preprocessors import IncludeHeaderFooter, InstantiateTests
from sqlalchemy import select

from sig_checker.grading.digests import checker, folder_digest, text_digest
from sig_checker.grading.files import write_whole

if TYPE_CHECKING:
    from sig_checker.grading.course import Course

__all__ = ["is_current", "note"]

_PACKAGES = ("nbgrader", "nbconvert", "nbformat")
_NOT_ASKED = ("ExecuteSubmission",)  # sections of the configuration that are about grading alone, and changed by options
_CELLS = (
    (GradeCell, ("name", "max_score", "cell_type")),
    (SolutionCell, ("name",)),
    (TaskCell, ("name", "max_score", "cell_type")),
    (SourceCell, ("name", "cell_type", "locked", "source", "checksum")),
)


def is_current(course: Course, converter: Any, assignment: str) -> bool:
    """Whether all is as it was when `note` was called.

    Args:
        converter: nbgrader's GenerateAssignment, as the course configures it.
    """
    try:
        noted = course.ledger.release_file(assignment).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return noted.strip() == _digest(course, converter, assignment)


def note(course: Course, converter: Any, assignment: str) -> None:
    """Write down what is there now; it has just been made."""
    digest = _digest(course, converter, assignment)
    file = course.ledger.release_file(assignment)
    if digest is None:
        file.unlink(missing_ok=True)
    else:
        write_whole(file, digest + "\n")


def _digest(course: Course, converter: Any, assignment: str) -> str | None:
    """Of all that the converter looks at and of all that it writes; None where that is not to be known."""
    source, release = (course.path(step, ".", assignment) for step in ("source", "release"))
    if _is_open(converter, source):
        return None
    config = {name: x for name, x in course.app.config.items() if name not in _NOT_ASKED}
    made_by = [checker(), *map(version, _PACKAGES), json.dumps(config, sort_keys=True, default=repr)]
    return text_digest(json.dumps([made_by, folder_digest(source), folder_digest(release), _record(course, assignment)]))


def _is_open(converter: Any, source: Path) -> bool:
    """Whether code runs that nbgrader does not bring, or files are read that do not lie with the source."""
    exporter = converter.exporter_class(config=converter.config)
    steps = [*converter.preprocessors, *exporter.preprocessors, converter.exporter_class]
    foreign = any(isinstance(x, str) or not x.__module__.startswith(("nbgrader.", "nbconvert.")) for x in steps)
    around = IncludeHeaderFooter(parent=converter)
    if foreign or converter.pre_convert_hook or converter.post_convert_hook or around.header or around.footer:
        return True
    if any(x.is_symlink() for x in source.rglob("*")):
        return True
    runs = InstantiateTests(parent=converter).autotest_delimiter  # what stands beside it is run
    return any(runs in x.read_text(encoding="utf-8", errors="replace") for x in source.glob("*.ipynb"))


def _record(course: Course, assignment: str) -> list[Any]:
    """The gradebook's rows of the assignment that the converter writes."""
    mine = select(Notebook.id).join(Assignment, Assignment.id == Notebook.assignment_id).where(Assignment.name == assignment)
    asked = [select(Notebook.id, Notebook.name, Notebook.kernelspec).where(Notebook.id.in_(mine))]
    for kind, names in _CELLS:
        columns = [kind.notebook_id, *(getattr(kind, name) for name in names)]
        asked.append(select(*columns).where(kind.notebook_id.in_(mine)))
    with course.open_gradebook() as gradebook:
        return [sorted(map(repr, gradebook.db.execute(x))) for x in asked]
