"""From an answer to its report and its points: the door into the judge for command line, notebook and grader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from itertools import islice
from typing import Any
from unicodedata import east_asian_width

from sig_checker.claims.expressions import CARRIED, Subject, judge_expression, judge_identity
from sig_checker.claims.extremes import Side, Wanted, judge_places, judge_value
from sig_checker.claims.meaning import judge_meaning
from sig_checker.claims.mistakes import SLIPS
from sig_checker.claims.steps import judge_steps
from sig_checker.deciding.extremes import Extremes, Interval, extremes
from sig_checker.deciding.limits import limits
from sig_checker.deciding.rewriting import rational_value
from sig_checker.errors import ConfigError, SubmissionError
from sig_checker.exercise import Exercise, Task
from sig_checker.expressions import Compare, Expr, Mul, Var, free_names
from sig_checker.large import decided
from sig_checker.reading import Restated, Vocabulary, read, read_condition
from sig_checker.reading.derivations import read_derivation
from sig_checker.reading.places import read_places
from sig_checker.reading.remarks import Doubtful
from sig_checker.reading.values import read_value
from sig_checker.rubric import points
from sig_checker.verdicts import Certificate, Message, Report, Text, Verdict, Witness

__all__ = ["Judgement", "identical", "judge", "looks_beside"]

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A report with the points it is worth: a plain float in [0, max_points]."""

    task: str
    report: Report
    points: float
    max_points: float

    @property
    def needs_person(self) -> bool:
        return self.report.verdict is Verdict.UNDECIDED


def judge(
    exercise: Exercise,
    task_id: str,
    answer: Answer,
    *,
    syntax: str = "auto",
    given: Mapping[str, Answer] | None = None,
    seed: str | None = None,
) -> Judgement:
    """Judge one answer. Never raises for what a student wrote; the report says what could not be read.

    Args:
        answer: in one of the forms that `sig_checker.evidence` describes.
        syntax: how text is to be read: auto, plain, latex or python.
        given: the student's other answers by task, for errors carried forward.
        seed: of the challenge that a function was to meet; None takes the evidence's own (a student's session).

    >>> from sig_checker.exercises import load
    >>> right = judge(load("sigmoid-7-02"), "q1_derivative", {"kind": "data", "value": "a(1-a)"})
    >>> right.report.verdict.value, right.points
    ('proved', 10.0)
    """
    task = exercise.task(task_id)
    question = _Question(exercise, task, answer, syntax, given or {}, seed)
    # a refuted value may still turn out to be right for the student's own derivative
    may_change = (Verdict.UNDECIDED, Verdict.REFUTED) if given and task.asks == "backprop" else (Verdict.UNDECIDED,)
    of_object = answer.get("kind") == "expression"
    report = decided(lambda: _reported(lambda: _JUDGES[task.asks](question), of_object=of_object), question.as_data, may_change)
    if exercise.values and report.verdict is Verdict.REFUTED and task.asks in _OF_THE_FUNCTION and _is_for_others(question):
        slip = "other_parameters"
        message = Message("Not right: {slip}.", slip=SLIPS[slip])
        report = replace(report, message=message, slips=(slip, *report.slips))
    return Judgement(task_id, report, points(report, task.points), float(task.points))


def looks_beside(exercise: Exercise, task_id: str) -> bool:
    """Whether the verdict may depend on the student's other answers, too."""
    return exercise.task(task_id).asks in _CARRIED_INTO


_CARRIED_INTO = ("backprop", "backprop_function")
_OF_THE_FUNCTION = (
    "derivative", "backprop", "steps", "function", "backprop_function", "maximum", "minimum", "argmax", "argmin",
)  # fmt: skip
_RIGHT = (Verdict.PROVED, Verdict.MEASURED)
_MOST_OTHERS = (60, 12)  # variants that are looked at; of functions, each of which takes some 30 ms


def _is_for_others(question: _Question) -> bool:
    """Whether the answer is right for the function of other students."""
    mine = question.exercise.values
    most = _MOST_OTHERS[question.answer.get("kind") == "function"]
    for exercise in islice((x for x in question.exercise.variants() if x.values != mine), most):
        other = replace(question, exercise=exercise, given={})
        limits.begin()
        try:
            if _reported(partial(_JUDGES[other.task.asks], other)).verdict in _RIGHT:
                return True
        finally:
            limits.end()
    return False


def identical(left: str, right: str, *, syntax: str = "auto", domain: str = "") -> Report:
    """Judge whether two expressions in real variables are the same function.

    Args:
        domain: conditions such as "x>0, 0<p<1"; elsewhere nothing is claimed.

    Raises:
        ConfigError: `right` or `domain`, an author's texts, cannot be read.

    >>> identical("(x+1)^2", "x^2 + 2x + 1").verdict.value
    'proved'
    >>> identical("sqrt(x^2)", "x").witness.point
    {'x': '-1'}
    """
    question = {"left": left, "right": right, "syntax": syntax, "domain": domain}
    return decided(lambda: _reported(lambda: judge_identity(left, right, syntax, domain)), lambda: question)


def _reported(judge: Callable[[], Report], *, of_object: bool = False) -> Report:
    """The report, also on what cannot be read; of an object the student never typed the text that is shown."""
    try:
        return judge()
    except Restated as error:
        return _unreadable(error, ("restated",), of_object=of_object)
    except SubmissionError as error:
        return _unreadable(error, of_object=of_object)
    except Doubtful as doubt:
        return Report(Verdict.UNDECIDED, doubt.message)


@dataclass(frozen=True, slots=True)
class _Question:
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
        return _subject(self.exercise, self.task)

    def as_data(self) -> dict[str, Any]:
        """For another process to judge."""
        asked = {"task_id": self.task.id, "answer": self.answer, "syntax": self.syntax, "given": self.given, "seed": self.seed}
        return {"exercise": asdict(self.exercise), "judge": asked}

    def data(self) -> Any:
        """The answer as text, number, list or object."""
        return _data(self.answer)

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


# by value, since an exercise is data that may be made anew for each answer
_SUBJECTS: dict[tuple[object, ...], Subject] = {}
_EXTREMES: dict[tuple[str, ...], Extremes | None] = {}


def _subject(exercise: Exercise, task: Task) -> Subject:
    key = (exercise.key, task.asks, task.order)
    found = _SUBJECTS.get(key)
    if found is None:
        backprop = task.asks in _CARRIED_INTO
        found = Subject(exercise.definition, exercise.variable, exercise.activation, exercise.truth(task), task.order, backprop)
        _SUBJECTS[key] = found
    return found


def _extremes(q: _Question) -> Extremes | None:
    key = (*q.exercise.key, q.task.interval)
    if key not in _EXTREMES:
        interval = _interval(q.task, q.exercise.variable)
        _EXTREMES[key] = extremes(q.exercise.derivative(), q.exercise.variable, interval)
    return _EXTREMES[key]


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


def _data(answer: Answer) -> Any:
    kind = answer.get("kind")
    if kind == "data":
        if answer.get("value") is None:
            raise SubmissionError(Message("There is no answer."))
        return answer["value"]
    if kind == "expression":
        return str(answer.get("python"))
    if kind == "function":
        raise SubmissionError(
            Message("A function was handed in where a value was expected; give the value or the formula itself.")
        )
    if kind == "foreign":
        raise SubmissionError(
            Message("An object of type {found} is no answer to this task.", found=str(answer.get("type"))[:80])
        )
    raise SubmissionError(Message("There is no answer."))


def _unreadable(error: SubmissionError, slips: tuple[str, ...] = (), *, of_object: bool = False) -> Report:
    notes: tuple[Message, ...] = ()
    if error.column is not None and error.text.strip():
        start = max(0, error.column - 40)
        shown = error.text[start : error.column + 40].replace("\n", " ")
        caret = " " * sum(1 + (east_asian_width(ch) in "WF") for ch in error.text[start : error.column]) + "^"
        printed = Message("The object was printed as\n{text}\n{caret}", text=shown, caret=caret)
        notes = (printed if of_object else Message("{text}\n{caret}", text=shown, caret=caret),)
    return Report(Verdict.UNREADABLE, error.message, slips=slips, notes=notes)


# ---- one judge for each kind of question


def _expression(q: _Question) -> Report:
    text, syntax = q.text()
    reading = read(text, syntax, q.vocabulary, definitions=True)
    return judge_expression(reading, q.subject, carried=_carried(q) if q.given and q.subject.backprop else ())


def _carried(q: _Question) -> list[Expr]:
    """The student's own derivatives, of the tasks that ask for an expression or a function, where they can be read."""
    found: list[Expr] = []
    for task in q.exercise.tasks:
        theirs = q.given.get(task.id)
        if theirs is None or task.order != 1:
            continue
        try:
            if task.asks == "derivative":
                text, syntax = _Question(q.exercise, task, theirs, "auto", {}, None).text()
                found.append(q.subject.meant(read(text, syntax, q.vocabulary, definitions=True).answer))
            elif task.asks == "function":
                observed = theirs.get("observed")
                formula = observed.get("formula") if isinstance(observed, Mapping) else None
                if isinstance(formula, str):
                    found.append(q.subject.meant(read(formula, "python", q.vocabulary).answer))
        except (SubmissionError, ValueError):
            continue
    # a number, or something that holds the upstream gradient already, is no derivative to go on from
    return [e for e in found if q.exercise.variable in free_names(e) and "upstream" not in free_names(e)]


def _steps(q: _Question) -> Report:
    value = q.data()
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(x, str) for x in lines):
        raise SubmissionError(Message("A list of lines, each a text, was expected."))
    return judge_steps(read_derivation(lines, q.syntax, q.vocabulary), q.subject)


def _function(q: _Question) -> Report:
    from sig_checker.claims.functions import judge_function  # noqa: PLC0415 - loads NumPy, which the other tasks do without

    if q.answer.get("kind") != "function":
        value = _data(q.answer)
        found: object = Message("a list") if isinstance(value, list) else type(value).__name__
        found = Message("a text") if isinstance(value, str) else found
        raise SubmissionError(Message("A function was expected, not {found}.", found=found))
    subject, variable = q.subject, q.exercise.variable
    names = q.exercise.parameters(q.task)

    def prove(e: Expr) -> Certificate | Witness | None:
        found = subject.compared(e)
        return found.certificate if found.equal else found.witness

    def by_values(at: Any, values: Any) -> tuple[str, ...]:
        return subject.slips.name_values([p[variable] for p in at], values, [p.get("upstream", 1.0) for p in at])

    def by_formula(e: Expr) -> tuple[str, ...]:
        return subject.slips.name(e)

    def judged(truth: Expr) -> Report:
        return judge_function(
            truth,
            names,
            q.answer.get("observed"),
            seed=q.seed,
            prove=prove,
            name_slips=by_formula,
            name_slips_of_values=by_values,
            read_formula=lambda text: read(text, "python", q.vocabulary).answer,
        )

    report = judged(subject.truth)
    if report.verdict is Verdict.REFUTED and report.witness is not None and subject.backprop:
        for local in _carried(q):
            theirs = judged(Mul((Var("upstream"), local)))
            if theirs.verdict is Verdict.MEASURED and theirs.contract:
                return replace(report, carried_forward=True, notes=(*report.notes, CARRIED))
    return report


def _wanted(q: _Question, side: Side) -> Wanted:
    return Wanted(side, q.task.digits, q.task.scope)


def _value(side: Side) -> Callable[[_Question], Report]:
    return lambda q: judge_value(read_value(q.data(), _syntax(q), q.vocabulary), _extremes(q), _wanted(q, side), q.subject)


def _places(side: Side) -> Callable[[_Question], Report]:
    return lambda q: judge_places(read_places(q.data(), _syntax(q), q.vocabulary), _extremes(q), _wanted(q, side), q.subject)


def _syntax(q: _Question) -> str:
    return "plain" if q.answer.get("kind") == "expression" else q.syntax


def _meaning(q: _Question) -> Report:
    if not q.task.expected:  # a student's copy of the exercise does not have it
        return Report(Verdict.UNDECIDED, Message("The answer was received."), read=Text(_fields(q.data())))
    return judge_meaning(q.data(), q.task.expected, q.syntax)


def _fields(value: Any) -> str:
    if not isinstance(value, Mapping):
        raise SubmissionError(Message("An object with the fields that the notebook names was expected."))
    return "; ".join(f"{name}: {x if isinstance(x, str) else repr(x)}" for name, x in value.items())[:400]


def _essay(q: _Question) -> Report:
    q.data()  # nothing handed in is told as such
    return Report(Verdict.UNDECIDED, Message("A person reads this answer."))


_JUDGES: Mapping[str, Callable[[_Question], Report]] = {
    "derivative": _expression,
    "backprop": _expression,
    "steps": _steps,
    "function": _function,
    "backprop_function": _function,
    "maximum": _value("largest"),
    "minimum": _value("smallest"),
    "argmax": _places("largest"),
    "argmin": _places("smallest"),
    "meaning": _meaning,
    "essay": _essay,
}
