"""The committed demonstration class is what the release and the table of answers make it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from sig_checker.exercises.sigmoid_7_02 import EXERCISE

ROOT = Path(__file__).resolve().parents[2]
DEMO = runpy.run_path(str(ROOT / "tests" / "demo_class.py"))
STUDENTS = sorted(DEMO["CLASS"])


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = DEMO["release"](tmp_path_factory.mktemp("course"))
    return folder


@pytest.mark.end_to_end
def test_the_committed_notebooks_are_those_of_the_table(released: Path, tmp_path: Path) -> None:
    DEMO["hand_in"](released, tmp_path)

    fresh, committed = _files(tmp_path), _files(ROOT / "submitted")
    assert sorted(fresh) == sorted(committed)
    different = [name for name, content in fresh.items() if committed[name] != content]
    assert different == [], "run: python tests/demo_class.py"


@pytest.mark.end_to_end
def test_one_student_hands_in_the_release_as_it_came(released: Path) -> None:
    assert _files(ROOT / "submitted" / "demo-blank" / EXERCISE.name) == _files(released)


@pytest.mark.parametrize("student", STUDENTS)
def test_every_answer_in_the_table_reaches_its_cell(student: str) -> None:
    """A misspelt task in the table would silently leave the released stub."""
    answers = DEMO["CLASS"][student]
    assert set(answers) <= {task.id for task in EXERCISE.tasks}
    handed_in = {}
    for name in DEMO["NOTEBOOKS"]:
        path = ROOT / "submitted" / student / EXERCISE.name / f"{name}.ipynb"
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            handed_in[_task_of(cell)] = "".join(cell["source"])
    for task, answer in answers.items():
        wanted = [line.strip() for line in answer.strip().splitlines()]
        given = [line.strip() for line in handed_in[task].splitlines()]
        assert given[-1].endswith(wanted[-1])
        assert len(given) == len(wanted)


@pytest.mark.parametrize("student", sorted(set(STUDENTS) - {"demo-blank"}))
def test_everyone_but_one_answers_everything(student: str) -> None:
    assert set(DEMO["CLASS"][student]) == {task.id for task in EXERCISE.tasks}


def _task_of(cell: dict[str, Any]) -> str:
    if cell["id"] == "q3-essay-answer":
        return "q3_essay"
    graded = cell["metadata"].get("nbgrader", {})
    return graded["grade_id"].removesuffix("_answer") if graded.get("solution") else ""
