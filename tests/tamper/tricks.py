"""What a trick is, and the wrong answers that each one is put into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["POINTS", "RIGHT", "WRONG", "Trick", "instead_of_submit"]

POINTS = {"q1_derivative": 10.0, "q1_function": 10.0, "q3_at_zero": 8.0}
RIGHT = {
    "q1_derivative": 'q1_derivative = "a(1-a)"',
    "q1_function": "import numpy as np\ndef dsigmoid(z):\n    t = np.exp(-np.abs(z))\n    return t / (1 + t) ** 2",
    "q3_at_zero": 'q3_at_zero = {"probability": 0.5, "certainty": "uncertain", "update": "largest"}',
}
WRONG = {
    "q1_derivative": 'q1_derivative = "z"',
    "q1_function": "def dsigmoid(z):\n    return 0 * z + 7.0",
    "q3_at_zero": 'q3_at_zero = {"probability": 0.9, "certainty": "certain", "update": "none"}',
}


@dataclass(frozen=True)
class Trick:
    """One submission whose answers are all wrong, with a trick in it.

    What a trick does to the machine it does only where `confined()`, which the first cell of each submission defines, says
    that there is a sandbox; without one it says so, and the test fails.

    Attributes:
        kind: of trick, for the report.
        tries: what it wants to bring about.
        first: a cell below the first one.
        beside: put below the answer in each answer cell.
        answers: by task, instead of the wrong ones.
        last: a cell below all others.
        edit: changes the notebook's JSON at last.
        files: further files of the submission.
    """

    name: str
    kind: str
    tries: str
    first: str = ""
    beside: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    last: str = ""
    edit: Callable[[dict[str, Any]], None] | None = None
    files: Mapping[str, str | bytes] = field(default_factory=dict)


def instead_of_submit(body: str) -> str:
    """Source that puts a function with this body (of `task`) in the place of `submit`; `honest` is the real one."""
    lines = "\n".join("    " + x for x in body.strip().splitlines())
    return f"honest = submit\ndef submit(task, *rest, **options):\n{lines}\n"
