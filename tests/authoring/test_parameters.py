"""What is drawn for whom, which values can be named, and that a function with its numbers put in is still the same function."""

from __future__ import annotations

import unicodedata
from collections import Counter
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise, Task
from sig_checker.expressions import Add, Call, Div, Expr, Mul, Neg, Num, Pow, Var, num
from sig_checker.parameters import draw, read_choices, tidy

KS = {"k": (Fraction(1, 2), Fraction(2), Fraction(3), Fraction(4))}
# the digest that sha256sum prints, modulo 4
KNOWN = {"kim": 2, "lee": 1, "홍길동": 1}


@pytest.mark.parametrize(("student", "index"), KNOWN.items())
def test_the_draw_is_the_documented_hash(student: str, index: int) -> None:
    assert draw(KS, seed="2026", exercise="sigmoid-temperature", student=student) == {"k": KS["k"][index]}


def test_the_draw_does_not_depend_on_how_a_name_is_encoded() -> None:
    apart = unicodedata.normalize("NFD", "홍길동")

    assert apart != "홍길동"
    assert draw(KS, seed="s", exercise="e", student=f" {apart} ") == draw(KS, seed="s", exercise="e", student="홍길동")


def test_seed_exercise_and_student_each_change_the_draw_and_every_value_occurs() -> None:
    students = [f"student-{n}" for n in range(200)]

    def all_of(seed: str, exercise: str) -> list[Fraction]:
        return [draw(KS, seed=seed, exercise=exercise, student=x)["k"] for x in students]

    assert all_of("a", "e") != all_of("b", "e")
    assert all_of("a", "e") != all_of("a", "f")
    counts = Counter(all_of("a", "e"))
    assert set(counts) == set(KS["k"])
    assert min(counts.values()) > 25  # of 50 on average; a standard deviation is 6


def test_two_parameters_are_drawn_by_themselves() -> None:
    choices = {"k": KS["k"], "c": KS["k"]}
    pairs = {tuple(draw(choices, seed="s", exercise="e", student=str(n)).values()) for n in range(300)}

    assert len(pairs) == 16


@pytest.mark.parametrize(
    ("given_values", "expected"),
    [
        pytest.param([1, "1/2", "0.1", "-3"], [1, Fraction(1, 2), Fraction(1, 10), -3], id="a list"),
        pytest.param({"from": -1, "to": 1}, [-1, 0, 1], id="a range"),
        pytest.param({"from": "0", "to": "0.2", "step": "0.1"}, [0, Fraction(1, 10), Fraction(1, 5)], id="steps"),
        pytest.param({"from": 1, "to": 2, "step": "2/5", "except": ["7/5"]}, [1, Fraction(9, 5)], id="exceptions"),
    ],
)
def test_values_are_exact(given_values: Any, expected: list[Fraction]) -> None:
    assert read_choices({"k": given_values}, "z", "a") == {"k": tuple(map(Fraction, expected))}


@pytest.mark.parametrize(
    ("name", "given_values", "message"),
    [
        ("k", [0.1], 'Write it as text: "0.1"'),
        ("k", ["1/0"], "no exact number"),
        ("k", [True], "no exact number"),
        ("k", ["__import__('os')"], "no exact number"),
        ("k", [], "no values"),
        ("k", [1, "2/2"], "twice"),
        ("k", 3, "a list such as"),
        ("k", {"from": 1}, "from and to"),
        ("k", {"from": 1, "to": 2, "stepp": 1}, "stepp"),
        ("k", {"from": 2, "to": 1}, "goes up"),
        ("k", {"from": 1, "to": 2, "step": 0}, "goes up"),
        ("k", {"from": 0, "to": 10**9}, "at most 1000"),
        ("z", [1, 2], "something else"),
        ("a", [1, 2], "something else"),
        ("e", [1, 2], "something else"),
        ("g", [1, 2], "something else"),
        ("kk", [1, 2], "one Latin letter"),
        ("к", [1, 2], "one Latin letter"),
    ],
)
def test_what_is_no_parameter_is_refused_with_its_name(name: str, given_values: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}'") as refused:
        read_choices({name: given_values}, "z", "a")

    assert message in str(refused.value)


def test_without_values_there_is_no_function() -> None:
    exercise = Exercise("t", "1/(1+exp(-z/k))", (Task("d", "derivative", 1),), choices={"k": ("1", "2")}, seed="s")

    with pytest.raises(ConfigError, match="known only for a student"):
        _ = exercise.definition
    assert exercise.for_student("kim").definition is not None


# ---- tidy: the same function

_small = st.fractions(min_value=-3, max_value=3, max_denominator=4)
_leaves = st.one_of(_small.map(Num), st.just(Var("z")), st.just(Var("k")))


def _grown(inside: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    pairs = st.tuples(inside, inside)
    return st.one_of(
        inside.map(Neg), pairs.map(Add), pairs.map(Mul),
        pairs.map(lambda x: Div(*x)), pairs.map(lambda x: Div(Neg(x[0]), x[1])),
        inside.map(lambda x: Pow(x, num(2))), inside.map(lambda x: Call("tanh", (x,))),
    )  # fmt: skip


EXPRESSIONS = st.recursive(_leaves, _grown, max_leaves=12)


def _value(e: Expr, at: dict[str, mpmath.mpf]) -> mpmath.mpf:
    """By mpmath, which knows nothing of ours."""
    if isinstance(e, Num):
        return mpmath.mpf(e.value.numerator) / e.value.denominator
    if isinstance(e, Var):
        return at[e.name]
    if isinstance(e, Neg):
        return -_value(e.arg, at)
    if isinstance(e, Add):
        return mpmath.fsum(_value(x, at) for x in e.args)
    if isinstance(e, Mul):
        return mpmath.fprod(_value(x, at) for x in e.args)
    if isinstance(e, Div):
        return _value(e.over, at) / _value(e.under, at)
    if isinstance(e, Pow):
        assert isinstance(e.exponent, Num)
        return _value(e.base, at) ** int(e.exponent.value)
    assert isinstance(e, Call)
    return mpmath.tanh(_value(e.args[0], at))


@given(EXPRESSIONS)
def test_a_tidied_expression_has_the_same_values(e: Expr) -> None:
    tidied = tidy(e)
    with mpmath.workdps(50):
        for z, k in ((mpmath.mpf("0.37"), mpmath.mpf("1.9")), (mpmath.mpf("-2.11"), mpmath.mpf("0.83"))):
            try:
                before = _value(e, {"z": z, "k": k})
            except ZeroDivisionError:
                continue
            after = _value(tidied, {"z": z, "k": k})
            assert abs(before - after) <= mpmath.mpf(10) ** -35 * (1 + abs(before)), (e, tidied)


@given(EXPRESSIONS)
def test_tidying_again_changes_no_value_and_ends(e: Expr) -> None:
    once = tidy(e)
    with mpmath.workdps(50):
        try:
            values = [_value(x, {"z": mpmath.mpf("0.37"), "k": mpmath.mpf("1.9")}) for x in (once, tidy(once))]
        except ZeroDivisionError:
            return
        assert abs(values[0] - values[1]) <= mpmath.mpf(10) ** -35 * (1 + abs(values[0]))
