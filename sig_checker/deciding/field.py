"""Fractions of polynomials in generators, their arithmetic, and what may stop it. See `tower` for what generators stand for.

Each operation is bounded before it is begun; see `limits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple, Self

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from sig_checker.deciding.elements import Element, Generator, Key, Names, NotReal, WiderContext, Work, key_of
from sig_checker.deciding.limits import limits, refuse
from sig_checker.expressions import Expr

__all__ = ["Field"]

_SMALL = 17
HEAVY = 64  # bits; as long as no coefficient has more, products need no look at their sizes
FEW_TIMES, GROWTH = 8, 64  # powers that are small, and their product up to which coefficients stay short
OVERHEAD = 50  # what an operation costs besides, in products of terms
FEW = 64  # terms; so many short coefficients are no danger however often they are multiplied


class _Context(NamedTuple):
    """What all fields with places for so many generators share."""

    ring: fmpq_mpoly_ctx
    generators: tuple[fmpq_mpoly, ...]
    unit: fmpq_mpoly
    unit_key: Key
    small: tuple[Element, ...]  # the whole numbers from 0


@lru_cache(maxsize=8)
def _context(size: int) -> _Context:
    ring = fmpq_mpoly_ctx.get([f"g{i}" for i in range(size)], Ordering.lex)
    unit = ring.constant(1)
    small = tuple(Element(unit if n == 1 else ring.constant(n), unit) for n in range(_SMALL))
    return _Context(ring, tuple(ring.gens()), unit, key_of(unit), small)


class Field:
    """Generators with their relations, and the arithmetic of the fractions over them.

    Args:
        size: how many generators there is place for.
        scales: index -> the k that an earlier attempt asked for with `Rescale`.
        signs: irreducible polynomial -> its sign in the cell in which we are; 0 on an edge between two cells.
        meanings: names that stand for expressions.
    """

    def __init__(
        self,
        size: int = 4,
        scales: Mapping[int, int] | None = None,
        signs: Mapping[Key, int] | None = None,
        meanings: Mapping[str, Expr] | None = None,
    ) -> None:
        self.size = size
        self.context, self._gens, self.unit, self.unit_key, self._small = _context(size)
        self.scales = scales or {}
        self.signs = dict(signs or {})
        self.meanings = meanings or {}
        self.bound: dict[str, Element] = {}  # elements of the meanings that were asked for
        self.work = Work()
        self.heavy = False  # whether a coefficient may be long
        self.growth = 1  # the product of the small powers that were taken without a look at the coefficients
        self.known: dict[Expr, Element] = {}  # elements of function values that were asked for
        self.exponentials: dict[Expr, Element] = {}  # exponent -> element
        self.generators: list[Generator] = []
        self._index: dict[object, int] = {}
        self._plain: dict[object, int] = {}  # monomial -> the generator of its exponential
        self.zero, self.one = self._small[:2]
        self.relations: dict[int, tuple[int, fmpq_mpoly]] = {}  # generator -> (q, what its q-th power is)
        self.zeros = [self.poly(key) for key, sign in self.signs.items() if sign == 0]
        self.inverted: list[fmpq_mpoly] = []  # what was divided by and may be zero somewhere
        self.alike: list[tuple[str, Element, int]] = []  # function, argument, generator: found again by what they equal
        self.partial: list[int] = []  # generators that may not be real throughout the cell, each time they were used
        self.total: set[int] = set()  # generators that are
        self.cosines: dict[int, Element] = {}  # generator asin x -> √(1 - x²)
        self.shown: dict[Key, int] = {}  # signs that follow from those of the cell

    def copy(self) -> Self:
        """A field that goes on from here by itself."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.signs, other.bound, other._index = dict(self.signs), dict(self.bound), dict(self._index)
        other.known, other.exponentials, other._plain = dict(self.known), dict(self.exponentials), dict(self._plain)
        other.generators, other.relations, other.inverted = list(self.generators), dict(self.relations), list(self.inverted)
        other.alike, other.partial, other.total = list(self.alike), list(self.partial), set(self.total)
        other.cosines, other.shown = dict(self.cosines), dict(self.shown)
        return other

    # ---- generators

    def generator(self, kind: str, key: object, *, positive: bool = False) -> int:
        """The index of the generator for `key`, made when it is first asked for."""
        name = (kind, key)
        index = self._index.get(name)
        if index is None:
            index = len(self.generators)
            if index >= len(self._gens):
                raise WiderContext
            self.generators.append(Generator(kind, key, self.scales.get(index, 1), positive))
            self._index[name] = index
        return index

    def inside(self, g: Generator) -> list[fmpq_mpoly]:
        """The polynomials that a generator is a function of."""
        what: Any = g.key
        match g.kind, what:
            case "log" | "root", ("poly", key):
                return [self.poly(key)]
            case ("exp" | "turn" | "radical", (over, under)) | ("angle", (_, (over, under))):
                return [self.poly(over), self.poly(under)]
            case "opaque", (_, args):
                return [self.poly(key) for pair in args for key in pair]
        return []

    def names(self, p: fmpq_mpoly) -> Names:
        """What the generators are up to the last one in p: a key means the same in another field that has these first."""
        last = max((i for i, d in enumerate(p.degrees()) if d), default=-1)
        return tuple((g.kind, g.key) for g in self.generators[: last + 1])

    def element(self, index: int) -> Element:
        return Element(self._gens[index], self.unit)

    def variable(self, name: str) -> Element:
        return self.element(self.generator("var", name))

    def number(self, value: Fraction) -> Element:
        over, under = value.as_integer_ratio()
        if under == 1 and 0 <= over < _SMALL:
            return self._small[over]
        bits = max(over.bit_length(), under.bit_length())
        if bits > HEAVY:
            self.heavy = True
            if bits > limits.bits:
                refuse()
        return Element(self.context.constant(fmpq(over, under)), self.unit)

    def is_plainly_signed(self, p: fmpq_mpoly) -> bool:
        """Whether all terms are positive, or all negative, because the generators in it are positive."""
        if len({c > 0 for c in p.coeffs()}) > 1:
            return False
        return all(generator.positive for generator, d in zip(self.generators, p.degrees(), strict=False) if d)

    def poly(self, key: Key) -> fmpq_mpoly:
        """The polynomial that a key names."""
        return self.context.from_dict(dict(zip(*key, strict=True)))

    # ---- field operations

    def times(self, a: fmpq_mpoly, b: fmpq_mpoly) -> fmpq_mpoly:
        if a is self.unit:
            return b
        if b is self.unit:
            return a
        terms = len(a) * len(b)
        if terms > limits.terms:
            refuse()
        if self.heavy:
            bits = _bits(a) + _bits(b)
            if terms * bits > limits.size:
                refuse()
            terms += terms * bits // 512
        self.work.spend(terms + OVERHEAD)
        product = a * b
        if len(product) > FEW:
            self.check_size(product)
        return product

    def check_size(self, p: fmpq_mpoly) -> None:
        if max(p.degrees()) > limits.degree:
            refuse()
        self.heavy = self.heavy or _bits(p) > HEAVY

    def divided(self, p: fmpq_mpoly, f: fmpq_mpoly) -> tuple[fmpq_mpoly, fmpq_mpoly]:
        """Quotient and remainder, once it is known that neither can be large."""
        self.check_dense(p, f)
        whole, rest = divmod(p, f)
        return whole, rest

    def check_dense(self, p: fmpq_mpoly, f: fmpq_mpoly) -> None:
        """Refuse a division or a common divisor that may have more terms than there is room for."""
        if len(p) == 1 and f.is_constant():
            return
        size = 1
        for d, e in zip(p.degrees(), f.degrees(), strict=True):
            size *= max(d, e) + 1
        bits = _bits(p) + _bits(f) if self.heavy else HEAVY
        if size > limits.dense or size * bits > limits.size:
            refuse()

    def add(self, a: Element, b: Element) -> Element:
        if a.under is b.under or a.under == b.under:
            return Element(a.over + b.over, a.under)
        return self.short(Element(self.times(a.over, b.under) + self.times(b.over, a.under), self.times(a.under, b.under)))

    def neg(self, a: Element) -> Element:
        return Element(-a.over, a.under)

    def sub(self, a: Element, b: Element) -> Element:
        return self.add(a, self.neg(b))

    def mul(self, a: Element, b: Element) -> Element:
        return self.short(Element(self.times(a.over, b.over), self.times(a.under, b.under)))

    def short(self, a: Element) -> Element:
        """Cancel common factors once it pays."""
        if len(a.over) + len(a.under) > 24:
            return self.cancel(a)
        return a

    def cancel(self, a: Element) -> Element:
        """Lowest terms, the denominator's leading coefficient 1: two equal elements look the same (relations apart)."""
        over, under = a.over, a.under
        if over.is_zero():
            return self.zero
        if not under.is_constant():
            if len(under) > 2 and len(over) > 2:  # what divides two terms leaves no more than a degree's worth of them
                self.check_dense(over, under)
                self.work.spend(100 * (len(over) + len(under)))
            common = over.gcd(under)
            if not common.is_constant():
                over, under = over / common, under / common
        lead = under.leading_coefficient()
        return Element(over, under) if lead == 1 else Element(over / lead, under / lead)

    def inverse(self, a: Element) -> Element:
        over = self.reduce(a.over)
        if self.vanishes(over):
            raise NotReal("division by zero")
        if not self.is_plainly_signed(over):
            self.inverted.append(over)
        return Element(a.under, over)

    def div(self, a: Element, b: Element) -> Element:
        return self.mul(a, self.inverse(b))

    def power(self, a: Element, n: int) -> Element:
        if n < 0:
            a, n = self.inverse(a), -n
        return Element(self.poly_power(a.over, n), self.poly_power(a.under, n))

    def poly_power(self, p: fmpq_mpoly, n: int) -> fmpq_mpoly:
        if n == 0 or p is self.unit:
            return self.unit
        if n == 1:
            return p
        terms = len(p)
        if terms == 0:
            return p
        if n <= FEW_TIMES and self.growth < GROWTH and terms <= FEW:
            self.growth *= n
            bits = 1
        else:
            bits = _bits(p)
        degree = p.total_degree() * n  # at first, since that is had sooner than the degree in each generator
        if n * bits > limits.bits or (degree > limits.degree and max(p.degrees()) * n > limits.degree):
            refuse()
        if n * bits > HEAVY:
            self.heavy = True
        if terms > 1:
            size = 1  # the multinomial bound on the number of terms
            for j in range(1, terms):
                size = size * (n + j) // j
                if size > limits.terms:
                    break
            if size > FEW:
                size = min(size, prod(d * n + 1 for d in p.degrees()))
            if size > limits.terms or n * terms > limits.terms or size * n * bits > limits.size:
                refuse()
            self.work.spend(size * terms * (1 + n * bits // 512))
        return p**n

    def is_zero(self, a: Element) -> bool:
        return self.vanishes(a.over)

    def vanishes(self, p: fmpq_mpoly) -> bool:
        """Whether p is zero, by the relations, or on the edge where one of `zeros` is zero."""
        if self.relations and not p.is_zero():
            p = self.reduce(p)
        if p.is_zero():
            return True
        return bool(self.zeros) and any(bool(self.divided(p, f)[1].is_zero()) for f in self.zeros)

    def reduce(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """p with the q-th powers of roots replaced by what they are, the newest generator first."""
        if not self.relations:
            return p
        for index in sorted(self.relations, reverse=True):
            q, value = self.relations[index]
            while p.degrees()[index] >= q:
                groups: dict[int, dict[tuple[int, ...], fmpq]] = {}
                for monomial, coefficient in p.terms():
                    m, r = divmod(monomial[index], q)
                    groups.setdefault(m, {})[(*monomial[:index], r, *monomial[index + 1 :])] = coefficient
                p = self.context.constant(0)
                for m, part in groups.items():
                    p += self.times(self.context.from_dict(part), self.poly_power(value, m))
        return p


def _bits(p: fmpq_mpoly) -> int:
    """Of the longest coefficient."""
    return max((c.height_bits() for c in p.coeffs()), default=0)
