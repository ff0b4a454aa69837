"""The whole cycle with nbgrader's own commands, the README's on the instructor's side, through an exchange."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from courses import ASSIGNMENT, FULL, RIGHT, autograded, cell_of, grade_id, points, run, shown, write_course

pytestmark = pytest.mark.end_to_end

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(x, comments=True) for x in re.findall(r"^nbgrader .*", README, re.MULTILINE)]


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The course and the student's folder, with everything done up to the feedback in the student's hands."""
    folder = tmp_path_factory.mktemp("cycle")
    (folder / "exchange").mkdir(mode=0o777)
    (folder / "exchange").chmod(0o777)  # nbgrader asks that everybody may write there, whatever the umask
    exchange = f"c.Exchange.root = {str(folder / 'exchange')!r}\n"
    course = write_course(folder / "course", more=exchange)
    student = folder / "student"
    student.mkdir()
    (student / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.course_id = 'small'\n{exchange}")

    first = next(i for i, (_, step, *_) in enumerate(COMMANDS) if step == "collect")
    commands = [[word.replace("sigmoid-7-02", ASSIGNMENT) for word in command] for command in COMMANDS]
    for command in commands[:first]:
        run(course, *command)
    run(student, "nbgrader", "fetch_assignment", ASSIGNMENT, "--course", "small")
    for path in sorted((student / ASSIGNMENT).glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            task = grade_id(cell).removesuffix("_answer")
            if grade_id(cell) != task:
                cell["source"] = "q2_maximum = 0.5" if task == "q2_maximum" else RIGHT[task]
        path.write_text(json.dumps(notebook), encoding="utf-8")
    run(student, "nbgrader", "submit", ASSIGNMENT, "--course", "small")
    for command in commands[first:]:
        run(course, *command)
    run(student, "nbgrader", "fetch_feedback", ASSIGNMENT, "--course", "small")
    return course, student


def _student(course: Path) -> str:
    (name,) = [x.name for x in (course / "submitted").iterdir()]
    return name


def test_the_scores_are_those_of_the_answers(cycle: tuple[Path, Path]) -> None:
    course, _ = cycle

    assert points(course, _student(course)) == FULL | {"q2_maximum": 0.0}


def test_the_report_stands_in_the_graded_notebook(cycle: tuple[Path, Path]) -> None:
    course, _ = cycle
    right = cell_of(autograded(course, _student(course), "one"), "q1_derivative")
    wrong = cell_of(autograded(course, _student(course), "two"), "q2_maximum")

    assert "a*(1 - a)" in shown(right)
    assert "10 / 10" in shown(right)
    assert "0 / 6" in shown(wrong)
    for cell, result in ((right, "10.0"), (wrong, "0.0")):
        assert [x["data"]["text/plain"] for x in cell["outputs"] if x["output_type"] == "execute_result"] == [[result]]


def test_the_student_reads_it_in_the_feedback(cycle: tuple[Path, Path]) -> None:
    _, student = cycle
    (page,) = student.glob(f"{ASSIGNMENT}/feedback/*/one.html")
    text = page.read_text(encoding="utf-8")

    assert "<code>a*(1 - a)</code>" in text
    assert "10 / 10" in text


def test_nothing_of_the_run_is_left_in_the_results(cycle: tuple[Path, Path]) -> None:
    course, _ = cycle
    for path in (course / "autograded").rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        for trace in ("nonce", "iopub", "vnd.sig-checker", "/tmp", str(course), str(Path.home()), "3.1"):
            assert trace not in text, (path.name, trace)
