"""Roots of unity: e^{iπ/k} as a generator with its cyclotomic polynomial, i as a power of it, √2, √3, √5 as sums of powers."""

from __future__ import annotations

from math import lcm

from flint import fmpq, fmpz_poly

from sig_checker.deciding.elements import Element, Rescale
from sig_checker.deciding.field import Field
from sig_checker.deciding.limits import TooLarge

__all__ = ["CIRCULAR", "TRIGONOMETRY", "half_turn", "imaginary", "surd"]

CIRCULAR = "turn"  # the kind of generators e^{ix}, which are not real
TRIGONOMETRY = -1  # the place in `scales` that tells that sines or cosines occur
MOST_PARTS = 120  # of the half turn; the degree of the cyclotomic polynomial stays below 64


def half_turn(t: Field) -> tuple[int, int]:
    """The generator e^{iπ/k} and its k, which is even, so that i is a power of it."""
    if not t.scales.get(TRIGONOMETRY):
        raise Rescale(TRIGONOMETRY, 1)  # begin again, with square roots of small primes among the roots of unity
    index = t.generator(CIRCULAR, "half turn")
    k = t.generators[index].k
    if k % 2:
        raise Rescale(index, 2 * k)
    if k > MOST_PARTS:
        raise TooLarge
    if index not in t.relations:
        *lower, _ = (int(c) for c in fmpz_poly.cyclotomic(2 * k).coeffs())
        value = t.context.from_dict({_monomial(t, index, d): fmpq(-c) for d, c in enumerate(lower) if c})
        t.relations[index] = (len(lower), value)
    return index, k


def surd(t: Field, prime: int) -> Element:
    """√2, √3 or √5 as a sum of roots of unity, so that the field has one name for it."""
    parts = {2: 4, 3: 6, 5: 10}[prime]
    index, k = half_turn(t)
    if k % parts:
        raise Rescale(index, lcm(k, parts))
    w = t.power(t.element(index), k // parts)
    if prime == 5:  # √5 = 4 cos(π/5) - 1
        w = t.power(w, 2)
    total = t.add(w, t.inverse(w))
    return t.sub(t.add(total, total), t.one) if prime == 5 else total


def _monomial(t: Field, index: int, degree: int) -> tuple[int, ...]:
    return tuple(degree if i == index else 0 for i in range(t.context.nvars()))


def imaginary(t: Field) -> Element:
    index, k = half_turn(t)
    return t.power(t.element(index), k // 2)
