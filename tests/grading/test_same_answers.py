"""Equal answers get what the judge says, whoever asked before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sig_checker.exercises import load
from sig_checker.grading.steps import same_answers
from sig_checker.grading.steps.board import Board
from sig_checker.grading.steps.same_answers import SameAnswers
from sig_checker.judging import judge, looks_beside

EXERCISE = load("sigmoid-7-02")
RIGHT, WRONG, TRUE_OF_WRONG = "a(1-a)", "z(1-z)", "dL/da * z(1-z)"


def data(value: object) -> dict[str, Any]:
    return {"kind": "data", "value": value}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What the judge itself was asked, which goes on judging."""
    questions: list[tuple[str, object]] = []

    def noted(exercise: Any, task: str, answer: Any, **options: Any) -> Any:
        questions.append((task, answer.get("value")))
        return judge(exercise, task, answer, **options)

    monkeypatch.setattr(same_answers, "judge", noted)
    return questions


def test_the_second_of_equal_answers_is_not_judged(asked: list[tuple[str, object]]) -> None:
    same = SameAnswers()
    answers = [RIGHT, WRONG, RIGHT, "a (1-a)", WRONG]
    told = [same.judge(EXERCISE, "q1_derivative", data(x), given={}, seed="1").judgement for x in answers]
    assert told == [judge(EXERCISE, "q1_derivative", data(x)) for x in answers]
    assert [x.points for x in told] == [10.0, 0.0, 10.0, 10.0, 0.0]
    assert [value for _, value in asked] == [RIGHT, WRONG, "a (1-a)"]


def test_a_wrong_derivative_beside_makes_another_question(asked: list[tuple[str, object]]) -> None:
    same, answer = SameAnswers(), data(TRUE_OF_WRONG)
    given: list[dict[str, Any]] = [{}, {"q1_derivative": data(WRONG)}, {"q1_derivative": data(RIGHT)}, {}]
    told = [same.judge(EXERCISE, "q1_backprop", answer, given=x, seed=None).judgement for x in given]
    assert told == [judge(EXERCISE, "q1_backprop", answer, given=x) for x in given]
    assert told[1].points > told[0].points == told[2].points == told[3].points
    assert len(asked) == 3


def test_what_stands_beside_makes_no_other_question_where_it_cannot_matter(asked: list[tuple[str, object]]) -> None:
    same = SameAnswers()
    for beside in ({}, {"q1_backprop": data("1")}, {"q1_steps": data(["1", "2"])}):
        same.judge(EXERCISE, "q1_derivative", data(RIGHT), given=beside, seed=None)
    assert len(asked) == 1
    assert [x.id for x in EXERCISE.tasks if looks_beside(EXERCISE, x.id)] == ["q1_backprop", "q1_backprop_function"]


@pytest.mark.parametrize("task", [x.id for x in EXERCISE.tasks if not looks_beside(EXERCISE, x.id)])
def test_other_tasks_are_judged_alike_whatever_stands_beside(task: str) -> None:
    beside = {x.id: data(TRUE_OF_WRONG) for x in EXERCISE.tasks if x.id != task}
    for value in (RIGHT, WRONG, TRUE_OF_WRONG, "0.25", "z=0", [WRONG, RIGHT]):
        assert judge(EXERCISE, task, data(value), given=beside) == judge(EXERCISE, task, data(value))


def test_exercise_task_and_seed_make_other_questions(asked: list[tuple[str, object]]) -> None:
    same, other = SameAnswers(), replace(EXERCISE, name="tanh", function="tanh(z)")
    for exercise, task, seed in (
        (EXERCISE, "q1_derivative", "1"), (EXERCISE, "q1_derivative", "2"), (EXERCISE, "q1_backprop", "1"),
        (other, "q1_derivative", "1"),
    ):  # fmt: skip
        found = same.judge(exercise, task, data(RIGHT), given={}, seed=seed).judgement
        assert found == judge(exercise, task, data(RIGHT), seed=seed)
    assert len(asked) == 4


def test_what_a_person_decides_is_asked_again(asked: list[tuple[str, object]]) -> None:
    same = SameAnswers()
    for _ in range(2):
        assert same.judge(EXERCISE, "q2_maximum", data("about 0.25"), given={}, seed=None).judgement.needs_person
    assert len(asked) == 2


def test_the_oldest_is_forgotten(asked: list[tuple[str, object]]) -> None:
    same = SameAnswers(most=2)
    for value in ("1", "2", "1", "3", "1", "2"):  # at "3" the 2 has not been asked for the longest
        same.judge(EXERCISE, "q1_derivative", data(value), given={}, seed=None)
    assert [value for _, value in asked] == ["1", "2", "3", "2"]


def test_what_is_shown_is_made_once_for_each_way() -> None:
    judged = SameAnswers().judge(EXERCISE, "q1_derivative", data(RIGHT), given={}, seed=None)
    made: list[str] = []

    def show(name: str) -> dict[str, str]:
        made.append(name)
        return {"text/plain": name}

    assert [judged.shown(name, lambda name=name: show(name))["text/plain"] for name in "abab"] == list("abab")
    assert made == ["a", "b"]


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[None]:
    """As a worker is that has been told of a board."""
    same_answers.share(Board(tmp_path / "board"))
    yield
    same_answers.share(None)


@pytest.mark.usefixtures("shared")
def test_what_another_process_has_judged_is_not_judged_here(asked: list[tuple[str, object]]) -> None:
    answers = [("q1_derivative", RIGHT), ("q1_derivative", WRONG), ("q2_maximum", "1/4"), ("q2_minimum", "0")]
    told = []
    for _ in range(2):  # two processes, which know nothing of each other but through the board
        same = SameAnswers()
        told.append([same.judge(EXERCISE, task, data(x), given={}, seed="1").judgement for task, x in answers])
    assert told[0] == told[1] == [judge(EXERCISE, task, data(x), seed="1") for task, x in answers]
    assert len(asked) == len(answers)
    SameAnswers().judge(EXERCISE, "q1_derivative", data(RIGHT), given={}, seed="2")
    assert len(asked) == len(answers) + 1


@pytest.mark.usefixtures("shared")
def test_what_another_process_has_shown_is_not_made_here() -> None:
    made: list[tuple[object, ...]] = []
    for how in (("en", 10.0), ("ko", 10.0), ("en", 10.0), ("ko", 10)):
        judged = SameAnswers().judge(EXERCISE, "q1_derivative", data(RIGHT), given={}, seed=None)
        shown = judged.shown(how, lambda how=how: made.append(how) or {"text/plain": repr(how)})  # type: ignore[misc]
        assert shown == {"text/plain": repr(how)}
    assert made == [("en", 10.0), ("ko", 10.0), ("ko", 10)]


@pytest.mark.usefixtures("shared")
def test_what_a_person_decides_is_asked_again_by_each_process(asked: list[tuple[str, object]]) -> None:
    made: list[int] = []
    for number in range(2):
        judged = SameAnswers().judge(EXERCISE, "q2_maximum", data("about 0.25"), given={}, seed=None)
        assert judged.judgement.needs_person
        assert judged.shown("how", lambda number=number: made.append(number) or {}) == {}  # type: ignore[misc]
    assert len(asked) == 2
    assert made == [0, 1]
