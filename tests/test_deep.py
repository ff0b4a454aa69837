"""Answers whose parts stand in one another on many levels: each gets its report, shown in whole, whatever it holds."""

from __future__ import annotations

import pickle

import pytest

from sig_checker import judging
from sig_checker.exercises import load
from sig_checker.judging import judge
from sig_checker.notebook.display import ShownReport
from sig_checker.notebook.pictures import pictures
from sig_checker.question import Question
from sig_checker.verdicts import Report, Verdict

EXERCISE = load("sigmoid-7-02")
TASKS = [task.id for task in EXERCISE.tasks if task.asks not in ("essay", "meaning")]


def nested(form: str, levels: int) -> str:
    text = "z"
    for _ in range(levels):
        text = form.format(text)
    return text


TOO_DEEP = {
    "factorials": "z" + "!" * 400,
    "very many factorials": "z" + "!" * 3000,
    "primes": "z" + "'" * 400,
    "divisions in brackets": nested("({}/2/2/2/2/2/2/2/2/2/2)", 50),
    "divisions in fractions": nested(r"\frac{{{}/2/2/2/2/2/2/2/2}}{{3}}", 40),
    "factorials in functions": nested("sin({}!!!!!!!!!!)", 50),
    "factorials in roots": nested(r"\sqrt{{{}!!!!}}", 55),
    "sums in functions": nested("sin(1-2*{})", 55),
}
DEEP = {
    "functions": nested("exp({})", 55),
    "sums in functions": nested("sin(1-{})", 33),
    "factorials": "z" + "!" * 98,
    "divisions": nested("({}/2/3)", 40),
    "powers": nested("({})^2", 49),
    "fractions": nested(r"\frac{{1}}{{1+{}}}", 33),
    "cases": nested(r"\begin{{cases}} {}+1 & z>0 \\ 0 & z\le 0\end{{cases}}", 30),
    "primes": nested("({})'", 48),
}


def reported(task: str, text: str) -> Report:
    """The report, when it has been shown in both languages, drawn and sent as from one process to another."""
    answer = {"kind": "data", "value": [text, "a(1-a)"] if task == "q1_steps" else text}
    given = {"q1_derivative": {"kind": "data", "value": text}}
    judgement = judge(EXERCISE, task, answer, given=given, seed="1")
    drawn = pictures(EXERCISE, EXERCISE.task(task), judgement.report, answer, "full")
    for language in ("ko", "en"):
        ShownReport(task, judgement.report, "full", language, points=0.0, max_points=1.0, pictures=drawn).mimebundle()
    assert pickle.loads(pickle.dumps(judgement)) == judgement
    return judgement.report


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP)
@pytest.mark.parametrize("task", TASKS)
def test_what_is_too_deep_is_not_read_and_told_so(task: str, text: str) -> None:
    report = reported(task, text)

    assert report.verdict is Verdict.UNREADABLE
    if task == "q1_derivative":
        assert "more than 100 levels" in str(report.message)


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("task", TASKS)
def test_what_is_as_deep_as_can_be_read_has_its_report(task: str, text: str) -> None:
    assert reported(task, text).verdict in (Verdict.REFUTED, Verdict.UNREADABLE, Verdict.UNDECIDED)


def test_what_goes_too_deep_while_it_is_worked_out_goes_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def deeper(question: Question) -> Report:
        return deeper(question)

    monkeypatch.setitem(judging.JUDGES, "derivative", deeper)  # type: ignore[misc]
    assert judge(EXERCISE, "q1_derivative", {"kind": "data", "value": "a(1-a)"}).needs_person
