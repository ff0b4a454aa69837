"""`sig-checker test` and `sig-checker variants`: what is not as the author says is named, and the exit status tells."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sig_checker.cli import main

ROOT = Path(__file__).resolve().parents[2]
RELEASED = ("tanh", "sigmoid-temperature")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name in ("source", "answers"):
        (tmp_path / name).mkdir()
    for name in RELEASED:
        shutil.copytree(ROOT / "source" / name, tmp_path / "source" / name)
        shutil.copy(ROOT / "answers" / f"{name}.toml", tmp_path / "answers")
    return tmp_path


def add(course: Path, name: str, text: str) -> None:
    with open(course / "answers" / f"{name}.toml", "a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


@pytest.mark.parametrize("name", RELEASED)
def test_the_released_examples_are_as_their_authors_say(name: str) -> None:
    assert main(["test", name, "--course", str(ROOT)]) == 0


@pytest.mark.parametrize(
    ("name", "row", "told"),
    [
        pytest.param("tanh", 'task = "q1_derivative"\nright = ["1 + a^2"]', "1 + a^2", id="a wrong answer called right"),
        pytest.param("tanh", 'task = "q1_derivative"\nwrong = ["1 - a^2"]', "proved", id="a right answer called wrong"),
        pytest.param("tanh", 'task = "q1_derivative"\nslip = "restated"\nwrong = ["1 + a^2"]', "restated", id="mistake"),
        pytest.param("tanh", 'task = "q1_derivative"\nperson = ["1 + a^2"]', "refuted", id="nobody needs to look"),
        pytest.param("tanh", 'task = "q2_argmin"\npoints = 2\nwrong = ["oo"]', "3 / 6", id="other points"),
        pytest.param("tanh", 'task = "q1_function"\nright = ["def slope(z):\\n    return z"]', "slope", id="a function"),
        pytest.param("sigmoid-temperature", 'task = "q2_maximum"\nright = ["1/8"]', "k = 3", id="right for one variant only"),
    ],
)
def test_a_row_that_falls_short_is_named(
    course: Path, name: str, row: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(course, name, f"[[answers]]\n{row}")

    assert main(["test", name, "--course", str(course)]) == 1
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('[[answers]]\ntask = "q9"\nright = [1]', "no task 'q9'"),
        ('[[answers]]\ntask = "q2_maximum"', "none of right, wrong, person"),
        ('[[answers]]\ntask = "q2_maximum"\nrigth = [1]', "Did you mean 'right'"),
        ('[[answers]]\ntask = "q2_maximum"\nright = 1', "a list of answers"),
        ('[[answers]]\ntask = "q2_maximum"\nright = [1]\nwhere = {q = 1}', "unknown entry 'q'"),
        ('[expected.q1_steps]\nx = "y"', "unknown entry 'q1_steps'"),
    ],
)
def test_what_is_no_table_is_refused(course: Path, row: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    add(course, "tanh", row)

    assert main(["test", "tanh", "--course", str(course)]) == 2
    assert message in capsys.readouterr().err


def test_notebooks_that_do_not_fit_the_exercise_are_named(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = course / "source" / "tanh" / "q2.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    checks = {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in notebook["cells"]}
    checks["q2_maximum"]["metadata"]["nbgrader"]["points"] = 7
    checks["q2_argmax"]["source"] = ['submit("q2_argmaxx", exercise="tanh")']
    checks["q2_minimum"]["source"] = ['submit("q2_minimum", exercise="sigmoid-7-02")']
    path.write_text(json.dumps(notebook), encoding="utf-8")

    assert main(["test", "tanh", "--course", str(course)]) == 1
    told = capsys.readouterr().out
    assert "worth 7 points in the notebook, 6 in the exercise" in told
    assert "no task q2_argmaxx" in told
    assert "the exercise sigmoid-7-02" in told
    for task in ("q2_argmax", "q2_minimum"):
        assert f"No notebook asks for {task}." in told


def test_variants_are_listed_with_their_extremes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["variants", "sigmoid-temperature", "--course", str(ROOT)]) == 0

    lines = capsys.readouterr().out.splitlines()
    for value, largest in (("1/2", "1/2"), ("2", "1/8"), ("3", "1/12"), ("4", "1/16")):  # 1/(4k)
        (line,) = [x for x in lines if x.startswith(f"k = {value} ")]
        assert f"max {largest} (0)" in line
        assert "min 0 (not attained) (-oo, oo)" in line


def test_variants_of_students_are_those_that_they_will_get(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("\ufeffkim,Kim Minsu\nlee,Lee\n\n", encoding="utf-8")

    assert main(["variants", "sigmoid-temperature", "--students", f"@{roster}", "park", "--course", str(ROOT)]) == 0
    lines = capsys.readouterr().out.splitlines()
    # by sha256sum of "sigmoid-temperature, an example", the exercise's name, k and the id, modulo 4
    assert [line.split("  ")[:2] for line in lines[:3]] == [["kim", "k = 2"], ["lee", "k = 4"], ["park", "k = 3"]]


def test_a_variant_whose_extremes_are_not_decided_is_told(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = course / "source" / "sigmoid-temperature" / "exercise.toml"
    text = file.read_text(encoding="utf-8").replace("1/(1+exp(-z/k))", "z^k/(1+exp(-z))")
    file.write_text(text, encoding="utf-8")

    assert main(["variants", "sigmoid-temperature", "--course", str(course)]) == 1
    assert "k = 1/2: " in capsys.readouterr().out


def test_an_exercise_without_parameters_has_no_variants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["variants", "tanh", "--course", str(ROOT)]) == 2
    assert "no parameters" in capsys.readouterr().err
