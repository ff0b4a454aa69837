"""`sig-checker new`: what it writes is an exercise that can be released and graded; what cannot be one is refused."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import nbformat
import pytest

from sig_checker.authoring.finding import find
from sig_checker.cli import main
from sig_checker.deciding.enclosures import enclose, exact, precision
from sig_checker.exercises import NAMES, load
from sig_checker.judging import judge

# as an author types it, and for mpmath
FUNCTIONS = {
    "tanh(z)": mpmath.tanh,
    "1/(1+exp(-z))": lambda z: 1 / (1 + mpmath.exp(-z)),
    "log(1+exp(z))": lambda z: mpmath.log(1 + mpmath.exp(z)),
    "z/(1+exp(-z))": lambda z: z / (1 + mpmath.exp(-z)),
    "atan(z)": mpmath.atan,
}


def notebooks(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.ipynb"))}


def text_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@pytest.fixture(scope="module", params=FUNCTIONS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A function, and a course with an exercise about it; in English where there is a logarithm, in Korean elsewhere."""
    course, language = tmp_path_factory.mktemp("course"), "en" if "log" in request.param else "ko"
    assert main(["new", "mine", "--function", request.param, "--language", language, "--course", str(course)]) == 0
    return request.param, course


def test_it_writes_an_exercise_that_its_author_can_test(made: tuple[str, Path]) -> None:
    _, course = made

    assert sorted(str(x.relative_to(course)) for x in course.rglob("*") if x.is_file()) == [
        "answers/mine.toml", "source/mine/exercise.toml", *(f"source/mine/q{n}.ipynb" for n in (1, 2, 3)),
    ]  # fmt: skip
    assert main(["test", "mine", "--course", str(course)]) == 0


def test_the_truth_is_that_of_the_function(made: tuple[str, Path]) -> None:
    function, course = made
    table = tomllib.loads((course / "answers" / "mine.toml").read_text(encoding="utf-8"))
    exercise = find("mine", course)
    rights = [x for block in table["answers"] if block["task"] == "q1_derivative" for x in block.get("right", [])]

    assert rights
    for answer in rights:
        assert judge(exercise, "q1_derivative", {"kind": "data", "value": answer}).points == 10.0
    with mpmath.workdps(40), precision(100):
        value = mpmath.diff(FUNCTIONS[function], mpmath.mpf("0.7"))
        ours = enclose(exercise.derivative(), {"z": exact(Fraction(7, 10))})
        assert abs(float(ours) - float(value)) < 1e-15


@pytest.fixture(scope="module")
def swish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with an exercise that has parameters, decimals and every kind of cell."""
    course = tmp_path_factory.mktemp("swish")
    command = ["new", "swish", "--function", "z/(1+exp(-k z))", "--parameter", "k=1/2,2", "--seed", "s", "--title", "Swish"]
    assert main([*command, "--course", str(course)]) == 0
    return course


def test_the_notebooks_are_valid_and_complete(swish: Path) -> None:
    found = notebooks(swish / "source" / "swish")
    assert list(found) == ["q1", "q2", "q3"]
    graded: dict[str, float] = {}
    for notebook in found.values():
        nbformat.validate(nbformat.from_dict(notebook))
        assert "«" not in json.dumps(notebook, ensure_ascii=False)
        for cell in notebook["cells"]:
            about = cell["metadata"].get("nbgrader")
            if about is None:
                continue
            assert set(about) >= {"grade", "grade_id", "locked", "schema_version", "solution", "task"}
            if about["grade"] or about["task"]:
                assert about["locked"]
                graded[about["grade_id"]] = about["points"]
    exercise = find("swish", swish)
    assert graded == {task.id: task.points for task in exercise.tasks}
    assert sum(graded.values()) == 100


def test_every_answer_cell_and_the_essay_lose_their_solution(swish: Path) -> None:
    for notebook in notebooks(swish / "source" / "swish").values():
        for cell in notebook["cells"]:
            about = cell["metadata"].get("nbgrader", {})
            if about.get("solution"):
                assert text_of(cell).count("### BEGIN SOLUTION") == text_of(cell).count("### END SOLUTION") == 1
            if about.get("task"):
                assert "=== BEGIN MARK SCHEME ===" in text_of(cell)


def test_the_essay_is_not_taken_for_one_of_the_packages_own(swish: Path) -> None:
    """A notebook with nothing but an essay names no exercise: what is pointed out in it goes by the task's id."""
    essays = {task.id for name in NAMES for task in load(name).tasks if task.rubric is not None}

    assert essays
    assert not essays & {task.id for task in find("swish", swish).tasks}


def test_extremes_without_a_closed_form_are_asked_for_in_decimals(swish: Path) -> None:
    exercise = find("swish", swish)

    assert {task.digits for task in exercise.tasks if task.asks in ("maximum", "argmax", "minimum", "argmin")} == {6}
    assert "소수" in json.dumps(notebooks(swish / "source" / "swish")["q2"], ensure_ascii=False)


def test_the_solutions_are_right(swish: Path) -> None:
    exercise = find("swish", swish)
    first = next(iter(exercise.variants()))
    names: dict[str, Any] = {}
    for notebook in notebooks(swish / "source" / "swish").values():
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution") or "import numpy" in text_of(cell):
                exec(text_of(cell).replace("from sig_checker import submit", ""), names)  # written by ourselves
    for task in first.tasks:
        if task.asks not in ("essay", "function", "backprop_function"):
            judged = judge(first, task.id, {"kind": "data", "value": names[task.id]})
            assert judged.points == task.points, (task.id, names[task.id], judged.report.message)


def test_nothing_is_overwritten(swish: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in swish.rglob("*") if path.is_file()}

    assert main(["new", "swish", "--function", "tanh(z)", "--course", str(swish)]) == 2
    assert "not overwritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in swish.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "tanh(z"], "cannot be read"),
        (["--function", "tanhh(z)"], "Unknown name"),
        (["--function", "3"], "does not depend on z"),
        (["--function", "max(0,z)"], "corners or jumps, or may have (max"),
        (["--function", "relu(z)"], "corners or jumps"),
        (["--function", "floor(z)", "--no-extremes"], "corners or jumps"),
        (["--function", "Piecewise((z, z>0), (0, True))", "--no-extremes"], "corners or jumps, or may have (Piecewise"),
        (["--function", "Piecewise((z^2, z>0), (1, True))", "--no-extremes"], "corners or jumps"),
        (["--function", "Piecewise((z, z>0), (e^z-1, True))", "--no-extremes"], "corners or jumps"),  # no curvature at 0
        (["--function", "Piecewise((1, 0>z), (2, z>1))", "--no-extremes"], "corners or jumps"),  # and nothing between
        (["--function", "|z|"], "corners or jumps"),
        (["--function", "log(z)"], "no value at z = -700"),
        (["--function", "sqrt(z^2)"], "no derivative at z = 0"),
        (["--function", "1/(z-1)"], "no value at z = 1"),
        (["--function", "z^2"], "has no largest value"),
        (["--function", "exp(-z^2)"], "not decided"),
        (["--function", "k*z"], "Unknown name"),
        (["--function", "tanh(z/k)", "--parameter", "k=0,1"], "k = 0"),
        (["--function", "tanh(z)", "--parameter", "k=1,2"], "k does not stand in the function"),
        (["--function", "tanh(k z)", "--parameter", "k"], "was expected"),
        (["--function", "tanh(k z)", "--parameter", "k=1..x"], "no exact number"),
        (["--function", "tanh(k z)", "--parameter", "k=1", "--parameter", "k=2"], "twice"),
        (["--function", "tanh(x)", "--variable", "xy"], "one letter"),
    ],
)
def test_what_is_no_exercise_is_refused_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "mine", *arguments, "--course", str(tmp_path)]) == 2

    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../mine", "a/b", "", ".hidden", "sigmoid-7-02", "a b", "a+b"])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert main(["new", name, "--function", "tanh(z)", "--course", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == []


def test_extremes_can_be_left_out(tmp_path: Path) -> None:
    assert main(["new", "cube", "--function", "z^3/3 + z", "--no-extremes", "--course", str(tmp_path)]) == 0

    assert not any("maximum" in task.id for task in find("cube", tmp_path).tasks)
    assert main(["test", "cube", "--course", str(tmp_path)]) == 0


def test_pieces_that_meet_smoothly_are_a_function(tmp_path: Path) -> None:
    """With value, slope and curvature of e^z at 0 on both sides."""
    pieces = "Piecewise((e^z, z<0), (1+z+z^2/2, z>=0))"
    assert main(["new", "pieces", "--function", pieces, "--no-extremes", "--course", str(tmp_path)]) == 0

    assert main(["test", "pieces", "--course", str(tmp_path)]) == 0


def test_another_letter_for_the_input(tmp_path: Path) -> None:
    assert main(["new", "in-x", "--function", "tanh(x)", "--variable", "x", "--course", str(tmp_path)]) == 0

    assert main(["test", "in-x", "--course", str(tmp_path)]) == 0
    assert judge(find("in-x", tmp_path), "q1_derivative", {"kind": "data", "value": "sech(x)^2"}).points == 10.0
