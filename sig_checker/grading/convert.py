"""nbgrader's converters with their results in a scratch folder, from which a submission's come into their place at once.

The scratch folder lies inside the folder of the results, so that moving them is a renaming, and its name begins with a dot,
so that nbgrader does not see it.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.utils import find_all_files
from traitlets import Set, Unicode

from sig_checker.grading.belongings import own_files_only
from sig_checker.grading.digests import text_digest
from sig_checker.grading.ledger import NotebookRecord
from sig_checker.grading.scores import RESULT

__all__ = ["FeedbackPages", "GradeSubmission", "place", "remove_scratch", "scratch_step"]

_REPLACED = {
    "sig_checker.grading.scores.SaveAutoGrades": "sig_checker.grading.scores.CollectGrades",
    "nbgrader.preprocessors.AssignLatePenalties": None,
}


def scratch_step(step: str, assignment: str) -> str:
    """The name of a step's scratch folder; nbgrader puts it into regular expressions, so it has no special characters."""
    return os.path.join(step, f".sig-checker-{hashlib.sha256(assignment.encode()).hexdigest()[:12]}")


def remove_scratch(coursedir: Any, step: str, assignment: str) -> None:
    """Remove a scratch folder, wherever the course's structure puts it. Only for who holds the assignment's lock."""
    pattern = coursedir.format_path(scratch_step(step, assignment), "*", assignment)
    mark = os.path.basename(scratch_step(step, assignment))
    for folder in glob.glob(pattern[: pattern.index(mark)] + mark):
        shutil.rmtree(folder)


def place(new: Path, final: Path) -> None:
    """Put a folder into its place, where none is."""
    final.parent.mkdir(parents=True, exist_ok=True)
    os.rename(new, final)


class _OneSubmission(BaseConverter):  # type: ignore[misc]  # nbgrader ships no types
    """A converter of one submission, into the folder of another step.

    Attributes:
        step: the scratch folder's, by `scratch_step`.
        student: by name; nbgrader's own way takes brackets in a name for a pattern.
    """

    step = Unicode()
    student = Unicode()

    @property
    def _output_directory(self) -> str:
        return str(self.step)

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.student)
        self.assignments = {folder: [str(x) for x in Path(folder).glob("*.ipynb")]}


class GradeSubmission(_OneSubmission, Autograde):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's Autograde of one submission into the scratch folder; nothing is written into the gradebook.

    Attributes:
        known: the assignment's notebooks.
        results: by notebook, what is to be written into the gradebook and the ledger.
    """

    known = Set()
    notebooks: Any  # nbgrader's own traits
    autograde_preprocessors: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.results: dict[str, NotebookRecord] = {}
        steps: list[Any] = list(self.autograde_preprocessors)
        self.autograde_preprocessors = [y for x in steps if (y := _REPLACED.get(str(x), x)) is not None]

    @property
    def _input_directory(self) -> str:
        return str(self.coursedir.submitted_directory) if self._sanitizing else str(self.step)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy the files beside the notebooks, the instructor's over the student's."""
        source = self.coursedir.format_path(self.coursedir.source_directory, ".", assignment_id)
        with own_files_only(self._format_source(assignment_id, student_id), source, self.coursedir):
            BaseConverter.init_assignment(self, assignment_id, student_id)
        theirs = {os.path.join(source, x) for x in self.exclude_overwriting.get(assignment_id, [])}
        for file in find_all_files(source, [*self.coursedir.ignore, "*.ipynb"]):
            if file not in theirs:
                to = Path(self._format_dest(assignment_id, student_id), os.path.relpath(file, source))
                to.parent.mkdir(parents=True, exist_ok=True)
                to.unlink(missing_ok=True)
                shutil.copy(file, to)
        self.notebooks = [x for x in self.notebooks if Path(x).stem in self.known]

    def write_single_notebook(self, output: str, resources: Any) -> None:
        super().write_single_notebook(output, resources)
        if RESULT in resources:
            # of what is written, in case a step of the course's own has changed the notebook since
            result = replace(resources[RESULT], text=text_digest(output))
            self.results[resources["nbgrader"]["notebook"]] = result

    def run_post_convert_hook(self) -> None:
        """Not yet: a hook looks for the results in their place. See `placed`."""

    def placed(self) -> None:
        super().run_post_convert_hook()


class FeedbackPages(_OneSubmission, GenerateFeedback):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's feedback of one submission, into the scratch folder."""
