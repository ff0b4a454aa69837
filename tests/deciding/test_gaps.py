"""Numbers that differ far below what they have in common; mpmath, which keeps exponents of any size, is the checker."""

from __future__ import annotations

import mpmath
import pytest

from sig_checker.deciding.gaps import gap_between
from sig_checker.exercises import load
from sig_checker.judging import judge
from sig_checker.reading import read_definition

EXERCISE = load("sigmoid-7-02")


@pytest.mark.parametrize(
    ("a", "b", "gap"),
    [
        ("1/4 + exp(-1000000)", "1/4", lambda: mpmath.exp(-1000000)),
        ("1/4 - exp(-1000000)", "0.25", lambda: -mpmath.exp(-1000000)),
        ("(1 + 8*exp(-99999))/4", "1/4", lambda: 2 * mpmath.exp(-99999)),
        ("exp(exp(-5000))", "1", lambda: mpmath.expm1(mpmath.exp(-5000))),
        ("sqrt(2) + 10^(-400)", "sqrt(2)", lambda: mpmath.mpf(10) ** -400),
        ("1/3 + 2/3", "5/7", lambda: mpmath.mpf(2) / 7),
    ],
)
def test_a_tiny_rest_is_enclosed(a: str, b: str, gap: object) -> None:
    found = gap_between(read_definition(a, "z"), read_definition(b, "z"))

    assert found is not None
    assert callable(gap)
    with mpmath.workdps(40):
        middle = mpmath.mpf(str(found.mid().str(35, radius=False)))
        assert abs(middle / gap() - 1) < mpmath.mpf(10) ** -30


@pytest.mark.parametrize(("a", "b"), [("1/4", "0.25"), ("sqrt(8)", "2*sqrt(2)"), ("exp(1)-exp(1)+2", "2"), ("log(-1)", "2")])
def test_no_gap_is_seen_where_there_is_none(a: str, b: str) -> None:
    assert gap_between(read_definition(a, "z"), read_definition(b, "z")) is None


@pytest.mark.parametrize(
    ("task", "answer", "verdict"),
    [
        ("q2_maximum", "1/4+e^-1000000", "refuted"),
        ("q2_maximum", "1/4-e^-1000000", "refuted"),
        ("q2_maximum", "1/4+10^-1000", "refuted"),
        ("q2_minimum", "e^-1000000", "refuted"),
        ("q2_argmax", "e^-1000000", "refuted"),
        ("q2_argmax", "sqrt(2)^2-2", "proved"),
        ("q2_argmax", "sin(1)^2+cos(1)^2-1", "proved"),
        ("q2_argmax", "sqrt(2)-2/sqrt(2)", "proved"),
        ("q2_maximum", "sin(1)^2/4+cos(1)^2/4", "proved"),
        ("q2_maximum", "sqrt(2)^2/8", "proved"),
    ],
)
def test_numbers_are_judged_exactly(task: str, answer: str, verdict: str) -> None:
    report = judge(EXERCISE, task, {"kind": "data", "value": answer}).report

    assert report.verdict.value == verdict
    if task == "q2_maximum" and verdict == "refuted":
        assert report.witness is not None
        assert report.witness.answer != report.witness.truth
