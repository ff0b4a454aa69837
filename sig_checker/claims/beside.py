"""What stands beside a value or a place: equations such as a = 1/2 (z = 0), which must be true there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from flint import arb, fmpq

from sig_checker.claims.expressions import Subject
from sig_checker.claims.forms import in_terms_of
from sig_checker.deciding.enclosures import FAILURES, enclose, precision
from sig_checker.deciding.identities import compare
from sig_checker.deciding.tails import tails_of
from sig_checker.expressions import Add, Const, Expr, Neg, Num, Var, children, free_names, replace_names
from sig_checker.reading.places import Condition, Places

__all__ = ["every", "hold", "infinite", "near", "reached", "same"]

_BITS = 128
_MOST_DECIMALS = 60  # of a number that may be rounded
_PIECES = 16  # into which what it may stand for is cut, since narrow balls tell more
_AROUND = arb(0, 1)


def infinite(e: Expr) -> bool:
    """Whether infinity occurs in it."""
    return e == Const("oo") or any(infinite(x) for x in children(e))


def same(left: Expr, right: Expr, subject: Subject) -> bool | None:
    """Whether both sides are the same, with the activation replaced and derivatives worked out; None if that is not clear."""
    return _compared(left, right, subject, lambda e: e)


def every(answers: Iterable[bool | None]) -> bool | None:
    """False if one is, None if one is not clear, else True."""
    found = set(answers)
    return False if False in found else None if None in found else True


def hold(claimed: Places, subject: Subject) -> bool | None:
    """Whether what is said of places is true of them, at infinity as a limit; None if that is not clear.

    Several equations for the same thing are alternatives where they are said of several places: "±∞ (a = 0 or 1)" gives each
    place one of them, and each of them a place. Where it is not clear of which they are said, they need not be false if
    some of the places have none.
    """
    groups: dict[tuple[Expr, tuple[Expr, ...]], list[Condition]] = {}
    for said in claimed.conditions:
        groups.setdefault((said.left, said.beside), []).append(said)
    found: list[bool | None] = []
    for (_, beside), group in groups.items():
        table = [[_holds(said, place, subject) for place in beside or claimed.points] for said in group]
        everywhere = every(map(_some, zip(*table, strict=True)))
        found += [every(map(_some, table)), everywhere if everywhere or beside else None]
    return every(found)


def _some(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False


def near(e: Expr, name: str, at: Expr, value: Expr) -> bool:
    """Whether numbers with decimals, which may be rounded, make it unclear whether `e` has that value where `name` is `at`."""
    if not _decimals(at) and not _decimals(value):
        return False
    with precision(_BITS + 4 * _MOST_DECIMALS):
        try:
            return any(enclose(e, {name: x}).overlaps(y) for x in _meant(at) for y in _meant(value))
        except FAILURES:
            return True


def _meant(number: Expr) -> list[arb]:
    """Balls around all numbers that one with decimals may have been rounded to or cut off from; any other is exact."""
    centre, digits = enclose(number, {}), _decimals(number)
    if not digits:
        return [centre]
    step = arb(fmpq(1, 10**digits * _PIECES))
    return [centre + step * (2 * i + 1 - _PIECES) + step * _AROUND for i in range(_PIECES)]


def _decimals(e: Expr) -> int:
    """How many a number is written with; 0 for any other expression."""
    number = e.arg if isinstance(e, Neg) else e
    if not isinstance(number, Num):
        return 0
    return next((k for k in range(_MOST_DECIMALS) if 10**k % number.value.denominator == 0), 0)


def _holds(said: Condition, place: Expr, subject: Subject) -> bool | None:
    if infinite(place):
        return _tends(said, -1 if isinstance(place, Neg) else 1, subject)
    here = {subject.variable: place}
    if infinite(said.right):
        finite = _compared(said.left, said.left, subject, lambda e: replace_names(e, here))
        return False if finite else None
    found = _compared(said.left, said.right, subject, lambda e: replace_names(e, here))
    return None if found is False and near(subject.meant(said.left), subject.variable, place, said.right) else found


def _compared(left: Expr, right: Expr, subject: Subject, prepared: Callable[[Expr], Expr]) -> bool | None:
    try:
        return compare(prepared(subject.meant(left)), prepared(subject.meant(right))).equal
    except ValueError:
        return None


def _tends(said: Condition, end: int, subject: Subject) -> bool | None:
    """Whether both sides have the same limit, or the left one grows beyond bounds as the right one says."""
    try:
        left, right = subject.meant(said.left), subject.meant(said.right)
    except ValueError:
        return None
    if not free_names(left) | free_names(right):
        return compare(left, right).equal
    unbounded = {Const("oo"): 1, Neg(Const("oo")): -1}.get(right)
    apart = tails_of(left if unbounded else Add((left, Neg(right))), subject.variable)
    if apart is None:
        return True if compare(left, right).equal else None
    limit, sign = apart.right if end > 0 else apart.left
    if unbounded or limit is None:
        return (limit, sign) == (None, unbounded)
    digits = _decimals(right)
    return None if limit and digits and abs(limit) <= Fraction(1, 10**digits) else limit == 0


def reached(value: Expr, beside: Places, subject: Subject) -> bool | None:
    """Whether the derivative, as a polynomial in the activation, has this value where the activation is what is said of it."""
    name = subject.activation
    polynomial = in_terms_of(subject.truth, subject.function, name) if beside.conditions else None

    def reaches(said: Condition) -> bool | None:
        if polynomial is None or free_names(said.right) or same(said.left, Var(name), subject) is not True:
            return None
        if infinite(said.right):
            return False if name in free_names(polynomial) else None
        found = compare(replace_names(polynomial, {name: said.right}), value).equal
        return None if found is False and near(polynomial, name, said.right, value) else found

    return every(map(reaches, beside.conditions))
