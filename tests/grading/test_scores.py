"""The gradebook gets one float between 0 and the maximum, or nothing and a person is asked. Silence is never full marks."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum, determine_grade

from sig_checker.grading.steps.judge_cells import LOOK, SCORES
from sig_checker.grading.steps.run import RAN, Run
from sig_checker.grading.steps.scores import SaveAutoGrades

SUBMIT = 'submit("q1_derivative", exercise="sigmoid-7-02")'


def _cell(source: str, *outputs: Any, ran: bool = True) -> Any:
    nbgrader = {"schema_version": 3, "grade_id": "check", "grade": True, "solution": False, "locked": True, "task": False,
                "points": 10.0, "cell_type": "code"}  # fmt: skip
    cell = new_code_cell(source, metadata={"nbgrader": nbgrader}, outputs=list(outputs), execution_count=3 if ran else None)
    cell["id"] = "check"
    return cell


def _result(text: str) -> Any:
    return new_output("execute_result", data={"text/plain": text}, execution_count=3)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook is slow to make and quick to copy."""
    file = tmp_path_factory.mktemp("prepared") / "gradebook.db"
    with Gradebook(f"sqlite:///{file}") as gradebook:
        gradebook.add_assignment("a")
        gradebook.add_notebook("n", "a")
        gradebook.add_grade_cell("check", "n", "a", max_score=10.0, cell_type="code")
        gradebook.add_student("s")
        gradebook.add_submission("a", "s")
    return file


@pytest.fixture
def url(prepared: Path, tmp_path: Path) -> str:
    shutil.copy(prepared, tmp_path)
    return f"sqlite:///{tmp_path}/gradebook.db"


def _save(
    url: str, cell: Any, scores: dict[str, Any] | None, tmp_path: Path, *, look: set[str] | None = None
) -> tuple[float | None, bool]:
    resources: dict[str, Any] = {"nbgrader": {"notebook": "n", "assignment": "a", "student": "s", "db_url": url}}
    resources[RAN] = Run(1, tmp_path, {})
    if scores is not None:
        resources[SCORES] = scores
    if look is not None:
        resources[LOOK] = look
    SaveAutoGrades().preprocess(new_notebook(cells=[cell]), resources)
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade("check", "n", "a", "s")
        return grade.auto_score, grade.needs_manual_grade


@pytest.mark.parametrize("score", [0.0, 3.2, 10.0])
def test_a_score_is_written(url: str, tmp_path: Path, score: float) -> None:
    assert _save(url, _cell(SUBMIT), {"check": score}, tmp_path) == (score, False)


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param({"check": None}, id="for a person"),
        pytest.param({}, id="not judged"),
        pytest.param(None, id="no judging at all"),
        pytest.param({"check": math.nan}, id="nan"),
        pytest.param({"check": math.inf}, id="infinite"),
        pytest.param({"check": -1.0}, id="negative"),
        pytest.param({"check": 10.5}, id="above the maximum"),
        pytest.param({"check": True}, id="truth value"),
        pytest.param({"check": "10.0"}, id="text"),
    ],
)
@pytest.mark.parametrize("claim", ["10.0", None])
def test_whatever_is_no_score_asks_a_person(url: str, tmp_path: Path, scores: dict[str, Any] | None, claim: str | None) -> None:
    cell = _cell(SUBMIT, *([] if claim is None else [_result(claim)]))

    assert _save(url, cell, scores, tmp_path) == (None, True)


def test_a_cell_that_a_person_should_look_at_keeps_the_points_of_the_judge(url: str, tmp_path: Path) -> None:
    assert _save(url, _cell(SUBMIT), {"check": 3.2}, tmp_path, look={"check"}) == (3.2, True)
    assert _save(url, _cell(SUBMIT), {"check": 3.2}, tmp_path, look={"other"}) == (3.2, False)


def test_a_manual_score_survives_and_asks_for_another_look(url: str, tmp_path: Path) -> None:
    with Gradebook(url) as gradebook:
        gradebook.find_grade("check", "n", "a", "s").manual_score = 7.0
        gradebook.db.commit()

    assert _save(url, _cell(SUBMIT), {"check": 2.0}, tmp_path) == (2.0, True)
    with Gradebook(url) as gradebook:
        assert gradebook.find_grade("check", "n", "a", "s").score == 7.0


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        pytest.param([], (10.0, False), id="assertions held"),
        pytest.param([_result("4.5")], (4.5, False), id="partial credit"),
        pytest.param([new_output("error", ename="AssertionError", evalue="", traceback=[])], (0.0, False), id="failed"),
        pytest.param([_result("'well done'")], (None, True), id="text"),
        pytest.param([_result("nan")], (None, True), id="nan"),
        pytest.param([_result("-1")], (None, True), id="negative"),
        pytest.param([_result("np.float64(2.5)")], (None, True), id="NumPy's repr"),
        pytest.param([_result("11")], (None, True), id="above the maximum"),
    ],
)
def test_an_ordinary_test_cell_is_graded_as_nbgrader_does_but_fails_closed(
    url: str, tmp_path: Path, outputs: list[Any], expected: tuple[float | None, bool]
) -> None:
    assert _save(url, _cell("assert answer == 1", *outputs), {}, tmp_path) == expected


def test_an_ordinary_test_cell_that_never_ran_asks_a_person(url: str, tmp_path: Path) -> None:
    cell = _cell("assert answer == 1", ran=False)

    assert determine_grade(cell) == (10.0, 10.0)  # nbgrader's own reading of silence
    assert _save(url, cell, {}, tmp_path) == (None, True)


@pytest.mark.parametrize(("text", "expected"), [("YOUR ANSWER HERE", (0.0, False)), ("Because.", (None, True))])
def test_free_text_stays_with_nbgrader(url: str, tmp_path: Path, text: str, expected: tuple[float | None, bool]) -> None:
    nbgrader = {"schema_version": 3, "grade_id": "check", "grade": True, "solution": True, "locked": False, "task": False,
                "points": 10.0, "cell_type": "markdown"}  # fmt: skip
    cell = new_markdown_cell("YOUR ANSWER HERE", metadata={"nbgrader": nbgrader})
    cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    cell.source = text
    with Gradebook(url) as gradebook:
        gradebook.add_solution_cell("check", "n", "a")
        gradebook.remove_submission("a", "s")
        gradebook.add_submission("a", "s")

    assert _save(url, cell, {}, tmp_path) == expected
