"""Doubles against enclosures; the truth comes from mpmath with 50 digits, not from the code under test."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from sig_checker.deciding.challenge import fixed_points
from sig_checker.deciding.floating import ALLOWED_UNITS, UNIT, Truth, compare, figures
from sig_checker.expressions import Add, Call, Div, Mul, Neg, Pow, Var, num

Z, U = Var("z"), Var("upstream")
E_Z = Call("exp", (Neg(Z),))
SIGMOID = Div(E_Z, Pow(Add((num(1), E_Z)), num(2)))  # overflows on the left, so its enclosures have to work for it
CANCELLING = Mul((Call("sigma", (Z,)), Add((num(1), Neg(Call("sigma", (Z,)))))))
TANH = Add((num(1), Neg(Pow(Call("tanh", (Z,)), num(2)))))


def mp_sigmoid(z):
    t = mpmath.exp(-abs(z))
    return t / (1 + t) ** 2


def mp_tanh(z):
    return mpmath.sech(z) ** 2


FUNCTIONS = [
    pytest.param(SIGMOID, mp_sigmoid, id="sigmoid"),
    pytest.param(CANCELLING, mp_sigmoid, id="sigmoid as a(1-a)"),
    pytest.param(TANH, mp_tanh, id="tanh"),
]


def rational(ball):
    """The ends of a ball as rationals, by its own decimal text: [middle +/- radius]."""
    middle, _, radius = str(ball.str(40)).strip("[]").partition(" +/- ")
    middle, radius = Fraction(middle or "0"), Fraction(radius or "0")
    return middle - radius, middle + radius


@pytest.mark.parametrize(("expr", "independent"), FUNCTIONS)
def test_enclosures_hold_the_50_digit_value(expr, independent):
    truth = Truth(expr, ("z",))
    near, wide, _ = fixed_points(1)

    with mpmath.workdps(50):
        for z in (*near[0], *wide[0]):
            low, high = rational(truth.at((z,)))
            value = Fraction(str(mpmath.nstr(independent(mpmath.mpf(z)), 48)))
            assert low * (1 - Fraction(1, 10**38)) <= value <= high * (1 + Fraction(1, 10**38)), z
            assert high - low <= abs(high) / 2**50


@pytest.mark.parametrize(("expr", "independent"), FUNCTIONS)
@pytest.mark.parametrize("upstream", [None, -3.0, 1e-200])
@pytest.mark.parametrize("units", [-8.6, -7.4, 0.5, 7.4, 7.99, 8.01, 8.6])
def test_the_tolerance_is_eight_units(expr, independent, upstream, units):
    z = (0.1, -0.7, 1.3, 2.2)
    scale = Fraction(1 if upstream is None else upstream)
    truth = Truth(expr if upstream is None else Mul((U, expr)), ("z",) if upstream is None else ("upstream", "z"))
    with mpmath.workdps(50):
        exact = [Fraction(str(mpmath.nstr(independent(mpmath.mpf(x)), 48))) for x in z]
    values = [float(scale * (e + Fraction(units) / 2**53)) for e in exact]

    found = compare(truth, (z,) if upstream is None else ((upstream,) * 4, z), values)

    # rounding moved the planted error a little
    off = [abs(Fraction(v) - scale * e) for v, e in zip(values, exact, strict=True)]
    assert [i in found.wrong for i in range(4)] == [x > ALLOWED_UNITS * Fraction(UNIT) * abs(scale) for x in off]
    if abs(units) in (7.4, 8.6):
        assert len(found.wrong) == (0 if abs(units) < 8 else 4)


@pytest.mark.parametrize(("expr", "independent"), FUNCTIONS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.7e308])
def test_what_is_not_finite_is_wrong(expr, independent, value):
    found = compare(Truth(expr, ("z",)), ((0.5, 0.5),), (float(independent(mpmath.mpf(0.5))), value))

    assert found.wrong == (1,)


@pytest.mark.parametrize(
    ("expr", "left", "right"),
    [
        pytest.param(SIGMOID, 0.0, 0.0, id="sigmoid"),
        pytest.param(TANH, 0.0, 0.0, id="tanh"),
        pytest.param(Call("sigma", (Z,)), 0.0, 1.0, id="softplus: two limits"),
        pytest.param(Div(num(1), Add((num(1), Pow(Z, num(2))))), 0.0, 0.0, id="arctan: no exponential"),
    ],
)
def test_limits_are_the_truth_at_infinity(expr, left, right):
    points = ((-math.inf, -1e308, -1e13, 1e13, 1e308, math.inf),)
    truth = Truth(expr, ("z",))

    assert compare(truth, points, (left,) * 3 + (right,) * 3).wrong == ()
    assert compare(truth, points, (left + 1e-12,) * 3 + (right - 1e-12,) * 3).wrong == (0, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param(Z, id="no bound"),
        pytest.param(Call("sin", (Z,)), id="no limit"),
        pytest.param(Div(num(1), Call("log", (Add((num(1), Pow(Z, num(2)))),))), id="a limit too slow to be seen"),
    ],
)
def test_without_a_limit_nothing_is_compared_at_infinity(expr):
    found = compare(Truth(expr, ("z",)), ((math.inf, -math.inf),), (0.0, 0.0))

    assert (found.compared, found.wrong) == (0, ())


def test_where_the_truth_is_undefined_nothing_is_compared():
    found = compare(Truth(Div(num(1), Z), ("z",)), ((0.0, 2.0),), (math.inf, 0.5))

    assert (found.compared, found.wrong) == (1, ())


def test_values_next_to_the_smallest_double_may_be_rounded():
    truth = Truth(Mul((U, SIGMOID)), ("upstream", "z"))

    assert compare(truth, ((5e-324, 5e-324), (0.0, 0.0)), (0.0, 5e-324)).wrong == ()
    assert compare(truth, ((5e-324,), (0.0,)), (1e-310,)).wrong == (0,)


def test_an_upstream_gradient_of_zero_allows_no_error():
    truth = Truth(Mul((U, SIGMOID)), ("upstream", "z"))

    assert compare(truth, ((0.0, -0.0, 0.0), (1.0, 1.0, 1.0)), (0.0, -0.0, 1e-300)).wrong == (2,)


@pytest.mark.parametrize("expr", [Add((U, Z)), Mul((U, U, Z)), Mul((U, Call("exp", (U,)))), Z])
def test_a_truth_that_is_no_product_with_the_upstream_gradient_is_refused(expr):
    with pytest.raises(ValueError, match="not a product"):
        Truth(expr, ("upstream", "z"))


def test_figures_are_upper_bounds_of_the_50_digit_errors():
    near, _, _ = fixed_points(1)
    z = np.array(near[0])
    values = np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))) ** 2
    found = figures(compare(Truth(SIGMOID, ("z",)), near, values), near)

    with mpmath.workdps(50):
        errors = [abs(mpmath.mpf(float(v)) - mp_sigmoid(mpmath.mpf(x))) for v, x in zip(values, near[0], strict=True)]
        units = max(errors) * mpmath.mpf(2) ** 53
        ulps = [e / mpmath.mpf(math.ulp(float(v))) for e, v in zip(errors, values, strict=True)]
    assert units <= found.max_error <= units * mpmath.mpf("1.002")
    assert max(ulps) <= found.max_ulp * 1.0001
    assert found.max_ulp <= max(ulps) * 2.01  # the unit in the last place is that of the truth, which may lie one binade lower
    assert found.worst[0] in near[0]
    assert found.points == len(near[0])
