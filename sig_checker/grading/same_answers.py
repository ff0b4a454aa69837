"""Equal answers are judged once, and their pictures drawn once: a class hands in more answers than different ones.

What the judge makes of an answer depends on the exercise, the task, the answer, the seed of the points and, for errors carried
forward, the answers beside it. What a person has to decide is not kept: with more time it may be decided.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from sig_checker.exercise import Exercise
from sig_checker.judging import Judgement, judge, looks_beside
from sig_checker.notebook.pictures import Picture

__all__ = ["Judged", "SameAnswers"]

_MOST = 2000  # different answers, each of some 10 kB with its pictures


class Judged:
    """What was made of an answer."""

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self._pictures: tuple[Picture, ...] | None = None

    def pictures(self, draw: Callable[[], tuple[Picture, ...]]) -> tuple[Picture, ...]:
        """Those of the report, which are drawn the first time."""
        if self._pictures is None:
            self._pictures = draw()
        return self._pictures


class SameAnswers:
    """The last answers that were judged; as many as `most`."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[bytes, Judged] = OrderedDict()

    def judge(
        self, exercise: Exercise, task: str, answer: Mapping[str, Any], *, given: Mapping[str, Any], seed: str | None
    ) -> Judged:
        """As `sig_checker.judging.judge`, once for each of these questions."""
        beside = given if looks_beside(exercise, task) else {}
        asked = json.dumps([repr(exercise), task, answer, beside, seed]).encode("ascii")
        key = hashlib.blake2b(asked, digest_size=32).digest()
        judged = self._known.pop(key, None) or Judged(judge(exercise, task, answer, given=beside, seed=seed))
        if not judged.judgement.needs_person:
            self._known[key] = judged
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return judged
