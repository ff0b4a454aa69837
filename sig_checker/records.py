"""Reports as data and back, for a report that was made in another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sig_checker.verdicts import Certificate, Message, Portion, Report, Verdict, Witness

__all__ = ["from_data", "to_data"]

_PLAIN = ("stable", "contract", "carried_forward", "measures")
_SENTENCES = ("unclear", "notes", "disclosed")


def to_data(report: Report) -> dict[str, Any]:
    """What JSON can carry of a report: all but `read`, which the reader of the answer knows.

    >>> report = Report(Verdict.REFUTED, Message("Not right: {slip}.", slip=Message("a sign is wrong")), ("sign",))
    >>> from_data(to_data(report)) == report
    True
    """
    witness, proof, portion = report.witness, report.certificate, report.portion
    return {
        **{name: getattr(report, name) for name in _PLAIN},
        **{name: _all_said(getattr(report, name)) for name in _SENTENCES},
        "verdict": report.verdict.value,
        "message": _said(report.message),
        "slips": list(report.slips),
        "witness": [dict(witness.point), witness.answer, witness.truth, witness.shows] if witness else None,
        "certificate": [proof.method, dict(proof.facts), _all_said(proof.sentences)] if proof else None,
        "portion": [portion.of, portion.right, portion.total] if portion else None,
    }


def from_data(record: Mapping[str, Any]) -> Report:
    """The report that a record of `to_data` describes; KeyError, TypeError or ValueError for anything else."""
    witness, proof, portion = record["witness"], record["certificate"], record["portion"]
    if proof:
        method, facts, sentences = proof
        proof = Certificate(method, facts, _messages(sentences))
    said: dict[str, Any] = {name: _messages(record[name]) for name in _SENTENCES}
    return Report(
        Verdict(record["verdict"]),
        _message(record["message"]),
        slips=tuple(record["slips"]),
        witness=Witness(*witness) if witness else None,
        certificate=proof or None,
        portion=Portion(*portion) if portion else None,
        **said,
        **{name: record[name] for name in _PLAIN},
    )


def _said(message: Message) -> list[Any]:
    return [message.template, {name: _value(value) for name, value in message.values.items()}]


def _all_said(messages: tuple[Message, ...]) -> list[list[Any]]:
    return [_said(message) for message in messages]


def _value(value: object) -> object:
    if isinstance(value, Message):
        return _said(value)
    return value if isinstance(value, str | int | float) else str(value)


def _message(record: Any) -> Message:
    template, values = record
    return Message(template, **{name: _message(v) if isinstance(v, list) else v for name, v in values.items()})


def _messages(records: Any) -> tuple[Message, ...]:
    return tuple(_message(record) for record in records)
