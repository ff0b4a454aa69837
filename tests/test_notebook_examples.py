"""What the notebooks tell students to type is understood: each worked example is right for the function it speaks of."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sig_checker.exercise import Exercise, Task
from sig_checker.exercises.sigmoid_7_02 import EXERCISE
from sig_checker.judging import judge
from sig_checker.notebook.answers import describe
from sig_checker.verdicts import Verdict

SOURCE = Path(__file__).resolve().parents[1] / "source" / EXERCISE.name

# the functions of which the notebooks' examples speak, by task
SPOKEN_OF = {
    "q1_steps": "z^2*exp(z)",
    "q1_derivative": "z*exp(-z)",
    "q2_second_derivative": "z^3 + sin(z)",
}


def _markdown() -> str:
    cells = [cell for path in sorted(SOURCE.glob("*.ipynb")) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def _examples() -> list[tuple[str, Any]]:
    """(task, the value that the example binds to its name), by running the examples, which are ours."""
    import sympy as sp  # noqa: PLC0415  heavy, and wanted by the examples alone

    found = []
    names: dict[str, Any] = {"sp": sp}
    names.update(zip(("z", "a", "dL_da"), sp.symbols("z a dL_da", real=True), strict=True))
    for block in re.findall(r"```python\n(.*?)```", _markdown(), flags=re.DOTALL):
        for statement in ast.parse(block).body:
            exec(ast.unparse(statement), names)
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if name in {task.id for task in EXERCISE.tasks} or name == "q3_example":
                    found.append((name, names[name]))
    return found


EXAMPLES = _examples()


def _labels(examples: list[tuple[str, Any]]) -> list[str]:
    return [f"{task_id}: {value}" for task_id, value in examples]


ABOUT_A_FUNCTION = [example for example in EXAMPLES if example[0] in SPOKEN_OF]


def test_every_kind_of_answer_has_its_example() -> None:
    shown = {task_id for task_id, _ in EXAMPLES}
    functions = {"q1_function", "q1_backprop_function"}  # their examples bind other names

    assert shown >= {task.id for task in EXERCISE.tasks if task.asks not in ("meaning", "essay")} - functions
    assert "q3_example" in shown


@pytest.mark.parametrize(("task_id", "value"), ABOUT_A_FUNCTION, ids=_labels(ABOUT_A_FUNCTION))
def test_an_example_is_right_for_its_function_and_wrong_for_the_question(task_id: str, value: Any) -> None:
    task = EXERCISE.task(task_id)
    other = Exercise("example", SPOKEN_OF[task_id], (Task(task_id, task.asks, task.points, order=task.order),))

    assert judge(other, task_id, describe(value)).report.verdict is Verdict.PROVED
    assert judge(EXERCISE, task_id, describe(value)).report.verdict is Verdict.REFUTED


@pytest.mark.parametrize(("task_id", "value"), EXAMPLES, ids=_labels(EXAMPLES))
def test_an_example_is_read_and_is_no_answer(task_id: str, value: Any) -> None:
    tasks = ("q3_at_zero", "q3_at_infinity") if task_id == "q3_example" else (task_id,)
    for task in tasks:
        assert judge(EXERCISE, task, describe(value)).report.verdict is Verdict.REFUTED


TABLE = re.findall(r"^\| \$.*\|$", _markdown(), flags=re.MULTILINE)
NOTATIONS = [ast.literal_eval(span) for row in TABLE for span in re.findall(r"`([^`]+)`", row) if "값" not in row]


def _told(what: str) -> list[Any]:
    """The code spans behind the word `what` in the table of values and places, up to the next word."""
    parts = [part for row in TABLE for part in re.findall(rf"{what} (`.*?`)(?:, 위치| \|$)", row)]
    return [ast.literal_eval(span) for part in parts for span in re.findall(r"`([^`]+)`", part)]


VALUES = _told("값")
PLACES = _told("위치")


def test_the_tables_of_notations_were_found() -> None:
    assert len(NOTATIONS) >= 14
    assert len(VALUES) >= 4
    assert len(PLACES) >= 6


@pytest.mark.parametrize("text", NOTATIONS)
def test_a_notation_of_the_table_is_read(text: str) -> None:
    assert judge(EXERCISE, "q1_backprop", describe(text)).report.verdict is Verdict.REFUTED


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_value_of_the_table_is_read(value: Any) -> None:
    assert judge(EXERCISE, "q2_maximum", describe(value)).report.verdict is Verdict.REFUTED


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_place_of_the_table_is_read(place: Any) -> None:
    assert judge(EXERCISE, "q2_argmax", describe(place)).report.verdict is Verdict.REFUTED
