"""The files of a new exercise: notebooks, the exercise itself, and the author's table outside of the assignment's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sig_checker.authoring.facts import general
from sig_checker.authoring.new import EXTREMES, Made
from sig_checker.authoring.notebooks import QUESTIONS, notebook
from sig_checker.authoring.table import Row
from sig_checker.authoring.writing import entry, table
from sig_checker.exercise import Exercise, Task
from sig_checker.exercise_files import FILE
from sig_checker.notebook.display import points_text
from sig_checker.reading import to_latex

__all__ = ["files"]

_DIGITS_WORD = {"ko": ", 소수", "en": ", decimals"}
_EXERCISE_NOTE = {
    "ko": "# 이 과제의 문항. 노트북과 함께 학생에게 배포되므로 정답은 여기에 쓰지 않습니다.",
    "en": "# The exercise of this assignment. It is released with the notebooks: nothing here may give an answer away.",
}
_TABLE_NOTE = {
    "ko": "# 출제자의 정답과 오답. 학생에게 배포되지 않습니다. 확인하는 명령: sig-checker test {name}",
    "en": "# The author's right and wrong answers. They are never released. To check them: sig-checker test {name}",
}


def files(made: Made, folder: Path, answers: Path) -> dict[Path, str]:
    """What is to be written: the notebooks and the exercise into the assignment's folder, the table outside of it."""
    exercise = made.exercise
    points = {task.id: task.points for task in exercise.tasks}
    texts = _values(exercise, points)
    conditions = [name for name, holds in (
        ("parameters", exercise.choices), ("code", made.code), ("extremes", "q2_maximum" in points),
        ("digits", any(x.digits for x in exercise.tasks)),
        ("exact", "q2_maximum" in points and any(x.asks in EXTREMES and not x.digits for x in exercise.tasks)),
    ) if holds]  # fmt: skip
    found = {folder / FILE: _exercise_text(exercise), answers: _table_text(exercise, made.rows)}
    for question in QUESTIONS:
        found[folder / f"{question}.ipynb"] = notebook(
            question, language=exercise.language, exercise=exercise.name, values=texts, conditions=conditions,
            points=points, solutions=made.solutions,
        )  # fmt: skip
    return found


def _values(exercise: Exercise, points: Mapping[str, float]) -> dict[str, str]:
    def total(question: str) -> str:
        return points_text(sum(x for task, x in points.items() if task.startswith(question)))

    word = _DIGITS_WORD[exercise.language]
    return {
        "v": exercise.variable, "a": exercise.activation, "title": exercise.title, "function": to_latex(general(exercise)),
        "letters": ", ".join(f"${name}$" for name in exercise.choices),
        **{f"points_{question}": total(question) for question in QUESTIONS},
        **{f"points:{task}": points_text(x) for task, x in points.items()},
        **{f"digits:{task.id}": word if task.digits else "" for task in exercise.tasks},
    }  # fmt: skip


def _exercise_text(exercise: Exercise) -> str:
    head = [entry(key, getattr(exercise, key)) for key in ("name", "title", "language", "function", "variable", "activation")]
    seed = [entry("seed", exercise.seed)] if exercise.choices else []
    blocks = ["\n".join([_EXERCISE_NOTE[exercise.language], *head, *seed])]
    if exercise.choices:
        blocks.append(table("[parameters]", exercise.choices))
    blocks += [table("[[tasks]]", _task_entries(task)) for task in exercise.tasks]
    return "\n\n".join(blocks) + "\n"


def _task_entries(task: Task) -> dict[str, Any]:
    found: dict[str, Any] = {"id": task.id, "asks": task.asks, "points": task.points, "feedback": task.feedback}
    usual = Task(task.id, task.asks, task.points)
    return found | {key: getattr(task, key) for key in ("order", "name", "digits") if getattr(task, key) != getattr(usual, key)}


def _table_text(exercise: Exercise, rows: Sequence[Row]) -> str:
    blocks: dict[tuple[object, ...], dict[str, Any]] = {}
    order = [task.id for task in exercise.tasks]
    for row in sorted(rows, key=lambda x: (order.index(x.task), x.kind != "right")):
        where = {name: str(x) for name, x in row.where.items()}
        key = (row.task, row.kind, row.slip, row.points, tuple(where.items()))
        said = {"where": where or None, "slip": row.slip, "points": row.points}
        block = blocks.setdefault(key, {"task": row.task, **{x: y for x, y in said.items() if y is not None}, row.kind: []})
        block[row.kind].append(row.answer)
    note = _TABLE_NOTE[exercise.language].format(name=exercise.name)
    return "\n\n".join([note, *(table("[[answers]]", block) for block in blocks.values())]) + "\n"
