"""One question that is put to the judge, and what is kept between questions: subjects and extremes, by what they depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sig_checker.claims.expressions import Subject
from sig_checker.deciding.extremes import Extremes, Interval
from sig_checker.deciding.extremes import extremes as extremes_of
from sig_checker.deciding.rewriting import rational_value
from sig_checker.errors import ConfigError, SubmissionError
from sig_checker.exercise import Exercise, Task
from sig_checker.expressions import Compare, Expr
from sig_checker.reading import Vocabulary, read_condition
from sig_checker.verdicts import Message

__all__ = ["Answer", "Question"]

Answer = Mapping[str, Any]

# by value, since an exercise is data that may be made anew for each answer
_SUBJECTS: dict[tuple[object, ...], Subject] = {}
_EXTREMES: dict[tuple[str, ...], Extremes | None] = {}


@dataclass(frozen=True, slots=True)
class Question:
    """An exercise, one of its tasks and an answer to it; see `judging.judge`."""

    exercise: Exercise
    task: Task
    answer: Answer
    syntax: str
    given: Mapping[str, Answer]
    seed: str | None

    @property
    def vocabulary(self) -> Vocabulary:
        exercise = self.exercise
        return _vocabulary(exercise.variable, exercise.activation, tuple(exercise.numbers.items()))

    @property
    def subject(self) -> Subject:
        exercise, task = self.exercise, self.task
        key = (exercise.key, task.asks, task.order)
        found = _SUBJECTS.get(key)
        if found is None:
            backprop, truth = task.backpropagates, exercise.truth(task)
            found = Subject(exercise.definition, exercise.variable, exercise.activation, truth, task.order, backprop)
            _SUBJECTS[key] = found
        return found

    @property
    def extremes(self) -> Extremes | None:
        key = (*self.exercise.key, self.task.interval)
        if key not in _EXTREMES:
            interval = _interval(self.task, self.exercise.variable)
            _EXTREMES[key] = extremes_of(self.exercise.derivative(), self.exercise.variable, interval)
        return _EXTREMES[key]

    def as_data(self) -> dict[str, Any]:
        """For another process to judge."""
        asked = {"task_id": self.task.id, "answer": self.answer, "syntax": self.syntax, "given": self.given, "seed": self.seed}
        return {"exercise": asdict(self.exercise), "judge": asked}

    def data(self) -> Any:
        """The answer as text, number, list or object."""
        kind = self.answer.get("kind")
        if kind == "data":
            if self.answer.get("value") is None:
                raise SubmissionError(Message("There is no answer."))
            return self.answer["value"]
        if kind == "expression":
            return str(self.answer.get("python"))
        if kind == "function":
            raise SubmissionError(
                Message("A function was handed in where a value was expected; give the value or the formula itself.")
            )
        if kind == "foreign":
            raise SubmissionError(
                Message("An object of type {found} is no answer to this task.", found=str(self.answer.get("type"))[:80])
            )
        raise SubmissionError(Message("There is no answer."))

    def text(self) -> tuple[str, str]:
        """The answer as one text, with its syntax."""
        value = self.data()
        syntax = "python" if self.answer.get("kind") == "expression" else self.syntax
        if isinstance(value, str):
            return value, syntax
        if isinstance(value, int | float) and not isinstance(value, bool):
            return repr(value), "plain"
        many = Message("a list") if isinstance(value, list) else Message("an object")
        found = Message("true or false") if isinstance(value, bool) else many
        raise SubmissionError(Message("One expression was expected, not {found}.", found=found))


@lru_cache(maxsize=32)
def _vocabulary(variable: str, activation: str, numbers: tuple[tuple[str, Expr], ...]) -> Vocabulary:
    return Vocabulary(variable, activation, extra=dict(numbers))


def _interval(task: Task, variable: str) -> Interval:
    """The interval that a task's conditions describe: variable between two rational numbers."""
    ends: dict[str, tuple[Fraction, bool]] = {}
    todo = list(read_condition(task.interval, Vocabulary(variable, ""))) if task.interval.strip() else []
    while todo:
        c = todo.pop()
        if c.op == "and" and isinstance(c.left, Compare) and isinstance(c.right, Compare):
            todo += [c.left, c.right]
            continue
        left, right = rational_value(c.left), rational_value(c.right)
        if c.op not in ("<", "<=", ">", ">=") or (left is None) == (right is None):
            raise ConfigError(Message(
                "task {name!r}: the interval {interval!r} is not of the form -1 <= {variable} < 2",
                name=task.id, interval=task.interval, variable=variable,
            ))  # fmt: skip
        below = (c.op[0] == "<") == (left is not None)  # whether the number is the lower end
        number = left if left is not None else right
        assert number is not None
        ends["low" if below else "high"] = (number, "=" in c.op)
    low, high = ends.get("low", (None, True)), ends.get("high", (None, True))
    return Interval(low[0], high[0], (low[1], high[1]))
