"""Parameters of an exercise: what values they may have, and which of them a student gets.

The draw is a hash of the course's seed, the exercise, the parameter and the student's id, so that it is the same on every
machine, in every version, and whoever asks first:

    index = SHA-256(seed ␟ exercise ␟ parameter ␟ student) as a number, modulo the number of values

with the unit separator (U+001F) for ␟, UTF-8, and the student's id in Unicode's composed form without blanks around it. With
n values the first ones are preferred by less than n/2²⁵⁶.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from sig_checker.errors import ConfigError
from sig_checker.expressions import Add, Div, Expr, Mul, Neg, Num, Pow, num, rebuild
from sig_checker.reading.vocabulary import FUNCTION_NAMES, Vocabulary
from sig_checker.verdicts import Message

__all__ = ["MOST_VALUES", "Choices", "all_values", "draw", "read_choices", "shown_number", "tidy"]

Choices = Mapping[str, tuple[Fraction, ...]]
MOST_VALUES = 1000  # of one parameter
_SEPARATOR = "\x1f"


def draw(choices: Choices, *, seed: str, exercise: str, student: str) -> dict[str, Fraction]:
    """The values of one student.

    >>> ks = {"k": (Fraction(1, 2), Fraction(2), Fraction(3))}
    >>> draw(ks, seed="2026", exercise="sigmoid-temperature", student="kim")
    {'k': Fraction(2, 1)}
    """
    who = unicodedata.normalize("NFC", student).strip()
    found = {}
    for name, values in choices.items():
        digest = hashlib.sha256(_SEPARATOR.join((seed, exercise, name, who)).encode("utf-8")).digest()
        found[name] = values[int.from_bytes(digest, "big") % len(values)]
    return found


def all_values(choices: Choices) -> Iterator[dict[str, Fraction]]:
    """Every combination, in the order of the lists."""
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def read_choices(record: Mapping[str, Any], variable: str, activation: str) -> dict[str, tuple[Fraction, ...]]:
    """What an exercise's [parameters] say: for each a list of values, or {from, to, step} with perhaps `except`.

    Raises:
        ConfigError: something else stands there, or a name that answers use for something else.

    >>> read_choices({"c": {"from": -1, "to": 1, "step": "1/2", "except": [0]}}, "z", "a")
    {'c': (Fraction(-1, 1), Fraction(-1, 2), Fraction(1, 2), Fraction(1, 1))}
    """
    vocabulary = Vocabulary(variable, activation)
    found: dict[str, tuple[Fraction, ...]] = {}
    for name, given in record.items():
        if not (len(name) == 1 and name.isascii() and name.isalpha()):
            raise ConfigError(Message("parameter {name!r}: a name is one Latin letter, such as k", name=name))
        if name in vocabulary.names or name in FUNCTION_NAMES or name in "dfguyLzi":
            raise ConfigError(Message(
                "parameter {name!r}: answers use this letter for something else; take another, such as k or c",
                name=name,
            ))  # fmt: skip
        values = _range(name, given) if isinstance(given, Mapping) else _list(name, given)
        if not values:
            raise ConfigError(Message("parameter {name!r} has no values", name=name))
        found[name] = values
    return found


def _list(name: str, given: object) -> tuple[Fraction, ...]:
    if not isinstance(given, list):
        raise ConfigError(Message(
            'parameter {name!r}: a list such as [2, "3/4"], or {{ from = 1, to = 5, step = 1 }}, was expected',
            name=name,
        ))  # fmt: skip
    if len(given) > MOST_VALUES:
        raise ConfigError(Message(
            "parameter {name!r} has {count} values; at most {most} are allowed",
            name=name, count=len(given,
        ), most=MOST_VALUES))  # fmt: skip
    values = tuple(_number(name, x) for x in given)
    twice = next((x for x in values if values.count(x) > 1), None)
    if twice is not None:
        raise ConfigError(Message("parameter {name!r} has the value {twice} twice", name=name, twice=twice))
    return values


def _range(name: str, given: Mapping[str, Any]) -> tuple[Fraction, ...]:
    unknown = given.keys() - {"from", "to", "step", "except"}
    if unknown or not {"from", "to"} <= given.keys():
        raise ConfigError(Message(
            "parameter {name!r}: a range has from and to, and perhaps step and except; found {known}",
            name=name, known=", ".join(given),
        ))  # fmt: skip
    low, high, step = (_number(name, given.get(x, 1)) for x in ("from", "to", "step"))
    if step <= 0 or high < low:
        raise ConfigError(Message(
            "parameter {name!r}: a range goes up in steps greater than 0, not from {low} to {high} by {step}",
            name=name, low=low, high=high, step=step,
        ))  # fmt: skip
    count = (high - low) // step + 1
    if count > MOST_VALUES:
        raise ConfigError(Message(
            "parameter {name!r} has {count} values; at most {most} are allowed",
            name=name, count=count, most=MOST_VALUES,
        ))  # fmt: skip
    left_out = _list(name, given.get("except", []))
    return tuple(x for i in range(count) if (x := low + i * step) not in left_out)


def _number(name: str, given: object) -> Fraction:
    """An exact number; a decimal is written as text, since 0.1 as a number of the file is none."""
    if isinstance(given, int) and not isinstance(given, bool):
        return Fraction(given)
    if isinstance(given, str) and len(given) <= 40:
        try:
            return Fraction(given.replace(" ", ""))
        except (ValueError, ZeroDivisionError):
            pass
    told = Message('parameter {name!r}: {given!r} is no exact number such as 2, "3/4" or "0.1"', name=name, given=given)
    hint = (Message('Write it as text: "{given}"', given=given),) if isinstance(given, float) else ()
    raise ConfigError(told, *hint)


def shown_number(value: Fraction) -> str:
    """As LaTeX.

    >>> shown_number(Fraction(-1, 2)), shown_number(Fraction(3))
    ('-\\\\frac{1}{2}', '3')
    """
    sign = "-" if value < 0 else ""
    size = abs(value)
    return f"{sign}{size}" if size.denominator == 1 else rf"{sign}\frac{{{size.numerator}}}{{{size.denominator}}}"


def tidy(e: Expr) -> Expr:
    """The same function as people write it when a letter has become a number: z - (-1) is z + 1, z/(1/2) is 2z.

    >>> from sig_checker.reading import read_definition, to_plain
    >>> to_plain(tidy(read_definition("exp(-(z - (-1))/(1/2)) + 0", "z")))
    'exp(-2*(z + 1))'
    """
    e = rebuild(e, tidy)
    if isinstance(e, Neg):
        return _negative(e.arg)
    if isinstance(e, Div) and isinstance(e.under, Num) and e.under.value != 0:
        if isinstance(e.over, Num):
            return Num(e.over.value / e.under.value)
        if e.under.value < 0:
            return _negative(tidy(Div(e.over, Num(-e.under.value))))
        if e.under.value.numerator == 1 or (isinstance(e.over, Mul) and isinstance(e.over.args[0], Num)):
            return _product([Num(1 / e.under.value), *_factors(e.over)])
        return e
    if isinstance(e, Div) and isinstance(e.over, Div):
        return _quotient(e.over.over, [e.over.under, e.under])
    if isinstance(e, Div) and isinstance(e.over, Neg) and isinstance(e.over.arg, Div):
        return Neg(_quotient(e.over.arg.over, [e.over.arg.under, e.under]))
    if isinstance(e, Add):
        return _sum(e.args)
    if isinstance(e, Pow) and isinstance(e.base, Num) and isinstance(e.exponent, Num) and e.exponent.value in range(1, 9):
        return Num(e.base.value ** e.exponent.value.numerator)
    return _product(e.args) if isinstance(e, Mul) else e


def _negative(e: Expr) -> Expr:
    if isinstance(e, Num):
        return Num(-e.value)
    if isinstance(e, Mul) and isinstance(e.args[0], Num):
        return _product([num(-1), *e.args])
    if isinstance(e, Div) and isinstance(e.over, Neg):
        return Div(e.over.arg, e.under)
    return e.arg if isinstance(e, Neg) else Neg(e)


def _factors(e: Expr) -> Sequence[Expr]:
    return e.args if isinstance(e, Mul) else (e,)


def _sum(terms: Sequence[Expr]) -> Expr:
    left = [x for x in terms if x != num(0)]
    turned = [Neg(_negative(x)) if i and _starts_below_zero(x) else x for i, x in enumerate(left)]
    return num(0) if not turned else turned[0] if len(turned) == 1 else Add(tuple(turned))


def _starts_below_zero(e: Expr) -> bool:
    first = e.args[0] if isinstance(e, Mul) else e
    return isinstance(first, Num) and first.value < 0


def _product(factors: Sequence[Expr]) -> Expr:
    """One number in front, then the other factors, over those that 1 was divided by."""
    number, others, under = Fraction(1), [], []
    for factor in (y for x in factors for y in _factors(x)):
        bare = factor
        while isinstance(bare, Neg):
            number, bare = -number, bare.arg
        if isinstance(bare, Div) and isinstance(bare.over, Num | Neg):
            under.append(bare.under)
            bare = bare.over
            if isinstance(bare, Neg):
                number, bare = -number, bare.arg
        if isinstance(bare, Num):
            number *= bare.value
        else:
            others.append(bare)
    if under:
        return _quotient(_product([Num(number), *others]), under)
    if number == 0 or not others:
        return Num(number)
    if abs(number) != 1:
        return Mul((Num(number), *others))
    product = others[0] if len(others) == 1 else Mul(tuple(others))
    return Neg(product) if number < 0 else product


def _quotient(over: Expr, under: Sequence[Expr]) -> Expr:
    below = under[0] if len(under) == 1 else Mul(tuple(y for x in under for y in _factors(x)))
    if isinstance(over, Neg):
        return Neg(Div(over.arg, below))
    if isinstance(over, Num) and over.value < 0:
        return Neg(Div(Num(-over.value), below))
    return Div(over, below)
