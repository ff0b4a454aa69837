"""The students' page says what students will see, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from catalogue import CATALOGUE, translations

from sig_checker.exercises import load
from sig_checker.judging import judge
from sig_checker.notebook.answers import describe
from sig_checker.verdicts import Verdict

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "students.md").read_text(encoding="utf-8")
KOREAN, ENGLISH = PAGE.split("\n---\n")
SHOWN = translations(CATALOGUE.read_bytes())  # English -> Korean


def quoted(part: str) -> list[str]:
    return re.findall("“([^”]+)”", part)


def typed(part: str) -> list[str]:
    rows = [line for line in part.splitlines() if line.startswith("| ") and '`"' in line]
    return [span for row in rows for span in re.findall(r"`([^`]+)`", row)]


def test_what_is_quoted_is_what_reports_say() -> None:
    assert len(quoted(ENGLISH)) >= 8
    assert [SHOWN.get(x) for x in quoted(ENGLISH)] == quoted(KOREAN)


def test_both_languages_have_the_same_sections_and_spans() -> None:
    def shape(part: str) -> list[tuple[str, ...]]:
        return [tuple(re.findall(r"`[^`]+`", line)) for line in part.splitlines() if re.match(r"#|\||\d\.", line)]

    assert shape(KOREAN) == shape(ENGLISH)


@pytest.mark.parametrize("span", typed(KOREAN))
def test_every_notation_is_read(span: str) -> None:
    answer = describe(ast.literal_eval(span))
    task = "q2_argmin" if re.search("oo|∞|infty", span) else "q1_backprop"

    assert judge(load("sigmoid-7-02"), task, answer).report.verdict is not Verdict.UNREADABLE
