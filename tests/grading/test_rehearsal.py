"""What workers make ready before a run begins: it is what the run asks for, and nothing that is wrong there stops the run."""

import subprocess
import sys
from textwrap import dedent, indent
from typing import Any

import pytest

from sig_checker.deciding.floating import Truth
from sig_checker.exercises import load
from sig_checker.grading.batch.pipeline import rehearse
from sig_checker.judging import judge
from sig_checker.notebook.rehearsal import own_challenge
from sig_checker.notebook.submit import answer_as_data
from sig_checker.verdicts import Verdict

NO_STEPS: dict[str, Any] = {"Autograde": {"sanitize_preprocessors": [], "autograde_preprocessors": []}}
NAME, SEED = "sigmoid-7-02", 71_020_309


def test_the_true_values_at_the_runs_points_are_known_when_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = load(NAME)
    task = exercise.task("q1_backprop_function")
    enclosed: list[object] = []
    enclose = Truth._enclose

    def counted(truth: Truth, z: Any) -> Any:
        enclosed.append(z)
        return enclose(truth, z)

    monkeypatch.setattr(Truth, "_enclose", counted)

    def judged(seed: int) -> int:
        enclosed.clear()
        answer = answer_as_data(lambda upstream, z: upstream * z + 1.0, own_challenge(exercise, task, seed))
        assert judge(exercise, task.id, answer, seed=str(seed)).report.verdict is Verdict.REFUTED
        return len(enclosed)

    rehearse(NO_STEPS, {NAME: exercise}, SEED)
    assert judged(SEED) == 0
    assert judged(SEED + 1) > 0  # other points, which nobody has asked for


def test_what_goes_wrong_while_they_get_ready_stops_no_run() -> None:
    broken = {"Autograde": {**NO_STEPS["Autograde"], "autograde_preprocessors": ["no.such.step"]}}

    assert _graded(f"""
        workers.rehearse({broken!r}, {{}}, 0)
    """) == ["[0, 1, 2, 3]"]


def test_each_worker_is_told_of_the_runs_exercises_and_seed() -> None:
    lines = _graded(f"""
        workers.rehearse({NO_STEPS!r}, {{"{NAME}": load("{NAME}")}}, {SEED})
    """)

    assert sorted(lines) == ["[0, 1, 2, 3]", f"{NAME} {SEED}", f"{NAME} {SEED}"]


def test_a_worker_that_has_ended_by_then_stops_no_run() -> None:
    assert _graded("""
        for process in list(workers._executor._processes.values()):
            process.kill()
            process.join()
        with suppress(BrokenProcessPool):  # until the pool has seen it
            while True:
                workers._executor.submit(os.getpid).exception()
        workers.rehearse(steps, {}, 0)
    """) == ["[0, 1, 2, 3]"]


def _graded(before: str) -> list[str]:
    """What four empty submissions and their two workers print, in a process of its own, which has no threads when it forks."""
    script = f"""
import os
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from sig_checker.exercises import load
from sig_checker.grading.batch import pipeline
from sig_checker.grading.batch.workers import LocalWorkers

steps = {NO_STEPS!r}
pipeline.rehearse_functions = lambda exercise, seed: print(f"{{exercise.name}} {{seed}}\\n", end="", flush=True)
with LocalWorkers(2) as workers:
{indent(dedent(before), "    ")}
    assigned = pipeline.Assigned("{NAME}", {{}}, steps, ())
    done = workers.grade(assigned, [(k, pipeline.Submission(str(k), {{}})) for k in range(4)])
    print(sorted(key for key, _, outcome in done if not outcome.failed))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
