"""The value of an element of a tower at a point or on an interval, as a complex ball."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import acb, arb, fmpq_mpoly

from sig_checker.deciding.balls import ONE_ARGUMENT, Unclear
from sig_checker.deciding.elements import Element, Generator, Key
from sig_checker.deciding.enclosures import FAILURES, exact, precision
from sig_checker.deciding.tower import Tower

__all__ = ["Values", "sign_at", "value_at"]

BITS = (64, 256, 1024)


class Values:
    """Values at one place, each generator's worked out once; at the precision in force.

    Args:
        place: variable -> ball; a wide one gives enclosures of all values on it.
    """

    def __init__(self, t: Tower, place: Mapping[str, arb]) -> None:
        self.t, self.place = t, place
        self._known: dict[int, acb] = {}

    def of(self, a: Element) -> acb:
        """Raises what enclosures raise."""
        return self._fraction(a.over, a.under)

    def poly(self, p: fmpq_mpoly) -> acb:
        total = acb(0)
        for monomial, coefficient in p.terms():
            term = acb(arb(coefficient))
            for i, d in enumerate(monomial):
                if d:
                    term *= self._generator(i) ** int(d)
            total += term
        return total

    def _fraction(self, over: fmpq_mpoly, under: fmpq_mpoly) -> acb:
        below = self.poly(under)
        if below.contains(0):
            raise Unclear("a divisor may be zero")
        return self.poly(over) / below

    def _named(self, key: tuple[Key, Key]) -> acb:
        return self._fraction(self.t.poly(key[0]), self.t.poly(key[1]))

    def _generator(self, index: int) -> acb:
        if index not in self._known:
            value = self._of_generator(self.t.generators[index])
            if not value.is_finite():
                raise Unclear("not finite")
            self._known[index] = value
        return self._known[index]

    def _of_generator(self, g: Generator) -> acb:
        key: Any = g.key
        match g.kind, key:
            case "var", name:
                if name not in self.place:
                    raise Unclear(f"no value for {name}")
                return acb(self.place[name])
            case "const", _:
                return acb(arb.pi())
            case "turn", "half turn":
                return (acb(arb(0), arb.pi()) / g.k).exp()
            case "turn", pair:
                return (acb(arb(0), arb(1)) * self._named(pair) / g.k).exp()
            case "exp", pair:
                return acb((self._named(pair).real / g.k).exp())
            case "radical", pair:
                return self.poly(self.t.poly(pair[1])) * acb(ONE_ARGUMENT["sqrt"](self._named(pair).real))
            case "log" | "root", (kind, what):
                size = abs(arb(what) if kind == "number" else self.poly(self.t.poly(what)).real)
                if size.contains(0):
                    raise Unclear("near a zero")
                return acb(size.log() if g.kind == "log" else size.root(g.k))
            case "angle", (name, pair):
                return acb(ONE_ARGUMENT[name](self._named(pair).real))
            case "opaque", (name, (pair,)):
                return acb(ONE_ARGUMENT[name](self._named(pair).real))
        raise Unclear(g.kind)


def value_at(t: Tower, a: Element, point: Mapping[str, Fraction], bits: int) -> acb | None:
    """The value at a point; None where there is none, or none can be told with so many bits."""
    with precision(bits):
        try:
            return Values(t, {name: exact(x) for name, x in point.items()}).of(a)
        except FAILURES:
            return None


def sign_at(t: Tower, a: Element, point: Mapping[str, Fraction]) -> int:
    """The sign at a point of an element that is real as a whole; 0 if it cannot be told."""
    for bits in BITS:
        value = value_at(t, a, point, bits)
        if value is not None and not value.real.contains(0):
            return 1 if value.real > 0 else -1
    return 0
