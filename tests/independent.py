"""The independent checker: mpmath reads printed enclosures and evaluates witnesses; nothing of the judge's mathematics is used.

Only the judge's printed words are taken: our own Python notation of an answer, the texts of witnesses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath

__all__ = ["NAMES", "apart", "by_mpmath", "holds", "mp", "within_witness"]

DIGITS = 130  # a place that is off by 1e-40 moves the value at an extreme by 1e-80
_FUNCTIONS = """
    exp log sqrt expm1 log1p factorial erf floor ceil sign pi mpf
    sin cos tan cot sec csc asin acos atan sinh cosh tanh coth sech csch asinh acosh atanh acoth asech acsch
"""
NAMES: Mapping[str, Any] = {
    **{name: getattr(mpmath, name) for name in _FUNCTIONS.split()},
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),  # the real root
    "Abs": abs,
    "E": mpmath.e,
    "e": mpmath.e,
    "Min": min,
    "Max": max,
    "min": min,
    "max": max,
    "sigma": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
}


def mp(x: Fraction | str) -> mpmath.mpf:
    """A rational number at the working precision."""
    value = Fraction(x)
    return mpmath.mpf(value.numerator) / value.denominator


def by_mpmath(text: str, point: Mapping[str, Any]) -> mpmath.mpf:
    """The value of Python or plain text (^, |x|); whole numbers and decimals become mpf, so that 1/3 is no double."""
    text = re.sub(r"\|([^|]*)\|", r"(Abs(\1))", text.replace("^", "**"))
    source = re.sub(r"(?<![\w.])(\d+\.?\d*(?:e[+-]?\d+)?)(?![\w.])", r"mpf('\1')", text)
    return eval(source, {"__builtins__": {}}, {**NAMES, **point})


def _ball(text: str) -> tuple[mpmath.mpf, mpmath.mpf]:
    middle, _, radius = text.strip("[]").partition("+/-")
    return mpmath.mpf(middle.strip() or "0"), mpmath.mpf(radius.strip() or "0")


def holds(enclosure: str, value: mpmath.mpf) -> bool:
    """Whether the printed enclosure holds the value, up to the last digits that mpmath itself may have wrong."""
    middle, radius = _ball(enclosure)
    return bool(abs(value - middle) <= radius + (1 + abs(value)) * mpmath.mpf(10) ** (5 - mpmath.mp.dps))


def apart(one: str, other: str) -> bool:
    """Whether two printed enclosures have no number in common, as anyone sees who reads them."""
    (a, r), (b, s) = _ball(one), _ball(other)
    return bool(abs(a - b) > r + s)


def within_witness(witness: Any, answer: mpmath.mpf, truth: mpmath.mpf) -> None:
    """Hold a witness to what mpmath says of the same two numbers."""
    assert holds(witness.answer, answer), (witness, answer)
    assert holds(witness.truth, truth), (witness, truth)
    assert apart(witness.answer, witness.truth), witness
