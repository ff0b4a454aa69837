"""Every certificate and every witness that the tables of answers lead to, confirmed by SymPy's calculus and by mpmath.

The truth is SymPy's own derivative and limits; SymPy's `cancel` redoes the proofs, mpmath evaluates at points with 130 digits.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import pytest
import sympy
from independent import DIGITS, by_mpmath, holds, mp, within_witness

from sig_checker.claims.expressions import has_derivative
from sig_checker.exercises import load
from sig_checker.expressions import Expr
from sig_checker.judging import judge
from sig_checker.reading import to_python
from sig_checker.verdicts import Report, Verdict

EXERCISE = load("sigmoid-7-02")
EXPRESSIONS = {"q1_derivative": 1, "q1_backprop": 1, "q2_second_derivative": 2}  # task -> order of the derivative
VALUES, PLACES = ("q2_maximum", "q2_minimum"), ("q2_argmax", "q2_argmin")
TABLES = Path(__file__).parent / "tables"
ROWS = [
    json.loads(line) for name in ("answers", "extremes") for line in (TABLES / f"{name}.jsonl").read_text("utf-8").splitlines()
]
Z, T, U = sympy.symbols("z t upstream")
SIGMA = 1 / (1 + sympy.exp(-Z))


@cache
def reported() -> list[tuple[dict[str, Any], Report]]:
    rows = [row for row in ROWS if row["syntax"] != "numpy"]
    return [(r, judge(EXERCISE, r["task"], {"kind": "data", "value": r["answer"]}, syntax=r["syntax"]).report) for r in rows]


def those(verdict: Verdict, *tasks: str) -> list[tuple[dict[str, Any], Report]]:
    return [(row, report) for row, report in reported() if report.verdict is verdict and row["task"] in tasks]


def truth_of(task: str) -> sympy.Expr:
    truth = sympy.diff(SIGMA, Z, EXPRESSIONS.get(task, 1))
    return U * truth if task == "q1_backprop" else truth


@cache
def compiled(task: str) -> Any:
    return sympy.lambdify((Z, U), truth_of(task), "mpmath")


def _cases(*pieces: tuple[Any, Any]) -> Any:
    return next(value for value, holds_here in pieces if holds_here)


def value_at(e: Expr, z: Any, upstream: Any = 1) -> Any:
    """An answer as it was read, at a point, by mpmath."""
    names = {"z": z, "a": 1 / (1 + mpmath.exp(-z)), "upstream": upstream, "Piecewise": _cases, "Heaviside": mpmath.mpf}
    return by_mpmath(to_python(e), {**names, "dL_da": upstream, "log1p": mpmath.log1p})


@pytest.mark.parametrize("task", sorted(EXPRESSIONS))
def test_certificates_of_expressions(task: str) -> None:
    proved = those(Verdict.PROVED, task)
    assert len(proved) > 10
    forms = {}
    for row, report in proved:
        assert report.certificate is not None, row
        facts = report.certificate.facts
        forms[facts["generators"], facts["common form"]] = row
        answer = report.read.lines[0][-1]
        with mpmath.workdps(DIGITS):
            for z in ("-37/3", "-1/7", "2/11", "5", "41/2"):
                for u in ("-3", "2/7"):
                    said, truth = value_at(answer, mp(z), mp(u)), compiled(task)(mp(z), mp(u))
                    assert abs(said - truth) < mpmath.mpf(10) ** (20 - DIGITS), row
    for (generators, form), row in forms.items():
        meant = dict(part.split(" = ") for part in generators.split(", "))
        common = sympy.sympify(form.replace("^", "**"))
        assert {s.name for s in common.free_symbols} <= {"t", "upstream"}, row
        k = 1 / sympy.diff(sympy.expand_log(sympy.log(sympy.sympify(meant["t"])), force=True), Z)  # t = exp(z/k)
        assert sympy.sympify(meant["t"]) == sympy.exp(Z / k), row
        assert sympy.cancel(truth_of(task).subs(Z, k * sympy.log(T)) - common) == 0, row


@pytest.mark.parametrize("task", sorted(EXPRESSIONS))
def test_witnesses_against_expressions(task: str) -> None:
    refuted = those(Verdict.REFUTED, task)
    assert len(refuted) > 5
    for row, report in refuted:
        witness = report.witness
        assert witness is not None, row
        with mpmath.workdps(DIGITS):
            z, u = (mp(witness.point.get(name, "1")) for name in ("z", "upstream"))
            truth = compiled(task)(z, u)
            side = next(s for s in report.read.lines[0][::-1])
            if witness.answer == "undefined":
                assert holds(witness.truth, truth)
                with pytest.raises((ZeroDivisionError, ValueError, TypeError, StopIteration)):
                    _real(value_at(side, z, u))
                continue
            within_witness(witness, value_at(side, z, u), truth)


def _real(x: Any) -> None:
    if isinstance(x, mpmath.mpc) or not mpmath.isfinite(x):
        raise ValueError("not real")


def test_derivations() -> None:
    proved, refuted = those(Verdict.PROVED, "q1_steps"), those(Verdict.REFUTED, "q1_steps")
    assert len(proved) >= 3
    assert len(refuted) >= 3
    with mpmath.workdps(DIGITS):
        for row, report in proved:
            worked = [side for line in report.read.lines for side in line if not has_derivative(side)]
            assert len(worked) >= 2, row
            for side in worked:
                for z in ("-5/3", "2/7", "11"):
                    assert abs(value_at(side, mp(z)) - compiled("q1_derivative")(mp(z), 1)) < mpmath.mpf(10) ** -100, row
        for row, report in refuted:
            assert report.witness is not None, row
            z = mp(report.witness.point["z"])
            line = report.read.lines[report.message.values["line"] - 1]
            answers = [value_at(side, z) for side in line if not has_derivative(side)]
            assert any(holds(report.witness.answer, x) for x in answers), row
            assert holds(report.witness.truth, compiled("q1_derivative")(z, 1)), row


@cache
def extremes_by_sympy() -> dict[str, tuple[sympy.Expr, list[sympy.Expr], bool]]:
    """Side -> the extreme value, its places in z, whether it is attained: from critical points and limits, by SymPy alone."""
    f = sympy.diff(SIGMA, Z)
    in_t = sympy.cancel(f.subs(Z, sympy.log(T)))
    inside = [sympy.log(t) for t in sympy.roots(sympy.numer(sympy.together(sympy.diff(in_t, T))), T) if t.is_positive]
    candidates = [(sympy.simplify(f.subs(Z, z)), z, True) for z in inside]
    candidates += [(sympy.limit(f, Z, end), end, False) for end in (-sympy.oo, sympy.oo)]
    found = {}
    for side, best in (("largest", sympy.Max), ("smallest", sympy.Min)):
        value = best(*(v for v, _, _ in candidates))
        there = [(z, taken) for v, z, taken in candidates if v == value]
        found[side] = (value, [z for z, _ in there], any(taken for _, taken in there))
    return found


def test_sympy_finds_what_the_question_asks_for() -> None:
    found = extremes_by_sympy()

    assert found["largest"] == (sympy.Rational(1, 4), [0], True)
    assert found["smallest"] == (0, [-sympy.oo, sympy.oo], False)


@pytest.mark.parametrize("task", [*VALUES, *PLACES])
def test_certificates_of_extremes(task: str) -> None:
    value, places, attained = extremes_by_sympy()["largest" if "max" in task else "smallest"]
    proved = those(Verdict.PROVED, task)
    assert len(proved) >= 4
    for row, report in proved:
        facts = report.certificate.facts
        assert facts["attained"] == ("yes" if attained else "no"), row
        assert sympy.sympify(facts["value"]) == value, row
        named = [text.replace(" -> ", " = ").removeprefix("z = ") for text in facts["places"].split("; ")]
        assert [sympy.sympify(text) for text in named] == sorted(places, key=float), row
        # what was answered, too
        with mpmath.workdps(60):
            for said in report.read.lines[0]:
                if task in VALUES:
                    assert abs(by_mpmath(to_python(said), {}) - mp(str(value))) < mpmath.mpf(10) ** -50, row
                elif "oo" not in to_python(said):
                    assert any(abs(by_mpmath(to_python(said), {}) - mp(str(p))) < mpmath.mpf(10) ** -50 for p in places), row


@pytest.mark.parametrize("task", [*VALUES, *PLACES])
def test_witnesses_against_extremes(task: str) -> None:
    value = extremes_by_sympy()["largest" if "max" in task else "smallest"][0]
    side = 1 if "max" in task else -1
    held = 0
    for row, report in those(Verdict.REFUTED, task):
        witness = report.witness
        if witness is None:  # an infinite value, a missing place, a place where nothing but the exact argument tells
            continue
        held += 1
        with mpmath.workdps(DIGITS):
            at = {name: by_mpmath(text, {}) for name, text in witness.point.items()}
            here = compiled("q1_derivative")(at["z"], 1) if at else None
            if task in PLACES:
                within_witness(witness, here, mp(str(value)))
                continue
            claimed = by_mpmath(to_python(report.read.lines[0][0]), {})
            within_witness(witness, claimed, mp(str(value)) if here is None else here)
            if here is not None:
                assert (here - claimed) * side > 0, row
    assert held >= 3
