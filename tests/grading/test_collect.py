"""Evidence counts only if there is one piece, for this task, from this run. Everything else is a person's."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_output

from sig_checker.evidence import MIME, Challenge, Evidence
from sig_checker.grading.check_cells import CheckCell
from sig_checker.grading.collect import NoEvidence, collect

CELL = CheckCell("sigmoid-7-02", "q1_derivative")
CHALLENGE = Challenge("f00d", 7)
ANSWER = {"kind": "data", "value": "a(1-a)"}


def _record(**changes: Any) -> dict[str, Any]:
    return Evidence("sigmoid-7-02", "q1_derivative", "f00d", ANSWER).as_dict() | changes


def _outputs(*records: Any) -> list[Any]:
    return [new_output("display_data", data={MIME: record, "text/plain": "q1_derivative: data"}) for record in records]


def test_one_piece_of_evidence_is_the_answer() -> None:
    noise = [new_output("stream", name="stdout", text="hello"), new_output("execute_result", data={"text/plain": "10.0"})]

    assert collect([*noise, *_outputs(_record())], CELL, CHALLENGE) == ANSWER


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        pytest.param([], "no answer", id="none"),
        pytest.param([_record(), _record()], "2 answers", id="the same twice"),
        pytest.param([_record(), _record(nonce="old")], "2 answers", id="a true and a false one"),
        pytest.param([_record(task="q2_maximum")], "another task", id="of another task"),
        pytest.param([_record(exercise="tanh")], "another task", id="of another exercise"),
        pytest.param([_record(nonce="dead")], "another run", id="stale nonce"),
        pytest.param([_record(nonce="")], "another run", id="of a student's own session"),
        pytest.param([_record(format=99)], "format 99", id="unknown format"),
        pytest.param([_record(answer=10.0)], "no answer with a kind", id="answer is a score"),
        pytest.param([_record(answer={"kind": 3})], "no answer with a kind", id="kind is no text"),
        pytest.param([{"points": 10.0}], "format None", id="points"),
        pytest.param(["10.0"], "not str", id="text"),
        pytest.param([_record(answer={"kind": "function"})], "other points", id="function without observations"),
        pytest.param([_record(answer={"kind": "function", "observed": {"seed": "8"}})], "other points", id="another seed"),
        pytest.param([_record(answer={"kind": "function", "observed": {"seed": 7}})], "other points", id="seed is a number"),
    ],
)
def test_anything_else_is_no_evidence(records: list[Any], reason: str) -> None:
    with pytest.raises(NoEvidence) as caught:
        collect(_outputs(*records), CELL, CHALLENGE)

    assert reason in str(caught.value.message)


def test_a_cell_that_fails_says_how() -> None:
    error = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])

    with pytest.raises(NoEvidence, match="ZeroDivisionError"):
        collect([error], CELL, CHALLENGE)
