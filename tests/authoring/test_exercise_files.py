"""A course's own exercise: what a file may say, and that anything else is refused with the place and a hint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sig_checker.authoring.writing import table
from sig_checker.errors import ConfigError
from sig_checker.exercise_files import read_exercise, with_expected
from sig_checker.exercises import load
from sig_checker.judging import judge
from sig_checker.verdicts import Verdict

GOOD = '''name = "swish"
function = "z/(1+exp(-k z))"
language = "en"
seed = "2026"

[parameters]
k = [1, "1/2"]

[[tasks]]
id = "d"
asks = "derivative"
points = 2.5
feedback = "full"

[[tasks]]
id = "m"
asks = "meaning"
points = 3
'''


def write(folder: Path, text: str) -> Path:
    file = folder / "exercise.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_says_what_is_asked(tmp_path: Path) -> None:
    exercise = read_exercise(write(tmp_path, GOOD))

    assert (exercise.name, exercise.variable, exercise.activation, exercise.language) == ("swish", "z", "a", "en")
    assert (exercise.task("d").points, exercise.task("d").feedback, exercise.task("m").feedback) == (2.5, "full", "read")
    assert exercise.choices == {"k": ("1", "1/2")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param('name = "swish"', 'nam = "swish"', "Did you mean 'name'", id="a misspelt entry"),
        pytest.param('name = "swish"', "", "name is missing", id="no name"),
        pytest.param('name = "swish"', 'name = "../swish"', "can stand in it", id="a path for a name"),
        pytest.param('"z/(1+exp(-k z))"', "7", "a text in quotes", id="a number for the function"),
        pytest.param('language = "en"', 'language = "de"', "known are", id="another language"),
        pytest.param('language = "en"', 'variable = "zz"', "one Latin letter", id="a long variable"),
        pytest.param('language = "en"', 'variable = "a"', "both", id="one letter for two things"),
        pytest.param('seed = "2026"', "", "has a seed", id="no seed"),
        pytest.param("k = [1", "k = [0.5", "Write it as text", id="an inexact number"),
        pytest.param("k = [1", "e = [1", "something else", id="a letter that is taken"),
        pytest.param("[parameters]", "[[parameters]]", "a table such as", id="parameters of another kind"),
        pytest.param('asks = "derivative"', 'asks = "derivation"', "Did you mean 'derivative'", id="an unknown question"),
        pytest.param('asks = "derivative"', "", "asks is missing", id="nothing is asked"),
        pytest.param("points = 2.5", "points = 0", "between 0 and 1000", id="no points"),
        pytest.param("points = 2.5", 'points = "2.5"', "points cannot be", id="points as text"),
        pytest.param("points = 2.5", "points = true", "points cannot be", id="points as a truth value"),
        pytest.param("points = 2.5", "points = nan", "between 0 and 1000", id="points that are no number"),
        pytest.param('feedback = "full"', 'feedback = "all"', "known are", id="unknown feedback"),
        pytest.param("points = 3", 'points = 3\nfeedback = "hint"', 'only be "read"', id="feedback that needs the truth"),
        pytest.param('id = "m"', 'id = "d"', "twice", id="a task twice"),
        pytest.param('id = "m"', 'id = "m 1"', "names of Python", id="no name for a notebook"),
        pytest.param("points = 3", 'points = 3\nexpected = {x = "y"}', "unknown entry 'expected'", id="the truth"),
        pytest.param("[[tasks]]", "[tasks", "is no TOML", id="broken"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_file_and_entry(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    file = write(tmp_path, GOOD.replace(old, new, 1))

    with pytest.raises(ConfigError) as refused:
        read_exercise(file)
    assert str(file) in str(refused.value)
    assert message in str(refused.value)


def test_a_file_that_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        read_exercise(tmp_path / "exercise.toml")
    (tmp_path / "exercise.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match="is no TOML"):
        read_exercise(tmp_path / "exercise.toml")


def test_it_is_found_beside_the_notebooks_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD)

    assert load("swish", tmp_path).name == "swish"
    with pytest.raises(ConfigError, match="has 'swish'"):
        load("swich", tmp_path)
    with pytest.raises(ConfigError, match="there is no file"):
        load("swish", tmp_path / "elsewhere")


def test_the_packages_own_exercise_cannot_be_replaced(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace('"swish"', '"sigmoid-7-02"'))

    assert load("sigmoid-7-02", tmp_path).function == "1/(1+exp(-z))"


def test_without_what_is_expected_a_meaning_earns_nothing(tmp_path: Path) -> None:
    exercise = read_exercise(write(tmp_path, GOOD)).for_student("kim")

    judged = judge(exercise, "m", {"kind": "data", "value": {"certainty": "certain"}})
    assert (judged.report.verdict, judged.points) == (Verdict.UNDECIDED, 0.0)
    assert judged.report.read_as == "certainty: certain"


def test_what_is_expected_decides_a_meaning(tmp_path: Path) -> None:
    exercise = with_expected(read_exercise(write(tmp_path, GOOD)), {"m": {"p": ["1/2"], "sure": "no"}}).for_student("kim")

    assert judge(exercise, "m", {"kind": "data", "value": {"p": 0.5, "sure": "no"}}).points == 3.0
    assert judge(exercise, "m", {"kind": "data", "value": {"p": 0.5, "sure": "yes"}}).points == 1.5


@pytest.mark.parametrize(
    ("expected", "message"),
    [({}, "is missing"), ({"m": {}}, "is missing"), ({"m": {"p": 1}}, "a list of texts"), ({"n": {"p": "x"}}, "unknown entry")],
)
def test_what_is_expected_must_be_complete(tmp_path: Path, expected: Any, message: str) -> None:
    exercise = read_exercise(write(tmp_path, GOOD))

    with pytest.raises(ConfigError, match=message):
        with_expected(exercise, expected)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    awkward = ["a\\b", "it's", 'say "so"', "two\nlines\n", "\t", "끝", "'''", "\\frac{1}{2} it's"]
    text = GOOD.replace('name = "swish"', table("", {"name": "swish", "title": awkward[0]}).strip())

    assert read_exercise(write(tmp_path, text)).title == awkward[0]
    for found in awkward:
        write(tmp_path, GOOD.replace('seed = "2026"', table("", {"seed": found}).strip()))
        assert read_exercise(tmp_path / "exercise.toml").seed == found


LEVELS = 'q2_maximum = "hint"\nq3_at_zero = "full"\n'


def test_an_instructor_opens_tasks_of_the_packages_exercise(tmp_path: Path) -> None:
    before = load("sigmoid-7-02", tmp_path)
    (tmp_path / "feedback.toml").write_text(LEVELS, encoding="utf-8")
    after = load("sigmoid-7-02", tmp_path)

    changed = {x.id: (x.feedback, y.feedback) for x, y in zip(before.tasks, after.tasks, strict=True) if x != y}
    assert changed == {"q2_maximum": ("read", "hint"), "q3_at_zero": ("read", "full")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("q2_maximum", "q2_maximun", "Did you mean 'q2_maximum'", id="a misspelt task"),
        pytest.param('"hint"', '"all"', "known are read, hint, full", id="an unknown level"),
        pytest.param('"hint"', "true", "known are read, hint, full", id="a truth value"),
        pytest.param("q2_maximum =", "[q2_maximum", "is no TOML", id="broken"),
    ],
)
def test_levels_that_there_are_not_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "feedback.toml").write_text(LEVELS.replace(old, new), encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load("sigmoid-7-02", tmp_path)
    assert "feedback.toml" in str(refused.value)
    assert message in str(refused.value)
