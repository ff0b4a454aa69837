"""Conditions on variables: which are decided already, which say what a variable is, and where a closed domain ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sig_checker.deciding.attempts import attempt
from sig_checker.deciding.cells import boundaries
from sig_checker.deciding.enclosures import FAILURES, holds, precision
from sig_checker.deciding.rewriting import build
from sig_checker.deciding.tower import Tower, key_of
from sig_checker.expressions import Compare, Expr, Var, free_names, replace_names

__all__ = ["certainly_fails", "closed_ends", "condition_at", "conditions", "solved"]

BITS = 256


def conditions(domain: Sequence[Compare]) -> list[Compare]:
    """The conditions one by one: what is joined by "and" is taken apart."""
    found: list[Compare] = []
    todo = list(reversed(domain))
    while todo:
        c = todo.pop()
        if c.op == "and":
            assert isinstance(c.left, Compare)
            assert isinstance(c.right, Compare)
            todo += [c.right, c.left]
        else:
            found.append(c)
    return found


def condition_at(c: Compare, here: Mapping[str, Expr]) -> Compare:
    """The condition with variables replaced by what they are."""
    changed = replace_names(c, here)
    assert isinstance(changed, Compare)
    return changed


def certainly_fails(c: Compare) -> bool:
    """Whether it is a statement about numbers, and false."""
    if free_names(c):
        return False
    with precision(BITS):
        try:
            return not holds(c, {})
        except FAILURES:
            return False


def solved(domain: Sequence[Compare], meanings: Collection[str]) -> tuple[str, Expr, list[Compare]] | None:
    """A variable, what the domain says it is, and the other conditions; None if none says so."""
    for i, c in enumerate(domain):
        if c.op == "==":
            for name, value in ((c.left, c.right), (c.right, c.left)):
                if isinstance(name, Var) and name.name not in meanings and name.name not in free_names(value):
                    return name.name, value, [*domain[:i], *domain[i + 1 :]]
    return None


def closed_ends(domain: Sequence[Compare]) -> list[tuple[str, Expr]] | None:
    """The places at which a domain ends that belong to it; None if one of them has no exact name here."""
    found: list[tuple[str, Expr]] = []
    for c in domain:
        if c.op in ("<=", ">=") and free_names(c):
            there = attempt(8, lambda t, c=c: _zeros(t, c))  # type: ignore[misc]
            if there is None:
                return None
            found += there
    return found


def _zeros(t: Tower, c: Compare) -> list[tuple[str, Expr]] | None:
    _, powers = t.factors(t.sub(build(t, c.left), build(t, c.right)))
    return boundaries(t, [key_of(f) for f, m in powers if m > 0])
