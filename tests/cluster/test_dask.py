"""A class graded by a Dask cluster of this machine, which loses a worker on the way, as it is graded by one process."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import RIGHT, files, gradebook_rows, sig_checker

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'sig-checker[cluster]'")

pytestmark = [pytest.mark.cluster, pytest.mark.end_to_end]

STUDENTS = [f"s{number:02}" for number in range(12)]
SECONDS = 240  # for whatever is waited for; far more than anything takes


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class that this machine has graded."""
    course = courses.write_course(tmp_path_factory.mktemp("graded"))
    courses.generate(course)
    for number, student in enumerate(STUDENTS):
        answers = RIGHT | {"q2_maximum": f"q2_maximum = {number}/28"}  # 7/28 is right
        folder = courses.hand_in(course, student, answers)
        (folder / "note.txt").write_text(student)
    sig_checker(course, "grade")
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """The same class, not yet graded."""
    shutil.copytree(graded, tmp_path / "course")
    for name in ("autograded", "evidence"):
        shutil.rmtree(tmp_path / "course" / name)
    (tmp_path / "course" / "gradebook.db").unlink()
    return tmp_path / "course"


@pytest.fixture
def scheduler(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """With a parameter: how many workers a submission may take along before the scheduler gives it up."""
    failures = str(getattr(request, "param", 3))
    options = ("--host", "tcp://127.0.0.1", "--port", "0", "--no-dashboard")
    with _started(tmp_path, "scheduler", *options, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=failures) as log:
        yield _found(log, r"Scheduler at:\s+(tcp://\S+)")


@contextmanager
def _started(folder: Path, *command: str, **environment: str) -> Iterator[Path]:
    """One of Dask's programs, for as long as the test needs it; its log."""
    log = folder / f"{command[0]}-{time.monotonic_ns()}.log"
    with open(log, "w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
            stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=folder, env=os.environ | environment,
        )  # fmt: skip
    log.with_suffix(".pid").write_text(str(process.pid))
    try:
        yield log
    finally:
        process.kill()
        process.wait()


def _worker(folder: Path, scheduler: str, *, threads: int = 1, **environment: str) -> Any:
    options = ("--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--nthreads", str(threads))
    return _started(folder, "worker", scheduler, *options, **environment)


def _found(log: Path, pattern: str) -> str:
    deadline = time.monotonic() + SECONDS
    while (found := re.search(pattern, log.read_text(encoding="utf-8"))) is None:
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)
    return found[1] if found.groups() else found[0]


def _same(course: Path, graded: Path) -> None:
    assert gradebook_rows(course) == gradebook_rows(graded)
    assert files(course / "autograded") == files(graded / "autograded")


def test_the_commands_of_the_page_about_scale_grade_a_class(course: Path, graded: Path, tmp_path: Path) -> None:
    """As they stand there, but for the names of machines, a free port, and the loopback interface alone."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    blocks = re.findall(r"((?:^    .*\n)+)", page, re.MULTILINE)
    (block,) = (x for x in blocks if "dask scheduler" in x)
    scheduler, worker, grade = (
        line.replace("8786", port).replace("//host", "//127.0.0.1").split() for line in block.splitlines()
    )
    here, few = ("--host", "127.0.0.1", "--no-dashboard"), STUDENTS[:3]
    for student in STUDENTS[len(few) :]:
        shutil.rmtree(course / "submitted" / student)
    assert (scheduler[:2], worker[:2], grade[0]) == (["dask", "scheduler"], ["dask", "worker"], "sig-checker")
    with _started(tmp_path, *scheduler[1:], *here) as log:
        _found(log, r"Scheduler at:\s+(tcp://\S+)")
        with _started(tmp_path, *worker[1:], *here):
            sig_checker(course, *grade[1:])
    alone = gradebook_rows(graded)
    assert gradebook_rows(course) == {student: alone[student] for student in few}


@pytest.mark.parametrize("scheduler", [pytest.param(3, id="given to another"), pytest.param(0, id="given up")], indirect=True)
def test_a_class_is_graded_once_and_as_on_one_machine_though_a_worker_is_killed(
    course: Path, graded: Path, scheduler: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Its submission is given to another worker by the scheduler, or where that gives it up by the run."""
    with _worker(tmp_path, scheduler, threads=2) as stays, _worker(tmp_path, scheduler) as dies:
        for log in (stays, dies):
            _found(log, "Starting established connection|Registered to")
        process = courses.start(course, "grade", "--scheduler", scheduler)
        _some_are_done(course, process)
        left = len(STUDENTS) - len(list((course / "evidence").glob("small/s*.json")))
        os.kill(int(dies.with_suffix(".pid").read_text()), signal.SIGKILL)
        process.join(SECONDS)
    output = "".join((course / name).read_text(encoding="utf-8") for name in courses.OUTPUT)

    assert process.exitcode == 0, output
    assert left > 0  # it was killed in the middle
    assert f"{len(STUDENTS)} submissions graded" in output
    assert re.search("^Students' code was confined by (namespaces|bubblewrap)", output, re.M)
    (log,) = tmp_path.glob("scheduler-*.log")
    given_up = "failed because" in log.read_text(encoding="utf-8")
    assert given_up == ("given up" in request.node.name)
    _same(course, graded)
    points = {student: x["grades"]["two", "q2_maximum"][0] for student, x in gradebook_rows(course).items()}
    assert points == {student: 6.0 if student == "s07" else 0.0 for student in STUDENTS}


def test_a_run_waits_for_the_first_worker_and_says_so(course: Path, graded: Path, scheduler: str, tmp_path: Path) -> None:
    process = courses.start(course, "grade", "--scheduler", scheduler)
    while not (course / courses.OUTPUT[1]).exists():
        time.sleep(0.05)
    _found(course / courses.OUTPUT[1], "There is no worker at .*; waiting until one comes")
    with _worker(tmp_path, scheduler, threads=2):
        process.join(SECONDS)

    assert process.exitcode == 0
    _same(course, graded)


def test_a_wrong_address_is_told(course: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # nobody listens there
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        done = sig_checker(course, "grade", "--scheduler", address, check=False)

    assert done.returncode == 2
    assert f"no Dask scheduler answers at {address}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((course / "evidence").glob("small/s*.json"))


def test_a_scheduler_that_is_lost_ends_the_run_and_the_next_goes_on(course: Path, graded: Path, tmp_path: Path) -> None:
    options = ("--host", "tcp://127.0.0.1", "--port", "0", "--no-dashboard")
    with _started(tmp_path, "scheduler", *options) as log:
        address = _found(log, r"Scheduler at:\s+(tcp://\S+)")
        with _worker(tmp_path, address):
            process = courses.start(course, "grade", "--scheduler", address)
            _some_are_done(course, process)
            os.kill(int(log.with_suffix(".pid").read_text()), signal.SIGKILL)
            process.join(SECONDS)
    output = "".join((course / name).read_text(encoding="utf-8") for name in courses.OUTPUT)
    done = len(list((course / "evidence").glob("small/s*.json")))

    assert process.exitcode == 2, output
    assert f"the Dask scheduler at {address} does not answer any more; what is done is kept" in output
    assert "Traceback" not in output
    assert 0 < done < len(STUDENTS)
    assert f"{done} had been graded before" in sig_checker(course, "grade").stdout
    _same(course, graded)


def _some_are_done(course: Path, process: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while not list((course / "evidence").glob("small/s*.json")):
        assert process.exitcode is None, (course / courses.OUTPUT[1]).read_text()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _another_version(folder: Path) -> Path:
    """Where there is this package with another rule."""
    import sig_checker as package  # noqa: PLC0415 - `courses` has a function of that name

    other = folder / "other" / "sig_checker"
    shutil.copytree(Path(package.__file__).parent, other, ignore=shutil.ignore_patterns("__pycache__"))
    with open(other / "rubric.py", "a", encoding="utf-8") as file:
        file.write("# another rule\n")
    return other.parent


def test_a_worker_with_another_version_that_comes_late_grades_nothing(
    course: Path, graded: Path, scheduler: str, tmp_path: Path
) -> None:
    """It comes when the run has looked at all workers, and takes over from one that goes."""
    with _worker(tmp_path, scheduler) as first:
        _found(first, "Starting established connection|Registered to")
        process = courses.start(course, "grade", "--scheduler", scheduler)
        _some_are_done(course, process)
        os.kill(int(first.with_suffix(".pid").read_text()), signal.SIGSTOP)  # there is something left to do
        with _worker(tmp_path, scheduler, PYTHONPATH=str(_another_version(tmp_path))) as late:
            worker = _found(late, r"Start worker at:\s+(tcp://\S+)")
            _found(late, "Starting established connection|Registered to")
            os.kill(int(first.with_suffix(".pid").read_text()), signal.SIGKILL)
            process.join(SECONDS)
    output = "".join((course / name).read_text(encoding="utf-8") for name in courses.OUTPUT)

    assert process.exitcode == 2, output
    assert f"the worker {worker} was refused, and the run has ended; what is done is kept" in output
    assert "It has sig-checker" in output
    rows = gradebook_rows(graded)
    assert {name: x for name, x in rows.items() if name in gradebook_rows(course)} == gradebook_rows(course)
    sig_checker(course, "grade")
    _same(course, graded)


def test_a_worker_with_another_version_is_refused_by_its_name(course: Path, scheduler: str, tmp_path: Path) -> None:
    with _worker(tmp_path, scheduler, PYTHONPATH=str(_another_version(tmp_path))) as log:
        worker = _found(log, r"Start worker at:\s+(tcp://\S+)")
        _found(log, "Starting established connection|Registered to")
        done = sig_checker(course, "grade", "--scheduler", scheduler, check=False)

    assert done.returncode == 2
    assert f"the worker {worker} was refused" in done.stderr
    assert "It has sig-checker" in done.stderr
    assert not list((course / "evidence").glob("small/s*.json"))


def test_a_worker_that_cannot_confine_students_code_runs_none(course: Path, scheduler: str, tmp_path: Path) -> None:
    """Its bubblewrap does not work, and no other kind of sandbox is wanted."""
    broken = tmp_path / "bin" / "bwrap"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho no namespaces here >&2\nexit 1\n")
    broken.chmod(0o755)
    with _worker(tmp_path, scheduler, PATH=f"{broken.parent}{os.pathsep}{os.environ['PATH']}"):
        done = sig_checker(course, "grade", "--scheduler", scheduler, "--sandbox", "bubblewrap", check=False)

    assert done.returncode == 2
    assert "students' code cannot be confined on this machine" in done.stderr
    assert "no namespaces here" in done.stderr
    assert not list((course / "evidence").glob("small/s*.json"))
