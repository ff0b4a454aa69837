"""Feedback pages show the rubric and not the lines by which nbgrader finds it."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.config import Config

from sig_checker.grading.feedback import HideMarkers

ESSAY = "Explain.\n\n=== BEGIN MARK SCHEME ===\n\n**4 points** for the reason.\n\n=== END MARK SCHEME ===\n"


def cell(source: str, *, task: bool) -> object:
    return new_markdown_cell(source, metadata={"nbgrader": {"grade_id": "essay", "task": task, "grade": False}})


def shown(source: str, *, task: bool = True, config: Config | None = None) -> str:
    notebook, _ = HideMarkers(config=config)(new_notebook(cells=[cell(source, task=task)]), {})
    return str(notebook.cells[0].source)


def test_the_rubric_stays_and_the_markers_go() -> None:
    text = shown(ESSAY)

    assert "MARK SCHEME" not in text
    assert text.split() == ["Explain.", "**4", "points**", "for", "the", "reason."]


@pytest.mark.parametrize("source", ["Explain.", "", "a line\n\n    with blanks  "])
def test_a_task_without_a_mark_scheme_is_left_alone(source: str) -> None:
    assert shown(source) == source


def test_what_a_student_wrote_is_left_alone() -> None:
    assert shown(ESSAY, task=False) == ESSAY


def test_a_course_may_spell_its_markers_otherwise() -> None:
    config = Config({"ClearMarkScheme": {"begin_mark_scheme_delimeter": "<rubric>", "end_mark_scheme_delimeter": "</rubric>"}})

    assert shown("Why?\n<rubric>\n1 point\n</rubric>", config=config) == "Why?\n1 point"
