"""What a new exercise must know of its function: derivatives in several forms, extremes, and that they exist at all."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from sig_checker.authoring.arguments import MOST_VARIANTS
from sig_checker.authoring.pieces import continuous
from sig_checker.claims.forms import in_terms_of, usual_forms
from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.enclosures import FAILURES, enclose, exact, precision
from sig_checker.deciding.extremes import Extreme, Extremes, extremes
from sig_checker.deciding.identities import compare
from sig_checker.deciding.reals import Real
from sig_checker.errors import ConfigError
from sig_checker.exercise import Exercise
from sig_checker.expressions import Div, Expr, Mul, Pow, Var, free_names, num, survey
from sig_checker.parameters import tidy
from sig_checker.reading import read_definition, to_plain
from sig_checker.verdicts import Message

__all__ = ["DIGITS", "ExtremeTexts", "Facts", "derivative_forms", "examine", "extreme_texts", "general"]

DIGITS = 6  # decimals that are asked for where there is no closed form
_CORNERS = frozenset(("sign", "heaviside", "floor", "ceil", "abs"))  # in a derivative
_JUMPS = frozenset(("min", "max", "relu", "sign", "heaviside", "floor", "ceil"))
_POINTS = (-700, -30, -3, -1, Fraction(-1, 2), 0, Fraction(1, 3), 1, 3, 30, 700)
_LONGEST = 120  # characters of a form that a person would write


@dataclass(frozen=True, slots=True)
class ExtremeTexts:
    """Largest and smallest value of the derivative, and where, as a student would write them."""

    maximum: str
    argmax: tuple[str, ...]
    minimum: str
    argmin: tuple[str, ...]
    rounded: frozenset[str]  # of these four


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a function and its variants.

    Attributes:
        first, second: forms of the derivatives that are proved to be equal, in the parameters' letters; the plainest first.
        variants: with the extremes of each; None where they are not asked for.
    """

    first: tuple[Expr, ...]
    second: tuple[Expr, ...]
    variants: tuple[tuple[Exercise, ExtremeTexts | None], ...]


def examine(exercise: Exercise, *, with_extremes: bool = True) -> Facts:
    """Look at the function of a new exercise.

    Raises:
        ConfigError: it cannot be read, or it has no derivative somewhere, or no extremes that are decided.
    """
    variants = list(islice(exercise.variants(), MOST_VARIANTS))
    _ = variants[0].definition  # an unreadable one is told as that
    unused = sorted(exercise.choices.keys() - free_names(general(exercise)))
    if unused:
        raise ConfigError(Message(
            "parameter {name} does not stand in the function {function!r}",
            name=unused[0], function=exercise.function,
        ))  # fmt: skip
    found = []
    for variant in variants:
        _require_derivative(variant)
        found.append((variant, extreme_texts(variant) if with_extremes else None))
    return Facts(derivative_forms(exercise, 1), derivative_forms(exercise, 2), tuple(found))


def general(exercise: Exercise) -> Expr:
    """The definition with the parameters' letters in it."""
    return read_definition(exercise.function, exercise.variable, {name: Var(name) for name in exercise.choices})


def _called(exercise: Exercise) -> Message:
    values = "".join(f", {name} = {value}" for name, value in exercise.values.items())
    return Message("function {function!r}{values}", function=exercise.function, values=values)


def _require_derivative(exercise: Exercise) -> None:
    variable, definition = exercise.variable, exercise.definition
    of = _called(exercise)
    if free_names(definition) - {variable}:
        raise ConfigError(Message(
            "{of}: unknown names {known}",
            of=of, known=", ".join(sorted(free_names(definition) - {variable})),
        ))  # fmt: skip
    if variable not in free_names(definition):
        raise ConfigError(Message(
            "{of} does not depend on {variable}; its derivative is 0 everywhere, and there is nothing to ask",
            of=of, variable=variable,
        ))  # fmt: skip
    corners = survey(definition).functions & _JUMPS
    if not corners:
        slope = exercise.derivative()
        corners = survey(slope).functions & _CORNERS
    if not corners and not all(continuous(e, variable) for e in (definition, slope, exercise.derivative(2))):
        corners = frozenset(("Piecewise",))
    if corners:
        raise ConfigError(Message(
            "{of} has corners or jumps, or may have ({known} in it or in its derivative), so that there may be no derivative; "
            "take a function that is smooth everywhere, such as log(1+exp(z)) for max(0,z)",
            of=of, known=", ".join(sorted(corners)),
        ))  # fmt: skip
    with precision(192):
        for point in _POINTS:
            for what, e in ((Message("value"), definition), (Message("derivative"), slope)):
                try:
                    fine = enclose(e, {variable: exact(Fraction(point))}).is_finite()
                except FAILURES:
                    fine = False
                if not fine:
                    raise ConfigError(Message(
                        "{of} has no {what} at {variable} = {point}; take a function that is defined and smooth for every "
                        "real {variable}",
                        of=of, what=what, variable=variable, point=point,
                    ))  # fmt: skip


def derivative_forms(exercise: Exercise, order: int) -> tuple[Expr, ...]:
    """Forms of the derivative that are proved to be equal, the plainest first, and last the one in the activation's letter."""
    function, variable = general(exercise), exercise.variable
    raw = derivative(function, variable, order)
    forms = [tidy(raw), *map(tidy, usual_forms(raw))]
    if order > 1:
        forms.append(tidy(derivative(derivative_forms(exercise, order - 1)[0], variable)))
    kept: list[Expr] = []
    for form in sorted(forms, key=lambda e: survey(e).nodes):
        if form not in kept and (not kept or len(to_plain(form)) <= _LONGEST) and compare(form, raw).equal is True:
            kept.append(form)
    short = _in_activation(raw, function, exercise, order)
    return (*(kept or [raw]), *([short] if short is not None else []))


def _in_activation(raw: Expr, function: Expr, exercise: Exercise, order: int) -> Expr | None:
    """The derivative as a polynomial in the activation, perhaps times or over a power of a parameter."""
    found = in_terms_of(raw, function, exercise.activation)
    if found is not None:
        return found
    for k in map(Var, exercise.choices):
        power: Expr = k if order == 1 else Pow(k, num(order))
        for scaled, put_back in ((Mul((power, raw)), Div), (Div(raw, power), lambda p, by: Mul((by, p)))):
            found = in_terms_of(scaled, function, exercise.activation)
            if found is not None:
                return put_back(found, power)
    return None


def extreme_texts(exercise: Exercise) -> ExtremeTexts:
    """The extremes of the derivative; ConfigError where they are not decided, or where there are none."""
    found = extremes(exercise.derivative(), exercise.variable)
    of = _called(exercise)
    if found is None or found.largest is None or found.smallest is None:
        raise ConfigError(Message(
            "{of}: the extremes of its derivative are not decided by this judge; leave the tasks about them out with "
            "--no-extremes",
            of=of,
        ))  # fmt: skip
    sides = []
    rounded = set()
    for extreme, names in ((found.largest, ("maximum", "argmax")), (found.smallest, ("minimum", "argmin"))):
        if extreme.value is None:
            which = Message("largest") if extreme is found.largest else Message("smallest")
            raise ConfigError(Message(
                "{of}: its derivative has no {which} value, since it has no bound; leave the tasks about extremes out with "
                "--no-extremes",
                of=of, which=which,
            ))  # fmt: skip
        value, exact_value = _number(extreme.value)
        places = [_place(found, place.point, place.end) for place in extreme.places]
        rounded |= {name for name, fine in zip(names, (exact_value, all(x for _, x in places)), strict=True) if not fine}
        sides.append((value + ("" if _attained(extreme) else " (not attained)"), tuple(text for text, _ in places)))
    (maximum, argmax), (minimum, argmin) = sides
    return ExtremeTexts(maximum, argmax, minimum, argmin, frozenset(rounded))


def _attained(extreme: Extreme) -> bool:
    return any(place.attained for place in extreme.places)


def _number(number: Real) -> tuple[str, bool]:
    """The number, and whether that is exact."""
    form = number.closed_form()
    if form is not None:
        return to_plain(form), True
    with precision(128):
        return f"{float(number.ball()):.{DIGITS}f}", False


def _place(found: Extremes, point: Real | None, end: int) -> tuple[str, bool]:
    if point is None:
        return ("oo" if end > 0 else "-oo"), True
    if not found.exponential:
        return _number(point)
    form = point.closed_form()  # of e^(z/k)
    if form is not None:
        text = to_plain(form)
        return ("0" if text == "1" else f"{found.k}*log({text})" if found.k != 1 else f"log({text})"), True
    with precision(128):
        return f"{float(point.ball().log() * found.k):.{DIGITS}f}", False
