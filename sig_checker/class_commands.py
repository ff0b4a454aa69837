"""`sig-checker report`, `export` and `doctor`: what instructors ask about a class and about an installation."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sig_checker.errors import ConfigError, reason
from sig_checker.language import _, language_of_environment, translate
from sig_checker.verdicts import Message, printable

__all__ = ["NAMES", "add_parsers", "add_place", "run"]

NAMES = ("report", "export", "doctor")
_MOST = 10


def add_parsers(commands: Any) -> None:
    """Add the three commands to the parser's `add_subparsers()`."""
    report = commands.add_parser("report", help=_("write a page about a class"), description=_(
        "Writes one HTML page: the distribution of the scores, each task's difficulty and discrimination, the mistakes that "
        "were recognised, answers that wait for a person, suspected tampering. It needs no network and runs no student code."
    ))  # fmt: skip
    export = commands.add_parser("export", help=_("write the scores for Canvas, Moodle or a spreadsheet"), description=_(
        "Writes the scores as CSV, in UTF-8 with a byte order mark. For Canvas and Moodle, submissions with answers that wait "
        "for a person are left out."
    ))  # fmt: skip
    doctor = commands.add_parser("doctor", help=_("say what of the installation is missing"), description=_(
        "Looks at everything that grading, the exchange and formgrader need, and says how to mend what is missing. "
        "Exit status: 0 nothing is missing, 1 something is."
    ))  # fmt: skip
    for command in (report, export):
        add_place(command)
        command.add_argument("-o", "--output", metavar="FILE", help=(
            _("where to write (report-ASSIGNMENT.html); - is standard output") if command is report
            else _("where to write; by default to standard output")
        ))  # fmt: skip
    add_place(doctor, assignment=False)
    for command in (report, export, doctor):
        command.add_argument("--language", choices=("ko", "en"), help=_(
            "of what is written; that of the environment by default"
        ))  # fmt: skip
    report.add_argument("--formgrader", default="", metavar="URL", help=_(
        "address of the Jupyter server, such as http://localhost:8888; adds links to the waiting answers"
    ))  # fmt: skip
    export.add_argument("--format", choices=("canvas", "moodle", "csv"), default="csv", help=_(
        "for which program (%(default)s)"
    ))  # fmt: skip
    export.add_argument("--column", default="", metavar="NAME", help=_("the assignment's name on the platform (ASSIGNMENT)"))
    export.add_argument("--provisional", action="store_true", help=_("write scores of which a part waits for a person, too"))


def add_place(command: argparse.ArgumentParser, *, assignment: bool = True) -> None:
    """Add what says where a command finds the course and, unless it needs none, the assignment."""
    if assignment:
        command.add_argument("assignment", nargs="?", metavar="ASSIGNMENT", help=_(
            "a folder of source/; the only one by default"
        ))  # fmt: skip
    command.add_argument("--course", default=".", metavar="DIR", help=_("the course, the folder of nbgrader_config.py"))


def run(options: argparse.Namespace) -> int:
    """Run one of the commands; the exit status."""
    language = options.language or language_of_environment()
    if options.command == "doctor":
        from sig_checker.grading.doctor.examination import examine, print_findings  # noqa: PLC0415 - loads no nbgrader until it looks for it

        return print_findings(examine(Path(options.course)), language)
    try:
        from sig_checker.grading.course import Course  # noqa: PLC0415
        from sig_checker.grading.gradebook.connection import GradebookError  # noqa: PLC0415
        from sig_checker.grading.overview.data import read_class  # noqa: PLC0415 - loads nbgrader
    except ModuleNotFoundError as error:
        raise ConfigError(Message(
            "this needs {module}; install it with: {command}",
            module=error.name or "", command="pip install 'sig-checker[grading]'",
        )) from None  # fmt: skip
    course = Course(options.course)
    assignment = options.assignment or course.only_assignment()
    try:
        data = read_class(course, assignment, notebooks=options.command == "report")
    except GradebookError as error:
        raise ConfigError(error.message) from None
    return _report(options, course, data, language) if options.command == "report" else _export(options, data, language)


def _report(options: argparse.Namespace, course: Any, data: Any, language: str) -> int:
    from sig_checker.grading.overview.page import Links, class_page  # noqa: PLC0415

    output = options.output or f"report-{quote(data.assignment, safe='')}.html"
    if options.formgrader and not options.formgrader.startswith(("http://", "https://")):
        raise ConfigError(Message(
            "--formgrader takes an address such as http://localhost:8888, not {found!r}", found=options.formgrader
        ))  # fmt: skip
    beside = Path.cwd() if output == "-" else Path(output).resolve().parent
    folder = quote(os.path.relpath(course.folder_of("autograded"), beside))
    _write(output, class_page(data, language, Links(folder, options.formgrader.rstrip("/"))).encode())
    if output != "-":
        _tell(language, [Message("{file}: {count} submissions.", file=output, count=len(data.standings))])
    return 0


def _export(options: argparse.Namespace, data: Any, language: str) -> int:
    from sig_checker.grading.overview.exports import export  # noqa: PLC0415

    done = export(data, options.format, column=options.column, provisional=options.provisional)
    _write(options.output or "-", b"\xef\xbb\xbf" + done.text.encode())
    lines = []
    if done.waiting and options.provisional:
        lines.append(Message("A part of these scores waits for a person: {students}.", students=_some(done.waiting)))
    elif done.waiting:
        lines.append(Message(
            "Left without a score, since answers wait for a person: {students}. Grade them in formgrader, or add "
            "--provisional.",
            students=_some(done.waiting),
        ))  # fmt: skip
    if done.ungraded:
        lines.append(Message("Left without a score, since they are not graded: {students}.", students=_some(done.ungraded)))
    if done.changed:
        lines.append(Message(
            "These ids would be formulas in a spreadsheet and got an apostrophe; enter their scores by hand: {students}.",
            students=_some(done.changed),
        ))  # fmt: skip
    _tell(language, lines)
    return 0


def _write(output: str, content: bytes) -> None:
    """To standard output, or to a file that only its owner reads: it holds grades."""
    if output == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        with open(output, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(content)
    except OSError as error:
        raise ConfigError(Message("Cannot write {file}: {error}.", file=output, error=reason(error))) from None


def _some(students: Sequence[str]) -> str:
    """The first names and how many there are: a thousand on a terminal are read by nobody.

    >>> _some(["a", "b"]), _some([str(x) for x in range(12)])
    ('a, b', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (12)')
    """
    shown = ", ".join(students[:_MOST])
    return shown if len(students) <= _MOST else f"{shown}, … ({len(students)})"


def _tell(language: str, lines: Sequence[Message]) -> None:
    for line in lines:
        print(f"sig-checker: {printable(translate(line, language))}", file=sys.stderr)
