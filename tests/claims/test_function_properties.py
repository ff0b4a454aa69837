"""NumPy sources built by rules: what mpmath says of their values is what the judge says of them.

The oracle runs the same source and compares each double with 50 digits: right within 8 units of 2^-53 for |z| <= 700, stable if
that is so beyond as well. Sources whose error comes near the tolerance are left out, where two sets of points may disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from independent import holds

from sig_checker.deciding.challenge import draw_plan, fixed_points
from sig_checker.exercise import Exercise, Task
from sig_checker.judging import judge
from sig_checker.notebook.probing import probe
from sig_checker.verdicts import Report, Verdict

UNIT = 2.0**-53
TASKS = (Task("f", "function", 1), Task("b", "backprop_function", 1))


@dataclass(frozen=True)
class Family:
    """A function, its derivative by mpmath, and ways to write that in NumPy: right everywhere, or until something overflows."""

    exercise: Exercise
    truth: Callable[[mpmath.mpf], mpmath.mpf]
    stable: tuple[str, ...]
    unstable: tuple[str, ...]


def _sech2(x: mpmath.mpf) -> mpmath.mpf:
    t = mpmath.exp(-2 * abs(x))
    return 4 * t / (1 + t) ** 2


FAMILIES = {
    "sigmoid": Family(
        Exercise("sigmoid", "1/(1+exp(-z))", TASKS, language="en"),
        lambda z: _sech2(z / 2) / 4,
        (
            "a = 1/(1 + np.exp(-z)); d = a*(1 - a)",
            "t = np.exp(-np.abs(z)); d = t/(1 + t)**2",
            "d = 0.25*(1 - np.tanh(z/2)**2)",
            "a = 0.5*(1 + np.tanh(0.5*z)); d = a - a**2",
            "a = 1/(1 + np.exp(-np.clip(z, -500, 500))); d = a*(1 - a)",
            "a = np.where(z >= 0, 1/(1 + np.exp(-z)), np.exp(z)/(1 + np.exp(z))); a = np.where(z > 700, 1.0, a); d = a*(1 - a)",
            "d = 0.25/np.cosh(np.clip(z, -1400, 1400)/2)**2",
            "d = np.exp(-np.logaddexp(0, z) - np.logaddexp(0, -z))",
        ),
        (
            "e = np.exp(-z); d = e/(1 + e)**2",
            "e = np.exp(z); d = e/(1 + e)**2",
            "e = np.exp(z); d = (e*(1 + e) - e*e)/(1 + e)**2",
            "d = np.exp(-z)*np.power(1 + np.exp(-z), -2)",
        ),
    ),
    "tanh": Family(
        Exercise("tanh", "tanh(z)", TASKS, language="en"),
        _sech2,
        (
            "a = np.tanh(z); d = 1 - a**2",
            "a = np.tanh(z); d = (1 - a)*(1 + a)",
            "t = np.exp(-2*np.abs(z)); d = 4*t/(1 + t)**2",
            "d = np.cosh(np.clip(z, -700, 700))**-2.0",
        ),
        ("d = 4/(np.exp(z) + np.exp(-z))**2 + 0*np.exp(z)", "e = np.exp(2*z); d = 4*e/(1 + e)**2"),
    ),
    "softplus": Family(
        Exercise("softplus", "log(1+exp(z))", TASKS, language="en"),
        lambda z: 1 / (1 + mpmath.exp(-z)) if z > 0 else mpmath.exp(z) / (1 + mpmath.exp(z)),
        (
            "d = 1/(1 + np.exp(-z))",
            "d = 0.5*(1 + np.tanh(z/2))",
            "d = np.exp(-np.logaddexp(0, -z))",
            "t = np.exp(-np.abs(z)); d = np.where(z > 0, 1, t)/(1 + t)",
        ),
        ("e = np.exp(z); d = e/(1 + e)", "d = 1 - 1/(1 + np.exp(z)) + 0*np.exp(z)"),
    ),
    "temperature": Family(
        Exercise("temperature", "1/(1+exp(-z/3))", TASKS, language="en"),
        lambda z: _sech2(z / 6) / 12,
        ("a = 1/(1 + np.exp(-z/3)); d = a*(1 - a)/3", "t = np.exp(-np.abs(z)/3); d = t/(1 + t)**2/3"),
        ("e = np.exp(z/3); d = e/(1 + e)**2/3",),
    ),
}  # fmt: skip

# each keeps the value, up to a unit or two
KEPT = [
    "d = d*1.0", "d = -(-d)", "d = d + 0.0", "d = (d*4)/4", "d = np.asarray(d)", "d = np.sqrt(d*d)", "d = d.reshape(z.shape)",
    "d = np.where(z == z, d, 0.0)", "d = np.stack([d, d])[0].copy()", "d = np.maximum(d, 0.0)", "d = np.flip(np.flip(d))",
    "d = d*(2 - 1)", "d = 1 - (1 - d)", "d = np.abs(d)",
]  # fmt: skip
# each breaks it, by 1e-12 of the value and more
BROKEN = [
    "d = d*(1 + 1e-12)", "d = d + 1e-13", "d = d*(1 - 3e-12)", "d = d - 1e-9*d*d", "d = np.round(d, 11)", "d = d*1.0000001",
    "d = -d", "d = 2*d", "d = d**2", "d = 1 - d", "d = d*z", "d = d.astype(np.float32).astype(float)",
    "d = np.sort(d, axis=-1)", "d = d + 1e-12*np.sin(z)", "d = np.minimum(d, 0.2)", "d = np.maximum(d, 1e-9)",
    "d = d*0 + 0.1", "d = d[::-1]",
]  # fmt: skip


def source_of(lines: list[str], task: str = "f") -> str:
    head = "def f(z):" if task == "f" else "def f(u, z):"
    tail = "return d" if task == "f" else "return u*d"
    return "import numpy as np\n" + "\n    ".join([head, *"; ".join(lines).split("; "), tail]) + "\n"


def defined(source: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "<built>", "exec"), names)
    return names["f"]


def report_of(family: Family, source: str, task: str = "f", seed: str = "7") -> Report:
    names = ("z",) if task == "f" else ("upstream", "z")
    observed = probe(defined(source), draw_plan(seed, names))
    return judge(family.exercise, task, {"kind": "function", "observed": observed}, seed=seed).report


@cache
def points() -> tuple[float, ...]:
    """Of the oracle's own choosing, in no other order and at no other places than anybody could have chosen."""
    grid = [i / 16 for i in range(-640, 641)] + [i + 0.3 for i in range(-700, 700, 7)]
    grid += [s * 10.0**-k for k in range(1, 30) for s in (1, -1)]
    far = [s * x for x in (700.5, 709.9, 720.0, 746.0, 1e3, 3e4, 1e9, 1e100, 1e308, math.inf) for s in (1, -1)]
    return tuple(grid + far)


@cache
def truth_at(name: str, z: float) -> mpmath.mpf:
    with mpmath.workdps(50):
        return FAMILIES[name].truth(mpmath.mpf(z))


def units(name: str, z: float, value: float) -> float:
    """The error at z in units of 2^-53."""
    with mpmath.workdps(50):
        return float(abs(mpmath.mpf(value) - truth_at(name, z)) / UNIT) if math.isfinite(value) else math.inf


@dataclass(frozen=True)
class Said:
    worst: float  # in units, where |z| <= 170; a value that is not finite counts as infinitely wrong
    wide: float  # for larger |z| up to 700, among the finite values
    overflows: bool  # a value for |z| <= 700 is not finite
    far: float  # beyond


def oracle(name: str, source: str) -> Said:
    zs = np.array(points())
    with np.errstate(all="ignore"):
        values = defined(source)(zs.copy())
    rows = [(abs(z), units(name, z, v)) for z, v in zip(points(), values.tolist(), strict=True)]
    return Said(
        max(e for z, e in rows if z <= 170),
        max((e for z, e in rows if 170 < z <= 700 and e < math.inf), default=0.0),
        any(e == math.inf for z, e in rows if 170 < z <= 700),
        max(e for z, e in rows if z > 700),
    )


def clear(*errors: float) -> bool:
    """Whether no error is so near the tolerance of 8 units that other points might decide otherwise."""
    return not any(5 < e < 12 for e in errors)


def agree(name: str, source: str) -> Report:
    """The judge's report, held to the oracle."""
    said, report = oracle(name, source), report_of(FAMILIES[name], source)
    assume(clear(said.worst, said.wide, said.far))
    if said.worst > 8 or said.wide > 8:
        assert report.verdict is Verdict.REFUTED, (source, report.message)
    else:
        assert report.verdict is Verdict.MEASURED, (source, report.message)
        assert report.stable is (said.far <= 8 and not said.overflows), (source, said, report.message)
    return report


def check_figures(name: str, source: str, report: Report) -> None:
    """The reported worst point, ulp and error are those of the fixed points, by mpmath; upper bounds, and no more than that."""
    near, wide, _ = fixed_points(1)
    zs = np.array(near[0] + wide[0])
    with np.errstate(all="ignore"):
        values = defined(source)(zs.copy()).tolist()
    with mpmath.workdps(50):
        rows = [(z, v, truth_at(name, z)) for z, v in zip(zs.tolist(), values, strict=True) if math.isfinite(v)]
        ulps = {z: float(abs(mpmath.mpf(v) - t) / mpmath.mpf(math.ulp(float(t)))) for z, v, t in rows}
        error = max(float(abs(mpmath.mpf(v) - t) / UNIT) for _, v, t in rows)
    worst, reported = max(ulps.values()), report.measures["max_ulp"]
    assert worst <= reported * (1 + 1e-12) <= worst * 1.003 + 0.01, (source, worst, report.measures)
    assert ulps[report.measures["worst_z"]] >= worst * 0.999
    assert error <= report.measures["max_error"] * (1 + 1e-12) <= error * 1.003 + 0.01


def check_witness(name: str, report: Report) -> None:
    """What the function returned at the witness is off by more than the tolerance, and the truth is as reported."""
    assert report.witness is not None
    z, returned = float(report.witness.point["z"]), float(report.witness.answer)
    assert units(name, z, returned) > 8
    with mpmath.workdps(50):
        assert holds(report.witness.truth, truth_at(name, z))


def sources(stable: bool | None, changes: list[str]) -> st.SearchStrategy[tuple[str, str]]:
    def pick(name: str) -> st.SearchStrategy[tuple[str, str]]:
        family = FAMILIES[name]
        bases = family.stable + family.unstable if stable is None else family.stable if stable else family.unstable
        more = st.lists(st.sampled_from(changes), min_size=0 if changes is KEPT else 1, max_size=2 if changes is KEPT else 1)
        return st.builds(lambda base, ch: (name, source_of([base, *ch])), st.sampled_from(bases), more)

    return st.sampled_from(sorted(FAMILIES)).flatmap(pick)


@settings(max_examples=120)
@given(sources(True, KEPT))
def test_rewrites_that_keep_the_values_are_right_and_stable(built: tuple[str, str]) -> None:
    report = agree(*built)

    assert (report.verdict, report.stable, report.contract) == (Verdict.MEASURED, True, True), (built, report.message)
    check_figures(*built, report)


@settings(max_examples=60)
@given(sources(False, KEPT))
def test_formulas_that_overflow_are_right_and_unstable(built: tuple[str, str]) -> None:
    report = agree(*built)

    assert (report.verdict, report.stable) == (Verdict.MEASURED, False), (built, report.message)
    check_figures(*built, report)


@settings(max_examples=200)
@given(sources(None, BROKEN), st.sampled_from(KEPT))
def test_broken_values_are_refuted_by_a_witness(built: tuple[str, str], kept: str) -> None:
    name, source = built[0], built[1].replace("return d", f"{kept}; return d")
    report = agree(name, source)
    assume(report.verdict is Verdict.REFUTED)  # min(d, 0.2) leaves a function alone that is never that large

    check_witness(name, report)


@settings(max_examples=150)
@given(st.sampled_from(sorted(FAMILIES)), st.integers(-6000, 6000), st.integers(1, 400), st.integers(0, 3),
       st.sampled_from(["d + 1e-6", "0.3", "-d", "d*1.001", "np.nan", "1 - d"]))  # fmt: skip
def test_a_wrong_branch_on_an_interval_that_the_source_names_is_found(
    name: str, low: int, width: int, form: int, wrong: str
) -> None:
    a, b = low / 100, (low + width) / 100
    condition = [f"(z >= {a}) & (z <= {b})", f"np.abs(z - {a}) < {width / 100}", f"({a} < z) & (z < {b})",
                 f"np.logical_and(z > LOW, z < {b})"][form]  # fmt: skip
    source = f"LOW = {a}\n" * (form == 3) + source_of([FAMILIES[name].stable[0], f"d = np.where({condition}, {wrong}, d)"])
    zs = np.linspace(a, b, 201)[1:-1]
    with np.errstate(all="ignore"):
        values = defined(source)(zs.copy()).tolist()
    assume(clear(*(off := [units(name, z, v) for z, v in zip(zs.tolist(), values, strict=True)])))
    assume(min(off) > 8 or max(off) < 5)  # wrong on the whole interval, or, far out, within the tolerance
    report = report_of(FAMILIES[name], source)

    assert report.verdict is (Verdict.REFUTED if max(off) > 8 else Verdict.MEASURED), (source, report.message)
    if report.verdict is Verdict.REFUTED:
        check_witness(name, report)


@settings(max_examples=60)
@given(st.sampled_from(sorted(FAMILIES)), st.data())
def test_the_upstream_gradient_multiplies(name: str, data: st.DataObject) -> None:
    family = FAMILIES[name]
    base = data.draw(st.sampled_from(family.stable))
    right = source_of([base, data.draw(st.sampled_from(KEPT))], "b")
    rules = ["u + d", "d", "u", "u*d*(1 + 1e-12)", "u/d", "np.abs(u)*d", "u*d*d", "u*d + 1e-12", "np.clip(u, -1, 1)*d"]
    faulty = data.draw(st.sampled_from(rules))
    wrong = right.replace("return u*d", f"return {faulty}")

    report = report_of(family, right, "b")
    assert (report.verdict, report.contract) == (Verdict.MEASURED, True), (right, report.message)
    report = report_of(family, wrong, "b")
    assert report.verdict is Verdict.REFUTED, (wrong, report.message)
    assert report.witness is not None
    u, z, returned = (float(x) for x in (*(report.witness.point[n] for n in ("upstream", "z")), report.witness.answer))
    with mpmath.workdps(50):
        truth = mpmath.mpf(u) * truth_at(name, z)
        assert holds(report.witness.truth, truth)
        assert not abs(mpmath.mpf(returned) - truth) <= 8 * UNIT * abs(mpmath.mpf(u))


@pytest.mark.parametrize("seed", ["1", "a", "2026"])
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_each_base_form_is_what_it_is_said_to_be(name: str, seed: str) -> None:
    """The families themselves, by the oracle: the stable forms are stable, the others are not."""
    family = FAMILIES[name]
    for base in family.stable + family.unstable:
        said = oracle(name, source_of([base]))
        assert max(said.worst, said.wide) < 5, (base, said)
        stable = said.far < 5 and not said.overflows
        assert stable is (base in family.stable), (base, said)
        assert report_of(family, source_of([base]), seed=seed).stable is stable
