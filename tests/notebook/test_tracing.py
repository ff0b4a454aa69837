"""The recorded formula: evaluated by the enclosures it gives what the function gives, or there is none."""

import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from scipy import special

from sig_checker.deciding.enclosures import enclose, exact, precision
from sig_checker.expressions import Call, Cases, Num, Var
from sig_checker.notebook.tracing import formula, trace


def textbook(z):
    a = 1 / (1 + np.exp(-z))
    return a * (1 - a)


def branches(z):
    return np.where(z >= 0, np.exp(-z) / (1 + np.exp(-z)) ** 2, np.exp(z) / (1 + np.exp(z)) ** 2)


def selected(z):
    return np.select([z < -1, z <= 1], [np.exp(z), z * z], default=np.log1p(np.abs(z)))


RECORDED = [
    pytest.param(textbook, id="textbook"),
    pytest.param(branches, id="np.where"),
    pytest.param(selected, id="np.select"),
    pytest.param(lambda z: 0.25 / np.cosh(z / 2) ** 2, id="cosh"),
    pytest.param(lambda z: special.expit(z) * special.expit(-z), id="expit"),
    pytest.param(lambda z: np.exp(-np.logaddexp(0, z) - np.logaddexp(0, -z)), id="logaddexp"),
    pytest.param(lambda z: np.exp(special.log_expit(z)), id="log_expit"),
    pytest.param(lambda z: np.clip(z, -0.5, 0.5), id="clip"),
    pytest.param(lambda z: np.clip(z, a_min=None, a_max=0.5), id="clip by name"),
    pytest.param(lambda z: np.maximum(z, 0.2) - np.minimum(z, -0.2), id="maximum"),
    pytest.param(lambda z: np.reciprocal(1 + np.square(z)) + np.sqrt(2 + z) * np.expm1(z), id="reciprocal"),
    pytest.param(lambda z: np.e ** (-z) + np.pi, id="e and pi"),
    pytest.param(lambda z: np.exp2(z) + np.log2(3 + z) + np.log10(3 + z), id="other bases"),
    pytest.param(lambda z: np.arctan(z) + np.arcsinh(z) + np.sin(z) * np.tan(z), id="inverse functions"),
    pytest.param(lambda z: np.heaviside(z, 0.5) + np.sign(z), id="steps"),
    pytest.param(lambda z: np.where((z > 0) & (z < 1) | (z < -1), z, -z), id="joined conditions"),
    pytest.param(lambda z: np.zeros_like(z) + np.ones_like(z) * z.copy(), id="like"),
    pytest.param(lambda z: abs(-(+z)) * np.float64(0.5) * np.int64(3), id="NumPy numbers"),
]


@pytest.mark.parametrize("function", RECORDED)
def test_a_recorded_formula_has_the_functions_values(function):
    expr = trace(function, ["z"])

    for z in (-1.75, -0.3, 0.3, 0.9, 1.6):
        with precision(128):
            value = float(enclose(expr, {"z": exact(Fraction(z))}).mid())
        assert value == pytest.approx(float(function(np.array([z]))[0]), rel=1e-14, abs=1e-15)


def test_both_parameters_are_recorded_in_their_places():
    expr = trace(lambda upstream, z: upstream / z, ["upstream", "z"])

    with precision(64):
        assert float(enclose(expr, {"upstream": exact(3), "z": exact(4)})) == 0.75


def test_numbers_are_read_as_they_are_written():
    assert trace(lambda z: np.where(z > 0, 0.1, 2), ["z"]).pieces[0][0] == Num(Fraction(1, 10))
    assert isinstance(trace(branches, ["z"]), Cases)
    assert trace(np.exp, ["z"]) == Call("exp", (Var("z"),))


def _in_place(z):
    z *= -1
    return z


def _masked(z):
    out = np.zeros(5)
    out[z > 0] = 1
    return out


def _swallowing(z):
    try:
        return np.asarray(z, dtype=float)
    except Exception:
        return z


def _growing(z):
    for _ in range(60):
        z = z * z
    return z


def _endless(z):
    while True:
        z = z + 1


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(_in_place, id="in place"),
        pytest.param(_masked, id="mask"),
        pytest.param(lambda z: z[z > 0], id="mask on the input"),
        pytest.param(lambda z: np.asarray(z, dtype=float), id="asarray"),
        pytest.param(_swallowing, id="a swallowed error is not an answer"),
        pytest.param(lambda z: z.astype(float), id="astype"),
        pytest.param(math.exp, id="math"),
        pytest.param(lambda z: z if z > 0 else -z, id="if"),
        pytest.param(list, id="loop"),
        pytest.param(lambda z: np.sum(z) + z, id="reduction"),
        pytest.param(np.add.reduce, id="reduction method"),
        pytest.param(lambda z: np.exp(z, out=np.empty(5)), id="out="),
        pytest.param(lambda z: z > 0, id="a condition is no formula"),
        pytest.param(lambda z: z + np.arange(5), id="an array"),
        pytest.param(lambda z: z + 1j, id="complex"),
        pytest.param(lambda z: z + math.inf, id="infinite"),
        pytest.param(lambda z: np.mod(z, 2), id="an operation without a rule"),
        pytest.param(lambda _: 0.25, id="not computed from the input"),
        pytest.param(lambda z, w: z + w, id="another number of parameters"),
        pytest.param(_growing, id="too large"),
        pytest.param(_endless, id="without end"),
        pytest.param(lambda _: sys.exit(), id="exit"),
    ],
)
def test_what_cannot_be_recorded_has_no_formula(function):
    assert trace(function, ["z"]) is None


def test_the_formula_is_sent_in_python_notation():
    assert formula(textbook, ["z"]) == "1/(1 + exp(-z))*(1 - 1/(1 + exp(-z)))"
