"""The step after the execution: judges what the check cells handed in; report and points take the place of their outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import NbGraderPreprocessor

from sig_checker.evidence import FORMAT
from sig_checker.exercise import Exercise
from sig_checker.grading.exercises import EXERCISES, exercise_for
from sig_checker.grading.notices import KEY, add_notice, as_message
from sig_checker.grading.steps.check_cells import CheckCell, check_cell
from sig_checker.grading.steps.collect import NoEvidence, collect, unconfirmed
from sig_checker.grading.steps.run import RAN
from sig_checker.grading.steps.same_answers import Judged, SameAnswers
from sig_checker.grading.submissions import read_notebook
from sig_checker.judging import Judgement
from sig_checker.notebook.display import ShownReport
from sig_checker.notebook.pictures import Picture, pictures
from sig_checker.notebook.variant import about
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["BESIDE", "CHECKS", "LOOK", "SCORES", "Answers", "Check", "JudgeCells", "kept"]

CHECKS = "sig_checker_checks"  # in the resources: the `Check`s of the notebook
LOOK = "sig_checker_look"  # in the resources: the grade ids at which a person should look although there are points
BESIDE = "sig_checker_beside"  # in the resources: the graded notebooks beside this one, for who has them at hand
SCORES = "sig_checker_scores"  # in the resources: grade id -> points, None where a person gives them

Answers = dict[tuple[str, str], Mapping[str, Any]]  # by exercise and task


@dataclass(frozen=True, slots=True)
class Check:
    """A check cell with what it handed in: an answer, or the reason why there is none.

    Attributes:
        results: what the cell itself claims to be worth.
        suspected: the reason cannot have come about by accident.
        odd: what else it has done, or a cell before it, that is no accident.
    """

    cell: Any
    asks: CheckCell
    answer: Mapping[str, Any] | None
    problem: Message | None
    seed: str | None = None
    results: tuple[str, ...] = ()
    suspected: bool = False
    odd: Message | None = None

    @property
    def grade_id(self) -> str:
        return str(self.cell.metadata["nbgrader"]["grade_id"])


class JudgeCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Replaces the outputs of each check cell by the report and one float, and leaves the scores in the resources."""

    given: Mapping[str, Exercise] | None = None  # the assignment's exercises, so that the course need not be looked into

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._same = SameAnswers()

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        where = resources["nbgrader"]
        self.given = resources.get(EXERCISES)
        resources[CHECKS] = [x for cell in nb.cells if (x := self._check(nb, cell, resources)) is not None]
        others = resources.get(BESIDE)
        if others is None:
            others = _notebooks_beside(resources["metadata"]["path"], where["notebook"])
        resources[SCORES] = self.judge(nb, where, resources[CHECKS], _answers_in(others))
        resources[LOOK] = self.look
        return nb, resources

    def judge(self, nb: Any, where: Any, checks: list[Check], beside: Answers) -> dict[str, float | None]:
        """Write the reports of these cells into the notebook; their points, None where a person gives them.

        Afterwards `look` holds the cells at which a person should look although there are points.

        Args:
            where: the notebook's assignment, student and name.
            beside: the student's answers in the notebooks before this one.
        """
        self._notebook, self._where = nb, where
        self.look: set[str] = set()
        answers = beside | {(x.asks.exercise, x.asks.task): x.answer for x in checks if x.answer is not None}
        return {x.grade_id: self._grade(x, answers) for x in checks}

    def _check(self, nb: Any, cell: Any, resources: Any) -> Check | None:
        asks = check_cell(cell)
        if asks is None:
            return None
        unreadable = nb.metadata.get(KEY, {}).get("unreadable")
        run = resources.get(RAN)
        if unreadable:
            return Check(cell, asks, None, as_message(unreadable))
        if run is None:
            return Check(cell, asks, None, Message("The notebook was not executed."))
        if cell.id in run.unfinished:
            odd = run.sent[cell.id].odd if cell.id in run.sent else None
            return Check(cell, asks, None, run.unfinished[cell.id], odd=odd)
        sent = run.sent[cell.id]
        results = tuple(sent.results)
        try:
            evidence = collect(sent, cell.outputs, run.issued)
        except NoEvidence as reason:
            return Check(cell, asks, None, reason.message, results=results, suspected=reason.suspected, odd=sent.odd)
        return Check(cell, asks, evidence.answer, None, str(run.seed), results, odd=sent.odd)

    def _grade(self, check: Check, answers: Answers) -> float | None:
        """Write the report into the cell; the points, or None for a person."""
        exercise = exercise_for(self, check.asks.exercise, self._where, self.given)
        worth = float(check.cell.metadata["nbgrader"]["points"])
        judged = self._judged(exercise, check, worth, answers)
        judgement, report = judged.judgement, judged.judgement.report
        points: float | None = None
        decided = report.verdict is not Verdict.UNDECIDED and not judgement.needs_person
        if decided and 0 <= judgement.points <= judgement.max_points and judgement.max_points > 0:
            # the gradebook's maximum counts; the exercise's only says what share of it the answer has earned
            same = judgement.max_points == worth
            points = float(judgement.points) if same else worth * judgement.points / judgement.max_points
        else:
            add_notice(self._notebook, check.grade_id, report.message, person=True, suspected=check.suspected)
        suspicions = [x for x in (unconfirmed(check.results, points), check.odd) if x is not None]
        for suspicion in suspicions:
            self.look.add(check.grade_id)
            add_notice(self._notebook, check.grade_id, suspicion, suspected=True)
        told = about(exercise, self._where["student"])

        def show() -> Mapping[str, str]:
            drawn = self._pictures(exercise, check, report)
            shown = ShownReport(
                check.asks.task, replace(report, notes=(*suspicions, *report.notes)), "full", exercise.language,
                points=points or 0.0, max_points=worth, person=points is None, about=told, pictures=drawn,
            )  # fmt: skip
            return shown.mimebundle()

        bundle = judged.shown((repr(told), repr(suspicions), points, worth), show)
        result = {"text/plain": repr(points or 0.0)}
        check.cell.outputs = [from_dict(x) for x in (
            {"output_type": "display_data", "data": bundle, "metadata": {}},
            {"output_type": "execute_result", "data": result, "metadata": {}, "execution_count": check.cell.execution_count},
        )]  # fmt: skip
        check.cell.metadata[KEY] = from_dict({
            "format": FORMAT, "exercise": check.asks.exercise, "task": check.asks.task, "answer": kept(check.answer),
            "verdict": judgement.report.verdict.value, "slips": list(judgement.report.slips),
            "points": points, "max_points": worth,
        })  # fmt: skip
        return points

    def _pictures(self, exercise: Exercise, check: Check, report: Report) -> tuple[Picture, ...]:
        try:
            return pictures(exercise, exercise.task(check.asks.task), report, check.answer, "full")
        except Exception:  # a bug of ours; a report without its picture is a report still
            self.log.exception("no picture for cell %s of %s", check.grade_id, self._where)
            return ()

    def _judged(self, exercise: Exercise, check: Check, worth: float, answers: Answers) -> Judged:
        if check.answer is None:
            assert check.problem is not None
            return _for_a_person(check, worth, check.problem)
        given = {task: answer for (exercise, task), answer in answers.items()
                 if exercise == check.asks.exercise and task != check.asks.task}  # fmt: skip
        try:
            return self._same.judge(exercise, check.asks.task, check.answer, given=given, seed=check.seed)
        except Exception:  # a bug of ours: it must reach the log, and must not become a zero or stop the batch
            self.log.exception("the judge failed on cell %s of %s", check.grade_id, self._where)
            return _for_a_person(check, worth, Message("The judge failed on this answer; the log has the details."))


def _for_a_person(check: Check, worth: float, reason: Message) -> Judged:
    return Judged(Judgement(check.asks.task, Report(Verdict.UNDECIDED, reason), 0.0, worth))


def kept(answer: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The answer for the record. What a function did at points drawn for one run is of no use in another."""
    return {"kind": "function"} if answer is not None and answer["kind"] == "function" else answer


def _notebooks_beside(folder: str, notebook: str) -> Iterator[Any]:
    for path in sorted(Path(folder).glob("*.ipynb")):
        if path.stem != notebook:
            yield read_notebook(str(path))[0]


def _answers_in(notebooks: Iterable[Any]) -> Answers:
    """The student's answers in the assignment's other notebooks, as far as these are graded."""
    answers: Answers = {}
    for notebook in notebooks:
        for cell in notebook.cells:
            record = cell.metadata.get(KEY)
            if isinstance(record, Mapping) and isinstance(record.get("answer"), Mapping):
                answers[str(record.get("exercise")), str(record.get("task"))] = record["answer"]
    return answers
