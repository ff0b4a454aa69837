"""The command line: `judge` for one answer a line, `grade` and `regrade` for a class, `new`, `test`, `variants` for authors."""

from __future__ import annotations

import argparse
import gc
import os
import select
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from sig_checker import class_commands
from sig_checker.authoring.arguments import COMMANDS, add_parsers
from sig_checker.errors import ConfigError, reason
from sig_checker.language import _, language_of_environment, speak, translate
from sig_checker.verdicts import Message

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status.

    0: done (for `grade`: every submission was graded, notices or not); 1: a submission was not graded; 2: wrong usage or
    configuration; 130: stopped by Ctrl-C; 141: nobody reads the output any longer (`| head`).
    """
    speak()
    try:
        try:
            return _run(_parser().parse_args(arguments))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still has to write when it ends
        return 128 + 13  # as a shell tells of a command that the signal SIGPIPE has ended


def _nobody_reads() -> bool:
    """Whether it is the standard output that is broken, and no pipe between processes of ours."""
    looking = select.poll()
    looking.register(sys.stdout, select.POLLOUT)
    return any(event & select.POLLERR for _, event in looking.poll(0))


def _run(options: argparse.Namespace) -> int:
    try:
        if options.command == "judge":
            return _judge(options)
        if options.command in class_commands.NAMES:
            return class_commands.run(options)
        if options.command in COMMANDS:
            from sig_checker.authoring import commands  # noqa: PLC0415 - each command loads only what it needs

            return commands.run(options)
        return _grading(options)
    except ConfigError as error:
        language = language_of_environment()
        told = [translate(x, language) if isinstance(x, Message) else x for x in error.parts]
        print("sig-checker:", "\n".join(told), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sig-checker:", _("stopped"), file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    description = _("Grades answers about derivatives and backpropagation.")
    parser = argparse.ArgumentParser(prog="sig-checker", description=description)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    judge = commands.add_parser("judge", help=_("judge answers, one JSON object a line"), description=_(
        "Reads JSON Lines, objects with id, task, syntax and answer, and writes one line with the verdict for each, in order."
    ))  # fmt: skip
    judge.add_argument("file", nargs="?", default="-", metavar="FILE", help=_("where the answers stand; - is standard input"))
    judge.add_argument("--exercise", default="sigmoid-7-02", metavar="NAME", help=_(
        "about which one: the package's, a folder of source/, or a file (%(default)s)"
    ))  # fmt: skip
    judge.add_argument("--student", metavar="ID", help=_("whose function is meant, where each student has another"))
    judge.add_argument("--course", default=".", metavar="DIR", help=_("the folder in which source/ lies"))
    grade = commands.add_parser("grade", help=_("grade every submission of an assignment"), description=_(
        "Takes every submission in submitted/ through nbgrader: generate, autograde, feedback. What an earlier run has done "
        "is not done again."
    ))  # fmt: skip
    regrade = commands.add_parser("regrade", help=_("judge again from stored evidence"), description=_(
        "Judges again what `grade` or `nbgrader autograde` has kept of each submission, after a rubric, the points or the "
        "judge have changed. No student code runs; scores that a person has given stay."
    ))  # fmt: skip
    for command in (grade, regrade):
        class_commands.add_place(command)
        command.add_argument("--student", action="append", metavar="ID", help=_("only this one; may be given again"))
        command.add_argument("--wait", type=float, default=10.0, metavar="SECONDS", help=_(
            "for a gradebook that is locked and for another run on the assignment (%(default)g)"
        ))  # fmt: skip
        command.add_argument("--json", action="store_true", help=_(
            "for machines: one JSON object a line for each submission and a last one for the run, instead of the table"
        ))  # fmt: skip
    grade.add_argument("--force", action="store_true", help=_("grade again what is graded"))
    grade.add_argument("--feedback", action="store_true", help=_("write the students' pages as well"))
    grade.add_argument("--workers", type=int, metavar="N", help=_("grade so many at a time; by default one for each processor"))
    grade.add_argument("--scheduler", metavar="ADDRESS", help=_("grade on the machines of a Dask cluster, as tcp://host:8786"))
    grade.add_argument("--limit", type=int, metavar="N", help=_("grade at most so many in this run"))
    regrade.add_argument("--force", action="store_true", help=_("judge again also what the same judge has judged already"))
    regrade.add_argument("--task", action="append", metavar="ID", help=_("only this one; may be given again"))
    add_parsers(commands)
    for command in (judge, grade):
        command.add_argument("--sandbox", choices=("auto", "bubblewrap", "namespaces"), default="auto", help=_(
            "how students' code is confined; by default by the first that works"
        ))  # fmt: skip
        command.add_argument("--trust-submissions", action="store_true", help=_(
            "where students' code cannot be confined, run it with all that you may read and write yourself"
        ))  # fmt: skip
    class_commands.add_parsers(commands)
    return parser


def _judge(options: argparse.Namespace) -> int:
    from sig_checker.authoring.finding import find  # noqa: PLC0415 - each command loads only what it needs
    from sig_checker.filter import run  # noqa: PLC0415

    file = options.file
    how = {
        "exercise": find(options.exercise, Path(options.course)), "student": options.student, "sandbox": options.sandbox,
        "trust_submissions": options.trust_submissions, "language": language_of_environment(),
    }  # fmt: skip
    if file == "-":
        run(sys.stdin, sys.stdout, **how)
        return 0
    try:
        stream = open(file, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - closed below
    except OSError as error:
        raise ConfigError(Message("cannot read {file}: {error}", file=file, error=reason(error))) from None
    with stream:
        run(stream, sys.stdout, **how)
    return 0


def _grading(options: argparse.Namespace) -> int:
    from sig_checker.grading.batch import startup  # noqa: PLC0415 - each command loads only what it needs

    here = options.command == "grade" and options.scheduler is None
    if here and options.sandbox in ("auto", "namespaces") and sys.platform == "linux":
        startup.begin()
    gc.disable()  # while so much is loaded there is nothing to collect, but a lot to look through
    try:
        from sig_checker.grading.batch import commands  # noqa: PLC0415 - loads nbgrader
    except ModuleNotFoundError as error:
        raise ConfigError(Message(
            "grading needs {module}; install it with: {command}",
            module=error.name or "", command="pip install 'sig-checker[grading]'",
        )) from None  # fmt: skip
    finally:
        gc.freeze()  # nor is it looked through later, by the workers and at the end
        gc.enable()

    # nbgrader 0.9 says this of its own tables whenever a submission is new
    warnings.filterwarnings("ignore", message="Object of type <Submitted.*> not in session")
    return commands.regrade(options) if options.command == "regrade" else commands.grade(options)
