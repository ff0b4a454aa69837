"""Claims about extremes: the largest and smallest value of the local gradient, and where they are taken or approached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from flint import arb

from sig_checker.claims.beside import every, hold, infinite, near, reached, same
from sig_checker.claims.expressions import Subject, as_read, has_derivative, restated
from sig_checker.claims.extreme_proofs import certificate_of_extreme
from sig_checker.deciding.enclosures import FAILURES, NotReal, disjoint, enclose, exact, precision, show
from sig_checker.deciding.extremes import Extreme, Extremes, Place
from sig_checker.deciding.reals import gap_to, within
from sig_checker.deciding.witnesses import PRECISIONS, show_apart
from sig_checker.expressions import Const, Expr, Neg, Var, free_names
from sig_checker.reading import to_plain
from sig_checker.reading.places import Places
from sig_checker.reading.values import Value
from sig_checker.verdicts import Message, Portion, Report, Verdict, Witness

__all__ = ["Side", "Wanted", "judge_places", "judge_value"]

Side = Literal["largest", "smallest"]
Scope = Literal["global", "local"]
INFINITY = Const("oo")
_LARGER = Message("Not right: there is an input at which the derivative is larger.")
_SMALLER = Message("Not right: there is an input at which the derivative is smaller.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which extreme is asked for, and how closely: so many decimals, or 0 for the number itself."""

    side: Side
    digits: int = 0
    scope: Scope = "global"

    @property
    def name(self) -> Message:
        """What is asked for, as textbooks call it."""
        if self.scope == "local":
            return Message("local maximum") if self.side == "largest" else Message("local minimum")
        return Message("largest value") if self.side == "largest" else Message("smallest value")

    def among(self, found: Extremes) -> Extreme | None:
        """The extreme with all its places; None if it is not known, or if local ones have several values."""
        if self.scope == "global":
            return found.largest if self.side == "largest" else found.smallest
        local = found.peaks if self.side == "largest" else found.troughs
        if len(local) == 1:
            return local[0]
        return Extreme(None, tuple(place for e in local for place in e.places)) if local else None


def judge_value(claim: Value, found: Extremes | None, wanted: Wanted, subject: Subject) -> Report:
    """Is `claim` the largest (smallest) value, or the bound that the values approach?"""
    return as_read(_judge_value(claim, found, wanted, subject), claim.value)


def _judge_value(claim: Value, found: Extremes | None, wanted: Wanted, subject: Subject) -> Report:
    value = claim.value
    if has_derivative(value):
        return restated()
    if free_names(value):
        return Report(
            Verdict.REFUTED,
            Message(
                "A number was expected; the answer still holds the name {name}.", name=to_plain(Var(min(free_names(value))))
            ),
        )
    if found is None:
        return _open()
    truth = wanted.among(found)
    if truth is None or (truth.value is None and wanted.scope == "local"):
        return _open()
    if infinite(value):
        grows = truth.value is None and (value == INFINITY) is (wanted.side == "largest")
        if grows:
            return Report(Verdict.PROVED, Message("Right: the derivative has no bound on this side."))
        return Report(Verdict.REFUTED, Message("Not right: the derivative does not go to this infinity."))
    if truth.value is None:
        return _surpassed(value, found, truth, wanted)
    for other in claim.also:
        if same(other, value, subject) is not True:
            return Report(Verdict.REFUTED, Message("The two sides of the equation are different numbers."))
    equal = within(truth.value, value, wanted.digits) if wanted.digits else truth.value.equals(value)
    if equal is None:
        return Report(Verdict.UNDECIDED, Message("Neither proved nor refuted; a person decides."))
    if not equal:
        return _refuted_value(value, found, truth, wanted)
    if claim.attained is not None and claim.attained is not truth.attained:
        return Report(
            Verdict.UNDECIDED, Message("The value is right, what is said of its being attained is not; a person decides.")
        )
    places = [_which(p, found, truth.places, wanted.digits) for p in claim.beside.points]
    there = every(
        None if i is None or (i < 0 and near(found.function, found.variable, p, value)) else i >= 0
        for p, i in zip(claim.beside.points, places, strict=True)
    )
    said = hold(claim.beside, subject) if claim.beside.points else reached(value, claim.beside, subject)
    if every((there, said)) is not True:
        return _beside_it(every((there, said)))
    limit = Message("The derivative comes as close to this value as one likes, but never takes it.")
    return Report(
        Verdict.PROVED,
        Message("Right: proved by the exact critical points and the limits at both ends."),
        certificate=certificate_of_extreme(found, truth),
        notes=() if truth.attained else (limit,),
    )


def _beside_it(true: bool | None) -> Report:
    """The report where what stands beside a right answer is false, or where nobody can tell here."""
    if true is False:
        return Report(Verdict.REFUTED, Message("Not right: what was written beside the answer is false."))
    return Report(Verdict.UNDECIDED, Message("That is right, but not all that stands beside it is clear; a person decides."))


def _open() -> Report:
    return Report(Verdict.UNDECIDED, Message("This derivative's extremes are not decided automatically; a person decides."))


def _surpassed(value: Expr, found: Extremes, truth: Extreme, wanted: Wanted) -> Report:
    """A number where the values have no bound: the same words as for a number that is too small, which tell no more."""
    larger = wanted.side == "largest"
    with precision(256):
        try:
            witness = _beating(enclose(value, {}), found, truth, 256, larger=larger)
        except FAILURES:
            return Report(Verdict.REFUTED, Message("Not right: this is no real number."))
    return Report(Verdict.REFUTED, _LARGER if larger else _SMALLER, witness=witness)


def _refuted_value(value: Expr, found: Extremes, truth: Extreme, wanted: Wanted) -> Report:
    """With a point at which the function beats the claim, or else with the claim beside the bound that it misses."""
    assert truth.value is not None
    larger = wanted.side == "largest"
    witness = None
    for bits in PRECISIONS[1:]:
        with precision(bits):
            try:
                claimed, actual = enclose(value, {}), truth.value.ball()
            except NotReal:
                return Report(Verdict.REFUTED, Message("Not right: this is no real number."))
            except FAILURES:
                continue
            if wanted.scope == "global" and (claimed < actual if larger else claimed > actual):
                witness = _beating(claimed, found, truth, bits, larger=larger)
                if witness is not None or bits == PRECISIONS[-1]:
                    return Report(Verdict.REFUTED, _LARGER if larger else _SMALLER, witness=witness)
                continue
            printed = show_apart(claimed, actual, bits) if disjoint(claimed, actual) else None
            if printed is not None:
                witness = Witness({}, *printed)
                break
    gap = gap_to(truth.value, value) if witness is None else None
    if gap is not None:  # nearer than any precision here tells
        with precision(PRECISIONS[1]):
            shown = show(truth.value.ball())
        witness = Witness({}, f"{shown} + {show(gap)}", shown)
    return Report(Verdict.REFUTED, Message("Not right: the extreme is another number."), witness=witness)


def _beating(claimed: arb, found: Extremes, truth: Extreme, bits: int, *, larger: bool) -> Witness | None:
    """A rational input at which the function's value lies beyond what was claimed to be its extreme."""
    for z in _near(found, truth, bits):
        try:
            value = enclose(found.function, {found.variable: exact(z)})
        except FAILURES:
            continue
        if value > claimed if larger else value < claimed:
            printed = show_apart(claimed, value, bits)
            if printed is not None:
                return Witness({found.variable: str(z)}, *printed, "bound")
    return None


def _near(found: Extremes, truth: Extreme, bits: int) -> Iterator[Fraction]:
    """Rational inputs of the interval, closer and closer to where the extreme is.

    Beside it, since the place is another task's answer.
    """
    inside = found.interval.includes
    for place in truth.places:
        if place.end:
            yield from (Fraction(place.end * 2**i) for i in (*range(2, 14), 16, 32, 64, 128, 256, 512))
        elif place.point is not None:
            ball = place.point.ball()
            at = ball.log() * found.k if found.exponential else ball
            for digits in (1, 4, 16, 64, bits - 16):
                low = int((at * 2**digits).mid().floor().unique_fmpz() or 0)
                yield from (z for n in (low + 1, low - 1) if inside(z := Fraction(n, 2**digits)))
    for end, inwards in ((found.interval.low, 1), (found.interval.high, -1)):
        if end is not None:
            yield from (z for i in (4, 16, 64, bits) if inside(z := end + Fraction(inwards, 2**i)))


def judge_places(claimed: Places, found: Extremes | None, wanted: Wanted, subject: Subject) -> Report:
    """Are these the places at which the extreme is taken, or the ends at which it is approached? All of them, and no other."""
    report = _judge_places(claimed.points, found, wanted)
    right = report.verdict is Verdict.PROVED
    said = hold(claimed, subject) if right or report.portion else True
    if said is False or (right and said is None):
        report = _beside_it(said)
    return as_read(report, *claimed.points)


def _judge_places(claimed: Sequence[Expr], found: Extremes | None, wanted: Wanted) -> Report:
    if found is None:
        return _open()
    truth = wanted.among(found)
    if truth is None:
        return _open()
    hit: set[int] = set()
    for place in claimed:
        if free_names(place):
            return Report(
                Verdict.REFUTED,
                Message(
                    "A number or infinity was expected; the answer still holds the name {name}.",
                    name=to_plain(Var(min(free_names(place)))),
                ),
            )
        which = _which(place, found, truth.places, wanted.digits)
        if which is None:
            return Report(Verdict.UNDECIDED, Message("Neither proved nor refuted; a person decides."))
        if which < 0:
            shown = to_plain(place).replace("oo", "∞") if infinite(place) else to_plain(place)
            return Report(
                Verdict.REFUTED,
                Message("Not right: {place} is not a place of the derivative's {extreme}.", place=shown, extreme=wanted.name),
                witness=_elsewhere(place, found, truth),
            )
        hit.add(which)
    everywhere = frozenset(range(len(truth.places)))
    taken = frozenset(i for i in everywhere if truth.places[i].attained) or everywhere
    if hit not in (taken, everywhere):  # an end that is only approached need not be named beside places where it is taken
        return Report(
            Verdict.REFUTED,
            Message("Right as far as it goes, but not complete: there are more places than the {count} given.", count=len(hit)),
            portion=Portion("places", len(hit), len(taken if hit < taken else everywhere)),
        )
    limit = Message("There the derivative comes as close to this value as one likes, but never takes it.")
    return Report(
        Verdict.PROVED,
        Message("Right: proved by the exact critical points and the limits at both ends."),
        certificate=certificate_of_extreme(found, truth) if truth.value is not None else None,
        notes=() if truth.attained else (limit,),
    )


def _which(place: Expr, found: Extremes, places: tuple[Place, ...], digits: int) -> int | None:
    """The index of the place that is meant, -1 if it is none of them, None if that cannot be told."""
    end = 1 if place == INFINITY else -1 if isinstance(place, Neg) and place.arg == INFINITY else 0
    if end:
        return next((i for i, p in enumerate(places) if p.end == end), -1)
    if infinite(place):
        return -1
    coordinate = found.coordinate(place)
    doubtful = False
    for i, p in enumerate(places):
        if p.point is not None:
            decimals = digits and not found.exponential  # a place that is a logarithm has its closed form
            same = within(p.point, coordinate, digits) if decimals else p.point.equals(coordinate)
            if same:
                return i
            doubtful = doubtful or same is None
    return None if doubtful else -1


def _elsewhere(place: Expr, found: Extremes, truth: Extreme) -> Witness | None:
    """The function's value at a finite place beside the extreme: two disjoint enclosures."""
    if infinite(place) or truth.value is None:
        return None
    for bits in PRECISIONS:
        with precision(bits):
            try:
                at = enclose(place, {})
                here = enclose(found.function, {found.variable: at})
            except FAILURES:
                continue
            there = truth.value.ball()
            printed = show_apart(here, there, bits) if disjoint(here, there) else None
            if printed is not None:
                return Witness({found.variable: to_plain(place)}, *printed, "place")
    return None
