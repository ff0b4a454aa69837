"""The English assignment from release to feedback: a right student, a wrong one, and reports in English with their pictures."""

from __future__ import annotations

import json
import re
import runpy
import shutil
from pathlib import Path

import pytest
from courses import points, run, sig_checker
from spellings import SPELLINGS, squeezed

from sig_checker.exercises import load

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
DEMO = runpy.run_path(str(ROOT / "tests" / "demo_class.py"))
EXERCISE = load("sigmoid-7-02-en")
AUTOMATIC = {task.id: float(task.points) for task in EXERCISE.tasks if task.asks != "essay"}
RIGHT = {**DEMO["CLASS"]["demo-plain-text"], "q3_essay": "Where it is sure it learns nothing."}
WRONG = {
    **RIGHT,
    "q1_derivative": '"a(1+a)"',
    "q1_function": "\ndef dsigmoid(z):\n    return np.exp(-z) / (1 + np.exp(-z)) ** 2\n",
    "q2_argmax": "1",
    "q3_at_zero": '{"probability": 1, "certainty": "certain", "update": "none"}',
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("english")
    shutil.copytree(ROOT / "source", folder / "source")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    run(folder, "nbgrader", "generate_assignment", EXERCISE.name)
    for student, answers in (("right", RIGHT), ("wrong", WRONG)):
        DEMO["write"](folder / "release" / EXERCISE.name, folder / "submitted" / student / EXERCISE.name, answers)
    # without its name: of the two assignments it is the one to which something has been handed in
    graded = sig_checker(folder, "grade", "--feedback")
    assert "2 submissions graded." in graded.stdout
    return folder


def spelled(folder: Path) -> set[str]:
    """The subjects of which a right answer is spelled in the notebooks' cells."""
    notebooks = [json.loads(x.read_text(encoding="utf-8")) for x in folder.glob("*.ipynb")]
    text = squeezed("\n".join("".join(cell["source"]) for notebook in notebooks for cell in notebook["cells"]))
    return {subject for subject, spellings in SPELLINGS.items() if any(x in text for x in spellings)}


def test_the_release_spells_no_answer_and_the_source_does(course: Path) -> None:
    assert spelled(course / "release" / EXERCISE.name) == set()
    assert len(spelled(course / "source" / EXERCISE.name)) >= 5


def feedback(course: Path, student: str, notebook: str) -> str:
    return (course / "feedback" / student / EXERCISE.name / f"{notebook}.html").read_text(encoding="utf-8")


def test_the_scores_are_those_of_the_answers(course: Path) -> None:
    found = {
        student: {name: score for name, score in points(course, student, EXERCISE.name).items() if name in AUTOMATIC}
        for student in ("right", "wrong")
    }

    assert found["right"] == AUTOMATIC
    lost = {"q1_derivative": 0.0, "q1_function": 8.0, "q2_argmax": 0.0, "q3_at_zero": 0.0}
    assert found["wrong"] == AUTOMATIC | lost


def test_the_feedback_is_in_english_with_pictures_that_run_nothing(course: Path) -> None:
    for notebook, said in (
        ("q1", ["Not right.", "Right up to |z| = 709.7, not beyond.", "Where the answer parts from σ′(z)", "it overflows"]),
        ("q2", ["Not right.", "σ(z), σ′(z), σ″(z) on one axis", "z = 1"]),
        ("q3", ["Not right.", "The update through a stack of layers", "Mark scheme"]),
    ):
        page = feedback(course, "wrong", notebook)
        assert [x for x in said if x not in page] == []
        assert not re.search("[가-힣]", page)
        assert re.search(r'<img [^>]*src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]{500,}"', page)
        assert 'alt="' in page
