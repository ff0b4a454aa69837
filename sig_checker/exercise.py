"""An exercise is data: a function, and tasks that ask about it. Nothing here decides or grades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from sig_checker.deciding.differentiate import derivative
from sig_checker.errors import ConfigError, SubmissionError
from sig_checker.essays import Rubric
from sig_checker.expressions import Expr, Mul, Num, Var
from sig_checker.parameters import all_values, draw, tidy
from sig_checker.reading import read_definition
from sig_checker.verdicts import Message

__all__ = ["ASKS", "Exercise", "Feedback", "Task"]

Feedback = Literal["read", "hint", "full"]

# what a task may ask -> what an answer to it is
ASKS: Mapping[str, str] = {
    "derivative": "an expression: the order-th derivative",
    "backprop": "an expression: the upstream gradient times the derivative",
    "steps": "a list of lines that lead to the derivative",
    "function": "a NumPy function of (z): the derivative",
    "backprop_function": "a NumPy function of (upstream, z): the upstream gradient times the derivative",
    "maximum": "the largest value of the derivative",
    "argmax": "where it is taken",
    "minimum": "the smallest value (or the infimum) of the derivative",
    "argmin": "where it is taken or approached",
    "meaning": "an object with the fields of `expected`",
    "essay": "free text, for a person",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that is asked.

    Attributes:
        id: names the task everywhere (cells, evidence, gradebook).
        asks: a key of `ASKS`.
        points: of a right answer.
        feedback: what a student sees before the deadline: how the answer was read, the verdict and the
            slip as well, or everything.
        order: for "derivative": 2 asks for the second derivative.
        expected: for "meaning": field -> right value (a number as text, a list of numbers, a word).
        name: the name to which a notebook binds the answer; the id where none is given.
        digits: for extremes without a closed form: so many decimals are asked for, and decided; 0 asks for the exact value.
        scope: for extremes: "global", or "local" for all local maxima or minima.
        interval: for extremes: where the input may lie, such as "-1<=z<2"; the whole line if empty.
        rubric: for "essay": what to point out to the person who grades it; None for nothing.
    """

    id: str
    asks: str
    points: float
    feedback: Feedback = "hint"
    order: int = 1
    expected: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    digits: int = 0
    interval: str = ""
    scope: Literal["global", "local"] = "global"
    rubric: Rubric | None = None

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.id)  # the instance is frozen
        if self.asks not in ASKS:
            raise ConfigError(Message(
                "task {id!r} asks for {asks!r}; known are: {known}",
                id=self.id, asks=self.asks, known=", ".join(ASKS),
            ))  # fmt: skip

    @property
    def backpropagates(self) -> bool:
        """Whether what is asked for is propagated back to the input: the upstream gradient times the local one."""
        return self.asks in ("backprop", "backprop_function")


@dataclass(frozen=True)
class Exercise:
    """A function and what is asked about it.

    Attributes:
        name: also the assignment's folder name.
        function: its definition in plain notation, in `variable`, e.g. "1/(1+exp(-z))".
        variable: the input.
        activation: the letter for the function's value, which answers may use (a = σ(z)).
        tasks: in the order in which they stand in the notebooks.
        language: of the reports, "ko" or "en".
        title: what the notebooks call it.
        choices: parameter -> the values from which each student's is drawn, exact rationals as text ("1/2").
        seed: of that draw.
        values: parameter -> the value that was drawn, likewise; only then is there a function where there are parameters.

    >>> Exercise("tanh", "tanh(z)", (Task("q1", "derivative", 10),)).task("q1").points
    10
    """

    name: str
    function: str
    tasks: tuple[Task, ...]
    variable: str = "z"
    activation: str = "a"
    language: str = "ko"
    title: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seed: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def for_student(self, student: str) -> Exercise:
        """The exercise as this student has it; the same for everybody where there are no parameters."""
        choices = {name: tuple(map(Fraction, texts)) for name, texts in self.choices.items()}
        return self._with(draw(choices, seed=self.seed, exercise=self.name, student=student))

    def variants(self) -> Iterator[Exercise]:
        """The exercise with each combination of values."""
        choices = {name: tuple(map(Fraction, texts)) for name, texts in self.choices.items()}
        yield from map(self._with, all_values(choices))

    def _with(self, values: Mapping[str, Fraction]) -> Exercise:
        return replace(self, values={name: str(value) for name, value in values.items()}) if values else self

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What the function depends on."""
        return (self.function, self.variable, self.activation, *(f"{name}={value}" for name, value in self.values.items()))

    @cached_property
    def numbers(self) -> Mapping[str, Expr]:
        """What the parameters' names stand for, in the definition and in answers."""
        if self.choices.keys() != self.values.keys():
            raise ConfigError(Message(
                "exercise {name!r} has parameters ({known}); its function is known only for a student or for given values",
                name=self.name, known=", ".join(self.choices),
            ))  # fmt: skip
        return {name: Num(Fraction(value)) for name, value in self.values.items()}

    def task(self, task_id: str) -> Task:
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise ConfigError(Message(
            "exercise {name!r} has no task {task_id!r}; it has: {known}",
            name=self.name, task_id=task_id, known=", ".join(t.id for t in self.tasks),
        ))  # fmt: skip

    @cached_property
    def definition(self) -> Expr:
        """The function as an expression in `variable`; ConfigError where it cannot be read."""
        try:
            read = read_definition(self.function, self.variable, self.numbers)
        except SubmissionError as error:
            raise ConfigError(Message(
                "exercise {name!r}, the function cannot be read: {what}",
                name=self.name, what=error.message,
            ), *str(error).split("\n")[1:]) from None  # fmt: skip
        return tidy(read) if self.values else read

    def derivative(self, order: int = 1) -> Expr:
        """The derivative of the definition; ConfigError where it is none that can be worked out."""
        try:
            return derivative(self.definition, self.variable, order)
        except ValueError as error:
            raise ConfigError(Message(
                "exercise {name!r}, function {function!r}: the derivative cannot be worked out ({what})",
                name=self.name, function=self.function, what=error,
            )) from None  # fmt: skip

    def truth(self, task: Task) -> Expr:
        """The right expression for a task that asks for one, or for a function; "upstream" stands for ∂L/∂a."""
        local = self.derivative(task.order)
        return Mul((Var("upstream"), local)) if task.backpropagates else local

    def parameters(self, task: Task) -> tuple[str, ...]:
        """Of the function that the task asks for, by position; empty where it asks for anything else."""
        asked = {"function": (self.variable,), "backprop_function": ("upstream", self.variable)}
        return asked.get(task.asks, ())
