"""What nbgrader releases to the students holds every task, and nothing from which an answer could be read.

The search is done twice: by text, for spellings of the answers and for traces of the regions that nbgrader removes;
and by the judge, to which every piece of text, code and mathematics in the release is handed in as an answer to every
task. Both searches are also let loose on the instructor's version, where they must find everything.
"""

from __future__ import annotations

import ast
import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from spellings import SPELLINGS, squeezed

from sig_checker.exercises.sigmoid_7_02 import EXERCISE
from sig_checker.judging import judge
from sig_checker.verdicts import Verdict

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "source" / EXERCISE.name
FUNCTIONS = {"q1_function": "dsigmoid", "q1_backprop_function": "backprop"}
ANSWERED = [task for task in EXERCISE.tasks if task.asks != "essay"]

def _notebooks(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.ipynb"))}


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _cells(notebooks: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, notebook in notebooks.items():
        for cell in notebook["cells"]:
            yield name, cell


def _graded(cell: dict[str, Any]) -> dict[str, Any]:
    return cell["metadata"].get("nbgrader", {})


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    release = runpy.run_path(str(ROOT / "tests" / "demo_class.py"))["release"]
    return release(tmp_path_factory.mktemp("course"))


def _spelled(notebooks: dict[str, Any]) -> set[str]:
    """The subjects of which a spelling occurs anywhere in the notebooks."""
    strings = squeezed("\n".join(_strings(notebooks)))
    return {subject for subject, spellings in SPELLINGS.items() if any(spelling in strings for spelling in spellings)}


def _strings(node: Any) -> Iterator[str]:
    """Every text in a notebook: sources joined, outputs, metadata keys and values."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        if all(isinstance(item, str) for item in node):
            yield "".join(node)
        else:
            for item in node:
                yield from _strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _strings(value)


def _fragments(cell: dict[str, Any]) -> Iterator[Any]:
    """Whatever in a cell might be typed as an answer: values and expressions of code, formulas and their sides, code spans."""
    text = _source(cell)
    code = [text] if cell["cell_type"] == "code" else re.findall(r"```(?:python)?\n(.*?)```", text, flags=re.DOTALL)
    for block in code:
        yield from _python_fragments(block)
    if cell["cell_type"] == "code":
        return
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for span in re.findall(r"`([^`\n]+)`", text):
        yield from _python_fragments(span)
        yield span
    for display, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", text, flags=re.DOTALL):
        formula = display or inline
        yield formula
        yield from (side.strip() for side in re.split(r"=|\\longrightarrow|\\qquad|\\to|,", formula) if side.strip())


def _python_fragments(block: str) -> Iterator[Any]:
    try:
        tree = ast.parse(block)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            yield ast.unparse(node)
            try:
                yield ast.literal_eval(node)
            except ValueError:
                continue


def _is_right(task_id: str, answer: Any) -> bool:
    return judge(EXERCISE, task_id, {"kind": "data", "value": answer}).report.verdict is Verdict.PROVED


def _given_away(notebooks: dict[str, Any]) -> set[tuple[str, str]]:
    """(notebook, task) where some fragment of the notebook is a right answer to the task."""
    found = set()
    for name, notebook in notebooks.items():
        fragments = {json.dumps(f, sort_keys=True): f for cell in notebook["cells"] for f in _fragments(cell) if _is_json(f)}
        for task in ANSWERED:
            if task.id not in FUNCTIONS and any(_is_right(task.id, fragment) for fragment in fragments.values()):
                found.add((name, task.id))
    return found


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True


def test_release_is_three_notebooks_and_nothing_else(released: Path) -> None:
    assert sorted(path.name for path in released.rglob("*")) == ["q1.ipynb", "q2.ipynb", "q3.ipynb"]


def test_no_spelling_of_an_answer_stands_in_the_release(released: Path) -> None:
    assert _spelled(_notebooks(released)) == set()


def test_the_search_by_text_finds_every_subject_in_the_instructors_version() -> None:
    assert _spelled(_notebooks(SOURCE)) == set(SPELLINGS)


def test_nothing_in_the_release_is_a_right_answer(released: Path) -> None:
    given_away = _given_away(_notebooks(released))

    # 3-1 asks about z = 0, so that notebook cannot help naming a number that is right elsewhere
    assert given_away <= {("q3", "q2_argmax"), ("q3", "q2_minimum"), ("q3", "q2_argmin")}


def test_the_search_by_judging_finds_every_answer_in_the_instructors_version() -> None:
    given_away = _given_away(_notebooks(SOURCE))

    assert {task for _, task in given_away} == {task.id for task in ANSWERED if task.id not in FUNCTIONS}


def test_answer_cells_are_stubs(released: Path) -> None:
    cells = [cell for _, cell in _cells(_notebooks(released)) if _graded(cell).get("solution")]
    stubs = {_graded(cell)["grade_id"]: _source(cell) for cell in cells}

    assert set(stubs) == {f"{task.id}_answer" for task in ANSWERED}
    for grade_id, source in stubs.items():
        task_id = grade_id.removesuffix("_answer")
        statement, *rest = ast.parse(source).body
        if task_id in FUNCTIONS:
            assert isinstance(statement, ast.FunctionDef)
            assert statement.name == FUNCTIONS[task_id]
            assert [type(line) for line in statement.body] == [ast.Expr, ast.Pass], "a docstring and nothing else"
            assert rest == []
        else:
            assert isinstance(statement, ast.Assign)
            assert [type(x) for x in rest] == [ast.Pass]
            assert ast.unparse(statement.targets[0]) == task_id
            left = ast.literal_eval(statement.value)
            assert left is None or left == {"probability": None, "certainty": None, "update": None}
        comments = re.findall(r"#.*", source)
        assert comments == ["# 여기에 답을 쓰세요 (write your answer here)"]


def test_check_cells_are_one_locked_line(released: Path) -> None:
    checks = {_graded(cell)["grade_id"]: cell for _, cell in _cells(_notebooks(released)) if _graded(cell).get("grade")}

    assert set(checks) == {task.id for task in ANSWERED}
    for task_id, cell in checks.items():
        assert _source(cell) == f'submit("{task_id}", exercise="{EXERCISE.name}")'
        assert cell["metadata"]["editable"] is False
        assert cell["metadata"]["deletable"] is False


@pytest.mark.parametrize("version", ["source", "release"])
def test_points_are_those_of_the_exercise(version: str, released: Path) -> None:
    notebooks = _notebooks(SOURCE if version == "source" else released)
    points = {_graded(cell)["grade_id"]: _graded(cell)["points"] for _, cell in _cells(notebooks) if "points" in _graded(cell)}

    assert points == {task.id: task.points for task in EXERCISE.tasks}
    assert sum(points.values()) == 100
    for name, cell in _cells(notebooks):
        for task_id in re.findall(r"`(q\d_\w+)` \(", _source(cell)):
            assert f"`{task_id}` ({EXERCISE.task(task_id).points}점)" in _source(cell), f"{name} shows other points"


def test_release_keeps_no_outputs_and_only_nbgraders_metadata(released: Path) -> None:
    allowed = {"grade", "grade_id", "locked", "schema_version", "solution", "task", "points", "checksum", "cell_type"}
    for _, cell in _cells(_notebooks(released)):
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert set(cell["metadata"]) <= {"nbgrader", "editable", "deletable"}
        assert set(_graded(cell)) <= allowed
        assert "attachments" not in cell
    for notebook in _notebooks(released).values():
        assert notebook["metadata"] == {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }


def test_the_essay_keeps_its_question_and_loses_its_rubric(released: Path) -> None:
    (before,) = [cell for _, cell in _cells(_notebooks(SOURCE)) if _graded(cell).get("grade_id") == "q3_essay"]
    (after,) = [cell for _, cell in _cells(_notebooks(released)) if _graded(cell).get("grade_id") == "q3_essay"]

    question, _, rubric = _source(before).partition("=== BEGIN MARK SCHEME ===")
    assert "채점 기준 (14점)" in rubric
    assert _source(after).strip() == question.strip()
    assert _graded(after)["task"] is True


def _instructors_answers() -> dict[str, Any]:
    """The answers of the instructor's version, by running its answer cells (they are ours)."""
    names: dict[str, Any] = {"np": np}
    for _, cell in _cells(_notebooks(SOURCE)):
        if _graded(cell).get("solution"):
            exec(_source(cell), names)
    return names


@pytest.mark.parametrize("task", [task for task in ANSWERED if task.id not in FUNCTIONS], ids=lambda task: task.id)
def test_the_instructors_answers_earn_all_points(task: Any) -> None:
    judgement = judge(EXERCISE, task.id, {"kind": "data", "value": _instructors_answers()[task.id]})

    assert judgement.points == task.points


@pytest.mark.parametrize("z", [-1000.0, -745.0, -30.0, -1.5, 0.0, 1e-9, 2.0, 40.0, 1e308])
def test_the_instructors_functions_are_right(z: float) -> None:
    names = _instructors_answers()
    with mpmath.workdps(50):
        truth = float(mpmath.exp(-abs(mpmath.mpf(z))) / (1 + mpmath.exp(-abs(mpmath.mpf(z)))) ** 2)

    # relative 1e-15 holds the few roundings of exp, square and quotient; 1e-320 the subnormals' own rounding
    assert names["dsigmoid"](np.array([z]))[0] == pytest.approx(truth, rel=2e-15, abs=1e-320)
    assert names["backprop"](np.array([-3.0]), np.array([z]))[0] == pytest.approx(-3.0 * truth, rel=2e-15, abs=1e-320)
