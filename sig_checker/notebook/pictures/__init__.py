"""The pictures of a report: the answer beside the truth, the error of a function, what the places of extremes mean.

Which picture may be seen is decided here and nowhere else. A curve of the derivative gives away where it is largest, which is
asked later, so below the level "full" no curve is drawn, not even the student's own. What is drawn at "hint" is the error of
a function that is right where it was measured: how far out it works, and how well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sig_checker.exercise import Exercise, Feedback, Task
from sig_checker.notebook.pictures.drawing import Picture
from sig_checker.verdicts import Report, Verdict

__all__ = ["Picture", "pictures"]


def pictures(
    exercise: Exercise, task: Task, report: Report, answer: Mapping[str, Any] | None, level: Feedback
) -> tuple[Picture, ...]:
    """What can be drawn of the report at this level, in the exercise's language.

    Args:
        answer: in one of the forms of `sig_checker.evidence`; what a function did is drawn from it.
    """
    if level == "read" or report.verdict in (Verdict.UNREADABLE, Verdict.UNDECIDED):
        return ()
    found: list[Picture | None] = []
    if task.asks in ("function", "backprop_function"):
        from sig_checker.notebook.pictures.functions import error_of, values_of  # noqa: PLC0415 - NumPy, for functions alone

        if report.verdict is Verdict.MEASURED:
            found.append(error_of(exercise, task, report, answer))
        elif level == "full":
            found.append(values_of(exercise, task, report, answer))
    elif level == "full":
        found += [draw(exercise, task, report) for draw in _DRAWN.get(task.asks, ())]
    return tuple(x for x in found if x is not None)


def _later(module: str, name: str) -> Callable[[Exercise, Task, Report], Picture | None]:
    def draw(exercise: Exercise, task: Task, report: Report) -> Picture | None:
        from importlib import import_module  # noqa: PLC0415 - a session that draws nothing loads nothing

        drawn: Picture | None = getattr(import_module(f"{__name__}.{module}"), name)(exercise, task, report)
        return drawn

    return draw


_EXPRESSION, _PLACES = _later("expressions", "beside_the_truth"), _later("extremes", "with_derivatives")
_DRAWN: Mapping[str, tuple[Callable[[Exercise, Task, Report], Picture | None], ...]] = {
    **dict.fromkeys(("derivative", "backprop", "steps"), (_EXPRESSION,)),
    **dict.fromkeys(("maximum", "minimum", "argmax", "argmin"), (_PLACES,)),
    "meaning": (_later("meaning", "what_is_learned"), _later("meaning", "through_layers")),
}
