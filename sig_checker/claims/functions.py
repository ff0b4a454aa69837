"""The claim that a NumPy function computes the truth: its values, its tails, its contract; a recorded formula adds to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sig_checker.claims.function_faults import contract_faults, ended, hints, remarks, repeats, unusable
from sig_checker.claims.observed import CURIOUS, Answer, Observed, read_observed
from sig_checker.deciding.challenge import CORE, NEAR, PLAIN_UPSTREAM, Points, draw_plan
from sig_checker.deciding.enclosures import show
from sig_checker.deciding.floating import Comparison, Truth, compare, figures, truth_of
from sig_checker.errors import SubmissionError
from sig_checker.expressions import Expr, Var
from sig_checker.reading import Written, to_plain
from sig_checker.verdicts import Certificate, Message, Report, Verdict, Witness

__all__ = ["Decide", "NameSlips", "NameSlipsOfValues", "judge_function"]

Decide = Callable[[Expr], "Certificate | Witness | None"]  # a formula against the truth: proved, refuted, or neither
NameSlips = Callable[[Expr], tuple[str, ...]]
NameSlipsOfValues = Callable[[Sequence[Mapping[str, float]], Sequence[float]], tuple[str, ...]]

SEVERAL_DIMENSIONS = frozenset({"grid", "square", "cube"})
FURTHER_OUT = frozenset({"fixed_wide", "fixed_far", "fresh_wide", "fresh_far", "mixed", "source_wide", "source_far"})
FIXED = frozenset({"fixed", "fixed_wide", "fixed_far"})
_COARSE = {"float32": 2.0**32, "float16": 2.0**45}  # their units of rounding are 2^29 and 2^42 of ours; a few of them
CLOSE_UNITS = 1e-3 / 2.0**-53  # what is off by less everywhere looks like rounding or a finite difference


@dataclass(slots=True)
class _Findings:
    """The comparison of all answers, point by point."""

    wrong: list[tuple[Answer, int, float]] = field(default_factory=list)  # answer, index, value
    unstable: list[tuple[Answer, int, float]] = field(default_factory=list)
    compared_with: list[tuple[Answer, frozenset[int]]] = field(default_factory=list)  # answer, indices of what is wrong
    compared: int = 0
    units: float = 0.0  # of the finite values, |z| up to CORE


def judge_function(
    truth: Expr,
    names: tuple[str, ...],
    observed: object,
    *,
    seed: str | None = None,
    read_formula: Callable[[str], Expr] | None = None,
    prove: Decide | None = None,
    name_slips: NameSlips | None = None,
    name_slips_of_values: NameSlipsOfValues | None = None,
    thorough: bool = True,
) -> Report:
    """Judge what a function did with a challenge.

    Right means: within 8 units of 2^-53 for |z| <= 700. Stable means: finite there, and as right beyond. Where a value for
    170 < |z| <= 700 is not finite, something overflowed on the way, which is instability; a finite wrong one is wrong.

    Args:
        truth: the right expression in `names`; with two names a product with the first, the upstream gradient.
        names: of the parameters, by position; the last is the input.
        observed: what `sig_checker.notebook.probing.probe` reported.
        seed: of the challenge that was handed out; observations of another are not judged. None takes theirs, which is
            for a student's own session only.
        read_formula: reads the recorded formula; without it, it is left aside.
        prove: decides the formula. It adds a certificate to right values and a sentence to a formula that differs; it never
            changes the verdict.
        name_slips, name_slips_of_values: name the mistake of a wrong function by its formula, or else by its values.
        thorough: whether a wrong function is looked at any further than to the first call with a wrong value. The verdict is
            the same.

    Returns:
        MEASURED with `stable`, `contract` and `measures`; REFUTED with a witness where a value is wrong; UNREADABLE where
        there is no function; UNDECIDED where the observations cannot be understood, so that a person looks.
    """
    theirs = observed.get("seed") if isinstance(observed, Mapping) else None
    plan = draw_plan(seed if seed is not None else theirs if isinstance(theirs, str) else "", names)
    try:
        seen = read_observed(observed, plan)
    except ValueError as error:
        message = Message("What the function did was not reported as it should be: {reason}.", reason=str(error))
        return Report(Verdict.UNDECIDED, message)
    if seen.fault is not None:
        return ended(seen.fault)
    expr = _formula(seen.formula, read_formula)

    def mistake() -> tuple[str, ...]:
        slips = name_slips(expr) if expr is not None and name_slips is not None else ()
        if not slips and name_slips_of_values is not None:
            slips = name_slips_of_values(*_fixed_values(seen, names))
        return slips

    report = _judge(truth_of(truth, names), seen, mistake, thorough=thorough)
    return _with_formula(report, expr, prove)


def _judge(truth: Truth, seen: Observed, mistake: Callable[[], tuple[str, ...]], *, thorough: bool) -> Report:
    findings = _Findings()
    tails: list[Message] = []
    flat: list[Message] = []  # trouble with arrays of several dimensions only
    for answer in seen.answers:
        if answer.call in CURIOUS:
            continue
        trouble = unusable(answer)
        if trouble is None:
            _compare(truth, answer, findings)
            if findings.wrong and not thorough:
                break
        elif answer.call in SEVERAL_DIMENSIONS:
            flat.append(trouble)
        elif answer.raised and answer.call in FURTHER_OUT:
            tails.append(trouble)
        else:
            return Report(Verdict.REFUTED, trouble, notes=tuple(hints(seen)), contract=False)
    faults = contract_faults(seen)
    faults += [x for x in flat[:1] if x not in faults]
    if findings.wrong:
        return _wrong(truth, seen, findings, faults, mistake)
    if not findings.compared:
        return Report(Verdict.UNDECIDED, Message("There is no point at which the function could be compared with the truth."))
    stable = not findings.unstable and not tails
    measures = _measures(truth, seen, stable=stable)
    limit = None if stable else _right_up_to(findings, seen)
    if limit is not None:
        measures["right_up_to"] = _number(limit)
    sentences = list(faults)
    if findings.unstable:
        plain = list(filter(_is_plain, findings.unstable)) or findings.unstable
        found = next((x for x in plain if all(column[x[1]] for column in x[0].points[:-1])), plain[0])  # rather than at 0 · σ'
        _, where, value = _point(truth, found)
        told = {"point": where, "value": value, "input": truth.names[-1]}
        said = Message("Where |{input}| is large the values are wrong: at {point} the function returns {value}.", **told)
        if not _is_plain(found):
            del told["input"]
            said = Message("Where ∂L/∂a is large the values are wrong: at {point} the function returns {value}.", **told)
        sentences.append(said)
    elif tails:
        sentences.append(Message("Where |{input}| is large the function fails. {what}", input=truth.names[-1], what=tails[0]))
    if not sentences:
        sentences.append(Message("Right wherever it was compared, out to ±∞, within what rounding costs."))
    curious = [x for x in seen.answers if x.call in CURIOUS and x.values]
    notes = remarks(seen, {x.call for x in curious if compare(truth, x.points, x.values or ()).wrong})
    return Report(
        Verdict.MEASURED, sentences[0], stable=stable, contract=not faults, measures=measures, notes=(*sentences[1:], *notes),
    )  # fmt: skip


def _right_up_to(findings: _Findings, seen: Observed) -> float | None:
    """The largest fixed |z| with a right value, below all at which one is wrong or missing; None where there are none of these.

    What only a huge upstream gradient brings about says nothing of z.
    """
    bad = [abs(found[0].points[-1][found[1]]) for found in findings.unstable if _is_plain(found)]
    fixed = [x for x in seen.answers if x.call in FIXED]
    bad += [min(abs(z) for z in x.points[-1]) for x in fixed if x.values is None]
    reached = {abs(z) for x in fixed if x.values is not None for z in x.points[-1]}
    return max((z for z in reached if z < min(bad)), default=None) if bad else None


def _is_plain(found: tuple[Answer, int, float]) -> bool:
    """Whether the upstream gradient, where there is one, is of a usual size at this point."""
    answer, i, _ = found
    return all(abs(column[i]) <= PLAIN_UPSTREAM for column in answer.points[:-1])


def _compare(truth: Truth, answer: Answer, findings: _Findings) -> None:
    for values in (answer.values, answer.block):
        if values is None:
            continue
        comparison = compare(truth, answer.points, values)
        findings.compared += comparison.compared
        findings.compared_with.append((answer, frozenset(comparison.wrong)))
        for i in comparison.wrong:
            point, value = tuple(x[i] for x in answer.points), values[i]
            far = abs(point[-1]) > CORE
            plain = abs(point[-1]) <= NEAR and all(abs(u) <= PLAIN_UPSTREAM for u in point[:-1])
            kept = findings.unstable if far or not (plain or math.isfinite(value)) else findings.wrong
            kept.append((answer, i, value))
            if not far:
                findings.units = max(findings.units, _units(comparison, i))


def _units(comparison: Comparison, i: int) -> float:
    units = float(comparison.units[i])
    return units if math.isfinite(units) else math.inf


def _point(truth: Truth, found: tuple[Answer, int, float]) -> tuple[tuple[float, ...], str, str]:
    """The point, and how it and the value there are shown."""
    answer, i, value = found
    point = tuple(x[i] for x in answer.points)
    return (
        point,
        ", ".join(f"{to_plain(Var(name))} = {_number(x)}" for name, x in zip(truth.names, point, strict=True)),
        _number(value),
    )


def _number(x: float) -> str:
    """The shortest text that names the double; whole numbers without a point."""
    return str(int(x)) if math.isfinite(x) and abs(x) < 1e15 and x == int(x) and str(x) != "-0.0" else repr(x)


def _wrong(
    truth: Truth, seen: Observed, findings: _Findings, faults: list[Message], mistake: Callable[[], tuple[str, ...]]
) -> Report:
    right = {
        point for answer, wrong in findings.compared_with for i, point in enumerate(zip(*answer.points, strict=True))
        if i not in wrong
    }  # fmt: skip
    elsewhere = next((x for x in findings.wrong if tuple(column[x[1]] for column in x[0].points) in right), None)
    found = elsewhere or findings.wrong[0]
    point, where, value = _point(truth, found)
    told = {"point": where, "value": value}
    if elsewhere is not None and not repeats(seen):
        message = Message("The function does not give the same values every time: at {point} it once returned {value}.", **told)
    elif elsewhere is not None:
        message = Message("The value at {point} depends on the other elements or earlier calls: it once was {value}.", **told)
    elif findings.units < _COARSE.get(found[0].dtype, 0.0):
        told["dtype"] = found[0].dtype
        message = Message("The values are {dtype}, which is too coarse: at {point} the function returns {value}.", **told)
    elif findings.units < CLOSE_UNITS:
        message = Message("Close, but off by more than rounding costs: at {point} the function returns {value}.", **told)
    else:
        message = Message("The values are wrong: at {point} the function returns {value}.", **told)
    ball = truth.at(point)
    assert ball is not None  # or nothing would have been compared
    return Report(
        Verdict.REFUTED,
        message,
        slips=mistake() if elsewhere is None else (),  # no formula has several values at one point
        witness=Witness(dict(zip(truth.names, map(_number, point), strict=True)), value, show(ball)),
        contract=not faults,
        notes=tuple(faults),
    )


def _fixed_values(seen: Observed, names: Sequence[str]) -> tuple[list[dict[str, float]], tuple[float, ...]]:
    fixed = seen.answer("fixed")
    if fixed is None or fixed.values is None:
        return [], ()
    return [dict(zip(names, point, strict=True)) for point in zip(*fixed.points, strict=True)], fixed.values


def _measures(truth: Truth, seen: Observed, *, stable: bool) -> dict[str, Any]:
    """The figures, of the fixed points alone: over |z| <= 700, as far as the values are finite there."""
    answers = [x for x in (seen.answer("fixed"), seen.answer("fixed_wide")) if x is not None and x.values is not None]
    rows = [row for x in answers for row in zip(x.values or (), *x.points, strict=True) if math.isfinite(row[0])]
    values, *columns = (tuple(column) for column in zip(*rows, strict=True)) if rows else ((), *((),) * len(truth.names))
    points: Points = tuple(columns)
    found = figures(compare(truth, points, values), points)
    far = seen.answer("fixed_far")
    return {
        "stable": stable, "max_error": found.max_error, "max_ulp": found.max_ulp, "worst_z": found.worst[-1],
        "input": truth.names[-1],
        "points": found.points + (0 if far is None else len(far.points[-1])),
    }  # fmt: skip


def _formula(text: str | None, read_formula: Callable[[str], Expr] | None) -> Expr | None:
    if text is None or read_formula is None:
        return None
    try:
        return read_formula(text)
    except SubmissionError:  # a bonus that cannot be had; the values are judged without it
        return None


def _with_formula(report: Report, expr: Expr | None, prove: Decide | None) -> Report:
    """The report with what the formula adds; never another verdict."""
    if expr is None:
        return report
    report = replace(report, read=Written(((expr,),)))
    decided = prove(expr) if prove is not None else None
    if isinstance(decided, Certificate) and report.verdict is Verdict.MEASURED:
        return replace(report, certificate=decided)
    if isinstance(decided, Certificate):
        note = Message("As mathematics the formula is right; what is wrong comes from how it is computed.")
    elif isinstance(decided, Witness) and report.verdict is Verdict.MEASURED:
        note = Message("As mathematics the formula is another one, but its values are right wherever they were compared.")
    else:
        return report
    return replace(report, notes=(*report.notes, note))
