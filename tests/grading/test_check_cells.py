"""Which cells are check cells is read from the instructor's source."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from sig_checker.errors import ConfigError
from sig_checker.grading import configure, require_configured
from sig_checker.grading.steps.check_cells import CheckCell, check_cell


def _cell(source: str, *, make: Any = new_code_cell, grade: bool = True, solution: bool = False) -> Any:
    return make(source, metadata={"nbgrader": {"grade_id": "c", "grade": grade, "solution": solution}})


@pytest.mark.parametrize(
    "source",
    [
        'submit("q1_derivative", exercise="sigmoid-7-02")',
        'submit("q1_derivative")',
        "from sig_checker import submit\nsubmit('q1_derivative', 3)",
        'import sig_checker\nsig_checker.submit(task_id="q1_derivative")',
    ],
)
def test_a_call_of_submit_makes_a_check_cell(source: str) -> None:
    assert check_cell(_cell(source)) == CheckCell("sigmoid-7-02", "q1_derivative")


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(_cell("assert answer == 1"), id="other test"),
        pytest.param(_cell('"submit" in answer'), id="only the word"),
        pytest.param(_cell("%%bash\nsubmit it"), id="magic"),
        pytest.param(_cell('submit("q")', grade=False), id="not graded"),
        pytest.param(_cell('submit("q")', solution=True), id="graded by hand"),
        pytest.param(_cell('submit("q")', make=new_markdown_cell), id="text"),
    ],
)
def test_everything_else_is_none(cell: Any) -> None:
    assert check_cell(cell) is None


@pytest.mark.parametrize("source", ['submit("a"); submit("b")', "submit(name)", 'submit("a", exercise=which)', "submit()"])
def test_an_instructor_hears_of_a_cell_that_cannot_be_graded(source: str) -> None:
    with pytest.raises(ConfigError, match="'c'"):
        check_cell(_cell(source))


def test_two_lines_configure_a_course() -> None:
    from traitlets.config import Config  # noqa: PLC0415 - this test alone needs it

    c = Config()
    with pytest.raises(ConfigError, match="configure"):
        require_configured(c)
    configure(c)
    require_configured(c)
