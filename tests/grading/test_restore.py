"""Whatever a submission says of its cells, the graded ones are the instructor's again; of the others the texts are kept."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import courses
import nbformat
import pytest
from courses import ASSIGNMENT, RIGHT, cell_of, grade_id
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from sig_checker.evidence import MIME
from sig_checker.grading.notices import KEY, notices
from sig_checker.grading.steps.check_cells import check_cell
from sig_checker.grading.steps.restore import RestoreCells
from sig_checker.grading.submissions import read_notebook

CHECKS = ["q1_derivative", "q1_function", "q1_backprop"]
CLAIM = {"output_type": "execute_result", "data": {"text/plain": "10.0", MIME: {}}, "metadata": {}, "execution_count": 9}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = courses.write_course(tmp_path_factory.mktemp("restored"))
    courses.generate(made)
    return made


@pytest.fixture(scope="module")
def released(course: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads((course / "release" / ASSIGNMENT / "one.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if grade_id(cell).endswith("_answer"):
            cell["source"] = RIGHT[grade_id(cell).removesuffix("_answer")]
    return notebook


def _restored(course: Path, record: Any, folder: Path) -> Any:
    path = folder / "one.ipynb"
    path.write_text(json.dumps(record), encoding="utf-8")
    notebook, problem = read_notebook(str(path))
    resources: dict[str, Any] = {
        "nbgrader": {"notebook": "one", "assignment": ASSIGNMENT, "student": "s", "db_url": f"sqlite:///{course}/gradebook.db"},
        "metadata": {"path": str(folder)},
    }  # fmt: skip
    if problem is not None:
        resources["sig_checker_unreadable"] = problem
    restoring = RestoreCells(parent=Autograde(coursedir=CourseDirectory(root=str(course))))
    restored, _ = restoring.preprocess(notebook, resources)
    path.write_text(nbformat.writes(restored), encoding="utf-8")
    return restored


def _is_the_instructors(course: Path, notebook: Any) -> None:
    """The graded and the locked cells once each, as they were written; nothing else counts; nothing has run."""
    nbformat.validate(notebook)
    source = json.loads((course / "source" / ASSIGNMENT / "one.ipynb").read_text(encoding="utf-8"))
    found = {name: [x for x in notebook.cells if grade_id(x) == name] for name in map(grade_id, source["cells"])}
    for original in source["cells"]:
        name, wanted = grade_id(original), original["metadata"]["nbgrader"]
        if not wanted["solution"]:
            (cell,) = found[name]
            assert (cell.cell_type, cell.source) == ("code", "".join(original["source"]))
        for cell in found[name]:
            kept = cell.metadata.nbgrader
            assert (kept.grade, kept.solution, kept.locked, kept.get("points")) == (
                wanted["grade"], wanted["solution"], wanted["locked"], wanted.get("points"))  # fmt: skip
    assert sorted(grade_id(x) for x in notebook.cells if check_cell(x) is not None) == sorted(CHECKS)
    assert len({x.id for x in notebook.cells}) == len(notebook.cells)
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"nbgrader", "deletable", "editable"}
        assert cell.metadata == {} or grade_id(cell) in found
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
            assert "attachments" not in cell
    assert set(notebook.metadata) == {"kernelspec", "language_info", KEY}
    assert notebook.metadata.kernelspec.name == "python3"


def _each(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def edit(notebook: dict[str, Any]) -> None:
        for name in CHECKS:
            change(cell_of(notebook, name))

    return edit


def _insert_between(notebook: dict[str, Any]) -> None:
    cells = []
    for index, cell in enumerate(notebook["cells"]):
        own = {"cell_type": "code", "id": f"own-{index}", "metadata": {"tags": ["remove-cell"], KEY: {"answer": {}}},
               "source": "q1_derivative = 'z'", "outputs": [CLAIM], "execution_count": 3}  # fmt: skip
        cells += [own, cell]
    notebook["cells"] = cells


def _duplicate(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [copy.deepcopy(cell) | {"source": "10.0"} for cell in notebook["cells"]]


def _name_another_kernel(notebook: dict[str, Any]) -> None:
    bash = {"name": "bash", "language": "bash", "display_name": "Bash"}
    ours = {"unreadable": None, "notices": [{}]}
    notebook["metadata"] = {"kernelspec": bash, "language_info": bash, KEY: ours, "widgets": {"x": 1}, "celltoolbar": "x"}


EDITS: dict[str, Callable[[dict[str, Any]], None]] = {
    "as released": lambda _: None,
    "outputs": _each(lambda cell: cell.update(outputs=[CLAIM], execution_count=9)),
    "odd outputs": _each(lambda cell: cell.update(outputs=[3, {"output_type": "poem"}, {"data": DEEP}], execution_count="9")),
    "tags": _each(lambda cell: cell["metadata"].update(tags=["skip-execution", "raises-exception", "remove-cell", "hide"])),
    "other metadata": _each(lambda cell: cell["metadata"].update({KEY: {"points": 10.0}, "deletable": 3, "trusted": True})),
    "points": _each(lambda cell: cell["metadata"]["nbgrader"].update(points=1000.0)),
    "points of a wrong type": _each(lambda cell: cell["metadata"]["nbgrader"].update(points="all")),
    "checksum": _each(lambda cell: cell["metadata"]["nbgrader"].update(checksum="f00d")),
    "older schema": _each(lambda cell: cell["metadata"]["nbgrader"].update(schema_version=1)),
    "future schema": _each(lambda cell: cell["metadata"]["nbgrader"].update(schema_version=10**30)),
    "now a solution": _each(lambda cell: cell["metadata"]["nbgrader"].update(solution=True, locked=False, cell_type="raw")),
    "not graded": _each(lambda cell: cell["metadata"]["nbgrader"].update(grade=False)),
    "a task": _each(lambda cell: cell["metadata"]["nbgrader"].update(task=True, remove=True)),
    "other grade ids": _each(lambda cell: cell["metadata"]["nbgrader"].update(grade_id="mine")),
    "grade ids that are none": _each(lambda cell: cell["metadata"]["nbgrader"].update(grade_id={"x": []})),
    "no metadata": _each(lambda cell: cell.update(metadata={})),
    "raw": _each(lambda cell: cell.update(cell_type="raw")),
    "text": _each(lambda cell: cell.update(cell_type="markdown", attachments={"a.png": {"image/png": "AAAA"}})),
    "of no type": _each(lambda cell: cell.update(cell_type=None)),
    "the same ids": _each(lambda cell: cell.update(id="same")),
    "empty": _each(lambda cell: cell.update(source="")),
    "attached": _each(lambda cell: cell.update(attachments={"a.png": {"image/png": "AAAA"}})),
    "inserted between": _insert_between,
    "all twice": _duplicate,
    "all gone": lambda notebook: notebook.update(cells=[]),
    "from behind": lambda notebook: notebook["cells"].reverse(),
    "another kernel": _name_another_kernel,
    "no metadata at all": lambda notebook: notebook.update(metadata=None),
    "huge minor version": lambda notebook: notebook.update(nbformat_minor=10**300),
    "minor version is text": lambda notebook: notebook.update(nbformat_minor="five"),
    "huge version": lambda notebook: notebook.update(nbformat=10**300),
    "version is a list": lambda notebook: notebook.update(nbformat=[4]),
    "more at the top": lambda notebook: notebook.update(worksheets=[{"cells": []}], orig_nbformat=3, signature="x"),
}  # fmt: skip
DEEP: list[Any] = []
for _ in range(300):
    DEEP = [DEEP]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_the_graded_cells_are_the_instructors(
    course: Path, released: dict[str, Any], edit: Callable[[dict[str, Any]], None], tmp_path: Path
) -> None:
    record = copy.deepcopy(released)
    edit(record)

    _is_the_instructors(course, _restored(course, record, tmp_path))


def test_an_untouched_notebook_is_as_it_was(course: Path, released: dict[str, Any], tmp_path: Path) -> None:
    restored = _restored(course, released, tmp_path)

    assert [(grade_id(x), x.source) for x in restored.cells] == [
        (grade_id(x), "".join(x["source"])) for x in released["cells"]
    ]  # fmt: skip
    assert list(notices(restored)) == []


def test_cells_of_the_students_own_stay_where_they_are(course: Path, released: dict[str, Any], tmp_path: Path) -> None:
    record = copy.deepcopy(released)
    _insert_between(record)
    restored = _restored(course, record, tmp_path)

    assert [x.source for x in restored.cells[0::2]] == ["q1_derivative = 'z'"] * len(released["cells"])
    assert [grade_id(x) for x in restored.cells[1::2]] == [grade_id(x) for x in released["cells"]]


ODD: list[Any] = [None, True, -1, 10**400, 1e308, float("nan"), "", "\ud800", "q1_derivative", "code", "raw", "x" * 5000, [],
                  {}, [None], {"nbgrader": {"grade_id": "q1_function", "grade": True}}, DEEP, {"\udfff": "\ud800"}]  # fmt: skip


def _places(record: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    return [path, *(x for key, value in items for x in _places(value, (*path, key)) if len(path) < 8)]


def test_no_mutation_of_a_notebook_is_an_error_or_changes_a_graded_cell(
    course: Path, released: dict[str, Any], tmp_path: Path
) -> None:
    source = random.Random("forger of notebooks")
    for _ in range(250):
        record = copy.deepcopy(released)
        for _ in range(source.choice((1, 2, 5, 20))):
            places = [x for x in _places(record) if x]
            if not places:
                break
            *inside, key = source.choice(places)
            holder = record
            for step in inside:
                holder = holder[step]
            kind = source.randrange(4)
            if kind == 0:
                del holder[key]
            elif kind == 1 and isinstance(holder, list):
                holder.insert(source.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
            else:
                holder[key] = copy.deepcopy(source.choice(ODD))

        _is_the_instructors(course, _restored(course, record, tmp_path))
