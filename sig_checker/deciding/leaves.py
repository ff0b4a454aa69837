"""The cells of a comparison: both sides built in each, and begun again until no generator lacks a root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flint import fmpq_mpoly

from sig_checker.deciding.cells import sample
from sig_checker.deciding.constancy import AtPoint, proof_of_zero
from sig_checker.deciding.elements import Names
from sig_checker.deciding.independence import vanishes_nowhere
from sig_checker.deciding.limits import limits, refuse
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.targets import Target
from sig_checker.deciding.tower import Element, Key, NeedSign, NotReal, Rescale, TooLarge, Tower, WiderContext, Work, key_of
from sig_checker.expressions import Compare, Expr, free_names
from sig_checker.verdicts import Certificate

__all__ = ["Leaf", "leaves_of"]

SIZES = (4, 8, 16, 32)
MAX_RESTARTS = 40
MAX_ROOT = 5_000
Signs = tuple[int, ...]


class _Outside(Exception):
    """No point with these signs belongs to the domain."""


class _Frame(NamedTuple):
    """How each cell is worked out: the size of the towers, the roots to take, what is left to spend."""

    size: int
    scales: dict[int, int]
    work: Work
    equal_at: AtPoint | None


@dataclass(slots=True)
class Leaf:
    """One cell: the signs that lead to it, and what the two sides are there (None: not real)."""

    signs: dict[Key, int]
    tower: Tower
    left: Element | None
    right: Element | None
    inverted: list[fmpq_mpoly] = field(default_factory=list)  # what the left side divides by
    inverted_right: list[fmpq_mpoly] = field(default_factory=list)
    proof: Certificate | None = None  # where they are equal, but not by the relations between the generators

    def agrees(self) -> bool:
        if self.right is None:
            return True  # outside the right side's domain there is nothing to claim
        if self.left is None:
            return False
        if self.proof is not None or self.left == self.right:
            return True
        t = self.tower
        gap = t.times(self.left.over, self.right.under) - t.times(self.right.over, self.left.under)
        return t.vanishes(gap)

    @property
    def is_edge(self) -> bool:
        return bool(self.tower.zeros)

    def exists(self) -> bool:
        """Whether some point may have these signs; False only if certainly none has."""
        return sample(self.tower, self.signs) is not None


def leaves_of(
    left: Expr, target: Target, domain: Sequence[Compare], choices: Signs, equal_at: AtPoint | None = None
) -> list[Leaf]:
    """Both sides in every cell; restarts until no generator is missing a root.

    Args:
        equal_at: whether they are equal where a variable has a certain value; a proof is then looked for in each cell.

    Raises:
        TooLarge: not in a moment, or it is not known where the left side is real.
    """
    size, scales, work = 0, dict[int, int](), Work()
    for _ in range(MAX_RESTARTS):
        try:
            return _split(left, target, domain, _Frame(SIZES[size], scales, work, equal_at), choices)
        except Rescale as need:
            if need.k > MAX_ROOT:
                raise TooLarge from None
            scales[need.index] = need.k
        except WiderContext:
            size += 1
            if size == len(SIZES):
                raise TooLarge from None
    raise TooLarge


def _split(left: Expr, target: Target, domain: Sequence[Compare], frame: _Frame, choices: Signs) -> list[Leaf]:
    todo: list[tuple[dict[Key, int], Names]] = [({}, ())]
    leaves: list[Leaf] = []
    while todo:
        signs, names = todo.pop()
        try:
            t, right_value = _with_right(target, domain, frame, signs)
            before, demanded = len(t.inverted), len(t.partial)
            leaf = Leaf(t.signs, t, _value(t, left), right_value, t.inverted[before:], t.inverted[:before])
            if names and tuple((g.kind, g.key) for g in t.generators[: len(names)]) != names:
                raise TooLarge  # what became known changed the order of the generators: the signs are of something else
            if leaf.left is not None and right_value is not None and not leaf.is_edge:
                _check(t, demanded)
                if frame.equal_at is not None and not leaf.agrees():
                    leaf.proof = proof_of_zero(t, t.sub(leaf.left, right_value), frame.equal_at)
            leaves.append(leaf)
        except _Outside:
            continue
        except NeedSign as need:
            if len(todo) + len(leaves) >= limits.cells:
                refuse()
            longer = max(names, need.names, key=len)
            if longer[: len(names)] != names or longer[: len(need.names)] != need.names:
                raise TooLarge from None
            todo += [({**signs, key_of(need.poly): sign}, longer) for sign in choices]
    return leaves


def _check(t: Tower, demanded: int) -> None:
    """Refuse a cell in which it is not known where the left side is real, or whether a divisor is zero throughout."""
    if t.partial and set(t.partial[demanded:]) - set(t.partial[:demanded]) - t.total:
        raise TooLarge
    if not vanishes_nowhere(t):
        raise TooLarge


def _with_right(
    target: Target, domain: Sequence[Compare], frame: _Frame, signs: dict[Key, int]
) -> tuple[Tower, Element | None]:
    """A tower with the right side in it: the prepared one where nothing is known of signs."""
    if not signs and not domain:
        try:
            t, element = target.tower(frame.size, frame.scales)
            t.work = frame.work
            return t, element
        except NotReal:
            pass
    t = Tower(frame.size, frame.scales, signs, meanings=target.meanings)
    t.work = frame.work
    for condition in domain:
        _assume(t, condition)
    return t, _value(t, target.expr)


def _value(t: Tower, e: Expr) -> Element | None:
    try:
        return build(t, e)
    except NotReal:
        return None


def _assume(t: Tower, c: Compare) -> None:
    """Let the tower know what a condition of the domain says of signs.

    Raises:
        _Outside: it does not hold in the cell, or is no statement about real numbers there.
    """
    if c.op not in ("<", "<=", ">", ">=") or not free_names(c):
        return
    try:
        gap = t.sub(build(t, c.right), build(t, c.left)) if c.op in ("<", "<=") else t.sub(build(t, c.left), build(t, c.right))
    except NotReal:
        raise _Outside from None
    if t.is_zero(gap):
        return
    content, powers = t.factors(gap)
    sign, unknown = (1 if content > 0 else -1), []
    for f, m in powers:
        if m % 2:
            try:
                sign *= t.sign(f)
            except NeedSign as need:
                unknown.append(need)
    if (sign < 0 and not unknown) or (sign == 0 and "=" not in c.op):
        raise _Outside
    if len(unknown) == 1 and sign:
        t.signs[key_of(unknown[0].poly)] = sign
        t.note_positive(unknown[0].poly, sign)
    elif len(unknown) == 2:
        raise unknown[0]
