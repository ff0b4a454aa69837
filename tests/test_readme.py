"""The README's examples are run, and what it names exists.

python tests/test_readme.py           writes into the README what its examples print now
"""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sig_checker.exercises.sigmoid_7_02 import EXERCISE

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _examples() -> list[tuple[str, str]]:
    """(command, what the terminal shows) for each `$ ` line of the console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    found: list[tuple[str, str]] = []
    for block in blocks:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown.strip()))
    return found


def _run(command: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _without_seconds(line: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(line)
    assert record.pop("seconds") >= 0
    return record


@pytest.mark.parametrize(("command", "shown"), _examples(), ids=[str(n + 1) for n in range(len(_examples()))])
def test_an_example_shows_what_the_terminal_shows(command: str, shown: str) -> None:
    printed = _run(command).splitlines()

    now, then = ([_without_seconds(line) for line in lines] for lines in (printed, shown.splitlines()))
    assert now == then, "if the change is meant, run: python tests/test_readme.py"


def test_there_is_a_right_and_a_wrong_answer() -> None:
    verdicts = {json.loads(shown)["verdict"] for _, shown in _examples()}

    assert {"proved", "refuted"} <= verdicts


def test_a_changed_example_would_be_noticed() -> None:
    command, shown = _examples()[0]
    other = command.replace("(1 + e^-z)^2", "(1 + e^-z)^3")

    assert other != command
    assert _without_seconds(_run(other)) != _without_seconds(shown)


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"`make (\w+)`", README):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"make {target}"


def test_the_nbgrader_commands_exist() -> None:
    from nbgrader.apps import NbGraderApp  # noqa: PLC0415  heavy, and for this test alone

    named = set(re.findall(r"^nbgrader (\w+) sigmoid-7-02", README, flags=re.MULTILINE))
    assert named
    assert named <= {name.replace("-", "_") for name in NbGraderApp.subcommands}


def test_the_configuration_shown_is_two_lines_that_work() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    from traitlets.config import Config  # noqa: PLC0415

    names: dict[str, Any] = {"get_config": Config}
    exec(block, names)

    assert "sig_checker" in str(names["c"].Autograde)


def test_the_numbers_are_those_of_the_exercise() -> None:
    essay = EXERCISE.task("q3_essay").points
    for question in ("q1", "q2", "q3"):
        points = sum(task.points for task in EXERCISE.tasks if task.id.startswith(question))
        assert f"({points})" in README

    assert f"essay ({essay} points)" in README
    assert f"the other {100 - essay} are" in README


def test_the_class_is_as_large_as_it_says() -> None:
    numbers = {16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty"}
    students = runpy.run_path(str(ROOT / "tests" / "demo_class.py"))["CLASS"]

    assert f"{numbers[len(students)]} students" in README
    assert all(name in students for name in re.findall(r"`(demo-[\w-]+)`", README))


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_licence_and_the_version_agree_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"{project['license']} License")
    assert re.findall(r"^## (\S+)", changelog, flags=re.MULTILINE)[0] == project["version"]


def _refresh() -> None:
    def printed(block: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", block[1], flags=re.MULTILINE)
        return "```console\n" + "".join(f"$ {command}\n{_run(command)}\n" for command in commands) + "```"

    text = re.sub(r"```console\n(.*?)```", printed, README, flags=re.DOTALL)
    (ROOT / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _refresh()
