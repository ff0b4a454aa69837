"""The judge as a filter: JSON Lines in, one JSON line with the verdict out for each, in order, whatever comes in."""

from __future__ import annotations

import json
import secrets
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Self, TextIO

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.exercises import load
from sig_checker.judging import Judgement, identical, judge
from sig_checker.language import translate
from sig_checker.reading import SYNTAXES
from sig_checker.rubric import points
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["Filter", "run"]

IDENTITY_POINTS = 1.0
MAX_LINE = 4_000_000  # characters; JSON may write one character of an answer as twelve


def run(
    source: TextIO, target: TextIO, *, exercise: Exercise | None = None, student: str | None = None,
    language: str = "en", sandbox: str = "auto", trust_submissions: bool = False,
) -> None:  # fmt: skip
    """Judge each line of `source`. A line that is no request gets a line that says so; nothing stops the filter.

    Functions run in a sandbox, whose kind can be named. Where there is none they are left to a person, unless the submissions
    are trusted.

    Args:
        exercise: that of question 7-02 by default.
        student: whose function is meant where the exercise has parameters; a request may name another.
    """
    asked = exercise or load("sigmoid-7-02")
    with Filter(asked, language, student=student, sandbox=sandbox, trust_submissions=trust_submissions) as judging:
        for line in source:
            if line.strip():
                target.write(_written(judging.answer(line)) + "\n")
                target.flush()


class Filter:
    """Judges requests about one exercise. A context manager, since functions are observed in a process that it starts."""

    def __init__(
        self, exercise: Exercise, language: str = "en", *, student: str | None = None,
        sandbox: str = "auto", trust_submissions: bool = False,
    ) -> None:  # fmt: skip
        self.exercise, self.language, self.student = exercise, language, student
        self._sandbox, self._trust = sandbox, trust_submissions
        self._ending = ExitStack()
        self._observer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._ending.close()

    def answer(self, line: str) -> dict[str, Any]:
        """The verdict on one request, as the object that is written."""
        start = time.perf_counter()
        row: Mapping[str, Any] = {}
        try:
            row = _request(line)
            judgement = self._judge(row)
        except (ConfigError, ValueError, RecursionError) as error:
            if not isinstance(error, ConfigError):
                traceback.print_exc(file=sys.stderr)
            told = error.message if isinstance(error, ConfigError) else str(error)[:300]
            reason = Message("This request cannot be understood: {reason}.", reason=told)
            judgement = Judgement("", Report(Verdict.UNREADABLE, reason), 0.0, 0.0)
        except Exception:  # a bug of ours: to the log, and to a person; never a score, never the end of the batch
            traceback.print_exc(file=sys.stderr)
            failed = Message("The judge failed on this answer; a person decides.")
            judgement = Judgement("", Report(Verdict.UNDECIDED, failed), 0.0, self._worth(row.get("task")))
        return self._row(row, judgement, time.perf_counter() - start)

    def _worth(self, task: object) -> float:
        return next((float(t.points) for t in self.exercise.tasks if t.id == task), IDENTITY_POINTS)

    def _row(self, row: Mapping[str, Any], judgement: Judgement, seconds: float) -> dict[str, Any]:
        report = judgement.report
        told: dict[str, Any] = {
            "id": row.get("id"),
            "task": row.get("task"),
            "verdict": report.verdict.value,
            "points": judgement.points,
            "max_points": judgement.max_points,
            "slip": report.slip,
            "message": translate(report.message, self.language),
            "witness": report.witness.as_dict() if report.witness else None,
            "certificate": report.certificate.as_dict() if report.certificate else None,
            "read_as": report.read_as,
            "seconds": round(seconds, 6),
        }
        if len(report.slips) > 1:
            told["slips"] = list(report.slips)
        if report.notes:
            told["notes"] = [translate(note, self.language) for note in report.notes]
        if report.measures:
            told["measures"] = dict(report.measures)
        return told

    def _judge(self, row: Mapping[str, Any]) -> Judgement:
        task, answer, syntax = row["task"], row.get("answer"), row.get("syntax", "auto")
        if task == "identity":
            return _identity(row, syntax)
        if not any(t.id == task for t in self.exercise.tasks):
            names = ", ".join(t.id for t in self.exercise.tasks)
            raise ConfigError(Message("no task is called {name!r}; known are identity, {known}", name=task[:60], known=names))
        exercise = self._exercise(row.get("student", self.student))
        if syntax == "numpy":
            return self._function(exercise, task, answer)
        given = row.get("given")
        others = {str(t): {"kind": "data", "value": a} for t, a in given.items()} if isinstance(given, Mapping) else {}
        return judge(exercise, task, {"kind": "data", "value": answer}, syntax=syntax, given=others)

    def _exercise(self, student: object) -> Exercise:
        if not self.exercise.choices or self.exercise.values:
            return self.exercise
        if not isinstance(student, str) or not student.strip():
            raise ConfigError(Message(
                'the exercise has parameters: name the student, with --student ID or "student" beside the answer'
            ))  # fmt: skip
        return self.exercise.for_student(student)

    def _function(self, exercise: Exercise, task_id: str, source: object) -> Judgement:
        """Run the source in a process of its own and judge what it did."""
        from sig_checker.deciding.challenge import draw_plan  # noqa: PLC0415 - only where there is code to run
        from sig_checker.grading.running.functions import FunctionObserver  # noqa: PLC0415
        from sig_checker.grading.sandbox import choose  # noqa: PLC0415

        task = exercise.task(task_id)
        if task.asks not in ("function", "backprop_function"):
            raise ConfigError(Message(
                "task {name!r} does not ask for a function, so the syntax numpy does not fit", name=task_id
            ))  # fmt: skip
        if not isinstance(source, str) or not source.strip():
            return judge(exercise, task_id, {"kind": "missing"})
        if self._observer is None:
            try:
                chosen = choose(self._sandbox, trust=self._trust)
            except ConfigError as error:
                reason = Message("The function was not run, and a person decides: {reason}.", reason=error.message)
                return Judgement(task_id, Report(Verdict.UNDECIDED, reason), 0.0, float(task.points))
            self._observer = self._ending.enter_context(FunctionObserver(sandbox=chosen))
        seed = secrets.token_hex(16)
        observed = self._observer.observe(source, task.name, draw_plan(seed, exercise.parameters(task)))
        return judge(exercise, task_id, {"kind": "function", "observed": observed}, seed=seed)


def _written(row: Mapping[str, Any]) -> str:
    """The row as JSON; in ASCII where an answer holds half a character (a lone surrogate), which no encoding can write."""
    text = json.dumps(row, ensure_ascii=False)
    return text if text.isprintable() or not any("\ud800" <= ch <= "\udfff" for ch in text) else json.dumps(row)


def _request(line: str) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise ConfigError(Message("a line of {count} characters; at most {most} are read", count=len(line), most=MAX_LINE))
    try:
        row = json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        raise ConfigError(Message("no JSON, from column {column} on", column=error.colno)) from None
    except (ValueError, RecursionError):
        raise ConfigError(Message("JSON nested too deeply, or with a number of too many digits")) from None
    if not isinstance(row, Mapping):
        raise ConfigError(Message("a request is a JSON object with id, task, syntax and answer"))
    if not isinstance(row.get("task"), str):
        raise ConfigError(Message("a request names its task"))
    if row.get("syntax", "auto") not in (*SYNTAXES, "numpy"):
        raise ConfigError(Message(
            "unknown syntax {name!r}; known are {known} and numpy", name=str(row["syntax"])[:40], known=", ".join(SYNTAXES)
        ))  # fmt: skip
    return row


def _identity(row: Mapping[str, Any], syntax: str) -> Judgement:
    answer, expected, domain = row.get("answer"), row.get("expected"), row.get("domain") or ""
    if not isinstance(expected, str) or not isinstance(domain, str) or syntax == "numpy":
        raise ConfigError(Message("the task identity takes the text expected, and perhaps the text domain, beside the answer"))
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        answer = repr(answer)
    report = identical(answer if isinstance(answer, str) else "", expected, syntax=syntax, domain=domain)
    return Judgement("identity", report, points(report, IDENTITY_POINTS), IDENTITY_POINTS)
