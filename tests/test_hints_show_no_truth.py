"""Below the feedback level "full" no report of a wrong answer shows the right one, in any language, format or spelling.

What the student wrote, and values of what the student wrote, may be shown. Everything else of a rendered report is searched
for the digits of the truth's enclosure, for spellings of every right answer of the exercise, and, piece by piece, by the judge:
no formula and no number in it may be a right answer to the task.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from spellings import SPELLINGS, squeezed

from sig_checker.claims.mistakes import SLIPS
from sig_checker.exercises import load
from sig_checker.filter import Filter
from sig_checker.judging import judge
from sig_checker.language import translate
from sig_checker.notebook.display import ShownReport
from sig_checker.reading import to_plain
from sig_checker.verdicts import Message, Report, Verdict, Witness

EXERCISE = load("sigmoid-7-02")
TABLES = Path(__file__).parent / "tables"
LANGUAGES = ("en", "ko")
# a point of a witness; where a function is looked at is the judge's choice
POINT = re.compile(r"(?:\bz|dL/?\\?_?da|upstream) = -?[\d/.e+-]+")


BACKPROP = "import numpy as np\ndef backprop(g, z):\n    a = 1/(1 + np.exp(-z))\n    return {}\n"
MORE = [
    *[("q1_backprop_function", "numpy", BACKPROP.format(x)) for x in ("a*(1-a)", "g + a*(1-a)", "g*a", "g", "z*g*(1-g)")],
    *[("q2_argmax", "auto", x) for x in (1, "oo", "1/2", [0, 1], "z")],
    *[("q2_argmin", "auto", x) for x in (0, "oo", [0, "oo", "-oo"], "ln 2")],
    *[("q2_minimum", "auto", x) for x in ("-1", "0.0001", "-oo", "1/4")],
    *[("q2_maximum", "auto", x) for x in (0.2, "1/5", "1", "0.24", "oo")],
    *[("q2_second_derivative", "auto", x) for x in ("-a(1-a)(1-2a)", "a(1-a)", "1-2a", "a(1-a)(1+2a)")],
]


def rows() -> Iterator[dict[str, Any]]:
    for table in ("answers.jsonl", "extremes.jsonl"):
        for line in (TABLES / table).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["correct"] is False and not row.get("either"):
                yield {**row, "id": f"{table} {row['id']}"}
    yield from ({"id": "more", "task": task, "syntax": syntax, "answer": answer} for task, syntax, answer in MORE)


@cache
def reports() -> list[tuple[dict[str, Any], Report]]:
    with Filter(EXERCISE) as judging:
        return [(row, judging._judge(row).report) for row in rows()]


def own(row: dict[str, Any], report: Report) -> list[str]:
    """What the student wrote, as it may be shown, and what it is worth at a point."""
    texts = [str(x) for x in (row["answer"] if isinstance(row["answer"], list) else [row["answer"]])]
    texts += [x for x in (report.read_as, report.read_as_latex) if x]
    texts += [line for x in texts for line in x.splitlines()]
    told = ("step", "value", "text", "place", "given", "names")
    texts += [str(x) for name, x in report.message.values.items() if name in told]
    if report.witness is not None and report.witness.shows != "place":
        texts += [report.witness.answer, re.sub(r"^\[(\S+) \+/- (\S+)\]$", r"\1 ± \2", report.witness.answer)]
    return sorted({x for x in texts if x}, key=len, reverse=True)


def rendered(report: Report, level: Any, language: str) -> str:
    """All three formats, without escapes."""
    text = "\n".join(ShownReport("task", report, level, language).mimebundle().values())
    return re.sub(r"&lt;", "<", re.sub(r"&gt;", ">", text.replace("&#x27;", "'").replace("\\", "")))


def foreign(row: dict[str, Any], report: Report, level: Any, language: str) -> str:
    """The rendered report without what the student wrote."""
    text = re.sub(r"<[^>\n]*>", " ", rendered(report, level, language))
    other = translate(SLIPS["tanh_derivative"], language)  # names the function that it is not
    text = re.sub(re.escape(other), "", text, flags=re.IGNORECASE)
    for piece in own(row, report):
        if len(piece) > 8:
            text = re.sub(rf"(?<!\d){re.escape(piece.replace(chr(92), ''))}(?!\d)", " ", text)
        # a short one may stand inside a number or a formula that is not the student's
        text = re.sub(rf"(?<![\w^(/*.]){re.escape(piece.replace(chr(92), ''))}(?![\w^)/*]|\.\d)", " ", text)
    return text


def digits(ball: str) -> str | None:
    """The first ten digits of the middle of a ball; None where they are too few to be told from a count."""
    found = re.search(r"\d+\.\d+", ball)
    text = found[0].rstrip("0")[:12] if found else ""
    return text if len(text.strip("0.")) >= 4 else None


def shows_digits(text: str, report: Report) -> bool:
    wanted = digits(report.witness.truth) if report.witness is not None else None
    return wanted is not None and wanted in text


def spelled(text: str) -> set[str]:
    tight = squeezed(POINT.sub("", text))
    return {x for subject, spellings in SPELLINGS.items() if subject != "the rubric" for x in spellings if x in tight}


@cache
def is_right(task: str, piece: str) -> bool:
    return judge(EXERCISE, task, {"kind": "data", "value": piece}).report.verdict is Verdict.PROVED


def right_pieces(task: str, text: str) -> set[str]:
    """Formulas and numbers in a text that are right answers to the task."""
    pieces = {x.strip(".,;:") for line in text.splitlines() for x in re.split(r"[\s`$]+", POINT.sub("", line))}
    formula = r"[\w^*/+()'.σ²·-]+(?: [-+*/=] [\w^*/+()'.σ²·-]+)+"
    pieces |= {x.strip(" .") for line in text.splitlines() for x in re.findall(formula, line)}
    return {x for x in pieces if re.search(r"[\w∞]", x) and len(x) < 200 and is_right(task, x)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", ["read", "hint"])
def test_no_report_of_a_wrong_answer_shows_the_right_one(level: str, language: str) -> None:
    shown = 0
    for row, report in reports():
        text = foreign(row, report, level, language)
        mine = squeezed("\n".join(own(row, report)))
        where = (row["id"], row["answer"], text)
        assert not shows_digits(text, report), where
        assert {x for x in spelled(text) if x not in mine} == set(), where
        if EXERCISE.task(row["task"]).asks not in ("function", "backprop_function", "meaning", "essay"):
            assert right_pieces(row["task"], text) == set(), where
        shown += len(text) > 10
    assert shown > 100
    assert {row["task"] for row, _ in reports()} >= {t.id for t in EXERCISE.tasks} - {"q3_essay"}


def test_the_search_finds_the_truth_where_it_is_shown() -> None:
    """At the level "full" the truth's digits stand beside every witness that has some."""
    with_truth = [
        (row, r) for row, r in reports()
        if r.witness is not None and digits(r.witness.truth) not in (None, digits(r.witness.answer))
    ]  # fmt: skip
    assert len(with_truth) > 60
    for row, report in with_truth:
        assert shows_digits(foreign(row, report, "full", "en"), report), row


@pytest.mark.parametrize(
    ("task", "lie"),
    [
        ("q1_derivative", "Not right: it is a*(1 - a)."),
        ("q1_derivative", "Not right: compare with σ(z) (1 − σ(z))."),
        ("q1_derivative", "맞지 않습니다. e^z/(1 + e^z)^2 이어야 합니다."),
        ("q1_derivative", "Not right: it is 1/(2 + e^z + e^(-z))"),
        ("q2_maximum", "Not right: 0.25 is larger."),
        ("q2_maximum", "최댓값은 4분의 1입니다."),
        ("q2_maximum", "Not right: it is 2^(-2)"),
        ("q2_argmax", "Not right: look at 0."),
        ("q2_argmin", "Not right: it is ±∞."),
        ("q2_minimum", "Not right: it is 0."),
        ("q2_second_derivative", "it is a*(1 - a)*(1 - 2*a)"),
        ("q1_backprop", "it is dL/da*a*(1 - a)"),
    ],
)
def test_a_report_that_shows_the_truth_would_be_found(task: str, lie: str) -> None:
    report = Report(Verdict.REFUTED, Message(lie.replace("{", "{{").replace("}", "}}")))
    text = foreign({"answer": "nothing"}, report, "hint", "en")

    assert spelled(text) or right_pieces(task, text)


def test_digits_of_the_truth_would_be_found() -> None:
    report = Report(Verdict.REFUTED, Message("Not right."), witness=Witness({"z": "1"}, "0.5", "[0.196611933 +/- 5e-10]"))

    assert not shows_digits(foreign({"answer": "nothing"}, report, "hint", "en"), report)
    assert shows_digits(foreign({"answer": "nothing"}, report, "full", "en"), report)


def test_own_writing_is_left_out_of_the_search() -> None:
    report = judge(EXERCISE, "q1_derivative", {"kind": "data", "value": "-a(1-a)"}).report

    assert to_plain(report.read.lines[0][0]) in rendered(report, "hint", "en")  # type: ignore[union-attr]
    assert "a*(1 - a)" not in foreign({"answer": "-a(1-a)"}, report, "hint", "en")
