"""Which cells are check cells, and of which task: read from the instructor's source, in which `submit` is called."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import Any

from nbgrader.utils import is_grade, is_solution

from sig_checker.errors import ConfigError
from sig_checker.notebook.submit import submit
from sig_checker.verdicts import Message

__all__ = ["CheckCell", "check_cell"]

_DEFAULT_EXERCISE = str(inspect.signature(submit).parameters["exercise"].default)


@dataclass(frozen=True, slots=True)
class CheckCell:
    exercise: str
    task: str


def check_cell(cell: Any) -> CheckCell | None:
    """What a graded code cell checks, or None where it does not call `submit`.

    The source must be the instructor's (the restored cell's), not a submission's.

    Raises:
        ConfigError: the cell calls `submit` more than once or not with literal names.
    """
    if not is_grade(cell) or is_solution(cell) or cell.cell_type != "code" or "submit" not in cell.source:
        return None
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return None  # magics and the like: an ordinary test cell
    calls = [x for x in ast.walk(tree) if isinstance(x, ast.Call) and _name(x.func) == "submit"]
    if not calls:
        return None
    where = cell.metadata["nbgrader"].get("grade_id")
    if len(calls) > 1:
        raise ConfigError(Message(
            "check cell {cell!r} calls submit {count} times; one cell checks one task", cell=str(where), count=len(calls)
        ))  # fmt: skip
    options = {keyword.arg: keyword.value for keyword in calls[0].keywords}
    task = _literal(calls[0].args[0] if calls[0].args else options.get("task_id"))
    exercise = _literal(options["exercise"]) if "exercise" in options else _DEFAULT_EXERCISE
    if task is None or exercise is None:
        raise ConfigError(Message(
            "check cell {cell!r} must name its task and exercise literally, as in {example}",
            cell=str(where), example='submit("q1_derivative", exercise="sigmoid-7-02")',
        ))  # fmt: skip
    return CheckCell(exercise, task)


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
