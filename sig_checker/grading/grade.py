"""Grades submissions one after the other, each to the end or not at all; what is done is not done again.

A submission's results are made in a scratch folder. Then its old notebooks are taken out of their place, its rows are written
in one transaction, and the new notebooks are put there; the feedback follows and the ledger's record comes last. A run may be
killed anywhere in this: what it leaves is taken for undone, by us and by nbgrader, which looks for the notebooks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

from nbgrader.api import Assignment, Student
from nbgrader.utils import parse_utc

from sig_checker.grading.belongings import is_small_file
from sig_checker.grading.convert import FeedbackPages, GradeSubmission, place, scratch_step
from sig_checker.grading.course import Course, unwritable
from sig_checker.grading.digests import assignment_digest, checker, folder_digest, text_digest
from sig_checker.grading.gradebook import GradebookError, rows, submission_of, write_notebook, write_penalty
from sig_checker.grading.ledger import NoRecord, NotebookRecord, Record
from sig_checker.grading.results import Graded, add_results
from sig_checker.verdicts import Message

__all__ = ["Grader", "NotGraded", "write_feedback"]


class NotGraded(Exception):
    """The submission stays as it was before. `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class Grader:
    """Grades submissions of an assignment. Use it inside `course.working_on(assignment)`.

    Attributes:
        force: whether what is done is done again.
        source: the assignment's digest.
    """

    def __init__(self, course: Course, assignment: str, *, force: bool = False) -> None:
        self._course, self._assignment = course, assignment
        self.force = force
        with course.open_gradebook() as gradebook:
            whole = gradebook.db.query(Assignment).filter(Assignment.name == assignment).one()
            self.source = assignment_digest(whole, course.path("source", ".", assignment))
            self._known = {x.name for x in whole.notebooks}

    def grade_all(self, students: Iterable[str], seen: Callable[[Graded], None], limit: int | None = None) -> list[Graded]:
        """Grade one after the other until so many are graded anew; `seen` is called after each."""
        done: list[Graded] = []
        for student in students:
            if limit is not None and sum(x.anew for x in done) >= limit:
                break
            done.append(self.grade(student))
            seen(done[-1])
        return done

    def grade(self, student: str) -> Graded:
        """Grade one submission, unless it is done; never raises for what is in it or for what happens to its results."""
        graded = Graded(student)
        try:
            self._grade(graded)
        except (NotGraded, GradebookError) as reason:
            graded.fail(reason.message)
        except OSError as error:
            self._course.log.exception("%s", student)
            graded.fail(unwritable(error))
        except Exception:  # a bug of ours or of nbgrader's; the others must be graded and the log has the traceback
            self._course.log.exception("%s", student)
            graded.fail(self._see_log())
        return graded

    def _grade(self, graded: Graded) -> None:
        course, student, assignment = self._course, graded.student, self._assignment
        submitted = course.path("submitted", student, assignment)
        found = sorted(x.stem for x in submitted.glob("*.ipynb"))
        names = [x for x in found if x in self._known]
        odd = [f"{x}.ipynb" for x in found if x not in self._known]
        for name in odd:
            graded.note(Message("The file {name} is no notebook of this assignment and was not graded.", name=name))
        basis = Record(assignment, student, folder_digest(submitted), self.source, checker())
        done = not self.force and self._is_done(basis, names)
        graded.anew = not done
        if not done:
            self._grade_anew(basis, names, person=bool(odd))
        add_results(course, assignment, graded, names)
        if names and not (done and course.path("feedback", student, assignment).exists()):
            try:
                write_feedback(course, assignment, student)
            except NotGraded as reason:  # the submission is graded all the same
                graded.note(reason.message)
        if not done:
            course.ledger.write(basis)

    def _is_done(self, basis: Record, names: list[str]) -> bool:
        try:
            record = self._course.ledger.read(basis.assignment, basis.student)
        except NoRecord:
            return False
        if not record.same_basis(basis) or set(record.notebooks) != set(names):
            return False
        folder = self._course.path("autograded", basis.student, basis.assignment)
        for name, notebook in record.notebooks.items():
            try:
                if text_digest((folder / f"{name}.ipynb").read_text(encoding="utf-8")) != notebook.text:
                    return False
            except (OSError, ValueError):
                return False
        with self._course.open_gradebook() as gradebook:
            submission = submission_of(gradebook, basis.assignment, basis.student)
            grades = {} if submission is None else rows(gradebook, submission)
            return submission is not None and all(
                (name, cell) in grades and grades[name, cell].auto_score == score
                and (cell not in notebook.checks or notebook.checks[cell].worth == grades[name, cell].max_score)
                for name, notebook in record.notebooks.items() for cell, score in notebook.scores.items()
            )  # fmt: skip

    def _grade_anew(self, basis: Record, names: list[str], *, person: bool) -> None:
        course, student, assignment = self._course, basis.student, basis.assignment
        step = scratch_step(course.paths.autograded_directory, assignment)
        options = {"coursedir": course.paths, "parent": course.app, "step": step, "student": student}
        converter = GradeSubmission(**options, known=self._known)
        new = course.scratch("autograded", student, assignment)
        if names and not (course.convert(converter, assignment, student) and set(converter.results) == set(names)):
            raise NotGraded(self._see_log())
        final = course.path("autograded", student, assignment)
        old = new.with_name(f"{new.name}.old")
        try:
            self._take_away(final, old)
            self._write_rows(basis, converter, person=person)
        except BaseException:
            self._bring_back(old, final)
            raise
        if names:
            place(new, final)
            if course.paths.groupshared:
                converter.step = course.paths.autograded_directory
                converter.set_permissions(assignment, student)
            converter.placed()
        basis.notebooks = converter.results
        rmtree(old, ignore_errors=True)

    def _take_away(self, final: Path, old: Path) -> None:
        old.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            os.rename(final, old)

    def _bring_back(self, old: Path, final: Path) -> None:
        with suppress(FileNotFoundError):
            os.rename(old, final)

    def _write_rows(self, basis: Record, converter: GradeSubmission, *, person: bool) -> None:
        """All of the submission's rows; notebooks that are missing get zero, or a person where there are others instead."""
        results: dict[str, NotebookRecord] = converter.results
        time = self._timestamp(basis)
        with self._course.open_gradebook(write=True) as gradebook:
            if not converter.create_student and gradebook.db.get(Student, basis.student) is None:
                raise NotGraded(Message("The gradebook does not know this student, and nbgrader is told to create none."))
            submission = submission_of(gradebook, basis.assignment, basis.student, create=True)
            if time is not None:
                submission.timestamp = time
            for (name, _), grade in rows(gradebook, submission).items():
                if name not in results:
                    asked = person and not results
                    grade.auto_score = None if asked else 0.0
                    grade.needs_manual_grade = asked
            for name, result in results.items():
                write_notebook(gradebook, submission, name, result)
            write_penalty(gradebook, submission, results, self._course.app)

    def _timestamp(self, basis: Record) -> Any:
        """When it was handed in, by nbgrader's timestamp.txt; None if there is no such file or nothing in it."""
        file = self._course.path("submitted", basis.student, basis.assignment) / "timestamp.txt"
        if not is_small_file(file):
            return None
        try:
            text = file.read_text(encoding="utf-8").strip()
            return parse_utc(text) if text else None
        except FileNotFoundError:
            return None
        except (ValueError, OverflowError):
            raise NotGraded(Message("The file timestamp.txt holds no time; remove it or put one in.")) from None

    def _see_log(self) -> Message:
        return Message("The submission was not graded; the log {file} says why.", file=self._course.log_file.name)


def write_feedback(course: Course, assignment: str, student: str) -> None:
    """The pages for the student, in place of the old ones; NotGraded where nbgrader cannot write them."""
    step = scratch_step(course.paths.feedback_directory, assignment)
    converter = FeedbackPages(coursedir=course.paths, parent=course.app, step=step, student=student)
    if not course.convert(converter, assignment, student):
        message = Message("The feedback page could not be written; the log {file} says why.", file=course.log_file.name)
        raise NotGraded(message)
    final = course.path("feedback", student, assignment)
    if final.exists():
        rmtree(final)
    place(course.scratch("feedback", student, assignment), final)
