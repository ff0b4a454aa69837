"""Makes the notebooks of a new exercise from the templates: the text is a template's, what nbgrader must know is put in here.

A template is a text file of cells. Each begins with a line `=== kind name`, perhaps followed by `if condition`:

    markdown    text for students
    setup       the imports
    mine        the cell that shows a student's own function
    answer      where a task is answered, with the solution that nbgrader takes out
    check       hands the task in
    essay       the text of a task that a person grades, with the mark scheme that nbgrader takes out

In the text «name» stands for a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["QUESTIONS", "Solution", "notebook"]

QUESTIONS = ("q1", "q2", "q3")
_TEMPLATES = Path(__file__).parent / "templates"
_HEAD = re.compile(r"^=== (\w+) ([\w-]+)(?: if (\w+))?$", flags=re.MULTILINE)
_VALUE = re.compile(r"«([^»]*)»")
_ID_HINT = {
    "ko": "student_id = None  # 자기 컴퓨터에서는 제출할 때 쓰는 아이디를 따옴표 안에 써 주세요",
    "en": "student_id = None  # on your own computer: the id under which you hand in, in quotes",
}


@dataclass(frozen=True, slots=True)
class Solution:
    """A right answer cell: source of a function, or of an assignment."""

    source: str
    signature: str = ""  # of the function, "" where a name is bound


def notebook(
    question: str, *, language: str, exercise: str, values: Mapping[str, str], conditions: Collection[str],
    points: Mapping[str, float], solutions: Mapping[str, Solution],
) -> str:  # fmt: skip
    """The notebook as the text of its file.

    Args:
        exercise: its name, for the check cells.
        values: what the names in the text stand for.
        conditions: those that hold.
        points: of each task.
        solutions: of each task that has an answer cell.
    """
    text = (_TEMPLATES / language / f"{question}.md").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    cells = []
    for kind, name, condition, body in zip(*[iter(parts)] * 4, strict=True):
        if condition is None or condition in conditions:
            source = _VALUE.sub(lambda found: values[found[1]], body.strip("\n"))
            cells.append(_cell(kind, name, source, language=language, exercise=exercise, points=points, solutions=solutions))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _cell(
    kind: str, name: str, source: str, *, language: str, exercise: str,
    points: Mapping[str, float], solutions: Mapping[str, Solution],
) -> dict[str, Any]:  # fmt: skip
    if kind == "markdown":
        return _made("markdown", name, source, {})
    if kind == "essay":
        return _made("markdown", name, source, _nbgrader(name, points=points[name], locked=True, task=True))
    if kind == "setup":
        imports = "import numpy as np\n\nfrom sig_checker import submit"
        return _made("code", f"{name}-setup", imports, _nbgrader(f"{name}_setup", locked=True))
    if kind == "mine":
        shows = f"from sig_checker import show_exercise\n\n{_ID_HINT[language]}\n"
        return _made("code", f"{name}-mine-shown", shows + f'show_exercise("{exercise}", student=student_id)', {})
    if kind == "answer":
        return _made("code", f"{name}-answer", _answer(name, solutions[name]), _nbgrader(f"{name}_answer", solution=True))
    assert kind == "check", kind
    return _made("code", f"{name}-check", f'submit("{name}", exercise="{exercise}")',
                 _nbgrader(name, points=points[name], locked=True))  # fmt: skip


def _answer(name: str, solution: Solution) -> str:
    if not solution.signature:
        return f"{name} = None\n### BEGIN SOLUTION\n{solution.source}\n### END SOLUTION"
    body = "\n".join(f"    {line}" if line else "" for line in solution.source.splitlines())
    return f"{solution.signature}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"


def _nbgrader(
    name: str, *, points: float | None = None, solution: bool = False, locked: bool = False, task: bool = False
) -> dict[str, Any]:
    grade = {} if points is None else {"points": points}
    return {"nbgrader": {
        "grade": points is not None and not task, "grade_id": name, "locked": locked, **grade,
        "schema_version": 3, "solution": solution, "task": task,
    }}  # fmt: skip


def _made(kind: str, name: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    lines = source.splitlines(keepends=True)
    return {"cell_type": kind, "id": name.replace("_", "-"), "metadata": metadata, **code, "source": lines}
