"""The filter, held to tables of answers, and to answering whatever comes in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sig_checker.filter import run

TABLES = Path(__file__).parent / "tables"


def ask(*lines: str) -> list[dict[str, Any]]:
    target = io.StringIO()
    run(io.StringIO("".join(line + "\n" for line in lines)), target)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (TABLES / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("table", ["answers.jsonl", "extremes.jsonl"])
def test_no_wrong_answer_is_accepted_and_no_right_one_turned_away(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = [r for r in rows(table) if not r.get("either")]
    said = ask(*(json.dumps({k: r[k] for k in ("id", "task", "syntax", "answer")}) for r in asked))

    assert [s["id"] for s in said] == [r["id"] for r in asked]
    undecided = 0
    for row, got in zip(asked, said, strict=True):
        full = got["points"] == got["max_points"] > 0
        undecided += got["verdict"] == "undecided"
        if row["correct"]:
            assert full or got["verdict"] == "undecided" or (row["kind"] == "unstable" and got["points"] > 0), row
        else:
            assert not full, row
        assert isinstance(got["points"], float)
        assert got["message"]
    assert undecided == 0
    assert list(tmp_path.iterdir()) == []  # nothing that stood in an answer was run


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        "7",
        '"x"',
        "{}",
        '{"id": 1}',
        '{"id": 1, "task": 5}',
        '{"id": 1, "task": "q9"}',
        '{"id": 1, "task": "q1_derivative"}',
        '{"id": 1, "task": "q1_derivative", "syntax": "klingon", "answer": "a"}',
        '{"id": 1, "task": "identity", "answer": "x"}',
        '{"id": 1, "task": "identity", "answer": "x", "expected": "x +"}',
        '{"id": 1, "task": "q2_maximum", "syntax": "numpy", "answer": "x"}',
        '{"id": 1, "task": "q1_function", "syntax": "numpy", "answer": null}',
        "[" * 100_000,
        '{"id": 1, "task": "q1_derivative", "answer": NaN}',
        '{"id": 1, "task": "q2_maximum", "answer": 1e999}',
        '{"id": {"a": []}, "task": "q1_steps", "answer": [1, 2]}',
    ],
)
def test_each_line_gets_a_line_and_no_points(line: str) -> None:
    first, second = ask(line, '{"id": "after", "task": "q1_derivative", "answer": "a(1-a)"}')

    assert first["points"] == 0.0
    assert first["verdict"] in ("unreadable", "refuted")
    assert second["points"] == 10.0  # the filter goes on as if nothing had happened


def test_a_verdict_has_all_its_fields() -> None:
    (got,) = ask('{"id": "7", "task": "q1_derivative", "syntax": "plain", "answer": "e^-z/(1+e^-z)"}')

    assert (got["id"], got["task"], got["verdict"], got["slip"]) == ("7", "q1_derivative", "refuted", "missing_square")
    assert (got["points"], got["max_points"]) == (0.0, 10.0)
    assert set(got["witness"]) == {"z", "answer", "truth"}
    assert got["certificate"] is None
    assert got["seconds"] >= 0


def test_other_answers_may_be_given_for_errors_carried_forward() -> None:
    (got,) = ask(json.dumps({"id": 1, "task": "q1_backprop", "answer": "2 g a(1-a)", "given": {"q1_derivative": "2a(1-a)"}}))

    assert got["points"] == 4.0
