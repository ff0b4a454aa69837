"""One judge for each kind of question: what is read, and which claim it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sig_checker.claims.expressions import CARRIED, judge_expression
from sig_checker.claims.extremes import Side, Wanted, judge_places, judge_value
from sig_checker.claims.meaning import judge_meaning
from sig_checker.claims.steps import judge_steps
from sig_checker.errors import SubmissionError
from sig_checker.expressions import Expr, Mul, Var, free_names
from sig_checker.question import Question
from sig_checker.reading import read
from sig_checker.reading.derivations import read_derivation
from sig_checker.reading.places import read_places
from sig_checker.reading.values import read_value
from sig_checker.verdicts import Certificate, Message, Report, Text, Verdict, Witness

__all__ = ["JUDGES"]


def _expression(q: Question) -> Report:
    text, syntax = q.text()
    reading = read(text, syntax, q.vocabulary, definitions=True)
    return judge_expression(reading, q.subject, carried=_carried(q) if q.given and q.subject.backprop else ())


def _carried(q: Question) -> list[Expr]:
    """The student's own derivatives, of the tasks that ask for an expression or a function, where they can be read."""
    found: list[Expr] = []
    for task in q.exercise.tasks:
        theirs = q.given.get(task.id)
        if theirs is None or task.order != 1:
            continue
        try:
            if task.asks == "derivative":
                text, syntax = Question(q.exercise, task, theirs, "auto", {}, None).text()
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


def _steps(q: Question) -> Report:
    value = q.data()
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(x, str) for x in lines):
        raise SubmissionError(Message("A list of lines, each a text, was expected."))
    return judge_steps(read_derivation(lines, q.syntax, q.vocabulary), q.subject)


def _function(q: Question) -> Report:
    from sig_checker.claims.functions import judge_function  # noqa: PLC0415 - loads NumPy, which the other tasks do without

    if q.answer.get("kind") != "function":
        value = q.data()
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

    observed = q.answer.get("observed")
    report = judge_function(
        subject.truth,
        names,
        observed,
        seed=q.seed,
        prove=prove,
        name_slips=by_formula,
        name_slips_of_values=by_values,
        read_formula=lambda text: read(text, "python", q.vocabulary).answer,
    )
    if report.verdict is Verdict.REFUTED and report.witness is not None and subject.backprop:
        for local in _carried(q):
            theirs = judge_function(Mul((Var("upstream"), local)), names, observed, seed=q.seed, thorough=False)
            if theirs.verdict is Verdict.MEASURED and theirs.contract:
                return replace(report, carried_forward=True, notes=(*report.notes, CARRIED))
    return report


def _wanted(q: Question, side: Side) -> Wanted:
    return Wanted(side, q.task.digits, q.task.scope)


def _value(side: Side) -> Callable[[Question], Report]:
    return lambda q: judge_value(read_value(q.data(), _syntax(q), q.vocabulary), q.extremes, _wanted(q, side), q.subject)


def _places(side: Side) -> Callable[[Question], Report]:
    return lambda q: judge_places(read_places(q.data(), _syntax(q), q.vocabulary), q.extremes, _wanted(q, side), q.subject)


def _syntax(q: Question) -> str:
    return "plain" if q.answer.get("kind") == "expression" else q.syntax


def _meaning(q: Question) -> Report:
    if not q.task.expected:  # a student's copy of the exercise does not have it
        return Report(Verdict.UNDECIDED, Message("The answer was received."), read=Text(_fields(q.data())))
    return judge_meaning(q.data(), q.task.expected, q.syntax)


def _fields(value: Any) -> str:
    if not isinstance(value, Mapping):
        raise SubmissionError(Message("An object with the fields that the notebook names was expected."))
    return "; ".join(f"{name}: {x if isinstance(x, str) else repr(x)}" for name, x in value.items())[:400]


def _essay(q: Question) -> Report:
    q.data()  # nothing handed in is told as such
    return Report(Verdict.UNDECIDED, Message("A person reads this answer."))


JUDGES: Mapping[str, Callable[[Question], Report]] = {
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
