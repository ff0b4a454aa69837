"""The student's expression as a curve beside the derivative, with the point that shows them to be different."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from sig_checker.exercise import Exercise, Task
from sig_checker.expressions import Expr
from sig_checker.language import translate
from sig_checker.notebook.pictures.drawing import BLUE, ORANGE, RED, Axis, Panel, Picture, nice_ticks, plain_number
from sig_checker.notebook.pictures.extremes import with_derivatives
from sig_checker.notebook.pictures.sampling import FARTHEST, along, name_of, sampled, spread
from sig_checker.printing import Written
from sig_checker.reading import to_plain
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["beside_the_truth"]


def beside_the_truth(exercise: Exercise, task: Task, report: Report) -> Picture | None:
    """Both curves where they part; of a right answer, the function with its derivatives."""
    if report.verdict is Verdict.PROVED:
        return with_derivatives(exercise, task, report) if task.asks == "derivative" else None
    wrong, witness = _wrong_part(report), report.witness
    if wrong is None or witness is None or exercise.variable not in witness.point:
        return None
    z = float(Fraction(witness.point[exercise.variable]))
    upstream = float(Fraction(witness.point.get("upstream", "1")))
    if abs(z) > FARTHEST / 1.3:
        return None
    say = partial(translate, language=exercise.language)
    reach = 6.0 if abs(z) <= 5 else 1.3 * abs(z)
    inputs = along(-reach, reach)
    truth = sampled(exercise.truth(task), exercise, inputs, upstream)
    own = sampled(wrong, exercise, inputs, upstream)
    (right,) = sampled(exercise.truth(task), exercise, [z], upstream)
    (theirs,) = sampled(wrong, exercise, [z], upstream)
    if right is None or not any(y is not None for y in truth):
        return None
    backprop = task.asks == "backprop"
    called = name_of(exercise, task.order, upstream=backprop)
    panel = Panel(Axis(-reach, reach, nice_ticks(-reach, reach, 8)), spread(truth, [*own, theirs]), 40, 220)
    panel.curve(zip(inputs, truth, strict=True), BLUE)
    panel.curve(zip(inputs, own, strict=True), ORANGE, dash="8 4")
    at = f"{exercise.variable} = {plain_number(z)}"
    if backprop:
        at += f", ∂L/∂{exercise.activation} = {plain_number(upstream)}"
    mine = say(Message("your answer")) if task.asks != "steps" else say(Message("the line that is false"))
    seen = _parting(panel, z, right, theirs)
    panel.label(z, panel.y.high, at, dx=8, dy=18)
    panel.legend([(BLUE, "", called), (ORANGE, "8 4", mine)])
    told: dict[str, object] = {"point": at, "curve": called, "truth": plain_number(right, 6)}
    if theirs is None:
        description = Message("At {point} the solid curve {curve} is {truth}; the answer has no value there.", **told)
    elif seen:
        description = Message(
            "At {point} the dashed curve, the answer, is {answer}; the solid curve {curve} is {truth}.",
            answer=plain_number(theirs, 6), **told,
        )  # fmt: skip
    else:
        description = Message(
            "At {point} the two differ, although the eye cannot tell them apart: the answer is not {curve}.",
            point=at, curve=called,
        )  # fmt: skip
    title = say(Message("Where the answer parts from {curve}", curve=called))
    return Picture(title, say(description), panel.svg(x_name=exercise.variable), panel.bottom + 44)


def _wrong_part(report: Report) -> Expr | None:
    """The expression that is false: the answer, or in a derivation the side that the report names."""
    if not isinstance(report.read, Written):
        return None
    step = report.message.values.get("step")
    if step is None:
        return report.read.lines[0][-1] if len(report.read.lines) == 1 else None
    line = report.message.values.get("line")
    sides = report.read.lines[line - 1] if isinstance(line, int) and 0 < line <= len(report.read.lines) else ()
    return next((side for side in sides if to_plain(side) == step), None)


def _parting(panel: Panel, z: float, right: float, theirs: float | None) -> bool:
    """Marks the two values at the point; whether they can be told apart there."""
    panel.line((z, panel.y.low), (z, panel.y.high), RED, dash="2 4")
    panel.ring(z, right, BLUE)
    if theirs is None:
        return True
    if panel.y.low <= theirs <= panel.y.high:
        panel.ring(z, theirs, ORANGE)
    else:
        end, arrow = (panel.y.high, "↑") if theirs > right else (panel.y.low, "↓")
        panel.label(z, end, f"{arrow} {plain_number(theirs)}", dx=8, dy=38 if theirs > right else -8)
    return abs(panel.y.share(theirs) - panel.y.share(right)) > 0.02
