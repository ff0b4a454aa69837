"""What workers make ready before a run begins: it is what the run asks for, and nothing that is wrong there stops the run."""

import subprocess
import sys
from typing import Any

import pytest

from sig_checker.deciding.floating import Truth
from sig_checker.exercises import load
from sig_checker.grading.pipeline import rehearse
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
    script = f"""
        from sig_checker.grading.pipeline import Assigned, Submission
        from sig_checker.grading.workers import LocalWorkers
        from sig_checker.exercises import load
        steps = {NO_STEPS!r}
        broken = {{"Autograde": {{**steps["Autograde"], "autograde_preprocessors": ["no.such.step"]}}}}
        with LocalWorkers(2) as workers:
            workers.rehearse(broken, {{}}, 0)
            workers.rehearse(steps, {{"{NAME}": load("{NAME}")}}, 0)
            done = workers.grade(Assigned("{NAME}", {{}}, steps, ()), [(k, Submission(str(k), {{}})) for k in range(4)])
            print(sorted(key for key, _, outcome in done if not outcome.failed))
    """
    lines = "\n".join(line[8:] for line in script.splitlines())
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=False, timeout=100)

    assert done.stdout.strip() == "[0, 1, 2, 3]", done.stderr
