"""Steps before the pages that people read: an essay's rubric gets a heading, and feedback the tasks' names and its words.

nbgrader releases a task without its mark scheme, and puts the instructor's cell back when it grades, marker lines included:
graders and then, with their feedback, students read the rubric. It is meant for both; the markers are for the machine.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbgrader.preprocessors import GetGrades as GetGradesOfNbgrader
from nbgrader.preprocessors.clearmarkingscheme import ClearMarkScheme
from nbgrader.utils import is_task

from sig_checker.grading.digests import text_digest
from sig_checker.grading.pages.cleaning import clean_html
from sig_checker.grading.pages.student import Shown
from sig_checker.language import translate
from sig_checker.verdicts import Message

__all__ = ["GetGrades", "NameTasks", "ShowRubric"]

_RUBRIC = Message("Rubric")
_SAID = {
    "score": Message("Score"),
    "top": Message("Back to the top"),
    "answer": Message("Your answer"),
    "task": Message("Task"),
    "check": Message("Check"),
    "comment": Message("Comment"),
    "waits": Message("not graded yet"),
    "most": Message("at most"),
    "late": Message("Points taken off for a late submission"),
}
_NOTHING = Message("No response.")  # as nbgrader comments on an answer that is as it was released
_CODE = re.compile(r"^ {0,3}(```|~~~).*?(^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6} +(.+?)[ #]*$", re.MULTILINE)
_POINTS = re.compile(r"\s*\([^()]*\)$")  # "(10 points)" behind a heading; the page says them already
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


class GetGrades(GetGradesOfNbgrader):  # type: ignore[misc]  # nbgrader ships no types
    """Tells the page as well which cells wait for a person, whose points nbgrader counts as 0, and the page's mark."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        self._shown = Shown()
        nb, resources = super().preprocess(nb, resources)
        file = Path(resources["metadata"]["path"], f"{resources['metadata']['name']}.ipynb")
        text = text_digest(file.read_text(encoding="utf-8"))
        resources["nbgrader"]["mark"] = self._shown.mark(text, resources["nbgrader"]["late_penalty"])
        return nb, resources

    def _get_comment(self, cell: Any, resources: Any) -> None:
        super()._get_comment(cell, resources)
        where = (self.notebook_id, self.assignment_id, self.student_id)
        name = cell.metadata["nbgrader"]["grade_id"]
        self._shown.comment(name, self.gradebook.find_comment(name, *where))

    def _get_score(self, cell: Any, resources: Any) -> None:
        super()._get_score(cell, resources)
        where = (self.notebook_id, self.assignment_id, self.student_id)
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name, *where)
        self._shown.score(name, grade)
        cell.metadata.nbgrader["waits"] = bool(grade.needs_manual_grade)


class ShowRubric(Preprocessor):  # type: ignore[misc]  # nbconvert ships no types
    """Sets the mark scheme of a task off from the task, under a heading; the markers go, however the course spells them.

    The rubric's own heading is taken where it begins with one, a line in bold.
    """

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        scheme = ClearMarkScheme(parent=self)
        begin, end = scheme.begin_mark_scheme_delimeter, scheme.end_mark_scheme_delimeter
        title = translate(_RUBRIC, _language(nb))
        for cell in nb.cells:
            if is_task(cell):
                cell.source = "\n".join(_set_off(cell.source.split("\n"), begin, end, title))
        return nb, resources


class NameTasks(Preprocessor):  # type: ignore[misc]  # nbconvert ships no types
    """For feedback: names each of nbgrader's cells by the heading above it, and says the page's own words in its language."""

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if "nbgrader" in resources:
            language, heading = _language(nb), ""
            for cell in nb.cells:
                if cell.cell_type == "markdown":
                    heading = next(reversed(_headings(cell.source)), heading)
                about = cell.metadata.get("nbgrader")
                if about:
                    name = _POINTS.sub("", heading).replace("`", "") or str(about.get("grade_id"))
                    about["title"] = clean_html(escape(name))
                    if about.get("comment") == _NOTHING.template:
                        about["comment"] = translate(_NOTHING, language)
            resources["language_code"] = language
            resources["said"] = {key: escape(translate(text, language)) for key, text in _SAID.items()}
        return nb, resources


def _headings(source: str) -> list[str]:
    return _HEADING.findall(_CODE.sub("", source))


def _language(nb: Any) -> str:
    """The language of the notebook's first heading."""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and (found := _headings(cell.source)):
            return "ko" if re.search("[가-힣]", found[0]) else "en"
    return "en"


def _set_off(lines: list[str], begin: str, end: str, title: str) -> list[str]:
    """The lines with what stands between two markers in a panel, as nbgrader's pages have them for their own parts."""
    told: list[str] = []
    rubric: list[str] | None = None
    for line in [*lines, *([end] if any(begin in x for x in lines) else [])]:  # one that is never closed ends with the cell
        if begin in line and rubric is None:
            rubric = []
        elif end in line:
            told += _panel(rubric, title) if rubric is not None else []
            rubric = None
        elif rubric is not None:
            rubric.append(line)
        else:
            told.append(line)
    return told


def _panel(rubric: list[str], title: str) -> list[str]:
    text = "\n".join(rubric).strip("\n")
    own, _, rest = text.partition("\n")
    if (found := _BOLD.fullmatch(own.strip())) is not None:
        title, text = found[1], rest.strip("\n")
    head = f'<div class="panel-heading"><h4 class="panel-title">{escape(title)}</h4></div>'
    return ["", '<div class="panel panel-info rubric">', head, '<div class="panel-body">', "", text, "", "</div>", "</div>", ""]
