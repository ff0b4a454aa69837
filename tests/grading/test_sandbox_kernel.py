"""A submission's kernel in a sandbox: it hands in evidence, is interrupted and killed, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from confined import KINDS_HERE, carrying, gone

from sig_checker.evidence import MIME, Challenge
from sig_checker.grading.running.handover import Handover
from sig_checker.grading.running.kernel import (
    SubmissionKernel,
    challenge_beside,
    kernel_policy,
    launch_options,
    scratch_copy,
    sockets_beside,
)
from sig_checker.grading.sandbox import TOO_MUCH_MEMORY, Limits, Sandbox, confined_user

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sandboxes need Linux")
each_kind = pytest.mark.parametrize("kind", KINDS_HERE)
SECONDS = 60


class Session:
    """A started kernel."""

    def __init__(self, manager: Any, client: Any, handover: Handover) -> None:
        self.manager, self.client, self.handover = manager, client, handover

    async def run(self, code: str, challenge: Challenge | None = None) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
        """What it writes, the data it displays, and its reply; the challenge is handed over while it runs."""
        text, shown = [], []

        def take(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                text.append(message["content"]["text"])
            elif message["msg_type"] == "display_data":
                shown.append(message["content"]["data"])

        with self.handover.given(challenge) if challenge else nullcontext():
            reply = await self.client.execute_interactive(code, timeout=SECONDS, output_hook=take)
        return "".join(text), shown, reply["content"]


@asynccontextmanager
async def kernel(
    kind: str, submission: Path, limits: Limits | None = None, readable: Iterable[str] = ()
) -> AsyncIterator[Session]:
    with scratch_copy(str(submission)) as folder, Handover(challenge_beside(folder)) as handover:
        manager = SubmissionKernel(kernel_name="python3")
        manager.sandbox = Sandbox(kind)
        manager.policy = kernel_policy(folder, limits=limits or Limits(), readable=readable, hidden=[submission])
        manager.connection_file = str(sockets_beside(folder) / "kernel.json")
        await manager.start_kernel(**launch_options(folder, handover.path))
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=SECONDS)
            yield Session(manager, client, handover)
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text("answer = 'a(1-a)'")
    return tmp_path


ANSWERS = {  # kind of evidence: task, parameters of the function, cell
    "data": ("q1_derivative", (), "from mine import answer\nsubmit('q1_derivative', answer)"),
    "expression": ("q1_derivative", (), "import sympy\nsubmit('q1_derivative', sympy.exp(sympy.Symbol('z')))"),
    "function": ("q1_function", ("z",), (
        "import numpy as np\ndef dsigmoid(z):\n    t = np.exp(-abs(z))\n    return t/(1+t)**2\nsubmit('q1_function', dsigmoid)"
    )),
    "missing": ("q2_maximum", (), "submit('q2_maximum')"),
    "foreign": ("q1_derivative", (), "submit('q1_derivative', object())"),
}  # fmt: skip


@each_kind
def test_evidence_of_every_kind_is_handed_in(kind: str, submission: Path) -> None:
    async def handed_in() -> dict[str, Any]:
        async with kernel(kind, submission) as session:
            await session.run("from sig_checker import submit")
            return {
                name: await session.run(code, Challenge("f00d", 7, "sigmoid-7-02", task, task, parameters))
                for name, (task, parameters, code) in ANSWERS.items()
            }

    for name, (text, shown, reply) in asyncio.run(handed_in()).items():
        assert reply["status"] == "ok", (text, reply)
        evidence = [data[MIME] for data in shown if MIME in data]
        assert [x["answer"]["kind"] for x in evidence] == [name]
        if name == "function":
            assert evidence[0]["answer"]["observed"]["formula"]


@each_kind
def test_the_judge_is_not_there_and_programs_and_files_work(kind: str, submission: Path) -> None:
    async def seen() -> list[Any]:
        async with kernel(kind, submission) as session:
            return [await session.run(code) for code in (
                "import sig_checker.judging",
                "from sig_checker.exercises import missing",
                "!echo from a program",
                "open('new', 'w').write('x'); import tempfile, os; tempfile.mkstemp(); print(sorted(os.listdir()))",
                "import os; print([x for x in os.listdir(os.environ['HOME'] + '/../sockets') if 'ipc' not in x])",
                "open(os.environ['HOME'] + '/../sockets/file', 'w')",
                "os.symlink('/', os.environ['HOME'] + '/../sockets/link')",
                f"print(os.path.exists({str(submission)!r}))",
            )]  # fmt: skip

    judging, exercise, program, files, sockets, file, link, own = asyncio.run(seen())
    assert judging[2]["ename"] == "ModuleNotFoundError"
    assert exercise[2]["status"] == "error"
    assert "from a program" in program[0]
    assert files[0] == "['mine.py', 'new']\n"
    assert sockets[0] == "['kernel.json']\n"
    assert {file[2].get("ename"), link[2].get("ename")} == {"PermissionError"}
    assert own[0] == "False\n"
    assert sorted(x.name for x in submission.iterdir()) == ["mine.py"]


@each_kind
def test_what_the_grader_puts_into_a_readable_folder_is_seen_at_once(kind: str, submission: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handed over"
    folder.mkdir(mode=0o755)
    file = folder / "file"
    read, write = f"print(open({str(file)!r}).read())", f"open({str(file)!r}, 'a')"

    async def seen() -> list[Any]:
        async with kernel(kind, submission, readable=[str(folder)]) as session:
            before = await session.run(read)
            file.write_text("now")
            during = [await session.run(read), await session.run(write)]
            file.unlink()
            return [before, *during, await session.run(read)]

    before, during, written, after = asyncio.run(seen())
    assert before[2]["ename"] == after[2]["ename"] == "FileNotFoundError"
    assert during[0] == "now\n"
    assert written[2]["ename"] in ("PermissionError", "OSError")


@each_kind
def test_temporary_files_of_others_are_hidden_within_what_is_readable(
    kind: str, submission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shared"
    place = folder / "temporary"
    place.mkdir(parents=True, mode=0o755)
    (folder / "data").write_text("42")
    (place / "of others").write_text("a(1-a)")
    for path in (folder, place):
        path.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    look = f"import os\nprint(open({str(folder / 'data')!r}).read(), os.listdir({str(place)!r}))"

    async def seen() -> Any:
        async with kernel(kind, submission, readable=[str(folder)]) as session:
            return await session.run(look)

    assert asyncio.run(seen())[0] == "42 []\n"


@each_kind
def test_an_interrupt_reaches_the_cell_and_its_programs(kind: str, submission: Path) -> None:
    async def interrupted() -> list[Any]:
        async with kernel(kind, submission) as session:
            replies = []
            for code in ("import time\nwhile True: time.sleep(0.01)", "import subprocess\nsubprocess.run(['sleep', '60'])"):
                running = asyncio.ensure_future(session.run(code))
                await asyncio.sleep(0.5)
                await session.manager.interrupt_kernel()
                replies.append((await running)[2])
            return [*replies, (await session.run("print('alive')"))[0]]

    first, second, alive = asyncio.run(interrupted())
    assert first["ename"] == second["ename"] == "KeyboardInterrupt"
    assert alive == "alive\n"


@each_kind
@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("import os; os.kill(os.getpid(), 9)", 128 + 9, id="killed"),
        pytest.param("import os; os._exit(3)", 3, id="left"),
        pytest.param("x = b'x' * (600 << 20)\nimport time; time.sleep(30)", TOO_MUCH_MEMORY, id="too large"),
    ],
)
def test_a_dead_kernel_is_noticed_at_once(kind: str, code: str, status: int, submission: Path) -> None:
    async def ended() -> tuple[float, int | None]:
        async with kernel(kind, submission, Limits(memory_bytes=400 << 20)) as session:
            session.client.execute(code)
            start = time.monotonic()
            while await session.manager.is_alive() and time.monotonic() - start < 10:
                await asyncio.sleep(0.02)
            assert session.manager.provisioner.ended_with == await session.manager.provisioner.poll()
            return time.monotonic() - start, session.manager.provisioner.ended_with

    seconds, told = asyncio.run(ended())
    assert seconds < 5
    assert told == status


@each_kind
def test_nothing_is_left_after_a_kernel_has_been_shut_down(kind: str, submission: Path) -> None:
    mark = f"sig-checker-test-{os.getpid()}-{time.monotonic_ns()}"
    code = (
        "import os, subprocess, sys\n"
        "for _ in range(2):\n"
        f"    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', {mark!r}], start_new_session=True)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(60)', {mark!r}])\n"
        "    os._exit(0)\n"
        "import time; time.sleep(0.5)"
    )

    async def left() -> int:
        async with kernel(kind, submission) as session:
            await session.run(code)
            before = len(carrying(mark))
        assert not carrying(mark)  # once it is shut down, at once
        return before

    assert asyncio.run(left()) == 3


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_sandbox_kernel import kernel
async def main():
    async with kernel(sys.argv[2], Path(sys.argv[3])) as session:
        sleep = f"[sys.executable, '-c', 'import time; time.sleep(60)', {sys.argv[4]!r}]"
        await session.run(f"import subprocess, sys; subprocess.Popen({sleep})")
        print("ready", flush=True)
        await session.run("while True: pass")
asyncio.run(main())
"""


@each_kind
def test_the_kernel_ends_with_a_grader_that_is_killed(kind: str, submission: Path) -> None:
    mark = f"sig-checker-test-{os.getpid()}-{time.monotonic_ns()}"
    here = Path(__file__).parent
    command = [sys.executable, "-c", KILLED, str(here), kind, str(submission), mark]
    environment = {**os.environ, "PYTHONPATH": str(here.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == "ready\n"
        running = len(carrying(mark))
        grader.kill()

    assert running == 2  # the program and the grader, which names it
    assert gone(mark)


@each_kind
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")
def test_only_the_confined_user_can_reach_the_sockets(kind: str, submission: Path) -> None:
    async def owners() -> tuple[set[int], set[int]]:
        async with kernel(kind, submission) as session:
            folder = Path(session.manager.connection_file).parent
            return {x.lstat().st_uid for x in (folder, *folder.iterdir())}, {folder.stat().st_mode & 0o077}

    users, others = asyncio.run(owners())
    assert users == {confined_user()}
    assert others == {0}
