"""How long a student waits for a report: check cells of real notebooks in real kernels.

    make bench-notebook        (or: python benchmarks/notebook.py [ROUNDS])

Each notebook runs in a kernel of its own, cell by cell, as in JupyterLab: the solutions, and notebooks of the demonstration
class. Timed is what a person waits for: from sending the check cell to the arrival of its report. The first one in a kernel
loads the judge. Then everything once more with all tasks opened to the level "full", which draws the pictures. Beside it
stands the processor time that the kernel took, which another program on the machine changes less. The aim is 0.7 s for the
first report and 0.05 s afterwards; the exit status is 1 where a median misses it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parent.parent
STUDENTS = ("demo-sign", "demo-lost-square", "demo-unstable", "demo-finite-difference")
NOTEBOOKS = ("q1", "q2", "q3")
FIRST, AFTERWARDS = 0.7, 0.05  # seconds
LONGEST = 60  # seconds that any cell may take
OPEN = """
from dataclasses import replace
import sig_checker.exercises.sigmoid_7_02 as module
module.EXERCISE = replace(module.EXERCISE, tasks=tuple(replace(x, feedback="full") for x in module.EXERCISE.tasks))
"""


Seconds = tuple[float, float]  # to the report; of the processor, for the whole cell


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    folders = [ROOT / "source" / "sigmoid-7-02", *(ROOT / "submitted" / name / "sigmoid-7-02" for name in STUDENTS)]
    first: list[Seconds] = []
    later: dict[str, list[Seconds]] = {}
    for level, before in (("as released", ""), ("full", OPEN)):
        for path in (folder / f"{name}.ipynb" for folder in folders for name in NOTEBOOKS):
            for _ in range(rounds):
                (_, seconds), *others = timed(path, before)
                if not before:  # the preparation has loaded some of the judge
                    first.append(seconds)
                for task, seconds in others:
                    later.setdefault(f"{task} ({level})", []).append(seconds)
    print(f"{'milliseconds':36} median  worst   processor: median")
    for name, several in sorted(later.items()):
        print(told(f"{name:36}", several))
    everything = [x for several in later.values() for x in several]
    print(told(f"{'first report of a kernel':36}", first))
    print(told(f"{'reports afterwards':36}", everything))
    return int(middle(first) > FIRST or middle(everything) > AFTERWARDS)


def middle(several: list[Seconds], which: int = 0) -> float:
    return statistics.median(x[which] for x in several)


def told(name: str, several: list[Seconds]) -> str:
    worst = max(x for x, _ in several)
    return f"{name} {1000 * middle(several):6.1f} {1000 * worst:6.1f} {1000 * middle(several, 1):8.1f}"


def timed(path: Path, before: str) -> list[tuple[str, Seconds]]:
    """Task and seconds of each check cell, in order."""
    manager = KernelManager(kernel_name="python3")
    # an installed package has its compiled files; the first kernel writes them where they are missing
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    manager.start_kernel(cwd=str(path.parent), env=environment, stderr=subprocess.DEVNULL)
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=LONGEST)
        _, used = run(client, before)
        found = []
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            seconds, total = run(client, "".join(cell["source"]))
            if cell["metadata"].get("nbgrader", {}).get("grade"):
                found.append((cell["metadata"]["nbgrader"]["grade_id"], (seconds, total - used)))
            used = total
        return found
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client: Any, source: str) -> Seconds:
    """Seconds to the report, or to the end of a cell without one; of the processor, all that the kernel has used so far."""
    start = time.perf_counter()
    sent = client.execute(source, user_expressions={"used": "__import__('time').process_time()"})
    shown = None
    while True:
        message = client.get_iopub_msg(timeout=LONGEST)
        if message["parent_header"].get("msg_id") != sent:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "error":
            raise RuntimeError("\n".join(content["traceback"]))
        if kind == "display_data" and "text/html" in content["data"] and shown is None:
            shown = time.perf_counter() - start
        if kind == "status" and content["execution_state"] == "idle":
            reply = client.get_shell_msg(timeout=LONGEST)
            while reply["parent_header"].get("msg_id") != sent:  # of the greeting
                reply = client.get_shell_msg(timeout=LONGEST)
            used = float(reply["content"]["user_expressions"]["used"]["data"]["text/plain"])
            return time.perf_counter() - start if shown is None else shown, used


if __name__ == "__main__":
    sys.exit(main())
