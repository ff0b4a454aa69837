"""Who uses the sandbox: the judge's filter, `sig-checker grade`, nbgrader's own autograde; each with one and without."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import courses
import pytest
from confined import KINDS_HERE

from sig_checker.cli import main
from sig_checker.filter import run
from sig_checker.grading.sandbox import choosing

SEEN = (
    "import os\nimport numpy as np\n"
    "def dsigmoid(z):\n"
    "    seen = [x for x in {paths!r} if os.path.exists(x)], len([x for x in os.listdir('/proc') if x.isdigit()]) < 5\n"
    "    assert seen == ([], True), seen\n"
    "    t = np.exp(-np.abs(z))\n"
    "    return t / (1 + t) ** 2\n"
)
FUNCTION = courses.RIGHT["q1_function"]


def asked(source: str, **how: Any) -> dict[str, Any]:
    target = io.StringIO()
    row = {"id": "1", "task": "q1_function", "syntax": "numpy", "answer": source}
    run(io.StringIO(json.dumps(row) + "\n"), target, **how)
    answer: dict[str, Any] = json.loads(target.getvalue())
    return answer


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "problem", lambda kind: f"no {kind} today")


@pytest.mark.parametrize("kind", KINDS_HERE)
def test_the_judges_functions_run_in_the_sandbox(kind: str, tmp_path: Path) -> None:
    paths = [str(tmp_path), str(Path.home() / ".ssh"), __file__, "/etc/passwd"]
    answer = asked(SEEN.format(paths=paths), sandbox=kind)

    assert answer["verdict"] == "measured", answer
    assert answer["points"] == answer["max_points"]


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_functions_go_to_a_person() -> None:
    answer = asked(FUNCTION)

    assert answer["verdict"] == "undecided"
    assert answer["points"] == 0.0
    assert answer["max_points"] == 10.0
    assert "no namespaces today" in answer["message"]
    assert "--trust-submissions" in answer["message"]


@pytest.mark.usefixtures("no_sandbox")
def test_functions_that_are_trusted_run_without_one() -> None:
    assert asked(FUNCTION, trust_submissions=True)["verdict"] == "measured"


@pytest.mark.usefixtures("no_sandbox")
def test_grade_refuses_without_a_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = courses.write_course(tmp_path)

    assert main(["grade", "--course", str(course)]) == 2
    told = capsys.readouterr().err
    assert "bubblewrap: no bubblewrap today" in told
    assert "apt-get install bubblewrap" in told
    assert "c.ExecuteSubmission.trust_submissions" in told


@pytest.mark.end_to_end
@pytest.mark.parametrize("kind", KINDS_HERE)
def test_a_whole_submission_is_graded_in_each_kind(kind: str, tmp_path: Path) -> None:
    ours = kind == "bubblewrap"  # named to our command or, with the other, in the configuration of nbgrader's
    course = courses.write_course(tmp_path / "course", more="" if ours else f"c.ExecuteSubmission.sandbox = {kind!r}\n")
    courses.generate(course)
    peek = f"import os\nq1_backprop = str([os.path.exists(x) for x in ({str(course)!r}, {str(Path.home())!r} + '/.ssh')])"
    courses.hand_in(course, "right", courses.RIGHT)
    courses.hand_in(course, "curious", {**courses.RIGHT, "q1_backprop": peek})
    command = ("sig-checker", "grade", "--sandbox", kind) if ours else ("nbgrader", "autograde", courses.ASSIGNMENT)
    done = courses.run(course, *command)

    assert f"confined by {kind}" in done.stdout + done.stderr
    assert courses.points(course, "right") == courses.FULL
    assert courses.points(course, "curious") == {**courses.FULL, "q1_backprop": 0.0}
    assert "[False, False]" in json.dumps(courses.autograded(course, "curious", "one"))


NO_SANDBOX = (
    "from sig_checker.grading.sandbox import choosing\nchoosing.problem = lambda kind: 'not here'\n"  # a machine without one
)


@pytest.mark.end_to_end
def test_our_command_goes_on_without_a_sandbox_where_submissions_are_trusted(tmp_path: Path) -> None:
    course = courses.write_course(tmp_path / "course")
    courses.generate(course)
    courses.hand_in(course, "right", courses.RIGHT)
    refused = courses.sig_checker(course, "grade", before=NO_SANDBOX, check=False)
    assert refused.returncode == 2
    assert "--trust-submissions" in refused.stderr

    trusted = courses.sig_checker(course, "grade", "--trust-submissions", before=NO_SANDBOX)
    assert "not confined" in trusted.stdout
    assert courses.points(course, "right") == courses.FULL


@pytest.mark.end_to_end
def test_nbgrader_itself_refuses_without_a_sandbox_unless_submissions_are_trusted(tmp_path: Path) -> None:
    course = courses.write_course(tmp_path / "course", more=NO_SANDBOX)
    courses.generate(course)
    courses.hand_in(course, "right", courses.RIGHT)
    refused = courses.run(course, "nbgrader", "autograde", courses.ASSIGNMENT, check=False)
    assert refused.returncode != 0
    assert "cannot be confined on this machine" in refused.stderr

    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.ExecuteSubmission.trust_submissions = True\n")
    trusted = courses.run(course, "nbgrader", "autograde", courses.ASSIGNMENT)
    assert "not confined" in trusted.stderr
    assert courses.points(course, "right") == courses.FULL
