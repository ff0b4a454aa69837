"""What students may type, with what a careful reader makes of it: right, wrong, or for a person to decide.

What is right or wrong was settled by mathematics. What is for a person was partly settled by what the judge said of it, so
those rows only tell when that changes. Where a row names slips, the judge names one of them or none at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sig_checker.exercises import load
from sig_checker.filter import Filter

ROWS = [json.loads(line) for line in (Path(__file__).parent / "tables" / "students.jsonl").read_text("utf-8").splitlines()]
TASKS = sorted({row["task"] for row in ROWS})


def judged(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    asked = ("task", "syntax", "answer", "expected", "domain")
    with Filter(load("sigmoid-7-02")) as judging:
        return [(row, judging.answer(json.dumps({name: row[name] for name in asked if name in row}))) for row in rows]


def outcome(told: dict[str, Any]) -> str:
    if told["verdict"] == "undecided":
        return "person"
    return "right" if told["points"] == told["max_points"] > 0 else "wrong"


@pytest.mark.parametrize("task", TASKS)
def test_each_answer_is_judged_as_it_is_meant(task: str) -> None:
    found = judged([row for row in ROWS if row["task"] == task])

    assert len(found) > 10
    assert [(row["answer"], outcome(told), told["message"]) for row, told in found if outcome(told) != row["says"]] == []


def test_no_slip_is_named_that_was_not_made() -> None:
    found = judged([row for row in ROWS if "slips" in row])
    named = [(row, told["slip"]) for row, told in found if told["slip"]]

    assert len(named) > 25
    assert [(row["answer"], slip) for row, slip in named if slip not in row["slips"]] == []
