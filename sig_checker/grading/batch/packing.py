"""From a course's folders and gradebook to what grading takes (`sig_checker.grading.batch.pipeline`)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbgrader.converters import base

from sig_checker.grading.batch.pipeline import Assigned, File, Submission
from sig_checker.grading.belongings import Belongings, own_files_only
from sig_checker.grading.course import Course
from sig_checker.grading.exercises import exercises_of
from sig_checker.grading.steps.restore import read_original
from sig_checker.grading.submissions import not_own, read_file

__all__ = ["pack_assignment", "pack_config", "pack_submission"]


def pack_config(course: Course) -> dict[str, Any]:
    """The course's configuration of the steps."""
    config = deepcopy(dict(course.app.config))
    config.get("CourseDirectory", {}).pop("db_url", None)  # it may hold a password, and goes to other machines
    return config


def pack_assignment(course: Course, whole: Any, seed: int) -> Assigned:
    """The gradebook's assignment, with the course's configuration of the steps and a run's seed."""
    notebooks = {x.name: read_original(x, course.paths) for x in whole.notebooks}
    hidden = (str(course.folder), str(course.paths.root))
    exercises = exercises_of(course.paths, whole.name)  # as they are now that nobody else works on the assignment
    return Assigned(whole.name, notebooks, pack_config(course), hidden, seed, exercises)


def pack_submission(course: Course, assignment: str, student: str, names: Iterable[str], exclude: Iterable[str]) -> Submission:
    """What a student has handed in: these notebooks, and the files beside them, the instructor's over the student's.

    Args:
        exclude: of the instructor's files, those that do not replace the student's.
    """
    folder, source = course.path("submitted", student, assignment), course.path("source", ".", assignment)
    left_out = [*course.paths.ignore, "*.ipynb"]
    files: dict[str, File] = {}
    with own_files_only(str(folder), str(source), course.paths):
        theirs = base.find_all_files(str(folder), left_out)
    instructors = set(base.find_all_files(str(source), left_out)) - {os.path.join(source, x) for x in exclude}
    for place, found in ((folder, theirs), (source, sorted(instructors))):
        for path in found:
            name = os.path.relpath(path, place)
            files[name] = File(name, stat.S_IMODE(os.stat(path).st_mode) | stat.S_IRUSR | stat.S_IWUSR, Path(path).read_bytes())
    belongings = Belongings(folder, course.paths)
    notebooks = {}
    for name in names:
        path = str(folder / f"{name}.ipynb")
        notebooks[name] = not_own(path, belongings) or read_file(path)
    return Submission(student, notebooks, tuple(files.values()), tuple(belongings.oddities()))
