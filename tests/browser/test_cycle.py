"""A course as people live it: a Hub, an instructor and two students, JupyterLab and formgrader in a browser.

One round is played, by the page docs/hub.md; the tests look at what came of it. Screenshots go to the folder that the variable
SCREENSHOTS names, else to one of pytest's.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import hub
import pytest
from hub import Machine
from nbgrader.api import Gradebook

from sig_checker.exercises import load

pytestmark = pytest.mark.browser

ASSIGNMENT, COURSE = "sigmoid-7-02", "/home/instructor/question-7-02"
EXCHANGE = "/srv/nbgrader/exchange/question-7-02"

# by notebook: the task, how its answer's cell begins, how it goes on, and what it is worth, by the rules in README.md
Answers = dict[str, list[tuple[str, str, str, float]]]
HANEUL: Answers = {
    "q1": [
        ("q1_steps", "q1_steps =", r' [r"\frac{d}{dz}(1+e^{-z})^{-1} = -(1+e^{-z})^{-2}(-e^{-z})", "= e^-z/(1+e^-z)^2"]', 8),
        ("q1_derivative", "q1_derivative =", ' "e^-z / (1+e^-z)^2"', 10),
        ("q1_function", "def dsigmoid", "(z):\n    return np.exp(-z) / (1 + np.exp(-z)) ** 2", 8),  # nan for large |z|: 80 %
        ("q1_backprop", "q1_backprop =", ' "dL_da * sigma(z)"', 0),
        ("q1_backprop_function", "def backprop", "(dL_da, z):\n    t = np.exp(-abs(z))\n    return dL_da * t / (1 + t)**2", 4),
    ],
    "q2": [
        ("q2_second_derivative", "q2_second_derivative =", ' "a(1-a)(1-2a)"', 6),
        ("q2_maximum", "q2_maximum =", " 0.25", 6),
        ("q2_argmax", "q2_argmax =", ' "z = 0"', 6),
        ("q2_minimum", "q2_minimum =", " 0", 6),
        ("q2_argmin", "q2_argmin =", ' "±∞"', 6),
    ],
    "q3": [
        ("q3_at_zero", "q3_at_zero =", ' {"probability": 0.5, "certainty": "uncertain", "update": "largest"}', 8),
        ("q3_at_infinity", "q3_at_infinity =", ' {"probability": [0, 1], "certainty": "certain", "update": "none"}', 8),
    ],
}  # fmt: skip
BADA: Answers = {
    "q1": [("q1_derivative", "q1_derivative =", r' r"\sigma(z)\sigma(-z)"', 10)],
    "q2": [("q2_maximum", "q2_maximum =", ' "1/2"', 0)],
}
ESSAY = "z가 아주 크거나 작으면 확률이 $1$이나 $0$에 가까워 확실하지만, 기울기가 $0$이어서 거의 배우지 못합니다."
FORGED = f"haneul+{ASSIGNMENT}+2099-01-01 00:00:00.000000 UTC+forged"
COMMENT = "z = 0일 때도 설명해 보세요."


def _missing() -> str | None:
    for module in ("jupyterhub", "configurable_http_proxy", "playwright"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed"
    if shutil.which("chromium") is None:
        return "chromium is not installed"
    return hub.missing()


@dataclass
class Round:
    """What came of the round."""

    machine: Machine
    folder: Path
    reports: dict[str, str] = field(default_factory=dict)
    menus: dict[str, list[str]] = field(default_factory=dict)
    validated: dict[str, str] = field(default_factory=dict)
    feedback: dict[str, str] = field(default_factory=dict)
    formulas: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    manual: str = ""

    def points(self, student: str) -> dict[str, float | None]:
        copy = self.folder / "gradebook.db"  # SQLite would look for the file outside the machine
        copy.write_bytes(self.machine.outside(f"{COURSE}/gradebook.db").read_bytes())
        with Gradebook(f"sqlite:///{copy}", "question-7-02") as gradebook:
            submission = gradebook.find_submission(ASSIGNMENT, student)
            return {grade.name: grade.score for notebook in submission.notebooks for grade in notebook.grades}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    if (reason := _missing()) is not None:
        pytest.skip(reason)
    from pages import visitors  # noqa: PLC0415 - loads Playwright

    folder = tmp_path_factory.mktemp("browser")
    log = folder / "hub.log"
    with hub.machine() as here:
        hub.set_up(here)
        here.run(["mkdir", f"{COURSE}/source"], "instructor")
        here.run(["cp", "-r", str(hub.ROOT / "source" / ASSIGNMENT), f"{COURSE}/source"], "instructor")
        address = hub.start_hub(here, log)
        came = Round(here, folder)
        shots = Path(os.environ.get("SCREENSHOTS", folder / "screenshots"))
        with visitors(address, shots, home=folder) as people:
            try:
                _play(came, people)
            except BaseException as error:
                people.shoot_all("failed")
                error.add_note(f"Screenshots: {people.shots}\nThe end of the Hub's log:\n{log.read_text('utf-8')[-2000:]}")
                raise
        yield came


def _play(came: Round, people) -> None:
    from pages import AssignmentList, Formgrader, entries  # noqa: PLC0415

    teacher = people.log_in("instructor")
    came.menus["instructor"] = entries(teacher)
    formgrader = Formgrader(teacher, people.address, ASSIGNMENT)
    came.logs["generate"] = formgrader.manage("assign")
    came.logs["release"] = formgrader.manage("release")
    people.shoot("released", teacher)

    lists = {}
    for student, answers in (("haneul", HANEUL), ("bada", BADA)):
        page = people.log_in(student)
        came.menus[student] = entries(page)
        lists[student] = list_ = AssignmentList(page, ASSIGNMENT)
        list_.fetch()
        people.shoot(f"assignments-{student}", page)
        for name, tasks in answers.items():
            notebook = list_.open(name)
            notebook.run("import numpy")
            for task, beginning, answer, _ in tasks:
                report = notebook.answer(beginning, answer, task)
                came.reports[f"{student} {task}"] = report.inner_text()
                people.shoot(f"{student}-{task}", page)
            if name == "q3":
                notebook.write_text("이 칸에 답을 써 주세요", ESSAY)
            notebook.save()
            if student == "haneul":
                came.validated[name] = notebook.validate()
        list_.submit()

    came.machine.run(["sh", "-c", f'cp -r ~/{ASSIGNMENT} "{EXCHANGE}/inbound/{FORGED}"'], "bada")
    came.logs["collect"] = formgrader.manage("collect")
    came.logs["autograde"] = formgrader.autograde("haneul")
    grade = ["sig-checker", "grade", "--course", COURSE, "--student", "bada"]
    came.logs["grade"] = came.machine.run(grade, "instructor").stdout
    for page in formgrader.grade_by_hand("q3"):
        came.formulas["formgrader"] = page.locator("math").count()
        if page.get_by_text("거의 배우지 못합니다").count():
            came.manual = page.locator("body").inner_text()
            formgrader.give("q3_essay", "11", COMMENT)
            people.shoot("manual-grading", page, whole=True)
        else:
            formgrader.give("q3_essay", "0", "답이 없습니다.")
    came.logs["feedback"] = formgrader.manage("generate-feedback")
    came.logs["release feedback"] = formgrader.manage("release-feedback")
    formgrader.submissions()
    people.shoot("graded", teacher)

    for student, list_ in lists.items():
        list_.fetch_feedback()
        for name in ("q1", "q3"):
            content = list_.read_feedback(name)
            came.feedback[f"{student} {name}"] = content.inner_text()
            came.formulas[f"feedback {student} {name}"] = content.locator("math").count()
            people.shoot(f"feedback-{student}-{name}", people.pages[student])
            (page,) = came.machine.outside(f"/home/{student}/{ASSIGNMENT}/feedback").glob(f"*/{name}.html")
            people.shoot_text(f"feedback-{student}-{name}-whole", page.read_text(encoding="utf-8"))
    came.machine.run(["sig-checker", "report", "--course", COURSE, "--language", "ko", "-o", "report.html"], "instructor")
    people.shoot_text("report", came.machine.outside("/home/instructor/report.html").read_text(encoding="utf-8"))
    came.errors = people.errors


def test_what_formgrader_was_asked_to_do_was_done(played: Round) -> None:
    for name, log in played.logs.items():
        assert name == "grade" or "Success" in log, (name, log)
        assert "Traceback" not in log, (name, log)


@pytest.mark.parametrize(("student", "answers", "essay"), [("haneul", HANEUL, 11.0), ("bada", BADA, 0.0)])
def test_each_answer_has_its_points(played: Round, student: str, answers: Answers, essay: float) -> None:
    expected = {task: 0.0 for tasks in HANEUL.values() for task, *_ in tasks}
    expected |= {task: float(points) for tasks in answers.values() for task, _, _, points in tasks}

    assert played.points(student) == expected | {"q3_essay": essay}


def test_nobody_hands_in_for_another(played: Round) -> None:
    assert f"{FORGED} was left out: it is said to be haneul's, but belongs to bada" in played.logs["collect"]


def test_the_table_of_the_class_was_printed(played: Round) -> None:
    assert "bada" in played.logs["grade"]


def test_students_see_in_lab_what_their_answer_means(played: Round) -> None:
    assert "맞습니다" in played.reports["haneul q1_derivative"]
    assert "맞지 않습니다" in played.reports["haneul q1_backprop"]


def test_what_can_be_guessed_is_only_read(played: Round) -> None:
    right, wrong = played.reports["haneul q2_maximum"], played.reports["bada q2_maximum"]
    assert "0.25" in right
    assert "1/2" in wrong
    assert _without_numbers(right) == _without_numbers(wrong)


def _without_numbers(report: str) -> str:
    return re.sub(r"[\d./\s]+", " ", report)


def test_validate_in_lab_agrees_with_the_grade(played: Round) -> None:
    """Of question 1 it lists the cells that then do not get full points, of the others, which are only read, none."""
    exercise, points = load(ASSIGNMENT), played.points("haneul")
    for name, answers in HANEUL.items():
        short = [task for task, *_ in answers if points[task] != exercise.task(task).points]
        said = played.validated[name]
        assert re.findall(r'submit\("(\w+)"', said) == short
        assert ("Success!" in said) == (short == [])
    assert re.findall(r"^(q1_\w+): (.*)$", played.validated["q1"], re.MULTILINE) == [
        ("q1_function", "|z| = 709.7까지는 맞지만, 그보다 크면 맞지 않습니다."), ("q1_backprop", "맞지 않습니다."),
    ]  # fmt: skip


def test_students_do_not_meet_the_tools_of_instructors(played: Round) -> None:
    assert played.menus["haneul"] == ["Assignment List"]
    assert "Create assignment" in played.menus["instructor"]


def test_the_feedback_tells_points_and_the_comment(played: Round) -> None:
    assert "q1 (점수: 30 / 40)" in played.feedback["haneul q1"]
    assert "q3 (점수: 27 / 30)" in played.feedback["haneul q3"]
    assert COMMENT in played.feedback["haneul q3"]
    assert "q1 (점수: 10 / 40)" in played.feedback["bada q1"]
    assert COMMENT not in played.feedback["bada q3"]


def test_tasks_have_their_names_and_the_rubric_its_heading(played: Round) -> None:
    assert "1-2. 편도함수 · q1_derivative (점수: 10 / 10)" in played.feedback["haneul q1"]
    for page in (played.feedback["haneul q3"], played.manual):
        assert "3-3. 설명 · q3_essay" in page
        assert page.count("채점 기준 (14점)") == 1
        assert "MARK SCHEME" not in page


def test_no_page_meets_an_error(played: Round) -> None:
    assert played.errors == []


def test_doctor_finds_nothing_missing_on_a_machine_set_up_by_the_page(played: Round) -> None:
    done = played.machine.run(["sig-checker", "doctor", "--course", COURSE], "instructor", check=False)

    assert (done.returncode, "missing" in done.stdout) == (0, False), done.stdout


def test_doctor_names_what_is_missing(played: Round) -> None:
    """An extension that somebody has disabled for themselves, and the exchange; both are put back."""
    page, exchange = "/home/instructor/.jupyter/labconfig/page_config.json", str(Path(EXCHANGE).parent)
    before = played.machine.outside(page).read_text(encoding="utf-8")
    played.machine.write(page, '{"disabledExtensions": {"@jupyter/nbgrader:assignment-list": true}}', "instructor")
    played.machine.run(["chmod", "755", exchange])
    done = played.machine.run(["sig-checker", "doctor", "--course", COURSE], "instructor", check=False)
    played.machine.run(["chmod", "1777", exchange])
    played.machine.write(page, before, "instructor")

    assert done.returncode == 1
    assert "JupyterLab has @jupyter/nbgrader:assignment-list disabled" in done.stdout
    assert f"chmod 1777 {exchange}" in done.stdout


def test_formulas_are_drawn_without_a_network(played: Round) -> None:
    assert all(count > 10 for count in played.formulas.values()), played.formulas
    assert "$$" not in "".join(played.feedback.values())


@pytest.mark.parametrize("path", [COURSE, f"{COURSE}/gradebook.db", f"{COURSE}/source/{ASSIGNMENT}", f"{EXCHANGE}/inbound"])
def test_students_cannot_look_into(played: Round, path: str) -> None:
    assert played.machine.run(["ls", "-l", path], "instructor").returncode == 0
    assert "Permission denied" in played.machine.run(["ls", "-l", path], "bada", check=False).stderr


def test_the_exchange_holds_no_solution(played: Round) -> None:
    released = played.machine.outside(f"{EXCHANGE}/outbound/{ASSIGNMENT}")
    texts = [x.read_text(encoding="utf-8") for x in sorted(released.rglob("*.ipynb"))]
    assert len(texts) == 3
    assert not re.search("BEGIN SOLUTION|MARK SCHEME|raise NotImplementedError", "".join(texts))


def test_everybody_owns_their_own_files(played: Round) -> None:
    folders = {"haneul": f"/home/haneul/{ASSIGNMENT}", "bada": f"/home/bada/{ASSIGNMENT}", "instructor": COURSE}
    for user, folder in folders.items():
        others = played.machine.run(["find", folder, "!", "-user", user], user).stdout
        assert others == ""
