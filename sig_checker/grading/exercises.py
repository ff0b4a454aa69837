"""Which exercise a check cell asks about, for the grader: the package's, or the instructor's own from source/.

A submission's folder may hold an exercise.toml as well. It is never read: what is right is the instructor's to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.exercise_files import read_toml, with_expected
from sig_checker.exercises import load
from sig_checker.grading.digests import assignment_digest
from sig_checker.grading.steps.check_cells import check_cell
from sig_checker.grading.submissions import coursedir_of, read_notebook
from sig_checker.verdicts import Message

EXERCISES = "sig_checker_exercises"  # in the resources: by name, those that the assignment asks about

__all__ = ["EXERCISES", "answers_file", "digest_of", "exercise_for", "exercises_of", "source_folder"]


def exercise_for(step: Any, name: str, where: Mapping[str, Any], given: Mapping[str, Exercise] | None = None) -> Exercise:
    """The exercise called `name` as the student has it.

    Args:
        step: a preprocessor of nbgrader's, which knows the course, or somebody above it does.
        where: the assignment and the student.
        given: the assignment's exercises, where there is no course to look into.

    Raises:
        ConfigError: there is no such exercise, or it is not complete.
    """
    coursedir = coursedir_of(step)
    if given is not None and name in given:
        exercise = given[name]
    else:
        exercise = load(name) if coursedir is None else _with_truth(coursedir, name, where["assignment"])
    return exercise.for_student(where["student"])


def source_folder(coursedir: Any, assignment: str) -> Path:
    """Of the instructor's version of the assignment."""
    return Path(coursedir.format_path(coursedir.source_directory, ".", assignment))


def answers_file(coursedir: Any, assignment: str) -> Path:
    """Where the author keeps what students never get: outside source/, which nbgrader releases."""
    return Path(coursedir.root) / "answers" / f"{assignment}.toml"


def exercises_of(coursedir: Any, assignment: str) -> dict[str, Exercise]:
    """By name, before a student's values are drawn: the exercises that the assignment's check cells ask about.

    Raises:
        ConfigError: a check cell asks about an exercise or a task that does not exist; the message names the cell.
    """
    found: dict[str, Exercise] = {}
    for where, asks in _checks(source_folder(coursedir, assignment)):
        try:
            if asks.exercise not in found:
                found[asks.exercise] = _with_truth(coursedir, asks.exercise, assignment)
            found[asks.exercise].task(asks.task)
        except ConfigError as error:
            raise ConfigError(Message("{where}: {what}", where=where, what=error.message)) from None
    return found


def digest_of(coursedir: Any, assignment: Any) -> str:
    """Of an assignment, the gradebook's row, with the files beside its notebooks and with what its author says is right."""
    source, file = source_folder(coursedir, assignment.name), answers_file(coursedir, assignment.name)
    expected = json.dumps(read_toml(file).get("expected", {}), sort_keys=True, default=str) if file.is_file() else ""
    return assignment_digest(assignment, source, expected)


def _with_truth(coursedir: Any, name: str, assignment: str) -> Exercise:
    exercise = load(name, source_folder(coursedir, assignment))
    if all(task.expected for task in exercise.tasks if task.asks == "meaning"):
        return exercise
    file = answers_file(coursedir, assignment)
    try:
        return with_expected(exercise, read_toml(file).get("expected", {}) if file.is_file() else {})
    except ConfigError as error:
        raise ConfigError(Message("{file}: {what}", file=file, what=error.message)) from None


def _checks(folder: Path) -> Iterator[tuple[Message, Any]]:
    for path in sorted(folder.glob("*.ipynb")):
        notebook, _ = read_notebook(str(path))
        for cell in notebook.cells:
            asks = check_cell(cell)
            if asks is not None:
                yield Message("{file}, cell {cell}", file=path.name, cell=cell.metadata["nbgrader"].get("grade_id")), asks
