"""The right side of many comparisons, prepared once: its element in a tower, its enclosures at the usual points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from flint import arb

from sig_checker.deciding.certificates import certificate
from sig_checker.deciding.enclosures import FAILURES, enclose, exact, precision
from sig_checker.deciding.points import points
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.tower import Element, Tower, WiderContext
from sig_checker.expressions import Compare, Expr, Neg, Survey, Var, survey
from sig_checker.verdicts import Certificate

__all__ = ["FIRST_BITS", "Target", "Usual"]

FIRST_BITS = 64
Usual: TypeAlias = tuple[dict[str, Fraction], dict[str, arb], arb]  # a point, the same as balls, the right side there


class Target:
    """An expression that others are compared with.

    Args:
        expr: the expression.
        meanings: names that stand for expressions in the other names (a = σ(z)), for both sides of a comparison.
    """

    def __init__(self, expr: Expr, meanings: Mapping[str, Expr] | None = None) -> None:
        self.expr = expr
        self.meanings = dict(meanings or {})
        self._towers: dict[tuple[int, tuple[tuple[int, int], ...]], tuple[Tower, Element]] = {}
        self._certificates: dict[tuple[int, tuple[tuple[int, int], ...]], Certificate] = {}
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
        key = (size, tuple(sorted(scales.items())))
        found = self._towers.get(key)
        if found is None:
            t = Tower(size, dict(scales), meanings=self.meanings)
            found = self._towers[key] = (t, build(t, self.expr))
            _exponentials(t, self.survey.names)
        return found[0].copy(), found[1]

    def certificate(self, t: Tower, element: Element | None, cells: int) -> Certificate:
        """The certificate of a proof in `t`; the same text each time where the other side brought no generators."""
        size = len(t.context.names())
        key = (size, tuple(sorted(t.scales.items())))
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
        known, more = self._usual.setdefault(tuple(names), ([], points(names, how_many=0)))
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


def _exponentials(t: Tower, names: Iterable[str]) -> None:
    """Know e^x and e^-x beforehand, which nearly every answer holds, where the right side holds them in some form too."""
    for name in names:
        for exponent in (Var(name), Neg(Var(name))):
            trial = t.copy()
            try:
                element = trial.exp(build(trial, exponent))
            except WiderContext:
                continue
            if len(trial.generators) == len(t.generators):
                t.exponentials[exponent] = element
