"""The function above its derivatives, on one input axis, with the places and values that the student claims."""

from __future__ import annotations

from sig_checker.exercise import Exercise, Task
from sig_checker.expressions import Expr, free_names
from sig_checker.language import translate
from sig_checker.notebook.pictures.drawing import BLUE, GREY, ORANGE, PURPLE, Axis, Panel, Picture, nice_ticks
from sig_checker.notebook.pictures.sampling import FARTHEST, along, infinite, name_of, number, sampled, spread
from sig_checker.printing import Written
from sig_checker.reading import to_plain
from sig_checker.verdicts import Message, Report

__all__ = ["with_derivatives"]

_COLOURS = (GREY, BLUE, PURPLE)
_HEIGHT, _GAP = 104, 34


def with_derivatives(exercise: Exercise, task: Task, report: Report) -> Picture | None:
    """σ, σ′ and σ″ one below the other: where the second crosses zero, the first derivative has its extreme."""
    highest = max(task.order, 1) if task.asks == "derivative" else 2
    claimed = list(report.read.lines[0]) if isinstance(report.read, Written) and task.asks != "derivative" else []
    claimed = [x for x in claimed if not free_names(x)]
    at_places = task.asks in ("argmax", "argmin")
    places = [x for e in claimed if at_places and (x := number(e)) is not None and abs(x) <= FARTHEST]
    values = [(x, e) for e in claimed if not at_places and (x := number(e)) is not None]
    ends = sorted({infinite(e) for e in claimed if at_places} - {0})
    reach = max(6.0, 1.3 * max((abs(x) for x in places), default=0.0))
    inputs = along(-reach, reach)
    axis = Axis(-reach, reach, nice_ticks(-reach, reach, 8))
    parts: list[str] = []
    top = 30
    for order in range(min(highest, 2) + 1):
        e = exercise.definition if order == 0 else exercise.derivative(order)
        ys = sampled(e, exercise, inputs)
        if all(y is None for y in ys):
            return None
        shown = values if order == 1 else []
        panel = Panel(axis, spread(ys, [x for x, _ in shown], most=6.0), top, _HEIGHT)
        panel.curve(zip(inputs, ys, strict=True), _COLOURS[order])
        for x in places:
            panel.line((x, panel.y.low), (x, panel.y.high), ORANGE)
        for end in ends:
            panel.band(end * reach, end * 0.9 * reach, ORANGE)
        for value, claim in shown:
            _claim_value(panel, value, claim, reach, translate(Message("your answer"), exercise.language))
        if order == 0:
            _name_places(panel, claimed if at_places else [], reach, exercise)
        last = order == min(highest, 2)
        parts.append(panel.svg(x_name=exercise.variable if last else "", y_name=name_of(exercise, order), ticks=last))
        top = panel.bottom + _GAP
    names = [name_of(exercise, order) for order in range(min(highest, 2) + 1)]
    title = translate(Message("{curves} on one axis", curves=", ".join(names)), exercise.language)
    said = translate(_said(claimed, exercise, names, at_places=at_places), exercise.language)
    return Picture(title, said, "".join(parts), top + 14)


def _claim_value(panel: Panel, value: float, claim: Expr, reach: float, mine: str) -> None:
    text = f"{mine}: {to_plain(claim)}"
    if panel.y.low <= value <= panel.y.high:
        panel.line((-reach, value), (reach, value), ORANGE)
        panel.label(reach, value, text, anchor="end", dx=-8, dy=-6 if panel.y.share(value) < 0.75 else 16)
    else:
        arrow, end = ("↑", panel.y.high) if value > panel.y.high else ("↓", panel.y.low)
        panel.label(reach, end, f"{text} {arrow}", anchor="end", dx=-8, dy=16 if arrow == "↑" else -8)


def _name_places(panel: Panel, claimed: list[Expr], reach: float, exercise: Exercise) -> None:
    for row, e in enumerate(claimed[:4]):
        end, x = infinite(e), number(e)
        if end:
            arrow = f"{exercise.variable} → {'∞ ▶' if end > 0 else '−∞'}"
            text = arrow if end > 0 else f"◀ {arrow}"
            panel.label(end * reach, panel.y.low, text, anchor="end" if end > 0 else "start", dx=-8 * end, dy=-30)
        elif x is not None:
            panel.label(x, panel.y.low, f"{exercise.variable} = {to_plain(e)}", dx=7, dy=-10 - 16 * (row % 3))


def _said(claimed: list[Expr], exercise: Exercise, names: list[str], *, at_places: bool) -> Message:
    if not claimed:
        return Message("Each curve is the slope of the one above it.")
    told = ", ".join(to_plain(e).replace("oo", "∞") for e in claimed)
    if at_places:
        return Message(
            "Each curve is the slope of the one above it. The dashed lines and shaded edges are the places of the answer: "
            "{places}.",
            places=f"{exercise.variable} = {told}" if not any(map(infinite, claimed)) else f"{exercise.variable} → {told}",
        )  # fmt: skip
    return Message(
        "Each curve is the slope of the one above it. The dashed line is the answer, {value}, as a value of {curve}.",
        value=told, curve=names[1],
    )  # fmt: skip
