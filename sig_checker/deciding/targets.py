"""The right side of many comparisons, prepared once: its element in a tower, its enclosures at the usual points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from flint import arb

from sig_checker.deciding.certificates import certificate
from sig_checker.deciding.enclosures import FAILURES, enclose, exact, precision
from sig_checker.deciding.points import points
from sig_checker.deciding.rewriting import UNBUILT, build
from sig_checker.deciding.tower import Element, Tower
from sig_checker.expressions import Call, Compare, Expr, Neg, Survey, Var, survey
from sig_checker.verdicts import Certificate

__all__ = ["FIRST_BITS", "Target", "Usual"]

FIRST_BITS = 64
_Kind: TypeAlias = tuple[int, frozenset[tuple[int, int]]]  # of a tower: its size and its scales
Usual: TypeAlias = tuple[dict[str, Fraction], dict[str, arb], arb]  # a point, the same as balls, the right side there


class Target:
    """An expression that others are compared with.

    Args:
        expr: the expression.
        meanings: names that stand for expressions in the other names (a = σ(z)), for both sides of a comparison.
        many: whether so many are compared with it that work done beforehand pays.
    """

    def __init__(self, expr: Expr, meanings: Mapping[str, Expr] | None = None, *, many: bool = True) -> None:
        self.expr = expr
        self.many = many
        self.meanings = dict(meanings or {})
        self._towers: dict[_Kind, tuple[Tower, Element]] = {}
        self._certificates: dict[_Kind, Certificate] = {}
        self._names: dict[frozenset[str], list[str]] = {}
        self._usual: dict[tuple[str, ...], tuple[list[Usual], Iterator[dict[str, Fraction]]]] = {}

    @cached_property
    def survey(self) -> Survey:
        return survey(self.expr)

    def tower(self, size: int, scales: Mapping[int, int]) -> tuple[Tower, Element]:
        """A tower of its own for each comparison, and the right side in it; no signs are assumed.

        Raises:
            what `build` raises.
        """
        key = (size, frozenset(scales.items()))
        found = self._towers.get(key)
        if found is None:
            t = Tower(size, dict(scales), meanings=self.meanings)
            found = self._towers[key] = (t, build(t, self.expr))
            if self.many:
                self._know_usual(t)
        return found[0].copy(), found[1]

    def _know_usual(self, t: Tower) -> None:
        """Work out beforehand what nearly every answer holds, where it needs nothing but what the right side is made of."""
        usual: list[Expr] = [Var(name) for name in self.meanings]
        for name in self.survey.names:
            usual += (Call(f, (x,)) for f in ("exp", "sigma") for x in (Var(name), Neg(Var(name))))
        for e in usual:
            trial = t.copy()
            try:
                build(trial, e)
            except UNBUILT:
                continue
            if all(len(getattr(trial, x)) == len(getattr(t, x)) for x in ("generators", "inverted", "partial")):
                t.bound, t.known, t.exponentials = trial.bound, trial.known, trial.exponentials

    def certificate(self, t: Tower, element: Element | None, cells: int) -> Certificate:
        """The certificate of a proof in `t`; the same text each time where the other side brought no generators."""
        key = (t.size, frozenset(t.scales.items()))
        prepared = self._towers.get(key)
        if cells > 1 or prepared is None or len(prepared[0].generators) != len(t.generators):
            return certificate(t, element, cells)
        if key not in self._certificates:
            self._certificates[key] = certificate(t, element, cells)
        return self._certificates[key]

    def usual(self, names: Sequence[str]) -> Iterator[Usual]:
        """The first few points with the right side's enclosures there, at 64 bits; those at which it has none are left out.

        Each is computed when it is first asked for, and kept.
        """
        key = tuple(names)
        if key not in self._usual:
            self._usual[key] = ([], points(names, how_many=0))
        known, more = self._usual[key]
        yield from known
        for point in more:
            with precision(FIRST_BITS):
                at = self.at(point)
                try:
                    here = (point, at, enclose(self.expr, at))
                except FAILURES:
                    continue
            known.append(here)
            yield here

    def at(self, point: Mapping[str, Fraction]) -> dict[str, arb]:
        """The point as balls, at the current precision, with the values that the meanings have there."""
        at = {name: exact(x) for name, x in point.items()}
        for name, meaning in self.meanings.items():
            try:
                at[name] = enclose(meaning, at)
            except FAILURES:
                continue
        return at

    def names(self, left: Survey, domain: Sequence[Compare] = ()) -> list[str]:
        """The variables of a comparison with this, the upstream gradient last."""
        found = None if domain else self._names.get(left.names)
        if found is None:
            names = set(left.names) | self.survey.names
            for c in domain:
                names |= survey(c).names
            for name, meaning in self.meanings.items():
                if name in names:
                    names = (names - {name}) | survey(meaning).names
            found = sorted(names, key=lambda n: (n == "upstream", n))
            if not domain:
                self._names[left.names] = found
        return found

