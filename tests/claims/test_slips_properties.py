"""Slips of functions that nobody listed: what a faulty rule makes of one is refuted and named after the rule."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import by_mpmath, mp, within_witness

from sig_checker.claims.mistakes import SLIPS
from sig_checker.claims.slips import Slips
from sig_checker.exercise import Exercise, Task
from sig_checker.judging import judge
from sig_checker.reading import to_python
from sig_checker.verdicts import Report, Verdict

TASKS = (Task("d", "derivative", 1), Task("dd", "derivative", 1, order=2), Task("b", "backprop", 1))
MULTIPLES = {"evaluated_at_point", "sign", "constant_factor", "extra_factor", "missing_factor", "additive_constant"}
# g and its derivative, in w
FAMILY = {
    "sigmoid": ("1/(1+exp(-({w})))", "exp(-({w}))/(1+exp(-({w})))^2"),
    "tanh": ("tanh({w})", "1/cosh({w})^2"),
    "softplus": ("log(1+exp({w}))", "1/(1+exp(-({w})))"),
    "silu": ("({w})/(1+exp(-({w})))", "(1/(1+exp(-({w}))) + ({w})*exp(-({w}))/(1+exp(-({w})))^2)"),
    "temperature": ("1/(1+exp(-({w})/3))", "exp(-({w})/3)/(1+exp(-({w})/3))^2/3"),
    "gaussian": ("exp(-({w})^2)", "(-2*({w})*exp(-({w})^2))"),
    "square": ("1/(1+({w})^2)", "(-2*({w})/(1+({w})^2)^2)"),
}


def judged(function: str, task: str, answer: str) -> Report:
    return judge(Exercise("x", function, TASKS, language="en"), task, {"kind": "data", "value": answer}).report


def hold(function: str, task: str, answer: str, report: Report) -> None:
    """The witness of a refuted answer, by mpmath."""
    assert report.verdict is Verdict.REFUTED, (function, task, answer, report.message)
    witness = report.witness
    assert witness is not None
    if witness.answer == "undefined":
        return
    with mpmath.workdps(300):
        z, u = mp(witness.point.get("z", "1")), mp(witness.point.get("upstream", "1"))
        h = mpmath.mpf(10) ** -110

        def f(x: mpmath.mpf) -> mpmath.mpf:
            return by_mpmath(function, {"z": x})

        slope = (f(z + h) - f(z - h)) / (2 * h)
        bend = (f(z + h) - 2 * f(z) + f(z - h)) / h**2
        truth = {"d": slope, "dd": bend, "b": u * slope}[task]
        here = by_mpmath(answer, {"z": z, "a": f(z), "g": u})
        with mpmath.workdps(60):
            within_witness(witness, +here, +truth)


moved = st.tuples(
    st.sampled_from(sorted(FAMILY)),
    st.sampled_from([Fraction(1), Fraction(2), Fraction(-1), Fraction(1, 3), Fraction(-5, 2)]),
    st.sampled_from([Fraction(0), Fraction(0), Fraction(1), Fraction(-1, 2)]),
    st.sampled_from([Fraction(1), Fraction(1), Fraction(3), Fraction(-1, 4)]),
)


@settings(max_examples=60)
@given(moved)
def test_my_own_faulty_rules_are_named(chosen: tuple[str, Fraction, Fraction, Fraction]) -> None:
    name, s, b, c = chosen
    g, slope = FAMILY[name]
    w = f"({s})*z + ({b})"
    f = f"({c})*{g.format(w=w)}"
    right = f"({c * s})*{slope.format(w=w)}"
    doubled = f"({c * s})*{slope.format(w=f'({s})*(2*z) + ({b})')}"
    step = "(1/1000)"
    ahead = f"({c})*{g.format(w=w.replace('z', f'(z+{step})'))}"
    rules = [
        ("d", f"-({right})", {"sign"}),
        ("d", f, {"not_differentiated"}),
        ("d", f"2*{right}", {"constant_factor"}),
        ("d", f"({right}) + 1/7", {"additive_constant"}),
        ("d", f"1/({right})", {"reciprocal"}),
        ("d", f"({right})*z", {"extra_factor"}),
        ("d", doubled, {"wrong_argument"}),
        ("d", f"(({ahead}) - ({f}))/{step}", {"finite_difference"}),
        ("d", "3/17", {"evaluated_at_point"}),
        ("dd", right, {"not_differentiated"}),
        ("b", right, {"missing_upstream"}),
        ("b", "g", {"missing_local_gradient"}),
        ("b", f"g + {right}", {"added_upstream"}),
        ("b", f"g - {right}", {"subtracted_upstream"}),
        ("b", f"g/({right})", {"divided_upstream"}),
        ("b", f"g*({right})^2", {"squared_local_gradient"}),
        ("b", f"-g*{right}", {"sign"}),
        ("b", f"g*{f}", {"not_differentiated"}),
    ]
    if s != 1:
        rules.append(
            ("d", f"({c})*{slope.format(w=w)}", {"missing_inner_derivative", "constant_factor", "sign", "tanh_derivative"})
        )
    assert judged(f, "d", right).verdict is Verdict.PROVED, (f, right)
    assert judged(f, "b", f"g*{right}").verdict is Verdict.PROVED
    for task, answer, names in rules:
        report = judged(f, task, answer)
        hold(f, task, answer, report)
        assert names & set(report.slips), (f, task, answer, report.slips)


@settings(max_examples=50)
@given(moved, st.sampled_from([1, 2]))
def test_whatever_a_faulty_rule_makes_is_refuted_and_named_after_it(
    chosen: tuple[str, Fraction, Fraction, Fraction], order: int
) -> None:
    name, s, b, c = chosen
    function = f"({c})*{FAMILY[name][0].format(w=f'({s})*z + ({b})')}"
    exercise = Exercise("x", function, TASKS, language="en")
    task = "d" if order == 1 else "dd"
    seen = set()
    candidates = Slips(exercise.definition, "z", order).candidates()
    for known in candidates:
        if all(v.contains(0) for v in known.values):
            continue  # what is zero everywhere could come from anything
        answer = to_python(known.expr)
        report = judge(exercise, task, {"kind": "data", "value": answer}, syntax="python").report
        assert report.verdict is Verdict.REFUTED, (function, known.slip, answer, report.message)
        # two mistakes are named at most; whichever they are, they lead to the same answer, or say what it is a multiple of
        equal = {k.slip for k in candidates if all(map(arb.overlaps, k.values, known.values))} | MULTIPLES
        named = set(report.slips)
        assert known.slip in named or (named and named <= equal), (function, known.slip, answer, report.slips)
        seen.add(known.slip)
    assert {"sign", "wrong_argument", "finite_difference", "reciprocal"} <= seen


def test_at_least_25_slips_are_known() -> None:
    assert len(SLIPS) >= 25


@pytest.mark.parametrize(
    ("function", "task", "answer", "slip"),
    [
        ("1/(1+exp(-z/2))", "d", "a(1-a)", "constant_factor"),
        ("1/(1+exp(-z/2))", "d", "a(1+a)/2", "sign"),
        ("1/(1+exp(-z/2))", "d", "z(1-z)/2", "takes_activation"),
        ("1/(1+exp(-z/2))", "d", "e^(-z/2)/(2(1+e^(-z/2)))", "missing_square"),
        ("1/(1+exp(-z/2))", "d", "-1/(1+e^(-z/2))^2", "missing_inner_derivative"),
        ("1/(1+exp(-z/2))", "d", "2log(1+e^(z/2))", "antiderivative"),
        ("tanh(z)", "d", "1-a", "missing_square"),
        ("tanh(z)", "d", "1-a^2+1", "additive_constant"),
        ("tanh(z)", "dd", "1-a^2", "not_differentiated"),
        ("tanh(z)", "dd", "2a(1-a^2)", "sign"),
        ("tanh(z)", "dd", "-2a", "missing_inner_derivative"),
        ("log(1+exp(z))", "d", "1/(1+e^z)", "missing_inner_derivative"),
        ("log(1+exp(z))", "d", "sigma(-z)", "missing_inner_derivative"),
        ("log(1+exp(z))", "d", "e^z", "extra_factor"),
        ("log(1+exp(z))", "dd", "sigma(z)", "not_differentiated"),
        ("z/(1+exp(-z))", "d", "sigma(z)", "quotient_rule"),
        ("z/(1+exp(-z))", "d", "sigma(z)(1-sigma(z))", "product_rule"),
        ("z/(1+exp(-z))", "d", "z sigma(z)(1-sigma(z))", "product_rule"),
        ("z/(1+exp(-z))", "d", "sigma(z) - z sigma(z)(1-sigma(z))", "sign"),
        ("z/(1+exp(-z))", "d", "a", "not_differentiated"),
    ],
)
def test_slips_of_the_other_exercises(function: str, task: str, answer: str, slip: str) -> None:
    report = judged(function, task, answer)

    assert report.verdict is Verdict.REFUTED
    assert slip in report.slips
