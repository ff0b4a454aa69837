"""`sig-checker grade` and `sig-checker regrade` as a person at a terminal meets them."""

from __future__ import annotations

import secrets
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from os.path import relpath

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from sig_checker.errors import ConfigError
from sig_checker.grading.batch.grade import Grader
from sig_checker.grading.batch.json_lines import graded_record, regraded_record, write_line
from sig_checker.grading.batch.packing import pack_config
from sig_checker.grading.batch.regrade import Regraded, Regrader
from sig_checker.grading.batch.table import print_changes, print_table
from sig_checker.grading.batch.workers import LocalWorkers, Workers
from sig_checker.grading.course import Course
from sig_checker.grading.exercises import exercises_of
from sig_checker.grading.gradebook.connection import GradebookError, GradebookLost
from sig_checker.grading.results import Graded
from sig_checker.language import language_of_environment, translate
from sig_checker.verdicts import Message, printable

__all__ = ["grade", "regrade"]


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads on. Rich would end the command with the status of a failure."""
        raise BrokenPipeError


class _Rate(ProgressColumn):
    """Submissions a second, as of late."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s")


class _Terminal:
    """Where the lines go: what happens on the way to stderr, below it a bar; what came out of it to stdout."""

    def __init__(self, *, machine: bool = False) -> None:
        """`machine`: what goes to stdout is for a program; where that is a person's terminal after all there is no bar."""
        self.language = language_of_environment()
        self.out = _Console(highlight=False)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()
        self.progress = Progress(
            *columns, console=Console(stderr=True, highlight=False), transient=True, redirect_stdout=False,
            disable=machine and sys.stdout.isatty(),
        )  # fmt: skip

    def note(self, *parts: str | Message | None) -> None:
        texts = [translate(x, self.language) if isinstance(x, Message) else printable(x) for x in parts if x is not None]
        self.progress.console.print(": ".join(texts), markup=False, soft_wrap=True)

    def show_problems(self, graded: Graded) -> None:
        """A line for each."""
        for problem in graded.problems:
            where = " · ".join(x for x in (problem.student, problem.notebook, problem.notice.cell) if x)
            asks = Message("a person gives the points") if problem.notice.person else None
            suspected = Message("suspected tampering") if problem.notice.suspected else None
            self.note(where, asks, suspected, problem.notice.message)

    def tell(self, *lines: Message) -> None:
        for line in lines:
            self.out.print(translate(line, self.language), markup=False, soft_wrap=True)


def grade(options: Namespace) -> int:
    """Grade a class; the exit status."""
    terminal = _Terminal(machine=options.json)
    with _workers(options, terminal) as workers:  # first, since they share what is there when they begin
        return _grade(options, terminal, workers)


def _grade(options: Namespace, terminal: _Terminal, workers: Workers) -> int:
    course = Course(options.course, wait=options.wait)
    sandbox = course.confine(options.sandbox, trust=options.trust_submissions, here=options.scheduler is None)
    workers.warm = sandbox is not None and sandbox.kind == "namespaces"
    assignment = options.assignment or course.only_assignment()
    students = course.students(assignment, options.student)
    exercises, seed = exercises_of(course.paths, assignment), secrets.randbits(48)
    workers.rehearse(pack_config(course), exercises, seed)
    left = list(students)
    with _stoppable(terminal, left), terminal.progress, course.working_on(assignment):
        bar = terminal.progress.add_task(assignment, total=len(students))

        def seen(graded: Graded) -> None:
            if not graded.failed:
                left.remove(graded.student)
            if options.json:
                write_line(graded_record(graded, terminal.language))
            else:
                terminal.show_problems(graded)
            terminal.progress.advance(bar)

        grader = Grader(course, assignment, seed, force=options.force, feedback=options.feedback)
        graded = grader.grade_all(students, workers, seen, options.limit)
    failed = [x.student for x in graded if x.failed]
    before = sum(not x.anew and not x.failed for x in graded)
    if options.json:
        write_line({"run": {
            "assignment": assignment, "graded": len(graded) - len(failed) - before, "unchanged": before, "failed": len(failed),
            "left": len(students) - len(graded), "sandbox": None if sandbox is None else sandbox.kind,
            "autograded": str(course.folder_of("autograded")), "gradebook": course.gradebook,
        }})  # fmt: skip
        return 1 if failed else 0
    print_table(terminal.out, graded, terminal.language)
    lines = [Message("{count} submissions graded.", count=sum(not x.failed for x in graded) - before)]
    if before:
        lines.append(Message("{count} had been graded before and are unchanged; --force grades them again.", count=before))
    if len(graded) < len(students):
        count = len(students) - len(graded)
        lines.append(Message("{count} are left; run the same command again.", count=count))
    if failed:
        lines.append(Message("Not graded: {students}.", students=", ".join(failed)))
    if sandbox is not None and any(x.anew for x in graded):
        lines.append(sandbox.describe())
    lines += workers.describe()
    lines.append(Message("graded notebooks: {place}", place=relpath(course.folder_of("autograded"))))
    pages = sum(x.pages for x in graded)
    if pages or options.feedback:
        place = relpath(course.folder_of("feedback"))
        lines.append(Message("pages for the students: {place} (written now: {count})", place=place, count=pages))
    lines.append(Message("gradebook: {place}", place=course.gradebook))
    terminal.tell(*lines)
    return 1 if failed else 0


def _workers(options: Namespace, terminal: _Terminal) -> Workers:
    """A cluster's, or this machine's."""
    if options.scheduler is None:
        return LocalWorkers(options.workers)
    if options.workers is not None:
        both = Message("--workers is for this machine, and with --scheduler the cluster says how many; leave one out")
        raise ConfigError(both)
    try:
        from sig_checker.grading.batch.cluster import DaskWorkers  # noqa: PLC0415 - an extra, and slow to load
    except ModuleNotFoundError as error:
        needs = Message("--scheduler needs {name}; install it with: pip install 'sig-checker[cluster]'", name=error.name)
        raise ConfigError(needs) from None
    return DaskWorkers(options.scheduler, terminal.note)


def regrade(options: Namespace) -> int:
    """Judge a class again from stored evidence; the exit status."""
    terminal = _Terminal(machine=options.json)
    course = Course(options.course, wait=options.wait)
    assignment = options.assignment or course.only_assignment()
    students = course.students(assignment, options.student)
    tasks = options.task or []
    known = [task.id for x in exercises_of(course.paths, assignment).values() for task in x.tasks]
    for task in tasks:
        if task not in known:
            raise ConfigError(Message("there is no task {task!r}; known are: {known}", task=task, known=", ".join(known)))
    done: list[Regraded] = []
    left = list(students)
    with _stoppable(terminal, left), terminal.progress, course.working_on(assignment):
        bar = terminal.progress.add_task(assignment, total=len(students))
        regrader = Regrader(course, assignment, tasks, force=options.force)
        for student in students:
            done.append(regrader.regrade(student))
            if done[-1].problem is None:
                left.remove(student)
            if options.json:
                write_line(regraded_record(done[-1], terminal.language))
            elif done[-1].problem is not None:
                terminal.note(student, done[-1].problem)
            terminal.progress.advance(bar)
    failed = [x.student for x in done if x.problem is not None]
    changed = sum(bool(x.changes) for x in done)
    count = len(done) - len(failed)
    if options.json:
        write_line({"run": {"assignment": assignment, "judged": count, "changed": changed, "failed": len(failed)}})
        return 1 if failed else 0
    print_changes(terminal.out, done, terminal.language)
    lines = [Message("{count} submissions judged again, {changed} with other points.", count=count, changed=changed)]
    if failed:
        lines.append(Message("Not judged again, with the grade they had: {students}.", students=", ".join(failed)))
    terminal.tell(*lines)
    return 1 if failed else 0


@contextmanager
def _stoppable(terminal: _Terminal, left: list[str]) -> Iterator[None]:
    """Ends the command in a line, where it cannot go on or was told not to; `left` are those who are not done by then."""
    go_on = Message("Stopped. What is done is kept; run the same command again to go on.")
    try:
        yield
    except GradebookError as error:
        terminal.note("sig-checker", error.message)
        terminal.note(Message("Not graded: {students}.", students=", ".join(left)))
        if isinstance(error, GradebookLost):
            terminal.note("sig-checker", go_on)
        sys.exit(1)
    except KeyboardInterrupt:
        terminal.note("sig-checker", go_on)
        sys.exit(130)
