"""Points around the numbers in a function's code: where a special case hides, there is a point."""

import math

import pytest

from sig_checker.notebook.constants import constants_of, points_around

LIMIT = 123.5


def _helper(x):
    return x + 6.25


def _nested(z):
    def inner(x):
        def innermost(y):
            return y * 7.75

        return innermost(x)

    return inner(z)


def _uses_global(z):
    return _helper(z) if z < LIMIT else z


def _closing(limit=8.5):
    kept = 9.125

    def function(z, width=1e-3):
        return z if abs(z - kept) < width else limit

    return function


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(lambda z: z > 3.7, {3.7}, id="a literal"),
        pytest.param(_nested, {7.75}, id="a function in a function in a function"),
        pytest.param(_uses_global, {123.5, 6.25}, id="global names and functions"),
        pytest.param(_closing(), {8.5, 9.125, 1e-3}, id="closure and default"),
        pytest.param(lambda z: z in (4.5, (5.5, 6)), {4.5, 5.5, 6.0}, id="a tuple"),
        pytest.param(lambda z: float("4.25") + z, {4.25}, id="a number as text"),
        pytest.param(lambda z, n=10**400: z * n, set(), id="too large for a double"),
        pytest.param(len, set(), id="no Python code"),
        pytest.param(object(), set(), id="no function"),
    ],
)
def test_constants_are_found(function, expected):
    assert set(constants_of(function)) == expected


def test_functions_that_use_each_other_come_to_an_end():
    assert set(constants_of(_even)) == {31.5, 32.5}


def _even(z):
    return _odd(z) + 31.5


def _odd(z):
    return _even(z) + 32.5


@pytest.mark.parametrize(
    ("constants", "condition"),
    [
        pytest.param([3.7, 1e-6], lambda z: abs(z - 3.7) < 1e-6, id="a window"),
        pytest.param([3.7, 1e-6], lambda z: 0 < abs(z - 3.7) < 1e-6, id="a window without its middle"),
        pytest.param([3.7, 1e-6], lambda z: abs(z + 3.7) < 1e-6, id="its mirror"),
        pytest.param([3.7, 1e-6], lambda z: abs(2 * z - 3.7) < 1e-6, id="of 2z"),
        pytest.param([3.7, 1e-6], lambda z: abs(z / 2 - 3.7) < 1e-6, id="of z/2"),
        pytest.param([25.0], lambda z: 25 < z < 25.0000001, id="just above"),
        pytest.param([25.0], lambda z: z == 25.0, id="exactly at"),
        pytest.param([0.999], lambda z: abs(1 / (1 + math.exp(-z)) - 0.999) < 1e-8, id="of the sigmoid"),
        pytest.param([40.0], lambda z: abs(math.exp(-z) - 40) < 1e-9, id="of the exponential"),
        pytest.param([1e-12, 5.5], lambda z: 0 < abs(z - 5.5) < 1e-12, id="a very narrow window"),
    ],
)
def test_a_special_case_is_met(constants, condition):
    assert any(condition(z) for z in points_around(constants) if abs(z) < 700)


def test_the_points_are_bounded_and_finite():
    points = points_around([1.7e308, 5e-324, *(k + 0.25 for k in range(60))])

    assert len(points) <= 600
    assert all(map(math.isfinite, points))


@pytest.mark.parametrize("constant", [3.7, 12.25, 0.0171, 611.0, 1e9])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("digits", [1, 3, 6, 9, 12])
def test_points_lie_on_both_sides_near_and_less_near(constant: float, sign: int, digits: int) -> None:
    centre, step = sign * constant, max(1.0, constant) * 10.0**-digits
    away = [point - centre for point in points_around([constant])]

    assert any(0.4 * step < gap < 2.5 * step for gap in away)
    assert any(-2.5 * step < gap < -0.4 * step for gap in away)
    assert {math.nextafter(centre, math.inf), math.nextafter(centre, -math.inf)} <= set(points_around([constant]))
