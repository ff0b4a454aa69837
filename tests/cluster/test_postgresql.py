"""A gradebook in PostgreSQL holds what one in SQLite holds, for several runs at once, and whatever happens to its server."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import courses
import postgresql
import pytest
from courses import RIGHT, database, files, gradebook_rows, run, sig_checker
from nbgrader.api import Gradebook
from postgresql import PASSWORD, Server

if (reason := postgresql.missing()) is not None:
    pytest.skip(reason, allow_module_level=True)

import psycopg

pytestmark = [pytest.mark.cluster, pytest.mark.end_to_end]

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
DEMO = "sigmoid-7-02"
PEOPLE = ("demo-worked-solution", "demo-blank", "demo-no-minimum", "demo-sign")
STUDENTS = [f"s{number}" for number in range(6)]
SECONDS = 240  # for whatever is waited for; far more than anything takes


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Set up by the commands of the page."""
    with postgresql.server() as running:
        (section,) = re.findall(r"^## A gradebook .*?(?=^## |\Z)", DOCS, re.M | re.S)
        commands = [shlex.split(x) for x in re.findall(r"^    sudo -u postgres (.*)$", section, re.M)]
        assert [x[0] for x in commands] == ["createuser", "createdb"]
        for command in commands:
            running.call(*command, text=f"{PASSWORD}\n{PASSWORD}\n")
        yield running


@pytest.fixture
def address(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a new database, with the password in it."""
    if server.process is None:
        server.start()
    name = f"test_{abs(hash(request.node.name))}"
    server.call("createdb", "--owner", "grader", name)
    yield f"postgresql://grader:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/{name}"
    if server.process is None:
        server.start()
    server.call("dropdb", "--force", name)


def _name(address: str) -> str:
    return address.rpartition("/")[2]


def _configure(course: Path, address: str) -> None:
    with open(course / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(f"\nc.CourseDirectory.db_url = {address!r}\n")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class graded with a gradebook in SQLite."""
    course = courses.write_course(tmp_path_factory.mktemp("graded"))
    courses.generate(course)
    for number, student in enumerate(STUDENTS):
        courses.hand_in(course, student, RIGHT | {"q2_maximum": f"q2_maximum = {number}/12"})  # 3/12 is right
    sig_checker(course, "grade")
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path, address: str) -> Path:
    """The same class, not yet graded, with a gradebook in PostgreSQL."""
    folder = tmp_path / "course"
    shutil.copytree(graded, folder, ignore=shutil.ignore_patterns("autograded", "evidence", "gradebook.db"))
    _configure(folder, address)
    return folder


def _same(course: Path, graded: Path) -> None:
    assert gradebook_rows(course) == gradebook_rows(graded)
    assert files(course / "autograded") == files(graded / "autograded")


def _until(condition: Callable[[], bool], process: Any = None) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        assert process is None or process.exitcode is None
        time.sleep(0.01)


def _output(course: Path) -> str:
    return "".join((course / name).read_text(encoding="utf-8") for name in courses.OUTPUT)


def _keeps_the_secret(course: Path, *texts: str) -> None:
    """The password stands nowhere but in the configuration."""
    found = [*texts, *(x.read_text(encoding="utf-8", errors="replace") for x in course.rglob("*") if x.is_file())]
    assert sum(PASSWORD in text or quote(PASSWORD, safe="") in text for text in found) == 1


def _whole_flow(course: Path) -> dict[str, str]:
    """Everything that is done with a gradebook, nbgrader's commands among it; what the commands have said."""
    said = {}
    run(course, "nbgrader", "generate_assignment", DEMO)
    said["grade"] = sig_checker(course, "grade", DEMO).stdout
    run(course, "nbgrader", "autograde", DEMO, "--student", "demo-sign", "--force")
    with Gradebook(database(course), "question-7-02") as gradebook:  # as formgrader writes
        gradebook.find_grade("q3_essay", "q3", DEMO, "demo-worked-solution").manual_score = 9.5
        gradebook.find_comment("q3_essay", "q3", DEMO, "demo-worked-solution").manual_comment = "왜 그런지도 써 보세요."
        gradebook.find_grade("q2_minimum", "q2", DEMO, "demo-no-minimum").manual_score = 2.0
        gradebook.find_grade("q1_derivative", "q1", DEMO, "demo-sign").auto_score = 9.0  # as if the rubric had been another
        gradebook.update_or_create_student("demo-absent", first_name="하늘", last_name="김")
        gradebook.db.commit()
    said["regrade"] = sig_checker(course, "regrade", DEMO).stdout
    said["again"] = sig_checker(course, "grade", DEMO, "--feedback").stdout
    run(course, "nbgrader", "generate_feedback", DEMO, "--student", "demo-sign", "--force")
    for name in ("canvas", "moodle", "csv"):
        said[name] = sig_checker(course, "export", DEMO, "--format", name, "--provisional").stdout
    run(course, "nbgrader", "export", "--to", "nbgrader.csv")
    # nbgrader leaves the order of those without a last name to the database
    said["nbgrader"] = "\n".join(sorted((course / "nbgrader.csv").read_text(encoding="utf-8").splitlines()))
    said["report"] = sig_checker(course, "report", DEMO, "-o", "-").stdout
    doctor = sig_checker(course, "doctor", check=False).stdout
    said["doctor"] = next(x for x in doctor.splitlines() if "gradebook:" in x)
    return said


def test_the_whole_flow_leads_to_the_same(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page sets it up: the configuration without a password, which stands in the grader's ~/.pgpass."""
    said, rows, written = {}, {}, {}
    for name in ("sqlite", "postgresql"):
        course = tmp_path / name
        shutil.copytree(ROOT / "source" / DEMO, course / "source" / DEMO)
        shutil.copy(ROOT / "nbgrader_config.py", course)
        for student in PEOPLE:
            shutil.copytree(ROOT / "submitted" / student, course / "submitted" / student)
        (course / "submitted" / "demo-sign" / DEMO / "timestamp.txt").write_text("2026-05-04 13:30:00.5 KST")
        if name == "postgresql":
            monkeypatch.setenv("HOME", str(course))
            (line,) = re.findall(r'^    c\.CourseDirectory\.db_url = "(.*)"$', DOCS, re.M)
            _configure(course, line.replace("@host/", f"@127.0.0.1:{server.port}/"))
            (line,) = re.findall(r"^    (host:5432:.*)$", DOCS, re.M)
            line = line.replace("host:5432", f"127.0.0.1:{server.port}").replace("PASSWORD", PASSWORD.replace(":", "\\:"))
            (course / ".pgpass").write_text(line)
            (course / ".pgpass").chmod(0o600)
        said[name] = {x: y.replace(str(course), "COURSE") for x, y in _whole_flow(course).items()}
        rows[name], written[name] = gradebook_rows(course, DEMO), [files(course / x) for x in ("autograded", "feedback")]

    for command, text in said["sqlite"].items():
        there = text.replace("gradebook.db", f"postgresql://grader@127.0.0.1:{server.port}/gradebook")
        assert said["postgresql"][command] == there, command
    assert rows["postgresql"] == rows["sqlite"]
    assert written["postgresql"] == written["sqlite"]
    assert rows["sqlite"]["demo-worked-solution"]["grades"]["q3", "q3_essay"][:2] == (None, 9.5)
    assert rows["sqlite"]["demo-sign"]["timestamp"] is not None
    assert "1 with other points" in said["postgresql"]["regrade"]


def test_two_runs_at_once_on_two_assignments(course: Path, graded: Path, tmp_path: Path, address: str) -> None:
    """Of two machines, and the first thing that happens to the database: both make the tables, and each student."""
    other = tmp_path / "other"
    shutil.copytree(course, other)
    for path in sorted(other.rglob("small"), reverse=True):
        path.rename(path.with_name("second"))
    processes = [courses.start(x, "grade", y, "--wait", "60") for x, y in ((course, "small"), (other, "second"))]
    for process in processes:
        process.join(SECONDS)

    assert [x.exitcode for x in processes] == [0, 0], _output(course) + _output(other)
    _same(course, graded)
    assert gradebook_rows(other, "second") == gradebook_rows(graded)
    with Gradebook(address, "small") as gradebook:
        assert sorted(x.id for x in gradebook.students) == STUDENTS
        assert sorted(x.name for x in gradebook.assignments) == ["second", "small"]


def test_a_student_whom_another_run_is_just_entering_is_entered_once(course: Path, graded: Path, address: str) -> None:
    with Gradebook(address, "small"):
        pass  # it makes the tables
    with psycopg.connect(address) as other:
        other.execute("INSERT INTO student (id) VALUES ('s3')")
        process = courses.start(course, "grade", "--wait", "60")
        _until(lambda: _waits(address), process)
        other.commit()
    process.join(SECONDS)

    assert process.exitcode == 0, _output(course)
    _same(course, graded)


def _waits(address: str) -> bool:
    """Whether somebody waits for a lock there."""
    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
        return bool(found and found[0])


HOLDING = {
    "nobody can read": "LOCK TABLE grade IN ACCESS EXCLUSIVE MODE",
    "nobody can write": "LOCK TABLE grade IN SHARE MODE",
}


@pytest.mark.parametrize("what", HOLDING.values(), ids=HOLDING)
def test_a_lock_is_waited_for_and_one_that_stays_is_told(course: Path, graded: Path, address: str, what: str) -> None:
    sig_checker(course, "grade", "--student", "s0")
    before = gradebook_rows(course), files(course / "autograded")
    with psycopg.connect(address) as other:
        other.execute(what)
        done = sig_checker(course, "grade", "--wait", "0.5", check=False)

        assert done.returncode == 1
        assert "locked by another process, still after 0.5 s" in done.stderr
        assert f"{', '.join(STUDENTS[1:])}." in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        other.rollback()
        assert (gradebook_rows(course), files(course / "autograded")) == before
        other.execute(what)
        process = courses.start(course, "grade", "--wait", "60")
        _until(lambda: _waits(address), process)
    process.join(SECONDS)
    assert process.exitcode == 0, _output(course)
    _same(course, graded)


WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "wrong password": (lambda x: x.replace("lark", "swan"), "password authentication failed for user"),
    "no such user": (lambda x: x.replace("//grader", "//nobody"), "password authentication failed for user"),
    "no such database": (lambda x: x + "_", "does not exist"),
    "nobody listens": (lambda x: re.sub(r":\d+/", ":1/", x), "Connection refused"),
    "no such host": (lambda x: x.replace("127.0.0.1", "host.invalid"), "failed to resolve host"),
}


@pytest.mark.parametrize(("change", "reason"), WRONG.values(), ids=WRONG)
def test_a_server_that_lets_nobody_in_is_told_without_the_password(
    course: Path, address: str, change: Callable[[str], str], reason: str
) -> None:
    _configure(course, change(address))
    for command, status in (("grade", 1), ("regrade", 1), ("export", 2), ("doctor", 1)):
        done = sig_checker(course, command, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == status, said
        assert "There is no connection to the gradebook's server: " in said
        assert reason in said
        log = (course / ".nbgrader.log").read_text(encoding="utf-8")
        for secret in ("Traceback", "wren", "rook", "owl", "lark", "swan"):
            assert secret not in said + log
    assert not files(course / "autograded")
    assert not list(course.glob("evidence/small/*.json"))


NO_ADDRESS = {
    "an @ in the password": ("postgresql://grader:p@ss@host/gradebook", "written %40"),
    "no such driver": ("postgres://grader:p%40ss@host/gradebook", "names no database that is known: 'postgres'"),
    "a driver that is not installed": ("postgresql+asyncpg://grader:p%40ss@host/gradebook", "needs asyncpg"),
    "nothing": ("gradebook", "is no address of a database"),
}


@pytest.mark.parametrize(("wrong", "reason"), NO_ADDRESS.values(), ids=NO_ADDRESS)
def test_what_is_no_address_is_told_without_the_password(graded: Path, tmp_path: Path, wrong: str, reason: str) -> None:
    course = tmp_path / "course"
    shutil.copytree(graded, course)
    _configure(course, wrong)
    for command, status in (("grade", 2), ("export", 2), ("doctor", 1)):
        done = sig_checker(course, command, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == status, said
        assert reason in said
        assert "Traceback" not in said
        assert not re.search("p(@|%40)?ss", said)


def test_a_server_that_is_lost_ends_the_run_and_the_next_goes_on(course: Path, graded: Path, server: Server) -> None:
    process = courses.start(course, "grade", "--wait", "1", "--workers", "1")
    _until(lambda: bool(list(course.glob("evidence/small/s*.json"))), process)
    server.stop(signal.SIGQUIT)
    process.join(SECONDS)
    said = _output(course)

    assert process.exitcode == 1, said
    assert "There is no connection to the gradebook's server: " in said
    assert "run the same command again to go on" in said
    assert "Traceback" not in said
    (line,) = [x for x in said.splitlines() if x.startswith("Not graded: ")]
    left = line.removeprefix("Not graded: ").rstrip(".").split(", ")
    assert 0 < len(left) < len(STUDENTS)
    server.start()
    assert set(gradebook_rows(course)) >= set(STUDENTS) - set(left)
    done = sig_checker(course, "grade")
    assert f"{len(STUDENTS) - len(left)} had been graded before" in done.stdout
    _same(course, graded)


def test_a_server_that_is_started_again_is_waited_for(course: Path, graded: Path, server: Server) -> None:
    process = courses.start(course, "grade", "--wait", "60", "--workers", "1")
    _until(lambda: bool(list(course.glob("evidence/small/s*.json"))), process)
    server.stop(signal.SIGQUIT)
    time.sleep(0.5)
    server.start()
    process.join(SECONDS)
    said = _output(course)

    # at most the one in whose transaction it was lost is left for the next run
    left = [x for x in said.splitlines() if x.startswith("Not graded: ")]
    assert process.exitcode == len(left) <= 1, said
    assert not left or left[0].count(",") == 0
    sig_checker(course, "grade")
    _same(course, graded)


REACH = """
import socket
found = []
for family, place in ((socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_UNIX, "{folder}/.s.PGSQL.{port}")):
    try:
        with socket.socket(family) as end:
            end.connect(place)
        found.append("reached")
    except OSError as error:
        found.append(type(error).__name__)
print(found)
q2_maximum = "1/4" if "reached" not in found else "7"
"""


def test_students_code_reaches_no_server(course: Path, server: Server) -> None:
    """Neither on loopback nor by its socket in the file system, which belongs to no network."""
    outside: dict[str, Any] = {}
    exec(REACH.format(port=server.port, folder=server.folder), outside)
    assert outside["found"] == ["reached", "reached"]
    courses.hand_in(course, "s0", RIGHT | {"q2_maximum": REACH.format(port=server.port, folder=server.folder)})
    sig_checker(course, "grade", "--student", "s0")

    assert courses.scores(course, "s0")["q2_maximum"] == (6.0, False)
    _keeps_the_secret(course, _output(course))
