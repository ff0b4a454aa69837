"""Where an expression is not defined, in words: isolated gaps, and whole intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from flint import fmpq_mpoly

from sig_checker.deciding.cells import boundaries, intervals
from sig_checker.deciding.conditions import certainly_fails, condition_at
from sig_checker.deciding.tower import Key, Tower, key_of
from sig_checker.expressions import Compare, Expr
from sig_checker.printing import to_plain

__all__ = ["gaps", "regions"]


def gaps(divided: Sequence[tuple[Tower, list[fmpq_mpoly]]], domain: Sequence[Compare] = ()) -> list[str]:
    """Isolated zeros of what was divided by ("z = 0"), where they can be named and may belong to the domain."""
    found: dict[str, None] = {}
    for t, polys in divided:
        for p in polys:
            for name, place in boundaries(t, [key_of(f) for f, _ in p.factor()[1]]) or []:
                if not any(certainly_fails(condition_at(c, {name: place})) for c in domain):
                    found[f"{name} = {to_plain(place)}"] = None
    return list(found)


def regions(cells: Sequence[tuple[Tower, Mapping[Key, int]]]) -> tuple[str, ...]:
    """Each cell as intervals, "0 < x < 1, y > 0"; () unless all of them can be named."""
    found: dict[str, None] = {}
    for t, signs in cells:
        by_name = intervals(t, signs)
        if by_name is None:
            return ()
        sides = [[x for ends in by_name[name] if (x := _interval(name, *ends))] for name in sorted(by_name)]
        found |= dict.fromkeys(", ".join(x) for x in product(*filter(None, sides)) if x)
    return tuple(found)


def _interval(name: str, low: Expr | None, high: Expr | None) -> str:
    if low is None:
        return f"{name} < {to_plain(high)}" if high is not None else ""
    return f"{name} > {to_plain(low)}" if high is None else f"{to_plain(low)} < {name} < {to_plain(high)}"
