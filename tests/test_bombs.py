"""Answers that are made to be slow or large: each is judged within bounds of time and memory, and none is accepted."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any

import pytest

MEMORY = 512 << 20
SECONDS = 10.0  # of wall time for a process of its own; the judge's own time is held to less, see below
TOO_SLOW = 3.0  # one second on an idle machine, with room for a busy one

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
}
# the same beside a right answer, so that no first look refutes them
HIDDEN = {f"hidden {name}": f"a(1-a) + ({text}) - ({text})" for name, text in BOMBS.items() if len(text) < 5_000}


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def judged(texts: dict[str, str]) -> dict[str, dict[str, Any]]:
    lines = "".join(
        json.dumps({"id": n, "task": "q1_derivative", "syntax": "auto", "answer": t}) + "\n" for n, t in texts.items()
    )
    code = "import sys; from sig_checker.filter import run; run(sys.stdin, sys.stdout)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        input=lines,
        capture_output=True,
        text=True,
        preexec_fn=limited,
        timeout=SECONDS * len(texts),
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stderr == ""
    return {row["id"]: row for row in map(json.loads, run.stdout.splitlines())}


@pytest.mark.parametrize("texts", [BOMBS, HIDDEN], ids=["plain", "hidden"])
def test_bombs_stay_small_and_short_and_earn_nothing(texts: dict[str, str]) -> None:
    found = judged({**texts, "after": "a(1-a)"})

    assert found["after"]["points"] == 10.0
    for name in texts:
        row = found[name]
        # what is hidden cancels, so it may be proved; what stands alone is wrong or no answer
        if texts is BOMBS and name != "sum":
            assert row["points"] == 0.0, name
        assert row["points"] == 0.0 or row["verdict"] == "proved", name
        assert row["seconds"] < TOO_SLOW, (name, row["seconds"])


def test_what_is_too_large_by_itself_asks_nobody() -> None:
    found = judged(BOMBS)

    assert [n for n, row in found.items() if row["verdict"] == "undecided"] == []
