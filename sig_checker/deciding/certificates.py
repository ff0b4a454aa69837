"""What is told of a proof: the generators, what they stand for, and the common form of both sides; as data and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flint import fmpq_mpoly

from sig_checker.deciding.elements import Element, Generator, Key
from sig_checker.deciding.tower import Tower
from sig_checker.verdicts import Certificate, Message

__all__ = ["certificate"]

Legend = dict[int, tuple[str, str]]  # generator -> its short name, what it stands for ("" for a variable)


def certificate(t: Tower, common: Element | None, cells: int) -> Certificate:
    """For two sides whose difference is zero in every cell: `common` is what both are in the cell of `t`."""
    legend = _legend(t)
    facts = {"generators": ", ".join(f"{name} = {meaning}" for name, meaning in legend.values() if meaning)}
    if common is not None:
        low = t.cancel(common)
        over, under = _named(low.over, legend), _named(low.under, legend)
        facts["common form"] = over if under == "1" else f"{_factor(over)}/{_factor(under)}"
    facts["cells"] = str(cells)
    return Certificate("the difference has the zero polynomial as numerator", facts, tuple(_sentences(facts, cells)))


def _factor(text: str) -> str:
    """A polynomial as numerator or denominator: in brackets unless it is a name, a number or a power of one."""
    return text if re.fullmatch(r"\w+(\^\d+)?", text) else f"({text})"


def _sentences(facts: Mapping[str, str], cells: int) -> Iterator[Message]:
    form, names = (_for_people(facts.get(name, "")) for name in ("common form", "generators"))
    if cells > 1:
        yield Message("The signs of what the expressions hold make {count} cases; each is proved, one is shown.", count=cells)
    if form and names:
        yield Message("With {names} both sides are {form}.", names=names, form=form)
    elif form:
        yield Message("Multiplied out, both sides are {form}.", form=form)


def _for_people(text: str) -> str:
    """Exponentials and the upstream gradient as students write them."""
    return re.sub(r"\bexp\((\w+)\)", r"e^\1", re.sub(r"\bupstream\b", "dL/da", text)).replace("exp(", "e^(")


def _legend(t: Tower) -> Legend:
    """Generator -> its short name and what it stands for."""
    legend: Legend = {}
    letters = iter("tvwpqrsmnxyabcdefghijkloABCDEFGH")
    used = {str(g.key) for g in t.generators if g.kind == "var"}
    for i, g in enumerate(t.generators):
        if g.kind == "var":
            legend[i] = (str(g.key), "")
            continue
        legend[i] = (next(x for x in letters if x not in used), _meaning(t, g, legend))
    return legend


def _meaning(t: Tower, g: Generator, legend: Legend) -> str:
    """What a generator stands for, in terms of earlier ones."""
    root = f"^(1/{g.k})" if g.k > 1 else ""
    part = f"/{g.k}" if g.k > 1 else ""
    key: Any = g.key
    match g.kind, key:
        case "const", name:
            return str(name)
        case "exp", (over, under):
            return f"exp({_fraction(t, over, under, legend)}{part})"
        case "turn", "half turn":
            return f"exp(i*pi{part})"
        case "turn", (over, under):
            return f"exp(i*{_fraction(t, over, under, legend)}{part})"
        case "radical", (over, under):
            below = _named(t.poly(under), legend)
            return f"({below})*sqrt(({_named(t.poly(over), legend)})/({below}))"
        case "log", ("number", number):
            return f"log({number})"
        case "root", ("number", number):
            return f"{number}{root}"
        case "log", (_, poly):
            return f"log|{_named(t.poly(poly), legend)}|"
        case "root", (_, poly):
            return f"|{_named(t.poly(poly), legend)}|{root}"
        case _, (name, (over, under)) if g.kind == "angle":
            return f"{name}({_fraction(t, over, under, legend)})"
        case _, (name, args):
            return f"{name}({', '.join(_fraction(t, over, under, legend) for over, under in args)})"
    return g.kind


def _fraction(t: Tower, over: Key, under: Key, legend: Legend) -> str:
    text = _named(t.poly(over), legend)
    return text if under == t.unit_key else f"({text})/({_named(t.poly(under), legend)})"


def _named(p: fmpq_mpoly, legend: Legend) -> str:
    return re.sub(r"g(\d+)", lambda m: legend[int(m[1])][0], str(p))
