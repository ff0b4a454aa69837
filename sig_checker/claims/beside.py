"""What stands beside a value or a place: equations such as a = 1/2 (z = 0), which must be true there."""

from __future__ import annotations

from fractions import Fraction

from sig_checker.claims.expressions import Subject
from sig_checker.claims.forms import in_terms_of
from sig_checker.deciding.identities import compare
from sig_checker.deciding.tails import tails_of
from sig_checker.expressions import Add, Const, Expr, Neg, Var, children, free_names, replace_names
from sig_checker.reading.places import Condition, Places

__all__ = ["hold", "infinite", "reached", "same"]


def infinite(e: Expr) -> bool:
    """Whether infinity occurs in it."""
    return e == Const("oo") or any(infinite(x) for x in children(e))


def same(left: Expr, right: Expr, subject: Subject) -> bool | None:
    """Whether both sides are the same, with the activation replaced and derivatives worked out; None if that is not clear."""
    try:
        return compare(subject.meant(left), subject.meant(right)).equal
    except ValueError:
        return None


def hold(claimed: Places, subject: Subject) -> bool:
    """Whether each equation beside a place is proved there, at infinity as a limit; one that stands alone, at any of them, but
    not at infinity, of which there are two: "±∞, a = 0" is half the truth."""

    def holds(said: Condition, place: Expr) -> bool:
        try:
            one, other = subject.meant(said.left), subject.meant(said.right)
        except ValueError:
            return False
        if not infinite(place):
            at = {subject.variable: place}
            return compare(replace_names(one, at), replace_names(other, at)).equal is True
        apart = tails_of(Add((one, Neg(other))), subject.variable)
        return apart is not None and (apart.left if isinstance(place, Neg) else apart.right) == (Fraction(0), 0)

    finite = [p for p in claimed.points if not infinite(p)]
    return all(
        all(holds(said, p) for p in said.beside) if said.beside else any(holds(said, p) for p in finite)
        for said in claimed.conditions
    )


def reached(value: Expr, beside: Places, subject: Subject) -> bool:
    """Whether the derivative, as a polynomial in the activation, has this value where the activation is what is said of it."""
    name = subject.activation
    polynomial = in_terms_of(subject.truth, subject.function, name) if beside.conditions else None
    return all(
        polynomial is not None
        and not free_names(right)
        and same(left, Var(name), subject) is True
        and compare(replace_names(polynomial, {name: right}), value).equal is True
        for left, right, _ in beside.conditions
    )
