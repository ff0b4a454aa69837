"""What a report says to a person: headlines that claim no more than the report, figures and proofs that can be read."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from sig_checker.deciding.challenge import draw_plan
from sig_checker.exercises import load
from sig_checker.judging import Judgement, identical, judge
from sig_checker.language import translate
from sig_checker.notebook.display import ShownReport
from sig_checker.notebook.probing import probe
from sig_checker.rubric import share
from sig_checker.verdicts import Message, Portion, Report, Verdict, Witness

EXERCISE = load("sigmoid-7-02")


def shown(report: Report, level: Any = "full", language: str = "en") -> str:
    return ShownReport("task", report, level, language).plain()


def judged(task: str, answer: Any) -> Judgement:
    return judge(EXERCISE, task, {"kind": "data", "value": answer})


def function(body: str) -> Report:
    names: dict[str, Any] = {}
    exec(f"import numpy as np\ndef dsigmoid(z):\n    {body}", names)
    observed = probe(names["dsigmoid"], draw_plan("seed", ("z",)))
    return judge(EXERCISE, "q1_function", {"kind": "function", "observed": observed}, seed="seed").report


# ---- headlines


def test_what_fails_far_out_is_not_called_right_everywhere() -> None:
    report = function("return np.exp(-z)/(1 + np.exp(-z))**2")  # exp overflows beyond 709.78
    head, *lines = shown(report).splitlines()

    assert (report.verdict, report.stable) == (Verdict.MEASURED, False)
    assert head == "task: Right up to |z| = 709.7, not beyond."
    assert "every point" not in "\n".join(lines)
    assert any("nan" in line for line in lines)


def test_a_function_that_raises_far_out_is_right_as_far_as_it_went() -> None:
    report = function("assert np.all(np.abs(z) < 171); t = np.exp(-np.abs(z)); return t/(1 + t)**2")

    assert shown(report).startswith("task: Right up to |z| = 170, not beyond.")


@pytest.mark.parametrize(
    ("limit", "said"), [("709.7", "709.7"), ("170", "170"), ("2.9959329326335596", "2.995")]
)
def test_the_place_up_to_which_a_function_is_right_is_said_in_four_digits_and_never_too_large(limit: str, said: str) -> None:
    report = Report(Verdict.MEASURED, Message("x"), stable=False, measures={"right_up_to": limit})

    assert shown(report).startswith(f"task: Right up to |z| = {said}, not beyond.")


def test_a_stable_function_is_right_at_every_point() -> None:
    report = function("t = np.exp(-np.abs(z)); return t/(1 + t)**2")

    assert shown(report).startswith("task: Right at every point that was measured.")


def test_right_values_against_the_contract_are_not_simply_right() -> None:
    report = function("return [float(x) for x in (lambda t: t/(1 + t)**2)(np.exp(-np.abs(z)))] if z.ndim == 1 else None")

    if report.verdict is Verdict.MEASURED:
        assert report.contract is False
    assert "every point" not in shown(report).splitlines()[0]


@pytest.mark.parametrize(
    ("task", "answer", "head"),
    [
        ("q2_argmin", "oo", "Partly right."),
        ("q2_argmin", "0", "Not right."),
        ("q2_argmin", "±∞", "Right: proved."),
        ("q3_at_zero", {"probability": "1/2", "certainty": "certain", "update": "largest"}, "Partly right."),
        ("q3_at_zero", {"probability": "1", "certainty": "certain", "update": "none"}, "Not right."),
    ],
)
def test_a_part_that_is_right_is_called_so(task: str, answer: Any, head: str) -> None:
    assert shown(judged(task, answer).report).splitlines()[0] == f"task: {head}"


@pytest.mark.parametrize(("language", "word"), [("en", "Not right"), ("ko", "맞지 않습니다")])
def test_the_verdict_is_said_once(language: str, word: str) -> None:
    for answer in ("-a(1-a)", "a + z^7", "sqrt(z)", "0.25"):
        assert shown(judged("q1_derivative", answer).report, "hint", language).count(word) == 1


def test_what_follows_the_verdict_begins_as_a_sentence_does() -> None:
    assert "\n  A sign is wrong" in shown(judged("q1_derivative", "-a(1-a)").report)
    assert "\n  pi is not a place" in shown(judged("q2_argmax", "pi").report)


def test_the_bar_beside_the_headline_has_the_colour_of_its_word() -> None:
    """Green is for what gets full points, red for what is wrong; whatever is between the two is amber, with its own word."""
    right, wrong, partly = "#2e7d32", "#c62828", "#9e6a03"
    measured = Report(Verdict.MEASURED, Message("Right."), stable=True, contract=True)
    cases = [
        (measured, right, "Right at every point that was measured."),
        (replace(measured, stable=False, measures={"right_up_to": "709"}), partly, "Right up to |z| = 709, not beyond."),
        (replace(measured, stable=False), partly, "Partly right."),  # wrong from the first point that is looked at
        (replace(measured, contract=False), partly, "The values are right, but the function breaks the rules for arrays."),
        (Report(Verdict.REFUTED, Message("No."), portion=Portion("places", 1, 2)), partly, "Partly right."),
        (Report(Verdict.REFUTED, Message("No."), portion=Portion("places", 0, 2)), wrong, "Not right."),
    ]
    for report, colour, word in cases:
        page = ShownReport("task", report, "full", "en").html()
        assert f"border-left: 4px solid {colour}" in page
        assert f"<strong>{word}</strong>" in page
        assert (share(report) == 1) == (colour == right)


# ---- figures


def test_figures_are_rounded_for_people_and_exact_in_the_data() -> None:
    report = function("a = 1/(1 + np.exp(-z)); return a*(1 - a)")  # 1 - a is 0 from 37 on: no digit is right there
    text = shown(report)

    assert report.measures["max_ulp"] > 1e15
    assert str(report.measures["max_ulp"]) not in text
    assert "·10^15 units in the last place" in text
    assert "no digit is right there" in text
    assert "costs nothing" in text
    json.dumps(dict(report.measures))


@pytest.mark.parametrize(("ulp", "digits"), [(1.2, 15), (4000.0, 12), (3e9, 6), (2e14, 1), (9e15, 0), (math.inf, 0)])
def test_an_error_in_units_of_the_last_place_is_said_in_digits(ulp: float, digits: int) -> None:
    """A double has 15.95 digits; an error of u units in the last place costs log10(u) of them."""
    text = shown(Report(Verdict.MEASURED, Message("Right."), stable=True, measures={"max_ulp": ulp, "worst_z": 1.0}))

    assert (f"about {digits} of 16 digits are right there" in text) == (digits > 0)
    assert ("no digit is right there" in text) == (digits == 0)


# ---- witnesses


def test_the_upstream_gradient_is_named_as_students_write_it() -> None:
    report = judged("q1_backprop", "a(1-a)").report

    assert report.witness is not None
    assert set(report.witness.as_dict()) == {"z", "upstream", "answer", "truth"}  # the data keep their keys
    for language in ("en", "ko"):
        assert "dL/da = 3" in shown(report, "hint", language)
        assert "upstream =" not in shown(report, "full", language)


def test_a_witness_without_a_point_makes_a_sentence_of_its_own() -> None:
    report = Report(Verdict.REFUTED, Message("Not right."), witness=Witness({}, "0.500000000000000", "0.250000000000000"))

    assert "the answer is 0.5, the right value is 0.25" in shown(report, "full")
    assert "0.25" not in shown(report, "hint")
    assert "at  " not in shown(report, "full")


@pytest.mark.parametrize("place", ["0", "1", "-100"])
def test_the_value_at_a_wrong_place_is_kept_for_later(place: str) -> None:
    """The derivative's value at z = 0, the wrong place of its minimum, is the answer to another task."""
    report = judged("q2_argmin", place).report

    assert "by hand" not in shown(report, "hint")
    assert "by hand" in shown(report, "full")


def test_a_value_that_is_too_small_is_beaten_beside_the_place_and_not_at_it() -> None:
    witness = judged("q2_maximum", "0.2").report.witness

    assert witness is not None
    assert witness.point["z"] != "0"


# ---- proofs


def test_a_proof_is_told_in_the_readers_language() -> None:
    for task, answer in (("q1_derivative", "a(1-a)"), ("q2_maximum", "1/4"), ("q2_argmin", "±∞"), ("q1_backprop", "g a(1-a)")):
        certificate = judged(task, answer).report.certificate
        assert certificate is not None
        assert certificate.sentences
        for sentence in certificate.sentences:
            assert translate(sentence, "ko") != translate(sentence, "en")
            assert "upstream" not in translate(sentence, "en")


def test_a_proof_of_an_extreme_names_numbers_and_places() -> None:
    text = shown(judged("q2_maximum", "1/4").report)

    assert "z = 0: 1/4; z → -∞: 0; z → ∞: 0" in text
    assert "root of" not in text


# ---- where an answer is defined


@pytest.mark.parametrize(
    ("left", "right", "where"),
    [
        ("e^log(x)", "x", "x < 0"),
        ("asin(x) - asin(x)", "0", "x < -1 or x > 1"),
        ("log(x^2-1) - log(x^2-1)", "0", "-1 < x < 1"),
        ("log(e^x-2)*0 + 1", "1", "x < log(2)"),
        ("Piecewise((x, x>0))", "x", "x < 0"),
        ("log(x^2)", "2 log x", "x < 0"),
        ("sqrt(x y)", "sqrt x sqrt y", "x < 0, y < 0"),
        ("(x^2-1)/(x-1)", "x+1", "x = 1"),
        ("x + 1", "(x^2-1)/(x-1)", "x = 1"),
    ],
)
def test_a_report_says_where_the_domains_differ(left: str, right: str, where: str) -> None:
    report = identical(left, right)
    said = [report.message, *report.notes]

    assert any(where in translate(x, "en") for x in said)
    assert any(where.replace(" or ", " 또는 ") in translate(x, "ko") for x in said)


def test_an_answer_that_lives_on_half_the_line_is_told_which_half() -> None:
    assert "where z < 0" in str(judged("q1_derivative", "sqrt(z)^2/z a(1-a)").report.message)
    assert "z = 0" in str(judged("q1_derivative", "z/z a(1-a)").report.notes[0])
