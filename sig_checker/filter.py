"""The judge as a filter: JSON Lines in, one JSON line with the verdict out for each, in order, whatever comes in."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.exercises import load
from sig_checker.judging import Judgement, identical, judge
from sig_checker.language import translate
from sig_checker.rubric import points
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["answer_row", "run"]

IDENTITY_POINTS = 1.0


def run(source: TextIO, target: TextIO, *, exercise: str = "sigmoid-7-02", language: str = "en") -> None:
    """Judge each line of `source`. A line that is no request gets a line that says so; nothing stops the filter."""
    chosen = load(exercise)
    for line in source:
        if line.strip():
            target.write(json.dumps(answer_row(line, chosen, language), ensure_ascii=False) + "\n")
            target.flush()


def answer_row(line: str, exercise: Exercise, language: str = "en") -> dict[str, Any]:
    """The verdict on one request, as the object that is written."""
    start = time.perf_counter()
    row: Any = None
    try:
        row = json.loads(line)
        if not isinstance(row, Mapping):
            raise ConfigError("a request is a JSON object with id, task, syntax and answer")
        judgement = _judged(row, exercise)
    except (ValueError, RecursionError, ConfigError) as error:
        reason = Message("this request cannot be understood: {reason}", reason=str(error)[:200])
        judgement = Judgement("", Report(Verdict.UNREADABLE, reason), 0.0, 0.0)
    except Exception:  # a bug of ours: to the log, and to a person; never a score, never the end of the batch
        traceback.print_exc(file=sys.stderr)
        judgement = Judgement("", Report(Verdict.UNDECIDED, Message("the judge failed on this answer; a person decides")), 0.0, 0.0)
    report = judgement.report
    fields = row if isinstance(row, Mapping) else {}
    return {
        "id": fields.get("id"), "task": fields.get("task"), "verdict": report.verdict.value,
        "points": judgement.points, "max_points": judgement.max_points,
        "slip": report.slip, "slips": list(report.slips), "message": translate(report.message, language),
        "notes": [translate(n, language) for n in report.notes], "read_as": report.read_as,
        "witness": report.witness.as_dict() if report.witness else None,
        "certificate": report.certificate.as_dict() if report.certificate else None,
        **({"measures": dict(report.measures)} if report.measures else {}),
        "seconds": round(time.perf_counter() - start, 6),
    }  # fmt: skip


def _judged(row: Mapping[str, Any], exercise: Exercise) -> Judgement:
    task, syntax, answer = row.get("task"), row.get("syntax", "auto"), row.get("answer")
    if not isinstance(task, str):
        raise ConfigError("a request names its task")
    if task == "identity":
        if not isinstance(answer, str) or not isinstance(row.get("expected"), str):
            raise ConfigError("the task identity takes two texts, answer and expected")
        report = identical(answer, row["expected"], syntax=_checked(syntax), domain=str(row.get("domain") or ""))
        return Judgement(task, report, points(report, IDENTITY_POINTS), IDENTITY_POINTS)
    given = row.get("given")
    others = {str(t): {"kind": "data", "value": a} for t, a in given.items()} if isinstance(given, Mapping) else {}
    if syntax == "numpy":
        return _function(exercise, task, answer)
    return judge(exercise, task, {"kind": "data", "value": answer}, syntax=_checked(syntax), given=others)


def _checked(syntax: object) -> str:
    if syntax not in ("auto", "plain", "latex", "python"):
        raise ConfigError(f"unknown syntax {str(syntax)[:40]!r}; known are auto, plain, latex, python and numpy")
    return str(syntax)


def _function(exercise: Exercise, task_id: str, source: object) -> Judgement:
    """Run the source in a process of its own and judge what it did."""
    from sig_checker.grading.functions import observe  # noqa: PLC0415 - only where there is code to run

    task = exercise.task(task_id)
    if task.asks not in ("function", "backprop_function"):
        raise ConfigError(f"task {task_id!r} does not ask for a function")
    if not isinstance(source, str) or not source.strip():
        return judge(exercise, task_id, {"kind": "missing"})
    names = ("upstream", exercise.variable) if task.asks == "backprop_function" else (exercise.variable,)
    observed = observe(source, task.name, names)
    return judge(exercise, task_id, {"kind": "function", "observed": observed})
