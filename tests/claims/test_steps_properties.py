"""Derivations built line by line: true chains are accepted, the first false line is named, and its witness holds by mpmath."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

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


# letters of the answer's own: what they stand for in the lines below their definitions
NAMED = [
    [],
    [("t", "e^(-z)")],
    [("w", "e^z")],
    [("s", "sigma(z)")],
    [("w", "e^z"), ("t", "e^(-z)")],
    [("t", "e^(-z)"), ("s", "sigma(z)")],
]


def renamed(lines: list[str], letters: list[tuple[str, str]]) -> list[str]:
    """The lines with the letters, below the definitions of these."""
    for letter, meaning in letters:
        lines = [line.replace(meaning, f"({letter})") for line in lines]
    return [f"{letter} = {meaning}" for letter, meaning in letters] + lines


@settings(max_examples=200)
@given(chains(), st.sampled_from(NAMED))
def test_true_chains_with_letters_of_their_own_are_proved(chain: tuple[str, list[str]], letters: list[tuple[str, str]]) -> None:
    function, lines = chain
    report = judged(function, renamed(lines, letters))

    assert report.verdict is Verdict.PROVED, (renamed(lines, letters), report.message)


@settings(max_examples=200)
@given(chains(), st.sampled_from(FALSE), st.integers(0, 7), st.sampled_from(NAMED), st.data())
def test_the_first_false_line_is_named_below_definitions(
    chain: tuple[str, list[str]], false: str, where: int, letters: list[tuple[str, str]], data: st.DataObject
) -> None:
    function, lines = chain
    where %= len(lines) + 1
    planted = false.replace("{}", data.draw(st.sampled_from(DERIVED[function][1])))
    report = judged(function, renamed([*lines[:where], planted, *lines[where:]], letters))

    assert report.verdict is Verdict.REFUTED
    assert report.message.values["line"] == len(letters) + where + 1
    assert report.portion is not None
    assert report.portion.total == len(lines)  # a definition is no step
    assert report.witness is not None
    with mpmath.workdps(80):
        z = mp(report.witness.point["z"])
        try:
            answer = by_mpmath(planted, {"z": z, "a": by_mpmath(function, {"z": z})})
        except ZeroDivisionError:
            assume(False)
        within_witness(report.witness, answer, slope(function, z))


SIGMOID = "1/(1+exp(-z))"
BY_CHAIN_RULE = ["σ = 1/u", "dσ/dz = dσ/du du/dz", "= -1/u^2 * (-e^-z)", "a(1-a)"]


@pytest.mark.parametrize(
    "lines",
    [
        ["u = 1+e^-z", *BY_CHAIN_RULE],
        ["let u = 1+e^-z.", *BY_CHAIN_RULE],
        ["$u = 1+e^{-z}$라 하자", *BY_CHAIN_RULE],
        ["u := 1+e^-z", "σ'(z) = d/dz u^-1", "-u^-2 u'", "e^-z/u^2", "(u-1)/u^2"],
        ["d/dz (1+e^-z)^-1", "u = 1+e^-z", "-u^-2 du/dz", "du/dz = -e^-z", "e^-z/u^2", "a(1-a)"],
        [r"Let $u = 1+e^{-z}$", r"\frac{d\sigma}{dz} = \frac{d\sigma}{du}\frac{du}{dz}", r"-\frac{1}{u^2}(-e^{-z})", "a(1-a)"],
        ["u = -z", "v = e^u", "w = 1+v", "d/dz 1/w", "dσ/dw dw/dv dv/du du/dz", "-1/w^2 * v * (-1)", "a(1-a)"],
        ["u(z) = 1+e^-z", "d/dz (1/u(z))", "-u'(z)/u(z)^2", "e^-z/u(z)^2", "a(1-a)"],
        ["f(z) = 1/(1+e^-z)", "f'(z) = e^-z/(1+e^-z)^2", "f(z)(1-f(z))"],
    ],
)  # fmt: skip
def test_a_substitution_may_be_defined_above(lines: list[str]) -> None:
    report = judged(SIGMOID, lines)

    assert report.verdict is Verdict.PROVED, report.message


BY_TWO_LETTERS = ["d/dz 1/(1+v)", "-1/(1+v)^2 * dv/du * du/dz", "v/(1+v)^2", "a(1-a)"]


@pytest.mark.parametrize(
    "lines",
    [
        ["u = -z, v = e^u", *BY_TWO_LETTERS],
        ["u = -z; v = e^u", *BY_TWO_LETTERS],
        ["v = e^u, u = -z", *BY_TWO_LETTERS],  # in the order in which one takes the function apart
        ["let u = -z and v = e^u.", *BY_TWO_LETTERS],
        ["u = -z 이고 v = e^u라 하자", *BY_TWO_LETTERS],
        ["u = -z로 두고, v = e^u로 두면", *BY_TWO_LETTERS],
        ["$u = -z$, $v = e^u$", *BY_TWO_LETTERS],
        [r"u = -z,\; v = e^{u}", *BY_TWO_LETTERS],
        [r"u = -z \quad\text{and}\quad v = e^{u}", *BY_TWO_LETTERS],
        ["(1) u = -z, v = e^u", "(2) d/dz 1/(1+v)", "(3) v/(1+v)^2", "(4) a(1-a)"],
        ["u = log(max(1, 2))*z/log(2), v = e^-u", *BY_TWO_LETTERS],  # a comma inside brackets
        ["u = -z, v = e^u, du/dz = -1, dv/du = e^u", *BY_TWO_LETTERS],
        ["u = -z", "v = e^u", "du/dz = -1; dv/du = v", *BY_TWO_LETTERS],
        [r"u = -z, \frac{du}{dz} = -1", "v = e^u", *BY_TWO_LETTERS],
        ["u = -z, u' = -1, v = e^u, σ = 1/(1+v)", *BY_TWO_LETTERS],
        ["a = 1/w, where w = 1+v, v = e^u, u = -z", *BY_TWO_LETTERS],
        ["σ(z) = 1/w, 여기서 w = 1+e^-z", "d/dz 1/w", "-1/w^2 dw/dz", "e^-z/w^2", "a(1-a)"],
    ],
)
def test_several_letters_may_be_defined_in_one_line(lines: list[str]) -> None:
    report = judged(SIGMOID, lines)

    assert report.verdict is Verdict.PROVED, report.message


@settings(max_examples=100)
@given(chains(), st.sampled_from(NAMED[-2:]), st.sampled_from([", ", "; ", " and ", r" \quad "]), st.booleans())
def test_definitions_in_one_line_are_those_in_several(
    chain: tuple[str, list[str]], letters: list[tuple[str, str]], joint: str, turned: bool
) -> None:
    function, lines = chain
    several = renamed(lines, letters)
    defining = several[: len(letters)]
    one = [joint.join(reversed(defining) if turned else defining), *several[len(letters) :]]

    assert judged(function, one).verdict is Verdict.PROVED, one

    false = [one[0].replace(defining[0], f"{defining[0]} + 10^-40"), *one[1:]]
    used = any(f"({letters[0][0]})" in line for line in one[1:])
    assert judged(function, false).verdict is (Verdict.REFUTED if used else Verdict.PROVED), false


@pytest.mark.parametrize(
    ("lines", "verdict", "line"),
    [
        pytest.param(["u = -z, v = e^-u", *BY_TWO_LETTERS], "refuted", 2, id="the wrong meaning"),
        pytest.param(["u = -z, v = e^u + 10^-40", *BY_TWO_LETTERS], "refuted", 2, id="a meaning 1e-40 off"),
        pytest.param(["u = -z, du/dz = 1", "v = e^u", *BY_TWO_LETTERS], "refuted", 1, id="a false rate beside it"),
        pytest.param(["u = -z, v = e^u, σ = 1/(1-v)", *BY_TWO_LETTERS], "refuted", 1, id="a false word on the function"),
        pytest.param(["u = -z, v = e^u = e^z", *BY_TWO_LETTERS], "refuted", 1, id="a false equation behind it"),
        pytest.param(["u = -z, u = z", *BY_TWO_LETTERS], "unreadable", 1, id="two meanings"),
        pytest.param(["u = v, v = u", *BY_TWO_LETTERS], "unreadable", 1, id="a circle"),
        pytest.param(["u = -z, v = e^w", *BY_TWO_LETTERS], "unreadable", 1, id="a letter without a meaning"),
        pytest.param(["σ'(z)", "a(1-a), e^-z/(1+e^-z)^2"], "unreadable", 2, id="two answers"),
        pytest.param(["σ'(z)", "u = a(1-a), u(1-u)"], "unreadable", 2, id="a definition and an answer"),
        pytest.param(["σ'(z) = a(1-a), σ'(z) = a-a^2"], "unreadable", 1, id="two equations for what is asked"),
        pytest.param(["u = z, σ'(z) = a(1-a)", "a - a^2"], "unreadable", 1, id="a definition and what is asked"),
        pytest.param(["u = a(1-a), v = a-a^2"], "refuted", None, id="definitions alone"),
    ],
)
def test_statements_in_one_line_are_held_to_what_lines_are(lines: list[str], verdict: str, line: int | None) -> None:
    report = judged(SIGMOID, lines)

    assert report.verdict == verdict, report.message
    assert report.message.values.get("line") == line


@pytest.mark.parametrize(
    ("lines", "verdict", "line"),
    [
        pytest.param(["u = 1-e^-z", *BY_CHAIN_RULE], "refuted", 2, id="the wrong meaning"),
        pytest.param(["u = 1+e^-z + 10^-40", "σ'(z) = d/dz u^-1", "a(1-a)"], "refuted", 2, id="a meaning 1e-40 off"),
        pytest.param(["u = 1+e^-z", "u = 2", "d/dz 1/u", "e^-z/u^2"], "refuted", 2, id="another meaning later"),
        pytest.param(["u = 1+e^-z = 2", "d/dz 1/u", "e^-z/u^2", "a(1-a)"], "refuted", 1, id="a false equation behind it"),
        pytest.param(["u = 1+e^-z", "d/dz 1/u", "-u^-2", "a(1-a)"], "refuted", 3, id="no inner derivative"),
        pytest.param(["u = 2", "d/du σ", "a(1-a)", "a-a^2"], "refuted", 2, id="by a number"),
        pytest.param(["a = 1+e^-z", "d/dz 1/a", "e^-z/a^2"], "refuted", 1, id="a known letter"),
        pytest.param(["u = u^2", "a(1-a)", "a-a^2"], "unreadable", 1, id="a circle"),
        pytest.param(["u = v", "v = u", "a(1-a)", "a-a^2"], "unreadable", 1, id="a larger circle"),
        pytest.param(["d/dz 1/u", "u = 1+e^-z", "e^-z/u^2"], "unreadable", 1, id="used above"),
        pytest.param(["u = z"] + [f"{y} = {' '.join(x * 9)}" for x, y in pairwise("uvwpqr")], "unreadable", 5, id="a tower"),
        pytest.param(["u = a(1-a)", "σ'(z)", "u", "a(1-a)"], "undecided", None, id="the result as the definition"),
        pytest.param(["u = σ'(z)", "σ'(z)", "u"], "refuted", None, id="the question as the definition"),
        pytest.param(["u = a(1-a)"], "refuted", None, id="a definition alone"),
    ],
)  # fmt: skip
def test_a_definition_buys_nothing(lines: list[str], verdict: str, line: int | None) -> None:
    report = judged(SIGMOID, lines)

    assert report.verdict == verdict, report.message
    assert report.message.values.get("line") == line


def test_a_letter_without_a_meaning_is_refused_with_what_to_write() -> None:
    assert "u = ..." in str(judged(SIGMOID, ["d/dz 1/u", "a(1-a)"]).message)
