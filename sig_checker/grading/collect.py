"""From the outputs of a check cell to the answer. Evidence is trusted only as far as: one piece, this task's, this run's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sig_checker.evidence import MIME, Challenge, Evidence
from sig_checker.grading.check_cells import CheckCell
from sig_checker.verdicts import Message

__all__ = ["NoEvidence", "collect"]


class NoEvidence(Exception):
    """No answer can be taken from the cell; a person must look. `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def collect(outputs: list[Any], cell: CheckCell, challenge: Challenge) -> Mapping[str, Any]:
    """The answer that a check cell has handed in, in one of the forms of `sig_checker.evidence`.

    Raises:
        NoEvidence: there is none, or it cannot be this cell's.
    """
    records = [x["data"][MIME] for x in outputs if isinstance(x.get("data"), Mapping) and MIME in x["data"]]
    if not records:
        raise NoEvidence(_silence(outputs))
    if len(records) > 1:
        raise NoEvidence(Message("The cell handed in {count} answers instead of one.", count=len(records)))
    try:
        evidence = Evidence.from_dict(records[0])
    except ValueError as error:
        raise NoEvidence(Message("What the cell handed in is not evidence: {error}.", error=error)) from None
    if (evidence.exercise, evidence.task) != (cell.exercise, cell.task):
        raise NoEvidence(Message("The cell handed in an answer to another task, {task}.", task=evidence.task[:80]))
    if evidence.nonce != challenge.nonce:
        raise NoEvidence(Message("The cell handed in an answer from another run."))
    if evidence.answer["kind"] == "function" and _seed(evidence) != str(challenge.seed):
        raise NoEvidence(Message("The cell reports of a function that was called at other points than those of this run."))
    return evidence.answer


def _seed(evidence: Evidence) -> object:
    observed = evidence.answer.get("observed")
    return observed.get("seed") if isinstance(observed, Mapping) else None


def _silence(outputs: list[Any]) -> Message:
    for output in outputs:
        if output.get("output_type") == "error":
            return Message("The cell handed in no answer; it ended in {name}: {text}", name=str(output.get("ename"))[:80],
                           text=str(output.get("evalue"))[:200])  # fmt: skip
    return Message("The cell handed in no answer.")
