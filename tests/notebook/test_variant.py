"""A student's own session: which function is shown and judged, and what is said where the id is not known."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sig_checker import show_exercise, submit
from sig_checker.errors import ConfigError
from sig_checker.evidence import CHALLENGE
from sig_checker.notebook import variant

ROOT = Path(__file__).resolve().parents[2]
NAME = "sigmoid-temperature"
# of kim, lee and park: sha256sum modulo 4 (see tests/authoring/test_table.py)
VALUES = {"kim": "2", "lee": "4", "park": "3"}

q1_derivative: object = None  # what `submit` finds in the "notebook", which is this module


@pytest.fixture(autouse=True)
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder as nbgrader releases it, in which nothing but the student's files lies, and nobody is logged in."""
    for name in (NAME, "tanh"):
        shutil.copytree(ROOT / "source" / name, tmp_path / name)
    for name in ("JUPYTERHUB_USER", "NB_USER", "NBGRADER_EXECUTION", CHALLENGE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path / NAME)
    variant._written.clear()


@pytest.mark.parametrize(("student", "k"), VALUES.items())
def test_the_function_is_that_of_the_id(student: str, k: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_exercise(NAME, student=student)

    shown = capsys.readouterr().out
    assert f"k = {k}:" in shown
    assert f"exp(-z/{k})" in shown
    assert student in shown


def test_the_login_of_jupyterhub_is_the_id(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "lee")
    show_exercise(NAME)

    assert "exp(-z/4)" in capsys.readouterr().out


def test_an_id_beside_another_login_is_shown_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "lee")
    show_exercise(NAME, student="kim")

    shown = capsys.readouterr().out
    assert "exp(-z/2)" in shown
    assert "로그인한 아이디는 lee입니다" in shown


def test_the_user_of_a_container_is_nobody(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NB_USER", "jovyan")
    show_exercise(NAME)

    assert "student_id" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["a(1-a)/2", "a(1-a)/k", "e^(-z/2)/(2(1+e^(-z/2))^2)"])
def test_answers_are_judged_for_the_own_function(answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_exercise(NAME, student="kim")
    submit("q1_derivative", answer, exercise=NAME)

    shown = capsys.readouterr().out
    assert "kim 님의 함수를 기준으로" in shown
    assert "q1_derivative: 맞습니다" in shown


def test_the_answer_of_another_student_is_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    show_exercise(NAME, student="kim")
    submit("q1_derivative", "a(1-a)/4", exercise=NAME)

    shown = capsys.readouterr().out
    assert "맞지 않습니다" in shown
    assert "매개변수의 값이 다른 함수의 답입니다" in shown


def test_without_an_id_nothing_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert repr(submit("q1_derivative", "a(1-a)/2", exercise=NAME)) == "0.0"

    shown = capsys.readouterr().out
    assert "student_id" in shown
    assert "맞습니다" not in shown


def test_what_a_meaning_should_be_is_not_known_here(capsys: pytest.CaptureFixture[str]) -> None:
    show_exercise(NAME, student="kim")
    submit("q3_at_zero", {"probability": 0.5, "certainty": "uncertain", "update": "largest"}, exercise=NAME)

    shown = capsys.readouterr().out
    assert "certainty: uncertain" in shown
    assert "맞" not in shown


def test_an_exercise_without_parameters_needs_no_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path.cwd().parent / "tanh")
    show_exercise("tanh")
    submit("q1_derivative", "1 - a^2", exercise="tanh")

    shown = capsys.readouterr().out
    assert "a = tanh(z)" in shown
    assert "q1_derivative: 맞습니다" in shown


def test_an_exercise_that_is_not_here_is_named() -> None:
    with pytest.raises(ConfigError, match="no exercise is called 'tahn'"):
        submit("q1_derivative", "1", exercise="tahn")


def test_the_grader_is_shown_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(CHALLENGE, "/nowhere")
    show_exercise("no exercise of this name", student="kim")

    assert capsys.readouterr().out == ""
