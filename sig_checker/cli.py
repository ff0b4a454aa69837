"""The command line: `sig-checker judge` for one answer a line, `sig-checker grade` for a class."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from os.path import relpath

from sig_checker.errors import ConfigError
from sig_checker.language import language_of_environment, translate
from sig_checker.verdicts import Message

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status.

    0: done (for `grade`: every submission was graded, notices or not); 1: a submission was not graded; 2: wrong usage or
    configuration.
    """
    options = _parser().parse_args(arguments)
    try:
        return _judge(options.file) if options.command == "judge" else _grade(options.assignment, options.course)
    except ConfigError as error:
        print(f"sig-checker: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sig-checker: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sig-checker", description="Grades answers about derivatives and backpropagation.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    judge = commands.add_parser("judge", help="judge answers, one JSON object a line", description=(
        'Reads JSON Lines {"id", "task", "syntax", "answer"} and writes one line with the verdict for each, in order.'
    ))  # fmt: skip
    judge.add_argument("file", nargs="?", default="-", metavar="FILE", help="where the answers stand; - is standard input")
    grade = commands.add_parser("grade", help="grade every submission of an assignment", description=(
        "Takes every submission in submitted/ through nbgrader: generate, autograde, feedback. Grades anew what was graded."
    ))  # fmt: skip
    grade.add_argument("assignment", nargs="?", metavar="ASSIGNMENT", help="a folder of source/; the only one by default")
    grade.add_argument("--course", default=".", metavar="DIR", help="the course, the folder of nbgrader_config.py")
    return parser


def _judge(file: str) -> int:
    from sig_checker.filter import run  # noqa: PLC0415 - each command loads only what it needs

    if file == "-":
        run(sys.stdin, sys.stdout)
        return 0
    try:
        stream = open(file, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - closed below
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    with stream:
        run(stream, sys.stdout)
    return 0


def _grade(assignment: str | None, folder: str) -> int:
    try:
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        from sig_checker.grading.course import Course, Graded  # noqa: PLC0415 - loads nbgrader
        from sig_checker.grading.table import print_table  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigError(f"grading needs {error.name}; install it with: pip install 'sig-checker[grading]'") from None

    # nbgrader 0.9 says this of its own tables whenever a submission is new
    warnings.filterwarnings("ignore", message="Object of type <Submitted.*> not in session")
    language = language_of_environment()
    course = Course(folder)
    assignment = assignment or course.only_assignment()
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(assignment, total=len(course.students(assignment)))
        course.generate(assignment)

        def seen(graded: Graded) -> None:
            for problem in graded.problems:
                where = " · ".join(x for x in (problem.student, problem.notebook, problem.notice.cell) if x)
                text = translate(problem.notice.message, language)
                asks = translate(Message("a person gives the points"), language) + ": " if problem.notice.person else ""
                progress.console.print(f"{where}: {asks}{text}", markup=False, soft_wrap=True)
            progress.advance(bar)

        graded = course.grade_all(assignment, seen)
    out = Console(highlight=False)
    print_table(out, graded, language)
    failed = [x.student for x in graded if x.failed]
    lines = [Message("{count} submissions graded.", count=len(graded) - len(failed))]
    if failed:
        lines.append(Message("Not graded: {students}.", students=", ".join(failed)))
    lines += [
        Message("graded notebooks: {place}", place=relpath(course.folder_of("autograded"))),
        Message("pages for the students: {place}", place=relpath(course.folder_of("feedback"))),
        Message("gradebook: {place}", place=course.gradebook),
    ]
    for line in lines:
        out.print(translate(line, language), markup=False, soft_wrap=True)
    return 1 if failed else 0
