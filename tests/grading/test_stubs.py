"""What a released notebook has where a solution stood: one line that can be run, in every notebook that is released."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

from sig_checker.grading import configure

SOURCE = Path(__file__).resolve().parents[2] / "source"
STUB = "# 여기에 답을 쓰세요 (write your answer here)"


def cleared(notebook: nbformat.NotebookNode, **settings: object) -> nbformat.NotebookNode:
    config = Config({"ClearSolutions": settings})
    configure(config)
    return ClearSolutions(config=config).preprocess(notebook, {})[0]


@pytest.mark.parametrize("path", sorted(SOURCE.glob("*/*.ipynb")), ids=lambda x: f"{x.parent.name}-{x.stem}")
def test_an_answer_cell_has_one_stub_and_can_be_run(path: Path) -> None:
    notebook = cleared(nbformat.read(path, as_version=4))
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            assert cell.source.count(STUB) == 1
            assert "NotImplementedError" not in cell.source
            exec(compile(cell.source, path.name, "exec"), {})  # our own source; it ends in no error


def test_a_course_may_have_a_stub_of_its_own_and_notebooks_in_other_languages() -> None:
    def notebook(language: str = "python") -> nbformat.NotebookNode:
        cell = new_code_cell("### BEGIN SOLUTION\nx\n### END SOLUTION", metadata={"nbgrader": {"solution": True}})
        kernel = {"name": "x", "display_name": "x", "language": language}
        return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})

    assert cleared(notebook(), code_stub={"python": "# mine"}).cells[0].source == "# mine"
    assert "fail()" in cleared(notebook("R")).cells[0].source
