"""A verdict depends on the answer alone: not on the order, not on repetition, not on what else the process has judged."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sig_checker.deciding.challenge import draw_plan
from sig_checker.exercise import Exercise, Task
from sig_checker.exercises import load
from sig_checker.judging import identical, judge
from sig_checker.language import translate
from sig_checker.notebook.probing import probe

TABLES = Path(__file__).parent / "tables"
TASKS = (
    Task("d", "derivative", 3), Task("dd", "derivative", 3, order=2), Task("b", "backprop", 3), Task("s", "steps", 3),
    Task("max", "maximum", 3), Task("amax", "argmax", 3), Task("min", "minimum", 3), Task("amin", "argmin", 3),
    Task("near", "maximum", 3, digits=6), Task("part", "maximum", 3, interval="-1<=z<2"),
    Task("peaks", "argmax", 3, scope="local"),
)  # fmt: skip
OTHERS = [
    Exercise("one", f, TASKS, language="en")
    for f in ("tanh(z)", "log(1+exp(z))", "z/(1+exp(-z))", "1/(1+exp(-z/2))", "atan(z)", "|z|^3", "z^3/3 - z")
]
# the same variable under another letter, and another function under the same name
TWINS = [Exercise("one", "tanh(x)", TASKS, variable="x"), Exercise("sigmoid-7-02", "1/(1+exp(z))", TASKS, activation="s")]
ANSWERS = {
    "d": ["a(1-a)", "1-a^2", "1 - a", "sigma(z)", "-sech(z)^2", "1/(1+z^2)", "3z|z|", "z^2-1", "a(1-a)/2", "a +", "|z|/z",
          "0.3", "z z/z"],
    "dd": ["1-2a", "-2a(1-a^2)", "a(1-a)(1-2a)", "2z"],
    "b": ["g(1-a^2)", "g", "1-a^2", "g + a", "g sigma(z)", "g z"],
    "s": [["1-a^2", "sech(z)^2"], ["d/dz tanh(z)", "1+a^2", "sech(z)^2"], ["a"], ["a(1-a)", "a"]],
    "max": ["1", "1/4", "oo", "1 + 10^-40", "0 (not attained)", "8", "about 1", [1]],
    "amax": ["0", "±∞", ["-1", "1"], "oo", "10^-30"],
    "min": ["0", "-1", "0 (attained)", "-10^-40"],
    "amin": ["-oo", "±∞", "0", [0, "oo"]],
    "near": ["1.099839", "1", "0.25"],
    "part": ["1", "4", "12"],
    "peaks": ["0", ["-1", "1"], "2.399357"],
}  # fmt: skip
PAIRS = [("x^2-y^2", "(x-y)(x+y)", ""), ("sqrt(x^2)", "x", ""), ("log(x y)", "log x + log y", "x>0, y>0"), ("x", "y", "")]

SOURCES: list[Callable[..., Any]] = [
    lambda *x: math.prod(x[:-1]) * np.exp(-np.abs(x[-1])) / (1 + np.exp(-np.abs(x[-1]))) ** 2,
    lambda *x: np.exp(-x[-1]) / (1 + np.exp(-x[-1])) ** 2,
    lambda *x: -(1 - np.tanh(x[-1] / 2) ** 2) / 4,
    lambda *x: [0.25] * len(x),
]
Job = tuple[str, int, str, Any]  # kind, which exercise, task, answer


def jobs() -> list[Job]:
    """Answers to all exercises, and every row of the tables that is no code."""
    found: list[Job] = []
    for table in ("answers.jsonl", "extremes.jsonl"):
        rows = [json.loads(line) for line in (TABLES / table).read_text("utf-8").splitlines()]
        found += [("row", 0, r["task"], [r["syntax"], r["answer"]]) for r in rows if r["syntax"] != "numpy"]
    for which in range(len(OTHERS) + len(TWINS)):
        found += [("own", which, task, answer) for task, answers in ANSWERS.items() for answer in answers]
    found += [("code", i, task, "") for i in range(len(SOURCES)) for task in ("q1_function", "q1_backprop_function")]
    return found + [("pair", i, "", "") for i in range(len(PAIRS))]


def told(job: Job) -> str:
    """Everything that is told of an answer, as text."""
    kind, which, task, answer = job
    if kind == "pair":
        report, points = identical(*PAIRS[which][:2], domain=PAIRS[which][2]), 0.0
    elif kind == "code":
        names = ("z",) if task == "q1_function" else ("upstream", "z")
        seen = {"kind": "function", "observed": probe(SOURCES[which], draw_plan("seed", names))}
        judgement = judge(load("sigmoid-7-02"), task, seen, seed="seed")
        report, points = judgement.report, judgement.points
    else:
        exercise = load("sigmoid-7-02") if kind == "row" else (OTHERS + TWINS)[which]
        syntax, value = answer if kind == "row" else ("auto", answer)
        judgement = judge(exercise, task, {"kind": "data", "value": value}, syntax=syntax)
        report, points = judgement.report, judgement.points
    plain = {k: v for k, v in asdict(report).items() if k not in ("message", "notes", "read")}
    words = [translate(m, language) for language in ("en", "ko") for m in (report.message, *report.notes)]
    return json.dumps([plain, words, report.read_as, report.read_as_latex, points], default=str, sort_keys=True)


@pytest.fixture(scope="module")
def first() -> dict[str, str]:
    return {repr(job): told(job) for job in jobs()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reports_are_the_same_in_any_order_and_again(first: dict[str, str], seed: int) -> None:
    pick = random.Random(seed)
    mixed = pick.sample(jobs(), len(jobs()))
    mixed = [job for job in mixed for _ in range(pick.choice((1, 1, 2)))]  # some at once a second time

    assert [job for job in mixed if told(job) != first[repr(job)]] == []


_ELSEWHERE = """
import importlib.util, json, random, sys
spec = importlib.util.spec_from_file_location("order", sys.argv[1])
order = importlib.util.module_from_spec(spec)
spec.loader.exec_module(order)
mixed = order.jobs()
random.Random(sys.argv[2]).shuffle(mixed)
print(json.dumps({repr(job): order.told(job) for job in mixed}))
"""


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_reports_are_the_same_in_another_process(first: dict[str, str], seed: str) -> None:
    """With another seed for the hashes of text, so that the order of no set shows, and with nothing judged before."""
    run = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, __file__, seed],
        capture_output=True, text=True, check=True, timeout=120, env={"PYTHONHASHSEED": seed},
    )  # fmt: skip
    there = json.loads(run.stdout)

    assert set(there) == set(first)
    assert {job: text for job, text in there.items() if text != first[job]} == {}


def test_an_answer_alone_gets_what_it_gets_among_others(first: dict[str, str]) -> None:
    """A few answers, each as the only one that its process judges."""
    for job in random.Random(5).sample(jobs(), 3):
        program = f"{_ELSEWHERE.partition('mixed =')[0]}print(order.told(eval(sys.argv[2])))"
        run = subprocess.run(
            [sys.executable, "-c", program, __file__, repr(job)], capture_output=True, text=True, check=True, timeout=60
        )
        assert run.stdout.strip() == first[repr(job)]
