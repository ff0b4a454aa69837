"""Equal answers are judged once, and shown as they were before: a class hands in more answers than different ones.

Processes that share a board find there what another has judged. What the judge makes of an answer depends on the exercise, the
task, the answer, the seed of the points and, for errors carried forward, the answers beside it. What a person has to decide is
not kept: with more time it may be decided.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar, cast

from sig_checker.exercise import Exercise
from sig_checker.grading.steps.board import Board
from sig_checker.judging import Judgement, judge, looks_beside

__all__ = ["Judged", "SameAnswers", "share"]

_MOST = 500  # different answers, each of some 30 kB with its pictures
_MOST_SHOWN = 4  # ways in which one answer is shown

Bundle = Mapping[str, str]
Made = TypeVar("Made")

_board: Board | None = None  # this process's


def share(board: Board | None) -> None:
    """From now on tell the others that have this board what is judged here, and ask it first."""
    global _board  # noqa: PLW0603 - as there is one for a process, which is told of it when it begins
    _board = board


def _made_once(key: bytes | None, make: Callable[[], Made], worth: Callable[[Made], bool] = lambda _: True) -> Made:
    """What `make` makes, or has made in another process. `worth`: whether it may be kept."""
    if key is None or _board is None:
        return make()
    found = _board.find(key)
    if found is not None:
        return cast(Made, found)
    made = make()
    if worth(made):
        _board.put(key, made)
    return made


class Judged:
    """What was made of an answer."""

    def __init__(self, judgement: Judgement, key: bytes | None = None) -> None:
        """`key`: of the question, where its answer can be asked for again."""
        self.judgement = judgement
        self._key = key
        self._shown: dict[Hashable, Bundle] = {}

    def shown(self, how: Hashable, show: Callable[[], Bundle]) -> Bundle:
        """What `show` makes of the judgement, made once for each `how`, which holds whatever else it depends on, in
        values whose `repr` tells them apart."""
        if how not in self._shown:
            if len(self._shown) >= _MOST_SHOWN:
                self._shown.clear()
            key = None if self._key is None else _digest(self._key + repr(how).encode("utf-8", "surrogatepass"))
            self._shown[how] = _made_once(key, show)
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
        key = _digest(asked)
        judged = self._known.pop(key, None)
        if judged is None:
            judgement = _made_once(key, lambda: judge(exercise, task, answer, given=beside, seed=seed), _is_final)
            judged = Judged(judgement, key if _is_final(judgement) else None)
        if _is_final(judged.judgement):
            self._known[key] = judged
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return judged


def _is_final(judgement: Judgement) -> bool:
    return not judgement.needs_person


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()
