"""What one worker has judged the others find, and write of it what they would have written themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from courses import run

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = ("demo-worked-solution", "demo-unstable", "demo-sign")
SCRIPT = """
import sys
from sig_checker.grading.batch import startup
startup.begin()
from sig_checker.grading.steps import same_answers
from sig_checker.grading.course import Course
from sig_checker.grading.exercises import exercises_of
from sig_checker.grading.batch.grade import Grader
from sig_checker.grading.batch.packing import pack_submission
from sig_checker.grading.batch.workers import LocalWorkers

judge = same_answers.judge

def noted(exercise, task, *more, **options):
    print("judged", task, flush=True)
    return judge(exercise, task, *more, **options)

same_answers.judge = noted

NAME = "sigmoid-7-02"
with LocalWorkers(2) as workers:
    course = Course(".", wait=10)
    workers.warm = course.confine("auto", trust=False, here=True).kind == "namespaces"
    with course.working_on(NAME):
        assigned = Grader(course, NAME, 7)._assigned
        first, *others = (pack_submission(course, NAME, sys.argv[1], ["q1", "q2", "q3"], []) for _ in range(5))
        outcomes = [outcome for batch in ([first], others) for *_, outcome in workers.grade(assigned, enumerate(batch))]
texts = {tuple(x.text for x in outcome.notebooks.values()) for outcome in outcomes}
print("texts", len(texts), "of", len(outcomes), "failed", sum(x.failed for x in outcomes))
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "source", folder / "source")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for student in STUDENTS:
        shutil.copytree(ROOT / "submitted" / student, folder / "submitted" / student)
    run(folder, "nbgrader", "generate_assignment", "sigmoid-7-02")
    return folder


@pytest.mark.parametrize("student", STUDENTS)
def test_an_answer_is_judged_by_one_worker_and_shown_alike_by_all(course: Path, student: str) -> None:
    *judged, last = run(course, "python", "-c", SCRIPT, student).stdout.splitlines()

    assert last == "texts 1 of 5 failed 0"
    assert len(judged) == len(set(judged)) > 5, "once for each task, although two workers have graded"
