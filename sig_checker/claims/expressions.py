"""The claim that an expression is the derivative, or the value backpropagated through the function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from sig_checker.claims.forms import usual_forms
from sig_checker.claims.mistakes import SLIPS
from sig_checker.claims.slips import Slips
from sig_checker.deciding.differentiate import carry_out
from sig_checker.deciding.identities import TOO_BIG, Comparison, compare
from sig_checker.deciding.targets import Target
from sig_checker.errors import ConfigError, SubmissionError
from sig_checker.expressions import Call, Compare, Deriv, Expr, Mul, Survey, Var, children, rebuild, replace_names, survey
from sig_checker.reading import Reading, Vocabulary, Written, read, read_condition
from sig_checker.verdicts import Message, Report, Verdict

__all__ = [
    "CARRIED",
    "Subject",
    "as_read",
    "has_derivative",
    "judge_expression",
    "judge_identity",
    "refuted",
    "restated",
    "undecided",
]


CARRIED = Message("It is right for the derivative that you gave before: the chain rule was applied as it should be.")


@dataclass(frozen=True)
class Subject:
    """What a claim is about.

    Attributes:
        function: the function's definition in `variable`.
        activation: the letter for its value.
        order: of the derivative.
        backprop: whether the upstream gradient is a factor.
        truth: the right expression.
    """

    function: Expr
    variable: str
    activation: str
    truth: Expr
    order: int = 1
    backprop: bool = False

    @cached_property
    def target(self) -> Target:
        """The truth in its shortest usual form, prepared for many comparisons; the activation's letter is known to it."""
        forms = sorted(usual_forms(self.truth), key=lambda e: survey(e).nodes)
        shortest = next(form for form in forms if form == self.truth or compare(form, self.truth).equal is True)
        return Target(shortest, {self.activation: self.function} if self.activation else {})

    def compared(self, e: Expr, seen: Survey | None = None) -> Comparison:
        """An expression of an answer against the truth."""
        seen = seen or survey(e)
        if Deriv in seen.kinds or "applied" in seen.functions:
            try:
                e = self.meant(e)
            except ValueError:
                return Comparison(None, reason="derivative")
            seen = survey(e)
        return compare(e, self.target, seen=seen)

    @cached_property
    def slips(self) -> Slips:
        """What names the mistakes behind a wrong expression, in which nothing is left to be worked out (see `meant`)."""
        return Slips(self.function, self.variable, self.order, self.activation, self.backprop)

    def meant(self, e: Expr) -> Expr:
        """`e` with the activation's letter replaced by what it stands for, and derivatives worked out.

        Raises:
            ValueError: a derivative that cannot be worked out.
        """
        seen = survey(e)
        if "applied" in seen.functions:
            e = self._applied(e)
        if self.activation in seen.names:
            e = replace_names(e, {self.activation: self.function})
        return carry_out(e) if Deriv in seen.kinds else e

    def goes_on(self, e: Expr) -> bool:
        """Whether all derivatives that stand in `e` are of the function itself and lower than the one asked for: σ'(1 - 2σ)."""
        if isinstance(e, Deriv):
            own = e.arg in (Var(self.activation), self.function, Call("sigma", (Var(self.variable),)))
            return own and e.by == self.variable and e.order < self.order
        return all(self.goes_on(x) for x in children(e))

    def holds(self, sides: Sequence[Expr]) -> bool:
        """Whether these are proved to be equal, one to the next."""
        try:
            meant = [self.meant(side) for side in sides]
        except ValueError:
            return False
        return all(compare(left, right).equal is True for left, right in pairwise(meant))

    def _applied(self, e: Expr) -> Expr:
        if isinstance(e, Call) and e.name == "applied":
            return replace_names(self.function, {self.variable: self._applied(e.args[0])})
        return rebuild(e, self._applied)


def has_derivative(e: Expr) -> bool:
    """Whether a derivative in it waits to be worked out."""
    return Deriv in survey(e).kinds


def as_read(report: Report, *answers: Expr) -> Report:
    """The report with what was read, for the student to see."""
    return report if report.read is not None else replace(report, read=Written((answers,), ", "))


def judge_expression(reading: Reading, subject: Subject, *, carried: Sequence[Expr] = ()) -> Report:
    """Judge one expression, perhaps behind left-hand sides, which are checked too.

    Args:
        carried: for a backpropagated value, the student's own derivatives; the answer may be right for one of them.
    """
    return as_read(_judge(reading, subject, carried), reading.answer)


def _judge(reading: Reading, subject: Subject, carried: Sequence[Expr]) -> Report:
    answer = reading.answer
    shown, seen = Written(((answer,),), ", "), survey(answer)
    if Deriv in seen.kinds and not subject.goes_on(answer):
        return restated()
    wrong_side: Comparison | None = None
    result = subject.compared(answer, seen)
    if result.equal is not False:
        for side in reading.sides[:-1]:
            checked = subject.compared(side)
            if checked.equal is not True and wrong_side is None:
                wrong_side = checked
    if result.equal is not False and not all(subject.holds(sides) for sides in reading.said):
        return Report(Verdict.REFUTED, Message("The definition that stands behind the answer is not right."))
    if wrong_side is not None:
        if wrong_side.equal is None:
            return undecided(wrong_side)
        message = Message(
            "The left-hand side of the equation is something else than its right-hand side or than what is asked."
        )
        return Report(Verdict.REFUTED, message, witness=wrong_side.witness)
    if result.equal is None:
        return undecided(result)
    if result.equal:
        notes = tuple(
            Message("The answer as it is written is not defined at {place}; that gap costs nothing.", place=g)
            for g in result.gaps
        )
        message = Message("Right: proved in exact arithmetic for every real {variable}.", variable=subject.variable)
        return Report(Verdict.PROVED, message, certificate=result.certificate, notes=notes, read=shown)
    if "applied" in seen.functions or Deriv in seen.kinds:
        answer = subject.meant(answer)
    report = refuted(result, subject.slips.name(answer), shown)
    if carried:
        meant = subject.meant(answer)
        if any(compare(meant, Mul((Var("upstream"), local))).equal for local in carried):
            return replace(report, carried_forward=True, notes=(*report.notes, CARRIED))
    return report


def restated() -> Report:
    """The report on an answer in which what is asked for still stands."""
    message = Message("A derivative still stands in the answer; work it out.")
    return Report(Verdict.UNREADABLE, message, slips=("restated",))


def refuted(result: Comparison, slips: tuple[str, ...] = (), read: Written | None = None) -> Report:
    """The report of a refutation; the slip, where one was recognised, says which step to look at."""
    if result.regions:
        message = Message("Not right: the answer is not defined where {where}.", where=_joined(result.regions))
    elif result.witness is not None and result.witness.answer == "undefined":
        message = Message("Not right: the answer is not defined at {point} and all around it.", point=_point(result))
    elif slips:
        message = Message("Not right: {slip}.", slip=SLIPS[slips[0]])
    elif result.witness is not None and not result.witness.point:
        message = Message("Not right: this is another number than what is asked.")
    else:
        message = Message("Not right: at {point} the answer has another value than what is asked.", point=_point(result))
    return Report(Verdict.REFUTED, message, slips=slips, witness=result.witness, read=read)


def _joined(regions: Sequence[str]) -> Message | str:
    """Intervals one after the other, as one does in a sentence."""
    if len(regions) == 1:
        return regions[0]
    return Message("{first} or {last}", first=", ".join(regions[:-1]), last=regions[-1])


def _point(result: Comparison) -> str:
    point: Mapping[str, str] = result.witness.point if result.witness else {}
    return ", ".join(f"{'dL/da' if name == 'upstream' else name} = {value}" for name, value in point.items())


def undecided(result: Comparison) -> Report:
    """A person decides, and is told how far the search went; a number that nobody can write down is no answer."""
    if result.reason == TOO_BIG:
        return Report(Verdict.UNREADABLE, Message("A number in the answer is too large to be written down."))
    if result.reason.isdigit():
        message = Message(
            "Neither proved nor refuted: the values agreed at all points, with up to {bits} bits; a person decides.",
            bits=result.reason,
        )
    else:
        message = Message("Neither proved nor refuted; a person decides.")
    where = Message("Both sides agree at {points}.", points="; ".join(result.agreed))
    return Report(Verdict.UNDECIDED, message, notes=(where,) if result.agreed else ())


def judge_identity(left: str, right: str, syntax: str, domain: str) -> Report:
    """Judge whether two texts are the same function of their variables, on the domain.

    Raises:
        SubmissionError: `left` cannot be read.
        ConfigError: `right` or `domain` cannot be read.
    """
    vocabulary = Vocabulary("", "", letters=True)
    try:
        expected = read(right, syntax, vocabulary).answer
        conditions = read_condition(domain, vocabulary) if domain.strip() else ()
    except SubmissionError as error:
        raise ConfigError(Message("the expected answer or its domain cannot be read: {what}", what=error.message)) from None
    reading = read(left, syntax, vocabulary)
    return as_read(_judge_sides(reading, expected, conditions), reading.answer)


def _judge_sides(reading: Reading, expected: Expr, conditions: Sequence[Compare]) -> Report:
    if has_derivative(reading.answer):
        return restated()
    for side in reading.sides:
        result = compare(side, expected, conditions)
        if result.equal is None:
            return undecided(result)
        if not result.equal:
            return refuted(result)
    notes = [
        Message("The answer as it is written is not defined at {place}; that gap costs nothing.", place=g) for g in result.gaps
    ]
    notes += [
        Message("The answer is defined at {place} too, where the expected expression is not.", place=g) for g in result.beyond
    ]
    if result.regions:
        where = _joined(result.regions)
        notes.append(Message("Where {where} the answer is defined, although the expected expression is not.", where=where))
    elif result.wider:
        notes.append(Message("The answer is also defined on an interval on which the expected expression is not."))
    return Report(
        Verdict.PROVED, Message("Right: proved in exact arithmetic."), certificate=result.certificate, notes=tuple(notes)
    )
