"""Small courses for tests: an assignment of two notebooks, submissions to it, nbgrader's commands, the scores."""

from __future__ import annotations

import ast
import json
import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

ASSIGNMENT = "small"
BIN = Path(sys.executable).parent
OUTPUT = (".stdout.txt", ".stderr.txt")  # of a command that `start` has started
_PROCESSES = multiprocessing.get_context("forkserver")
CONFIGURED = "from sig_checker.grading import configure\nconfigure(c)\n"

# by notebook: task -> (points, a right answer cell)
TASKS: dict[str, dict[str, tuple[float, str]]] = {
    "one": {
        "q1_derivative": (10, 'q1_derivative = "a(1-a)"'),
        "q1_function": (
            10, "import numpy as np\ndef dsigmoid(z):\n    t = np.exp(-np.abs(z))\n    return t / (1 + t) ** 2",
        ),
        "q1_backprop": (8, 'q1_backprop = "dL_da * a(1-a)"'),
    },
    "two": {
        "q2_maximum": (6, "q2_maximum = 0.25"),
        "q2_argmax": (6, "q2_argmax = 0"),
    },
}  # fmt: skip
RIGHT = {task: answer for tasks in TASKS.values() for task, (_, answer) in tasks.items()}
FULL = {task: float(points) for tasks in TASKS.values() for task, (points, _) in tasks.items()}
EMPTY = dict.fromkeys(FULL, 0.0)


def write_course(folder: Path, *, config: str = CONFIGURED, more: str = "", notebooks: Collection[str] = TASKS) -> Path:
    """A course with the assignment, not yet generated. `config` is the end of its nbgrader_config.py."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    for name in notebooks:
        tasks = TASKS[name]
        cells = [_cell("from sig_checker import submit", f"{name}_setup", locked=True)]
        for task, (points, answer) in tasks.items():
            solution = f"{task} = None\n### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
            cells.append(_cell(solution, f"{task}_answer", solution=True))
            cells.append(_cell(f'submit("{task}", exercise="sigmoid-7-02")', task, points=points, locked=True))
        if name == "two":
            cells.append(_cell("=== text ===", "essay", points=14, solution=True, make=new_markdown_cell))
        write_notebook(source / f"{name}.ipynb", cells)
    (folder / "nbgrader_config.py").write_text(
        "from pathlib import Path\nc = get_config()\nc.CourseDirectory.course_id = 'small'\n"
        "c.CourseDirectory.root = str(Path(__file__).resolve().parent)\n" + config + more, encoding="utf-8",
    )  # fmt: skip
    return folder


def write_notebook(path: Path, cells: list[Any]) -> None:
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def _cell(
    source: str, name: str, *, points: float | None = None, solution: bool = False, locked: bool = False,
    make: Callable[..., Any] = new_code_cell,
) -> Any:  # fmt: skip
    nbgrader = {"schema_version": 3, "grade_id": name, "grade": points is not None, "solution": solution, "locked": locked,
                "task": False}  # fmt: skip
    if points is not None:
        nbgrader["points"] = points
    return make(source=source, metadata={"nbgrader": nbgrader})


def hand_in(
    course: Path, student: str, answers: Mapping[str, str], edit: Callable[[str, dict[str, Any]], None] | None = None
) -> Path:
    """Write a submission: the released notebooks with the answer cells replaced, then each as JSON given to `edit`."""
    folder = course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(x.stem for x in (course / "release" / ASSIGNMENT).glob("*.ipynb")):
        notebook = json.loads((course / "release" / ASSIGNMENT / f"{name}.ipynb").read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            task = grade_id(cell).removesuffix("_answer")
            if grade_id(cell).endswith("_answer") and task in answers:
                cell["source"] = answers[task]
        if edit is not None:
            edit(name, notebook)
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if grade_id(cell) == name)


def run(course: Path, *command: str, home: Path | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment in the course's folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    environment |= {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    environment["HOME"] = str(home or course)
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=course, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def start(course: Path, *arguments: str, before: str = "") -> Any:
    """Start the `sig-checker` command in the course's folder, as the leader of a group of processes that can be killed.

    The process comes from one that has imported nbgrader already, which takes longer than most of what is tested.

    Args:
        before: Python code that the process runs first.
    """
    _PROCESSES.set_forkserver_preload(["sig_checker.grading.batch.commands"])
    process = _PROCESSES.Process(target=_command, args=(course, arguments, before))
    process.start()
    return process


def sig_checker(course: Path, *arguments: str, before: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the `sig-checker` command to its end; see `start`."""
    process = start(course, *arguments, before=before)
    process.join(240)
    out, err = ((course / name).read_text(encoding="utf-8") for name in OUTPUT)
    if process.exitcode is None or (check and process.exitcode != 0):
        raise AssertionError(f"sig-checker {' '.join(arguments)} ended with {process.exitcode}\n{out}\n{err}")
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def _command(course: Path, arguments: tuple[str, ...], before: str) -> None:
    os.setsid()
    os.chdir(course)
    os.environ |= {"LC_ALL": "C.UTF-8", "COLUMNS": "100", "HOME": str(course)}
    for number, name in enumerate(OUTPUT, 1):
        with open(course / name, "w", encoding="utf-8") as output:
            os.dup2(output.fileno(), number)
    from sig_checker.cli import main  # noqa: PLC0415 - in the process that runs it

    exec(before, {})
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # what the multiprocessing module would do now is no part of the command


def database(course: Path) -> str:
    """The gradebook's address: the last that the course's configuration names, else that of nbgrader's file."""
    config = (course / "nbgrader_config.py").read_text(encoding="utf-8")
    named = re.findall(r"^c\.CourseDirectory\.db_url = (.*)$", config, re.M)
    return str(ast.literal_eval(named[-1])) if named else f"sqlite:///{course}/gradebook.db"


def gradebook_rows(course: Path, assignment: str = ASSIGNMENT) -> dict[str, dict[str, Any]]:
    """All that the gradebook says of each student's submission."""
    with Gradebook(database(course), "") as gradebook:
        return {
            submission.student.id: {
                "timestamp": submission.timestamp,
                "late": {x.name: x.late_submission_penalty for x in submission.notebooks},
                "grades": {
                    (x.name, y.name): (y.auto_score, y.manual_score, y.extra_credit, y.needs_manual_grade, y.score, y.max_score)
                    for x in submission.notebooks for y in x.grades
                },
                "comments": {
                    (x.name, y.name): (y.auto_comment, y.manual_comment) for x in submission.notebooks for y in x.comments
                },
            }
            for submission in gradebook.find_assignment(assignment).submissions
        }  # fmt: skip


def files(folder: Path) -> dict[str, bytes]:
    return {str(x.relative_to(folder)): x.read_bytes() for x in sorted(folder.rglob("*")) if x.is_file()}


def generate(course: Path) -> None:
    run(course, "nbgrader", "generate_assignment", ASSIGNMENT)


def scores(course: Path, student: str, assignment: str = ASSIGNMENT) -> dict[str, tuple[float | None, bool]]:
    """By cell: the automatic score, and whether nbgrader's manual grading asks for the cell."""
    with Gradebook(database(course), "") as gradebook:
        submission = gradebook.find_submission(assignment, student)
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in grades}


def points(course: Path, student: str, assignment: str = ASSIGNMENT) -> dict[str, float | None]:
    """By check cell: the automatic score; None where a person is asked."""
    found = scores(course, student, assignment)
    assert all(waits == (score is None) for score, waits in found.values()), found
    return {name: score for name, (score, _) in found.items() if name != "essay"}


def autograded(course: Path, student: str, name: str) -> dict[str, Any]:
    path = course / "autograded" / student / ASSIGNMENT / f"{name}.ipynb"
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def shown(cell: dict[str, Any]) -> str:
    """The plain text of a graded cell's report."""
    return "".join("".join(x["data"]["text/plain"]) for x in cell["outputs"] if x["output_type"] == "display_data")
