"""What Canvas, Moodle and spreadsheets are given, read back as they read it."""

from __future__ import annotations

import csv
import io

import pytest

from sig_checker.grading.overview.data import Answer, ClassData, Person, Standing, Task
from sig_checker.grading.overview.exports import FORMATS, export

TASKS = [Task("q1", "q1_derivative", 10.0), Task("q3", "q3_essay", 14.0)]
PEOPLE = {
    "0042": Person("0042", "하나", "김", "hana@example.org", "311"),
    "=1+1": Person("=1+1", "@sum", "-2", "+x@example.org"),
    'q"u,o;te': Person('q"u,o;te', "A\nB", "C, D"),
}


def standing(person: Person, derivative: float, essay: float | None) -> Standing:
    answers = {TASKS[0].key: Answer(derivative), TASKS[1].key: Answer(essay, asks=essay is None)}
    return Standing(person, answers, derivative + (essay or 0.0))


def data() -> ClassData:
    standings = [standing(PEOPLE["0042"], 16 / 3, 14), standing(PEOPLE["=1+1"], 10, 7.5), standing(PEOPLE['q"u,o;te'], 0, 0)]
    standings += [standing(Person("waits"), 9, None), Standing(Person("ungraded"))]
    return ClassData("sigmoid-7-02", TASKS, standings, [Person("absent")])


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_canvas_finds_its_columns_in_its_order() -> None:
    """Its importer asks for these five heads, in this order, and for a row with the points possible below them."""
    text = export(data(), "canvas").text
    rows = list(csv.reader(io.StringIO(text)))

    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "sigmoid-7-02"]
    assert text.startswith("Student,")  # a quotation mark behind a byte order mark would not be read as one
    assert "Points Possible" in rows[1][0]
    assert float(rows[1][5]) == 24
    assert rows[2][:4] == ["김, 하나", "311", "0042", "0042"]
    assert float(rows[2][5]) == pytest.approx(16 / 3 + 14)


def test_moodle_has_the_columns_that_it_maps() -> None:
    rows = read(export(data(), "moodle").text)

    assert rows[0] == {
        "First name": "하나", "Last name": "김", "ID number": "0042", "Email address": "hana@example.org",
        "sigmoid-7-02": "19.3333333333",
    }  # fmt: skip


def test_a_spreadsheet_gets_everybody_and_every_task() -> None:
    rows = {x["id"]: x for x in read(export(data(), "csv").text)}

    assert [rows[x]["state"] for x in ("0042", "waits", "ungraded", "absent")] == [
        "final", "waiting", "not graded", "nothing handed in",
    ]  # fmt: skip
    assert (rows["waits"]["q1_derivative"], rows["waits"]["q3_essay"], rows["waits"]["score"]) == ("9", "", "")
    assert float(rows["0042"]["q3_essay"]) == 14


@pytest.mark.parametrize("form", ["canvas", "moodle"])
def test_an_unfinished_score_is_no_score(form: str) -> None:
    """An empty cell would clear a grade on the platform, and half a score would be taken for a whole one: no row at all."""
    done = export(data(), form)

    assert done.waiting == ["waits"]
    assert done.ungraded == ["ungraded"]
    assert not any(x in done.text for x in ("waits", "ungraded", "absent"))
    assert "waits" in export(data(), form, provisional=True).text
    assert "ungraded" not in export(data(), form, provisional=True).text


@pytest.mark.parametrize("form", FORMATS)
def test_ids_are_text_and_nothing_is_a_formula(form: str) -> None:
    done = export(data(), form)
    fields = [field for row in csv.reader(io.StringIO(done.text)) for field in row]

    assert '"0042"' in done.text
    assert "0042" in fields
    assert not [x for x in fields if x.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=1+1" in fields
    assert done.changed == ["=1+1"]
    assert 'q"u,o;te' in fields


def test_the_column_may_have_the_platforms_name() -> None:
    assert export(data(), "canvas", column="Sigmoid (4711)").text.splitlines()[0].endswith(",Sigmoid (4711)")
    assert export(data(), "moodle", column="=cmd").text.splitlines()[0].endswith(",'=cmd")
