"""Judging again from stored evidence: no student code runs, manual scores stay, only what has changed is written."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import RIGHT, autograded, cell_of, files, gradebook_rows, run, shown, sig_checker
from nbgrader.api import Gradebook

from sig_checker.grading.ledger import Ledger

pytestmark = pytest.mark.end_to_end

UNSTABLE = "import numpy as np\ndef dsigmoid(z):\n    return np.exp(-z) / (1 + np.exp(-z)) ** 2"
# a rubric and an exercise changed by whoever maintains them, in the process of the command; as files they have other digests
CHANGED = """
from dataclasses import replace
from fractions import Fraction
from sig_checker import rubric
from sig_checker.exercises import sigmoid_7_02
from sig_checker.grading.batch import regrade
{digest} = lambda *given: "another"
rubric.UNSTABLE = Fraction(1, 4)
tasks = tuple(replace(x, feedback="hint") for x in sigmoid_7_02.EXERCISE.tasks)
sigmoid_7_02.EXERCISE = replace(sigmoid_7_02.EXERCISE, {change})
"""
CHANGED_JUDGE = CHANGED.replace("{digest}", "regrade.checker")
CHANGED_ASSIGNMENT = CHANGED.format(digest="regrade.digest_of", change="tasks=tasks")
# no process can be started any more, without which no student code runs: kernels, warm ones and workers are all processes
NO_PROCESS = """
import sys
def forbid(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"):
        raise RuntimeError("a process was about to be started")
sys.addaudithook(forbid)
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = courses.write_course(tmp_path_factory.mktemp("graded"))
    courses.generate(course)
    courses.hand_in(course, "honest", RIGHT)
    courses.hand_in(course, "unstable", RIGHT | {"q1_function": UNSTABLE})
    courses.hand_in(course, "carried", RIGHT | {"q1_derivative": 'q1_derivative = "a(1+a)"',
                                                "q1_backprop": 'q1_backprop = "dL_da * a(1+a)"'})  # fmt: skip
    courses.hand_in(course, "exits", RIGHT | {"q1_derivative": "import os\nos._exit(1)"})
    courses.hand_in(course, "odd [name] % 김", RIGHT)
    sig_checker(course, "grade", "--feedback")
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    shutil.copytree(graded, folder)
    return folder


def _regrade(course: Path, *arguments: str, change: str = "tasks=tasks") -> subprocess.CompletedProcess[str]:
    return sig_checker(course, "regrade", *arguments, before=CHANGED_JUDGE.format(change=change) + NO_PROCESS, check=False)


def _score(course: Path, student: str, cell: str, notebook: str = "one") -> tuple[Any, ...]:
    return tuple(gradebook_rows(course)[student]["grades"][notebook, cell])


def _records(course: Path) -> dict[str, bytes]:
    return {name: x for name, x in files(course / "evidence").items() if name.endswith(".json")}


def test_nothing_changed_changes_nothing(course: Path) -> None:
    before = files(course / "autograded"), files(course / "feedback"), gradebook_rows(course)
    evidence = _records(course)
    done = sig_checker(course, "regrade")

    assert (files(course / "autograded"), files(course / "feedback"), gradebook_rows(course)) == before
    assert _records(course) == evidence
    assert "5 submissions judged again, 0 with other points" in done.stdout


def test_a_changed_rubric_changes_points_notebooks_and_pages_of_those_concerned(course: Path) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        gradebook.find_grade("essay", "two", "small", "unstable").manual_score = 11.0
        gradebook.find_grade("q1_derivative", "one", "small", "unstable").manual_score = 3.0
        gradebook.db.commit()
    before, notebooks, pages = gradebook_rows(course), files(course / "autograded"), files(course / "feedback")
    done = _regrade(course)

    assert done.returncode == 0, done.stderr
    assert "unstable q1_function 8 → 2.5" in " ".join(done.stdout.split())
    assert "5 submissions judged again, 1 with other points" in done.stdout
    after = gradebook_rows(course)
    assert {x for x in before if before[x] != after[x]} == {"unstable"}
    assert _score(course, "unstable", "q1_function")[0] == 2.5
    assert _score(course, "unstable", "essay", "two")[1] == 11.0
    assert _score(course, "unstable", "q1_derivative")[:2] == (10.0, 3.0)
    assert _changed(notebooks, files(course / "autograded")) == {"unstable/small/one.ipynb"}
    assert _changed(pages, files(course / "feedback")) == {"unstable/small/one.html", "unstable/small/two.html"}
    cell = cell_of(autograded(course, "unstable", "one"), "q1_function")
    assert "2.5 / 10" in shown(cell)
    assert [x["data"]["text/plain"] for x in cell["outputs"] if x["output_type"] == "execute_result"] == [["2.5"]]
    assert "2.5 / 10" in (course / "feedback" / "unstable" / "small" / "one.html").read_text(encoding="utf-8")
    assert (course / "autograded/unstable/small/one.ipynb").stat().st_mode & 0o777 == 0o444

    sig_checker(course, "regrade")  # back to the rubric that stands in the files
    assert files(course / "autograded") == notebooks
    assert gradebook_rows(course)["unstable"]["grades"]["one", "q1_function"][0] == 8.0


# whatever is judged is named
WATCHED = """
from sig_checker.grading.steps import same_answers
whole = same_answers.judge
def judge(exercise, task, *more, **others):
    print("judged:", task, flush=True)
    return whole(exercise, task, *more, **others)
same_answers.judge = judge
"""


def _judged_again(course: Path, *arguments: str) -> set[str]:
    done = sig_checker(course, "regrade", *arguments, before=WATCHED)
    return {x.removeprefix("judged: ") for x in done.stdout.splitlines() if x.startswith("judged: ")}


def test_what_the_same_judge_would_say_again_is_not_asked_again(course: Path) -> None:
    assert _judged_again(course) == set()
    assert "q1_derivative" in _judged_again(course, "--force")


def test_what_a_person_was_asked_is_judged_again(course: Path) -> None:
    """That may have been for want of time."""
    before = gradebook_rows(course)
    path = next((course / "evidence" / "small").glob("honest*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    record["notebooks"]["one"]["scores"]["q1_derivative"] = None
    path.write_text(json.dumps(record), encoding="utf-8")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        grade = gradebook.find_grade("q1_derivative", "one", "small", "honest")
        grade.auto_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()

    assert "q1_derivative" in _judged_again(course)
    assert gradebook_rows(course) == before


def test_a_gradebook_that_says_something_else_is_put_right(course: Path) -> None:
    before = gradebook_rows(course)
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("UPDATE grade SET auto_score = 1.5 WHERE auto_score = 10")

    assert "q1_derivative" in _judged_again(course)
    assert gradebook_rows(course) == before


def test_a_notebook_that_is_not_the_one_that_was_written_is_judged(course: Path) -> None:
    path = course / "autograded" / "honest" / "small" / "one.ipynb"
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8").replace("10 / 10", "1 / 10"), encoding="utf-8")

    assert "q1_derivative" in _judged_again(course, "--student", "honest")
    assert _judged_again(course, "--student", "honest") == set()


def test_evidence_of_an_earlier_version_is_judged(course: Path) -> None:
    path = next((course / "evidence" / "small").glob("honest*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["judged"]
    path.write_text(json.dumps(record), encoding="utf-8")

    assert "q1_derivative" in _judged_again(course, "--student", "honest")
    assert _judged_again(course, "--student", "honest") == set()


@pytest.mark.parametrize("arguments", [(), ("--task", "q1_function")])
def test_an_assignment_that_comes_back_to_what_it_was_is_judged_as_it_is(course: Path, arguments: tuple[str, ...]) -> None:
    before = gradebook_rows(course)
    sig_checker(course, "regrade", *arguments, before=CHANGED_ASSIGNMENT)
    assert _score(course, "unstable", "q1_function")[0] == 2.5

    sig_checker(course, "regrade")
    assert gradebook_rows(course) == before


def test_a_grade_by_another_assignment_is_not_done(course: Path) -> None:
    sig_checker(course, "regrade", before=CHANGED_ASSIGNMENT)
    sig_checker(course, "grade")

    assert _score(course, "unstable", "q1_function")[0] == 8.0


def _changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    assert set(before) == set(after)
    return {name for name in before if before[name] != after[name]}


def test_only_the_tasks_and_students_that_are_named(course: Path) -> None:
    assert "0 with other points" in _regrade(course, "--task", "q1_derivative").stdout
    assert "1 submissions judged again, 0 with" in _regrade(course, "--student", "honest").stdout
    assert "1 with other points" in _regrade(course, "--task", "q1_function", "--student", "unstable").stdout
    assert _score(course, "unstable", "q1_function")[0] == 2.5
    unknown = _regrade(course, "--task", "q9")
    assert unknown.returncode == 2
    assert "q1_derivative" in unknown.stderr


def test_one_task_is_judged_again_for_everybody_and_no_code_runs(course: Path) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "small") as gradebook:
        gradebook.find_grade("q1_function", "one", "small", "carried").manual_score = 9.0
        gradebook.db.commit()
    before = gradebook_rows(course)
    # another rubric for what the task gets, and for other tasks as well, which are not asked about
    done = _regrade(course, "--task", "q1_function", change='function="tanh(z)"')
    after = gradebook_rows(course)

    assert done.returncode == 0, done.stderr
    assert "5 submissions judged again, 4 with other points" in done.stdout  # of one there is no evidence
    for student, rows in before.items():
        grades = dict(after[student]["grades"])
        old = rows["grades"].pop(("one", "q1_function"))
        new = grades.pop(("one", "q1_function"))
        assert grades == rows["grades"]
        assert (old[0], new[0]) == ({"exits": None, "unstable": 8.0}.get(student, 10.0), None if student == "exits" else 0.0)
        assert new[1] == (9.0 if student == "carried" else None)


def test_grading_starts_processes_and_could_not_go_unnoticed(course: Path) -> None:
    """The control: where no process can be started, no student code can run, and nobody is graded."""
    before = gradebook_rows(course)
    done = sig_checker(course, "grade", "--force", before=NO_PROCESS, check=False)

    assert done.returncode != 0
    assert gradebook_rows(course) == before


def test_changed_expectations_change_points(course: Path) -> None:
    """The exercise asks about another function: what was right is wrong."""
    done = _regrade(course, change='function="tanh(z)"')

    assert done.returncode == 0, done.stderr
    assert _score(course, "honest", "q1_derivative")[0] == 0.0
    assert _score(course, "honest", "q1_function")[0] == 0.0


def test_changed_points_in_the_source_reach_gradebook_and_notebooks(course: Path) -> None:
    path = course / "source" / "small" / "one.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell_of(notebook, "q1_function")["metadata"]["nbgrader"]["points"] = 20
    path.write_text(json.dumps(notebook), encoding="utf-8")
    done = sig_checker(course, "regrade")

    assert "5 submissions judged again, 4 with other points" in done.stdout
    assert _score(course, "honest", "q1_function")[0] == 20.0
    assert _score(course, "unstable", "q1_function")[0] == 16.0
    assert cell_of(autograded(course, "honest", "one"), "q1_function")["metadata"]["nbgrader"]["points"] == 20.0
    assert "5 had been graded before" in sig_checker(course, "grade").stdout


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda path: path.unlink(), "There is no stored evidence", id="none"),
        pytest.param(lambda path: path.write_text("{"), "cannot be read", id="cut off"),
        pytest.param(lambda path: path.write_text("[]"), "cannot be read", id="no object"),
        pytest.param(lambda path: _edit(path, formats={"record": 0}), "another format", id="too old"),
        pytest.param(lambda path: _edit(path, student="other"), "another submission", id="somebody else's"),
        pytest.param(lambda path: _edit(path, submission="0"), "Other files have been handed in", id="handed in again"),
        pytest.param(lambda path: _edit(path, notebooks=3), "cannot be read", id="no notebooks"),
    ],
)
def test_evidence_that_does_not_do_keeps_the_grade_and_is_told(
    course: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(Ledger(course).path("small", "unstable"))
    before = gradebook_rows(course), files(course / "autograded")
    done = _regrade(course)

    assert done.returncode == 1
    (line,) = [x for x in done.stderr.splitlines() if x.startswith("unstable: ")]
    assert reason in line
    assert "Not judged again, with the grade they had: unstable" in done.stdout
    assert (gradebook_rows(course), files(course / "autograded")) == before


def _edit(path: Path, **fields: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | fields), encoding="utf-8")


def test_a_check_cell_that_asks_something_else_now_is_not_judged_by_old_evidence(course: Path) -> None:
    path = course / "source" / "small" / "two.ipynb"
    text = path.read_text(encoding="utf-8")
    assert 'submit(\\"q2_argmax\\"' in text
    path.write_text(text.replace('submit(\\"q2_argmax\\"', 'submit(\\"q2_argmin\\"'), encoding="utf-8")
    before = gradebook_rows(course)
    done = sig_checker(course, "regrade", check=False)

    assert done.returncode == 1
    assert "q2_argmax of two asks something else" in done.stderr
    assert gradebook_rows(course) == before


def test_functions_are_called_at_points_that_no_submission_can_know(course: Path) -> None:
    """They are drawn anew by each run of each command, when what is handed in lies there."""
    seeds = [Ledger(course).read("small", "honest").notebooks["one"].checks["q1_function"].seed]
    for command in (("sig-checker", "grade"), ("sig-checker", "grade"), ("nbgrader", "autograde", "small")):
        run(course, *command, "--student", "honest", "--force")
        seeds.append(Ledger(course).read("small", "honest").notebooks["one"].checks["q1_function"].seed)

    assert None not in seeds
    assert len(set(seeds)) == 4


def test_plain_nbgrader_notes_what_the_author_expects_as_part_of_the_assignment(course: Path) -> None:
    file = course / "answers" / "small.toml"
    file.parent.mkdir()
    file.write_text('[expected.task]\nfield = "text"\n', encoding="utf-8")
    run(course, "nbgrader", "autograde", "small", "--student", "honest", "--force")

    assert _judged_again(course, "--student", "honest") == set()
    file.unlink()
    assert "q1_derivative" in _judged_again(course, "--student", "honest")


def test_plain_nbgrader_keeps_the_same_evidence(course: Path, graded: Path) -> None:
    for name in ("autograded", "evidence"):
        shutil.rmtree(course / name)
    shutil.rmtree(course / "submitted" / "odd [name] % 김")  # nbgrader takes it for a pattern
    (course / "gradebook.db").unlink()
    run(course, "nbgrader", "generate_assignment", "small", "--force")
    run(course, "nbgrader", "autograde", "small")

    for student in ("honest", "unstable", "carried", "exits"):
        theirs, ours = Ledger(course).read("small", student), Ledger(graded).read("small", student)
        assert theirs.same_basis(ours)
        for name, notebook in theirs.notebooks.items():
            assert (notebook.scores, notebook.comments, notebook.text) == (
                ours.notebooks[name].scores, ours.notebooks[name].comments, ours.notebooks[name].text
            )  # fmt: skip
            assert set(notebook.checks) == set(ours.notebooks[name].checks)
    assert "4 submissions judged again, 1 with other points" in _regrade(course).stdout


def test_a_manual_score_of_an_undecided_cell_stays_and_does_not_ask_again(course: Path) -> None:
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("update grade set manual_score = 4, needs_manual_grade = 0 where auto_score is null")
    before = gradebook_rows(course)
    sig_checker(course, "regrade")

    assert _score(course, "exits", "q1_derivative")[:4] == (None, 4.0, None, False)
    assert gradebook_rows(course) == before
