"""What the steps of a grading tell each other of an execution."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sig_checker.evidence import Challenge
from sig_checker.exercise import Exercise
from sig_checker.grading.steps.check_cells import CheckCell
from sig_checker.grading.steps.collect import Sent
from sig_checker.verdicts import Message

__all__ = ["HIDDEN", "RAN", "SEED", "WARM", "Run"]

# in the resources
RAN = "sig_checker_run"  # the `Run` of this notebook
WARM = "sig_checker_warm"  # the path of a warm process to fork the kernel from; None or nothing where there is none
SEED = "sig_checker_seed"  # of the points at which functions are called; by default one for each notebook
HIDDEN = "sig_checker_hidden"  # folders that must not be seen by the code; by default the current one


class Run:
    """What the later steps must know of an execution.

    Attributes:
        seed: of the points at which functions were called.
        scratch: the folder in which it ran, for the scrubbing of paths.
        issued: nonce -> grade id of the check cell that was handed it.
        sent: cell id -> what the check cell sent.
        unfinished: cell id -> why the cell has not run to its end.
    """

    def __init__(self, seed: int, scratch: Path, exercises: Mapping[str, Exercise]) -> None:
        self.seed = seed
        self._exercises = exercises
        self.scratch = scratch
        self.issued: dict[str, str] = {}
        self.sent: dict[str, Sent] = {}
        self.unfinished: dict[str, Message] = {}

    def challenge(self, cell: Any, asks: CheckCell) -> Challenge:
        """A new challenge for the cell, which starts now."""
        exercise = self._exercises[asks.exercise]
        task = exercise.task(asks.task)
        nonce = secrets.token_hex(16)
        challenge = Challenge(nonce, self.seed, asks.exercise, asks.task, task.name, exercise.parameters(task))
        self.issued[nonce] = str(cell.metadata["nbgrader"]["grade_id"])
        self.sent[cell.id] = Sent(challenge)
        return challenge
