"""What a notebook sends, claims or brings along buys nothing; what is odd waits for a person, what is honest is left alone."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import FULL, RIGHT, cell_of, grade_id, run, scores, shown
from nbgrader.api import Gradebook

from sig_checker.grading.notices import Notice, notices
from sig_checker.grading.submissions import read_notebook
from sig_checker.language import translate
from sig_checker.verdicts import Message

pytestmark = pytest.mark.end_to_end

WRONG = 'q1_derivative = "z"\n'
# for cheats: `send` sends a record as `submit` does, `challenge` reads the file of the running cell
TOOLS = """
import json, os, threading, time
import sig_checker.evidence as evidence
from IPython.display import clear_output, display, HTML, update_display
honest = submit
def challenge():
    with open(os.environ[evidence.CHALLENGE]) as file:
        return json.load(file)
def record(answer="a(1-a)", **changes):
    found = challenge()
    made = {"format": 1, "exercise": found["exercise"], "task": found["task"], "nonce": found["nonce"]}
    return made | {"answer": {"kind": "data", "value": answer}} | changes
def send(made, **options):
    return display({evidence.MIME: made, "text/plain": "x"}, raw=True, **options)
"""


def _instead(body: str) -> str:
    """An answer cell with a wrong answer, in which `submit` becomes a function with this body."""
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return f"{WRONG}{TOOLS}\ndef submit(task, *others, **options):\n{lines}\n"


REPORT = 'display(HTML("<p><code>q1_derivative</code> <strong>맞습니다.</strong></p><p>점수: 10 / 10</p>"))'
# student -> answers that differ from the right ones, then: points of q1_derivative, whether a person is asked, what is said
Case = tuple[dict[str, str], float | None, bool, str]
CASES: dict[str, Case] = {
    "claims": (
        {"q1_derivative": _instead("honest(task, *others, **options)\nreturn 10.0")}, 0.0, True,
        "The cell claimed 10 points; the judge gives 0.",
    ),
    "claims-a-fraction": (
        {"q1_derivative": _instead("from fractions import Fraction\nhonest(task)\nreturn Fraction(10)")}, 0.0, True,
        "The cell claimed 'Fraction(10, 1)' points; the judge gives 0.",
    ),
    "claims-only": ({"q1_derivative": _instead("return 10.0")}, None, True, "claimed 10 points; the judge gives none."),
    "claims-what-is-due": (
        {"q1_derivative": _instead("honest(task)\nreturn 10.0").replace(WRONG, RIGHT["q1_derivative"] + "\n")},
        10.0, False, "",
    ),
    "doubles": ({"q1_derivative": _instead("honest(task)\nsend(record())\nreturn 0.0")}, None, True, "handed in 2 answers"),
    "clears": (
        {"q1_derivative": _instead("honest(task)\nclear_output()\nsend(record())\nreturn 0.0")}, None, True,
        "handed in 2 answers",
    ),
    "updates": (
        {"q1_derivative": _instead(
            'send(record("z"), display_id="x")\nupdate_display({evidence.MIME: record()}, raw=True, display_id="x")\nreturn 0.0'
        )}, None, True, "handed in 2 answers",
    ),
    "stale": ({"q1_derivative": _instead('send(record(nonce="f00d"))\nreturn 0.0')}, None, True, "from another run"),
    "other-task": ({"q1_derivative": _instead('send(record(task="q2_maximum"))\nreturn 0.0')}, None, True, "another task"),
    "no-evidence": ({"q1_derivative": _instead('send({"points": 10.0})\nreturn 0.0')}, None, True, "is not evidence"),
    "undecided": ({"q1_derivative": _instead(
        "deep = []\nfor _ in range(900):\n    deep = [deep]\nsend(record(deep))\nreturn 0.0")}, None, True, "",
    ),
    "thread": (
        {"q1_derivative": _instead("""
def late():
    while not os.path.exists(os.environ[evidence.CHALLENGE]):
        time.sleep(0.001)
    send(record())
helper = threading.Thread(target=late, daemon=True)
helper.start()
helper.join()
honest(task)
return 0.0""")}, None, True, "handed in 2 answers",
    ),
    "mimics": ({"q1_derivative": _instead(
        f"import sys\nprint(10.0, file=sys.stderr)\nhonest(task)\nprint(10.0)\n{REPORT}\nreturn 0.0")}, 0.0, False, ""),
    "garbage": (
        {"q1_derivative": _instead("""
session = get_ipython().kernel.session
session.pack, before = (lambda content: b"{"), session.pack
display("x")
session.pack = before
honest(task)
return 0.0""")}, None, True, "",
    ),
    "broken-messages": (
        {"q1_derivative": _instead("""
session, socket = get_ipython().kernel.session, get_ipython().kernel.iopub_socket
parent = get_ipython().kernel.get_parent()
for content in ({}, [], {"data": 3}, {"data": {"text/html": 3}, "metadata": None}, {"transient": 3}, {"execution_count": "x"}):
    for kind in ("display_data", "execute_result", "stream", "error", "clear_output", "update_display_data", "comm_open"):
        session.send(socket, kind, content, parent=parent)
honest(task)
return 0.0""")}, None, True, "",
    ),
    "odd-and-right": (
        {"q1_derivative": _instead("""
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, "stream", {"name": "stdout", "text": 5}, parent=kernel.get_parent())
return honest(task)""").replace(WRONG, RIGHT["q1_derivative"] + "\n")}, 10.0, True, "sent messages that are none",
    ),
    "without-environment": (
        {"q1_derivative": WRONG + "import os\nos.environ.clear()\nos.environ['NBGRADER_EXECUTION'] = ''"}, None, True,
        "handed in no answer",
    ),
}  # fmt: skip
# what an honest student may do; no line is written, nobody is asked
HONEST: dict[str, dict[str, str]] = {
    "right": {},
    "prints": {
        "q1_derivative": RIGHT["q1_derivative"] + '\nimport sys\nprint("10.0", file=sys.stderr)\nprint(10.0)\n10.0',
        "q1_function": RIGHT["q1_function"] + f"\nfrom IPython.display import display, HTML\n{REPORT}\n4.0",
    },
    "tries": {"q1_derivative": RIGHT["q1_derivative"] + '\nsubmit("q1_derivative")\nsubmit("q1_derivative", "z")'},
    "formats": {"q1_derivative": RIGHT["q1_derivative"] + "\n%precision 3\nimport sympy\nsympy.init_printing()"},
    "chatty-function": {"q1_function": RIGHT["q1_function"].replace("    t =", "    print(z)\n    t =")},
    "half-a-pair": {"q1_derivative": RIGHT["q1_derivative"] + '\nprint("\\ud83d")'},
    "half-an-emoji": {"q1_derivative": RIGHT["q1_derivative"] + r'''
import json
session = get_ipython().kernel.session
session.pack, before = (lambda content: json.dumps(content, default=str).encode()), session.pack
from IPython.display import display
display({"text/plain": "\ud83d", "application/json": {"\ud83d": float("nan")}}, raw=True)
session.pack = before'''},
    "peeks": {
        "q1_backprop": 'import os\nfound = os.path.exists(os.environ["SIG_CHECKER_CHALLENGE"])\n'
        'q1_backprop = "z" if found else "dL_da * a(1-a)"',
    },
}  # fmt: skip
PLANTED = {
    "numpy.py": "raise SystemExit", "sitecustomize.py": "raise SystemExit", "usercustomize.py": "raise SystemExit",
    "plant.pth": "import os; os._exit(1)", "nbgrader_config.py": "c = get_config()\nc.Autograde.sanitize_preprocessors = []",
    "ipython_config.py": "raise SystemExit", "ipython_kernel_config.py": "raise SystemExit",
    "jupyter_config.py": "raise SystemExit", ".ipython/profile_default/startup/00.py": "raise SystemExit",
    ".jupyter/jupyter_config.py": "raise SystemExit", "sig_checker/__init__.py": "submit = lambda *a, **k: 10.0",
    ".two.ipynb": json.dumps({"cells": []}), "conftest.py": "raise SystemExit",
}  # fmt: skip
REPLAYS = {
    "q1_derivative": TOOLS + """
q1_derivative = "a(1-a)"
kept = []
def submit(task, *others, **options):
    found = challenge()
    if kept:
        send({**kept[0], "task": found["task"]})
    else:
        kept.append(record())
        send(kept[0])
    return 0.0
""",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = courses.write_course(tmp_path_factory.mktemp("trust"), more="c.ExecuteSubmission.timeout = 20\n")
    courses.generate(made)
    for student, (answers, *_) in CASES.items():
        courses.hand_in(made, student, RIGHT | answers)
    for student, answers in HONEST.items():
        courses.hand_in(made, student, RIGHT | answers)
    courses.hand_in(made, "replays", RIGHT | REPLAYS)
    stray = f"{TOOLS}\n{RIGHT['q1_backprop']}\nsend({{'nonce': 'f00d'}})\nsend(10.0)"
    courses.hand_in(made, "strays", RIGHT | {"q1_backprop": stray})
    courses.hand_in(made, "checks-first", RIGHT, _checks_first)
    for student, answers in (("planted", RIGHT), ("planted-wrong", RIGHT | {"q1_derivative": WRONG})):
        folder = courses.hand_in(made, student, answers)
        for name, text in PLANTED.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    _hand_in_links(made)
    return made


def _checks_first(_: str, notebook: dict[str, Any]) -> None:
    notebook["cells"].sort(key=lambda cell: (not grade_id(cell).endswith("_setup"), grade_id(cell).endswith("_answer")))


def _hand_in_links(course: Path) -> None:
    read = 'import os\nfor name in sorted(os.listdir()):\n    print(name, "SECRET" in open(name, errors="replace").read())\n'
    folder = courses.hand_in(course, "links", RIGHT | {"q1_derivative": read + RIGHT["q1_derivative"]})
    (course / "secret.txt").write_text("SECRET")
    (folder / "absolute.txt").symlink_to(course / "secret.txt")
    (folder / "relative.txt").symlink_to("../../../secret.txt")
    (folder / "dangling.txt").symlink_to("nowhere")
    (folder / "endless.txt").symlink_to("/dev/zero")
    (folder / "course").symlink_to(course, target_is_directory=True)
    os.link(course / "secret.txt", folder / "hard.txt")
    os.mkfifo(folder / "pipe.txt")
    os.mkfifo(folder / "timestamp.txt")
    (folder / "own.txt").write_text("mine")
    for student, make in LINKED_NOTEBOOKS.items():
        one = courses.hand_in(course, student, RIGHT) / "one.ipynb"
        one.unlink()
        make(course, one)
    twin = courses.hand_in(course, "twin", RIGHT) / "one.ipynb"
    os.link(twin, courses.hand_in(course, "other-twin", RIGHT) / "the-same.txt")


def _neighbour(course: Path) -> Path:
    return course / "submitted" / "right" / "small" / "one.ipynb"


LINKED_NOTEBOOKS: dict[str, Callable[[Path, Path], None]] = {
    "linked": lambda course, one: one.symlink_to(_neighbour(course)),
    "linked-within": lambda _, one: one.symlink_to("two.ipynb"),
    "linked-to-passwords": lambda _, one: one.symlink_to("/etc/passwd"),
    "linked-to-a-device": lambda _, one: one.symlink_to("/dev/zero"),
    "linked-to-nowhere": lambda _, one: one.symlink_to("nowhere"),
    "piped": lambda _, one: os.mkfifo(one),
    "a-folder": lambda _, one: (one / "one.ipynb").mkdir(parents=True),
}


@pytest.fixture(scope="module")
def graded(course: Path) -> subprocess.CompletedProcess[str]:
    return run(course, "sig-checker", "grade")


def _notices(course: Path, student: str, name: str = "one") -> list[Notice]:
    notebook, problem = read_notebook(str(course / "autograded" / student / "small" / f"{name}.ipynb"))
    assert problem is None
    return list(notices(notebook))


def test_the_batch_goes_through(graded: subprocess.CompletedProcess[str]) -> None:
    assert graded.returncode == 0
    assert "Not graded" not in graded.stdout


@pytest.mark.usefixtures("graded")
@pytest.mark.parametrize("student", CASES)
def test_no_trick_buys_a_point_and_a_person_is_told(course: Path, student: str) -> None:
    _, points, asked, said = CASES[student]
    found = scores(course, student)

    assert found["q1_derivative"] == (points, asked)
    assert all(score is None or score <= FULL[task] for task, (score, _) in found.items() if task in FULL)
    told = [x for x in _notices(course, student) if x.cell == "q1_derivative"]
    assert bool(told) == asked
    assert any(said in str(x.message) for x in told) or not said
    assert any(x.person for x in told) == (points is None)


@pytest.mark.usefixtures("graded")
@pytest.mark.parametrize("student", CASES)
def test_the_reason_stands_in_the_cell_and_nothing_that_the_cell_has_shown(course: Path, student: str) -> None:
    cell = cell_of(courses.autograded(course, student, "one"), "q1_derivative")
    kinds = [x["output_type"] for x in cell["outputs"]]

    assert kinds == ["display_data", "execute_result"]
    assert cell["outputs"][1]["data"]["text/plain"] == [str(CASES[student][1] or 0.0)]
    assert "10 / 10" not in shown(cell) or CASES[student][1] == 10.0
    for notice in _notices(course, student):
        if notice.cell == "q1_derivative":
            assert translate(notice.message, "ko") in shown(cell)


def test_suspicions_are_marked_in_the_lines_for_the_instructor(graded: subprocess.CompletedProcess[str]) -> None:
    lines = {line for line in graded.stderr.splitlines() if "suspected tampering" in line}

    assert "claims · one · q1_derivative: suspected tampering: The cell claimed 10 points; the judge gives 0." in lines
    assert any(line.startswith("doubles · one · q1_derivative: a person gives the points: suspected") for line in lines)
    accused = {line.split(" · ")[0] for line in lines}
    assert accused.isdisjoint({*HONEST, "without-environment", "mimics", "checks-first", "links", "twin", "other-twin"})


@pytest.mark.usefixtures("graded")
@pytest.mark.parametrize("student", HONEST)
def test_an_honest_student_is_left_alone(course: Path, student: str) -> None:
    found = scores(course, student)

    assert {task: found[task] for task in FULL} == {task: (points, False) for task, points in FULL.items()}
    assert _notices(course, student) == []


@pytest.mark.usefixtures("graded")
def test_evidence_cannot_be_used_again_in_another_cell(course: Path) -> None:
    found = scores(course, "replays")

    assert found["q1_derivative"] == (10.0, False)
    assert found["q1_function"] == found["q1_backprop"] == (None, True)
    told = {x.cell: x for x in _notices(course, "replays")}
    assert str(told["q1_backprop"].message) == "The cell handed in what was made for another cell, q1_derivative."
    assert told["q1_backprop"].suspected
    assert (scores(course, "replays")["q2_maximum"]) == (6.0, False)


@pytest.mark.usefixtures("graded")
def test_what_another_cell_sends_is_left_aside_and_costs_nothing(course: Path) -> None:
    found = scores(course, "strays")
    there, listed = _notices(course, "strays")

    assert {task: found[task][0] for task in FULL} == FULL
    assert (there.cell, there.suspected, there.person) == ("q1_backprop_answer", True, False)
    # nbgrader lists no cell without points, so the next one that has some stands in for it
    assert (listed.cell, listed.suspected, listed.person) == ("q1_backprop", True, False)
    assert {task for task in FULL if found[task][1]} == {"q1_backprop"}
    assert translate(listed.message, "ko") in shown(cell_of(courses.autograded(course, "strays", "one"), "q1_backprop"))


@pytest.mark.usefixtures("graded")
def test_cells_are_executed_in_the_order_in_which_they_stand(course: Path) -> None:
    found = scores(course, "checks-first")

    assert {task: found[task] for task in FULL} == dict.fromkeys(FULL, (0.0, False))
    message = translate(Message("There is no answer."), "ko")
    assert message in shown(cell_of(courses.autograded(course, "checks-first", "one"), "q1_derivative"))


@pytest.mark.usefixtures("graded")
def test_files_that_are_handed_in_change_nothing_for_the_grader(course: Path) -> None:
    planted, wrong = scores(course, "planted"), scores(course, "planted-wrong")

    assert all(score is None or score <= FULL[task] for task, (score, _) in planted.items() if task in FULL)
    assert wrong["q1_derivative"][0] in (0.0, None)
    assert scores(course, "right")["q1_derivative"] == (10.0, False)


@pytest.mark.usefixtures("graded")
def test_links_and_pipes_are_left_out(course: Path) -> None:
    found = scores(course, "links")
    folder = course / "autograded" / "links" / "small"

    assert {task: found[task][0] for task in FULL} == FULL
    assert sorted(x.name for x in folder.iterdir()) == ["one.ipynb", "own.txt", "two.ipynb"]
    cell = cell_of(courses.autograded(course, "links", "one"), "q1_derivative_answer")
    assert "".join(cell["outputs"][0]["text"]) == "own.txt False\n"
    told = {str(x.message).partition(" ")[0] for x in _notices(course, "links") if "left out" in str(x.message)}
    assert told == {"absolute.txt", "dangling.txt", "endless.txt", "hard.txt", "pipe.txt", "relative.txt", "timestamp.txt"}


@pytest.mark.usefixtures("graded")
def test_two_submissions_that_share_a_file_are_both_graded_and_told_of(course: Path) -> None:
    for student, said in (
        ("twin", "one.ipynb is one and the same file as submitted/other-twin/small/the-same.txt."),
        ("other-twin", "the-same.txt is one and the same file as submitted/twin/small/one.ipynb."),
    ):
        assert {task: points for task, (points, _) in scores(course, student).items() if task in FULL} == FULL
        assert said in [str(x.message) for x in _notices(course, student)]


@pytest.mark.usefixtures("graded")
@pytest.mark.parametrize("student", LINKED_NOTEBOOKS)
def test_a_notebook_that_is_no_file_of_its_own_waits_for_a_person(course: Path, student: str) -> None:
    found = scores(course, student)

    assert found["q1_derivative"] == found["q1_backprop"] == (None, True)
    assert found["q2_maximum"] == (6.0, False)
    text = json.dumps(courses.autograded(course, student, "one"))
    assert "root:" not in text
    assert "a(1-a)" not in text


# ---- the person in the loop


@pytest.fixture
def gradebook(course: Path, graded: subprocess.CompletedProcess[str]) -> Iterator[Any]:
    assert graded.returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as opened:
        yield opened


def test_what_waits_appears_in_nbgraders_manual_grading(gradebook: Any) -> None:
    one = {x["student"]: x for x in gradebook.notebook_submission_dicts("one", "small")}  # what the formgrader lists

    asked = {student for student, (_, _, asked, _) in CASES.items() if asked} | {"replays", "strays", *LINKED_NOTEBOOKS}
    assert {student for student, found in one.items() if found["needs_manual_grade"]} >= asked
    assert not any(one[student]["needs_manual_grade"] for student in (*HONEST, "mimics", "checks-first"))
    assert gradebook.find_submission_notebook("one", "small", "claims").needs_manual_grade


@pytest.mark.usefixtures("graded")
def test_judging_again_from_stored_evidence_says_the_same(course: Path) -> None:
    students = ("claims", "claims-only", "doubles", "odd-and-right", "replays", "right", "strays")
    before = {student: (scores(course, student), _notices(course, student)) for student in students}
    for student in students:
        run(course, "sig-checker", "regrade", "--student", student)

    after = {student: (scores(course, student), _notices(course, student)) for student in students}
    assert {x: (found, set(map(str, told))) for x, (found, told) in after.items()} == {
        x: (found, set(map(str, told))) for x, (found, told) in before.items()
    }  # fmt: skip


def test_a_manual_score_survives_being_graded_again(course: Path, gradebook: Any) -> None:
    for student, cell, manual in (("doubles", "q1_derivative", 7.0), ("right", "q1_derivative", 3.0)):
        grade = gradebook.find_grade(cell, "one", "small", student)
        grade.manual_score, grade.needs_manual_grade = manual, False  # what the formgrader does
    gradebook.db.commit()

    run(course, "nbgrader", "autograde", "small", "--student", "doubles", "--force")
    run(course, "nbgrader", "autograde", "small", "--student", "right", "--force")

    gradebook.db.expire_all()
    kept = {student: gradebook.find_grade("q1_derivative", "one", "small", student) for student in ("doubles", "right")}
    assert [(x.manual_score, x.score, x.auto_score) for x in kept.values()] == [(7.0, 7.0, None), (3.0, 3.0, 10.0)]
    assert all(x.needs_manual_grade for x in kept.values())  # as nbgrader itself does: somebody should look again
    assert gradebook.find_grade("q1_backprop", "one", "small", "right").needs_manual_grade is False
