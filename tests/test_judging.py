"""Answers of every form to every kind of task, through the one door that notebook, grader and command line use."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest

from sig_checker.exercise import Exercise, Task
from sig_checker.exercises import load
from sig_checker.judging import Judgement, identical, judge
from sig_checker.notebook.display import ShownReport
from sig_checker.verdicts import Message, Report, Verdict

EXERCISE = load("sigmoid-7-02")


def data(value: Any) -> dict[str, Any]:
    return {"kind": "data", "value": value}


def judged(task: str, value: Any, **options: Any) -> Judgement:
    return judge(EXERCISE, task, data(value), **options)


STEPS = ["d/dz (1+e^-z)^-1", "-(1+e^-z)^-2 (-e^-z)", "e^-z/(1+e^-z)^2", "a(1-a)"]


def test_a_derivation_is_shown_line_by_line_as_it_was_written() -> None:
    for lines, shown in [
        (["d/dz sigma(z) = e^-z/(1+e^-z)^2", "= a(1-a)"], ["d/dz [sigma(z)] = e^(-z)/(1 + e^(-z))^2", "= a*(1 - a)"]),
        (["a(1-a)", r"= \sigma(z)(1-\sigma(z))"], ["a*(1 - a)", "= sigma(z)*(1 - sigma(z))"]),
        (["(1) a(1-a) =", "(2) a - a^2", "(3) == a(1-a)"], ["a*(1 - a)", "a - a^2", "= a*(1 - a)"]),
        (["a(1-a)", "=", "= = a - a^2"], ["a*(1 - a)", "= a - a^2"]),
    ]:
        report = judged("q1_steps", lines).report
        assert report.verdict is Verdict.PROVED
        assert (report.read_as or "").split("\n") == shown
        assert [x.startswith("= ") for x in (report.read_as_latex or "").split(r" \\ ")] == [x.startswith("= ") for x in shown]


@pytest.mark.parametrize(
    ("task", "answer", "points"),
    [
        ("q1_steps", STEPS, 8),
        ("q1_steps", "\n".join(STEPS), 8),
        ("q1_steps", [" = ".join(STEPS)], 8),
        ("q1_steps", [STEPS[0], "= " + STEPS[1], "= " + STEPS[3]], 8),
        ("q1_steps", [*STEPS[:2], "e^-z/(1+e^-z)", "a(1-a)"], 2.67),
        ("q1_steps", [STEPS[0], "-(1+e^-z)^-2", *STEPS[2:]], 0),
        ("q1_steps", ["σ'(z) = 5"], 0),
        ("q1_steps", ["d/dz sigma(z)"], 0),
        ("q1_steps", ["a(1+a)"], 0),
        ("q1_steps", ["a = 1/(1+e^-z)", *STEPS], 8),  # true, beside the chain
        ("q1_steps", ["a = 1/(1+e^z)", *STEPS], 0),  # false
        ("q1_derivative", "σ'(z) = σ(z)(1-σ(z)) = a(1-a)", 10),
        ("q1_derivative", "a(1+a) = a(1-a)", 0),
        ("q1_derivative", "a = a(1-a)", 0),
        ("q1_derivative", 0.25, 0),
        ("q1_derivative", ["a(1-a)"], 0),
        ("q1_derivative", True, 0),
        ("q1_derivative", None, 0),
        ("q1_derivative", "d/dz sigma(z)", 0),
        ("q1_backprop", "dL/dz = dL/da * da/dz = dL/da a(1-a)", 8),
        ("q1_backprop", r"\frac{\partial \mathcal{L}}{\partial a} \cdot \sigma(z)(1-\sigma(z))", 8),
        ("q2_maximum", "max = 0.25", 6),
        ("q2_maximum", "최댓값은 1/4", 6),
        ("q2_maximum", "σ'(0) = 1/4", 6),
        ("q2_maximum", "1/5 = 1/4", 0),
        ("q2_maximum", "a(1-a)", 0),
        ("q2_minimum", "0 (not attained)", 6),
        ("q2_minimum", "0 (도달하지 않음)", 6),
        ("q2_minimum", "min: 0", 6),
        ("q2_minimum", "0; 도달 못함", 6),
        ("q2_maximum", "①1/4", 6),
        ("q2_argmax", "② z = 0", 6),
        ("q2_argmax", "z = 0", 6),
        ("q2_argmax", 0, 6),
        ("q2_argmax", "log(1)", 6),
        ("q2_argmax", "1e-300", 0),
        ("q2_argmax", [0, 1], 0),
        ("q2_argmin", ["-oo", "oo"], 6),
        ("q2_argmin", "z = ∞ 또는 z = -∞", 6),
        ("q2_argmin", "z → -∞ and z → +∞", 6),
        ("q2_argmin", r"z = \pm\infty", 6),
        ("q2_argmin", "+-oo", 6),
        ("q2_argmin", "∞", 3),
        ("q2_argmin", ["oo", "oo"], 3),
        ("q2_argmin", ["oo", "-oo", 0], 0),
        ("q2_argmin", "1e308", 0),
        ("q3_at_zero", {"probability": 0.5, "certainty": "uncertain", "update": "largest"}, 8),
        ("q3_at_zero", {"probability": "50/100", "certainty": "Uncertain", "update": " largest "}, 8),
        ("q3_at_zero", {"probability": 0.5, "certainty": "certain", "update": "largest"}, 5.33),
        ("q3_at_zero", {"probability": None, "certainty": None, "update": None}, 0),
        ("q3_at_infinity", {"probability": [0, 1], "certainty": "certain", "update": "none"}, 8),
        ("q3_at_infinity", {"probability": "0 또는 1", "certainty": "certain", "update": "none"}, 8),
        ("q3_at_infinity", {"probability": [0], "certainty": "certain", "update": "none"}, 5.33),
        ("q3_at_infinity", "certain", 0),
    ],
)
def test_answers_earn_their_points(task: str, answer: Any, points: float) -> None:
    result = judged(task, answer)

    assert result.points == pytest.approx(points)
    assert not result.needs_person


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("q2_argmax", "z≈0"),
        ("q2_minimum", "there is none"),
        ("q2_minimum", "없음"),
        ("q2_argmin", "(-∞, ∞)"),
        ("q2_argmax", "(0, 1/4)"),
        ("q2_argmax", "a = 1/2"),
        ("q2_maximum", "0.25 (not attained)"),
        ("q2_maximum", "약 0.25"),
        ("q1_steps", ["a(1-a)"]),
        ("q3_essay", "z = 0 ..."),
    ],
)
def test_what_can_be_meant_in_two_ways_goes_to_a_person_with_no_points(task: str, answer: Any) -> None:
    result = judged(task, answer)

    assert result.needs_person
    assert result.points == 0.0


@pytest.mark.parametrize("task", [t.id for t in EXERCISE.tasks])
@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "missing"},
        {"kind": "foreign", "type": "Evil"},
        data(None),
        data(""),
        data("   "),
        data([]),
        data({}),
        data(True),
        data([[[]]]),
        data("\x00"),
        data("a" * 300_001),
        {"kind": "function", "observed": {}},
        {"kind": "function"},
        {"kind": "new"},
        {},
        data({"probability": {"a": 1}}),
    ],
    ids=str,
)
def test_no_answer_of_any_form_earns_points_or_raises(task: str, answer: dict[str, Any]) -> None:
    result = judge(EXERCISE, task, answer)

    assert result.points == 0.0
    assert type(result.points) is float


def test_the_first_false_line_is_named_with_its_witness() -> None:
    report = judged("q1_steps", [STEPS[0], STEPS[1], "e^-z/(1-e^-z)^2", "a(1-a)"]).report

    assert report.verdict is Verdict.REFUTED
    assert report.message.values["line"] == 3
    assert report.witness is not None
    assert report.portion is not None
    assert (report.portion.right, report.portion.total) == (1, 3)


def test_a_false_first_line_is_not_compared_with_a_line_before_it() -> None:
    report = judged("q1_steps", ["a(1-a) + z^7", "a(1-a)"]).report

    assert "before it" not in str(report.message)
    assert "is not the derivative" in str(report.message)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["d/dz sigma(z)", "a = 1/(1+e^-z)", "e^-z/(1+e^-z)^2", "a(1-a)"], "Line 2 is true, but it stands beside the chain"),
        (["e^-z/(1+e^-z)^2", "a(1-a)"], "no line shows what was differentiated"),
        (["d/dz sigma(z)", "e^-z/(1+e^-z)^2", "a(1-a)"], None),
    ],
)
def test_a_gap_in_a_derivation_is_said(lines: list[str], said: str | None) -> None:
    report = judged("q1_steps", lines).report

    assert report.verdict is Verdict.PROVED
    assert report.notes == () if said is None else any(said in str(note) for note in report.notes)


def test_the_certificate_of_a_derivation_shows_what_every_line_is() -> None:
    certificate = judged("q1_steps", STEPS).report.certificate

    assert certificate is not None
    assert certificate.facts["expressions"] == str(len(STEPS))
    assert certificate.facts["common form"] == "t/(t^2 + 2*t + 1)"


def test_a_bound_where_there_is_none_is_refuted_by_an_input_and_not_told() -> None:
    cubic = Exercise("c", "z^3/3 - z", (Task("largest", "maximum", 1),))
    report = judge(cubic, "largest", data("5")).report

    assert report.verdict is Verdict.REFUTED
    assert "bound" not in str(report.message)
    assert report.witness is not None
    z = Fraction(report.witness.point["z"])
    assert z**2 - 1 > 5


def test_the_false_first_line_of_the_printed_solution_is_found() -> None:
    """The worked solution's first line lost a minus sign, which became a product: 0 · (-1)e^{-z}."""
    line = (
        r"\frac{\partial \sigma(z)}{\partial z} = \frac{\partial}{\partial z} \left(\frac{1}{1+e^{-z}} \right)"
        r" = \frac{0 %s (-1)e^{-z}}{(1+e^{-z})^2} = a(1-a)"
    )
    assert judged("q1_steps", [line % r"\cdot"]).points < 8
    assert judged("q1_steps", [line % "-"]).points == 8


def test_a_report_refuses_to_be_a_truth_value() -> None:
    with pytest.raises(TypeError, match="truth value"):
        bool(Report(Verdict.PROVED, Message("")))


@pytest.mark.parametrize(
    ("left", "right", "domain", "verdict"),
    [
        ("sin(x)^2 + 0", "sin(x)^2", "", "proved"),
        ("log(x y)", "log x + log y", "x>0, y>0", "proved"),
        ("x", "y", "", "refuted"),
        ("x +", "y", "", "unreadable"),
        ("x^2", "x", "0<x<1", "refuted"),
    ],
)
def test_identities_of_any_variables(left: str, right: str, domain: str, verdict: str) -> None:
    assert identical(left, right, domain=domain).verdict == verdict


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("q1_derivative", "Piecewise((7, z>1e40),(a(1-a),True))"),
        ("q1_derivative", "a(1-a)+max(0,z-1e16)"),
        ("q1_derivative", "a(1-a)+max(0,z^2-1e300)"),
        ("q1_derivative", "Piecewise((a(1-a), z<=0),(7, z<1e-12),(a(1-a),True))"),
        ("q1_derivative", "Piecewise((7, z>1e400),(a(1-a),True))"),
        ("q1_backprop", "min(dL/da,1e300)*a(1-a)"),
        ("q1_backprop", "dL/da*a(1-a)+max(0,1e-12-|dL/da|)"),
        ("q2_second_derivative", "a(1-a)(1-2a)+max(0,z-1e20)"),
        ("q1_steps", ["σ'(z) = σ'(z) = a"]),
        ("q1_steps", ["a(1-a)", "=a(1-a)", "=a"]),
        ("q1_steps", ["σ'(z) = a(1-a)"] * 30),
        ("q1_derivative", "d/dz " * 50 + "σ(z)"),
        ("q1_steps", ["d/dz " * 8 + "(a(1-a))^9 = 1"]),
    ],
)
def test_what_differs_only_far_out_or_in_a_narrow_window_or_is_padded_earns_nothing(task: str, answer: Any) -> None:
    assert judged(task, answer).points == 0.0


@pytest.mark.parametrize("given", ["a/dL_da", "1", "0"])
def test_what_is_no_derivative_is_not_carried_forward(given: str) -> None:
    for answer in ("a", "dL/da", "0"):
        assert judged("q1_backprop", answer, given={"q1_derivative": data(given)}).points == 0.0


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("q2_maximum", "1/4 (z=0일 때)"),
        ("q2_maximum", "0.25 at z=0"),
        ("q2_maximum", "z=0일 때 최댓값 1/4"),
        ("q2_maximum", "25%"),
        ("q2_maximum", [0.25]),
        ("q2_minimum", "0에 수렴"),
        ("q2_minimum", "0에 가까워진다"),
        ("q2_minimum", "0 (approached)"),
        ("q2_argmin", "±∞ (도달하지 않음)"),
        ("q2_argmin", "z가 ±∞로 갈 때"),
        ("q2_argmin", "양과 음의 무한대"),
        ("q2_argmin", "plus and minus infinity"),
        ("q2_argmin", "∓∞"),
        ("q2_argmin", "abs(z)→∞"),
        ("q2_argmax", "z==0"),
        ("q2_argmax", "sin(pi)"),
        ("q1_derivative", "S(z)(1-S(z))"),
        ("q1_derivative", "1/4 sech² ½z"),
        ("q3_at_zero", {"probability": "50%", "certainty": "불확실", "update": "가장 크다"}),
        ("q3_at_zero", {"Probability": "a=0.5", "Certainty": "uncertain", "Update": "largest"}),
        ("q3_at_infinity", {"probability": "1 (z→∞), 0 (z→-∞)", "certainty": "확실하다", "update": "없음"}),
        ("q3_at_infinity", {"probability": "0이나 1", "certainty": "certain", "update": "none"}),
    ],
)
def test_what_students_write_is_understood(task: str, answer: Any) -> None:
    result = judged(task, answer)

    assert result.points == result.max_points, result.report


def test_of_an_object_the_report_shows_the_text_as_a_printed_form() -> None:
    report = judge(EXERCISE, "q1_derivative", {"kind": "expression", "python": "x*(1 + -1*z)"}).report

    assert report.verdict is Verdict.UNREADABLE
    assert str(report.notes[0]).startswith("The object was printed as\nx*(1 + -1*z)\n^")


def test_the_caret_stands_below_its_place_behind_wide_letters() -> None:
    report = judge(EXERCISE, "q1_derivative", {"kind": "data", "value": "답: b(1-b)"}).report

    assert str(report.notes[0]).splitlines() == ["답: b(1-b)", "    ^"]  # 답 is two columns wide


@pytest.mark.parametrize(
    ("answer", "unclear"),
    [
        ({"probability": "1/2", "certainty": "uncertain", "update": "largest"}, []),
        ({"probability": "1/3", "certainty": "certain", "update": "none"}, []),  # wrong, but understood
        ({"probability": "절반", "certainty": "몰라", "update": "largest"}, ["probability", "certainty"]),
        ({"probability": "1/2", "certainty": "uncertan"}, ["certainty"]),
    ],
)
def test_fields_that_were_not_understood_are_told_at_the_level_read_whether_right_or_wrong(answer, unclear) -> None:
    report = judge(EXERCISE, "q3_at_zero", {"kind": "data", "value": answer}).report
    shown = ShownReport("q3_at_zero", report, "read", "en").plain()

    assert [part.values["field"] for part in report.unclear] == unclear
    assert shown.count("was not understood") == len(unclear)


@pytest.mark.parametrize(
    ("task", "answer", "points"),
    [
        ("q2_argmin", "z→-∞ (a→0), z→∞ (a→1)", 6),
        ("q2_argmin", "z = -∞ (a = 0), z = ∞ (a = 1)", 6),
        ("q2_argmin", r"z\to-\infty\ (a\to 0),\ z\to\infty\ (a\to 1)", 6),
        ("q2_argmin", "z→∞ (σ(z) = 1), z→-∞ (1 - a = 1)", 6),
        ("q2_argmin", "±∞ (a(1-a) = 0)", 6),
        ("q2_argmin", "z→-∞ (a→1), z→∞ (a→0)", 0),  # the wrong way round
        ("q2_argmin", "z→-∞ (a→0), z→∞ (a→1/2)", 0),
        ("q2_argmin", "z→-∞ (a→0), z→∞ (a→1 - 10^-40)", 0),
        ("q2_argmin", "±∞ (a = 0)", 0),  # at one of the two only
        ("q2_argmin", "±∞, a = 0", 0),
        ("q2_argmin", "∞, -∞, a = 1/2", 0),
        ("q2_argmin", "z→±∞ (a→∞)", 0),
        ("q2_argmin", "z→∞ (a→∞)", 0),
        ("q2_argmin", "z→-∞ (a→0), z→∞ (a→∞)", 0),
        ("q2_argmin", "z→-∞ (e^z→0), z→∞ (e^z→∞)", 6),
        ("q2_argmin", "z→-∞ (e^z→∞), z→∞ (e^z→∞)", 0),
        ("q2_argmin", "z→-∞ (1/a→∞), z→∞ (z→∞)", 6),
        ("q2_argmin", "±∞ (a = 0 or 1)", 6),  # each of the two has one of them
        ("q2_argmin", "±∞ (a→0, a→1)", 6),
        ("q2_argmin", "±∞, a = 0 또는 1", 6),
        ("q2_argmin", "a→0 or 1, z → ±∞", 6),
        ("q2_argmin", "-∞, ∞, a = 0, a = 1", 6),
        ("q2_argmin", "±∞ (a = 0 or 1/2)", 0),
        ("q2_argmin", "±∞ (a = 0, a = 1, a = 1/2)", 0),
        ("q2_argmin", "±∞ (a = 0, σ'(z) = 0)", 0),  # not alternatives: each is said of both
        ("q2_argmin", "z→∞, a→1, z→-∞, a→0", 6),
        ("q2_argmin", "a→1, z→∞, a→0, z→-∞", 6),
        ("q2_argmin", "z→∞, a→0, z→-∞, a→1", 0),
        ("q2_argmin", ["z→∞ (a→1)", "z→-∞, a→0"], 6),
        ("q2_argmin", ["z→∞ (a→1)", "z→-∞, a→1"], 0),
        ("q2_argmin", "±∞, σ'(z) → 0", 6),
        ("q2_argmin", "±∞, σ'(z) → 10^-40", 0),
        ("q2_argmin", "z→-∞ (e^z = 0), z→∞ (e^z = 0)", 0),
        ("q2_argmax", "0 (a = 1/2)", 6),
        ("q2_argmax", "0 (a = 1)", 0),
        ("q2_argmax", "0 (a→∞)", 0),
        ("q2_argmax", "0 (a = 1/2, e^z = 1)", 6),
        ("q2_argmax", "0 (a = 1/2, a = 1/4)", 0),  # no alternatives at one place
        ("q2_argmax", "0 (a = 1/2 + 10^-40)", 0),
        ("q2_argmax", "0 (1/z = 0)", 0),
        ("q2_maximum", "1/4 at z = 0, a = 1/2", 6),
        ("q2_maximum", "1/4 (z = 0, a = 1)", 0),
        ("q2_maximum", "1/4 (z = 10^-40)", 0),
        ("q2_maximum", "1/4 (a = ∞)", 0),
        ("q2_minimum", "0 (a→0 or a→1)", 6),
        ("q2_minimum", "0 (a→0 or a→2)", 0),
        ("q2_minimum", "0, z→∞, a→1", 6),
        ("q2_minimum", "0 (z→∞, a→0)", 0),
    ],
)
def test_what_stands_beside_each_place_is_held_to_that_place(task: str, answer: Any, points: float) -> None:
    judgement = judged(task, answer)

    assert judgement.points == points
    assert judgement.report.verdict is (Verdict.PROVED if points else Verdict.REFUTED)


@pytest.mark.parametrize(
    "answer", ["±∞, a→0 at -∞ and a→1 at ∞", "±∞, sin(z) = 0", "±∞, a^π = 0", "∞, -∞, a = 0", ["-∞", "a = 0", "∞"]]
)
def test_what_cannot_be_told_of_what_stands_beside_goes_to_a_person(answer: Any) -> None:
    assert judged("q2_argmin", answer).needs_person


THIRD, RIDGE = "1/(3 + 3e^-z)", "z^3/3 - z - z^5/30"


@pytest.mark.parametrize(
    ("function", "task", "answer", "clear"),
    [
        (THIRD, "value", "1/12 (a = 0.17)", False),  # 1/6
        (THIRD, "value", "1/12 (a = 0.16)", False),
        (THIRD, "value", "1/12 (a = 0.2)", False),
        (THIRD, "value", "1/12 (a = 0.25)", True),
        (THIRD, "value", "1/12 (a = 17/100)", True),
        (THIRD, "place", "0 (a = 0.1667)", False),
        (THIRD, "place", "0 (a = 0.167)", False),
        (THIRD, "place", "0 (a = 0.168001)", True),
        (RIDGE, "value", "1/2 (z = -1.73)", False),  # the square root of 3
        (RIDGE, "value", "1/2 (z = 1.8)", False),
        (RIDGE, "value", "1/2 (z = 2.5)", True),
        (RIDGE, "value", "1/2 (z = 173/100)", True),
        (RIDGE, "place", "-sqrt(3) (a = 0.52), sqrt(3) (a = -0.52)", False),  # 0.5196...
        (RIDGE, "place", "-sqrt(3) (a = 0.52), sqrt(3) (a = 0.52)", True),
        (THIRD, "end", "-∞ (a = 0), ∞ (a = 0.33)", False),
        (THIRD, "end", "-∞ (a = 0), ∞ (a = 0.3)", False),
        (THIRD, "end", "-∞ (a = 0), ∞ (a = 0.31)", True),
    ],
)
def test_decimals_beside_an_answer_may_be_rounded(function: str, task: str, answer: str, clear: bool) -> None:
    tasks = (Task("value", "maximum", 1), Task("place", "argmax", 1), Task("end", "argmin", 1))
    verdict = judge(Exercise("x", function, tasks), task, data(answer)).report.verdict

    assert verdict is (Verdict.REFUTED if clear else Verdict.UNDECIDED)


def test_a_condition_beside_a_finite_place_is_that_places() -> None:
    hills = Exercise("hills", "z^3/3 - z", (Task("at", "argmax", 1, interval="-2<=z<=2"),))

    assert judge(hills, "at", data("-2 (a = -2/3), 2 (a = 2/3)")).points == 1.0
    assert judge(hills, "at", data("-2, a = -2/3, 2, a = 2/3")).points == 1.0
    assert judge(hills, "at", data("-2 (a = 2/3), 2 (a = -2/3)")).report.verdict is Verdict.REFUTED
    assert judge(hills, "at", data("-2, a = 2/3, 2, a = -2/3")).report.verdict is Verdict.REFUTED
    assert judge(hills, "at", data("-2, 2, a = 2/3")).needs_person  # said of the last one?
    assert judge(hills, "at", data("-2, 2, a = 2/3, a = -2/3")).points == 1.0
    assert judge(hills, "at", data("-2, 2, a = 2/3, a = 1")).report.verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [
        ("x", "x^2/x", "The answer is defined at x = 0 too"),
        ("x y/y", "x", "is not defined at y = 0"),
        ("2 log|x|", "2 log(x)", "Where x < 0 the answer is defined, although"),
        ("|x|", "sqrt(x)^2", "Where x < 0 the answer is defined, although"),
        ("2 log|x+y|", "2 log(x+y)", "also defined on an interval on which"),
        ("2 log(x)", "2 log(x)", None),
    ],
)
def test_an_identity_tells_where_only_one_side_is_defined(answer: str, expected: str, said: str | None) -> None:
    report = identical(answer, expected)

    assert report.verdict is Verdict.PROVED
    assert [True for note in report.notes if said and said in str(note)] == [True] * (said is not None)
    assert len(report.notes) == (said is not None)


@pytest.mark.parametrize(
    ("answer", "expected", "domain"),
    [
        ("Piecewise((x, floor(x/10^30) <= 10^9), (x + 1, True))", "x", ""),
        ("Piecewise((x + y, floor(x/10^30) <= 10^9), (x + 1, True))", "y + x", "x>0, y>2"),
    ],
)
def test_what_is_left_open_tells_the_precision_and_the_points(answer: str, expected: str, domain: str) -> None:
    report = identical(answer, expected, domain=domain)

    assert report.verdict is Verdict.UNDECIDED
    assert int(report.message.values["bits"]) >= 1024
    (note,) = report.notes
    points = [dict(x.split(" = ") for x in p.split(", ")) for p in str(note.values["points"]).split("; ")]
    assert len(points) >= 3
    for point in points:  # the sides agree there, and the domain holds
        x, y = Fraction(point["x"]), Fraction(point.get("y", "3"))
        assert x < 10**39
        assert not domain or (x > 0 and y > 2)


def test_judging_text_loads_neither_sympy_nor_numpy() -> None:
    """They take longer to load than a verdict takes; only an object of SymPy's, or a function, needs them."""
    program = (
        "import sys\n"
        "from sig_checker.exercises import load\n"
        "from sig_checker.judging import identical, judge\n"
        "answers = {'q1_derivative': 'a(1-a)', 'q1_steps': 'a(1-a)', 'q2_maximum': '1/4', 'q2_argmin': '±∞'}\n"
        "for task, value in answers.items():\n"
        "    judge(load('sigmoid-7-02'), task, {'kind': 'data', 'value': value})\n"
        "identical('sin(x)^2 + cos(x)^2', '1')\n"
        "print(sorted({'sympy', 'numpy', 'scipy', 'mpmath', 'nbgrader', 'IPython', 'matplotlib'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert run.stdout == "[]\n"


@pytest.mark.parametrize(
    ("task", "answer", "approached"),
    [
        ("q2_minimum", "0", True),
        ("q2_minimum", "0 (not attained)", True),
        ("q2_argmin", "±∞", True),
        ("q2_maximum", "1/4", False),
        ("q2_argmax", "0", False),
    ],
)
def test_what_is_only_approached_is_said_to_be(task: str, answer: str, approached: bool) -> None:
    report = judged(task, answer).report

    assert report.verdict is Verdict.PROVED
    assert any("never takes it" in str(note) for note in report.notes) is approached
    assert report.certificate is not None
    assert report.certificate.facts["attained"] == ("no" if approached else "yes")
