"""Are two expressions the same function? Proved in exact arithmetic, refuted by a witness, or left undecided; never guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from flint import fmpq_mpoly

from sig_checker.deciding.cells import boundaries, sample
from sig_checker.deciding.conditions import certainly_fails, closed_ends, condition_at, conditions, solved
from sig_checker.deciding.domains import gaps, regions
from sig_checker.deciding.enclosures import show
from sig_checker.deciding.gaps import gap_between
from sig_checker.deciding.leaves import Leaf, leaves_of
from sig_checker.deciding.rewriting import rational_value
from sig_checker.deciding.separation import proof_of_equality
from sig_checker.deciding.targets import Target
from sig_checker.deciding.tower import TooLarge
from sig_checker.deciding.witnesses import PRECISIONS, agreeing, differ_at, find_witness, first_witness, is_too_big
from sig_checker.expressions import Call, Cases, Compare, Expr, Num, Pow, Survey, children, replace_names, survey
from sig_checker.printing import to_plain
from sig_checker.verdicts import Certificate, Witness

__all__ = ["TOO_BIG", "Comparison", "compare"]

NOTHING = "nothing is claimed: the right side is real nowhere"
TOO_BIG = "too big"  # the reason, where the left side leads to numbers that cannot be written down
Divisors: TypeAlias = Callable[[Leaf], list[fmpq_mpoly]]
_LEFT, _RIGHT = attrgetter("inverted"), attrgetter("inverted_right")
_JUMPS = ("sign", "heaviside", "floor", "ceil")
_CLOSED = ("sqrt", "asin", "acos", "asec", "acsc", "acosh", "asech")  # real at the ends of where they are; so are powers


class Comparison(NamedTuple):
    """What is known of left = right.

    Attributes:
        equal: True, False, or None where neither could be shown.
        witness: of False: a point, with disjoint enclosures, or with "undefined" for the left side.
        certificate: of True.
        gaps: isolated places at which the left side is not defined although the right side is.
        beyond: isolated places at which only the right side is not defined.
        wider: whether the left side is defined on an interval on which the right one is not.
        regions: where: the intervals of `wider`, or those on which the left side of a refuted equation is not defined.
        reason: of None: how far the two sides were found to agree.
        agreed: of None: points at which they do.
    """

    equal: bool | None
    witness: Witness | None = None
    certificate: Certificate | None = None
    gaps: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    wider: bool = False
    regions: tuple[str, ...] = ()
    reason: str = ""
    agreed: tuple[str, ...] = ()


def compare(
    left: Expr, right: Expr | Target, domain: Sequence[Compare] = (), *, seen: Survey | None = None, _depth: int = 0
) -> Comparison:
    """Decide whether `left` equals `right` wherever `right` is real, for all real values of the variables.

    Args:
        right: an expression, or a `Target` where many are compared with it; its meanings hold for both sides.
        domain: conditions that the variables satisfy.
        seen: the survey of `left`, where it is known already.

    >>> from sig_checker.reading import read, Vocabulary
    >>> free = Vocabulary("", "", letters=True)
    >>> compare(read("(x+1)^2", vocabulary=free).answer, read("x^2+2x+1", vocabulary=free).answer).equal
    True
    >>> compare(read("(x+1)^2", vocabulary=free).answer, read("x^2+1", vocabulary=free).answer).witness.point
    {'x': '1'}
    """
    target = right if isinstance(right, Target) else Target(right, many=False)
    if domain:
        domain = conditions(domain)
        if any(certainly_fails(c) for c in domain):
            return Comparison(None, reason=NOTHING)
        known = solved(domain, target.meanings)
        if known is not None:
            return _with_value(left, target, *known, depth=_depth)
    seen = seen or survey(left)
    names = target.names(seen, domain)
    jumps = _jumps(seen) or _jumps(target.survey)
    choices = (1, -1, 0) if jumps else (1, -1)  # continuous: no need to look at edges
    witness = first_witness(left, target, names, domain)  # most wrong answers end here, before anything is multiplied out
    if witness:
        return Comparison(False, witness, regions=_undefined(witness, left, target, domain, choices))
    try:
        leaves = leaves_of(left, target, domain, choices)
    except (TooLarge, RecursionError):
        witness = find_witness(left, target, names, domain)
        if witness:
            return Comparison(False, witness)
        return _unknown(left, target, names, domain)
    outside = [leaf for leaf in leaves if leaf.right is None]
    if (domain or outside) and not any(leaf.right is not None and leaf.exists() for leaf in leaves):
        return Comparison(None, reason=NOTHING)
    disagreeing = [leaf for leaf in leaves if not leaf.agrees()]
    if disagreeing and not all(leaf.is_edge for leaf in disagreeing):
        witness = _sampled_witness(disagreeing, left, target, names, domain) or find_witness(left, target, names, domain)
        if witness:
            return Comparison(False, witness, regions=_undefined(witness, left, target, domain, choices))
        leaves = _looked_closer(left, target, domain, choices, _depth)
        disagreeing = [leaf for leaf in leaves if not leaf.agrees()]
        if not leaves or any(not leaf.is_edge and leaf.exists() for leaf in disagreeing):
            return _unknown(left, target, names, domain)
    if not jumps and any(leaf.right is None and leaf.exists() for leaf in leaves) and _may_stand_alone(target.expr):
        try:
            disagreeing += [x for x in leaves_of(left, target, domain, (1, -1, 0)) if x.is_edge and not x.agrees()]
        except (TooLarge, RecursionError):
            return Comparison(None, reason="edges")
    for leaf in disagreeing:
        if leaf.is_edge and leaf.left is not None:  # an isolated gap in the left side is no disagreement
            edges = boundaries(leaf.tower, [key for key, sign in leaf.signs.items() if sign == 0])
            found = _at_places(edges, left, target, domain, _depth)
            if found is not None:
                return found
    if jumps and domain:
        found = _at_places(closed_ends(domain), left, target, domain, _depth)
        if found is not None:
            return found
    return _proved(leaves, target, domain)


def _proved(leaves: Sequence[Leaf], target: Target, domain: Sequence[Compare]) -> Comparison:
    shown = next((leaf for leaf in leaves if leaf.right is not None), leaves[0])
    proof = next((leaf.proof for leaf in leaves if leaf.proof), None)
    wider = [x for x in leaves if x.right is None and x.left is not None and not x.is_edge and x.exists()]
    return Comparison(
        True,
        certificate=proof or target.certificate(shown.tower, shown.right, len(leaves)),
        gaps=_gaps_of_one(leaves, _LEFT, _RIGHT, domain),
        beyond=_gaps_of_one(leaves, _RIGHT, _LEFT, domain),
        wider=bool(wider),
        regions=regions([(x.tower, x.signs) for x in wider]) if wider else (),
    )


def _gaps_of_one(leaves: Sequence[Leaf], mine: Divisors, theirs: Divisors, domain: Sequence[Compare]) -> tuple[str, ...]:
    """The gaps of one side, by what it divides by in each cell, that the other does not have."""
    if not any(map(mine, leaves)):
        return ()
    found = gaps([(x.tower, [p for p in mine(x) if p not in theirs(x)]) for x in leaves], domain)
    shared = gaps([(x.tower, theirs(x)) for x in leaves], domain) if found else ()
    return tuple(g for g in found if g not in shared)


def _unknown(left: Expr, target: Target, names: Sequence[str], domain: Sequence[Compare]) -> Comparison:
    proof = None if names else proof_of_equality(left, target.expr)
    if proof is not None:
        return Comparison(True, certificate=proof)
    gap = None if names else gap_between(left, target.expr)
    if gap is not None:  # far below what both have in common
        truth = to_plain(target.expr)
        return Comparison(False, Witness({}, f"{truth} + {show(gap)}", truth))
    if is_too_big(left, target, names):
        return Comparison(None, reason=TOO_BIG)
    return Comparison(None, reason=f"{PRECISIONS[-1]}", agreed=agreeing(left, target, names, domain))


def _jumps(seen: Survey) -> bool:
    return Cases in seen.kinds or not seen.functions.isdisjoint(_JUMPS)


def _may_stand_alone(e: Expr) -> bool:
    """Whether an expression that is not real on an interval may be real at a point in it, as sqrt(x^2 (x - 1)) is at 0."""
    if isinstance(e, Pow) and rational_value(e.exponent) not in (None, *range(-9, 10)):
        return True
    return (isinstance(e, Call) and e.name in _CLOSED) or any(map(_may_stand_alone, children(e)))


def _sampled_witness(
    leaves: list[Leaf], left: Expr, target: Target, names: Sequence[str], domain: Sequence[Compare]
) -> Witness | None:
    """A witness inside a cell in which the sides differ, so that a narrow cell is not missed."""
    for leaf in leaves:
        inside = None if leaf.is_edge or not (leaf.signs or leaf.left is None) else sample(leaf.tower, leaf.signs)
        if inside is None:
            continue
        for other in (Fraction(1), Fraction(-3, 2), Fraction(2, 7)):
            point = {name: inside.get(name, other) for name in names}
            undefined = leaf.left is None and bool(inside or not leaf.signs)
            for bits in PRECISIONS:
                witness = differ_at(left, target, point, domain, bits, undefined=undefined)
                if witness:
                    return witness
    return None


def _looked_closer(left: Expr, target: Target, domain: Sequence[Compare], choices: tuple[int, ...], depth: int) -> list[Leaf]:
    """The cells once more, with proofs that take longer; none where that is too much."""

    def equal_at(name: str, x: Fraction) -> bool:
        here = {name: Num(x)}
        both = [replace_names(replace_names(e, target.meanings), here) for e in (left, target.expr)]
        return compare(both[0], both[1], _depth=depth + 1).equal is True

    if depth > 1:
        return []
    try:
        return leaves_of(left, target, domain, choices, equal_at)
    except (TooLarge, RecursionError):
        return []


def _with_value(left: Expr, target: Target, name: str, value: Expr, rest: Sequence[Compare], *, depth: int) -> Comparison:
    """The comparison where the domain says what a variable is."""
    here = {name: value}
    there = Target(replace_names(target.expr, here), target.meanings, many=False)
    found = compare(replace_names(left, here), there, [condition_at(c, here) for c in rest], _depth=depth)
    if found.witness is None:
        return found
    return found._replace(witness=replace(found.witness, point={**found.witness.point, name: to_plain(value)}))


def _at_places(
    places: Sequence[tuple[str, Expr]] | None, left: Expr, target: Target, domain: Sequence[Compare], depth: int
) -> Comparison | None:
    """The two sides at places where they may differ from what they are around; None if they agree at each."""
    if places is None or depth > 1:
        return Comparison(None, reason="edges")
    for name, place in places:
        here = {name: place}
        rest = [condition_at(c, here) for c in domain]
        if any(certainly_fails(c) for c in rest):
            continue
        both = [replace_names(replace_names(e, target.meanings), here) for e in (left, target.expr)]
        found = compare(both[0], both[1], rest, _depth=depth + 1)
        if found.equal is False and found.witness is not None and found.witness.answer != "undefined":
            return Comparison(False, replace(found.witness, point={**found.witness.point, name: to_plain(place)}))
        if found.equal is None and found.reason != NOTHING:
            return Comparison(None, reason="edges")
    return None


def _undefined(
    witness: Witness, left: Expr, target: Target, domain: Sequence[Compare], choices: tuple[int, ...]
) -> tuple[str, ...]:
    """The intervals on which the left side is not defined although the right side is, as far as they can be named."""
    if witness.answer != "undefined":
        return ()
    try:
        leaves = leaves_of(left, target, domain, choices)
    except (TooLarge, RecursionError):
        return ()
    return regions([(x.tower, x.signs) for x in leaves if x.left is None and x.right is not None and not x.is_edge])
