"""Grades as files that Canvas, Moodle and spreadsheets take in.

Canvas (Grades, Import) wants the columns Student, ID, SIS User ID, SIS Login ID and Section in this order, one column for each
assignment, and a second row with the points possible. It looks a student up by ID, else by SIS User ID, else by SIS Login ID;
nbgrader's student id goes into the last two, and its `lms_user_id` into the first. An empty cell would clear a grade that is
there already, so whoever has no final score has no row. Its reader does not skip a byte order mark, so the first field must
not be quoted.

Moodle (Grades, Import, CSV file) asks which column names the student: "ID number" or "Email address". It skips the mark.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sig_checker.grading.overview.data import ClassData, Person, Standing

__all__ = ["FORMATS", "Export", "export"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet would run what begins so


@dataclass(slots=True)
class Export:
    """The file's text, without a byte order mark, and who is not in it as they should be.

    Attributes:
        waiting: with answers that wait for a person; left out of files for a learning platform unless asked for.
        ungraded: handed in, not graded.
        changed: ids that would be formulas in a spreadsheet; their rows will not be recognised.
    """

    text: str
    waiting: list[str] = field(default_factory=list)
    ungraded: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def export(data: ClassData, form: str, *, column: str = "", provisional: bool = False) -> Export:
    """The class's scores in one of `FORMATS`.

    Args:
        column: the assignment's name on the platform; Canvas's own export writes it with a number, as in "Sigmoid (4711)".
        provisional: write scores of which a part still waits for a person, too.
    """
    people = [*(x.person for x in data.standings), *data.absent]
    done = Export(
        "",
        waiting=[x.person.id for x in data.standings if x.graded and x.waits],
        ungraded=[x.person.id for x in data.standings if not x.graded],
        changed=[x.id for x in people if _safe(x.id) != x.id],
    )
    final = [x for x in data.standings if x.graded and (provisional or not x.waits)]
    done.text = FORMATS[form](data, column or data.assignment, final)
    return done


def _canvas(data: ClassData, column: str, final: Sequence[Standing]) -> str:
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column]
    most = ["    Points Possible", "", "", "", "", data.most]
    return _written(head, [most, *([_name(x.person), x.person.lms_id, x.person.id, x.person.id, "", x.score] for x in final)])


def _moodle(_: ClassData, column: str, final: Sequence[Standing]) -> str:
    head = ["First name", "Last name", "ID number", "Email address", column]
    return _written(head, ([x.person.first_name, x.person.last_name, x.person.id, x.person.email, x.score] for x in final))


def _table(data: ClassData, _: str, final: Sequence[Standing]) -> str:
    """Everybody and every task, for a spreadsheet; points that a person has not given yet are empty."""
    head = ["id", "last name", "first name", "email", "state", "score", "at most", *(x.name for x in data.tasks)]
    rows = []
    for standing in data.standings:
        state = "final" if standing.graded and not standing.waits else "waiting" if standing.graded else "not graded"
        points = [None if (a := standing.answers.get(x.key)) is None else a.points for x in data.tasks]
        rows.append([*_about(standing.person), state, standing.score if standing in final else None, data.most, *points])
    rows += [[*_about(x), "nothing handed in", None, data.most, *[None] * len(data.tasks)] for x in data.absent]
    return _written(head, rows)


FORMATS = {"canvas": _canvas, "moodle": _moodle, "csv": _table}


def _about(person: Person) -> list[object]:
    return [person.id, person.last_name, person.first_name, person.email]


def _name(person: Person) -> str:
    """As Canvas sorts names: "last, first"."""
    return ", ".join(x for x in (person.last_name, person.first_name) if x) or person.id


def _written(head: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    """Texts in quotation marks, so that no reader takes 007 for a number; the heads bare; numbers as they are."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow([_safe(x) for x in head])
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        writer.writerow([_field(x) for x in row])
    return out.getvalue()


def _field(value: object) -> object:
    if isinstance(value, float):
        return round(value, 10)  # a sum of thirds is 5.333333333333333 and 5.333333333333334
    return "" if value is None else _safe(str(value))


def _safe(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would take it for a formula.

    >>> _safe("007"), _safe("=HYPERLINK(...)")
    ('007', "'=HYPERLINK(...)")
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
