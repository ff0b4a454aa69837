"""A submission's rows are found without going through those of the whole class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from nbgrader.api import Comment, Gradebook
from sqlalchemy import event

from sig_checker.grading.gradebook.connection import Connection
from sig_checker.grading.gradebook.rows import notebooks_of, rows, submission_of, write_penalty

OF_A_CLASS = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
STUDENTS = ("ada", "bob")


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Two assignments with equal names of notebooks and cells, handed in by everybody, each score its own."""
    place = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'gradebook.db'}"
    with Gradebook(place) as gradebook:
        score = 0
        for assignment in ("first", "second"):
            gradebook.add_assignment(assignment)
            for notebook in ("q1", "q2"):
                gradebook.add_notebook(notebook, assignment)
                for cell in ("a", "b"):
                    gradebook.add_grade_cell(cell, notebook, assignment, max_score=1000, cell_type="code")
                gradebook.add_solution_cell("c", notebook, assignment)
        for student in STUDENTS:
            gradebook.add_student(student)
            for assignment in ("first", "second"):
                gradebook.add_submission(assignment, student)
                for notebook in ("q1", "q2"):
                    for cell in ("a", "b"):
                        grade = gradebook.find_grade(cell, notebook, assignment, student)
                        grade.auto_score = score = score + 1
                    comment = gradebook.find_comment("c", notebook, assignment, student)
                    comment.auto_comment = f"{assignment} {notebook} {student}"
        gradebook.db.commit()
    made = Connection(place, "course")
    yield made
    made.close()


@contextmanager
def _gone_through(gradebook: Any) -> Iterator[list[str]]:
    """The tables that grow with the class and of which a statement looks at each row."""
    engine, found = gradebook.db.get_bind(), []

    def look(connection: Any, _: Any, statement: str, parameters: Any, *_more: Any) -> None:
        cursor = connection.connection.cursor()
        plan = [x[3] for x in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        found.extend(table for line in plan for table in OF_A_CLASS if re.match(rf"SCAN {table}\b", line))

    event.listen(engine, "before_cursor_execute", look)
    yield found
    event.remove(engine, "before_cursor_execute", look)


@pytest.mark.parametrize("assignment", ["first", "second"])
@pytest.mark.parametrize("student", STUDENTS)
def test_a_submissions_rows_are_its_own(connection: Connection, assignment: str, student: str) -> None:
    with connection.transaction() as gradebook:
        submission = submission_of(gradebook, assignment, student)
        grades, comments = rows(gradebook, submission), rows(gradebook, submission, Comment)
        notebooks = notebooks_of(gradebook, submission)
        expected = {
            (notebook, cell): gradebook.find_grade(cell, notebook, assignment, student).auto_score
            for notebook in ("q1", "q2") for cell in ("a", "b")
        }  # fmt: skip

        assert {place: x.auto_score for place, x in grades.items()} == expected
        assert {place: x.auto_comment for place, x in comments.items()} == {
            (x, "c"): f"{assignment} {x} {student}" for x in ("q1", "q2")
        }
        assert {name: x.name for name, x in notebooks.items()} == {"q1": "q1", "q2": "q2"}
        assert {x.assignment_id for x in notebooks.values()} == {submission.id}


def test_nobody_elses_rows_are_looked_at(connection: Connection) -> None:
    with connection.transaction() as gradebook, _gone_through(gradebook) as found:
        submission = submission_of(gradebook, "second", "bob")
        rows(gradebook, submission)
        rows(gradebook, submission, Comment)
        notebooks_of(gradebook, submission)
        assert found == []

        list(submission.notebooks)  # as nbgrader asks
        assert found == ["submitted_notebook"]


def test_who_is_not_late_has_no_penalty_any_longer(connection: Connection) -> None:
    every = [(assignment, student) for assignment in ("first", "second") for student in STUDENTS]
    with connection.transaction(write=True) as gradebook:
        for assignment, student in every:
            for notebook in notebooks_of(gradebook, submission_of(gradebook, assignment, student)).values():
                notebook.late_submission_penalty = 5.0
    with connection.transaction(write=True) as gradebook, _gone_through(gradebook) as scanned:
        write_penalty(gradebook, submission_of(gradebook, "second", "ada"), {"q1": None}, None)

    assert scanned == []
    with connection.transaction() as gradebook:
        left = {
            (*which, name) for which in every
            for name, x in notebooks_of(gradebook, submission_of(gradebook, *which)).items() if x.late_submission_penalty
        }  # fmt: skip
    assert left == {(*which, name) for which in every for name in ("q1", "q2")} - {("second", "ada", "q1")}
