"""Identities: proofs of what is true, witnesses against what is not, and nothing accepted because it is close.

The independent checker is mpmath: it evaluates witnesses and proved pairs from the text, with 60 digits, by its own functions.
"""

from __future__ import annotations

import re
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sig_checker.deciding.enclosures import enclose, exact, precision
from sig_checker.deciding.identities import TOO_BIG, Comparison, compare
from sig_checker.expressions import Expr
from sig_checker.reading import Vocabulary, read, read_condition, to_python

FREE = Vocabulary("", "", letters=True)
MPMATH = {
    **{
        name: getattr(mpmath, name)
        for name in (
            "exp",
            "log",
            "sqrt",
            "tanh",
            "cosh",
            "sinh",
            "sech",
            "coth",
            "csch",
            "floor",
            "sign",
            "atanh",
            "asinh",
            "acosh",
            "atan",
            "sin",
            "cos",
            "tan",
            "pi",
            "cbrt",
            "expm1",
            "log1p",
        )
    },
    "Abs": abs,
    "E": mpmath.e,
    "min": min,
    "max": max,
    "sigma": lambda x: 1 / (1 + mpmath.exp(-x)),
    "mpf": mpmath.mpf,
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
}


def expr(text: str) -> Expr:
    return read(text, "auto", FREE).answer


def decide(left: str, right: str, domain: str = "") -> Comparison:
    return compare(expr(left), expr(right), read_condition(domain, FREE) if domain else ())


def by_mpmath(text: str, point: dict[str, str]) -> mpmath.mpf:
    """The value of our own Python text, by another library; whole numbers become mpf so that 1/3 is not a double."""
    source = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"mpf(\1)", to_python(expr(text)))
    values = {name: mpmath.mpf(Fraction(x).numerator) / Fraction(x).denominator for name, x in point.items()}
    return eval(source, {"__builtins__": {}}, {**MPMATH, **values})


TRUE = [
    ("(x+1)^2", "x^2+2x+1", ""),
    ("exp(x)exp(y)", "exp(x+y)", ""),
    ("exp(-z)/(1+exp(-z))^2", "sech(z/2)^2/4", ""),
    ("tanh(z/2)", "2sigma(z)-1", ""),
    ("cosh(x)^2-sinh(x)^2", "1", ""),
    ("log(x^2+1) + log(3)", "log(3x^2+3)", ""),
    ("log(1+e^z) - z", "log(1+e^(-z))", ""),
    ("sqrt(x^2)", "|x|", ""),
    ("sqrt(exp(-2z))", "exp(-z)", ""),
    ("sqrt(2)sqrt(3)", "sqrt(6)", ""),
    ("1/(sqrt(3)+sqrt(2))", "sqrt(3)-sqrt(2)", ""),
    ("|x||y|", "|x y|", ""),
    ("max(x,y)+min(x,y)", "x+y", ""),
    ("max(x, 0) - max(-x, 0)", "x", ""),
    ("2^x 4^x", "8^x", ""),
    ("2^(x+3)", "8*2^x", ""),
    ("e^(2 log(1+x^2))", "(1+x^2)^2", ""),
    ("exp(-|z|)/(1+exp(-|z|))^2", "exp(-z)/(1+exp(-z))^2", ""),
    ("atanh(x)", "log((1+x)/(1-x))/2", "-1<x<1"),
    ("asinh(x)", "log(x+sqrt(x^2+1))", ""),
    ("log(x y)", "log(x)+log(y)", "x>0, y>0"),
    ("log(p/(1-p))", "log(p)-log(1-p)", "0<p<1"),
    ("sqrt(x y)", "sqrt(x)sqrt(y)", "x>0, y>0"),
    ("x^(3/2)", "x sqrt(x)", "x>0"),
    ("cbrt(x^3)", "x", ""),
    ("logaddexp(x, y)", "log(e^x+e^y)", ""),
    ("(x^2-1)/(x-1)", "x+1", ""),
    ("Piecewise((x, x>=0), (-x, True))", "|x|", ""),
    ("sign(x)|x|", "x", ""),
    ("floor(7/2)", "3", ""),
    ("k sigma(k z)(1-sigma(k z))", "k e^(-k z)/(1+e^(-k z))^2", ""),
    ("exp(1/(x^2+1))^2", "exp(2/(x^2+1))", ""),
    ("10^20", "100000000000000000000", ""),
    ("softplus(x) - softplus(-x)", "x", ""),
    ("log(8)/log(2)", "3", ""),
]


@pytest.mark.parametrize(("left", "right", "domain"), TRUE)
def test_what_is_true_is_proved(left: str, right: str, domain: str) -> None:
    result = decide(left, right, domain)

    assert result.equal is True
    assert result.certificate is not None
    assert result.witness is None


@pytest.mark.parametrize(("left", "right", "domain"), TRUE)
@pytest.mark.parametrize("lie", ["({}) + 10^-40", "({})*(1 + 10^-40)"])
def test_a_lie_of_the_fortieth_digit_is_refuted(left: str, right: str, domain: str, lie: str) -> None:
    result = decide(lie.format(left), right, domain)

    assert result.equal is False
    assert result.witness is not None
    assert result.witness.answer != result.witness.truth


@pytest.mark.parametrize(
    ("left", "right", "domain"),
    [
        ("sqrt(x^2)", "x", ""),
        ("2.718281828459045^z", "e^z", ""),
        ("3.14159265358979323846264338327950288", "pi", ""),
        ("Piecewise((x, x<50), (0, True))", "x", ""),
        ("x + x(x-1)(x+1)(x-2)(x+2)/10^9", "x", ""),
        ("floor(10^6 x)/10^6", "x", ""),
        ("tanh(x)", "x - x^3/3 + 2x^5/15", ""),
        ("|x|/x", "1", ""),
        ("exp(x y)", "exp(x)exp(y)", ""),
        ("max(x, y)", "x", ""),
        ("x^1000", "x^1001", ""),
        ("sign(x)^2", "1", ""),
        ("Piecewise((5, x = 3), (x, True))", "x", ""),
        ("Piecewise((x, x > 1000000), (x, x < 1000000), (7, True))", "x", ""),
        ("Piecewise((x + 1, x > 100000), (x, True))", "x", ""),
        ("9^(1/2) + 10^-30 e^x", "3", ""),
    ],
)
def test_what_is_false_is_refuted_by_a_point_that_anyone_can_check(left: str, right: str, domain: str) -> None:
    result = decide(left, right, domain)

    assert result.equal is False
    witness = result.witness
    assert witness is not None
    if "Piecewise" not in left:
        with mpmath.workdps(60):
            a, b = by_mpmath(left, dict(witness.point)), by_mpmath(right, dict(witness.point))
        assert a != b


@pytest.mark.parametrize(
    ("left", "right"),
    [("sqrt(x)^2", "x"), ("exp(log(x))", "x"), ("x + 0/(x-x)", "x"), ("x + 1/0", "x"), ("log(-1-x^2) - log(-1-x^2) + x", "x")],
)
def test_a_side_that_is_undefined_on_an_interval_is_refuted(left: str, right: str) -> None:
    result = decide(left, right)

    assert result.equal is False
    assert result.witness is not None
    assert result.witness.answer == "undefined"


def test_where_the_right_side_is_real_nowhere_nothing_is_claimed() -> None:
    assert decide("log(x^2)", "2 log(-x)", "x>1").equal is None


def test_an_isolated_gap_costs_nothing_and_is_told() -> None:
    result = decide("x z/z", "x")

    assert result.equal is True
    assert result.gaps == ("z = 0",)


def test_differences_of_the_domains_are_told() -> None:
    narrower, wider = decide("x", "x^2/x"), decide("2 log|x|", "2 log(x)")

    assert narrower.equal is True
    assert narrower.beyond == ("x = 0",)
    assert wider.equal is True
    assert wider.wider is True
    assert decide("2 log(x)", "log(x^2)").witness.answer == "undefined"


def test_what_can_be_neither_proved_nor_refuted_is_left_open() -> None:
    result = decide("Piecewise((x, floor(x/10^30) <= 10^9), (x + 1, True))", "x")

    assert result.equal is not True


@pytest.mark.parametrize(
    "text",
    [
        "(z+a+u+1)^150 (z+a+u+1)^150",
        "x^100000",
        "9^9^9^9",
        "exp(exp(exp(exp(exp(100)))))",
        "(1+e^x)^5000",
        "1000000!",
        "2^(2^(2^100))",
        "+".join(f"e^({i}x/{i + 1})" for i in range(1, 60)),
        "*".join(f"(1+e^({i}x))" for i in range(1, 400)),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_too_large_to_multiply_out_is_not_accepted(text: str) -> None:
    assert decide(text, "x").equal is not True


_REWRITES = [
    lambda e: f"({e}) + 0*x",
    lambda e: f"({e})*e^x*e^(-x)",
    lambda e: f"(({e})*(1+e^x) )/(1+e^x)",
    lambda e: f"({e})*(cosh(x)^2 - sinh(x)^2)",
    lambda e: f"sqrt(({e})^2)*sign({e})^1",
    lambda e: f"-(-({e}))",
    lambda e: f"log(exp({e}))",
    lambda e: f"1/(1/({e}))",
    lambda e: f"({e})/2 + ({e})/2",
    lambda e: f"cbrt(({e})^3)",
    lambda e: f"({e} + 1)^2/4 - ({e} - 1)^2/4",
]
_BASES = ["e^(-x)/(1+e^(-x))^2", "x*sigma(x)", "sech(x/2)^2/4", "1/(1+x^2)", "tanh(x)+2", "exp(x/3)+x"]


@settings(max_examples=2000, deadline=None)
@given(
    st.sampled_from(_BASES),
    st.lists(st.sampled_from(range(len(_REWRITES))), max_size=3),
    st.sampled_from(["", "+ 10^-40", "+ x*10^-25", "*(1+10^-12)"]),
)
def test_rewrites_that_keep_the_truth_are_proved_and_perturbed_ones_refuted(base: str, rewrites: list[int], lie: str) -> None:
    text = base
    for i in rewrites:
        text = _REWRITES[i](text)
    result = decide(f"({text}){lie}", base)

    if lie:
        assert result.equal is False
    else:
        assert result.equal is True


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(
        [t for t in TRUE if "Piecewise" not in t[0] and not t[2] and "cbrt" not in t[0] and "logaddexp" not in t[0]]
    ),
    st.integers(-40, 40),
)
def test_proved_pairs_agree_in_another_library(pair: tuple[str, str, str], tenths: int) -> None:
    point = dict.fromkeys("kpuvxyz", f"{tenths * 2 + 1}/10")
    with mpmath.workdps(60):
        a, b = by_mpmath(pair[0], point), by_mpmath(pair[1], point)

        assert abs(a - b) <= mpmath.mpf(10) ** -50 * (1 + abs(b))


def test_a_verdict_does_not_depend_on_what_was_judged_before() -> None:
    first = [decide(*pair) for pair in TRUE]
    again = [decide(*pair) for pair in reversed(TRUE)][::-1]

    assert first == again


def test_the_precision_is_put_back() -> None:
    with precision(77):
        decide("sqrt(x^2)", "x")
        inside = enclose(expr("1/3"), {"x": exact(0)})

    assert inside.rad() < exact(Fraction(1, 2**76))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sin(x)^2+cos(x)^2", "1"),
        ("sin(2x)", "2 sin(x) cos(x)"),
        ("cos(x)", "sin(x+pi/2)"),
        ("sin(x+y)", "sin(x)cos(y)+cos(x)sin(y)"),
        ("sec(x)^2", "1+tan(x)^2"),
        ("cos(pi/4)", "sqrt(2)/2"),
        ("cos(pi/5)", "(1+sqrt(5))/4"),
        ("sin(pi/3)", "sqrt(3)/2"),
        ("tan(atan(x))", "x"),
        ("cos(atan(x))", "1/sqrt(1+x^2)"),
        ("cos(asin(x))", "sqrt(1-x^2)"),
        ("atan(1)", "pi/4"),
        ("asin(1/2)", "pi/6"),
        ("cos(2atan(tanh(z/4)))", "sech(z/2)"),
    ],
)
def test_circular_functions(left: str, right: str) -> None:
    assert decide(left, right).equal is True
    assert decide(f"{left} + 10^-30", right).equal is False


@pytest.mark.parametrize(("left", "right"), [("9^9^9^9", "x"), ("x + 2^2^2^2^2^2^2", "x")])
def test_a_number_that_nobody_can_write_down_is_told_as_such(left: str, right: str) -> None:
    assert decide(left, right).reason == TOO_BIG
