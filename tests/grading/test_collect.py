"""Evidence counts only if there is one piece, for this task, made by this cell of this run. Everything else is a person's."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_output

from sig_checker.evidence import Challenge, Evidence
from sig_checker.grading.steps.collect import NoEvidence, Sent, collect, unconfirmed

CHALLENGE = Challenge("f00d", 7, "sigmoid-7-02", "q1_derivative", "q1_derivative")
ASKS_FUNCTION = Challenge("f00d", 7, "sigmoid-7-02", "q1_function", "dsigmoid", ("z",))
ISSUED = {"f00d": "q1_derivative", "beef": "q2_maximum"}
ANSWER = {"kind": "data", "value": "a(1-a)"}


def _record(**changes: Any) -> dict[str, Any]:
    return Evidence("sigmoid-7-02", "q1_derivative", "f00d", ANSWER).as_dict() | changes


def _deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return {"kind": "data", "value": value}


def test_one_piece_of_evidence_is_the_answer() -> None:
    noise = [new_output("stream", name="stdout", text="hello"), new_output("execute_result", data={"text/plain": "10.0"})]

    assert collect(Sent(CHALLENGE, [_record()], ["10.0"]), noise, ISSUED).as_dict() == _record()


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        pytest.param([_record(), _record()], "2 answers", id="the same twice"),
        pytest.param([_record(), _record(nonce="old")], "2 answers", id="a true and a false one"),
        pytest.param([_record(), None], "2 answers", id="a true one and nothing"),
        pytest.param([_record(task="q2_maximum")], "another task", id="of another task"),
        pytest.param([_record(exercise="tanh")], "another task", id="of another exercise"),
        pytest.param([_record(nonce="beef")], "another cell, q2_maximum", id="made for another cell"),
        pytest.param([_record(nonce="dead")], "another run", id="stale nonce"),
        pytest.param([_record(nonce="")], "another run", id="of a student's own session"),
        pytest.param([_record(format=99)], "format 99", id="unknown format"),
        pytest.param([_record(format=True)], "format True", id="format is a truth value"),
        pytest.param([_record(task=None)], "no text 'task'", id="task is null"),
        pytest.param([_record(answer=10.0)], "no answer with a kind", id="answer is a score"),
        pytest.param([_record(answer={"kind": 3})], "no answer with a kind", id="kind is no text"),
        pytest.param([_record(answer=_deep(100))], "too large", id="deep"),
        pytest.param([_record(answer={"kind": "data", "value": ["x"] * 600_000})], "too large", id="long"),
        pytest.param([_record(answer={"kind": "data", "value": "x" * 10**7})], "too large", id="one long text"),
        pytest.param([_record(answer={"kind": "data", "value": float("inf")})], "does not have", id="infinite"),
        pytest.param([_record(answer={"kind": "data", "value": 10**5000})], "too many digits", id="huge number"),
        pytest.param([_record(answer={"kind": "data", "value": "\ud800"})], "cannot be written", id="lone surrogate"),
        pytest.param([_record(answer={"kind": "data", "\udfff": 0})], "cannot be written", id="lone surrogate in a name"),
        pytest.param([{"points": 10.0}], "format None", id="points"),
        pytest.param(["10.0"], "not str", id="text"),
        pytest.param([_record(answer={"kind": "function"})], "other points", id="function where none is asked"),
    ],
)
def test_anything_else_is_no_evidence_and_no_accident(records: list[Any], reason: str) -> None:
    with pytest.raises(NoEvidence) as caught:
        collect(Sent(CHALLENGE, records), [], ISSUED)

    assert reason in str(caught.value.message)
    assert caught.value.suspected


@pytest.mark.parametrize("observed", [None, [], {"seed": "8"}, {"seed": 7}, {"seed": ["7"]}])
def test_a_function_must_have_been_called_at_the_points_of_the_run(observed: Any) -> None:
    record = _record(task="q1_function", answer={"kind": "function", "observed": observed})

    with pytest.raises(NoEvidence, match="other points"):
        collect(Sent(ASKS_FUNCTION, [record]), [], ISSUED)

    right = _record(task="q1_function", answer={"kind": "function", "observed": {"seed": "7"}})
    assert collect(Sent(ASKS_FUNCTION, [right]), [], ISSUED).answer["kind"] == "function"


def test_silence_may_be_an_accident_and_says_how_the_cell_ended() -> None:
    error = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])

    for outputs, reason in (([error], "ZeroDivisionError"), ([], "no answer")):
        with pytest.raises(NoEvidence, match=reason) as caught:
            collect(Sent(CHALLENGE), outputs, ISSUED)
        assert not caught.value.suspected


@pytest.mark.parametrize("text", ["0.0", "0", "0.00", "0e+00", "-0.0", "8.0", "8"])
@pytest.mark.parametrize("points", [8.0])
def test_a_result_that_claims_nothing_or_what_the_judge_gives_is_no_claim(text: str, points: float) -> None:
    assert unconfirmed([text], points) is None


@pytest.mark.parametrize(
    ("text", "points", "said"),
    [
        ("10.0", 0.0, "The cell claimed 10 points; the judge gives 0."),
        ("10.0", 2.5, "The cell claimed 10 points; the judge gives 2.5."),
        ("10.0", None, "The cell claimed 10 points; the judge gives none."),
        ("-1.0", 0.0, "The cell claimed -1 points; the judge gives 0."),
        ("True", 0.0, "The cell claimed 'True' points; the judge gives 0."),
        ("nan", 0.0, "The cell claimed 'nan' points; the judge gives 0."),
        ("inf", 0.0, "The cell claimed 'inf' points; the judge gives 0."),
        ("", 0.0, "The cell claimed '' points; the judge gives 0."),
        ("np.float64(10.0)", 0.0, "The cell claimed 'np.float64(10.0)' points; the judge gives 0."),
    ],
)  # what nbgrader would take for full marks
def test_a_claim_that_the_judge_does_not_confirm_is_told_as_it_is(text: str, points: float | None, said: str) -> None:
    assert str(unconfirmed(["0.0", text], points)) == said


def test_a_cell_without_a_result_claims_nothing() -> None:
    assert unconfirmed([], 0.0) is None
