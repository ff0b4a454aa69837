"""A submitted file is read into a clean notebook or into an empty one with the reason; reading never fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from sig_checker.grading.submissions import read_notebook


def _read(tmp_path: Path, content: bytes | dict[str, Any]) -> tuple[Any, str]:
    path = tmp_path / "n.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    notebook, problem = read_notebook(str(path))
    return notebook, "" if problem is None else str(problem)


def test_what_a_student_wrote_is_kept(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {"nbgrader": {"grade_id": "x"}}, "source": ["a = 1\n", "a"], "outputs": [],
         "execution_count": None},
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "한글 $x$"},
    ]  # fmt: skip
    notebook, problem = _read(tmp_path, {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})

    assert problem == ""
    assert [(x.cell_type, x.id, x.source) for x in notebook.cells] == [("code", "a", "a = 1\na"), ("markdown", "b", "한글 $x$")]
    assert notebook.cells[0].metadata.nbgrader.grade_id == "x"
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param({}, id="empty"),
        pytest.param({"cell_type": "code", "source": None}, id="source is null"),
        pytest.param({"cell_type": "code", "source": [1, "x", None]}, id="source of several types"),
        pytest.param({"cell_type": ["code"], "source": "x"}, id="type is a list"),
        pytest.param({"cell_type": "code", "source": "x", "id": "a b"}, id="id with a blank"),
        pytest.param({"cell_type": "code", "source": "x", "execution_count": "7", "outputs": "none"}, id="odd outputs"),
        pytest.param({"cell_type": "markdown", "source": "\ud800"}, id="lone surrogate"),
        pytest.param({"cell_type": "code", "source": "x", "metadata": [1]}, id="metadata is a list"),
    ],
)
def test_odd_cells_become_cells_that_can_be_written(tmp_path: Path, cell: dict[str, Any]) -> None:
    notebook, problem = _read(tmp_path, {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell, cell]})

    assert problem == ""
    assert len({x.id for x in notebook.cells}) == 2
    nbformat.writes(notebook).encode("utf-8")
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b"\xff\xfe", "not JSON", id="no text"),
        pytest.param(b"[1, 2", "not JSON", id="cut off"),
        pytest.param(b"[]", "no object", id="a list"),
        pytest.param(b'{"nbformat": 4}', "no cells", id="no cells"),
        pytest.param(b'{"nbformat": 4, "cells": {}}', "no cells", id="cells are no list"),
        pytest.param(b'{"nbformat": 5, "cells": []}', "nbformat is 5", id="future"),
        pytest.param(b'{"nbformat": "4", "cells": []}', 'nbformat is "4"', id="version as text"),
        pytest.param(b'{"nbformat": 3, "worksheets": 3}', "old format", id="broken and old"),
        pytest.param(b"[" * 100_000, "not a notebook", id="deep"),
    ],
)
def test_what_cannot_be_read_is_an_empty_notebook_and_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    notebook, problem = _read(tmp_path, content)

    assert reason in problem
    assert notebook.cells == []


def test_a_folder_and_nothing_are_told(tmp_path: Path) -> None:
    assert "not a file" in str(read_notebook(str(tmp_path))[1])
    assert "not a file" in str(read_notebook(str(tmp_path / "none.ipynb"))[1])


def test_an_old_notebook_is_converted(tmp_path: Path) -> None:
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [
        {"cell_type": "code", "input": "a = 1", "outputs": [], "language": "python", "metadata": {}},
    ]}]}  # fmt: skip
    notebook, problem = _read(tmp_path, old)

    assert problem == ""
    assert [x.source for x in notebook.cells] == ["a = 1"]
