"""Kernels that are forked from a warm process: they do what a kernel of its own does, share nothing, and leave nothing."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest
from confined import carrying, gone
from nbformat.v4 import new_code_cell, new_notebook

from sig_checker.errors import ConfigError
from sig_checker.grading.running.environment import server_environment
from sig_checker.grading.running.kernel import challenge_beside, kernel_policy, launch_options, scratch_copy
from sig_checker.grading.sandbox import Limits, Policy, choose
from sig_checker.grading.steps.execute import ExecuteSubmission
from sig_checker.grading.steps.run import RAN, WARM
from sig_checker.grading.steps.scrub import ScrubOutputs
from sig_checker.grading.warm import client
from sig_checker.grading.warm.client import ServerLost, WarmKernel
from sig_checker.grading.warm.process import WarmServer

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sandboxes need Linux")

CELLS = {
    "result": "1 + 1",
    "prints": "import sys\nprint('a', end='')\nprint('b', file=sys.stderr)\nprint('c' * 100_000)",
    "raises": "def f():\n    return 1 / 0\nf()",
    "syntax": "def",
    "shows": "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>x</b>'), Markdown('$a$'))\nHTML('y')",
    "updates": "shown = display('first', display_id='mine')\nshown.update('second')",
    "clears": "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('here')",
    "waits": "import asyncio\nawait asyncio.sleep(0.01)\n'waited'",
    "goes on": "async def later():\n    await asyncio.sleep(0)\n    return 5\ntask = asyncio.create_task(later())",
    "has gone on": "await task",
    # in one piece, or ipykernel's own thread may send the first before the second has come
    "threads": "import threading\nt = threading.Thread(target=sys.stdout.write, args=['a thread\\n'])\nt.start()\nt.join()",
    "shell": "!echo from the shell",
    # what comes past Python is read by a thread, which may be slower than the cell
    "program": "import os, time\nn = os.system('echo from a program')\ntime.sleep(0.3)",
    "descriptor": "n = os.write(1, b'past Python\\n')\ntime.sleep(0.3)",
    "forks": "child = os.fork()\nif child == 0:\n    os._exit(3)\nos.waitstatus_to_exitcode(os.waitpid(child, 0)[1])",
    "magics": "%precision 3\n0.123456",
    "history": "In[1], Out[1], _i",
    "input": "input('name?')",
    "exits": "raise SystemExit('bye')",
    "numpy": "import numpy as np\nnp.exp(np.linspace(0, 1, 5)), np.random.default_rng(5).random()",
    "sympy": "import sympy as sp\nz = sp.Symbol('z')\nsp.diff(1 / (1 + sp.exp(-z)), z)",
    "path": "sys.path[0], sys.argv[0].rpartition('/')[2], os.getcwd().rpartition('/')[2], __name__",
    "imports": "import mine\nmine.answer",
    "environment": "sorted(x for x in os.environ if not x.startswith(('COLUMNS', 'LINES', 'PYDEVD')))",
    "no number": "display({'application/json': {'a': float('nan')}}, raw=True)",
    "macro": "get_ipython().define_macro('mm', 'x = await later()\\nx')",
    "waits in a macro": "mm",
    "numbers": "get_ipython().execution_count",
    "settings": "import signal\nsignal.getsignal(signal.SIGINT), sys.getrecursionlimit(), sys.dont_write_bytecode",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _namespaces() -> None:
    try:
        choose("namespaces")
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def server() -> Iterator[WarmServer]:
    with WarmServer(server_environment()) as started:
        yield started


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "mine.py").write_text("answer = 'a(1-a)'")
    return folder


def executed(cells: list[str], folder: Path, warm: str | None, **options: Any) -> list[dict[str, Any]]:
    """The outputs of a notebook's cells, as they get into the results."""
    notebook = new_notebook(cells=[new_code_cell(x, id=f"cell-{i}") for i, x in enumerate(cells)])
    resources = {"metadata": {"path": str(folder)}, "nbgrader": {"notebook": "one"}, WARM: warm}
    step = ExecuteSubmission(sandbox="namespaces", **{"timeout": 60} | options)
    notebook, resources = step.preprocess(notebook, resources)
    assert RAN in resources
    notebook, _ = ScrubOutputs().preprocess(notebook, resources)
    return [json.loads(json.dumps([cell.execution_count, cell.outputs])) for cell in notebook.cells]


def texts(cells: list[str], folder: Path, warm: str) -> list[str]:
    return ["".join(str(x.get("text", x.get("data", {}).get("text/plain", ""))) for x in outputs)
            for _, outputs in executed(cells, folder, warm)]  # fmt: skip


def test_cells_give_what_they_give_in_a_kernel_of_their_own(server: WarmServer, submission: Path) -> None:
    forked = executed(list(CELLS.values()), submission, server.path)
    started = executed(list(CELLS.values()), submission, None)

    assert dict(zip(CELLS, forked, strict=True)) == dict(zip(CELLS, started, strict=True))
    assert forked[0][1][0]["data"] == {"text/plain": "2"}


def test_what_cannot_be_sent_is_lost_and_no_more(server: WarmServer, submission: Path) -> None:
    half, after = texts(["print('\\ud83d')", "print('still here')"], submission, server.path)

    assert "could not be sent" in half
    assert after == "still here\n"


def test_nothing_is_shared_between_two(server: WarmServer, submission: Path) -> None:
    draws = "import random, numpy as np\nrandom.random(), np.random.random(), hash('x')"
    places = "import builtins, os, tempfile\nplaces = ('.', os.environ['HOME'], tempfile.gettempdir(), '/dev/shm')\n"
    leave = places + "builtins.left = np.left = 1\nfor x in places: open(os.path.join(x, 'left'), 'w').close()"
    look = places + "[hasattr(builtins, 'left'), hasattr(np, 'left'), *(os.path.exists(x + '/left') for x in places)]"
    first, _, there = texts([draws, leave, look], submission, server.path)
    second, found = texts([draws, look], submission, server.path)

    assert there == str([True] * 6)
    assert found == str([False] * 6)
    (*drawn, order), (*drawn_anew, order_anew) = (x.strip("()").split(",")[:3] for x in (first, second))
    assert drawn[0] != drawn_anew[0]
    assert drawn[1] != drawn_anew[1]
    assert order == order_anew


def test_the_warm_process_knows_nothing_that_is_right(server: WarmServer, submission: Path) -> None:
    loaded = "import sys\nsorted(x for x in sys.modules if x.startswith('sig_checker'))"
    look = "import importlib.util as u\n[u.find_spec(f'sig_checker.{x}') for x in ('judging', 'exercises', 'claims', 'filter')]"
    names, found = texts([loaded, look], submission, server.path)

    assert "'sig_checker.notebook.submit'" in names
    assert not any(x in names for x in ("judging", "exercise", "claims", "rubric", "grading.course", "floating", "field"))
    assert found == str([None] * 4)


def test_what_cells_commonly_load_is_loaded_before_the_fork(server: WarmServer, submission: Path) -> None:
    before = "import sys\nloaded = set(sys.modules)"
    common = ("import numpy as np\nimport sympy as sp\nfrom sig_checker import submit",
              "print(np.exp(np.zeros(2)))\nsp.diff(1 / (1 + sp.exp(-sp.Symbol('z'))))",
              "from IPython.display import display, Markdown\ndisplay(Markdown('$a$'))", "1 / 0")  # fmt: skip
    *_, found = texts([before, *common, "sorted(set(sys.modules) - loaded)"], submission, server.path)

    assert found == "[]"


def test_what_the_warm_process_loads_is_compiled_once(submission: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    compiled = Path(cache_from_source(str(Path(client.__file__).with_name("shell.py"))))
    compiled.unlink(missing_ok=True)
    with WarmServer(server_environment()) as server:
        assert texts(["1 + 1"], submission, server.path) == ["2"]

    assert compiled.exists()


def test_a_cell_that_does_not_end_is_interrupted(server: WarmServer, submission: Path) -> None:
    loop = executed(["print('begun')\nwhile True: pass", "'next'"], submission, server.path)

    assert [x["output_type"] for x in loop[0][1]] == ["stream", "error", "error"]
    assert loop[1][1][0]["data"] == {"text/plain": "'next'"}


def test_a_killed_kernel_costs_the_cells_that_follow(server: WarmServer, submission: Path) -> None:
    begun = time.monotonic()
    dead = executed(["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "'next'"], submission, server.path)

    assert ["NotExecuted"] == [x["ename"] for x in dead[0][1]] == [x["ename"] for x in dead[1][1]]
    assert time.monotonic() - begun < 30
    assert texts(["'and the next notebook'"], submission, server.path) == ["'and the next notebook'"]


def test_nobody_has_children_by_the_warm_process(server: WarmServer, submission: Path) -> None:
    """It would not wait for their end, and without that a sandbox does not end."""
    flags = 0x8000 | signal.SIGCHLD  # CLONE_PARENT
    clone = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    sibling = (f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
               f"found = libc.syscall(ctypes.c_long({clone}), ctypes.c_ulong({flags}), None, None, None, None)\n"
               "if found == 0:\n    libc._exit(0)\nprint(found, ctypes.get_errno())")  # fmt: skip
    refused, told = executed([sibling, "held = [b'x' * (1 << 20) for _ in range(600)]"], submission, server.path,
                             memory_limit=300 << 20)  # fmt: skip

    assert refused[1][0]["text"] == f"-1 {errno.EPERM}\n"
    assert "more than 300 MB of memory" in told[1][-1]["evalue"]


def test_too_much_memory_is_told(server: WarmServer, submission: Path) -> None:
    full = executed(["held = [b'x' * (1 << 20) for _ in range(600)]\nimport time\ntime.sleep(20)"], submission, server.path,
                    memory_limit=300 << 20)  # fmt: skip

    assert "more than 300 MB of memory" in full[0][1][-1]["evalue"]


@pytest.mark.parametrize(
    "rubbish",
    ["b'rubbish'", "b'\\0' * 16 + b'x'", "b''", "packet(b'b')", "packet(b'e')", "packet(b'e', b'<IDS|MSG>')", "packet()"],
)
def test_rubbish_on_the_channel_costs_the_notebook_its_answers(server: WarmServer, submission: Path, rubbish: str) -> None:
    outputs = executed([_sending(rubbish, "end.shutdown(1)"), "'next'"], submission, server.path)

    assert outputs[1][1][0]["ename"] == "NotExecuted"


@pytest.mark.parametrize(
    "content",
    ['{"status": "error", "ename": 5, "evalue": "", "traceback": []}', '{"status": "error"}', "{}", "[]", '{"status": 1}',
     '{"status": "error", "ename": "E", "evalue": "", "traceback": [5]}', "{"],
)  # fmt: skip
def test_a_forged_reply_makes_no_broken_notebook(server: WarmServer, submission: Path, content: str) -> None:
    forged = _sending(f"packet(b'e', cell, b'execute_reply', {content.encode()!r})", "")
    outputs = executed([forged, "'next'"], submission, server.path)

    assert outputs[0][1][-1]["ename"] == "NotExecuted"
    assert outputs[1][1][0]["ename"] == "NotExecuted"


def test_a_forged_reply_that_cannot_be_written_is_made_writable(server: WarmServer, submission: Path) -> None:
    content = rb'{"status": "error", "ename": "E", "evalue": "\ud83d", "traceback": []}'
    outputs = executed([_sending(f"packet(b'e', cell, b'execute_reply', {content!r})", "")], submission, server.path)

    assert (outputs[0][1][-1]["ename"], outputs[0][1][-1]["evalue"]) == ("E", "?")


def test_no_cell_replies_for_the_next(server: WarmServer, submission: Path) -> None:
    reply = _sending("packet(b'e', cell, b'execute_reply', b'{\"status\": \"ok\"}')", "")
    twice = reply.replace("end.send(", "[end.send(x) for x in 2 * [").replace("}'))", "}')]]")
    outputs = executed([f"{twice}\nimport time\ntime.sleep(1)", "1 / 0", "'after'"], submission, server.path)

    assert outputs[1][1][0]["ename"] == "ZeroDivisionError"
    assert outputs[2][1][0]["data"] == {"text/plain": "'after'"}


def test_messages_that_nobody_uses_leave_nothing(
    server: WarmServer, submission: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flood = ("k = get_ipython().kernel\nfor _ in range(300):\n"
             "    k.session.send(k.iopub_socket, 'k' * 30_000, {}, parent=k.get_parent())\n"
             "    k.session.send(k.iopub_socket, 'odd', {}, parent=k.get_parent())\n'done'")  # fmt: skip
    ((_, (done,)),) = executed([flood], submission, server.path)

    assert done["data"] == {"text/plain": "'done'"}
    assert len(caplog.text) < 1000


@pytest.mark.parametrize(
    "error",
    ["ValueError('x' * 3_000_000)", "ValueError('x' * 7_000_000)", "type('X' * 3_000_000, (Exception,), {})"],
    ids=["long", "longer", "name"],
)
@pytest.mark.parametrize("forked", [True, False])
def test_an_error_that_is_too_long_is_left_out(server: WarmServer, submission: Path, error: str, forked: bool) -> None:
    (_, outputs), after = executed([f"raise {error}", "'next'"], submission, server.path if forked else None)

    assert len(outputs) == 1
    assert len(str(outputs)) < 1000
    assert after[1][0]["data"] == {"text/plain": "'next'"}


def test_errors_count_among_the_outputs(server: WarmServer, submission: Path) -> None:
    cells = ["raise ValueError('x' * 600_000)"] * 6
    outputs = executed(cells, submission, server.path, notebook_output_limit=2_500_000)

    assert len(str(outputs)) < 3_000_000
    assert [bool(x[1][-1]["evalue"]) for x in outputs] == [True, True, False, False, False, False]


def test_a_cell_that_waits_is_interrupted_and_the_next_runs(server: WarmServer, submission: Path) -> None:
    waits, after = executed(["import asyncio\nawait asyncio.sleep(1000)", "'next'"], submission, server.path, timeout=3)

    assert waits[1][-1]["ename"] == "CellTimeoutError"
    assert after[1][0]["data"] == {"text/plain": "'next'"}


def test_a_cell_that_cancels_its_own_task_costs_no_other(server: WarmServer, submission: Path) -> None:
    cells = ["import asyncio\nasyncio.current_task().cancel()", "'next'", "'and the one after'"]

    assert texts(cells, submission, server.path)[1:] == ["'next'", "'and the one after'"]


def test_who_reads_slowly_what_is_to_run_does_not_hold_the_grader(server: WarmServer, submission: Path) -> None:
    slow = _sending("packet(b'e', cell, b'execute_reply', b'{\"status\": \"ok\"}')",
                    "import threading, time\n"
                    "            read = lambda: [(time.sleep(4), end.recv(1 << 16)) for _ in range(99)]\n"
                    "            threading.Thread(target=read, daemon=True).start()\n            time.sleep(999)")  # fmt: skip
    begun = time.monotonic()
    outputs = executed([slow, f"'{'x' * 800_000}'\n1"], submission, server.path, notebook_timeout=10, timeout=5)

    assert outputs[1][1][-1]["ename"] in ("NotExecuted", "CellTimeoutError")
    assert time.monotonic() - begun < 45


def _sending(packet: str, then: str) -> str:
    """Code that sends a packet on the kernel's own socket."""
    return ("import os, socket, struct\n"
            "packet = lambda *x: struct.pack(f'={5 + len(x)}I', 1, 0, 0, 1, len(x), *map(len, x)) + b''.join(x)\n"
            "cell = get_ipython().kernel.get_parent()['header']['msg_id'].encode()\n"
            "ends = [int(x) for x in os.listdir('/proc/self/fd') if int(x) > 2]\n"
            "for fd in ends:\n    try:\n        end = socket.socket(fileno=os.dup(fd))\n"
            f"        if end.type == socket.SOCK_SEQPACKET:\n            end.send({packet})\n            {then}\n"
            "    except OSError:\n        pass")  # fmt: skip


def test_without_the_warm_process_the_kernel_says_so() -> None:
    with WarmServer(server_environment()) as server:
        path = server.path
    with pytest.raises(ServerLost):
        WarmKernel(path, Policy(folder="/tmp"), {})


@pytest.mark.parametrize("sending", ["send_fds", "send"])
def test_a_warm_process_that_ends_while_a_kernel_is_asked_for_is_lost(
    sending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "socket")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(place)
    listening.listen()
    module = client.socket if sending == "send_fds" else client
    whole = getattr(module, sending)

    def after_its_end(*given: Any) -> Any:
        listening.close()
        return whole(*given)

    monkeypatch.setattr(module, sending, after_its_end)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(ServerLost):
        WarmKernel(place, Policy(folder="/tmp"), {})

    assert len(os.listdir("/proc/self/fd")) == len(before) - 1  # what listened


def test_nursery_and_warm_process_end_with_who_started_them() -> None:
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        server = WarmServer(server_environment())
        os.write(writing, str(server._process.pid).encode())
        signal.pause()
    nursery = int(os.read(reading, 20))
    while not (children := Path(f"/proc/{nursery}/task/{nursery}/children").read_text(encoding="ascii").split()):
        time.sleep(0.01)
    started = [nursery, int(children[0])]
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    deadline = time.monotonic() + 20
    while left := [x for x in started if Path(f"/proc/{x}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_who_goes_away_while_asking_costs_nobody_a_kernel(server: WarmServer, submission: Path) -> None:
    for sent in (b"", b"."):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
            asking.connect(server.path)
            asking.send(sent)

    assert texts(["1 + 1"], submission, server.path) == ["2"]
    assert server.alive


def test_a_program_has_none_of_the_kernels_files(server: WarmServer, submission: Path) -> None:
    start = "import subprocess\ndone = subprocess.run(['ls', '-l', '/proc/self/fd'], close_fds=False, capture_output=True)"
    (found,) = texts([f"{start}\nprint(done.stdout.decode())"], submission, server.path)

    assert "socket:" not in found
    assert "pipe:" in found


def test_a_student_may_count_as_it_pleases(server: WarmServer, submission: Path) -> None:
    odd = [f"get_ipython().execution_count = {number}" for number in (-7, 1 << 40, 5)]
    cells = [odd[0], "'a'", odd[1], "'b'", odd[2], "'c'"]
    found = executed(cells, submission, server.path)

    assert found == executed(cells, submission, None)
    assert found[-1][1][0]["data"] == {"text/plain": "'c'"}


def test_of_a_warm_process_that_ends_no_kernel_is_told_to_have_ended_itself(submission: Path) -> None:
    """The end of the warm process and those of the supervisors come to the nursery at nearly the same time."""
    for _ in range(10):
        with WarmServer(server_environment()) as server, scratch_copy(str(submission)) as copy:
            challenge_beside(copy).mkdir()
            policy = replace(kernel_policy(copy, limits=Limits()), sockets=None, modules=())
            environment = launch_options(copy, challenge_beside(copy) / "none")["env"]
            kernels = [WarmKernel(server.path, policy, environment) for _ in range(4)]
            for kernel in kernels:
                kernel.wait_until_ready()
            os.kill(_warm_process_of(server), signal.SIGKILL)
            for kernel in kernels:
                with kernel, pytest.raises(ServerLost):
                    next(kernel.messages(20))

        assert [kernel.lost for kernel in kernels] == [True] * 4


def _warm_process_of(server: WarmServer) -> int:
    nursery = server._process.pid
    return int(Path(f"/proc/{nursery}/task/{nursery}/children").read_text(encoding="ascii").split()[0])


GRADER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_warm import executed
sleep = f"[sys.executable, '-c', 'import time; time.sleep(60)', {os.environ['MARK']!r}]"
cell = f"import subprocess, sys\\nsubprocess.Popen({sleep}, start_new_session=True)\\nwhile True: pass"
executed([cell], Path(sys.argv[2]), sys.argv[3])
"""


@pytest.mark.parametrize("whose", ["grader", "nursery", "warm process"])
def test_a_kernel_ends_with_whoever_is_killed(whose: str, submission: Path) -> None:
    mark = f"sig-checker-test-{os.getpid()}-{time.monotonic_ns()}"
    here = Path(__file__).parent
    with WarmServer(server_environment()) as server:
        environment = {**os.environ, "PYTHONPATH": str(here.parent), "MARK": mark}
        command = [sys.executable, "-c", GRADER, str(here), str(submission), server.path]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as grader:
            try:
                while not carrying(mark):
                    assert grader.poll() is None
                    time.sleep(0.02)
                processes = {"nursery": server._process.pid, "warm process": _warm_process_of(server), "grader": grader.pid}
                os.kill(processes[whose], signal.SIGKILL)

                assert gone(mark)
            finally:
                grader.kill()

