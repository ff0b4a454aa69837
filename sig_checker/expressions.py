"""The expressions that the reading produces and the deciding understands. Plain data; no evaluation, no simplification.

Functions are applied by name (`Call("exp", ...)`); `FUNCTIONS` lists the names with their number of arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

# fmt: off
__all__ = [
    "FUNCTIONS", "Add", "Call", "Cases", "Compare", "Const", "Deriv", "Div", "Expr", "Mul", "Neg", "Num", "Pow", "Survey",
    "Var", "children", "free_names", "is_deeper", "num", "rebuild", "replace_names", "survey",
]
# fmt: on

_OF_ONE = """
    exp log sqrt cbrt abs sign floor ceil sigma softplus relu heaviside erf expm1 log1p factorial
    sin cos tan cot sec csc asin acos atan acot asec acsc
    sinh cosh tanh coth sech csch asinh acosh atanh acoth asech acsch
"""
# name -> the least and the largest number of arguments; every one of these is real-valued on its real domain
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(_OF_ONE.split(), (1, 1)),
    **dict.fromkeys(("min", "max"), (1, 50)),
    "logaddexp": (2, 2),
}


class Expr:
    """Base of all nodes; nodes are immutable and compare by structure."""

    __slots__ = ("_survey",)  # what `survey` has found, kept with the node


@dataclass(frozen=True, slots=True)
class Num(Expr):
    value: Fraction


@dataclass(frozen=True, slots=True)
class Var(Expr):
    name: str


@dataclass(frozen=True, slots=True)
class Const(Expr):
    name: str  # "e", "pi", "oo"


@dataclass(frozen=True, slots=True)
class Neg(Expr):
    arg: Expr


@dataclass(frozen=True, slots=True)
class Add(Expr):
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Mul(Expr):
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Div(Expr):
    over: Expr
    under: Expr


@dataclass(frozen=True, slots=True)
class Pow(Expr):
    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    """A condition; `op` is one of < <= > >= == !=, or "true"/"false" (both sides ignored), "and"/"or" of two conditions."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Cases(Expr):
    """The value beside the first condition that holds; undefined where none does."""

    pieces: tuple[tuple[Expr, Compare], ...]


@dataclass(frozen=True, slots=True)
class Deriv(Expr):
    """The order-th derivative of `arg` by the variable `by`, not yet worked out; taken `at` a place if one is given."""

    arg: Expr
    by: str
    order: int = 1
    at: Expr | None = None


def num(value: int | Fraction) -> Num:
    return Num(Fraction(value))


_CHILDREN: dict[type[Expr], Callable[..., tuple[Expr, ...]]] = {
    Num: lambda _: (),
    Var: lambda _: (),
    Const: lambda _: (),
    Add: lambda e: e.args,
    Mul: lambda e: e.args,
    Call: lambda e: e.args,
    Neg: lambda e: (e.arg,),
    Deriv: lambda e: (e.arg,) if e.at is None else (e.arg, e.at),
    Div: lambda e: (e.over, e.under),
    Pow: lambda e: (e.base, e.exponent),
    Compare: lambda e: (e.left, e.right),
    Cases: lambda e: tuple(part for piece in e.pieces for part in piece),
}


def children(e: Expr) -> tuple[Expr, ...]:
    """The direct subexpressions, conditions included."""
    return _CHILDREN[type(e)](e)


def is_deeper(e: Expr, levels: int) -> bool:
    """Whether subexpressions stand in one another on more levels than that; looked at without going as deep itself.

    >>> is_deeper(Neg(Neg(Var("z"))), 3), is_deeper(Neg(Neg(Var("z"))), 2)
    (False, True)
    """
    level: list[Expr] = [e]
    for _ in range(levels):
        level = [part for whole in level for part in _CHILDREN[type(whole)](whole)]
        if not level:
            return False
    return True


class Survey(NamedTuple):
    """What occurs in an expression: how many nodes, which variables, functions and numbers, and which kinds of node."""

    nodes: int
    names: frozenset[str]
    functions: frozenset[str]
    numbers: tuple[Fraction, ...]
    kinds: frozenset[type[Expr]]


def survey(e: Expr) -> Survey:
    """Look through an expression, the first time that it is asked.

    >>> sorted(survey(Add((Var("z"), Mul((num(2), Var("a")))))).names)
    ['a', 'z']
    """
    try:
        return e._survey  # type: ignore[attr-defined,no-any-return]
    except AttributeError:
        pass
    names, functions, kinds = set(), set(), set()
    numbers: list[Fraction] = []
    nodes = [e]
    for node in nodes:  # it grows meanwhile
        kind = type(node)
        if kind is Num:
            numbers.append(node.value)  # type: ignore[attr-defined]
        elif kind is Var:
            names.add(node.name)  # type: ignore[attr-defined]
        elif kind is not Const:
            kinds.add(kind)
            if kind is Call:
                functions.add(node.name)  # type: ignore[attr-defined]
            nodes += _CHILDREN[kind](node)
    found = Survey(len(nodes), frozenset(names), frozenset(functions), tuple(numbers), frozenset(kinds))
    object.__setattr__(e, "_survey", found)  # the node is frozen; this is no part of its value
    return found


def rebuild(e: Expr, f: Callable[[Expr], Expr]) -> Expr:
    """The same node with `f` applied to each direct subexpression."""
    if isinstance(e, Num | Var | Const):
        return e
    if isinstance(e, Add | Mul):
        return type(e)(tuple(f(x) for x in e.args))
    if isinstance(e, Call):
        return Call(e.name, tuple(f(x) for x in e.args))
    if isinstance(e, Neg):
        return Neg(f(e.arg))
    if isinstance(e, Deriv):
        return Deriv(f(e.arg), e.by, e.order, None if e.at is None else f(e.at))
    if isinstance(e, Div):
        return Div(f(e.over), f(e.under))
    if isinstance(e, Pow):
        return Pow(f(e.base), f(e.exponent))
    if isinstance(e, Compare):
        return Compare(e.op, f(e.left), f(e.right))
    if isinstance(e, Cases):
        return Cases(tuple((f(x), _condition(f(c))) for x, c in e.pieces))
    raise TypeError(f"not an expression: {e!r}")


def _condition(e: Expr) -> Compare:
    assert isinstance(e, Compare)
    return e


def free_names(e: Expr) -> frozenset[str]:
    """Names of the variables in `e`."""
    return survey(e).names


def replace_names(e: Expr, by: Mapping[str, Expr]) -> Expr:
    """`e` with each variable that `by` names replaced; a derivative's own variable stays."""
    if isinstance(e, Var):
        return by.get(e.name, e)
    if isinstance(e, Deriv) and e.at is not None:  # inside, the variable is bound
        inside = {name: other for name, other in by.items() if name != e.by}
        return Deriv(replace_names(e.arg, inside), e.by, e.order, replace_names(e.at, by))
    return rebuild(e, lambda x: replace_names(x, by))
