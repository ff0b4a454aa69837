"""Extremes that are known by construction, claimed in many ways: right claims are proved, wrong ones refuted by a witness.

A polynomial Q in x = σ(w) or x = tanh(w), w = s z + b, has its extremes where the chosen zeros r of Q' lie and its limits where
x tends to an end; the exercise asks about it as the derivative of a function that is found by division of polynomials.
Everything is rational in the test; mpmath evaluates Q at the witnesses with 130 digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import DIGITS, by_mpmath, mp, within_witness

from sig_checker.exercise import Exercise, Task
from sig_checker.judging import judge
from sig_checker.verdicts import Report, Verdict

Poly = list[Fraction]  # coefficients, the constant first


def value_of(p: Poly, x: Any) -> Any:
    total = x * 0
    for c in reversed(p):
        total = total * x + (mp(c) if isinstance(x, mpmath.mpf) else c)
    return total


def integral(p: Poly) -> Poly:
    return [Fraction(0)] + [c / (i + 1) for i, c in enumerate(p)]


def product(a: Poly, b: Poly) -> Poly:
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def quotient(p: Poly, by: Poly) -> Poly:
    rest, out = list(p), [Fraction(0)] * max(1, len(p) - len(by) + 1)
    for i in range(len(p) - len(by), -1, -1):
        out[i] = rest[i + len(by) - 1] / by[-1]
        for j, c in enumerate(by):
            rest[i + j] -= out[i] * c
    assert not any(rest)
    return out


def text_of(p: Poly, x: str) -> str:
    return " + ".join(f"({c})*{x}^{i}" for i, c in enumerate(p) if c) or "0"


@dataclass(frozen=True)
class Spot:
    """A place with the value there: `place` a text, or "oo" or "-oo"; `turn` 1 for a local maximum, -1 for a minimum."""

    place: str
    value: Fraction
    attained: bool
    turn: int = 0


@dataclass(frozen=True)
class Built:
    """A function (the derivative of `source`) with all the places where an extreme could be."""

    source: str
    spots: tuple[Spot, ...]
    at: Callable[[mpmath.mpf], mpmath.mpf]
    interval: str = ""
    holds: Callable[[Fraction], bool] = lambda _: True  # whether a point belongs to the interval

    def best(self, side: int) -> list[Spot]:
        """The places that share the largest (1) or the smallest (-1) value."""
        top = max(spot.value * side for spot in self.spots)
        return [spot for spot in self.spots if spot.value * side == top]

    def judge(self, asks: str, answer: Any, scope: str = "global") -> Report:
        task = Task("t", asks, 1, interval=self.interval, scope=scope)
        return judge(Exercise("x", self.source, (task,), language="en"), "t", {"kind": "data", "value": answer}).report


def _turns(slope: Poly, zeros: list[Fraction], low: Fraction, high: Fraction) -> list[int]:
    """How the sign of the slope changes at each of its zeros between low and high, which are given in order."""
    edges = [low, *zeros, high]
    signs = [1 if value_of(slope, (a + b) / 2) > 0 else -1 for a, b in pairwise(edges)]
    return [(a - b) // 2 for a, b in pairwise(signs)]


SCALES = [Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 2), Fraction(-3), Fraction(2, 3), Fraction(-1, 3)]
SHIFTS = [Fraction(1), Fraction(1), Fraction(2), Fraction(1, 3), Fraction(5, 2)]  # b is the logarithm of this


@st.composite
def squashed(draw: st.DrawFn) -> Built:
    """Q(σ(w)) or Q(tanh(w))."""
    tanh = draw(st.booleans())
    low, high = (Fraction(-1), Fraction(1)) if tanh else (Fraction(0), Fraction(1))
    denominator = draw(st.sampled_from([2, 3, 4, 5, 7]))
    inside = [low + Fraction(k, denominator) * (high - low) for k in range(1, denominator)]
    zeros = sorted(draw(st.lists(st.sampled_from(inside), max_size=3, unique=True)))
    outside = draw(st.sampled_from([None, None, high + 1, low - Fraction(1, 2)]))
    slope: Poly = [draw(st.sampled_from([Fraction(1), Fraction(-1), Fraction(3, 2), Fraction(-7), Fraction(12)]))]
    for r in zeros + ([outside] if outside is not None else []):
        slope = product(slope, [-r, Fraction(1)])
    if zeros and draw(st.booleans()):
        slope = product(slope, [-zeros[0], Fraction(1)])  # a zero of even order is no extreme
    q = integral(slope)
    q[0] = draw(st.sampled_from([Fraction(0), Fraction(1), Fraction(-2, 7), Fraction(5)]))
    s, m = draw(st.sampled_from(SCALES)), draw(st.sampled_from(SHIFTS))
    w = f"(({s})*z + log({m}))" if m != 1 else f"(({s})*z)"

    rate = [Fraction(1), Fraction(0), Fraction(-1)] if tanh else [Fraction(0), Fraction(1), Fraction(-1)]  # dx/dw in x
    steep = (value_of(q, high) - value_of(q, low)) / (high - low)
    level = value_of(q, low) - steep * low
    rest = list(q) + [Fraction(0)] * (3 - len(q))
    rest[0] -= level
    rest[1] -= steep
    inner = integral(quotient(rest, rate))
    x = draw(st.sampled_from([f"tanh({w})", f"((exp({w})-exp(-{w}))/(exp({w})+exp(-{w})))"] if tanh
                             else [f"(1/(1+exp(-{w})))", f"sigma({w})", f"(exp({w})/(1+exp({w})))"]))  # fmt: skip
    area = f"log(cosh({w}))" if tanh else f"log(1+exp({w}))"
    source = f"(({text_of(inner, x)}) + ({steep})*{area})/({s}) + ({level})*z"

    spots = [Spot("-oo", value_of(q, low if s > 0 else high), False), Spot("oo", value_of(q, high if s > 0 else low), False)]
    for r, turn in zip(zeros, _turns(slope, zeros, low, high), strict=True):
        odds = (1 + r) / (1 - r) if tanh else r / (1 - r)
        half = Fraction(1, 2) if tanh else Fraction(1)
        spots.append(Spot(f"(log({odds})*({half}) - log({m}))/({s})", value_of(q, r), True, turn))

    def at(z: mpmath.mpf) -> mpmath.mpf:
        inside = mp(s) * z + mpmath.log(mp(m))
        return value_of(q, mpmath.tanh(inside) if tanh else 1 / (1 + mpmath.exp(-inside)))

    return Built(source, tuple(spots), at)


@st.composite
def on_an_interval(draw: st.DrawFn) -> Built:
    """A polynomial on an interval, whose ends may belong to it or not."""
    low = draw(st.sampled_from([Fraction(-2), Fraction(-4, 3), Fraction(0)]))
    high = draw(st.sampled_from([Fraction(1), Fraction(7, 3), Fraction(4)]))
    closed = draw(st.tuples(st.booleans(), st.booleans()))
    inside = [low + Fraction(k, 6) * (high - low) for k in range(1, 6)]
    zeros = sorted(draw(st.lists(st.sampled_from(inside), max_size=3, unique=True)))
    slope: Poly = [draw(st.sampled_from([Fraction(1), Fraction(-2), Fraction(1, 3)]))]
    for r in zeros:
        slope = product(slope, [-r, Fraction(1)])
    q = integral(slope)
    q[0] = draw(st.sampled_from([Fraction(0), Fraction(-1, 2), Fraction(3)]))
    spots = [
        Spot(str(low), value_of(q, low), closed[0], (-1 if value_of(slope, low) > 0 else 1) if closed[0] else 0),
        Spot(str(high), value_of(q, high), closed[1], (1 if value_of(slope, high) > 0 else -1) if closed[1] else 0),
    ]
    turns = _turns(slope, zeros, low, high)
    spots += [Spot(f"({r})", value_of(q, r), True, turn) for r, turn in zip(zeros, turns, strict=True)]

    def holds(z: Fraction) -> bool:
        return low < z < high or (z == low and closed[0]) or (z == high and closed[1])

    interval = f"{low}<{'=' * closed[0]}z<{'=' * closed[1]}{high}"
    return Built(f"{text_of(integral(q), 'z')} + 0*z", tuple(spots), lambda z: value_of(q, z), interval, holds)


# ---- how claims are written


def ways(value: Fraction) -> Iterator[Any]:
    """Texts and JSON values that are this number."""
    p, q = value.numerator, value.denominator
    yield f"{p}/{q}"
    yield rf"\frac{{{p}}}{{{q}}}"
    yield f"{3 * p}/{3 * q}"
    yield f"{value - Fraction(1, 3)} + 1/3"
    yield f"value = {p}/{q}"
    if p > 0:
        yield f"sqrt({p * p}/{q * q})"
        yield f"{p}*{q}^-1"
        if p < 20:
            yield f"log(exp({p}))/{q}"
    else:
        yield f"-{-p}/{q}"
        yield f"-sqrt({p * p}/{q * q})"
    if q == 1:
        yield p
        yield [p]
    if 10**12 % q == 0:
        yield f"{value.numerator * (10**12 // q)}*10^-12"
        yield str(Decimal(p) / q)  # exact: the denominator divides a power of ten


def places_ways(places: list[str], pick: random.Random) -> Iterator[Any]:
    mixed = pick.sample(places, len(places))
    yield mixed
    yield [*mixed, mixed[0]]  # named twice, meant once
    yield " , ".join(f"({p})*1" if "oo" not in p else p for p in mixed)
    yield " or ".join(f"z = {p}" for p in mixed)
    yield "{" + ", ".join(mixed) + "}"
    if len(mixed) == 1:
        yield mixed[0]
    if sorted(places) == ["-oo", "oo"]:
        yield from ("±∞", r"\pm\infty", "z → ±∞", ["∞", "-∞"], [float("inf"), float("-inf")])


SIDES = [(1, "maximum", "argmax"), (-1, "minimum", "argmin")]


def check_built(f: Built, pick: random.Random) -> int:
    """Every claim about both global extremes of `f`; how many there were."""
    claims = 0
    for side, value_task, place_task in SIDES:
        best = f.best(side)
        value, attained = best[0].value, any(spot.attained for spot in best)
        claims += right_values(f, value_task, value, attained)
        claims += wrong_values(f, value_task, value, side, pick)
        claims += right_and_wrong_places(f, place_task, best, value, pick)
    return claims


def right_values(f: Built, task: str, value: Fraction, attained: bool) -> int:
    written = list(ways(value))
    for claim in written:
        report = f.judge(task, claim)
        assert report.verdict is Verdict.PROVED, (f.source, task, claim, report.message)
        assert report.certificate is not None
    remarks = ["attained", "not attained"] if attained else ["not attained", "attained"]
    assert f.judge(task, f"{value} ({remarks[0]})").verdict is Verdict.PROVED
    # the number is right and the remark is not: nobody earns anything by it before a person has looked
    assert f.judge(task, f"{value} ({remarks[1]})").verdict is Verdict.UNDECIDED
    return len(written) + 2


def wrong_values(f: Built, task: str, value: Fraction, side: int, pick: random.Random) -> int:
    others = {spot.value for spot in f.spots} | {-value, value * 2, value + 1}
    lies: dict[str, Fraction] = {str(v): v for v in others if v != value}
    for k in [*pick.sample(range(1, 41), 4), 40]:
        for sign in "+-":
            lies[f"{value} {sign} 10^-{k}"] = value + int(sign + "1") * Fraction(1, 10**k)
    for claim, number in lies.items():
        report = f.judge(task, claim)
        assert report.verdict is Verdict.REFUTED, (f.source, task, claim, report.message)
        witness = report.witness
        assert witness is not None
        with mpmath.workdps(DIGITS):
            truth = f.at(mp(witness.point["z"])) if witness.point else mp(value)
            within_witness(witness, mp(number), truth)
            if witness.point:
                assert f.holds(Fraction(witness.point["z"])), (f.source, f.interval, claim, witness)
                # there the function lies beyond what was claimed to be its extreme
                assert (truth - mp(number)) * side > 0
            else:
                assert (number - value) * side > 0
    for infinite in ("oo", "-oo"):
        assert f.judge(task, infinite).verdict is Verdict.REFUTED
    return len(lies) + 2


def right_and_wrong_places(f: Built, task: str, best: list[Spot], value: Fraction, pick: random.Random) -> int:
    places = [spot.place for spot in best]
    taken = [spot.place for spot in best if spot.attained]
    written = list(places_ways(places, pick)) + ([taken] if taken else [])
    for claim in written:
        report = f.judge(task, claim)
        assert report.verdict is Verdict.PROVED, (f.source, task, claim, report.message)
    lies: list[tuple[list[str], str | None]] = []  # and the place at which a witness is due
    others = [spot.place for spot in f.spots if spot.value != value]
    for other in others:
        lies += [([other], other), ([*places, other], other)]
    finite = [p for p in places if "oo" not in p]
    for place in finite:
        for k in (pick.randrange(1, 41), 40):
            moved = f"{place} + 10^-{k}"
            lies += [([moved if p == place else p for p in places], moved), ([*places, moved], moved)]
    for claim, due in lies:
        report = f.judge(task, claim)
        assert report.verdict is Verdict.REFUTED, (f.source, task, claim, report.message)
        assert report.portion is None
        if due is not None and "oo" not in due:
            assert report.witness is not None
            with mpmath.workdps(DIGITS):
                within_witness(report.witness, f.at(by_mpmath(due, {})), mp(value))
    for left_out in places if len(places) > 1 else []:
        rest = [p for p in places if p != left_out]
        if rest == taken:
            continue
        report = f.judge(task, rest)
        assert report.verdict is Verdict.REFUTED
        assert report.portion is not None
        total = len(taken) if set(rest) < set(taken) else len(places)
        assert (report.portion.right, report.portion.total) == (len(rest), total)
    return len(written) + len(lies)


def check_local(f: Built) -> None:
    """All local maxima (minima): their places, and their value where they share one."""
    for side, value_task, place_task in SIDES:
        found = [spot for spot in f.spots if spot.turn == side]
        others = [spot.place for spot in f.spots if spot.turn != side]
        if not found:
            continue
        places, values = [spot.place for spot in found], {spot.value for spot in found}
        assert f.judge(place_task, places, "local").verdict is Verdict.PROVED, (f.source, place_task, places)
        lies = [[*places, other] for other in others] + [[f"{places[0]} + 10^-40", *places[1:]]]
        for lie in lies + ([places[1:]] if len(places) > 1 else []):
            assert f.judge(place_task, lie, "local").verdict is Verdict.REFUTED, (f.source, place_task, lie)
        if len(found) == 1:
            assert f.judge(value_task, f"{found[0].value}", "local").verdict is Verdict.PROVED
        for lie in (f"{found[0].value} + 10^-40", f"{found[0].value} - 10^-7"):
            report = f.judge(value_task, lie, "local")
            assert report.verdict is (Verdict.REFUTED if len(found) == 1 else Verdict.UNDECIDED), (f.source, values)


@settings(max_examples=150)
@given(squashed(), st.integers(0, 999))
def test_polynomials_of_sigma_and_tanh(f: Built, seed: int) -> None:
    check_built(f, random.Random(seed))
    check_local(f)


@settings(max_examples=100)
@given(on_an_interval(), st.integers(0, 999))
def test_polynomials_on_an_interval(f: Built, seed: int) -> None:
    check_built(f, random.Random(seed))
    check_local(f)


def test_there_are_thousands_of_claims() -> None:
    """What the two tests above are worth: each function is the subject of dozens of claims."""
    claims = []

    @settings(max_examples=5)
    @given(st.one_of(squashed(), on_an_interval()))
    def count(f: Built) -> None:
        claims.append(check_built(f, random.Random(1)))

    count()
    assert sum(claims) / len(claims) > 30


# ---- functions with known extremes, moved and scaled; the values are irrational

S, C = "1/(1+exp(-({})))", "1/sqrt(3)"
# g, and of its derivative: the largest value with its places, the smallest one with its places (worked out by hand)
KNOWN = [
    (S, "1/4", ["0"], "0", ["-oo", "oo"]),
    ("exp({})/(1+exp({}))", "1/4", ["0"], "0", ["-oo", "oo"]),
    (f"({S})^2*exp(-({{}}))", "sqrt(3)/18", ["-log(2+sqrt(3))"], "-sqrt(3)/18", ["log(2+sqrt(3))"]),
    ("tanh({})", "1", ["0"], "0", ["-oo", "oo"]),
    ("sech({})^2", "4*sqrt(3)/9", ["log(2-sqrt(3))/2"], "-4*sqrt(3)/9", ["log(2+sqrt(3))/2"]),
    ("tanh({})^2", "4*sqrt(3)/9", ["atanh(1/sqrt(3))"], "-4/(3*sqrt(3))", ["-atanh(1/sqrt(3))"]),
    ("log(1+exp({}))", "1", ["oo"], "0", ["-oo"]),
    ("log(cosh({}))", "1", ["oo"], "-1", ["-oo"]),
    ("atan({})", "1", ["0"], "0", ["-oo", "oo"]),
    ("({})/(1+({})^2)", "1", ["0"], "-1/8", ["-sqrt(3)", "sqrt(3)"]),
    ("1/(1+({})^2)", "3*sqrt(3)/8", ["-1/sqrt(3)"], "-3*sqrt(3)/8", ["1/sqrt(3)"]),
    ("2*atan(tanh(({})/2))", "1", ["0"], "0", ["-oo", "oo"]),
    ("atan(exp({}))", "1/2", ["0"], "0", ["-oo", "oo"]),
]


@pytest.mark.parametrize("known", KNOWN, ids=lambda row: row[0])
@settings(max_examples=12)
@given(st.sampled_from(SCALES), st.sampled_from(SHIFTS), st.sampled_from([Fraction(1), Fraction(-2, 3), Fraction(5)]),
       st.sampled_from([Fraction(0), Fraction(1, 7), Fraction(-3)]), st.sampled_from([1, 7, 20, 40]))  # fmt: skip
def test_known_extremes_moved_and_scaled(
    known: tuple[str, str, list[str], str, list[str]], s: Fraction, m: Fraction, c: Fraction, d: Fraction, digits: int
) -> None:
    g, *extremes = known
    rational = "(" in g and "exp" not in g and "tanh" not in g and "cosh" not in g and "sech" not in g
    b = f"{m}" if rational else f"log({m})"  # so that everything stays in one field
    w = f"({s})*z + {b}"
    source = f"({c})*({g.replace('{}', w)}) + ({d})*z"
    if s * c < 0:
        extremes = [*extremes[2:], *extremes[:2]]
    flip = {"oo": "-oo", "-oo": "oo"} if s < 0 else {"oo": "oo", "-oo": "-oo"}
    f = Built(source, (), lambda z: z)
    for (value_task, place_task), value, there in zip(
        [("maximum", "argmax"), ("minimum", "argmin")], extremes[::2], extremes[1::2], strict=True
    ):
        claim = f"({c * s})*({value}) + ({d})"
        places = [flip.get(p) or f"(({p}) - {b})/({s})" for p in there]
        for right in (claim, f"{d} + ({value})*({c * s})", f"({claim})*sqrt(4)/2"):
            assert f.judge(value_task, right).verdict is Verdict.PROVED, (source, value_task, right)
        for wrong in (f"{claim} + 10^-{digits}", f"{claim} - 10^-{digits}", f"-({claim}) - 1/{digits + 100}"):
            report = f.judge(value_task, wrong)
            assert report.verdict is Verdict.REFUTED, (source, value_task, wrong)
            with mpmath.workdps(DIGITS):
                z = report.witness and report.witness.point.get("z")
                truth = mpmath.diff(lambda x: by_mpmath(source, {"z": x}), mp(z)) if z else by_mpmath(claim, {})
                with mpmath.workdps(DIGITS // 2):  # a numerical derivative has half the digits
                    within_witness(report.witness, by_mpmath(wrong, {}), truth)
        assert f.judge(place_task, places).verdict is Verdict.PROVED, (source, place_task, places)
        assert f.judge(place_task, [*places, "17"]).verdict is Verdict.REFUTED
        for moved in (f"{p} + 10^-{digits}" for p in places if "oo" not in p):
            assert f.judge(place_task, [moved]).verdict is Verdict.REFUTED, (source, place_task, moved)


# ---- where there is no closed form, digits are asked for; where the judge has no proof, it says so


@settings(max_examples=8)
@given(
    st.sampled_from(SCALES),
    st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(-3)]),
    st.sampled_from([Fraction(1), Fraction(-2, 3)]),
    st.sampled_from([Fraction(0), Fraction(1, 7)]),
    st.integers(3, 12),
)
def test_digits_of_silu_moved_and_scaled(s: Fraction, b: Fraction, c: Fraction, d: Fraction, digits: int) -> None:
    """max of (z σ)' is 1.0998 at 2.3994, where its derivative vanishes: both digits by digits from mpmath's root finder."""
    w = f"(({s})*z + ({b}))"
    source = f"({c})*({w}/(1+exp(-{w}))) + ({d})*z"
    with mpmath.workdps(60):
        top = mpmath.findroot(lambda x: 2 - x * mpmath.tanh(x / 2), 2.4)
        peak = by_mpmath("sigma(x) + x*sigma(x)*(1-sigma(x))", {"x": top})
        unit = mpmath.mpf(10) ** -digits
        for side in (1, -1):
            turned = side if s * c > 0 else -side
            value = mp(c * s) * (peak if turned > 0 else 1 - peak) + mp(d)
            place = (turned * top - mp(b)) / mp(s)
            for asks, number in (("maximum" if side > 0 else "minimum", value), ("argmax" if side > 0 else "argmin", place)):
                task = Task("t", asks, 1, digits=digits)
                exercise = Exercise("x", source, (task,), language="en")

                def verdict(x: mpmath.mpf, places: int, exercise: Exercise = exercise) -> Verdict:
                    text = mpmath.nstr(mpmath.nint(x * 10**places) / mpmath.mpf(10) ** places, 40, min_fixed=-99, max_fixed=99)
                    return judge(exercise, "t", {"kind": "data", "value": text}).report.verdict

                assert verdict(number, digits) is verdict(number, digits + 5) is Verdict.PROVED, (source, asks, number)
                for wrong in (number + unit, number - unit, number + 3 * unit / 5):
                    assert verdict(wrong, digits + 3) is Verdict.REFUTED, (source, asks, wrong)


FOLDED = [  # a function with |z| or cases, its derivative's extremes by hand, and what they are not
    ("z*|z|", "", "minimum", "-oo", ["0", "oo"]),
    ("z*|z|", "-1<=z<=2", "maximum", "4", ["2", "0"]),
    ("z*|z|", "-1<=z<=2", "argmax", "2", ["-1", "0"]),
    ("|z|^3", "-2<=z<=2", "argmin", "-2", ["0", "2"]),
    ("Piecewise((1/(1+exp(-z)), z>=0), (exp(z)/(1+exp(z)), True))", "", "maximum", "1/4", ["1/2", "1/4 + 10^-40"]),
    ("Piecewise((1/(1+exp(-z)), z>=0), (exp(z)/(1+exp(z)), True))", "", "argmax", "0", ["1", "oo"]),
    ("exp(-|z|)", "", "maximum", "1", ["0", "1/e"]),
    ("relu(z)^2", "-1<=z<=3", "maximum", "6", ["3", "0"]),
    ("log(1+exp(-|z|)) + relu(z)", "", "maximum", "1", ["1/2", "1 - 10^-40"]),
]


@pytest.mark.parametrize(("source", "interval", "asks", "right", "wrong"), FOLDED)
def test_nothing_false_is_said_of_moduli_and_cases(source: str, interval: str, asks: str, right: str, wrong: list[str]) -> None:
    f = Built(source, (), lambda z: z, interval)

    assert f.judge(asks, right).verdict in (Verdict.PROVED, Verdict.UNDECIDED)
    for lie in wrong:
        assert f.judge(asks, lie).verdict in (Verdict.REFUTED, Verdict.UNDECIDED)
