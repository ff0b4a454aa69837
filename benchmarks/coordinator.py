"""What a submission costs the coordinator, beside what it costs the workers: how many of them does one coordinator feed?

    make bench-cluster        (or: python benchmarks/coordinator.py [--few 40] [--many 240] [--feedback])

A real run of `sig-checker grade --scheduler` on a Dask cluster of this machine, the class that of benchmarks/grade.py; once
with a gradebook in SQLite and, where PostgreSQL is installed, once with one in a server of its own. Counted is processor time,
of each program with its descendants, so that it matters little what else the machine does:

    coordinator   reads and packs submissions, and writes notebooks, gradebook and records of what comes back; its part that
                  does not grow with the class (start, release) is left out, by taking the difference between two classes
    scheduler     Dask's, which hands tasks on
    database      PostgreSQL's processes
    worker        everything else: kernels, students' code, judging, and Dask's part of a worker

A worker is a processor that grades all the time. The coordinator and the scheduler are one process each and the busier of the
two is the limit. The last line reads `workers a coordinator feeds <number>`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import postgresql
from grade import ASSIGNMENT, BIN, descendants, environment, write_course

TICKS = os.sysconf("SC_CLK_TCK")
SECONDS = 60  # to start within
MILLION = 1_000_000


@dataclass(frozen=True)
class Cost:
    """Of a submission, in seconds of processor time."""

    coordinator: float
    scheduler: float
    database: float
    worker: float

    @property
    def feeds(self) -> float:
        return self.worker / max(self.coordinator, self.scheduler)


def spent(process: int | None) -> float:
    """Processor seconds of a process and its descendants, those that have ended among them."""
    total = 0
    for each in descendants(process) if process is not None else ():
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / TICKS


@contextmanager
def started(folder: Path, name: str, *options: str, ready: str) -> Iterator[tuple[int, str]]:
    """One of Dask's programs: its process, and what it says of itself when it is ready."""
    log = folder / f"{name}-{time.monotonic_ns()}.log"
    with open(log, "wb") as output:
        process = subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{name}", *options], cwd=folder, stdout=output,
                                   stderr=output, stdin=subprocess.DEVNULL, env=environment())  # fmt: skip
    try:
        deadline = time.monotonic() + SECONDS
        while (found := re.search(ready, log.read_text(encoding="utf-8"))) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"dask {name} does not start:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield process.pid, found[1]
    finally:
        process.kill()
        process.wait()


def grade(course: Path, submissions: int, *options: str) -> float:
    """Run the coordinator; its processor seconds."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([str(BIN / "sig-checker"), "grade", *options], cwd=course, env=environment(), stdout=output,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode:
            raise SystemExit(f"grade ended with {process.returncode}:\n{output.read().decode()[-2000:]}")
    graded = len(list((course / "autograded").glob(f"*/{ASSIGNMENT}/q3.ipynb")))
    if graded != submissions:
        raise SystemExit(f"{graded} of {submissions} submissions were graded")
    return usage.ru_utime + usage.ru_stime


def measure(place: Path, sizes: tuple[int, int], options: list[str], server: postgresql.Server | None) -> Cost:
    courses = []
    for size in sizes:
        course = place / f"{'sqlite' if server is None else 'postgresql'}-{size}"
        write_course(course, size, configured=True)
        courses.append(course)
        if server is not None:
            server.call("createdb", course.name)
            grader = f"{postgresql.ADMIN}:{quote(postgresql.PASSWORD, safe='')}"
            address = f"postgresql://{grader}@127.0.0.1:{server.port}/{course.name}"
            with open(course / "nbgrader_config.py", "a", encoding="utf-8") as config:
                config.write(f"c.CourseDirectory.db_url = {address!r}\n")
    database = None if server is None or server.process is None else server.process.pid
    loopback = ("--no-dashboard", "--host", "127.0.0.1")
    worker = (*loopback, "--no-nanny", "--nthreads", "1")
    with (
        started(place, "scheduler", *loopback, "--port", "0", ready=r"Scheduler at:\s+(tcp://\S+)") as (scheduler, address),
        started(place, "worker", address, *worker, ready="(Registered to|Starting established)") as (first, _),
        started(place, "worker", address, *worker, ready="(Registered to|Starting established)") as (second, _),
    ):
        few = grade(courses[0], sizes[0], "--scheduler", address, *options)  # it warms the workers up, too
        before = [spent(x) for x in (scheduler, database, first, second)]
        many = grade(courses[1], sizes[1], "--scheduler", address, *options)
        after = [spent(x) for x in (scheduler, database, first, second)]
    its, databases, *workers = ((y - x) / sizes[1] for x, y in zip(before, after, strict=True))
    return Cost((many - few) / (sizes[1] - sizes[0]), its, databases, sum(workers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=40)
    parser.add_argument("--many", type=int, default=240)
    parser.add_argument("--feedback", action="store_true", help="have the coordinator write the students' pages as well")
    options = parser.parse_args()
    sizes, more = (options.few, options.many), ["--feedback"] if options.feedback else []
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as place:
        costs["SQLite"] = measure(Path(place), sizes, more, None)
        if (reason := postgresql.missing()) is None:
            with postgresql.server() as server:
                costs["PostgreSQL"] = measure(Path(place), sizes, more, server)
        else:
            print(f"not measured with PostgreSQL: {reason}")
    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}")
    heads = ("coordinator", "scheduler", "database", "worker", "workers fed")
    print(f"{'processor seconds a submission':32}" + "".join(f"{x:>12}" for x in heads))
    for name, cost in costs.items():
        figures = (cost.coordinator, cost.scheduler, cost.database, cost.worker)
        print(f"{name:32}" + "".join(f"{x:12.4f}" for x in figures) + f"{cost.feeds:12.1f}")
    for name, cost in costs.items():
        work, hours = (x * MILLION / 3600 for x in (cost.worker, max(cost.coordinator, cost.scheduler)))
        print(f"a million with {name}: {work:.0f} hours of workers; {hours:.1f} hours with {cost.feeds:.1f} workers, which one "
              "coordinator feeds")  # fmt: skip
    print(f"workers a coordinator feeds {min(x.feeds for x in costs.values()):.1f}")


if __name__ == "__main__":
    main()
