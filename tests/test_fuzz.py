"""Rubbish by a grammar, a fixed number of times, to every task: no exception, no slow case, no code run, no points.

What Python tells an auditor of (compiling, executing, importing, opening, starting) must not happen while an answer is judged.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sig_checker.claims import functions  # noqa: F401 - what is loaded late is loaded before the auditor listens
from sig_checker.exercises import load
from sig_checker.filter import Filter
from sig_checker.judging import identical, judge
from sig_checker.language import translate
from sig_checker.verdicts import Message, Verdict

EXERCISE = load("sigmoid-7-02")
TASKS = [t.id for t in EXERCISE.tasks]
SLOW = 3.0  # seconds: ten times the slowest of these on an idle machine
EVENTS = ("exec", "compile", "import", "open", "os.", "subprocess.", "socket.", "ctypes.", "marshal.", "pickle.", "shutil.")
_heard: list[str] | None = None
translate(Message("There is no answer."), "ko")  # opens the catalogue, once


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _heard is not None and event.startswith(EVENTS):
        _heard.append(f"{event} {arguments!r}"[:200])


sys.addaudithook(_listen)  # cannot be taken away again; it is deaf except where `watched` says so


@contextmanager
def watched() -> Iterator[list[str]]:
    global _heard  # noqa: PLW0603 - the hook is the interpreter's, so what it hears is, too
    _heard = []
    try:
        yield _heard
    finally:
        _heard = None


NUMBERS = [
    "0", "1", "2", "1/4", "0.25", "1e400", "10^-40", "1e-300", "007", "1_000", "½", "π", "e", "-1", "∞", "oo", "nan",
    "٣", "²",
]  # fmt: skip
NAMES = [
    "z", "a", "g", "x", "dL/da", "dL_da", "u", "sigma(z)", "σ(z)", r"\sigma(z)", "S(z)", "zz", "аz", "ℯ",
    "z_1", "_", "lambda",
]  # fmt: skip
CALLS = [
    "exp", "log", "tanh", "sech", "sqrt", "abs", "sin", "sigma", "floor", "max", "diff", "Piecewise",
    "np.exp", r"\frac", "f",
    "erf", "gamma", "integrate", "limit", "Derivative", "factorial",
]  # fmt: skip
JOINTS = [
    "+", "-", "*", "/", "^", "**", " ", "", "=", ",", "==", "→", " or ", r"\cdot ", "·", "±", ">=", "!", "'", "//",
    "%", "@", ";", "\n",
]  # fmt: skip
WRAPS = [
    ("(", ")"), ("[", "]"), ("{", "}"), ("|", "|"), ("(", ""), ("", ")"), ("$", "$"), (r"\left(", r"\right)"),
    (r"\begin{x}", ""), ("", "^2"), ("-", ""), ("d/dz ", ""), ("√", ""),
]  # fmt: skip
CODE = [
    "__import__('os').system('touch INJECTED')", "exec('x=1')", "eval('1')", "open('INJECTED','w')",
    "().__class__.__bases__[0]", "lambda: 0",
    "z.__class__", "[x for x in (1,)]", "sympy.sympify('1')", "{0.__class__}", "{locals()}", "%s%n",
    "import os", "print(1)",
    "f'{1}'", "${7*7}", "{{7*7}}", "<script>1</script>", "'; DROP TABLE", r"\input{/etc/passwd}", r"\write18{ls}",
]  # fmt: skip


def _texts() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(NUMBERS + NAMES + CODE) | st.text(max_size=4)

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(inner, st.sampled_from(JOINTS), inner).map("".join),
            st.builds(lambda wrap, x: x.join(wrap), st.sampled_from(WRAPS), inner),
            st.builds(lambda name, x: f"{name}({x})", st.sampled_from(CALLS), inner),
            st.builds(lambda name, x, y: f"{name}{{{x}}}{{{y}}}", st.sampled_from(CALLS), inner, inner),
        )

    return st.recursive(leaves, larger, max_leaves=14)


def _answers() -> st.SearchStrategy[Any]:
    texts = _texts()
    names = st.sampled_from(["probability", "certainty", "update", "x"])
    other = st.none() | st.booleans() | st.integers() | st.floats()
    fields = st.dictionaries(names, texts | other | st.lists(other, max_size=2))
    return st.one_of(texts, texts, texts, st.lists(texts | other, max_size=4), fields, other)


@settings(max_examples=3000)
@given(st.sampled_from(TASKS), st.sampled_from(["auto", "plain", "latex", "python"]), _answers())
def test_rubbish_is_judged_and_nothing_else(task: str, syntax: str, answer: Any) -> None:
    start = time.perf_counter()
    with watched() as heard:
        judgement = judge(EXERCISE, task, {"kind": "data", "value": answer}, syntax=syntax)
        report = judgement.report
        told = [translate(m, "ko") for m in (report.message, *report.notes)] + [str(report.message), report.read_as or ""]
    seconds = time.perf_counter() - start

    assert heard == []
    assert seconds < SLOW, (task, syntax, answer)
    assert all(isinstance(x, str) for x in told)
    assert 0.0 <= judgement.points <= judgement.max_points
    assert type(judgement.points) is float
    if report.verdict in (Verdict.UNREADABLE, Verdict.UNDECIDED):
        assert judgement.points == 0.0


@settings(max_examples=400)
@given(_texts(), st.sampled_from(["x", "z^2", "sqrt(x y)", "log(x)"]), st.sampled_from(["", "x>0, y>0"]))
def test_rubbish_is_no_identity(text: str, expected: str, domain: str) -> None:
    start = time.perf_counter()
    with watched() as heard:
        report = identical(text, expected, domain=domain)

    assert heard == []
    assert time.perf_counter() - start < SLOW, (text, expected)
    assert report.verdict is not Verdict.MEASURED


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(),
        st.binary().map(lambda b: b.decode("utf-8", "surrogateescape")),
        _answers().map(repr),
        st.builds(lambda t, a: json.dumps({"id": a, "task": t, "answer": a}, default=str), st.sampled_from(TASKS), _answers()),
    )
)
def test_rubbish_lines_get_a_line(line: str) -> None:  # fmt: skip
    with Filter(EXERCISE) as judging:
        row = judging.answer(line)

    assert row["verdict"] in set(Verdict)
    assert row["points"] >= 0.0
    assert json.loads(json.dumps(row, default=str))


def test_the_auditor_hears() -> None:
    """The watch itself, lied to."""
    with watched() as heard:
        eval("1 + 1")
        pytest.importorskip("json")

    assert any(event.startswith("exec") for event in heard)
    assert any(event.startswith("compile") for event in heard)
