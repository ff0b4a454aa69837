"""What `submit` does in a student's own session: judges at once, shows the report at the task's feedback level."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sig_checker.exercise import Exercise, Task
from sig_checker.exercises import load
from sig_checker.language import translate
from sig_checker.notebook.answers import MISSING, describe
from sig_checker.notebook.submit import UNBOUND, answer_as_data, publish
from sig_checker.verdicts import Message, Verdict

if TYPE_CHECKING:
    from sig_checker.judging import Judgement

__all__ = ["show"]

_rehearsed: set[tuple[str, ...]] = set()  # in this process, exercises by their keys
_WIDTH_OF_VALIDATE = 80  # nbgrader cuts off what goes beyond 87 characters


@dataclass(frozen=True, slots=True)
class _NoScore:
    """The result of a check cell in the student's own session: 0.0 to a grader, a remark to a person."""

    remark: str

    def __repr__(self) -> str:
        return "0.0"

    def _repr_html_(self) -> str:
        return f"<small>{self.remark}</small>"


def show(name: str, task_id: str, answer: object, names: Mapping[str, object]) -> object:
    """Show the report on `answer` (UNBOUND: on what `names` holds) and return the cell's result."""
    exercise = load(name, Path.cwd())
    task = exercise.task(task_id)
    student = None
    if exercise.choices:
        from sig_checker.notebook.variant import about, missing_student, who  # noqa: PLC0415 - only where there are parameters

        student = who()
        if student is None:
            print(translate(missing_student(), exercise.language))
            return 0.0
        exercise = exercise.for_student(student)
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        _print_missing_configuration(exercise)
        return 0.0
    from sig_checker.judging import judge  # noqa: PLC0415 - under a grader the kernel never judges
    from sig_checker.notebook.display import ShownReport, points_text  # noqa: PLC0415
    from sig_checker.notebook.pictures import pictures  # noqa: PLC0415
    from sig_checker.notebook.rehearsal import own_challenge, rehearse  # noqa: PLC0415

    described = answer_as_data(names.get(task.name) if answer is UNBOUND else answer, own_challenge(exercise, task))
    judgement = judge(exercise, task.id, described, given=_given(exercise, task, names))
    judged_for = about(exercise, student) if student is not None else None
    drawn = pictures(exercise, task, judgement.report, described, task.feedback)
    shown = ShownReport(
        task.id, judgement.report, task.feedback, exercise.language, about=judged_for, pictures=drawn
    )  # fmt: skip
    if task.feedback == "full":
        shown = ShownReport(
            task.id, judgement.report, "full", exercise.language,
            points=judgement.points, max_points=judgement.max_points, person=judgement.needs_person,
            about=judged_for, pictures=drawn,
        )  # fmt: skip
    publish(shown.mimebundle(live=True))
    if os.environ.get("NBGRADER_EXECUTION") == "validate":
        return _validated(judgement, task, shown.plain())
    if exercise.key not in _rehearsed:
        _rehearsed.add(exercise.key)
        rehearse(exercise)
    remark = Message("Worth {points} points, which are given after handing in.", points=points_text(task.points))
    return _NoScore(translate(remark, exercise.language))


def _validated(judgement: Judgement, task: Task, said: str) -> float | None:
    """The cell's result for `nbgrader validate`, to which silence is a passed cell and stderr, which it shows, a failed one.

    At the level "read" a cell passes if its answer could be read, right or wrong. Real grading sets another variable, and with
    our configuration takes no notice of the result.
    """
    report = judgement.report
    if task.feedback == "read":
        passed = report.verdict is not Verdict.UNREADABLE and not report.unclear
    else:
        passed = judgement.points == judgement.max_points
    if passed:
        return None
    lines = [textwrap.fill(line, _WIDTH_OF_VALIDATE, subsequent_indent="    ") for line in said.splitlines()]
    print("\n".join(lines), file=sys.stderr)
    return 0.0


def _given(exercise: Exercise, task: Task, names: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """The other answers that stand in the notebook, functions apart, which would have to be run."""
    others = [x for x in exercise.tasks if x.id != task.id and not exercise.parameters(x) and x.name in names]
    given = {x.id: describe(names[x.name]) for x in others}
    return {name: answer for name, answer in given.items() if answer != MISSING}


def _print_missing_configuration(exercise: Exercise) -> None:
    print(translate(Message("Not graded: the course's nbgrader_config.py lacks these two lines."), exercise.language))
    print("    from sig_checker.grading import configure\n    configure(c)")
