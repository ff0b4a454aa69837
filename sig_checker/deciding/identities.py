"""Are two expressions the same function? Proved in exact arithmetic, refuted by a witness, or left undecided; never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from flint import fmpq_mpoly

from sig_checker.deciding import tower as field_errors
from sig_checker.deciding.cells import boundaries, sample
from sig_checker.deciding.domains import gaps, regions, show_place
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.targets import Target
from sig_checker.deciding.tower import Element, Key, NeedSign, Rescale, TooLarge, Tower, WiderContext, Work, key_of
from sig_checker.deciding.witnesses import PRECISIONS, differ_at, find_witness, first_witness, is_too_big
from sig_checker.expressions import Cases, Compare, Expr, Survey, free_names, replace_names, survey
from sig_checker.verdicts import Certificate, Witness

__all__ = ["TOO_BIG", "Comparison", "compare"]

SIZES = (4, 8, 16, 32)
MAX_CELLS = 64
MAX_RESTARTS = 40
MAX_ROOT = 5_000
TOO_BIG = "too big"  # the reason, where the left side leads to numbers that cannot be written down
Signs = tuple[int, ...]
Frame = tuple[int, dict[int, int], Work]  # the size of the towers, the roots to take, what is left to spend
_JUMPS = ("sign", "heaviside", "floor", "ceil")


@dataclass(frozen=True, slots=True)
class Comparison:
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
    """

    equal: bool | None
    witness: Witness | None = None
    certificate: Certificate | None = None
    gaps: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    wider: bool = False
    regions: tuple[str, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class _Leaf:
    """One cell: the signs that lead to it, and what the two sides are there (None: not real)."""

    signs: dict[Key, int]
    tower: Tower
    left: Element | None
    right: Element | None
    inverted: list[fmpq_mpoly] = field(default_factory=list)  # what the left side divides by
    inverted_right: list[fmpq_mpoly] = field(default_factory=list)

    def agrees(self) -> bool:
        if self.right is None:
            return True  # outside the right side's domain there is nothing to claim
        if self.left is None:
            return False
        t = self.tower
        gap = t.times(self.left.over, self.right.under) - t.times(self.right.over, self.left.under)
        return t.vanishes(gap)

    @property
    def is_edge(self) -> bool:
        return bool(self.tower.zeros)

    def exists(self) -> bool:
        """Whether some point may have these signs; False only if certainly none has."""
        return sample(self.tower, self.signs) is not None


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
    target = right if isinstance(right, Target) else Target(right)
    seen = seen or survey(left)
    names = target.names(seen, domain)
    choices = (1, -1, 0) if _jumps(seen) or _jumps(target.survey) else (1, -1)  # continuous: no need to look at edges
    witness = first_witness(left, target, names, domain)  # most wrong answers end here, before anything is multiplied out
    if witness:
        return Comparison(False, witness, regions=_undefined(witness, left, target, domain, choices))
    try:
        leaves = _leaves(left, target, domain, choices)
    except (TooLarge, RecursionError):
        witness = find_witness(left, target, names, domain)
        if witness:
            return Comparison(False, witness)
        return Comparison(None, reason=TOO_BIG if is_too_big(left, target, names) else f"{PRECISIONS[-1]}")
    doubtful = bool(domain) or any(leaf.right is None for leaf in leaves)
    if doubtful and not any(leaf.right is not None and leaf.exists() for leaf in leaves):
        return Comparison(None, reason="nothing is claimed: the right side is real nowhere")
    disagreeing = [leaf for leaf in leaves if not leaf.agrees()]
    if any(not leaf.is_edge for leaf in disagreeing):
        witness = _sampled_witness(disagreeing, left, target, names, domain) or find_witness(left, target, names, domain)
        if witness:
            return Comparison(False, witness, regions=_undefined(witness, left, target, domain, choices))
        if any(not leaf.is_edge and leaf.exists() for leaf in disagreeing):
            return Comparison(None, reason=f"{PRECISIONS[-1]}")
    for leaf in disagreeing:
        if leaf.is_edge and leaf.left is not None:  # an isolated gap in the left side is no disagreement
            found = _on_edge(leaf, left, target, domain, _depth)
            if found is not None:
                return found
    shown = next((leaf for leaf in leaves if leaf.right is not None), leaves[0])
    left_gaps, right_gaps = gaps([(x.tower, x.inverted) for x in leaves]), gaps([(x.tower, x.inverted_right) for x in leaves])
    wider = [x for x in leaves if x.right is None and x.left is not None and not x.is_edge and x.exists()]
    return Comparison(
        True,
        certificate=target.certificate(shown.tower, shown.right, len(leaves)),
        gaps=tuple(g for g in left_gaps if g not in right_gaps),
        beyond=tuple(g for g in right_gaps if g not in left_gaps),
        wider=bool(wider),
        regions=regions([(x.tower, x.signs) for x in wider]),
    )


def _jumps(seen: Survey) -> bool:
    return Cases in seen.kinds or not seen.functions.isdisjoint(_JUMPS)


def _leaves(left: Expr, target: Target, domain: Sequence[Compare], choices: Signs) -> list[_Leaf]:
    """Both sides in every cell; restarts until no generator is missing a root."""
    size, scales, work = 0, dict[int, int](), Work()
    for _ in range(MAX_RESTARTS):
        try:
            return _split(left, target, domain, (SIZES[size], scales, work), choices)
        except Rescale as need:
            if need.k > MAX_ROOT:
                raise TooLarge from None
            scales[need.index] = need.k
        except WiderContext:
            size += 1
            if size == len(SIZES):
                raise TooLarge from None
    raise TooLarge


def _split(left: Expr, target: Target, domain: Sequence[Compare], frame: Frame, choices: Signs) -> list[_Leaf]:
    todo: list[dict[Key, int]] = [{}]
    leaves: list[_Leaf] = []
    while todo:
        signs = todo.pop()
        try:
            t, right_value = _with_right(target, domain, frame, signs)
            before = len(t.inverted)
            left_value = _value(t, left)
            leaves.append(_Leaf(t.signs, t, left_value, right_value, t.inverted[before:], t.inverted[:before]))
        except NeedSign as need:
            if len(todo) + len(leaves) >= MAX_CELLS:
                raise TooLarge from None
            todo += [{**signs, key_of(need.poly): sign} for sign in choices]
    return leaves


def _with_right(target: Target, domain: Sequence[Compare], frame: Frame, signs: dict[Key, int]) -> tuple[Tower, Element | None]:
    """A tower with the right side in it: the prepared one where nothing is known of signs."""
    size, scales, work = frame
    if not signs and not domain:
        try:
            t, element = target.tower(size, scales)
            t.work = work
            return t, element
        except field_errors.NotReal:
            pass
    t = Tower(size, scales, signs, meanings=target.meanings)
    t.work = work
    for condition in domain:
        _assume(t, condition)
    return t, _value(t, target.expr)


def _value(t: Tower, e: Expr) -> Element | None:
    try:
        return build(t, e)
    except field_errors.NotReal:
        return None


def _assume(t: Tower, c: Compare) -> None:
    """Let the tower know what a condition of the domain says of signs."""
    if c.op == "and":
        assert isinstance(c.left, Compare)
        assert isinstance(c.right, Compare)
        _assume(t, c.left)
        _assume(t, c.right)
        return
    if c.op not in ("<", "<=", ">", ">="):
        return
    gap = t.sub(build(t, c.right), build(t, c.left)) if c.op in ("<", "<=") else t.sub(build(t, c.left), build(t, c.right))
    content, powers = t.factors(gap)
    sign, unknown = (1 if content > 0 else -1), []
    for f, m in powers:
        if m % 2:
            try:
                sign *= t.sign(f)
            except NeedSign:
                unknown.append(f)
    if len(unknown) == 1:
        t.signs[key_of(unknown[0])] = sign
        t.note_positive(unknown[0], sign)


def _sampled_witness(
    leaves: list[_Leaf], left: Expr, target: Target, names: Sequence[str], domain: Sequence[Compare]
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


def _on_edge(leaf: _Leaf, left: Expr, target: Target, domain: Sequence[Compare], depth: int) -> Comparison | None:
    """The two sides on an edge on which they seem to differ; None if they agree there, or if there is no such edge."""
    edges = boundaries(leaf.tower, [key for key, sign in leaf.signs.items() if sign == 0])
    if edges is None or depth > 1:
        return Comparison(None, reason="edges")
    for name, place in edges:
        here = {name: place}
        rest = [c for c in domain if name not in free_names(c)]
        both = [replace_names(replace_names(e, target.meanings), here) for e in (left, target.expr)]
        at_edge = compare(both[0], both[1], rest, _depth=depth + 1)
        if at_edge.equal is False and at_edge.witness is not None and at_edge.witness.answer != "undefined":
            point = {**at_edge.witness.point, name: show_place(place)}
            return Comparison(False, Witness(point, at_edge.witness.answer, at_edge.witness.truth))
        if at_edge.equal is None:
            return Comparison(None, reason="edges")
    return None


def _undefined(witness: Witness, left: Expr, target: Target, domain: Sequence[Compare], choices: Signs) -> tuple[str, ...]:
    """The intervals on which the left side is not defined although the right side is, as far as they can be named."""
    if witness.answer != "undefined":
        return ()
    try:
        leaves = _leaves(left, target, domain, choices)
    except (TooLarge, RecursionError):
        return ()
    return regions([(x.tower, x.signs) for x in leaves if x.left is None and x.right is not None and not x.is_edge])
