"""Grading a class by `nbgrader autograde` and by `sig-checker grade`, whole commands, in one run.

    make bench-grade        (or: python benchmarks/grade.py [--submissions 50] [--many 1000])

The class is the demonstration class without its two hostile students, over and over, three notebooks each: sixteen different
submissions, so equal answers come back as they do in a large class. Three systems:

    nbgrader                as it comes: no judge, no sandbox
    nbgrader, configured    with this package's steps, each kernel in a sandbox; a tenth of the class, since it is the slowest
    sig-checker grade       the same scores, each kernel in a sandbox

The seconds are those of the commands from start to end, `generate_assignment` done before and feedback pages not written by
anybody. The memory is that of the command and all its descendants together, what they share counted once (PSS), looked at
once a second. The larger class is judged again from its stored evidence: as it is, with the judge asked again about
all of it, and after a task has got other points. The last line reads `ratio <number>`: nbgrader's seconds a submission over
ours.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ASSIGNMENT = "sigmoid-7-02"
HOSTILE = ("demo-cheat", "demo-crash")
WATCH_SECONDS = 1.0  # a look takes 20 ms of a core, which is missing to what is measured
CONFIG = "from pathlib import Path\nc = get_config()\nc.CourseDirectory.course_id = 'bench'\n"
CONFIG += "c.CourseDirectory.root = str(Path(__file__).resolve().parent)\n"
CONFIGURED = "from sig_checker.grading import configure\nconfigure(c)\n"


@dataclass(frozen=True)
class Run:
    seconds: float
    memory: int  # bytes
    submissions: int

    @property
    def each(self) -> float:
        return self.seconds / self.submissions


def write_course(folder: Path, submissions: int, *, configured: bool) -> None:
    """A course with a class, released and not graded."""
    shutil.copytree(ROOT / "source" / ASSIGNMENT, folder / "source" / ASSIGNMENT)
    (folder / "nbgrader_config.py").write_text(CONFIG + (CONFIGURED if configured else ""), encoding="utf-8")
    students = sorted(x for x in (ROOT / "submitted").iterdir() if x.name not in HOSTILE and (x / ASSIGNMENT).is_dir())
    for number in range(submissions):
        shutil.copytree(students[number % len(students)], folder / "submitted" / f"student-{number:04}")
    subprocess.run([BIN / "nbgrader", "generate_assignment", ASSIGNMENT], cwd=folder, env=environment(), check=True,
                   capture_output=True)  # fmt: skip


def environment() -> dict[str, str]:
    """The commands' own. An installed package has its compiled files; the first command writes them where they are missing."""
    unwanted = ("JUPYTER", "IPYTHON", "SIG_CHECKER", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def timed(folder: Path, submissions: int, *command: str) -> Run:
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen([str(BIN / command[0]), *command[1:]], cwd=folder, env=environment(), stdout=output,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)  # fmt: skip
        watch = Watch(process.pid)
        status = process.wait()
        seconds = time.perf_counter() - start
        watch.stop()
        output.seek(0)
        if status:
            raise SystemExit(f"{' '.join(command)} ended with {status}:\n{output.read().decode()[-2000:]}")
    graded = len(list((folder / "autograded").glob(f"*/{ASSIGNMENT}/q3.ipynb")))
    if graded != submissions:
        raise SystemExit(f"{' '.join(command)} graded {graded} of {submissions} submissions")
    return Run(seconds, watch.most, submissions)


def regraded(folder: Path, submissions: int, *options: str) -> Run:
    """`sig-checker regrade`, which has one process."""
    start = time.perf_counter()
    command = [BIN / "sig-checker", "regrade", *options]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"sig-checker regrade ended with {done.returncode}:\n{done.stderr.decode()[-2000:]}")
    return Run(time.perf_counter() - start, 0, submissions)


def change_points(folder: Path) -> None:
    """The first task of the first notebook gets other points."""
    path = sorted((folder / "source" / ASSIGNMENT).glob("*.ipynb"))[0]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(x for x in notebook["cells"] if x["metadata"].get("nbgrader", {}).get("grade"))
    cell["metadata"]["nbgrader"]["points"] += 2
    path.write_text(json.dumps(notebook), encoding="utf-8")


class Watch(threading.Thread):
    """Looks at how much memory a process and its descendants hold."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.most, self._process, self._ended = 0, process, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(WATCH_SECONDS):
            self.most = max(self.most, sum(map(held, descendants(self._process))))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def descendants(process: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{name}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(name))
    found, todo = [], [process]
    while todo:
        found.append(todo.pop())
        todo += parents.get(found[-1], [])
    return found


def held(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended, or closed itself to others
        return 0
    return next((int(x.split()[1]) << 10 for x in lines if x.startswith("Pss:")), 0)


def row(name: str, run: Run, beside: Run) -> str:
    ratio = beside.each / run.each
    return f"{name:24} {run.submissions:5} submissions  {run.each:7.3f} s each  {run.memory >> 20:5} MB  {ratio:6.1f} times"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=50)
    parser.add_argument("--many", type=int, default=1000, help="for the growth; 0 leaves it out")
    options = parser.parse_args()
    count = options.submissions
    with tempfile.TemporaryDirectory(prefix="bench-grade-") as place:
        courses = {name: Path(place, name) for name in ("stock", "configured", "ours", "many")}
        write_course(courses["stock"], count, configured=False)
        write_course(courses["configured"], max(1, count // 10), configured=True)
        write_course(courses["ours"], count, configured=True)
        first = timed(courses["ours"], count, "sig-checker", "grade")
        stock = timed(courses["stock"], count, "nbgrader", "autograde", ASSIGNMENT)
        configured = timed(courses["configured"], max(1, count // 10), "nbgrader", "autograde", ASSIGNMENT)
        again = timed(courses["ours"], count, "sig-checker", "grade", "--force")
        ours = min(first, again, key=lambda run: run.seconds)
        lines = [row("nbgrader", stock, stock), row("nbgrader, configured", configured, stock)]
        lines += [row("sig-checker grade", first, stock), row("  again", again, stock)]
        if options.many:
            write_course(courses["many"], options.many, configured=True)
            many = timed(courses["many"], options.many, "sig-checker", "grade")
            lines.append(row("sig-checker grade", many, stock))
            lines.append(f"a submission of {options.many} takes {many.each / ours.each:.2f} times what one of {count} takes")
            for name, *given in (("sig-checker regrade",), ("  all judged again", "--force"), ("  after other points",)):
                if "points" in name:
                    change_points(courses["many"])
                each = regraded(courses["many"], options.many, *given).each
                lines.append(f"{name:24} {options.many:5} submissions  {each:7.4f} s each  {1 / each:5.0f} a second")
    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}")
    print("\n".join(lines))
    print(f"ratio {stock.each / ours.each:.1f}")


if __name__ == "__main__":
    main()
