"""The pages for authors and mathematicians: each command in them is run, each example is true, each link leads somewhere."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from courses import run
from tamper.batches import TRICKS

from sig_checker.authoring.table import read_table
from sig_checker.exercise import ASKS
from sig_checker.exercise_files import read_exercise
from sig_checker.exercises import load
from sig_checker.grading.steps.execute import ExecuteSubmission

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
AUTHORS = (DOCS / "authors.md").read_text(encoding="utf-8")
MATHEMATICS = (DOCS / "mathematics.md").read_text(encoding="utf-8")
SHELL = "".join(re.findall(r"```sh\n(.*?)```", AUTHORS, re.S))
COMMANDS = [line.split("  #")[0].strip() for line in SHELL.splitlines()]
BLOCKS = re.findall(r"```toml\n(.*?)```", AUTHORS, re.S)


@pytest.mark.end_to_end
def test_the_commands_for_authors_work_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'docs'\nfrom sig_checker.grading import configure\nconfigure(c)\n",
        encoding="utf-8",
    )
    (tmp_path / "submitted").mkdir()
    assert len(COMMANDS) >= 8
    for command in COMMANDS:
        if "|" in command:
            said = run_in_shell(command, tmp_path)
            assert '"verdict": "proved"' in said
        else:
            run(tmp_path, *shlex.split(command))
    assert (tmp_path / "release" / "my-tanh" / "q3.ipynb").is_file()
    assert (tmp_path / "source" / "my-sigmoid" / "exercise.toml").is_file()


def run_in_shell(command: str, folder: Path) -> str:
    return run(folder, "python", "-c", f"import subprocess; subprocess.run(['bash', '-c', {command!r}], check=True)").stdout


def test_the_exercise_and_the_tables_shown_are_read(tmp_path: Path) -> None:
    exercise, expected, answers, parameters = BLOCKS
    meaning = '\n[[tasks]]\nid = "q3_at_zero"\nasks = "meaning"\npoints = 3\n'
    (tmp_path / "exercise.toml").write_text(exercise + meaning, encoding="utf-8")
    (tmp_path / "answers.toml").write_text(expected + answers, encoding="utf-8")
    table = read_table(tmp_path / "answers.toml", read_exercise(tmp_path / "exercise.toml"))
    assert table.exercise.task("q3_at_zero").expected == tomllib.loads(expected)["expected"]["q3_at_zero"]
    assert [row.kind for row in table.rows] == ["right", "right", "wrong"]

    head, rest = exercise.split("\n\n", 1)
    (tmp_path / "exercise.toml").write_text(f"{head}\n{parameters}\n{rest}", encoding="utf-8")
    drawn = read_exercise(tmp_path / "exercise.toml")
    assert drawn.choices == {"k": ("1/2", "2", "3", "4"), "c": ("-2", "-3/2", "-1", "-1/2", "1/2", "1", "3/2", "2")}


def test_the_levels_shown_to_instructors_are_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (DOCS / "instructors.md").read_text(encoding="utf-8"), re.S)
    (tmp_path / "feedback.toml").write_text(block, encoding="utf-8")

    exercise = load("sigmoid-7-02", tmp_path)
    assert {x: exercise.task(x).feedback for x in tomllib.loads(block)} == tomllib.loads(block)


def test_what_can_be_asked_is_listed() -> None:
    (sentence,) = re.findall(r"`asks` is one of (.*?)\. Extremes", AUTHORS, re.S)

    assert set(re.findall(r"`(\w+)`", sentence)) == set(ASKS)


@pytest.mark.parametrize(
    ("command", "shown"),
    re.findall(r"^\$ (.*)\n(.*)$", MATHEMATICS, re.M),
)
def test_an_example_of_the_mathematics_is_true(command: str, shown: str) -> None:
    assert run_in_shell(command, ROOT).strip() == shown


def test_the_error_rates_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"(?:^\|.*\n)*^\| sig_checker \|.*\n(?:^\|.*\n)*", MATHEMATICS, re.M)

    assert table in readme
    (named,) = re.findall(r"for (\d+ %) of the wrong\s+answers", MATHEMATICS)
    assert f"for {named} of the wrong answers" in " ".join(readme.split())


def test_the_page_on_security_tells_of_tests_that_are_there() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[^`]*)`", text)

    assert len(named) > 3
    assert all(list(ROOT.glob(x)) for x in named)
    assert f"puts {len(TRICKS)} tricks" in text
    for name, seconds in re.findall(r"`(?:c\.ExecuteSubmission\.)?(\w*timeout)`, (\d+)", text):
        assert getattr(ExecuteSubmission(), name) == int(seconds)


@pytest.mark.parametrize("name", ["authors.md", "instructors.md", "mathematics.md"])
def test_links_and_modules_exist(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^)]*)\)", text):
        page = DOCS / target if target else DOCS / name
        assert page.exists(), target
        titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
        headings = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
        assert not anchor or anchor in headings, anchor
    if name == "mathematics.md":
        named = set(re.findall(r"\(`([\w/]+)`(?:, `([\w/]+)`)*(?:, `([\w/]+)`)?\)", text))
        modules = {x for group in named for x in group if x}
        assert len(modules) > 10
        for module in modules:
            folder = ROOT / "sig_checker" / ("" if "/" in module else "deciding")
            assert (folder / f"{module}.py").is_file(), module
