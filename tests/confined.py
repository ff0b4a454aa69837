"""Runs code in a sandbox, and the same code outside it, so that what is refused inside is seen to work outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from sig_checker.grading.sandbox import KINDS, Policy, Sandbox
from sig_checker.grading.sandbox.choosing import problem

KINDS_HERE = [
    pytest.param(kind, marks=pytest.mark.skipif(problem(kind) is not None, reason=f"{kind}: {problem(kind)}")) for kind in KINDS
]
PLAIN = Policy(folder="/tmp")
SECONDS = 60


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-I", "-c", code, *map(str, arguments)]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd="/", env=environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip


def inside(kind: str, code: str, *arguments: object, policy: Policy = PLAIN) -> subprocess.CompletedProcess[str]:
    """Run Python code confined."""
    return run(Sandbox(kind).command(policy, python(code, *arguments)))


def outside(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the same code as the control."""
    return run(python(code, *arguments))


def refused(kind: str, code: str, *arguments: object, policy: Policy = PLAIN) -> str:
    """What the code prints inside, where it must not print "done"; outside it must."""
    control, tried = outside(code, *arguments), inside(kind, code, *arguments, policy=policy)
    assert control.stdout.strip() == "done", control
    assert "done" not in tried.stdout, tried
    assert tried.returncode != 125, tried  # the sandbox itself has come about
    return tried.stdout + tried.stderr


def carrying(mark: str) -> list[int]:
    """The processes of this machine in whose command line a mark stands."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it has just ended
            continue
    return [pid for pid in found if pid != os.getpid()]


def gone(mark: str, seconds: float = 5.0) -> bool:
    """Whether no process carries the mark any more, now or soon."""
    deadline = time.monotonic() + seconds
    while carrying(mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
