"""A derivation: a chain of lines, each equal to the one before, that ends in the derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sig_checker.claims.expressions import Subject, has_derivative
from sig_checker.claims.mistakes import SLIPS
from sig_checker.deciding.identities import Comparison
from sig_checker.errors import SubmissionError
from sig_checker.expressions import Deriv, Div, Expr, Var, children, free_names, rebuild, survey
from sig_checker.reading import Reading, Written, to_plain
from sig_checker.verdicts import Certificate, Message, Portion, Report, Verdict

__all__ = ["judge_steps"]

MOST_NODES = 3_000  # of an expression once letters are replaced by what they stand for


@dataclass(frozen=True, slots=True)
class _Step:
    """`written` is the expression as it stands there, `expression` with the derivation's own letters replaced."""

    line: int
    written: Expr
    expression: Expr


def judge_steps(lines: Sequence[Reading], subject: Subject) -> Report:
    """Judge a derivation step by step; the report names the first false one.

    Several equals signs in a line are several steps. A line that is a true equation about something else is told and
    costs nothing; a line that is not equal to the derivative is false. A line that defines a letter says nothing yet, so it
    is no step: the lines below it are judged with the letter replaced.

    Raises:
        SubmissionError: definitions built on each other that would become too long.
    """
    read = Written(tuple(line.sides for line in lines), continued=tuple(line.continued for line in lines))
    return replace(_judge(lines, subject), read=read)


def _judge(lines: Sequence[Reading], subject: Subject) -> Report:
    chain: list[_Step] = []
    asides: list[int] = []
    gaps: dict[tuple[int, str], None] = {}
    proof: Certificate | None = None
    total = max(1, sum(len(line.sides) for line in lines if not line.defines) - 1)  # steps lie between expressions
    letters: dict[str, Expr] = {}
    for line in lines:
        number = line.line
        sides = [_put_in(side, letters, subject.variable, number) for side in line.sides]
        said = [[_put_in(side, letters, subject.variable, number) for side in x] for x in line.said]
        if line.defines:
            letters[line.defines] = sides[1]
            said.append(sides[1:])
        if not all(map(subject.holds, said)):
            message = Message("Line {line} is false: the definition behind it is not right.", line=number)
            return Report(Verdict.REFUTED, message, portion=_so_far(chain, total))
        if line.defines:
            continue
        results = [subject.compared(side) for side in sides]
        if len(sides) > 1 and results[0].equal is False and subject.holds(sides):
            asides.append(number)
            continue
        for written, side, result in zip(line.sides, sides, results, strict=True):
            step = _Step(number, written, side)
            if result.equal is None:
                message = Message("Line {line} was neither proved nor refuted; a person decides.", line=number)
                return Report(Verdict.UNDECIDED, message, portion=_so_far(chain, total))
            if not result.equal:
                return _false_step(step, result, chain, total, subject)
            if not chain or chain[-1].written != written:  # the same again is no step
                chain.append(step)
                proof = result.certificate or proof
            gaps.update(((number, gap), None) for gap in result.gaps)
    notes = [Message("Line {line} is true, but it stands beside the chain and does not carry it on.", line=n) for n in asides]
    notes += [
        Message("Line {line} as it is written is not defined at {place}; that gap costs nothing.", line=n, place=gap)
        for n, gap in gaps
    ]
    return _whole(chain, notes, total, proof)


def _put_in(e: Expr, letters: Mapping[str, Expr], variable: str, line: int) -> Expr:
    """`e` with letters replaced by what they stand for; a derivative by u is one by the variable over that of u."""
    used = [survey(letters[name]).nodes for name in free_names(e) | _rates_by(e) if name in letters]
    if not used:
        return e
    if survey(e).nodes * max(used) > MOST_NODES:
        raise SubmissionError(Message("Line {line}: with its letters replaced it becomes too long.", line=line))

    def replaced(x: Expr) -> Expr:
        if isinstance(x, Var):
            return letters.get(x.name, x)
        if isinstance(x, Deriv) and x.by in letters:
            inner = replaced(x.arg)
            for _ in range(x.order):
                inner = Div(Deriv(inner, variable), Deriv(letters[x.by], variable))
            return inner
        return rebuild(x, replaced)

    return replaced(e)


def _rates_by(e: Expr) -> frozenset[str]:
    """The letters by which something is differentiated in `e`."""
    own = frozenset((e.by,)) if isinstance(e, Deriv) else frozenset()
    return own.union(*map(_rates_by, children(e))) if Deriv in survey(e).kinds else own


def _so_far(chain: list[_Step], total: int) -> Portion:
    """The steps that are right: one less than the expressions, of which a first true one alone is none."""
    return Portion("steps", max(0, len(chain) - 1), total)


def _false_step(step: _Step, result: Comparison, chain: list[_Step], total: int, subject: Subject) -> Report:
    slips = subject.slips.name(subject.meant(step.expression))
    told = {"line": step.line, "step": to_plain(step.written)}
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
