"""Each function that an answer may hold: an identity of it is proved, its neighbour 1e-40 away and its opposite are refuted."""

from __future__ import annotations

import pytest

from sig_checker.expressions import FUNCTIONS
from sig_checker.judging import identical
from sig_checker.verdicts import Verdict

# from tables of formulas; the domain is where both sides are real
EACH = {
    "exp": ("exp(x)exp(-x/2)", "exp(x/2)", ""),
    "log": ("log(x^3)", "3log(x)", "x>0"),
    "sqrt": ("sqrt(x)sqrt(x+1)", "sqrt(x^2+x)", "x>0"),
    "cbrt": ("cbrt(-8x^3)", "-2x", ""),
    "abs": ("abs(x)^3", "x^2 abs(x)", ""),
    "sign": ("x sign(x)", "abs(x)", ""),
    "heaviside": ("x heaviside(x)", "max(x, 0)", ""),
    "relu": ("relu(x) - relu(-x)", "x", ""),
    "max": ("max(x, 2) + min(x, 2)", "x + 2", ""),
    "min": ("min(x, -x)", "-abs(x)", ""),
    "floor": ("floor(x) + 1", "floor(x + 1)", ""),
    "ceil": ("ceil(x)", "-floor(-x)", ""),
    "factorial": ("factorial(5) x", "120x", ""),
    "erf": ("erf(2x) + erf(x)", "erf(x) + erf(x + x)", ""),
    "sigma": ("sigma(x) + sigma(-x)", "1", ""),
    "softplus": ("softplus(x) - softplus(-x)", "x", ""),
    "expm1": ("expm1(2x)", "expm1(x)(expm1(x) + 2)", ""),
    "log1p": ("log1p(x)", "log(1 + x)", "x>-1"),
    "logaddexp": ("logaddexp(x, x)", "x + log(2)", ""),
    "sin": ("sin(2x)", "2sin(x)cos(x)", ""),
    "cos": ("cos(2x)", "2cos(x)^2 - 1", ""),
    "tan": ("1 + tan(x)^2", "1/cos(x)^2", ""),
    "cot": ("cot(x)", "cos(x)/sin(x)", ""),
    "sec": ("sec(x)^2 - tan(x)^2", "1", ""),
    "csc": ("csc(x)^2 - cot(x)^2", "1", ""),
    "asin": ("asin(x) + acos(x)", "pi/2", "-1<=x<=1"),
    "acos": ("cos(acos(x))", "x", "-1<=x<=1"),
    "atan": ("atan(x) + atan(1/x)", "pi/2", "x>0"),
    "acot": ("acot(x)", "pi/2 - atan(x)", "x>0"),
    "asec": ("asec(x)", "acos(1/x)", "x>1"),
    "acsc": ("acsc(x)", "asin(1/x)", "x>1"),
    "sinh": ("sinh(2x)", "2sinh(x)cosh(x)", ""),
    "cosh": ("cosh(2x)", "2cosh(x)^2 - 1", ""),
    "tanh": ("tanh(x)", "(e^(2x) - 1)/(e^(2x) + 1)", ""),
    "coth": ("coth(x)", "cosh(x)/sinh(x)", ""),
    "sech": ("sech(x)^2 + tanh(x)^2", "1", ""),
    "csch": ("coth(x)^2 - csch(x)^2", "1", ""),
    "asinh": ("asinh(x)", "log(x + sqrt(x^2 + 1))", ""),
    "acosh": ("acosh(x)", "log(x + sqrt(x^2 - 1))", "x>1"),
    "atanh": ("atanh(x)", "log((1 + x)/(1 - x))/2", "-1<x<1"),
    "acoth": ("acoth(x)", "log((x + 1)/(x - 1))/2", "x>1"),
    "asech": ("asech(x)", "log((1 + sqrt(1 - x^2))/x)", "0<x<1"),
    "acsch": ("acsch(x)", "log(1/x + sqrt(1/x^2 + 1))", "x>0"),
}


def test_no_function_is_left_out() -> None:
    assert set(FUNCTIONS) - {"applied"} == set(EACH)


@pytest.mark.parametrize("name", EACH)
def test_an_identity_of_each_function_is_proved(name: str) -> None:
    left, right, domain = EACH[name]
    assert name in left + right

    assert identical(left, right, domain=domain).verdict is Verdict.PROVED
    assert identical(right, left, domain=domain).verdict is Verdict.PROVED


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("lie", ["({}) + 10^-40", "-({})", "({})*(1 + 10^-40)"])
def test_its_neighbours_are_refuted(name: str, lie: str) -> None:
    left, right, domain = EACH[name]
    report = identical(lie.replace("{}", left), right, domain=domain)

    assert report.verdict is Verdict.REFUTED
    assert report.witness is not None
