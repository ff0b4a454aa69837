"""Which cells are check cells, and of which task: read from the instructor's source, in which `submit` is called."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from functools import lru_cache
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
    calls = _calls(cell.source)
    if not calls:
        return None
    where = cell.metadata["nbgrader"].get("grade_id")
    if len(calls) > 1:
        raise ConfigError(Message(
            "check cell {cell!r} calls submit {count} times; one cell checks one task", cell=str(where), count=len(calls)
        ))  # fmt: skip
    task, exercise = calls[0]
    if task is None or exercise is None:
        raise ConfigError(Message(
            "check cell {cell!r} must name its task and exercise literally, as in {example}",
            cell=str(where), example='submit("q1_derivative", exercise="sigmoid-7-02")',
        ))  # fmt: skip
    return CheckCell(exercise, task)


@lru_cache(maxsize=1024)  # each step asks about each cell of each submission
def _calls(source: str) -> tuple[tuple[str | None, str | None], ...]:
    """Task and exercise of each call of `submit`, None where they are not literal."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()  # magics and the like: an ordinary test cell
    found = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) == "submit":
            options = {keyword.arg: keyword.value for keyword in call.keywords}
            task = _literal(call.args[0] if call.args else options.get("task_id"))
            found.append((task, _literal(options["exercise"]) if "exercise" in options else _DEFAULT_EXERCISE))
    return tuple(found)


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
