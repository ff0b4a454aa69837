"""Identities of several variables, rewritten and spoiled at random: mpmath confirms each witness and each common form."""

from __future__ import annotations

import mpmath
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import DIGITS, by_mpmath, mp, within_witness

from sig_checker.judging import identical
from sig_checker.verdicts import Verdict

BASES = [
    "e^(-x)/(1+e^(-x))^2", "x*sigma(x)", "sech(x/2)^2/4", "1/(1+x^2)", "tanh(x)+y", "exp(x/3)+x*y", "(x^2-y^2)/(x^2+y^2+1)",
    "k*sigma(k*x)*(1-sigma(k*x))", "log(1+exp(x))", "sqrt(1+x^2)", "exp(x+y)/(1+exp(x))", "cosh(x)*sinh(y)", "|x|+1", "2^x",
]  # fmt: skip
KEPT = [
    "({})*e^x*e^(-x)", "(({})*(1+e^x))/(1+e^x)", "({})*(cosh(x)^2 - sinh(x)^2)", "log(exp({}))", "({})/2 + ({})/2", "-(-({}))",
    "(({}) + 1)^2/4 - (({}) - 1)^2/4", "({}) + 0*y", "cbrt(({})^3)", "({})*(y^2+1)/(y^2+1)", "({}) - x + x",
]  # fmt: skip
SPOILED = ["({}) + 10^-40", "({})*(1+10^-40)", "({}) + x*10^-25", "({}) - 10^-33*e^x", "-({})", "({}) + y", "({})^2", "({})*x",
           "({}) + 10^-40*(x-1)^2", "({}) + max(0, x - 50)"]  # fmt: skip


@st.composite
def rewritten(draw: st.DrawFn) -> tuple[str, str]:
    base = draw(st.sampled_from(BASES))
    text = base
    for rewrite in draw(st.lists(st.sampled_from(KEPT), max_size=3)):
        text = rewrite.replace("{}", text)
    return base, text


@settings(max_examples=500)
@given(rewritten(), st.sampled_from(SPOILED))
def test_each_witness_holds(pair: tuple[str, str], spoiled: str) -> None:
    base, text = pair
    lie = spoiled.replace("{}", text)
    report = identical(lie, base)

    assert report.verdict is Verdict.REFUTED, (lie, base, report.message)
    assert report.witness is not None
    with mpmath.workdps(DIGITS):
        point = {name: mp(x) for name, x in report.witness.point.items()}
        within_witness(report.witness, by_mpmath(lie, point), by_mpmath(base, point))


@settings(max_examples=500)
@given(rewritten())
def test_each_proof_agrees_with_another_library(pair: tuple[str, str]) -> None:
    base, text = pair
    report = identical(text, base)

    assert report.verdict is Verdict.PROVED, (text, base, report.message)
    assert report.certificate is not None
    facts = report.certificate.facts
    meant = dict(part.split(" = ") for part in facts["generators"].split(", ")) if " = " in facts.get("generators", "") else {}
    with mpmath.workdps(60):
        for x, y, k in (("-7/3", "2/9", "1/5"), ("19/4", "-11/7", "-3"), ("5", "3", "2")):
            point = {"x": mp(x), "y": mp(y), "k": mp(k)}
            truth = by_mpmath(base, point)
            slack = mpmath.mpf(10) ** -45 * (1 + abs(truth))
            assert abs(by_mpmath(text, point) - truth) < slack
            if facts.get("cells") != "1" or "common form" not in facts:
                continue
            values = dict(point)
            for name, meaning in meant.items():
                values[name] = by_mpmath(meaning, values)
            assert abs(by_mpmath(facts["common form"], values) - truth) < slack, (text, facts)


def test_a_sample_of_common_forms_by_cancelling() -> None:
    """The rational ones once more, exactly."""
    x, y = sympy.symbols("x y")
    for text in ("(x^2-y^2)/(x^2+y^2+1)", "1/(1+x^2)", "(x+y)^3/(x-y)", "x/(1+x) + y/(1+y)"):
        report = identical(f"({text})*(y^2+1)/(y^2+1)", text)
        form = sympy.sympify(report.certificate.facts["common form"].replace("^", "**"), locals={"x": x, "y": y})
        assert sympy.cancel(form - sympy.sympify(text.replace("^", "**"), locals={"x": x, "y": y})) == 0
