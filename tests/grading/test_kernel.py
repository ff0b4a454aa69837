"""The process that runs a submission starts with nothing of the grader's, and computes the same on each machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sig_checker.evidence import CHALLENGE
from sig_checker.grading.running.kernel import SubmissionKernel, launch_options, scratch_copy

REPORT = """
import json, os
import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print(json.dumps([dict(os.environ), [x for x in __cpu_dispatch__ if __cpu_features__[x]], list({"a", "b", "c", "d"})]))
"""


def _seen(folder: Path) -> tuple[dict[str, str], list[str], list[str]]:
    options = launch_options(folder, folder.parent / "cell.json") | {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    done = subprocess.run([sys.executable, "-W", "error", "-c", REPORT], timeout=60, check=True, **options)
    environment, features, order = json.loads(done.stdout)
    assert done.stderr == b""
    return environment, features, order


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    folder = tmp_path / "student" / "assignment"
    folder.mkdir(parents=True)
    (folder / "one.ipynb").write_text("{}")
    (folder / "mine.py").write_text("answer = 1")
    (folder / "elsewhere").symlink_to(tmp_path)
    return folder


def test_a_submission_runs_in_a_copy_that_is_gone_afterwards(submission: Path) -> None:
    with scratch_copy(str(submission)) as folder:
        assert sorted(x.name for x in folder.iterdir()) == ["elsewhere", "mine.py"]
        assert (folder / "elsewhere").is_symlink()
        (folder / "mine.py").write_text("changed")

    assert not folder.parent.exists()
    assert (submission / "mine.py").read_text() == "answer = 1"


def test_the_environment_is_built_and_not_inherited(submission: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADEBOOK_PASSWORD", "secret")
    with scratch_copy(str(submission)) as folder:
        environment, features, order = _seen(folder)
        again = _seen(folder)

        assert "GRADEBOOK_PASSWORD" not in environment
        assert Path(environment["HOME"]) == folder.parent
        assert Path(environment["TMPDIR"]).is_relative_to(folder.parent)
        assert Path(environment[CHALLENGE]) == folder.parent / "cell.json"
    assert features == []  # the last bits of NumPy's functions do not depend on the processor
    assert order == again[2]


def test_the_kernel_is_this_interpreter_unless_the_instructor_names_another() -> None:
    manager: Any = SubmissionKernel(kernel_name="python3")
    assert manager.kernel_spec.argv[0] == sys.executable

    with pytest.raises(Exception, match="no-such-kernel"):
        SubmissionKernel(kernel_name="no-such-kernel").kernel_spec  # noqa: B018 - asking for it is the test
