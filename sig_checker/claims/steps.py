"""A derivation: a chain of lines, each equal to the one before, that ends in the derivative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sig_checker.claims.expressions import Subject, has_derivative
from sig_checker.claims.mistakes import SLIPS
from sig_checker.deciding.identities import Comparison
from sig_checker.expressions import Expr
from sig_checker.reading import Reading, Written, to_plain
from sig_checker.verdicts import Certificate, Message, Portion, Report, Verdict

__all__ = ["MAX_LINES", "judge_steps"]

MAX_LINES = 40


@dataclass(frozen=True, slots=True)
class _Step:
    line: int
    expression: Expr


def judge_steps(lines: Sequence[Reading], subject: Subject) -> Report:
    """Judge a derivation step by step; the report names the first false one.

    Several equals signs in a line are several steps. A line that is a true equation about something else is told and
    costs nothing; a line that is not equal to the derivative is false.
    """
    read = Written(tuple(line.sides for line in lines), continued=tuple(line.continued for line in lines))
    return replace(_judge(lines, subject), read=read)


def _judge(lines: Sequence[Reading], subject: Subject) -> Report:
    chain: list[_Step] = []
    asides: list[int] = []
    gaps: dict[tuple[int, str], None] = {}
    proof: Certificate | None = None
    total = max(1, sum(len(line.sides) for line in lines) - 1)  # steps lie between expressions
    for number, line in enumerate(lines, 1):
        if not all(subject.holds(sides) for sides in line.said):
            message = Message("Line {line} is false: the definition behind it is not right.", line=number)
            return Report(Verdict.REFUTED, message, portion=_so_far(chain, total))
        results = [subject.compared(side) for side in line.sides]
        if len(line.sides) > 1 and results[0].equal is False and subject.holds(line.sides):
            asides.append(number)
            continue
        for side, result in zip(line.sides, results, strict=True):
            if result.equal is None:
                message = Message("Line {line} was neither proved nor refuted; a person decides.", line=number)
                return Report(Verdict.UNDECIDED, message, portion=_so_far(chain, total))
            if not result.equal:
                return _false_step(_Step(number, side), result, chain, total, subject)
            if not chain or chain[-1].expression != side:  # the same again is no step
                chain.append(_Step(number, side))
                proof = result.certificate or proof
            gaps.update(((number, gap), None) for gap in result.gaps)
    notes = [Message("Line {line} is true, but it stands beside the chain and does not carry it on.", line=n) for n in asides]
    notes += [
        Message("Line {line} as it is written is not defined at {place}; that gap costs nothing.", line=n, place=gap)
        for n, gap in gaps
    ]
    return _whole(chain, notes, total, proof)


def _so_far(chain: list[_Step], total: int) -> Portion:
    """The steps that are right: one less than the expressions, of which a first true one alone is none."""
    return Portion("steps", max(0, len(chain) - 1), total)


def _false_step(step: _Step, result: Comparison, chain: list[_Step], total: int, subject: Subject) -> Report:
    slips = subject.slips.name(subject.meant(step.expression))
    told = {"line": step.line, "step": to_plain(step.expression)}
    if slips:
        message = Message("Line {line} is false at {step}: {slip}.", slip=SLIPS[slips[0]], **told)
    elif chain:
        message = Message("Line {line} is false: {step} is not equal to what stands before it.", **told)
    else:
        message = Message("Line {line} is false: {step} is not the derivative that is asked for.", **told)
    return Report(Verdict.REFUTED, message, slips=slips, witness=result.witness, portion=_so_far(chain, total))


def _whole(chain: list[_Step], notes: list[Message], total: int, proof: Certificate | None) -> Report:
    worked = [s for s in chain if not has_derivative(s.expression)]
    if not worked:
        message = Message("The derivative is nowhere worked out.")
        return Report(Verdict.REFUTED, message, slips=("restated",), notes=tuple(notes), portion=Portion("steps", 0, total))
    if has_derivative(chain[-1].expression):
        message = Message("The last line still holds a derivative; work it out.")
        return Report(Verdict.REFUTED, message, notes=tuple(notes), portion=_so_far(worked, total))
    if len({s.expression for s in worked}) < 2:
        message = Message("The result is right, but no step that leads to it is shown; a person decides.")
        return Report(Verdict.UNDECIDED, message, notes=tuple(notes))
    if len(worked) == len(chain):
        notes.append(Message("The chain begins with a result of differentiating; no line shows what was differentiated."))
    message = Message("Right: each of the {count} steps is proved.", count=len(chain) - 1)
    facts = {"expressions": str(len(chain)), **(proof.facts if proof else {})}
    said = (Message("The chain holds {count} expressions.", count=len(chain)), *(proof.sentences if proof else ()))
    certificate = Certificate("every expression of the chain is equal to the derivative, by a difference of zero", facts, said)
    return Report(Verdict.PROVED, message, notes=tuple(notes), certificate=certificate)
