"""Extremes against known answers with a source, and against mpmath's own search for critical points."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest

from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.enclosures import precision
from sig_checker.deciding.extremes import Extremes, Interval, extremes
from sig_checker.deciding.reals import within
from sig_checker.expressions import Expr
from sig_checker.reading import read, read_definition

SIGMOID, TANH, SOFTPLUS = "1/(1+exp(-z))", "tanh(z)", "log(1+exp(z))"


def expr(text: str) -> Expr:
    return read(text).answer


def of(function: str, order: int = 1) -> Extremes:
    found = extremes(derivative(read_definition(function, "z"), "z", order), "z")
    assert found is not None
    return found


# (function, order of the derivative, side, value, attained, places): from σ' = σ(1-σ), σ'' = σ'(1-2σ), tanh' = 1 - tanh²,
# softplus' = σ, worked out by hand; max σ'' = √3/18 at z = -log(2+√3), max tanh'' = 4√3/9 at z = log(2-√3)/2
KNOWN = [
    (SIGMOID, 1, "largest", "1/4", True, ["0"]),
    (SIGMOID, 1, "smallest", "0", False, ["-oo", "oo"]),
    (SIGMOID, 2, "largest", "sqrt(3)/18", True, ["-log(2+sqrt(3))"]),
    (SIGMOID, 2, "smallest", "-1/(6 sqrt(3))", True, ["log(2+sqrt(3))"]),
    (SIGMOID, 3, "largest", "1/24", True, ["log(5-2sqrt(6))", "log(5+2sqrt(6))"]),
    (SIGMOID, 3, "smallest", "-1/8", True, ["0"]),
    (TANH, 1, "largest", "1", True, ["0"]),
    (TANH, 2, "largest", "4 sqrt(3)/9", True, ["log(2-sqrt(3))/2"]),
    (SOFTPLUS, 1, "largest", "1", False, ["oo"]),
    (SOFTPLUS, 1, "smallest", "0", False, ["-oo"]),
    ("1/(1+exp(-z/3))", 1, "largest", "1/12", True, ["0"]),
    ("z/(1+z^2)", 1, "largest", "1", True, ["0"]),
    ("z/(1+z^2)", 1, "smallest", "-1/8", True, ["-sqrt(3)", "sqrt(3)"]),
]


@pytest.mark.parametrize(("function", "order", "side", "value", "attained", "places"), KNOWN)
def test_known_extremes(function: str, order: int, side: str, value: str, attained: bool, places: list[str]) -> None:
    found = of(function, order)
    extreme = getattr(found, side)

    assert extreme.value.equals(expr(value)) is True
    assert extreme.attained is attained
    assert len(extreme.places) == len(places)
    for text in places:
        if "oo" in text:
            assert (-1 if "-" in text else 1) in [p.end for p in extreme.places]
        else:
            assert any(p.point is not None and p.point.equals(found.coordinate(expr(text))) for p in extreme.places)


@pytest.mark.parametrize(("function", "order", "side", "value"), [row[:4] for row in KNOWN])
@pytest.mark.parametrize("lie", ["({}) + 10^-40", "({}) - 10^-40", "({}) + 1/1000000", "-({}) - 1"])
def test_a_value_that_is_off_is_refuted_however_little(function: str, order: int, side: str, value: str, lie: str) -> None:
    assert getattr(of(function, order), side).value.equals(expr(lie.format(value))) is False


def test_a_decimal_is_not_the_irrational_number_it_approximates() -> None:
    largest = of(SIGMOID, 2).largest

    assert largest.value is not None
    assert largest.value.equals(expr("0.09622504486493763")) is False
    assert largest.value.equals(expr("sqrt(3)/18 + 10^-300")) is False


@pytest.mark.parametrize(("function", "order"), sorted({row[:2] for row in KNOWN}))
def test_no_sampled_value_lies_outside(function: str, order: int) -> None:
    """mpmath's own numerical derivative, at many points, stays between the extremes and comes close to both."""
    found = of(function, order)
    compiled = eval("lambda z: " + function.replace("^", "**"), {"exp": mpmath.exp, "tanh": mpmath.tanh, "log": mpmath.log})
    with mpmath.workdps(30), precision(100):
        values = [mpmath.diff(compiled, mpmath.mpf(i) / 20, order) for i in range(-400, 401)]
        high, low = (mpmath.mpf(e.value.ball().str(25, radius=False)) for e in (found.largest, found.smallest))

    slack = mpmath.mpf(10) ** -12
    assert low - slack <= min(values) <= low + (high - low) / 100
    assert high - (high - low) / 100 <= max(values) <= high + slack


@pytest.mark.parametrize("function", ["z^2 + exp(z)", "sin(z)", "z^3", "1/z"])
def test_what_is_outside_the_class_is_left_open_or_unbounded(function: str) -> None:
    found = extremes(read_definition(function, "z"), "z")

    assert found is None or found.largest.value is None


# functions in which z stands beside e^z; values to 15 digits by mpmath's Lambert function and findroot, see below
def test_the_minimum_of_silu_is_minus_lambert() -> None:
    found = extremes(read_definition("z/(1+exp(-z))", "z"), "z")
    assert found is not None
    assert found.largest is not None
    assert found.smallest is not None

    with mpmath.workdps(50), precision(160):
        value, place = -mpmath.lambertw(1 / mpmath.e), -1 - mpmath.lambertw(1 / mpmath.e)
        assert abs(mpmath.mpf(found.smallest.value.ball().str(40, radius=False)) - value) < mpmath.mpf(10) ** -38
        assert abs(mpmath.mpf(found.smallest.places[0].point.ball().str(40, radius=False)) - place) < mpmath.mpf(10) ** -38
    assert found.largest.value is None  # grows beyond every bound
    # eight decimals are decided, a decimal is not the number itself, and no closed form is taken on trust
    assert within(found.smallest.value, expr("-0.27846454"), 8) is True
    assert within(found.smallest.value, expr("-0.27846455"), 8) is False
    assert found.smallest.value.equals(expr("-0.2784645427610738")) is False


@pytest.mark.parametrize(
    ("function", "interval", "largest", "smallest"),
    [
        # (value, place, attained)
        ("z*exp(-z)", Interval(), ("e^-1", "1", True), None),
        ("(z^2-3)*exp(z)", Interval(), None, ("-2e", "1", True)),
        ("1/(1+exp(-(2z-1)))^2 * exp(-(2z-1))", Interval(), ("1/4", "1/2", True), ("0", "oo", False)),
        ("sin(z)", Interval(Fraction(0), Fraction(3)), ("1", "pi/2", True), ("0", "0", True)),
        ("exp(-z)/(1+exp(-z))^2", Interval(Fraction(1), Fraction(2)), ("e/(1+e)^2", "1", True), ("e^2/(1+e^2)^2", "2", True)),
        (
            "exp(-z)/(1+exp(-z))^2",
            Interval(Fraction(-1), Fraction(2), (False, True)),
            ("1/4", "0", True),
            ("e^2/(1+e^2)^2", "2", True),
        ),
        ("z^2", Interval(Fraction(-1), Fraction(2), (True, False)), ("4", "2", False), ("0", "0", True)),
        ("exp(-z^2)", Interval(Fraction(-5), Fraction(5)), ("1", "0", True), ("e^-25", "5", True)),
    ],
)
def test_extremes_of_any_function_on_any_interval(function: str, interval: Interval, largest: tuple, smallest: tuple) -> None:
    found = extremes(read_definition(function, "z"), "z", interval)
    assert found is not None

    for extreme, wanted in ((found.largest, largest), (found.smallest, smallest)):
        assert extreme is not None
        if wanted is None:
            assert extreme.value is None
            continue
        value, place, attained = wanted
        assert extreme.value.equals(expr(value)) is True
        assert extreme.value.equals(expr(f"{value} + 10^-50")) is False
        assert extreme.attained is attained
        if place != "oo":
            assert any(p.point is not None and p.point.equals(found.coordinate(expr(place))) for p in extreme.places)


def test_two_places_that_mirror_each_other_share_the_extreme() -> None:
    second = derivative(read_definition("z/(1+exp(-z))", "z"), "z", 2)
    found = extremes(second, "z")
    assert found is not None
    assert found.smallest is not None

    assert len(found.smallest.places) == 2


@pytest.mark.parametrize("function", ["tan(z)", "1/z", "sqrt(z)", "|z|", "sin(z)", "exp(-z^2)", "floor(z)"])
def test_what_cannot_be_bounded_is_left_open(function: str) -> None:
    assert extremes(read_definition(function, "z"), "z") is None


@pytest.mark.parametrize("function", ["1/(1+(1/(2z))^2)", "tanh(z)/z*z", "(exp(z)-1)/(exp(2z)-1)"])
def test_a_gap_is_no_place_of_an_extreme(function: str) -> None:
    assert extremes(read_definition(function, "z"), "z") is None
