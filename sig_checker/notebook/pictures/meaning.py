"""What the places mean: the probability, how unsure it is and how much is learned there; and what is left after many layers."""

from __future__ import annotations

import math
from functools import partial

from sig_checker.exercise import Exercise, Task
from sig_checker.language import translate
from sig_checker.notebook.pictures.drawing import (
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    Axis,
    Panel,
    Picture,
    nice_ticks,
    plain_number,
    power_of_ten,
)  # fmt: skip
from sig_checker.notebook.pictures.sampling import along, name_of, sampled, spread
from sig_checker.verdicts import Message, Report

__all__ = ["through_layers", "what_is_learned"]

_REACH = 6.0
_UNSURE = "p(1 − p)"
_LAYERS = 8
_FAR = 4.0


def what_is_learned(exercise: Exercise, task: Task, _: Report) -> Picture | None:
    """p, p(1 - p) and the size of the update on one axis: the last two go together."""
    inputs = along(-_REACH, _REACH)
    p = sampled(exercise.definition, exercise, inputs)
    update = [None if y is None else abs(y) for y in sampled(exercise.derivative(), exercise, inputs)]
    if any(y is None for y in p):
        return None
    probability = "probability" in task.expected
    panel = Panel(Axis(-_REACH, _REACH, nice_ticks(-_REACH, _REACH, 8)), spread([*p, *update]), 40, 220)
    panel.curve(zip(inputs, p, strict=True), GREY)
    legend = [(GREY, "", "p = " + name_of(exercise) if probability else name_of(exercise))]
    say = partial(translate, language=exercise.language)
    if probability:
        unsure = [None if y is None else y * (1 - y) for y in p]
        panel.curve(zip(inputs, unsure, strict=True), BLUE, width=6)
        legend.append((BLUE, "", say(Message("{formula}, how unsure the model is", formula=_UNSURE))))
    panel.curve(zip(inputs, update, strict=True), ORANGE, dash="7 5")
    legend.append((ORANGE, "7 5", say(Message("size of the update"))))
    panel.legend(legend)
    if probability:
        title = Message("The probability, how unsure it is, and the update")
        said = Message(
            "The update, drawn for an upstream gradient of 1, goes with {formula}: one is large where the other is, and one "
            "vanishes where the other does.", formula=_UNSURE,
        )  # fmt: skip
    else:
        title = Message("The value and the update")
        said = Message("The update, drawn for an upstream gradient of 1, is the size of the slope at each input.")
    return Picture(say(title), say(said), panel.svg(x_name=exercise.variable), panel.bottom + 44)


def through_layers(exercise: Exercise, _task: Task, _: Report) -> Picture | None:
    """The gradient after one such layer, two, three: a product of local gradients."""
    middle, far = (abs(y) if y is not None else 0.0 for y in sampled(exercise.derivative(), exercise, [0.0, _FAR]))
    if not 0 < far < middle < 1:
        return None
    lowest = math.floor(_LAYERS * math.log10(far))
    step = 2 if lowest > -16 else 4
    powers = range(0, lowest - 1, -step)
    y = Axis(10.0 ** (lowest - 1.5), 3.0, [(10.0**k, power_of_ten(k)) for k in powers], math.log10)
    panel = Panel(Axis(-0.3, _LAYERS + 0.3, [(n, str(n)) for n in range(_LAYERS + 1)]), y, 40, 200)
    say = partial(translate, language=exercise.language)
    for share, colour, dash in ((middle, BLUE, ""), (far, PURPLE, "7 5")):
        points = [(float(n), share**n) for n in range(_LAYERS + 1)]
        panel.curve(points, colour, dash=dash, width=1.6)
        panel.dots(points, colour)
        panel.label(_LAYERS, share**_LAYERS, plain_number(share**_LAYERS, 2), anchor="end", dx=-8, dy=17)
    at = exercise.variable
    near, out = f"{at} = 0", f"{at} = ±{plain_number(_FAR)}"
    panel.legend([(BLUE, "", say(Message("{place} in every layer", place=near))),
                  (PURPLE, "7 5", say(Message("{place} in every layer", place=out)))])  # fmt: skip
    said = Message(
        "Each layer multiplies the gradient by its local gradient: {middle} at {near}, {far} at {out}. After {count} layers it "
        "is {left} times what it was at {near}, and {lost} times at {out}.",
        near=near, middle=plain_number(middle, 3), left=plain_number(middle**_LAYERS, 2), count=_LAYERS,
        out=out, far=plain_number(far, 2), lost=plain_number(far**_LAYERS, 2),
    )  # fmt: skip
    x_name = say(Message("layers that the gradient has passed"))
    return Picture(say(Message("The update through a stack of layers")), say(said), panel.svg(x_name=x_name), panel.bottom + 44)
