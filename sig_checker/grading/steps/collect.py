"""From what a check cell sent to the answer. Evidence is trusted only as far as: one piece, this task's, made by this cell.

What the cell claims to be worth counts for nothing; it is only compared with what the judge gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sig_checker.evidence import Challenge, Evidence
from sig_checker.notebook.display import points_text
from sig_checker.verdicts import Message

__all__ = ["NoEvidence", "Sent", "collect", "unconfirmed"]


@dataclass(slots=True)
class Sent:
    """What came out of a check cell while it ran, as it came: nothing that was sent can be taken back.

    Attributes:
        challenge: that the cell was handed.
        evidence: the records of our MIME type.
        results: the cell's results in plain text, which are scores to nbgrader.
        odd: what else has happened, in this cell or since the check cell before it, that is no accident.
    """

    challenge: Challenge
    evidence: list[Any] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    odd: Message | None = None


class NoEvidence(Exception):
    """No answer can be taken from the cell; a person must look.

    Attributes:
        message: says why.
        suspected: `submit` never sends such a thing, so it cannot have happened by accident.
    """

    def __init__(self, message: Message, *, suspected: bool) -> None:
        super().__init__(message)
        self.message = message
        self.suspected = suspected


def collect(sent: Sent, outputs: list[Any], issued: Mapping[str, str]) -> Evidence:
    """The evidence that a check cell has handed in.

    Args:
        outputs: of the cell, which say how it ended where nothing was handed in.
        issued: the nonces of this run so far, with the names of their cells.

    Raises:
        NoEvidence: there is none, or it cannot be this cell's.
    """
    if not sent.evidence:
        raise NoEvidence(_silence(outputs), suspected=False)
    if len(sent.evidence) > 1:
        raise _suspected(Message("The cell handed in {count} answers instead of one.", count=len(sent.evidence)))
    try:
        evidence = Evidence.from_dict(sent.evidence[0])
    except ValueError as error:
        raise _suspected(Message("What the cell handed in is not evidence: {error}.", error=error)) from None
    challenge = sent.challenge
    if (evidence.exercise, evidence.task) != (challenge.exercise, challenge.task):
        raise _suspected(Message("The cell handed in an answer to another task, {task}.", task=evidence.task[:80]))
    if evidence.nonce in issued and evidence.nonce != challenge.nonce:
        raise _suspected(Message("The cell handed in what was made for another cell, {cell}.", cell=issued[evidence.nonce]))
    if evidence.nonce != challenge.nonce:
        raise _suspected(Message("The cell handed in an answer from another run."))
    kind = evidence.answer["kind"]
    if kind == "function" and (not challenge.parameters or _seed(evidence) != str(challenge.seed)):
        raise _suspected(Message("The cell reports of a function that was called at other points than those of this run."))
    return evidence


def unconfirmed(results: Iterable[str], points: float | None) -> Message | None:
    """What to say of a cell's result that claims something else than the judge gives (None: nothing yet); None where none does.

    The result of `submit` is 0.0, which claims nothing, however a notebook has set numbers to be shown.
    """
    for text in results:
        claimed = _number(text)
        if claimed is not None and claimed in (0, points):
            continue
        shown = repr(text[:60]) if claimed is None else points_text(claimed)
        if points is None:
            return Message("The cell claimed {claimed} points; the judge gives none.", claimed=shown)
        given = points_text(points)
        return Message("The cell claimed {claimed} points; the judge gives {given}.", claimed=shown, given=given)
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e6 else None


def _suspected(message: Message) -> NoEvidence:
    return NoEvidence(message, suspected=True)


def _seed(evidence: Evidence) -> object:
    observed = evidence.answer.get("observed")
    return observed.get("seed") if isinstance(observed, Mapping) else None


def _silence(outputs: list[Any]) -> Message:
    for output in outputs:
        if output.get("output_type") == "error":
            return Message("The cell handed in no answer; it ended in {name}: {text}", name=str(output.get("ename"))[:80],
                           text=str(output.get("evalue"))[:200])  # fmt: skip
    return Message("The cell handed in no answer.")
