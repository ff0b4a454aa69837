"""`nbgrader validate` says of a student's notebook what the grade will say, as far as the task's feedback level lets it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from courses import ASSIGNMENT, RIGHT, generate, grade_id, hand_in, points, run, write_course

pytestmark = pytest.mark.end_to_end

UNSTABLE = "import numpy as np\ndef dsigmoid(z):\n    return np.exp(-z) / (1 + np.exp(-z)) ** 2"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_course(tmp_path_factory.mktemp("validate"))
    generate(folder)
    return folder


def write_the_essay(_: str, notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if grade_id(cell) == "essay":
            cell["source"] = "A sentence."


def validated(course: Path, student: str, notebook: str, answers: Mapping[str, str]) -> str:
    folder = hand_in(course, student, {**RIGHT, **answers}, write_the_essay)
    return run(folder, "nbgrader", "validate", f"{notebook}.ipynb", home=course).stdout


def failed(said: str) -> list[str]:
    return re.findall(r'submit\("(\w+)"', said)


def test_right_answers_pass(course: Path) -> None:
    assert "Success! Your notebook passes all the tests." in validated(course, "right", "one", {})


def test_wrong_answers_fail_with_the_report_of_their_level(course: Path) -> None:
    said = validated(course, "wrong", "one", {"q1_derivative": 'q1_derivative = "a(1+a)"', "q1_function": UNSTABLE})

    assert failed(said) == ["q1_derivative", "q1_function"]
    assert "VALIDATION FAILED ON 2 CELL(S)" in said
    assert "q1_derivative: 맞지 않습니다." in said
    assert "|z| = 709.7까지는" in said  # worth 80% when it is graded
    assert "0.1966" not in said  # the right value at the witness is for the level "full"
    assert "..." not in said.replace("'...'", "")  # nothing was cut off


def test_at_the_level_read_right_and_wrong_cannot_be_told_apart(course: Path) -> None:
    right = validated(course, "right", "two", {})
    wrong = validated(course, "wrong", "two", {"q2_maximum": "q2_maximum = 0.5", "q2_argmax": "q2_argmax = '±∞'"})

    assert "Success!" in right
    assert wrong == right


def test_what_cannot_be_read_fails_at_every_level(course: Path) -> None:
    said = validated(course, "unread", "two", {"q2_maximum": 'q2_maximum = "1/(4"', "q2_argmax": "q2_argmax = None"})

    assert failed(said) == ["q2_maximum", "q2_argmax"]
    assert "답이 없습니다" in said


def test_grading_without_the_configuration_gives_nothing_for_a_notebook_that_would_pass(course: Path) -> None:
    """The result that `validate` takes for a pass exists under `validate` only."""
    hand_in(course, "right", RIGHT)
    (course / "nbgrader_config.py").write_text(
        (course / "nbgrader_config.py").read_text(encoding="utf-8").replace("configure(c)\n", ""), encoding="utf-8"
    )
    run(course, "nbgrader", "autograde", ASSIGNMENT, "--student", "right")

    assert set(points(course, "right").values()) == {0.0}
