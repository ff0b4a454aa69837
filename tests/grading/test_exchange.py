"""Collecting from an exchange in which somebody has left what they should not; each submission there is ours to make."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
from pathlib import Path

import pytest
from courses import ASSIGNMENT, run, write_course

ME = pwd.getpwuid(os.getuid()).pw_name
OTHER = next(x.pw_name for x in pwd.getpwall() if x.pw_uid != os.getuid())
STRANGER = "20261234"  # has no account here, as where everybody has a machine of their own
EARLY, LATE = "2026-03-01 10:00:00.000000 UTC", "2026-03-02 10:00:00.000000 UTC"
SECRET = "the instructor's own"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The course, and the command that has collected from all of this at once."""
    folder = tmp_path_factory.mktemp("exchange")
    private = folder / "private"
    (private / "deep").mkdir(parents=True)
    for path in (private / "key.txt", private / "deep" / "key.txt", private / "one.ipynb"):
        path.write_text(SECRET)
    inbound = folder / "exchange" / "small" / "inbound"
    inbound.mkdir(parents=True)
    (folder / "exchange").chmod(0o777)

    mine = _submission(inbound, f"{ME}+{ASSIGNMENT}+{EARLY}+aaaa", "early")
    (mine / "data").mkdir()
    (mine / "data" / "points.csv").write_text("1,2")
    (mine / "link.txt").symlink_to(private / "key.txt")
    (mine / "data" / "folder").symlink_to(private)
    (mine / "dangling").symlink_to(private / "none")
    os.mkfifo(mine / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(mine, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/socket")  # the path itself may be too long for a socket's
        os.close(here)
    (mine / "timestamp.txt").symlink_to(private / "key.txt")
    (inbound / f"{ME}+{ASSIGNMENT}+{LATE}+bbbb").symlink_to(private)
    _submission(inbound, f"{OTHER}+{ASSIGNMENT}+{LATE}+cccc", "forged")
    strange = _submission(inbound, f"{STRANGER}+{ASSIGNMENT}+{EARLY}+dddd", "stranger")
    (strange / "submission_secret.txt").write_bytes(b"\xff\n")
    _submission(inbound, f"large+{ASSIGNMENT}+{EARLY}+eeee", "large").joinpath("x.bin").write_bytes(bytes(2_000_000))
    _submission(inbound, f"many+{ASSIGNMENT}+{EARLY}+ffff", "many")
    for number in range(2001):
        (inbound / f"many+{ASSIGNMENT}+{EARLY}+ffff" / f"{number}.txt").touch()
    _submission(inbound, f"..+{ASSIGNMENT}+{EARLY}+gggg", "outside")
    _submission(inbound, f"time+{ASSIGNMENT}+no time at all+hhhh", "timeless")
    _submission(inbound, f"{ASSIGNMENT}+{ASSIGNMENT}+", "nameless")

    course = write_course(
        folder / "course", more=f"c.Exchange.root = {str(folder / 'exchange')!r}\nc.CourseDirectory.max_dir_size = 1000\n"
    )
    return course, run(course, "nbgrader", "collect", ASSIGNMENT)


def _submission(inbound: Path, name: str, text: str) -> Path:
    folder = inbound / name
    folder.mkdir()
    (folder / "one.ipynb").write_text(text)
    return folder


def _found(course: Path) -> dict[str, str]:
    return {x.name: (x / ASSIGNMENT / "one.ipynb").read_text() for x in (course / "submitted").iterdir()}


def test_each_students_own_is_collected_whatever_else_lies_there(collected: tuple[Path, object]) -> None:
    course, _ = collected

    assert _found(course) == {ME: "early", STRANGER: "stranger"}
    assert (course / "submitted" / ME / ASSIGNMENT / "data" / "points.csv").read_text() == "1,2"


def test_no_link_is_followed_and_nothing_special_is_taken(collected: tuple[Path, object]) -> None:
    course, _ = collected
    files = [x for x in course.rglob("*") if not x.is_dir() or x.is_symlink()]

    assert all(x.is_file() and not x.is_symlink() for x in files)
    assert not [x for x in files if SECRET.encode() in x.read_bytes()]


def test_nothing_is_written_outside_the_submissions(collected: tuple[Path, object]) -> None:
    course, _ = collected

    assert not (course / ASSIGNMENT).exists()


def test_what_nbgrader_reads_later_can_be_read(collected: tuple[Path, object]) -> None:
    course, _ = collected
    for student in (ME, STRANGER):
        folder = course / "submitted" / student / ASSIGNMENT
        assert (folder / "timestamp.txt").read_text() == EARLY
        assert (folder / "submission_secret.txt").read_text(encoding="ascii").isalnum()


def test_the_log_tells_what_was_left_out(collected: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = collected
    for text in (
        "link.txt is a link", "folder is a link", "dangling is a link", "pipe is a link", "socket is a link",
        f"it is said to be {OTHER}'s, but belongs to {ME}", "it has more than 2000 files or 1000 kB",
        f"{LATE}+bbbb was left out: it is not named as a submission is", "hhhh was left out: it is not named",
    ):  # fmt: skip
        assert text in done.stderr, (text, done.stderr)


def test_a_course_may_believe_all_names(tmp_path: Path) -> None:
    inbound = tmp_path / "exchange" / "small" / "inbound"
    inbound.mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)
    _submission(inbound, f"{OTHER}+{ASSIGNMENT}+{LATE}+cccc", "for a friend")
    more = f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\nc.ExchangeCollect.check_owner = False\n"
    course = write_course(tmp_path / "course", more=more)
    run(course, "nbgrader", "collect", ASSIGNMENT)

    assert _found(course) == {OTHER: "for a friend"}
