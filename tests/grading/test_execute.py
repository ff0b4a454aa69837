"""What a notebook may take, in each way in which its cells are run: who takes more is ended or cut short, and it is told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confined import KINDS_HERE, carrying
from nbformat.v4 import new_code_cell, new_notebook

from sig_checker.grading.notices import notices
from sig_checker.grading.running.environment import server_environment
from sig_checker.grading.sandbox.choosing import problem
from sig_checker.grading.steps import execute
from sig_checker.grading.steps.execute import ExecuteSubmission
from sig_checker.grading.steps.run import WARM
from sig_checker.grading.warm.process import WarmServer

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sandboxes need Linux")
FORKED = "namespaces, forked"
BURN = (
    "import os, time\ndef burn(seconds):\n    begun = time.process_time()\n"
    "    while time.process_time() < begun + seconds: pass"
)  # fmt: skip

Run = Callable[..., tuple[list[str], list[str]]]


@pytest.fixture(scope="module")
def server() -> Iterator[WarmServer]:
    with WarmServer(server_environment()) as started:
        yield started


@pytest.fixture(params=[*KINDS_HERE, FORKED])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Runs cells; gives what each has written and the names of its errors, and what is told of the notebook."""
    kind = str(request.param).partition(",")[0]
    if problem(kind) is not None:
        pytest.skip(f"{kind}: {problem(kind)}")
    warm = request.getfixturevalue("server").path if request.param == FORKED else None

    def executed(*cells: str, **options: Any) -> tuple[list[str], list[str]]:
        notebook = new_notebook(cells=[new_code_cell(x, id=f"cell-{i}") for i, x in enumerate(cells)])
        resources = {"metadata": {"path": str(tmp_path)}, "nbgrader": {"notebook": "one"}, WARM: warm}
        ExecuteSubmission(sandbox=kind, **options).preprocess(notebook, resources)
        shown = ["".join(x.get("text") or x.get("ename") for x in cell.outputs) for cell in notebook.cells]
        return shown, [str(x.message) for x in notices(notebook)]

    return executed


def test_a_cell_that_does_not_end_is_interrupted_and_the_next_one_runs(run: Run) -> None:
    shown, told = run("while True: pass", "print('next')", timeout=4)

    assert "KeyboardInterrupt" in shown[0]
    assert shown[1] == "next\n"
    assert told == ["The cell did not end within 4 s and was interrupted."]


def test_a_notebook_that_takes_too_long_is_left(run: Run) -> None:
    shown, told = run("while True: pass", "print('never')", timeout=60, notebook_timeout=8)

    assert shown[-1] == "NotExecuted"
    assert set(told) == {"The notebook took longer than 8 s."}  # of a cell's sixty seconds not a word


@pytest.mark.parametrize(
    ("end", "told"),
    [
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "The Python process ended in cell 2.", id="killed"),
        pytest.param("os._exit(0)", "The Python process ended in cell 2.", id="left"),
        pytest.param("os.kill(os.getpid(), signal.SIGSTOP)", "Cell 2 did not end and could not be interrupted.", id="stopped"),
    ],
)
def test_a_process_that_has_ended_or_hangs_costs_the_cells_that_follow(run: Run, end: str, told: str) -> None:
    shown, notes = run("print('before')", f"import os, signal\n{end}", "print('after')", timeout=5, iopub_timeout=2)

    assert shown == ["before\n", "NotExecuted", "NotExecuted"]
    assert notes == [told]
    assert run("print('the next notebook')") == (["the next notebook\n"], [])


def test_nothing_that_a_cell_has_started_outlives_the_notebook(run: Run) -> None:
    mark = f"sig-checker-test-{os.getpid()}-{time.monotonic_ns()}"
    code = (
        "import os, subprocess, sys\n"
        f"sleep = [sys.executable, '-c', 'import time; time.sleep(60)', {mark!r}]\n"
        "subprocess.Popen(sleep)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0: os.execv(sleep[0], sleep)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "def marked():\n"
        "    for x in filter(str.isdigit, os.listdir('/proc')):\n"
        f"        try: yield {mark!r} in open(f'/proc/{{x}}/cmdline').read()\n"
        "        except OSError: pass\n"
        "while sum(marked()) < 2: pass\n"
        "print('both run')"
    )
    shown, _ = run(code, timeout=60)

    assert shown == ["both run\n"]
    assert not carrying(mark)


def test_what_a_cell_writes_is_bounded(run: Run) -> None:
    shown, told = run("for _ in range(50): print('x' * 999, flush=True)", "print('next')", output_limit=10_000)

    assert 1000 <= len(shown[0]) <= 10_000
    assert shown[1] == "next\n"
    assert told == ["The cell wrote more than 10000 characters; the rest is left out."]


def test_what_a_notebook_writes_is_bounded(run: Run) -> None:
    shown, told = run(*["print('x' * 7999)"] * 4, output_limit=10_000, notebook_output_limit=20_000)

    assert [len(x) for x in shown] == [8000, 8000, 0, 0]
    assert len(told) == 2


def test_memory_is_bounded(run: Run) -> None:
    code = "held = [b'x' * (1 << 20) for _ in range(600)]\nimport time\ntime.sleep(20)"
    shown, told = run(code, "print('never')", memory_limit=300 << 20)

    assert shown[1] == "NotExecuted"
    assert told == ["The Python process took more than 300 MB of memory in cell 1."]


def test_files_are_bounded(run: Run) -> None:
    code = (
        "def fill(folder, megabytes):\n"
        "    for number in range(megabytes):\n"
        "        try: open(f'{folder}/{number}', 'wb').write(bytes(1 << 20))\n"
        "        except OSError as error: return error.errno == 28\n"
        "import os, tempfile\nprint([fill(x, 12) for x in ('.', tempfile.gettempdir(), '/tmp', '/dev/shm')])"
    )
    shown, _ = run(code, disk_limit=8 << 20)

    assert shown == ["[True, True, True, True]\n"]


def test_the_processors_time_of_a_cell_with_all_that_it_starts_is_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "_MORE_PROCESSOR", -298)  # two seconds
    daemons = "for _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        burn(30)\n        os._exit(0)"
    within = ["burn(1.2)", "burn(1.2)"]  # a cell's time begins with it
    shown, told = run(BURN, *within, f"{daemons}\ntime.sleep(30)", "print('never')", timeout=300, notebook_timeout=600)

    assert shown == ["", "", "", "NotExecuted", "NotExecuted"]
    assert told == ["The Python process, with all that it had started, used the processor for too long in cell 4."]


def test_the_processors_time_of_a_notebook_is_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "_MORE_PROCESSOR", -595)  # five seconds
    shown, told = run(BURN, *["burn(1.2)"] * 5, timeout=900, notebook_timeout=600)

    assert shown[:2] == ["", ""]
    assert shown[-1] == "NotExecuted"
    (message,) = told
    assert "used the processor for too long" in message
