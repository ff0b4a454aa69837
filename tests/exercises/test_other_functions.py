"""An exercise is data: other functions get the judge, the slips and the extremes with no change anywhere else."""

from __future__ import annotations

import re
from typing import Any

import mpmath
import numpy as np
import pytest

from sig_checker.deciding.challenge import draw_plan
from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise, Task
from sig_checker.judging import judge
from sig_checker.language import translate
from sig_checker.notebook.display import ShownReport
from sig_checker.notebook.pictures import pictures
from sig_checker.notebook.probing import probe
from sig_checker.verdicts import Verdict

TASKS = (
    Task("steps", "steps", 1),
    Task("derivative", "derivative", 1),
    Task("backprop", "backprop", 1),
    Task("second", "derivative", 1, order=2),
    Task("function", "function", 1),
    Task("largest", "maximum", 1),
    Task("at_largest", "argmax", 1),
    Task("smallest", "minimum", 1),
    Task("at_smallest", "argmin", 1),
)
TANH = Exercise("tanh", "tanh(z)", TASKS)
SOFTPLUS = Exercise("softplus", "log(1+exp(z))", TASKS)
TEMPERATURE = Exercise("temperature", "1/(1+exp(-z/2))", TASKS)
SILU = Exercise(
    "silu",
    "z/(1+exp(-z))",
    (
        *TASKS[:5],
        Task("largest", "maximum", 1, digits=6),
        Task("at_largest", "argmax", 1, digits=6),
        Task("smallest", "minimum", 1, digits=6),
        Task("at_smallest", "argmin", 1, digits=6),
    ),
)
HILLS = Exercise(
    "hills",
    "z^3/3 - z",  # the slope z² - 1 has one trough; on [-2, 3] its ends are peaks
    tuple(Task(t.id, t.asks, 1, interval="-2<=z<=3", scope="local") for t in TASKS[5:]),
)
# cos on [0, π] has no largest slope inside: the interval's ends count
WAVE = Exercise("wave", "sin(z)", tuple(Task(t.id, t.asks, 1, interval="0<=z<=3") for t in TASKS[5:]))

RIGHT = [
    (TANH, "derivative", "1-a^2"),
    (TANH, "derivative", "sech^2(z)"),
    (TANH, "derivative", "4/(e^z+e^-z)^2"),
    (TANH, "backprop", "dL/da (1-a)(1+a)"),
    (TANH, "second", "-2a(1-a^2)"),
    (TANH, "steps", ["d/dz (e^z-e^-z)/(e^z+e^-z) = ((e^z+e^-z)^2-(e^z-e^-z)^2)/(e^z+e^-z)^2", "1-a^2"]),
    (TANH, "largest", 1),
    (TANH, "at_largest", 0),
    (TANH, "smallest", "0 (not attained)"),
    (TANH, "at_smallest", "±∞"),
    (SOFTPLUS, "derivative", "sigma(z)"),
    (SOFTPLUS, "derivative", "1-e^-a"),
    (SOFTPLUS, "second", "sigma(z)(1-sigma(z))"),
    (SOFTPLUS, "largest", 1),
    (SOFTPLUS, "at_largest", "∞"),
    (SOFTPLUS, "smallest", 0),
    (SOFTPLUS, "at_smallest", "-∞"),
    (TEMPERATURE, "derivative", "a(1-a)/2"),
    (TEMPERATURE, "largest", "1/8"),
    (TEMPERATURE, "at_smallest", ["-oo", "oo"]),
    (SILU, "derivative", "sigma(z) + z sigma(z)(1-sigma(z))"),
    (SILU, "derivative", "a + sigma(z)(1-a)"),
    (SILU, "backprop", "g (a + sigma(z)(1-a))"),
    (SILU, "largest", "1.099839"),
    (SILU, "at_largest", "2.399357"),
    (SILU, "smallest", "-0.099839"),
    (SILU, "at_smallest", "-2.399357"),
    (HILLS, "at_largest", [-2, 3]),
    (HILLS, "at_smallest", 0),
    (HILLS, "smallest", -1),
    (WAVE, "largest", 1),
    (WAVE, "at_largest", 0),
    (WAVE, "smallest", "cos(3)"),
    (WAVE, "at_smallest", "3"),
]
WRONG = [
    (TANH, "derivative", "a(1-a)", None),
    (TANH, "derivative", "1+a^2", "sign"),
    (TANH, "derivative", "1-z^2", "takes_activation"),
    (TANH, "backprop", "1-a^2", "missing_upstream"),
    (TANH, "largest", "1/4", None),
    (TANH, "at_smallest", "∞", None),
    (SOFTPLUS, "derivative", "1/(1+e^z)", "missing_inner_derivative"),
    (SOFTPLUS, "at_largest", "±∞", None),
    (SOFTPLUS, "largest", "0.9999999", None),
    (TEMPERATURE, "derivative", "a(1-a)", "constant_factor"),
    (TEMPERATURE, "largest", "1/4", None),
    (SILU, "derivative", "sigma(z)(1-sigma(z))", None),
    (SILU, "largest", "1.0998", None),
    (SILU, "largest", "1", None),
    (SILU, "at_smallest", "2.399357", None),
    (HILLS, "at_largest", 3, None),
    (HILLS, "smallest", 0, None),
    (WAVE, "smallest", "-1", None),
    (WAVE, "at_smallest", "pi", None),
]


@pytest.mark.parametrize(("exercise", "task", "answer"), RIGHT, ids=lambda x: getattr(x, "name", str(x)))
def test_right_answers_earn_all(exercise: Exercise, task: str, answer: Any) -> None:
    judged = judge(exercise, task, {"kind": "data", "value": answer})

    assert judged.report.verdict is Verdict.PROVED
    assert judged.points == 1.0


@pytest.mark.parametrize(("exercise", "task", "answer", "slip"), WRONG, ids=lambda x: getattr(x, "name", str(x)))
def test_wrong_answers_do_not(exercise: Exercise, task: str, answer: Any, slip: str | None) -> None:
    judged = judge(exercise, task, {"kind": "data", "value": answer})

    assert judged.report.verdict is Verdict.REFUTED
    assert judged.points <= 0.5
    if slip:
        assert slip in judged.report.slips


@pytest.mark.parametrize(
    ("exercise", "function", "verdict"),
    [
        (TANH, lambda z: 1 - np.tanh(z) ** 2, Verdict.MEASURED),
        (TANH, lambda z: 1 - z**2, Verdict.REFUTED),
        (SOFTPLUS, lambda z: 1 / (1 + np.exp(-np.clip(z, -700, 700))), Verdict.MEASURED),
        (SOFTPLUS, lambda z: 1 / (1 + np.exp(z)), Verdict.REFUTED),
        (TEMPERATURE, lambda z: 0.125 / np.cosh(np.clip(z, -1400, 1400) / 4) ** 2, Verdict.MEASURED),
        (TEMPERATURE, lambda z: 0.25 / np.cosh(np.clip(z, -1400, 1400) / 4) ** 2, Verdict.REFUTED),
    ],
)
def test_functions_of_other_exercises(exercise: Exercise, function: Any, verdict: Verdict) -> None:
    with np.errstate(all="ignore"):
        observed = probe(function, draw_plan("seed", ("z",)))
    judged = judge(exercise, "function", {"kind": "function", "observed": observed}, seed="seed")

    assert judged.report.verdict is verdict, judged.report.message


def test_a_function_without_a_derivative_everywhere_is_refused_with_its_name() -> None:
    corner = Exercise("corner", "max(0, z)", (Task("d", "derivative", 1),))
    with pytest.raises(ConfigError, match="no derivative of max"):
        judge(corner, "d", {"kind": "data", "value": "1"})


def test_what_is_said_of_a_function_has_the_letter_of_its_input() -> None:
    """exp(2x) overflows from x = 354.9 on."""
    exercise = Exercise("in-x", "tanh(x)", (Task("slope", "function", 10, "full"),), variable="x", language="en")

    def overflowing(x: Any) -> Any:
        with np.errstate(all="ignore"):
            return 4 * np.exp(2 * x) / (np.exp(2 * x) + 1) ** 2

    answer = {"kind": "function", "observed": probe(overflowing, draw_plan("0", ("x",)))}
    report = judge(exercise, "slope", answer).report
    drawn = pictures(exercise, exercise.task("slope"), report, answer, "full")
    text = ShownReport("slope", report, "full", "en", pictures=drawn).plain()

    assert "Right up to |x| = " in text
    assert "Where |x| is large" in text
    assert not re.search(r"\bz\b", text)


def test_a_proof_with_numbers_that_have_no_closed_form_is_told_in_korean() -> None:
    """Of z^5/5 - z^4/4 + z^2/2 the slope is z^4 - z^3 + z, whose smallest value is taken at a root of 4z^3 - 3z^2 + 1."""
    exercise = Exercise("quintic", "z^5/5 - z^4/4 + z^2/2", (Task("where", "argmin", 1, digits=3),))
    root = float(mpmath.findroot(lambda z: 4 * z**3 - 3 * z**2 + 1, -0.5))
    report = judge(exercise, "where", {"kind": "data", "value": f"{root:.3f}"}).report

    assert report.certificate is not None
    assert "the root of" in report.certificate.facts["compared"]
    text = " ".join(translate(x, "ko") for x in report.certificate.sentences)
    assert "의 근" in text
    assert not re.search("[A-Za-z]{2,} [a-z]{2,}", text)
