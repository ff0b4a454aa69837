"""`report` and `export` on a class that was graded with real kernels, held to nbgrader's own export."""

from __future__ import annotations

import csv
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from courses import ASSIGNMENT, CONFIGURED, RIGHT, generate, grade_id, hand_in, run, write_course
from nbgrader.api import Gradebook

pytestmark = pytest.mark.end_to_end

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "instructors.md").read_text(encoding="utf-8")
WRONG = {**RIGHT, "q1_derivative": 'q1_derivative = "e^-z/(1+e^-z)"', "q1_backprop": 'q1_backprop = "a(1-a)"'}
ODD = {**RIGHT, "q1_derivative": "q1_derivative = \"<img src=x onerror='alert(1)'>\"", "q2_maximum": "q2_maximum = 7"}


def write_essay(_: str, notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if grade_id(cell) == "essay":
            cell["source"] = "It saturates."


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four students graded, one of them with the essay; one handed in afterwards, one again afterwards, one never."""
    folder = write_course(tmp_path_factory.mktemp("class"), config=CONFIGURED)
    generate(folder)
    for student, answers in (("007", RIGHT), ("=1+1", WRONG), ("나래", ODD), ("again", WRONG)):
        hand_in(folder, student, answers, write_essay)
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "small") as gradebook:
        gradebook.add_student("007", first_name="하나", last_name="김", email="hana@example.org", lms_user_id="311")
        gradebook.add_student("never")
    run(folder, "sig-checker", "grade")
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "small") as gradebook:
        for student in ("007", "=1+1"):
            for notebook in gradebook.find_submission(ASSIGNMENT, student).notebooks:
                notebook.late_submission_penalty = 1.25 if student == "=1+1" else None
                for grade in notebook.grades:
                    if grade.name == "essay":
                        grade.manual_score = 11.5
                    grade.needs_manual_grade = False
        gradebook.db.commit()
    hand_in(folder, "later", RIGHT)
    hand_in(folder, "again", RIGHT)
    return folder


def by_nbgrader(course: Path) -> dict[str, float]:
    """What `nbgrader export` says."""
    run(course, "nbgrader", "export", "--to", "nbgrader.csv")
    with open(course / "nbgrader.csv", encoding="utf-8", newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def exported(course: Path, *options: str) -> tuple[list[list[str]], str]:
    done = run(course, "sig-checker", "export", *options)
    assert done.stdout.startswith("\ufeff")
    return list(csv.reader(io.StringIO(done.stdout.removeprefix("\ufeff")))), done.stderr


def test_the_scores_are_nbgraders(course: Path) -> None:
    theirs = by_nbgrader(course)
    canvas, said = exported(course, "--format", "canvas", "--provisional")
    moodle, _ = exported(course, "--format", "moodle", "--provisional")

    graded = {"007", "'=1+1", "나래", "again"}
    assert {row[2]: float(row[5]) for row in canvas[2:]} == {x: theirs[x.removeprefix("'")] for x in graded}
    assert {row[2]: float(row[4]) for row in moodle[1:]} == {x: theirs[x.removeprefix("'")] for x in graded}
    assert canvas[2][:4] if canvas[2][2] == "007" else canvas[3][:4] == ["김, 하나", "311", "007", "007"]
    assert "later" in said
    assert theirs["007"] == 51.5  # 40 by the judge, 11.5 by hand


def test_scores_that_wait_for_a_person_stay_at_home(course: Path) -> None:
    canvas, said = exported(course, "--format", "canvas")

    assert [row[2] for row in canvas[2:]] == ["007", "'=1+1"]
    assert all(x in said for x in ("나래", "again", "--provisional"))


def test_everybody_is_in_the_table_for_a_spreadsheet(course: Path) -> None:
    rows, _ = exported(course, "--format", "csv")
    states = {row[0]: row[4] for row in rows[1:]}

    assert states == {
        "007": "final", "'=1+1": "final", "나래": "waiting", "again": "waiting", "later": "not graded",
        "never": "nothing handed in",
    }  # fmt: skip


def test_a_file_is_for_its_owner_alone(course: Path) -> None:
    run(course, "sig-checker", "export", "--format", "moodle", "-o", "moodle.csv")

    assert (course / "moodle.csv").read_bytes().startswith(b"\xef\xbb\xbfFirst name,")
    assert (course / "moodle.csv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_report_has_what_happened(course: Path, language: str) -> None:
    done = run(course, "sig-checker", "report", ASSIGNMENT, "--language", language, "--formgrader", "http://localhost:8888/")
    page = (course / f"report-{ASSIGNMENT}.html").read_text(encoding="utf-8")

    assert f"report-{ASSIGNMENT}.html" in done.stderr
    assert "<code>missing_square</code>" in page
    assert "<code>missing_upstream</code>" in page
    assert "<pre><code>e^-z/(1+e^-z)</code></pre>" in page
    assert "<img" not in page
    assert "onerror='" not in page
    ungraded = page[page.index({"en": "<h2>Not graded", "ko": "<h2>채점하지 않은"}[language]) :]
    assert re.findall('<th scope="row">(.*?)</th>', ungraded) == ["again", "later"]
    for link in re.findall('href="(autograded/[^"]*)"', page):
        assert any((course / x).is_file() for x in (link.replace("%EB%82%98%EB%9E%98", "나래"), link))
    assert "http://localhost:8888/formgrader/submissions/" in page


def commands() -> list[str]:
    """Of the page for instructors."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_page_for_instructors_runs(course: Path, command: str) -> None:
    arguments = shlex.split(command.replace("sigmoid-7-02", ASSIGNMENT))
    done = run(course, *arguments, check=False)

    assert done.returncode in ((0, 1) if "doctor" in arguments else (0,)), done.stderr  # 1: this machine lacks something
    assert done.stdout or done.stderr
    if "-o" in arguments:
        assert (course / arguments[arguments.index("-o") + 1]).stat().st_size > 100


def test_every_option_of_the_page_exists(course: Path) -> None:
    helped = "".join(run(course, "sig-checker", name, "--help").stdout for name in ("report", "export", "doctor", "grade"))

    for option in set(re.findall(r"`?(--[a-z-]+)", PAGE)):
        assert option in helped
    assert {x.split()[1] for x in commands()} == {"report", "export", "doctor"}


def test_bad_usage_is_told(course: Path, tmp_path: Path) -> None:
    for arguments, told in (
        (("report", "other"), "no assignment 'other'"),
        (("report", "--formgrader", "javascript:alert(1)"), "http://localhost:8888"),
        (("report", "-o", str(tmp_path / "no" / "where.html")), "Cannot write"),
        (("export", "--course", str(tmp_path)), "no nbgrader_config.py"),
    ):
        done = run(course, "sig-checker", *arguments, check=False)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_neither_command_changes_anything(course: Path) -> None:
    def state() -> dict[str, Any]:
        files = [x for x in course.rglob("*") if x.is_file() and (x.suffix == ".ipynb" or x.name == "gradebook.db")]
        return {str(x): x.read_bytes() for x in files}

    before = state()
    run(course, "sig-checker", "report")
    run(course, "sig-checker", "export")
    assert state() == before
