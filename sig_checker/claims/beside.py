"""What stands beside a value or a place: equations such as a = 1/2 (z = 0), which must be true there."""

from __future__ import annotations

from sig_checker.claims.expressions import Subject
from sig_checker.claims.forms import in_terms_of
from sig_checker.deciding.identities import compare
from sig_checker.expressions import Const, Expr, Var, children, free_names, replace_names
from sig_checker.reading.places import Places

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
    """Whether each equation that stands beside the places is proved at one of them; at infinity none is."""
    finite = [{subject.variable: p} for p in claimed.points if not infinite(p)]

    def holds(left: Expr, right: Expr, at: dict[str, Expr]) -> bool:
        try:
            one, other = (replace_names(subject.meant(side), at) for side in (left, right))
        except ValueError:
            return False
        return compare(one, other).equal is True

    return all(any(holds(left, right, at) for at in finite) for left, right in claimed.conditions)


def reached(value: Expr, beside: Places, subject: Subject) -> bool:
    """Whether the derivative, as a polynomial in the activation, has this value where the activation is what is said of it."""
    name = subject.activation
    polynomial = in_terms_of(subject.truth, subject.function, name) if beside.conditions else None
    return all(
        polynomial is not None
        and not free_names(right)
        and same(left, Var(name), subject) is True
        and compare(replace_names(polynomial, {name: right}), value).equal is True
        for left, right in beside.conditions
    )
