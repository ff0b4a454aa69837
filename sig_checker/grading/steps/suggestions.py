"""In nbgrader's manual grading, beside an essay: which points of the rubric its text seems to touch, and where.

The table is made when the instructor opens the page. It stands in no file, so it can reach neither a student nor a score.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import is_task

from sig_checker.errors import ConfigError
from sig_checker.essays import Finding, Status, suggest
from sig_checker.exercise import Exercise, Task
from sig_checker.exercises import NAMES, load
from sig_checker.grading.steps.check_cells import check_cell
from sig_checker.language import translate
from sig_checker.verdicts import Message, printable

__all__ = ["SuggestForEssays"]

_MOST = 4  # places of a text that are quoted for one point
_LONGEST = 200  # characters of a quotation
_TITLE = Message("Suggestion, not a score")
_METHOD = Message(
    "Points of the rubric that the text below seems to touch, found by key phrases, to help you read it. The suggestion gives "
    "no points, and students do not see it."
)
_COLUMNS = (Message("points"), Message("point of the rubric"), Message("in the text"), Message("where"))
_SAYS = {
    Status.TOUCHED: Message("seems to be there"),
    Status.PART: Message("seems to be there in part"),
    Status.DOUBT: Message("doubtful: denied, or the opposite stands there"),
    Status.NOTHING: Message("not found"),
}


class SuggestForEssays(Preprocessor):  # type: ignore[misc]  # nbconvert ships no types
    """Puts the suggestion below the essay's task. Only in formgrader, whose pages alone name a `submission_id`."""

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if "submission_id" in resources:
            cells = []
            for index, cell in enumerate(nb.cells):
                cells.append(cell)
                asked = _essay(nb, cell)
                if asked is not None:
                    exercise, task = asked
                    cells.append(new_markdown_cell(_table(_text(nb.cells[index + 1 :]), task, exercise.language)))
            nb.cells = cells
        return nb, resources


def _essay(nb: Any, cell: Any) -> tuple[Exercise, Task] | None:
    """The exercise and the task of a cell that asks for an essay with a rubric of ours."""
    if not is_task(cell):
        return None
    for exercise in _exercises(nb):
        for task in exercise.tasks:
            if task.rubric is not None and task.id == cell.metadata["nbgrader"].get("grade_id"):
                return exercise, task
    return None


def _exercises(nb: Any) -> Iterator[Exercise]:
    """Those that the notebook's check cells name; where it has none, all that there are."""
    names = []
    for cell in nb.cells:
        try:
            asks = check_cell(cell)
        except ConfigError:  # said when the assignment is graded
            continue
        if asks is not None and asks.exercise not in names:
            names.append(asks.exercise)
    for name in names or NAMES:
        try:
            yield load(name)
        except ConfigError:
            continue


def _text(cells: list[Any]) -> str:
    """What the student wrote: the text cells behind the task, up to the next cell that is the instructor's."""
    texts = []
    for cell in cells:
        if cell.metadata.get("nbgrader"):
            break
        if cell.cell_type != "code":
            texts.append(cell.source)
    return "\n\n".join(texts)


def _table(text: str, task: Task, language: str) -> str:
    def say(message: Message) -> str:
        return escape(translate(message, language))

    assert task.rubric is not None
    columns = "".join(f'<th scope="col">{say(x)}</th>' for x in _COLUMNS)
    rows = "\n".join(_row(x, language) for x in suggest(text, task.rubric))
    return (
        f'<div lang="{language}">\n<p><strong>{say(_TITLE)}</strong></p>\n<p>{say(_METHOD)}</p>\n'
        f"<table>\n<thead><tr>{columns}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _row(found: Finding, language: str) -> str:
    quoted = []
    for sentence, clause in found.where[:_MOST]:
        number = translate(Message("sentence {number}", number=sentence), language)
        quoted.append(f"{escape(number)}: <q>{_quoted(clause)}</q>")
    if len(found.where) > _MOST:
        quoted.append("…")
    status = escape(translate(_SAYS[found.status], language))
    title = escape(found.criterion.title.get(language) or found.criterion.title["en"])
    where = "<br>".join(quoted)
    return f"<tr><td>{escape(found.criterion.points)}</td><td>{title}</td><td>{status}</td><td>{where}</td></tr>"


def _quoted(text: str) -> str:
    """A piece of a student's text as it was typed: nothing in it is markup, for HTML or for Markdown."""
    short = printable(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
    return re.sub(r"[^\w\s]", lambda x: f"&#{ord(x[0])};", short)
