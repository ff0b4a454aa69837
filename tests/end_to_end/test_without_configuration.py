"""A course whose configuration does not know us: the check cells are worth nothing and say which lines are missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from courses import EMPTY, RIGHT, autograded, cell_of, generate, hand_in, points, run, write_course
from nbformat import from_dict
from nbgrader.utils import determine_grade

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_course(tmp_path_factory.mktemp("plain"), config="")
    generate(made)
    hand_in(made, "honest", RIGHT)
    run(made, "nbgrader", "autograde", "small")
    return made


def test_every_check_cell_is_worth_nothing(course: Path) -> None:
    assert points(course, "honest") == EMPTY
    for name in ("one", "two"):
        cells = [cell for cell in autograded(course, "honest", name)["cells"] if "submit(" in "".join(cell["source"])]
        assert cells
        for cell in cells:
            assert determine_grade(from_dict(cell))[0] == 0.0


def test_the_cell_says_which_lines_are_missing(course: Path) -> None:
    cell = cell_of(autograded(course, "honest", "one"), "q1_derivative")
    text = "".join("".join(x["text"]) for x in cell["outputs"] if x["output_type"] == "stream")

    assert "from sig_checker.grading import configure" in text
    assert "configure(c)" in text


def test_our_command_refuses_with_the_same_lines(course: Path) -> None:
    done = run(course, "sig-checker", "grade", check=False)

    assert done.returncode == 2
    assert "configure(c)" in done.stderr
