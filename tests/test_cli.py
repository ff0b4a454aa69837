"""The command line: exit statuses, messages for the instructor, the judge as a filter."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
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


ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["judge", "-"], ["variants", "sigmoid-temperature"], ["test", "tanh"], ["doctor"]],
    ids=lambda x: x[0],
)  # fmt: skip
def test_a_command_whose_reader_has_gone_ends_quietly(arguments: list[str]) -> None:
    """As `| head` ends: nobody reads on. The status is that of a command that the signal has ended, as in any shell."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "sig-checker"), *arguments], input=json.dumps(LINE) + "\n",
            stdout=writer, stderr=subprocess.PIPE, cwd=ROOT, text=True, timeout=300, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)

    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.returncode in (0, 141)  # argparse keeps to itself that its help could not be written


# ---- in Korean

WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")  # two English words side by side
HANGUL = re.compile("[가-힣]")
COMMANDS = ("judge", "grade", "regrade", "report", "export", "doctor", "new", "test", "variants")


def said(arguments: list[str], language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", language)
    monkeypatch.setenv("COLUMNS", "200")
    with suppress(SystemExit):
        main(arguments)
    out, err = capsys.readouterr()
    return out + err


@pytest.mark.parametrize("arguments", [["--help"], *([x, "--help"] for x in COMMANDS)], ids=" ".join)
def test_the_help_is_korean_to_the_last_word(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    korean = said(arguments, "ko_KR.UTF-8", monkeypatch, capsys)
    english = said(arguments, "C.UTF-8", monkeypatch, capsys)

    assert korean.startswith("사용법: ")
    assert english.startswith("usage: ")
    assert not HANGUL.search(english)
    helped = [line for line in korean.split("\n\n", 1)[1].splitlines() if re.search(r"\S  +\S", line)]  # an option and its help
    assert len(helped) > 2
    assert [line for line in helped if not HANGUL.search(line)] == []
    assert [x for x in WORDS.findall(korean.split("\n\n", 1)[1]) if x != "nbgrader autograde"] == []
    for command in COMMANDS if arguments == ["--help"] else ():
        assert f"  {command} " in korean


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "다음 인자가 필요합니다"),
        (["mark"], "쓸 수 없는 값입니다"),
        (["grade", "a", "b"], "알 수 없는 인자입니다"),
        (["grade", "--limit", "many"], "값이 아닙니다"),
        (["judge", "/nowhere"], "/nowhere 파일을 읽을 수 없습니다: 그런 파일이나 폴더가 없습니다"),
        (["judge", "/dev"], "/dev 파일을 읽을 수 없습니다: 파일이 아니라 폴더입니다"),
        (["variants", "sigmoid-temperature", "--students", "@/nowhere"], "/nowhere 파일을 읽을 수 없습니다: 그런"),
        (["grade", "--course", "/dev"], "강좌 폴더가 아닙니다"),
    ],
)
def test_what_is_wrong_is_told_in_korean(
    arguments: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in said(arguments, "ko_KR.UTF-8", monkeypatch, capsys)


def test_what_is_listed_of_variants_is_korean(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(["variants", "sigmoid-temperature", "--course", str(ROOT)], "ko_KR.UTF-8", monkeypatch, capsys).splitlines()

    assert len(lines) == 6
    assert [x for x in lines if WORDS.search(x) or not HANGUL.search(x)] == []


def test_what_is_refused_is_a_message() -> None:
    """What is refused is told in the reader's language, so it is in the catalogue."""
    refusal = re.compile(r"ConfigError\(\s*(f?[\"'].{30})")
    files = (ROOT / "sig_checker").rglob("*.py")
    assert [(x.name, found) for x in files for found in refusal.findall(x.read_text(encoding="utf-8"))] == []


def test_verdicts_come_in_the_language_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answers.jsonl"
    asked = (json.dumps(LINE), "{", '{"task": "q9"}', '{"task": "q1_derivative", "syntax": "x"}')
    file.write_text("".join(x + "\n" for x in asked))
    korean, english = (
        [json.loads(x)["message"] for x in said(["judge", str(file)], language, monkeypatch, capsys).splitlines()]
        for language in ("ko_KR.UTF-8", "C.UTF-8")
    )

    assert [x for x in english if HANGUL.search(x)] == []
    assert [x for x in korean if WORDS.search(x)] == []
    assert english[0].startswith("Right: proved")
    assert "2번째 칸부터 JSON이 아닙니다" in korean[1]
