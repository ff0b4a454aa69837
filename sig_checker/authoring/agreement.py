"""Whether an exercise and its notebooks fit together: each task has one check cell, which is worth the same points."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.notebook.display import points_text
from sig_checker.verdicts import Message

__all__ = ["disagreements"]


def disagreements(folder: Path, exercise: Exercise) -> Iterator[Message]:
    """What does not fit, one sentence each."""
    try:
        from sig_checker.grading.steps.check_cells import check_cell  # noqa: PLC0415 - loads nbgrader
        from sig_checker.grading.submissions import read_notebook  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigError(Message(
            "testing an exercise needs {module}; install it with: {command}",
            module=error.name or "", command="pip install 'sig-checker[grading]'",
        )) from None  # fmt: skip

    asked: dict[str, list[tuple[str, float]]] = {}
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        yield Message("There are no notebooks in {folder}.", folder=folder)
        return
    for path in paths:
        notebook, problem = read_notebook(str(path))
        if problem is not None:
            yield Message("{where}: {problem}", where=path.name, problem=problem)
        for cell in notebook.cells:
            name, points = _graded(cell)
            if name is None:
                continue
            where = f"{path.name}, {name}"
            if cell.cell_type == "markdown":
                asked.setdefault(name, []).append((where, points))
                continue
            try:
                asks = check_cell(cell)
            except ConfigError as error:
                yield Message("{where}: {problem}", where=where, problem=error.message)
                continue
            if asks is not None and asks.exercise == exercise.name:
                asked.setdefault(asks.task, []).append((where, points))
            elif asks is not None:
                yield Message("{where}: the check cell asks about the exercise {other}.", where=where, other=asks.exercise)
    yield from _compared(asked, exercise)


def _graded(cell: Any) -> tuple[str | None, float]:
    about = cell.metadata.get("nbgrader", {})
    if not (about.get("grade") or about.get("task")):
        return None, 0.0
    return str(about.get("grade_id")), float(json.loads(json.dumps(about.get("points", 0))) or 0)


def _compared(asked: dict[str, list[tuple[str, float]]], exercise: Exercise) -> Iterator[Message]:
    known = {task.id: task for task in exercise.tasks}
    for name, places in asked.items():
        if name not in known:
            yield Message("{where}: the exercise has no task {task}.", where=places[0][0], task=name)
            continue
        for where, _ in places[1:]:
            yield Message("{where}: the task {task} was asked before.", where=where, task=name)
        for where, points in places:
            if points != known[name].points:
                yield Message("{where}: worth {points} points in the notebook, {other} in the exercise.",
                              where=where, points=points_text(points), other=points_text(known[name].points))  # fmt: skip
    for name in known.keys() - asked.keys():
        yield Message("No notebook asks for {task}.", task=name)
