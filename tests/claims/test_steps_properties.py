"""Derivations built line by line: true chains are accepted, the first false line is named, and its witness holds by mpmath."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from independent import by_mpmath, mp, within_witness

from sig_checker.exercise import Exercise, Task
from sig_checker.judging import judge
from sig_checker.verdicts import Report, Verdict

TASKS = (Task("steps", "steps", 1),)
# function, how a chain may begin, forms of its derivative; a stands for the function's value
DERIVED = {
    "1/(1+exp(-z))": (
        ["d/dz (1+e^(-z))^(-1)", "d/dz (1/(1+e^(-z)))", "σ'(z)", "d/dz (e^z/(e^z+1))"],
        ["-(1+e^(-z))^(-2)*(-e^(-z))", "e^(-z)/(1+e^(-z))^2", "1/(1+e^(-z))*(1 - 1/(1+e^(-z)))", "sigma(z)*(1-sigma(z))",
         "a*(1-a)", "a - a^2", "e^z/(1+e^z)^2", "1/(2+e^z+e^(-z))", "sech(z/2)^2/4", "sigma(z)*sigma(-z)", "1/4 - (a-1/2)^2"],
    ),
    "tanh(z)": (
        ["d/dz tanh(z)", "d/dz ((e^z-e^(-z))/(e^z+e^(-z)))", "d/dz (sinh(z)/cosh(z))"],
        ["((e^z+e^(-z))^2 - (e^z-e^(-z))^2)/(e^z+e^(-z))^2", "1 - a^2", "sech(z)^2", "4/(e^z+e^(-z))^2", "(1-a)*(1+a)",
         "1/cosh(z)^2"],
    ),
    "log(1+exp(z))": (
        ["d/dz log(1+e^z)"],
        ["e^z/(1+e^z)", "1/(1+e^(-z))", "sigma(z)", "1 - e^(-a)", "(1+tanh(z/2))/2", "1 - sigma(-z)"],
    ),
    "z/(1+exp(-z))": (
        ["d/dz (z*sigma(z))", "d/dz (z/(1+e^(-z)))"],
        ["sigma(z) + z*sigma(z)*(1-sigma(z))", "(1+e^(-z)+z*e^(-z))/(1+e^(-z))^2", "a + sigma(z)*(1-a)",
         "sigma(z)*(1+z*(1-sigma(z)))"],
    ),
}  # fmt: skip
SAME = ["{}", "{}", "1*({})", "({})/2 + ({})/2", "-(-({}))", "({})*e^z*e^(-z)", "({}) + 0", "({})*(cosh(z)^2 - sinh(z)^2)"]
FALSE = ["({}) + 10^-40", "({})*(1 + 10^-12)", "-({})", "2*({})", "({})^2", "({})*z", "({}) + 1", "1/({})", "({}) - z*10^-20"]


@st.composite
def chains(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A function and a true chain: how it begins, and at least two forms of its derivative that differ."""
    function = draw(st.sampled_from(sorted(DERIVED)))
    beginnings, forms = DERIVED[function]
    chosen = draw(st.lists(st.sampled_from(forms), min_size=2, max_size=6, unique=True))
    lines = [draw(st.sampled_from(SAME)).replace("{}", form) for form in chosen]
    first = draw(st.lists(st.sampled_from(beginnings), max_size=2, unique=True))
    return function, first + lines


def judged(function: str, lines: list[str], joined: bool = False) -> Report:
    answer: object = lines if not joined else [" = ".join(lines)]
    return judge(Exercise("x", function, TASKS, language="en"), "steps", {"kind": "data", "value": answer}).report


@settings(max_examples=200)
@given(chains(), st.booleans())
def test_true_chains_are_proved(chain: tuple[str, list[str]], joined: bool) -> None:
    report = judged(*chain, joined=joined)

    assert report.verdict is Verdict.PROVED, (chain, report.message)
    assert report.certificate is not None


@settings(max_examples=400)
@given(chains(), st.sampled_from(FALSE), st.integers(0, 7), st.integers(0, 7), st.data())
def test_the_first_false_line_is_named_and_its_witness_holds(
    chain: tuple[str, list[str]], false: str, where: int, later: int, data: st.DataObject
) -> None:
    function, lines = chain
    where %= len(lines) + 1
    text = data.draw(st.sampled_from(DERIVED[function][1]))
    planted = false.replace("{}", text)
    spoiled = [*lines[:where], planted, *lines[where:]]
    if later > where:  # a second false line further down changes nothing
        spoiled.insert(min(later, len(spoiled)), "z^3 + 7")
    report = judged(function, spoiled)

    assert report.verdict is Verdict.REFUTED, (spoiled, report.message)
    assert report.message.values["line"] == where + 1, (spoiled, report.message)
    assert report.portion is not None
    assert report.portion.right <= max(0, where - 1)
    assert report.portion.total == len(spoiled) - 1
    witness = report.witness
    assert witness is not None
    with mpmath.workdps(80):
        z = mp(witness.point["z"])
        values = {"z": z, "a": by_mpmath(function, {"z": z})}
        try:
            answer = by_mpmath(planted, values)
        except ZeroDivisionError:
            assume(False)
        within_witness(witness, answer, slope(function, z))


def slope(function: str, z: mpmath.mpf) -> mpmath.mpf:
    """The derivative by a central difference of twice the digits, whose error is far below the last digit that is looked at."""
    digits = mpmath.mp.dps
    with mpmath.workdps(4 * digits):
        h = mpmath.mpf(10) ** -(digits + 5)
        return (by_mpmath(function, {"z": z + h}) - by_mpmath(function, {"z": z - h})) / (2 * h)


@pytest.mark.parametrize("gap", ["({})*z/z", "({})*(z^2-4)/((z-2)*(z+2))", "({})*tanh(z)/tanh(z)"])
@pytest.mark.parametrize("function", sorted(DERIVED))
def test_a_gap_in_a_true_chain_is_told_and_costs_nothing(function: str, gap: str) -> None:
    beginnings, forms = DERIVED[function]
    report = judged(function, [beginnings[0], forms[0], gap.replace("{}", forms[1]), forms[2]])

    assert report.verdict is Verdict.PROVED
    assert any("not defined at" in str(note) and "3" in str(note) for note in report.notes), report.notes


@pytest.mark.parametrize("function", sorted(DERIVED))
def test_a_leap_to_the_result_asks_a_person(function: str) -> None:
    beginnings, forms = DERIVED[function]

    for lines in ([forms[0]], [beginnings[0], forms[0]]):
        report = judged(function, lines)
        assert report.verdict is Verdict.UNDECIDED
        assert "no step" in str(report.message)


def test_rationals_travel_exactly() -> None:
    """A witness is a rational point; mpmath must see that one and not the double beside it."""
    with mpmath.workdps(60):
        assert mp("1/3") * 3 == 1 or abs(mp("1/3") * 3 - 1) < mpmath.mpf(10) ** -59
        assert mp(Fraction(1, 10)) != mpmath.mpf(0.1)
