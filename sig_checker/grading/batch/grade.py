"""Grades submissions, each to the end or not at all; what is done is not done again.

What has to be run and judged is done by workers, who know neither folders nor gradebook; what comes of it is written here. A
submission's results are made in a scratch folder. Then its old notebooks are taken out of their place, its rows are written
in one transaction, and the new notebooks are put there; the feedback follows and the ledger's record comes last. A run may be
killed anywhere in this: what it leaves is taken for undone, by us and by nbgrader, which looks for the notebooks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

from nbgrader.api import Assignment, Comment, Student

from sig_checker.grading.batch.finished import finished, handed_in_at
from sig_checker.grading.batch.packing import pack_assignment, pack_submission
from sig_checker.grading.batch.pipeline import Outcome, Submission
from sig_checker.grading.batch.workers import Workers
from sig_checker.grading.convert import AutogradedFolder, place, scratch_step
from sig_checker.grading.course import Course
from sig_checker.grading.digests import checker, folder_digest
from sig_checker.grading.exercises import digest_of
from sig_checker.grading.files import unwritable
from sig_checker.grading.gradebook.connection import GradebookError, GradebookLost
from sig_checker.grading.gradebook.rows import rows, submission_of, write_notebook, write_penalty
from sig_checker.grading.ledger import NotebookRecord, Record
from sig_checker.grading.pages.student import stale_pages, write_feedback
from sig_checker.grading.results import Graded, NotGraded, Told, add_results, cell_order, read_told
from sig_checker.verdicts import Message

_Result = TypeVar("_Result")

__all__ = ["Grader"]


class Grader:
    """Grades submissions of an assignment. Use it inside `course.working_on(assignment)`.

    Attributes:
        force: whether what is done is done again.
        feedback: whether pages for the students are written where there are none. Those that are there follow the gradebook.
        source: the assignment's digest.
    """

    def __init__(self, course: Course, assignment: str, seed: int, *, force: bool = False, feedback: bool = False) -> None:
        """`seed`: as in `Assigned`."""
        self._course, self._assignment = course, assignment
        self.force, self.feedback = force, feedback
        self._around = AutogradedFolder(coursedir=course.paths, parent=course.app)
        with course.open_gradebook() as gradebook:
            whole = gradebook.db.query(Assignment).filter(Assignment.name == assignment).one()
            self.source = digest_of(course.paths, whole)
            self._assigned = pack_assignment(course, whole, seed)
        self._order = {name: cell_order(course, assignment, name) for name in self._assigned.notebooks}

    def grade_all(
        self, students: Iterable[str], workers: Workers, seen: Callable[[Graded], None], limit: int | None = None
    ) -> list[Graded]:
        """Grade until so many are graded anew; `seen` is called after each, in the order in which they are done."""
        done: list[Graded] = []

        def finish(graded: Graded) -> None:
            done.append(graded)
            seen(graded)

        for (graded, basis), submission, outcome in workers.grade(self._assigned, self._undone(students, finish, limit)):
            self._guarded(graded, partial(self._finish, graded, basis, submission, outcome))
            finish(graded)
        return sorted(done, key=lambda graded: graded.student)

    def _undone(
        self, students: Iterable[str], finish: Callable[[Graded], None], limit: int | None
    ) -> Iterator[tuple[tuple[Graded, Record], Submission]]:
        """What is to be graded; the others are finished on the way."""
        anew = 0
        for student in students:
            if limit is not None and anew >= limit:
                return
            graded = Graded(student)
            prepared = self._guarded(graded, partial(self._prepare, graded))
            if prepared is None:
                finish(graded)
            else:
                anew += 1
                yield (graded, prepared[0]), prepared[1]

    def _guarded(self, graded: Graded, step: Callable[[], _Result]) -> _Result | None:
        """Take a step with one submission; never raises for what is in it or for what happens to its results.

        Raises:
            GradebookLost: nobody else's could be written either.
        """
        try:
            return step()
        except GradebookLost:
            raise
        except (NotGraded, GradebookError) as reason:
            graded.fail(reason.message)
        except OSError as error:
            self._course.log.exception("%s", graded.student)
            graded.fail(unwritable(error))
        except Exception:  # a bug of ours or of nbgrader's; the others must be graded and the log has the traceback
            self._course.log.exception("%s", graded.student)
            graded.fail(self._see_log())
        return None

    def _prepare(self, graded: Graded) -> tuple[Record, Submission] | None:
        """The submission as it is to be graded; None where that is done."""
        course, student, assignment = self._course, graded.student, self._assignment
        submitted = course.path("submitted", student, assignment)
        found = sorted(x.stem for x in submitted.glob("*.ipynb"))
        names = [x for x in found if x in self._assigned.notebooks]
        for name in found:
            if name not in names:
                message = Message("The file {name} is no notebook of this assignment and was not graded.", name=f"{name}.ipynb")
                graded.note(message)
        basis = Record(assignment, student, folder_digest(submitted), self.source, checker(), judged=self.source)
        if not self.force and (record := finished(course, basis, names)) is not None:
            graded.anew = False
            pages = course.path("feedback", student, assignment)
            stale: list[str] = []
            with course.open_gradebook() as gradebook:
                submission = submission_of(gradebook, assignment, student)
                grades = rows(gradebook, submission)
                told = {name: read_told(course, assignment, student, name) for name in names}
                add_results(graded, grades, told, self._order)
                if self.feedback or pages.exists():
                    texts = {name: x.text for name, x in record.notebooks.items()}
                    stale = stale_pages(pages, texts, gradebook, submission)
            if stale:
                self._write_feedback(graded, stale)
            return None
        with self._at_work("autograded", student, names):
            self._around.run_pre_convert_hook()
        return basis, pack_submission(course, assignment, student, names, self._around.exclude_overwriting.get(assignment, []))

    @contextmanager
    def _at_work(self, step: str, student: str, names: Iterable[str]) -> Iterator[None]:
        """As nbgrader is when it works on a submission: in the course's folder, with its names set."""
        course = self._course
        self._around.at(step, self._assignment, student)
        folder = course.path("submitted", student, self._assignment)
        self._around.notebooks = [str(folder / f"{name}.ipynb") for name in names]
        with chdir(course.paths.root):
            yield

    def _finish(self, graded: Graded, basis: Record, submission: Submission, outcome: Outcome) -> None:
        """Write what has come of a submission: notebooks, gradebook, feedback, and the ledger's record as the last."""
        course, student, assignment = self._course, graded.student, self._assignment
        for level, line in outcome.log:
            course.log.log(level, "%s: %s", student, line)
        if outcome.failed:
            raise NotGraded(self._see_log())
        results = {name: x.record for name, x in outcome.notebooks.items()}
        new = self._write_scratch(submission, outcome)
        final = course.path("autograded", student, assignment)
        old = new.with_name(f"{new.name}.old")
        told = {name: x.told for name, x in outcome.notebooks.items()}
        try:
            self._take_away(final, old)
            self._write_rows(graded, basis, results, told)
        except BaseException:
            self._bring_back(old, final)
            raise
        if results:
            place(new, final)
            with self._at_work(str(course.paths.autograded_directory), student, results):
                if course.paths.groupshared:
                    self._around.set_permissions(assignment, student)
                self._around.run_post_convert_hook()
        rmtree(old, ignore_errors=True)
        basis.notebooks = results
        if results and (self.feedback or course.path("feedback", student, assignment).exists()):
            self._write_feedback(graded)
        course.ledger.write(basis)

    def _write_scratch(self, submission: Submission, outcome: Outcome) -> Path:
        """The autograded folder, in the scratch folder."""
        step = scratch_step(self._course.paths.autograded_directory, self._assignment)
        new = self._course.scratch("autograded", outcome.student, self._assignment)
        if new.exists():
            rmtree(new)
        for file in submission.files:
            path = new / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.contents)
        for name, notebook in outcome.notebooks.items():
            new.mkdir(parents=True, exist_ok=True)
            (new / f"{name}.ipynb").write_text(notebook.text, encoding="utf-8")
        if outcome.notebooks:
            with self._at_work(step, outcome.student, outcome.notebooks):
                self._around.set_permissions(self._assignment, outcome.student)
        return new

    def _write_feedback(self, graded: Graded, names: Sequence[str] = ()) -> None:
        try:
            graded.pages = write_feedback(self._course, self._assignment, graded.student, names)
        except NotGraded as reason:  # the submission is graded all the same
            graded.note(reason.message)

    def _take_away(self, final: Path, old: Path) -> None:
        old.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            os.rename(final, old)

    def _bring_back(self, old: Path, final: Path) -> None:
        with suppress(FileNotFoundError):
            os.rename(old, final)

    def _write_rows(
        self, graded: Graded, basis: Record, results: Mapping[str, NotebookRecord], told: Mapping[str, Told]
    ) -> None:
        """All of the submission's rows; notebooks that are missing get zero, or a person where there are others instead."""
        time = handed_in_at(self._course, basis)
        odd = bool(graded.problems)
        # a row that is flushed among the others is read anew with each of its columns
        with self._course.open_gradebook(write=True) as gradebook, gradebook.db.no_autoflush:
            if not self._around.create_student and gradebook.db.get(Student, basis.student) is None:
                raise NotGraded(Message("The gradebook does not know this student, and nbgrader is told to create none."))
            submission = submission_of(gradebook, basis.assignment, basis.student, create=True)
            if time is not None:
                submission.timestamp = time
            grades, comments = rows(gradebook, submission), rows(gradebook, submission, Comment)
            for (name, _), grade in grades.items():
                if name not in results:
                    asked = odd and not results
                    grade.auto_score = None if asked else 0.0
                    grade.needs_manual_grade = asked
            for name, result in results.items():
                write_notebook(grades, comments, name, result)
            add_results(graded, grades, told, self._order)  # before the rows are flushed, after which each is read anew
            write_penalty(gradebook, submission, results, self._course.app)

    def _see_log(self) -> Message:
        return Message("The submission was not graded; the log {file} says why.", file=self._course.log_file.name)
