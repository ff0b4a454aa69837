"""A course's own exercises through nbgrader: released without what is right, graded each for its student's function."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from courses import cell_of, grade_id, run, scores, shown

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
NAME = "sigmoid-temperature"
TANH = {
    "q1_steps": 'q1_steps = ["d/dz tanh(z) = sech(z)^2", "= 1 - a^2"]',
    "q1_derivative": 'q1_derivative = "1 - a^2"',
    "q1_function": "def slope(z):\n    return 1 - np.tanh(z) ** 2",
    "q1_backprop": 'q1_backprop = "dL_da (1 - a^2)"',
    "q1_backprop_function": "def backprop(u, z):\n    return u * slope(z)",
    "q2_second_derivative": 'q2_second_derivative = "-2a(1 - a^2)"',
    "q2_maximum": "q2_maximum = 1",
    "q2_argmax": "q2_argmax = 0",
    "q2_minimum": "q2_minimum = 0",
    "q2_argmin": 'q2_argmin = "±oo"',
}
# wrong, with the mistake that is named and the points that are left; None: no mistake is named
TANH_WRONG: dict[str, tuple[str, str | None, float]] = {
    "q1_steps": ('q1_steps = ["d/dz tanh(z) = sech(z)^2", "= 1 + a^2"]', "sign", 4.0),
    "q1_derivative": ('q1_derivative = "1 + a^2"', "sign", 0.0),
    "q1_function": ("def slope(z):\n    return 1 - z ** 2", "takes_activation", 0.0),
    "q1_backprop": ('q1_backprop = "1 - a^2"', "missing_upstream", 0.0),
    "q2_maximum": ("q2_maximum = 0.25", None, 0.0),
    "q2_argmin": ('q2_argmin = "oo"', None, 3.0),
}


def temperature(k: str) -> dict[str, str]:
    """Right answers for the temperature k, with numbers in them."""
    return {
        "q1_steps": f'q1_steps = ["d/dz 1/(1+e^(-z/{k})) = e^(-z/{k})/({k}(1+e^(-z/{k}))^2)", "= a(1-a)/{k}"]',
        "q1_derivative": f'q1_derivative = "a(1-a)/{k}"',
        "q1_function": f"def slope(z):\n    t = np.exp(-np.abs(z) / {k})\n    return t / (1 + t) ** 2 / {k}",
        "q1_backprop": f'q1_backprop = "dL_da a(1-a)/{k}"',
        "q1_backprop_function": "def backprop(u, z):\n    return u * slope(z)",
        "q2_second_derivative": f'q2_second_derivative = "a(1-a)(1-2a)/{k}^2"',
        "q2_maximum": f'q2_maximum = "1/(4*{k})"',
        "q2_argmax": "q2_argmax = 0",
        "q2_minimum": "q2_minimum = 0",
        "q2_argmin": 'q2_argmin = ["-oo", "oo"]',
        "q3_at_zero": 'q3_at_zero = {"probability": 0.5, "certainty": "uncertain", "update": "largest"}',
        "q3_at_infinity": 'q3_at_infinity = {"probability": [0, 1], "certainty": "certain", "update": "none"}',
    }


OF_THE_VALUE = ("q1_derivative", "q1_function", "q1_steps", "q1_backprop", "q2_second_derivative", "q2_maximum")


def hand_in(course: Path, student: str, assignment: str, answers: dict[str, str]) -> Path:
    folder = course / "submitted" / student / assignment
    shutil.copytree(course / "release" / assignment, folder)
    for path in folder.glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            task = grade_id(cell).removesuffix("_answer")
            if grade_id(cell) != task:
                cell["source"] = answers.get(task, cell["source"])
        path.write_text(json.dumps(notebook), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released examples, and one that is written anew; released, handed in and graded."""
    folder = tmp_path_factory.mktemp("authors")
    for name in ("tanh", NAME):
        shutil.copytree(ROOT / "source" / name, folder / "source" / name)
    shutil.copytree(ROOT / "answers", folder / "answers")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    run(folder, "sig-checker", "new", "softplus", "--function", "log(1+exp(z))", "--language", "en")
    for name in ("tanh", NAME, "softplus"):
        run(folder, "nbgrader", "generate_assignment", name)
    hand_in(folder, "right", "tanh", TANH)
    hand_in(folder, "wrong", "tanh", TANH | {task: answer for task, (answer, _, _) in TANH_WRONG.items()})
    for student, k in (("kim", "2"), ("lee", "4"), ("copied", "2")):
        hand_in(folder, student, NAME, temperature(k))
    letters = hand_in(folder, "park", NAME, temperature("k") | {"q1_function": temperature("3")["q1_function"]})
    # an exercise of the student's own, in which everything is right, is not looked at
    (letters / "exercise.toml").write_text('name = "sigmoid-temperature"\nfunction = "z"\n', encoding="utf-8")
    hand_in(folder, "right", "softplus", {"q1_derivative": 'q1_derivative = "sigma(z)"', "q2_maximum": "q2_maximum = 1"})
    for name in ("tanh", NAME, "softplus"):
        run(folder, "sig-checker", "grade", name)
    return folder


def test_nothing_that_is_right_is_released(course: Path) -> None:
    for assignment in ("tanh", NAME, "softplus"):
        folder = course / "release" / assignment
        assert sorted(x.name for x in folder.rglob("*")) == ["exercise.toml", "q1.ipynb", "q2.ipynb", "q3.ipynb"]
        whole = "".join(x.read_text(encoding="utf-8") for x in folder.iterdir())
        for trace in ("expected", "BEGIN SOLUTION", "MARK SCHEME", "[[answers]]", "sech", "a - a^2", "1 - a^2", "1/(4k)"):
            assert trace not in whole, (assignment, trace)


def points(course: Path, student: str, assignment: str) -> dict[str, float | None]:
    return {name: score for name, (score, _) in scores(course, student, assignment).items() if name != "q3_explanation"}


def slips(course: Path, student: str, assignment: str) -> dict[str, list[str]]:
    found = {}
    for path in (course / "autograded" / student / assignment).glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            record: dict[str, Any] = cell["metadata"].get("sig_checker", {})
            if "task" in record:
                found[record["task"]] = record["slips"]
    return found


def test_a_right_submission_earns_all_and_a_wrong_one_what_is_left(course: Path) -> None:
    full = points(course, "right", "tanh")
    assert sum(x or 0 for x in full.values()) == 70

    found, named = points(course, "wrong", "tanh"), slips(course, "wrong", "tanh")
    for task, worth in full.items():
        if task in TANH_WRONG:
            _, slip, left = TANH_WRONG[task]
            assert (task, found[task]) == (task, left)
            assert slip is None or slip in named[task], (task, named[task])
        elif task != "q1_backprop_function":  # which calls the wrong function
            assert (task, found[task]) == (task, worth)


@pytest.mark.parametrize("student", ["kim", "lee", "park"])
def test_each_is_right_for_its_own_function(course: Path, student: str) -> None:
    assert sum(x or 0 for x in points(course, student, NAME).values()) == 86


def test_the_answers_of_another_student_are_wrong_and_recognised(course: Path) -> None:
    value = run(course, "sig-checker", "variants", NAME, "--students", "copied").stdout.split("k = ")[1].split()[0]
    assert value != "2", "choose another name for this student"

    found, named = points(course, "copied", NAME), slips(course, "copied", NAME)
    for task in OF_THE_VALUE:
        carried = 4.0 if task == "q1_backprop" else 0.0  # the chain rule was applied to the student's own wrong derivative
        assert (task, found[task]) == (task, carried)
        assert "other_parameters" in named[task], task
    assert found["q2_argmax"] == 6.0  # the same for everybody


@pytest.mark.parametrize(("student", "k"), [("kim", "2"), ("lee", "4"), ("park", "3")])
def test_the_report_says_which_function_was_graded(course: Path, student: str, k: str) -> None:
    path = course / "autograded" / student / NAME / "q1.ipynb"
    cell = cell_of(json.loads(path.read_text(encoding="utf-8")), "q1_derivative")

    assert f"{student} 님의 함수를 기준으로 판정했습니다: a = 1/(1 + exp(-z/{k})) (k = {k})" in shown(cell)


def test_nbgraders_own_autograde_and_regrading_say_the_same(course: Path) -> None:
    before = {student: scores(course, student, NAME) for student in ("kim", "copied")}
    for student in before:
        run(course, "nbgrader", "autograde", NAME, "--student", student, "--force")
    assert {student: scores(course, student, NAME) for student in before} == before
    run(course, "sig-checker", "regrade", NAME)
    assert {student: scores(course, student, NAME) for student in before} == before


def test_a_new_exercise_is_graded(course: Path) -> None:
    found = points(course, "right", "softplus")

    assert (found["q1_derivative"], found["q2_maximum"]) == (10.0, 6.0)
    assert found["q2_argmax"] == 0.0  # not answered


def test_which_of_several_assignments_is_asked(course: Path) -> None:
    done = run(course, "sig-checker", "grade", check=False)

    assert done.returncode == 2
    assert "sigmoid-temperature, softplus, tanh; name one" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "tanh"', 'name = "tanhh"', "no exercise is called 'tanh'"),
        ('id = "q2_maximum"', 'id = "q2_max"', "has no task 'q2_maximum'"),
        ('asks = "maximum"', 'asks = "meaning"', "[expected.q2_maximum] is missing"),
    ],
)
def test_an_exercise_that_does_not_fit_stops_the_grading(course: Path, tmp_path: Path, old: str, new: str, told: str) -> None:
    for name in ("source/tanh", "submitted/right/tanh"):
        shutil.copytree(course / name, tmp_path / name)
    shutil.copy(course / "nbgrader_config.py", tmp_path)
    file = tmp_path / "source" / "tanh" / "exercise.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")

    done = run(tmp_path, "sig-checker", "grade", check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "autograded").exists()
