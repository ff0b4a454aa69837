"""Whatever is handed in, that student gets a line and what is due, and the others are graded as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import EMPTY, FULL, RIGHT, cell_of, grade_id, points, run, scores, shown

from sig_checker.language import translate
from sig_checker.verdicts import Message

pytestmark = pytest.mark.end_to_end

PERSON: dict[str, float | None] = dict.fromkeys(FULL)
ONE = ("q1_derivative", "q1_function", "q1_backprop")
TWO = ("q2_maximum", "q2_argmax")
IMPATIENT = "c.ExecuteSubmission.timeout = 4\nc.ExecuteSubmission.iopub_timeout = 3\n"
Edit = Callable[[str, dict[str, Any]], None]


def _check(change: Callable[[dict[str, Any], dict[str, Any]], None], task: str = "q1_derivative") -> Edit:
    """An edit of one check cell: `change` gets the notebook and the cell."""

    def edit(name: str, notebook: dict[str, Any]) -> None:
        if name == "one":
            change(notebook, cell_of(notebook, task))

    return edit


def _alter(_: dict[str, Any], cell: dict[str, Any]) -> None:
    cell["source"] = "10.0"


def _double(notebook: dict[str, Any], cell: dict[str, Any]) -> None:
    notebook["cells"].append(json.loads(json.dumps(cell)) | {"id": "a-copy"})


def _double_first(notebook: dict[str, Any], cell: dict[str, Any]) -> None:
    notebook["cells"].insert(0, json.loads(json.dumps(cell)) | {"id": "a-copy", "source": "10.0"})


def _tag(notebook: dict[str, Any], _: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]


def _remove(notebook: dict[str, Any], _: dict[str, Any]) -> None:
    notebook["cells"] = [x for x in notebook["cells"] if grade_id(x) not in ("one_setup", *ONE)]


def _retype(_: dict[str, Any], cell: dict[str, Any]) -> None:
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def _raise_points(_: dict[str, Any], cell: dict[str, Any]) -> None:
    cell["metadata"]["nbgrader"] |= {"points": 1000, "solution": True, "grade": "yes", "locked": 7}


def _old(_: str, notebook: dict[str, Any]) -> None:
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] = {"grade_id": grade_id(cell)}


def _litter(_: str, notebook: dict[str, Any]) -> None:
    notebook["metadata"] = {"kernelspec": {"name": "no-such-kernel", "language": "cobol"}, "sig_checker": {"unreadable": {}}}
    odd = {"id": {}, "metadata": {"nbgrader": 3, "tags": 3, "name": 3}, "cell_type": "markdown", "attachments": {"a.png": 3}}
    notebook["cells"] += [17, {"cell_type": "poem", "source": ["x", 3], "metadata": []}, odd]


# student -> (answers that differ from the right ones, edit, expected points)
CODE: dict[str, tuple[dict[str, str], Edit | None, dict[str, float | None]]] = {
    "honest": ({}, None, FULL),
    "wrong": ({"q1_derivative": 'q1_derivative = "a(1+a)"'}, None, FULL | {"q1_derivative": 0.0}),
    "altered": ({"q1_derivative": 'q1_derivative = "z"'}, _check(_alter), FULL | {"q1_derivative": 0.0}),
    "doubled": ({}, _check(_double), FULL),
    "doubled-wrong": ({"q1_derivative": 'q1_derivative = "z"'}, _check(_double_first), FULL | {"q1_derivative": 0.0}),
    "tagged": ({}, _check(_tag), FULL),
    "removed": ({"q1_derivative": 'q1_derivative = "z"'}, _check(_remove), FULL | {"q1_derivative": 0.0}),
    "retyped": ({}, _check(_retype), FULL),
    "points-raised": ({}, _check(_raise_points), FULL),
    "old-format": ({}, _old, FULL),
    "littered": ({}, _litter, FULL),
    "blank": ({task: f"{task} = None\n# YOUR CODE HERE\nraise NotImplementedError()" for task in FULL}, None, EMPTY),
    "endless": ({"q1_derivative": "while True:\n    pass"}, None, FULL | {"q1_derivative": 0.0}),
    "endless-function": (
        {"q1_function": "def dsigmoid(z):\n    while True:\n        pass"}, None, FULL | {"q1_function": None},
    ),
    "stubborn": (
        {"q1_function": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"}, None,
        FULL | {"q1_function": None, "q1_backprop": None},
    ),
    "exits": ({"q1_function": "import os\nos._exit(0)"}, None, FULL | {"q1_function": None, "q1_backprop": None}),
    "raises": ({"q1_backprop": "1/0"}, None, FULL | {"q1_backprop": 0.0}),
    "floods": ({"q1_backprop": 'print("x" * 99 * 99 * 999)\n' + RIGHT["q1_backprop"]}, None, FULL),
    "in-the-way": ({"q1_derivative": "import mine\nq1_derivative = mine.answer"}, None, FULL),
    "writes": ({"q1_derivative": RIGHT["q1_derivative"] + '\nopen("left.txt", "w").write("x")'}, None, FULL),
    "shadows": ({"q1_derivative": RIGHT["q1_derivative"] + "\nsubmit = print"}, None, FULL | dict.fromkeys(ONE)),
}  # fmt: skip
FILES: dict[str, tuple[bytes | None, dict[str, float | None]]] = {
    "not-json": (b"{not JSON", FULL | dict.fromkeys(ONE)),
    "not-text": (b"\xff\xfe\x00", FULL | dict.fromkeys(ONE)),
    "empty-file": (b"", FULL | dict.fromkeys(ONE)),
    "a-list": (b"[]", FULL | dict.fromkeys(ONE)),
    "no-cells": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', FULL | dict.fromkeys(ONE)),
    "of-the-future": (b'{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}', FULL | dict.fromkeys(ONE)),
    "deep": (b"[" * 100_000, FULL | dict.fromkeys(ONE)),
    "not-there": (None, FULL | dict.fromkeys(ONE, 0.0)),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = courses.write_course(tmp_path_factory.mktemp("bad"), more=IMPATIENT)
    courses.generate(made)
    for student, (answers, edit, _) in CODE.items():
        courses.hand_in(made, student, RIGHT | answers, edit)
    (made / "submitted" / "in-the-way" / "small" / "ipykernel_launcher.py").write_text("raise SystemExit")
    (made / "submitted" / "in-the-way" / "small" / "mine.py").write_text('answer = "a(1-a)"')
    for student, (content, _) in FILES.items():
        file = courses.hand_in(made, student, RIGHT) / "one.ipynb"
        file.unlink()
        if content is not None:
            file.write_bytes(content)
    for student in ("nothing", "renamed"):
        folder = courses.hand_in(made, student, RIGHT)
        for name in ("one", "two"):
            (folder / f"{name}.ipynb").rename(folder / f"{name} (1).{'ipynb' if student == 'renamed' else 'txt'}")
    return made


@pytest.fixture(scope="module")
def graded(course: Path) -> subprocess.CompletedProcess[str]:
    return run(course, "sig-checker", "grade")


@pytest.mark.usefixtures("graded")
@pytest.mark.parametrize("student", CODE)
def test_what_is_due_whatever_the_cells_do(course: Path, student: str) -> None:
    assert points(course, student) == CODE[student][2]


@pytest.mark.usefixtures("graded")
@pytest.mark.parametrize("student", FILES)
def test_what_is_due_whatever_the_file_is(course: Path, student: str) -> None:
    assert points(course, student) == FILES[student][1]


@pytest.mark.usefixtures("graded")
def test_a_folder_without_notebooks_is_a_zero_and_renamed_ones_ask_a_person(course: Path) -> None:
    assert points(course, "nothing") == EMPTY
    assert points(course, "renamed") == PERSON


@pytest.mark.parametrize(
    ("student", "line"),
    [
        pytest.param("altered", " · one · q1_derivative: The cell was altered", id="altered"),
        pytest.param("doubled", " · one · q1_derivative: The cell stands in the notebook more than once", id="doubled"),
        pytest.param("tagged", " · one · q1_derivative: The cell was tagged", id="tagged"),
        pytest.param("removed", " · one · q1_derivative: The cell was missing", id="removed"),
        pytest.param("retyped", " · one · q1_derivative: The cell's type was markdown", id="retyped"),
        pytest.param("endless", " · one · q1_derivative_answer: The cell did not end within 4 s", id="endless"),
        pytest.param("stubborn", " · one · q1_function_answer: Cell 4 did not end and could not be interrupted", id="stubborn"),
        pytest.param("exits", " · one · q1_function_answer: The Python process ended in cell 4", id="exits"),
        pytest.param("floods", " · one · q1_backprop_answer: The cell wrote more than", id="floods"),
        pytest.param("not-json", " · one: The submitted file is not a notebook: it is not JSON", id="not JSON"),
        pytest.param("no-cells", " · one: The submitted notebook has no cells", id="no cells"),
        pytest.param("not-there", " · one: The notebook is missing", id="missing notebook"),
        pytest.param("renamed", ": The file one (1).ipynb is no notebook of this assignment", id="renamed"),
    ],
)
def test_each_problem_is_told_in_a_line(graded: subprocess.CompletedProcess[str], student: str, line: str) -> None:
    assert f"{student}{line}" in graded.stderr


@pytest.mark.usefixtures("graded")
def test_what_a_cell_writes_stays_out_of_the_results(course: Path) -> None:
    assert sorted(x.name for x in (course / "autograded" / "writes" / "small").iterdir()) == ["one.ipynb", "two.ipynb"]


def test_an_honest_submission_makes_no_line(graded: subprocess.CompletedProcess[str]) -> None:
    assert [x for x in graded.stderr.splitlines() if x.startswith(("honest ·", "wrong ·", "blank ·"))] == []


@pytest.mark.usefixtures("graded")
def test_the_reason_stands_in_the_cell_that_a_person_must_grade(course: Path) -> None:
    reasons = {
        "exits": Message("The Python process ended in cell {number}.", number=4),
        "not-json": Message("The submitted file is not a notebook: it is not JSON."),
        "shadows": Message("The cell handed in no answer; it ended in {name}: {text}", name="TypeError", text=""),
    }
    for student, reason in reasons.items():
        cell = cell_of(courses.autograded(course, student, "one"), "q1_backprop")
        assert translate(reason, "ko") in shown(cell)
        assert cell["outputs"][-1]["data"]["text/plain"] == ["0.0"]


@pytest.mark.usefixtures("graded")
def test_an_unreadable_notebook_asks_a_person_for_the_essay_too(course: Path) -> None:
    folder = course / "submitted" / "not-json-two" / "small"
    folder.mkdir(parents=True)
    (folder / "two.ipynb").write_text("{")
    run(course, "nbgrader", "autograde", "small", "--student", "not-json-two")

    assert scores(course, "not-json-two")["essay"] == (None, True)


@pytest.mark.usefixtures("graded")
def test_plain_nbgrader_gives_the_same_scores_and_notebooks(
    course: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The two ways differ in one thing: nbgrader knows of no student who handed in no notebook of the assignment."""
    other = courses.write_course(tmp_path_factory.mktemp("plain"), more=IMPATIENT)
    courses.generate(other)
    compared = ["honest", "wrong", "altered", "tagged", "exits", "not-json", "not-there", "blank"]
    (other / "submitted").mkdir()
    for student in compared:
        (course / "submitted" / student).rename(other / "submitted" / student)
    try:
        run(other, "nbgrader", "autograde", "small")
    finally:
        for student in compared:
            (other / "submitted" / student).rename(course / "submitted" / student)

    for student in compared:
        assert scores(other, student) == scores(course, student)
        for name in ("one", "two"):
            if (course / "autograded" / student / "small" / f"{name}.ipynb").exists():
                assert courses.autograded(other, student, name) == courses.autograded(course, student, name)
