"""Doubles against enclosures: how far a function's values are from the truth, with nothing rounded in the function's favour.

The tolerance is 8 units of 2^-53 (8.9e-16). Written as a(1-a), the derivative of the sigmoid takes an exponential, an
addition, a division, a subtraction and a product, each off by at most a unit or so of a number that is at most 1; other
orders cost about as much. It is absolute, since a(1-a) loses all relative accuracy in the tails while it stays that close
to the truth. With an upstream gradient it scales with |u|, and where the truth exceeds 1 in size, with the truth. The last 8
multiples of the smallest double are free, since products there are rounded to multiples of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb

from sig_checker.deciding.challenge import Points
from sig_checker.deciding.enclosures import NotReal, Unclear, enclose, precision
from sig_checker.expressions import Expr, Mul, Var, free_names

__all__ = ["ALLOWED_UNITS", "UNIT", "Comparison", "Figures", "Truth", "compare", "figures", "truth_of"]

Doubles = np.ndarray[Any, np.dtype[np.float64]]
_Row = tuple[float, float, float, float, float]

ALLOWED_UNITS = 8
UNIT = 2.0**-53
SMALLEST = math.ldexp(1.0, -1074)
PRECISIONS = (128, 512, 2560)  # the last one sees 1 - σ(700), which is 1e-304, with bits to spare
MOST_CACHED = 50_000
EXPONENTS_OF_LIMIT = (20, 26, 32, 38, 100, 1023, 5000)  # exponentials are enclosed up to 2^38, other functions further
SURE = 2.0**-40  # far more than rounding does to the comparison of two doubles; what is closer is decided by balls


@dataclass(frozen=True, slots=True)
class Comparison:
    """Values compared with the truth at points.

    Attributes:
        wrong: indices of the values that are certainly off by more than the tolerance, or not finite.
        compared: how many points there were a truth for.
        units: upper bound of the error at each point in units of 2^-53 (times the scale); inf for a value that is not
            finite, nan where there is no truth.
        ulps: upper bound of the error in units in the last place of the truth.
    """

    wrong: tuple[int, ...]
    compared: int
    units: Doubles
    ulps: Doubles


@dataclass(frozen=True, slots=True)
class Figures:
    """The reported figures; upper bounds, rounded up to four digits. `worst` is the point of `max_ulp`."""

    max_error: float
    max_ulp: float
    worst: tuple[float, ...]
    points: int


class Truth:
    """The right values of a function of z, times the upstream gradient where there is one, as enclosures.

    Where exponentials become too large to be enclosed (|z| beyond 2^38), and at ±∞, the value is taken as the limit, if the
    enclosures at the last powers of two agree on one; else there is no truth at that point, and nothing is compared.

    >>> from sig_checker.expressions import Call, Div, Pow, num
    >>> tanh = Truth(Div(num(1), Pow(Call("cosh", (Var("z"),)), num(2))), ("z",))
    >>> str(tanh.at((0.0,))), str(tanh.at((math.inf,)).mid() < 1e-300)
    ('1.00000000000000', 'True')
    """

    def __init__(self, truth: Expr, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._local = truth if len(self.names) == 1 else _without(truth, self.names[0])
        if not free_names(self._local) <= {self.names[-1]}:
            raise ValueError(f"the truth is not an expression in {', '.join(self.names)}")
        self._known = _known(self._local, self.names[-1])
        self._limits: dict[int, arb | None] = {}
        self._rows: dict[tuple[float, ...], _Row] = {}

    def local(self, z: float) -> arb | None:
        """The enclosure without the upstream gradient; None where there is no truth."""
        if z not in self._known:
            if len(self._known) >= MOST_CACHED:
                self._known.clear()
            self._known[z] = self._limit(1 if z > 0 else -1) if math.isinf(z) else self._finite(z)
        return self._known[z]

    def at(self, point: Sequence[float]) -> arb | None:
        """The enclosure at a point, one double per name."""
        local = self.local(point[-1])
        if local is None or len(point) == 1:
            return local
        with precision(PRECISIONS[0]):
            return local * arb(point[0])

    def row(self, point: tuple[float, ...]) -> _Row:
        """`_row` at a point, with a memory; at the first precision, which the caller sets."""
        found = self._rows.get(point)
        if found is None:
            if len(self._rows) >= MOST_CACHED:
                self._rows.clear()
            found = self._rows[point] = _row(self, point)
        return found

    def _finite(self, z: float) -> arb | None:
        try:
            value = self._enclose(arb(z))
        except NotReal:
            return None
        return self._limit(1 if z > 0 else -1) if value is None and abs(z) > 2.0**38 else value

    def _enclose(self, z: arb) -> arb | None:
        """As narrow as the comparison needs it: relatively, or below what a double can be."""
        value = None
        for bits in PRECISIONS:
            with precision(bits):
                try:
                    value = enclose(self._local, {self.names[-1]: z})
                except Unclear:
                    continue
                if value.rel_accuracy_bits() >= 64 or abs(value) < arb(2) ** -1100:
                    return value
        with precision(PRECISIONS[0]):
            return value if value is not None and value.rad() < (1 + abs(value)) * arb(2) ** -100 else None

    def _limit(self, sign: int) -> arb | None:
        if sign not in self._limits:
            seen = []
            for exponent in EXPONENTS_OF_LIMIT:
                try:
                    value = self._enclose(sign * arb(2) ** exponent)
                except NotReal:
                    continue
                if value is not None:
                    seen.append(value)
            self._limits[sign] = None
            if len(seen) > 1:
                with precision(PRECISIONS[0]):
                    if abs(seen[-1] - seen[-2]) < (1 + abs(seen[-1])) * arb(2) ** -100:
                        self._limits[sign] = seen[-1].union(seen[-2])
        return self._limits[sign]


@lru_cache(maxsize=16)
def _known(_local: Expr, _name: str) -> dict[float, arb | None]:
    """The enclosures of an expression by its input, the same for a derivative and for what is propagated back through it."""
    return {}


@lru_cache(maxsize=16)
def truth_of(truth: Expr, names: tuple[str, ...]) -> Truth:
    """The truth with its memory of enclosures, one for each expression."""
    return Truth(truth, names)


def _without(truth: Expr, upstream: str) -> Expr:
    """The other factors of a product with the upstream gradient."""
    if isinstance(truth, Mul) and truth.args.count(Var(upstream)) == 1:
        rest = tuple(x for x in truth.args if x != Var(upstream))
        if rest and not any(upstream in free_names(x) for x in rest):
            return rest[0] if len(rest) == 1 else Mul(rest)
    raise ValueError(f"the truth is not a product of {upstream} and something without it")


def compare(truth: Truth, points: Points, values: Sequence[float]) -> Comparison:
    """Compare values with the truth. What a double computation cannot tell from the tolerance is told by balls.

    >>> from sig_checker.expressions import Call
    >>> half = Truth(Call("sigma", (Var("z"),)), ("z",))
    >>> compare(half, ((0.0, 0.0),), (0.5, 0.5 + 9 * UNIT)).wrong
    (1,)
    """
    high, low, slack, scale, spacing = _columns(truth, points)
    value: Doubles = np.array(values, dtype=np.float64)
    known, finite = ~np.isnan(high), np.isfinite(value)
    with np.errstate(all="ignore"):
        rough = value - high
        error = np.abs(rough - low)
        doubt = 2 * UNIT * (np.abs(rough) + error) + slack
        allowed = ALLOWED_UNITS * (UNIT * scale + SMALLEST)
        right = known & finite & (error + doubt <= allowed * (1 - SURE))
        wrong = known & (~finite | (error - doubt > allowed * (1 + SURE)) | np.isinf(error))
        units = np.where(finite, (error + doubt) / (UNIT * scale), np.inf)
        ulps = np.where(finite, (error + doubt) / spacing, np.inf)
    for i in np.flatnonzero(known & ~right & ~wrong):
        wrong[i] = _certainly_wrong(truth, [x[i] for x in points], values[int(i)])
    units[~known] = ulps[~known] = np.nan
    units[scale < 2.0**-960] = np.nan  # next to the smallest doubles a unit of the scale is not one of rounding
    return Comparison(tuple(int(i) for i in np.flatnonzero(wrong)), int(known.sum()), units, ulps)


@lru_cache(maxsize=128)
def _columns(truth: Truth, points: Points) -> Doubles:
    """`_row` for each point, as columns. All submissions of a run are called at the same points."""
    with precision(PRECISIONS[0]):
        rows = [truth.row(point) for point in zip(*points, strict=True)]
    columns: Doubles = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    columns.flags.writeable = False
    return columns


def _row(truth: Truth, point: Sequence[float]) -> _Row:
    """The truth as a sum of two doubles, with what is missing at most; the tolerance's scale; the truth's last place.

    At the first precision, which the caller sets.
    """
    local = truth.local(point[-1])
    if local is None:
        return (math.nan,) * 5
    upstream = 1.0 if len(point) == 1 else point[0]
    ball = local if len(point) == 1 else local * arb(upstream)
    high = float(ball.mid())
    if not math.isfinite(high):
        return (math.nan,) * 5
    rest = ball - arb(high)
    low = float(rest.mid())
    slack = float((rest - arb(low)).abs_upper()) * (1 + SURE) + SMALLEST
    scale = max(1.0, abs(float(local.mid()))) * abs(upstream)
    return high, low, slack, scale, math.ulp(high)


def _certainly_wrong(truth: Truth, point: Sequence[float], value: float) -> bool:
    ball, local = truth.at(point), truth.local(point[-1])
    assert ball is not None
    assert local is not None
    with precision(PRECISIONS[0]):
        scale = arb(1).max(abs(local)) * (1 if len(point) == 1 else abs(arb(point[0])))
        allowed = ALLOWED_UNITS * (scale * arb(2) ** -53 + arb(2) ** -1074)
        return bool(abs(arb(value) - ball) > allowed)


def figures(comparison: Comparison, points: Points) -> Figures:
    """The figures of a comparison without wrong values."""
    if not comparison.compared:
        return Figures(math.nan, math.nan, (), 0)
    ulps = np.nan_to_num(comparison.ulps, nan=-1.0, posinf=math.inf)
    worst = int(np.argmax(ulps))
    error = float(np.nanmax(comparison.units, initial=0.0))
    return Figures(_up(error), _up(max(float(ulps[worst]), 0.0)), tuple(x[worst] for x in points), comparison.compared)


def _up(x: float) -> float:
    """Rounded up to four digits, so that it stays an upper bound and does not tell one machine's last bit from another's."""
    if x == 0 or not math.isfinite(x):
        return float(x)
    text = float(f"{x:.3e}")
    return text if text >= x else float(f"{x * 1.001:.3e}")
