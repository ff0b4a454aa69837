"""From an answer to its report and its points: the door into the judge for command line, notebook and grader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from unicodedata import east_asian_width

from sig_checker.claims.expressions import judge_identity
from sig_checker.claims.mistakes import SLIPS
from sig_checker.deciding.limits import limits
from sig_checker.errors import SubmissionError
from sig_checker.exercise import Exercise
from sig_checker.judges import JUDGES
from sig_checker.large import decided
from sig_checker.question import Answer, Question
from sig_checker.reading import Restated
from sig_checker.reading.remarks import Doubtful
from sig_checker.rubric import points
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["Judgement", "identical", "judge", "looks_beside"]


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
    question = Question(exercise, task, answer, syntax, given or {}, seed)
    # a refuted value may still turn out to be right for the student's own derivative
    may_change = (Verdict.UNDECIDED, Verdict.REFUTED) if given and task.asks == "backprop" else (Verdict.UNDECIDED,)
    of_object = answer.get("kind") == "expression"
    report = decided(lambda: _reported(lambda: JUDGES[task.asks](question), of_object=of_object), question.as_data, may_change)
    if exercise.values and report.verdict is Verdict.REFUTED and task.asks in _OF_THE_FUNCTION and _is_for_others(question):
        slip = "other_parameters"
        message = Message("Not right: {slip}.", slip=SLIPS[slip])
        report = replace(report, message=message, slips=(slip, *report.slips))
    return Judgement(task_id, report, points(report, task.points), float(task.points))


def looks_beside(exercise: Exercise, task_id: str) -> bool:
    """Whether the verdict may depend on the student's other answers, too."""
    return exercise.task(task_id).backpropagates


_OF_THE_FUNCTION = (
    "derivative", "backprop", "steps", "function", "backprop_function", "maximum", "minimum", "argmax", "argmin",
)  # fmt: skip
_RIGHT = (Verdict.PROVED, Verdict.MEASURED)
_MOST_OTHERS = (60, 12)  # variants that are looked at; of functions, each of which takes some 30 ms


def _is_for_others(question: Question) -> bool:
    """Whether the answer is right for the function of other students."""
    mine = question.exercise.values
    most = _MOST_OTHERS[question.answer.get("kind") == "function"]
    for exercise in islice((x for x in question.exercise.variants() if x.values != mine), most):
        other = replace(question, exercise=exercise, given={})
        limits.begin()
        try:
            if _reported(partial(JUDGES[other.task.asks], other)).verdict in _RIGHT:
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
    except RecursionError:  # what is read has few levels, but not what its definitions or its derivative make of it
        return Report(Verdict.UNDECIDED, Message("Working out this answer goes too deep; a person decides."))


def _unreadable(error: SubmissionError, slips: tuple[str, ...] = (), *, of_object: bool = False) -> Report:
    notes: tuple[Message, ...] = ()
    if error.column is not None and error.text.strip():
        start = max(0, error.column - 40)
        shown = error.text[start : error.column + 40].replace("\n", " ")
        caret = " " * sum(1 + (east_asian_width(ch) in "WF") for ch in error.text[start : error.column]) + "^"
        printed = Message("The object was printed as\n{text}\n{caret}", text=shown, caret=caret)
        notes = (printed if of_object else Message("{text}\n{caret}", text=shown, caret=caret),)
    return Report(Verdict.UNREADABLE, error.message, slips=slips, notes=notes)
