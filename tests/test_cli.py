"""The command line: exit statuses, messages for the instructor, the judge as a filter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sig_checker.cli import main

LINE = {"id": "1", "task": "q1_derivative", "syntax": "auto", "answer": "a(1-a)"}


def test_judge_reads_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps(LINE) + "\n" + json.dumps(LINE | {"answer": "a(1+a)", "id": "2"}) + "\n")

    assert main(["judge", str(file)]) == 0
    verdicts = [json.loads(x)["verdict"] for x in capsys.readouterr().out.splitlines()]
    assert verdicts == ["proved", "refuted"]


def test_judge_reads_standard_input() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "sig-checker"), "judge", "-"],
        input=json.dumps(LINE) + "\n", capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert json.loads(done.stdout)["verdict"] == "proved"


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(tmp_path / "none")]) == 2
    assert "cannot read" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["mark"], ["grade", "a", "b"]])
def test_wrong_usage_ends_in_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_folder_that_is_no_course_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "--course", str(tmp_path)]) == 2
    assert "nbgrader_config.py" in capsys.readouterr().err
