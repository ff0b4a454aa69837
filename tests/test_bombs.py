"""Answers that are made to be slow or large: each is judged within bounds of time and memory, and none is accepted."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest

MEMORY = 512 << 20  # of this process and the one it may start, together
SECONDS = 1.0  # of CPU time of both
PATIENCE = 10.0  # of wall time, for a busy machine

BOMBS = {
    "tower": "9**9**9**9",
    "towers": "2^2^2^2^2^2^2 + z",
    "brackets": "(" * 150_000 + "a" + ")" * 149_999,
    "signs": "-" * 300_000 + "a",
    "sum": "+".join(["a(1-a)/20000"] * 20_000),
    "product": "*".join(f"(1+exp(-z*{i}))" for i in range(1, 400)),
    "power": "(z+a+1)^2000",
    "powers": "(z+a+g+1)^150*(z+a+g+1)^150",
    "nested": "((((z+1)^7+a)^7+e^z)^7+1)^7",
    "factorial": "100000!",
    "factorials": "z!!!!!!!!",
    "digits": "1" * 300_000,
    "exponent": "1e99999999",
    "huge and small": "e^(10^30)*e^(-10^30)*a(1-a)",
    "high degree": "sqrt(1+e^(4000z))",
    "log of high degree": "log(z^4000-1)",
    "roots": "*".join(f"sqrt(z+{i})" for i in range(60)),
    "moduli": "+".join(f"|z-{i}|" for i in range(60)),
    "tall modulus": "abs(" * 50 + "z-1" + ")-1" * 50,
    "tall root": "sqrt(2+" * 50 + "z" + ")" * 50,
    "tall exponential": "exp(" * 50 + "z" + ")" * 50,
    "fractions": "+".join(f"1/(z+e^({i}z))" for i in range(1, 60)),
    "many exponentials": "+".join(f"e^(z/{i})" for i in range(1, 80)),
    "near one": "(1+1/10^4000)^(10^30)",
    "letters": "a" * 300_000,
    "bars": "|" * 299_999,
    "latex": "\\frac" * 60_000,
    "unicode": "²" * 300_000,
    "powers of z": "z^z^z^z^z^z",
    "unity": "cos(pi/4999)",
    "nested powers": "((((3^20000)^60)^60)^60)^60",
    "small nested powers": "((((3z+70)^8)^8)^8)^8",
    "long coefficients": "(z+a+g+3^25000)^40",
    "long coefficients, fewer terms": "(z+a+3^25000)^64",
    "long numbers": "*".join(f"(z+g+{str(i + 10**55) * 60})" for i in range(30)),
    "division": "e^(z^4000*g^4000/(z*g+z+1))",
    "logarithms of numbers": "+".join(f"log({10**29 + 37 * i})" for i in range(150)),
    "many terms": "(z+a+g+sqrt(2)+pi)^20",
    "equations": "=".join(["|z-1|+|z-2|+|z-3|+sqrt(z^2+1)"] * 39),
    "more equations": "=".join(["1"] * 5_000),
    "long sum": "+".join(f"sin(z)^{i % 9}-sin(z)^{i % 9}" for i in range(600)),
    "long sum of moduli": "+".join(f"|z-{i}|-|z-{i}|" for i in range(800)),
    "products of factorials": "*".join(f"({900 + i}!)" for i in range(80)),
    "many roots": "*".join(f"(z^2+1)^(1/{i})" for i in range(2, 30)),
    "nested square roots": "sqrt(z+2+" * 30 + "2" + ")" * 30,
    "a root of square roots": "sqrt(" + "+".join(f"sqrt({p})" for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)) + ")",
    "the size of square roots": "|" + "-".join(f"sqrt(z^2+{p})" for p in (2, 3, 5, 7, 11, 13)) + "|",
    "a reciprocal exponent": "e^(1/(" + "+".join(f"sqrt(z^2+{p})" for p in (2, 3, 5, 7, 11, 13)) + "))",
    "definitions": "a(1-a)" + ", a=z" * 2_000,
    "smallest number": "(1e3900*z+1e-3900)^60",
}
# the same beside a right answer, so that no first look refutes them
HIDDEN = {f"hidden {name}": f"a(1-a) + ({text}) - ({text})" for name, text in BOMBS.items() if len(text) < 5_000}


_RUN = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from sig_checker.exercises import load
from sig_checker.filter import Filter

def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    # not ru_maxrss of this process, which starts at what the process that started it had
    with open("/proc/self/status") as status:
        own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    return sum(x.ru_utime + x.ru_stime for x in both), (own + both[1].ru_maxrss) << 10

with Filter(load("sigmoid-7-02")) as judging:
    for line in sys.stdin:
        before, _ = used()
        row = judging.answer(line)
        after, memory = used()
        print(json.dumps(row | {{"cpu": after - before, "memory": memory}}))
"""


def judged(texts: dict[str, str], task: str = "q1_derivative") -> dict[str, dict[str, Any]]:
    """The rows of a process with little memory, with the CPU seconds of each and the most memory so far."""
    lines = "".join(json.dumps({"id": n, "task": task, "answer": t}) + "\n" for n, t in texts.items())
    run = subprocess.run(
        [sys.executable, "-c", _RUN.format(memory=MEMORY)],
        input=lines,
        capture_output=True,
        text=True,
        timeout=PATIENCE * len(texts),
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stderr == ""
    return {row["id"]: row for row in map(json.loads, run.stdout.splitlines())}


@pytest.mark.parametrize("texts", [BOMBS, HIDDEN], ids=["plain", "hidden"])
def test_bombs_stay_small_and_short_and_earn_nothing(texts: dict[str, str]) -> None:
    found = judged({"before": "a(1-a)", **texts, "after": "a(1-a)"})

    assert found["after"]["points"] == 10.0
    assert found["after"]["memory"] < MEMORY
    for name in texts:
        row = found[name]
        # what is hidden cancels, so it may be proved; what stands alone is wrong or no answer
        if texts is BOMBS and name != "sum":
            assert row["points"] == 0.0, name
        assert row["points"] == 0.0 or row["verdict"] == "proved", name
        assert row["cpu"] < SECONDS, (name, row["cpu"])


def test_the_upstream_gradient_saves_no_bomb() -> None:
    names = ("powers", "small nested powers", "tall modulus", "fractions", "long coefficients", "division", "smallest number")
    found = judged({name: f"g*({HIDDEN['hidden ' + name]})" for name in names}, "q1_backprop")

    assert {row["verdict"] for row in found.values()} <= {"proved", "refuted", "undecided", "unreadable"}
    assert [name for name, row in found.items() if row["cpu"] >= SECONDS] == []
    assert max(row["memory"] for row in found.values()) < MEMORY


def test_what_is_too_large_by_itself_asks_nobody() -> None:
    found = judged(BOMBS)

    assert [n for n, row in found.items() if row["verdict"] == "undecided"] == []


LONG = {
    "blanks": "1/4 " + " " * 200_000 + ".",
    "tabs": "\t" * 200_000 + "0",
    "letters in a remark": "1/4, " + "a" * 200_000 + "(",
    "words": "as " * 80_000,
    "arrow": "z" + " " * 200_000 + "→ oo",
    "labels": "최댓값은 " * 40_000 + "1/4",
    "ends": "에서 " * 80_000,
    "places": ",".join(["oo"] * 90_000),
    "places beside": "1/4 " + "(z=0) " * 40_000,
    "conditions": "0 " + "(a=1/2) " * 30_000,
    "open brackets": "0 (" * 90_000 + "a=1",
    "sets": "{z | " * 50_000,
    "equations": "0, ±oo, " + "a=1/2, " * 40_000 + "a=1/2",
    "equations in brackets": "0 (" + "a=1/2, " * 40_000 + "a=1/2)",
    "equations for many places": ", ".join([f"{i}-{i}" for i in range(20)] + [f"a = 0.{i}" for i in range(41, 61)]),
    "either": "a = " + "0 or " * 60_000 + "= 0",
    "parts": "1분의" * 80_000,
}


STEPS = {
    "blanks behind a letter": "u" + " " * 290_000 + "z",
    "blanks in a definition": "u = 1" + " " * 290_000 + "z",
    "blanks behind a bracket": "u (" + " " * 290_000,
    "let": "let " * 70_000,
    "dollars": "u = " + "$ " * 140_000 + "1",
    "lines": "u = z\n" * 40,
    "powers on powers": "\n".join(f"{y} = {x}^9 {x} {x}" for x, y in ["zu", "uv", "vw", "wp", "pq", "qr"]) + "\nr",
    "rates on rates": "u = e^(z^2)\nv = e^(u^2)\n" + "d^9/du^9 d^9/dv^9 (" * 5 + "v u" + ")" * 5,
    "many long lines": "\n".join([f"u = {'+'.join(['e^z'] * 400)}"] + ["u u u u"] * 39),
    "statements": ", ".join(reversed([f"{y} = 2{x}" + f"+{x}" * 40 for x, y in pairwise("zbcfhijklmnopqrstuvwxy")])),
    "commas": "u = 1" + ", " * 100_000,
    "commas in brackets": "u = " + "(," * 100_000,
    "calls": "\n".join(["u = e^z"] + ["+".join(["sin(u)"] * 1_000)] * 39),
}


def test_derivations_are_judged_in_a_moment() -> None:
    found = judged(STEPS | {"after": "a(1-a)"}, "q1_steps")

    assert [(name, row["cpu"]) for name, row in found.items() if row["cpu"] >= SECONDS] == []
    assert max(row["memory"] for row in found.values()) < MEMORY
    assert {row["points"] for row in found.values()} == {0.0}


@pytest.mark.parametrize("task", ["q2_maximum", "q2_argmin", "q2_argmax"])
def test_long_values_and_places_are_read_in_a_moment(task: str) -> None:
    found = judged(LONG, task)

    assert [(name, row["cpu"]) for name, row in found.items() if row["cpu"] >= SECONDS] == []
