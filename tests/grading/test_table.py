"""The score table can be read at 80 columns."""

from __future__ import annotations

import io

from rich.console import Console

from sig_checker.exercises import load
from sig_checker.grading.batch.table import print_table
from sig_checker.grading.results import Cell, Graded


def _printed(graded: list[Graded]) -> str:
    out = io.StringIO()
    print_table(Console(file=out, width=80), graded, "en")
    return out.getvalue()


def _class(points: float | None = None, slip: str | None = None) -> Graded:
    tasks = load("sigmoid-7-02").tasks
    cells = [Cell("q1", x.id, points if i == 1 else x.points, x.points, slip) for i, x in enumerate(tasks)]
    return Graded("demo-no-inner-derivative", cells=cells)


def test_points_persons_and_sums_stand_in_the_grid() -> None:
    text = _printed([_class(), _class(3.333)])
    rows = [line.split() for line in text.splitlines() if line.startswith("demo-no-inner-derivative")]

    assert rows[0][1:] == ["8", "?", "10", "8", "4", "6", "6", "6", "6", "6", "8", "8", "14", "90"]
    assert rows[1][1:3] == ["8", "3.3"]
    assert rows[1][-1] == "93.33"


def test_no_line_is_wider_than_a_terminal_and_no_name_is_cut() -> None:
    text = _printed([_class(2 / 3, "missing_inner_derivative"), Graded("x" * 30, failed=True)])

    assert max(map(len, text.splitlines())) <= 80
    squeezed = "".join(text.split())
    for task in load("sigmoid-7-02").tasks:
        assert task.id in squeezed
    assert "1,2,3,4,5,6,7,8,9,10,11,12,13missing_inner_derivative" in squeezed
    assert "…" not in text


def test_a_submission_that_was_not_graded_is_marked() -> None:
    text = _printed([_class(1.0), Graded("lost", failed=True)])
    row = next(line for line in text.splitlines() if line.startswith("lost"))

    assert set(row.split()[1:]) == {"!"}
