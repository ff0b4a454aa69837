"""The demonstration class, graded anew, gives the committed notebooks byte for byte and the scores that its stories tell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from courses import run, scores

from sig_checker.exercises.sigmoid_7_02 import EXERCISE

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
AUTOMATIC = {task.id: task.points for task in EXERCISE.tasks if task.asks != "essay"}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    for name in ("source", "submitted"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


@pytest.fixture(scope="module")
def graded(course: Path) -> subprocess.CompletedProcess[str]:
    return run(course, "sig-checker", "grade", EXERCISE.name, "--feedback")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(x.relative_to(folder)): x.read_bytes() for x in folder.rglob("*") if x.is_file()}


@pytest.mark.usefixtures("graded")
def test_the_committed_results_are_those_of_a_fresh_run(course: Path) -> None:
    fresh, committed = _files(course / "autograded"), _files(ROOT / "autograded")

    assert sorted(fresh) == sorted(committed)
    assert [name for name in fresh if fresh[name] != committed[name]] == [], "run: make grade"


@pytest.mark.usefixtures("graded")
@pytest.mark.parametrize("student", ["demo-worked-solution", "demo-sympy", "demo-plain-text", "demo-half-angle"])
def test_right_answers_in_whatever_notation_have_all_automatic_points(course: Path, student: str) -> None:
    found = {name: score for name, (score, _) in scores(course, student, EXERCISE.name).items() if name != "q3_essay"}

    assert found == AUTOMATIC
    assert sum(AUTOMATIC.values()) == 86


@pytest.mark.usefixtures("graded")
def test_the_cheat_gets_no_points_for_wrong_answers(course: Path) -> None:
    found = scores(course, "demo-cheat", EXERCISE.name)

    assert set(AUTOMATIC) <= set(found)
    assert sum(score or 0.0 for score, _ in found.values()) == 0.0
    # forged, doubled or swallowed evidence is looked at by a person
    assert {name for name, (_, person) in found.items() if person} > {"q1_backprop", "q2_maximum", "q3_essay"}


@pytest.mark.usefixtures("graded")
def test_the_essay_waits_for_a_person_and_nothing_else_of_an_honest_student_does(course: Path) -> None:
    found = scores(course, "demo-worked-solution", EXERCISE.name)

    assert [name for name, (_, person) in found.items() if person] == ["q3_essay"]


def test_the_table_shows_points_and_slips(graded: subprocess.CompletedProcess[str]) -> None:
    lines = graded.stdout.splitlines()
    row = next(line for line in lines if line.startswith("demo-worked-solution"))

    assert row.split()[-2:] == ["?", "86"]
    for slip in ("missing_inner_derivative", "missing_square", "sign", "takes_activation"):
        assert slip in graded.stdout
    assert "gradebook.db" in graded.stdout


@pytest.mark.usefixtures("graded")
def test_the_feedback_shows_the_rubric_without_its_markers(course: Path) -> None:
    page = (course / "feedback" / "demo-sign" / EXERCISE.name / "q3.html").read_text(encoding="utf-8")

    assert "채점 기준" in page
    assert "MARK SCHEME" not in page


@pytest.mark.usefixtures("graded")
def test_grading_again_changes_nothing(course: Path) -> None:
    student = course / "submitted" / "demo-unstable"
    before = _files(course / "autograded" / student.name), scores(course, student.name, EXERCISE.name)
    for other in (course / "submitted").iterdir():
        if other != student:
            shutil.rmtree(other)
    run(course, "sig-checker", "grade", EXERCISE.name, "--force")

    assert (_files(course / "autograded" / student.name), scores(course, student.name, EXERCISE.name)) == before


@pytest.mark.usefixtures("graded")
def test_grading_whose_table_nobody_reads_ends_quietly(course: Path) -> None:
    again = "sig-checker grade sigmoid-7-02 2>errors.txt | true; echo ${PIPESTATUS[0]}"
    code = f"import subprocess; subprocess.run(['bash', '-c', {again!r}], check=True)"

    assert run(course, "python", "-c", code).stdout.strip() == "141"
    assert "Traceback" not in (course / "errors.txt").read_text(encoding="utf-8")
