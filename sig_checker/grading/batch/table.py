"""The score table of a class: a grid of points that fits 80 columns, then who made which mistake where; and what changed."""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sig_checker.grading.batch.regrade import Regraded
from sig_checker.grading.results import Cell, Graded
from sig_checker.language import translate
from sig_checker.notebook.display import points_text
from sig_checker.verdicts import Message, printable

__all__ = ["print_changes", "print_table"]


def print_table(console: Console, graded: list[Graded], language: str) -> None:
    """Print the points, with a number for each task and the tasks' names below, and the slips by student."""
    tasks = _tasks(graded)
    if not tasks:
        return
    names = [f"{number} {task.name}" for number, task in enumerate(tasks, 1)]
    marks = translate(Message("? a person gives the points   ! not graded"), language)
    console.print(_points(graded, tasks, language), "", Columns(names, padding=(0, 2)), Text(marks, style="dim"), "", sep="\n")
    slips = _slips(graded, tasks, language)
    if slips.row_count:
        console.print(slips)


def print_changes(console: Console, regraded: list[Regraded], language: str) -> None:
    """Print old and new points, by student and cell; nothing where nothing has changed."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in (Message("student"), Message("task")):
        table.add_column(translate(heading, language), overflow="fold")
    table.add_column(translate(Message("points"), language), no_wrap=True)
    for one in regraded:
        for change in one.changes:
            old, new = ("?" if x is None else points_text(x) for x in (change.old, change.new))
            text = f"{old} → {new}"
            if change.manual is not None:
                text += translate(Message(", by hand {points}", points=points_text(change.manual)), language)
            table.add_row(Text(printable(one.student)), Text(change.cell), Text(text))
    if table.row_count:
        console.print(table)


def _tasks(graded: list[Graded]) -> list[Cell]:
    """The graded cells of the assignment; every submission has them all, unless it was not graded."""
    return max((x.cells for x in graded), key=len, default=[])


def _points(graded: list[Graded], tasks: list[Cell], language: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(translate(Message("student"), language), overflow="fold")
    for number in range(1, len(tasks) + 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    table.add_column(translate(Message("sum"), language), justify="right", no_wrap=True)
    for one in graded:
        if one.failed:
            table.add_row(Text(printable(one.student)), *["!"] * len(tasks), "!")
            continue
        by = {(x.notebook, x.name): x for x in one.cells}
        shown = [_score(by.get((x.notebook, x.name))) for x in tasks]
        table.add_row(Text(printable(one.student)), *shown, points_text(one.total))
    most = [points_text(x.max_points) for x in tasks]
    table.add_section()
    whole = points_text(sum(x.max_points for x in tasks))
    table.add_row(Text(translate(Message("at most"), language), style="dim"), *most, whole)
    return table


def _score(cell: Cell | None) -> str:
    if cell is None:
        return "!"
    return "?" if cell.points is None else f"{cell.points:.1f}".removesuffix(".0")


def _slips(graded: list[Graded], tasks: list[Cell], language: str) -> Table:
    place = {(x.notebook, x.name): number for number, x in enumerate(tasks, 1)}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(translate(Message("student"), language), overflow="fold")
    table.add_column(translate(Message("slips, by task"), language), overflow="fold")
    for one in graded:
        # the same slip in several tasks once, with all their numbers
        where: dict[str, list[str]] = {}
        for cell in one.cells:
            if cell.slip is not None:
                where.setdefault(cell.slip, []).append(str(place.get((cell.notebook, cell.name), "?")))
        if where:
            told = "; ".join(f"{','.join(numbers)} {slip}" for slip, numbers in where.items())
            table.add_row(Text(printable(one.student)), Text(told))
    return table
