"""Both languages of question 7-02 ask the same: the same cells, ids, points and tasks, told in one language each."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sig_checker.exercises import load

SOURCE = Path(__file__).resolve().parents[2] / "source"
KOREAN, ENGLISH = load("sigmoid-7-02"), load("sigmoid-7-02-en")
NOTEBOOKS = ("q1", "q2", "q3")
HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def cells(exercise: str, name: str) -> list[dict[str, Any]]:
    notebook = json.loads((SOURCE / exercise / f"{name}.ipynb").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = notebook["cells"]
    return found


def text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def spans(cell: dict[str, Any]) -> list[str]:
    """What a text shows of code and formulas, apart from a comment and from words between formulas."""
    shown = re.findall(r"```python\n.*?```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$", text(cell), flags=re.DOTALL)
    return sorted({x for x in shown if not HANGUL.search(x)})


def code(cell: dict[str, Any]) -> str:
    """The program of a cell without its docstrings and comments."""
    tree = ast.parse(text(cell))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def pairs() -> list[Any]:
    found = []
    for name in NOTEBOOKS:
        ours, theirs = cells(KOREAN.name, name), cells(ENGLISH.name, name)
        assert len(ours) == len(theirs)
        found += [pytest.param(a, b, id=a["id"]) for a, b in zip(ours, theirs, strict=True)]
    return found


def test_the_exercises_differ_in_name_and_language_alone() -> None:
    assert (KOREAN.language, ENGLISH.language) == ("ko", "en")
    assert replace(ENGLISH, name=KOREAN.name, language=KOREAN.language) == KOREAN


def test_both_have_the_same_notebooks() -> None:
    found = [sorted(x.name for x in (SOURCE / exercise.name).iterdir()) for exercise in (KOREAN, ENGLISH)]

    assert found == [[f"{name}.ipynb" for name in NOTEBOOKS]] * 2


@pytest.mark.parametrize(("ours", "theirs"), pairs())
def test_a_cell_asks_the_same_in_both_languages(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert {**theirs, "source": ""} == {**ours, "source": ""}  # id, type, grade id, points, locks
    assert not HANGUL.search(text(theirs))
    if ours["cell_type"] == "code":
        assert code(theirs) == code(ours).replace(f"'{KOREAN.name}'", f"'{ENGLISH.name}'")
    else:
        assert spans(theirs) == spans(ours)
        assert ours["id"] == "q3-essay-answer" or HANGUL.search(text(ours))


def test_the_points_of_both_are_the_tasks() -> None:
    for exercise in (KOREAN, ENGLISH):
        graded = {
            cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"]["nbgrader"]["points"]
            for name in NOTEBOOKS for cell in cells(exercise.name, name) if "points" in cell["metadata"].get("nbgrader", {})
        }  # fmt: skip
        assert graded == {task.id: task.points for task in exercise.tasks}
        assert sum(graded.values()) == 100
