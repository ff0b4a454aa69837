"""A sandbox that one process makes and another forks into ends in every case, and with a status that tells why."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sig_checker.errors import ConfigError
from sig_checker.grading.sandbox import FAILED, choose
from sig_checker.grading.sandbox.watching import LEFT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sandboxes need Linux")

SCRIPT = """
import os, socket, sys
from sig_checker.grading.sandbox import FAILED, Policy
from sig_checker.grading.sandbox.joining import be_able_to_join, found, join

be_able_to_join()
sandboxes, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
large = os.fork()
if large == 0:
    end, number, supervisor = socket.recv_fds(inside, 1, 3)[1]
    line = socket.socket(fileno=number)
    {}
    os._exit(0)
inside.close()
end, _ = socket.socketpair()
first = found(Policy(folder="/tmp").as_dict(landlock=True), sandboxes, end, b"more")
print(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))
"""
JOINS = """
    process, more = join(supervisor, line, {end})
    if process == 0:
        RUNS
        os._exit(7)
    line.send(bytes([os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) & 0xFF]))
"""


@pytest.fixture(scope="module", autouse=True)
def _namespaces() -> None:
    try:
        choose("namespaces")
    except ConfigError as error:
        pytest.skip(str(error))


def _status(large: str) -> int:
    """The sandbox's, after the large process has done that."""
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(large)], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return int(done.stdout)


@pytest.mark.parametrize(
    ("runs", "status"),
    [
        ("", 7),
        ("os.kill(os.getpid(), 9)", 256 - 9),
        ("assert more == b'more' and os.getpid() == 2 and os.getcwd() == '/tmp'; os._exit(3)", 3),
        ("assert sorted(x for x in os.listdir('/proc') if x.isdigit()) == ['1', '2']; os._exit(4)", 4),
        ("import contextlib\n        with contextlib.suppress(PermissionError): os.kill(1, 9)\n        os._exit(5)", 5),
        ("assert len(os.listdir('/proc/self/fd')) == 5; os._exit(6)", 6),  # the first three, the end, and the folder's own
    ],
)  # fmt: skip
def test_it_ends_as_the_one_who_has_joined(runs: str, status: int) -> None:
    assert _status(JOINS.replace("RUNS", runs)) == status


def test_who_has_left_without_a_word_is_told_from_who_has_failed() -> None:
    assert _status("") == LEFT
    assert _status(f"line.send(bytes([{FAILED}]))") == FAILED
    assert _status(JOINS.replace("RUNS", "").replace("line.send", "repr")) == LEFT


def test_nobody_can_say_that_another_has_left() -> None:
    """Or a student's `os._exit` would end all kernels that run at the time."""
    assert _status(JOINS.replace("RUNS", f"os._exit({LEFT})")) == FAILED

