"""Moving a process's memory changes where it lies, and nothing else."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import hashlib, os
from sig_checker.grading.warm.huge_pages import use_huge_pages
held = [os.urandom(1 << 20) * 8, {str(x): x for x in range(100_000)}]
def digest(): return hashlib.sha256(held[0] + repr(held[1]).encode()).hexdigest()
before = digest()
moved = use_huge_pages()
child = os.fork()
if child == 0:
    held[1]["0"] = 1  # in its own copy
    os._exit(0)
os.waitpid(child, 0)
huge = next(int(x.split()[1]) for x in open("/proc/self/smaps_rollup") if x.startswith("AnonHugePages"))
print(digest() == before, moved, huge)
"""
RELEASE = tuple(int(x) for x in platform.release().split(".")[:2]) if sys.platform == "linux" else (0, 0)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system has no /proc/self/smaps_rollup")
def test_memory_keeps_what_it_holds() -> None:
    same, moved, huge = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    ).stdout.split()

    assert same == "True"
    if RELEASE >= (6, 1) and Path("/sys/kernel/mm/transparent_hugepage").exists():
        assert int(moved) > 0
        assert int(huge) >= 2048
