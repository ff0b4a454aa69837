"""Every witness and every certificate of the tables, checked again by libraries that had no part in it: mpmath and SymPy."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import pytest
import sympy

from sig_checker.exercise import Exercise, Task
from sig_checker.exercises import load
from sig_checker.expressions import replace_names
from sig_checker.judging import judge
from sig_checker.reading import Vocabulary, read, to_python
from sig_checker.verdicts import Verdict

EXERCISE = load("sigmoid-7-02")
TABLE = Path(__file__).parents[1] / "tables" / "answers.jsonl"
Z, UPSTREAM = sympy.symbols("z upstream", real=True)
SIGMOID = 1 / (1 + sympy.exp(-Z))
# SymPy's own differentiation of its own sigmoid
TRUTH = {
    "q1_derivative": sympy.diff(SIGMOID, Z),
    "q1_backprop": UPSTREAM * sympy.diff(SIGMOID, Z),
    "q2_second_derivative": sympy.diff(SIGMOID, Z, 2),
}
FUNCTIONS = {
    "sigma": lambda x: 1 / (1 + mpmath.exp(-x)),
    "Abs": abs,
    "E": mpmath.e,
    "mpf": mpmath.mpf,
    "dL_da": None,
    **{f: getattr(mpmath, f) for f in ("exp", "log", "sqrt", "tanh", "cosh", "sinh", "sech")},
    **{f: getattr(mpmath, f) for f in ("floor", "cos", "atan", "sign", "pi")},
}


@cache
def judged() -> list[tuple[dict[str, Any], Any]]:
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["syntax"] != "numpy" and row["task"] in TRUTH and len(row["answer"]) < 2000 and not row.get("either"):
            found.append(
                (row, judge(EXERCISE, row["task"], {"kind": "data", "value": row["answer"]}, syntax=row["syntax"]).report)
            )
    return found


def enclosed(text: str) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The ends of a ball as Arb prints it."""
    found = re.fullmatch(r"\[(?:(\S+) )?\+/- (\S+)\]", text)
    middle, radius = (found[1] or "0", found[2]) if found else (text, "0")
    return mpmath.mpf(middle) - mpmath.mpf(radius), mpmath.mpf(middle) + mpmath.mpf(radius)


def value_of_answer(row: dict[str, Any], point: dict[str, mpmath.mpf]) -> mpmath.mpf:
    meant = replace_names(read(row["answer"], row["syntax"], Vocabulary()).answer, {EXERCISE.activation: EXERCISE.definition})
    source = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"mpf(\1)", to_python(meant))
    return eval(source, {"__builtins__": {}}, {**FUNCTIONS, **point, "dL_da": point.get("upstream")})


def test_every_witness_holds_in_another_library() -> None:
    witnesses = [(row, report.witness) for row, report in judged() if report.witness is not None]
    assert len(witnesses) > 60
    checked = 0
    for row, witness in witnesses:
        with mpmath.workdps(60):
            point = {n: mpmath.mpf(Fraction(x).numerator) / Fraction(x).denominator for n, x in witness.point.items()}
            low, high = enclosed(witness.truth)
            truth = sympy.lambdify([Z, UPSTREAM], TRUTH[row["task"]], "mpmath")(
                point["z"], point.get("upstream", mpmath.mpf(1))
            )
            assert low <= truth <= high, row
            if witness.answer == "undefined" or "Piecewise" in row["answer"]:
                continue
            a, b = enclosed(witness.answer)
            assert a <= value_of_answer(row, point) <= b, row
            assert b < low or high < a, row
            checked += 1
    assert checked > 60


def test_every_certificate_shows_a_form_that_is_the_derivative() -> None:
    """The common form, with the generators put back, is SymPy's derivative: at points, to 50 digits."""
    forms: set[tuple[str, str, str]] = set()
    for row, report in judged():
        if report.verdict is Verdict.PROVED:
            facts = report.certificate.as_dict()
            forms.add((row["task"], facts["generators"], facts["common form"]))
    assert len(forms) >= 3
    for task, generators, form in forms:
        expr = sympy.parse_expr(form.replace("^", "**"), {"z": Z, "upstream": UPSTREAM})
        for part in reversed(re.split(r", (?=\w+ = )", generators)):
            name, meaning = part.split(" = ", 1)
            if meaning.startswith("exp(") and "|" not in meaning:
                expr = expr.subs(sympy.Symbol(name), sympy.parse_expr(meaning, {"z": Z}))
        if expr.free_symbols - {Z, UPSTREAM}:
            continue  # generators that the common form does not need
        gap = sympy.lambdify([Z, UPSTREAM], expr - TRUTH[task], "mpmath")
        with mpmath.workdps(60):
            for z in (-7, -1, 0, 2, 11):
                assert abs(gap(mpmath.mpf(z) / 3, mpmath.mpf(5) / 7)) < mpmath.mpf(10) ** -50


EXPONENTIAL = ["1/(1+exp(-z))", "1/(1+exp(-z/3))", "tanh(z)", "log(1+exp(z))"]


@pytest.mark.parametrize("function", [*EXPONENTIAL, "z/(1+z^2)", "sin(z)", "z^4/(1+z^6)", "z/(1+exp(-z))"])
def test_what_the_certificate_of_an_extreme_compares_is_so(function: str) -> None:
    """SymPy's derivative has the values that are listed, at the places and limits that are listed, and none is larger."""
    interval = "0<=z<=3" if function == "sin(z)" else ""
    digits = 6 if function == "z/(1+exp(-z))" else 0
    exercise = Exercise("x", function, (Task("q", "argmax", 1, interval=interval, digits=digits),))
    slope = sympy.diff(sympy.parse_expr(function.replace("^", "**"), {"z": Z}), Z)
    at = sympy.lambdify(Z, slope, "mpmath")
    right = {"log(1+exp(z))": "oo", "z^4/(1+z^6)": "cbrt((9-sqrt(73))/2)^(1/2)", "z/(1+exp(-z))": "2.399357"}.get(function, "0")
    report = judge(exercise, "q", {"kind": "data", "value": right}).report
    assert report.certificate is not None, report
    facts = report.certificate.as_dict()
    compared = [entry.rsplit(": ", 1) for entry in facts["compared"].split("; ")]
    values = []
    with mpmath.workdps(40):
        for place, value in compared:
            low, high = number(value)
            if " -> " in place:
                limit = sympy.limit(slope, Z, sympy.oo if place.endswith("-> oo") else -sympy.oo)
                assert low == high == mpmath.mpf(int(limit)), place
            else:
                left, right_end = number(place.removeprefix("z = "))
                assert mpmath.mpf(low) - 1e-12 <= at((left + right_end) / 2) <= mpmath.mpf(high) + 1e-12, place
            values.append(low)
        best = number(facts["value"])[0]
        assert abs(max(values) - best) < 1e-12
        assert all(place in facts["compared"] for place in facts["places"].split("; "))


def number(text: str) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The ends of a ball, or twice the number that a formula gives; a root is one of its polynomial."""
    if text.startswith("the root of "):
        polynomial, ball = text.removeprefix("the root of ").rsplit(" in ", 1)
        low, high = enclosed(ball)
        p = sympy.lambdify(sympy.Symbol("x"), sympy.parse_expr(polynomial.replace("^", "**")), "mpmath")
        assert p(low) * p(high) <= 0, text  # it changes sign between the ends
        return low, high
    if text.startswith("["):
        return enclosed(text)
    value = mpmath.mpf(sympy.N(sympy.parse_expr(text.replace("^", "**")), 40))
    return value, value


@pytest.mark.parametrize(("task", "direction"), [("q2_maximum", 1), ("q2_minimum", -1)])
def test_the_extremes_agree_with_sympys_limits_and_critical_points(task: str, direction: int) -> None:
    derivative = TRUTH["q1_derivative"]
    candidates = [derivative.subs(Z, 0), sympy.limit(derivative, Z, sympy.oo), sympy.limit(derivative, Z, -sympy.oo)]
    assert sympy.simplify(TRUTH["q2_second_derivative"].subs(Z, 0)) == 0
    best = max(candidates) if direction > 0 else min(candidates)

    assert judge(EXERCISE, task, {"kind": "data", "value": str(best)}).points == 6.0
    for wrong in {*candidates, sympy.Rational(1, 3)} - {best}:
        assert judge(EXERCISE, task, {"kind": "data", "value": str(wrong)}).points == 0.0
