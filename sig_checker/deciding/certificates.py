"""What is told of a proof: the generators, what they stand for, and the common form of both sides."""

from __future__ import annotations

import re

from flint import fmpq_mpoly

from sig_checker.deciding.tower import Element, Tower
from sig_checker.verdicts import Certificate

__all__ = ["certificate"]


def certificate(t: Tower, common: Element | None, cells: int) -> Certificate:
    """For two sides whose difference is zero in every cell: `common` is what both are in the cell of `t`."""
    legend = _legend(t)
    facts = {"generators": ", ".join(f"{name} = {meaning}" for name, meaning in legend.values() if meaning)}
    if common is not None:
        low = t.cancel(common)
        facts["common form"] = f"({_named(low.over, legend)})/({_named(low.under, legend)})"
    facts["cells"] = str(cells)
    return Certificate("the difference has the zero polynomial as numerator", facts)


def _legend(t: Tower) -> dict[int, tuple[str, str]]:
    """Generator -> its short name and what it stands for."""
    legend: dict[int, tuple[str, str]] = {}
    letters = iter("tvwpqrsmnxyabcdefghijkloABCDEFGH")
    used = {str(g.key) for g in t.generators if g.kind == "var"}
    for i, g in enumerate(t.generators):
        if g.kind == "var":
            legend[i] = (str(g.key), "")
            continue
        name = next(x for x in letters if x not in used)
        if g.kind == "exp" and isinstance(g.key, tuple) and g.key[1] == t.unit_key:
            inside = _named(t.poly(g.key[0]), legend)
            meaning = f"exp({inside}" + (f"/{g.k})" if g.k > 1 else ")")
        else:
            meaning = f"{g.kind}[{_meaning(t, g.key, legend)}]" + (f"^(1/{g.k})" if g.k > 1 else "")
        legend[i] = (name, meaning)
    return legend


def _meaning(t: Tower, key: object, legend: dict[int, tuple[str, str]]) -> str:
    """What stands inside a root, a logarithm or a function."""
    if isinstance(key, tuple) and key[0] == "poly":
        return _named(t.poly(key[1]), legend)
    if isinstance(key, tuple) and key[0] == "number":
        return str(key[1])
    if isinstance(key, tuple) and len(key) == 2:
        over, under = key if not isinstance(key[0], str) else key[1][0]
        return f"({_named(t.poly(over), legend)})/({_named(t.poly(under), legend)})"
    return str(key)


def _named(p: fmpq_mpoly, legend: dict[int, tuple[str, str]]) -> str:
    return re.sub(r"g(\d+)", lambda m: legend[int(m[1])][0], str(p))
