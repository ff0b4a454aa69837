"""Equal answers are judged once, and shown as they were before: a class hands in more answers than different ones.

What the judge makes of an answer depends on the exercise, the task, the answer, the seed of the points and, for errors carried
forward, the answers beside it. What a person has to decide is not kept: with more time it may be decided.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from sig_checker.exercise import Exercise
from sig_checker.judging import Judgement, judge, looks_beside

__all__ = ["Judged", "SameAnswers"]

_MOST = 500  # different answers, each of some 30 kB with its pictures
_MOST_SHOWN = 4  # ways in which one answer is shown

Bundle = Mapping[str, str]


class Judged:
    """What was made of an answer."""

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self._shown: dict[Hashable, Bundle] = {}

    def shown(self, how: Hashable, show: Callable[[], Bundle]) -> Bundle:
        """What `show` makes of the judgement, made once for each `how`, which holds whatever else it depends on."""
        if how not in self._shown:
            if len(self._shown) >= _MOST_SHOWN:
                self._shown.clear()
            self._shown[how] = show()
        return self._shown[how]


class SameAnswers:
    """The last answers that were judged; as many as `most`."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[bytes, Judged] = OrderedDict()
        self._exercise: tuple[Exercise, str] | None = None  # the last one, written out

    def judge(
        self, exercise: Exercise, task: str, answer: Mapping[str, Any], *, given: Mapping[str, Any], seed: str | None
    ) -> Judged:
        """As `sig_checker.judging.judge`, once for each of these questions."""
        beside = given if looks_beside(exercise, task) else {}
        if self._exercise is None or self._exercise[0] is not exercise:
            self._exercise = exercise, repr(exercise)
        asked = json.dumps([self._exercise[1], task, answer, beside, seed]).encode("ascii")
        key = hashlib.blake2b(asked, digest_size=32).digest()
        judged = self._known.pop(key, None) or Judged(judge(exercise, task, answer, given=beside, seed=seed))
        if not judged.judgement.needs_person:
            self._known[key] = judged
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return judged
