"""nbgrader's converters with their results in a scratch folder, from which a submission's come into their place at once.

The scratch folder lies inside the folder of the results, so that moving them is a renaming, and its name begins with a dot,
so that nbgrader does not see it.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from traitlets import List, Unicode

__all__ = ["AutogradedFolder", "FeedbackPages", "place", "remove_scratch", "scratch_step"]


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


class AutogradedFolder(_OneSubmission, Autograde):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's Autograde for what it does around the notebooks: the course's hooks, and permissions."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.step = str(self.coursedir.autograded_directory)

    def at(self, step: str, assignment: str, student: str) -> AutogradedFolder:
        """For one submission, in a step's folder."""
        self.step, self.student = step, student
        self.coursedir.assignment_id, self.coursedir.student_id = assignment, student
        return self


class FeedbackPages(_OneSubmission, GenerateFeedback):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's feedback of one submission, into the scratch folder.

    Attributes:
        names: the notebooks whose pages are wanted; all, where none is named.
    """

    names = List(Unicode())

    def init_notebooks(self) -> None:
        super().init_notebooks()
        if self.names:
            self.assignments = {x: [y for y in found if Path(y).stem in self.names] for x, found in self.assignments.items()}
