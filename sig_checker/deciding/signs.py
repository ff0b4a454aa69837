"""Signs of elements: what is positive by its form, what has no root where it lives, what a ball around a constant tells."""

from __future__ import annotations

from math import lcm

import flint
from flint import arb, fmpq, fmpq_mpoly, fmpz_poly

from sig_checker.deciding.elements import Element, Key, NeedSign, key_of
from sig_checker.deciding.field import Field
from sig_checker.deciding.limits import TooLarge, limits, refuse
from sig_checker.deciding.unity import CIRCULAR

__all__ = ["COMPLEX", "RADICAL", "Circular", "SignedField"]

RADICAL = "radical"  # the kind of square roots of elements that are real as a whole, times a denominator that is not
COMPLEX = (CIRCULAR, RADICAL)


class Circular(TooLarge):
    """The factors of an element are not real, though it is."""


class SignedField(Field):
    """A field in whose cell polynomials have signs; see `Field` for its arguments."""

    def sign(self, p: fmpq_mpoly) -> int:
        """The sign of an irreducible polynomial in the cell; NeedSign if it is not known."""
        if self.signs or self.shown:
            for q, direction in ((p, 1), (-p, -1)):
                key = key_of(q)
                known: int | None = self.signs.get(key, self.shown.get(key))
                if known is not None:
                    return known * direction
        if self.is_plainly_signed(p):
            return 1 if p.leading_coefficient() > 0 else -1
        used = [i for i, d in enumerate(p.degrees()) if d]
        if len(used) == 1:
            found = self._sign_on_line(p, used[0])
            if found:
                return found
        index = self.single(p)
        if index is not None and self.follows(index):
            over, under = self.inside(self.generators[index])
            return self.strict_sign_of(Element(over, under))
        for bits in (64, 256, 1024, 4096):
            value = self.constant(p, bits)
            if value is None:
                break
            if value > 0 or value < 0:
                return 1 if value > 0 else -1
        found = self._sign_by_norm(p)
        if found:
            return found
        raise NeedSign(p, self.names(p))

    def follows(self, index: int) -> bool:
        """Whether the generator is the value of a function that has the sign of its argument."""
        g = self.generators[index]
        return g.kind == "angle" or (g.kind == "opaque" and isinstance(g.key, tuple) and g.key[0] == "erf")

    def constant(self, p: fmpq_mpoly, bits: int) -> arb | None:
        """A polynomial in constants (e, π, roots and logarithms of numbers) as a ball; None if a variable is in it."""
        before, flint.ctx.prec = flint.ctx.prec, bits
        try:
            total = arb(0)
            for monomial, coefficient in p.terms():
                term = arb(coefficient)
                for i, d in enumerate(monomial):
                    if d:
                        value = self._constant_generator(i, bits)
                        if value is None:
                            return None
                        term *= value ** int(d)
                total += term
            return total
        finally:
            flint.ctx.prec = before

    def _constant_generator(self, index: int, bits: int) -> arb | None:
        g = self.generators[index]
        if g.kind == "const":
            return arb.pi()
        if g.kind == "exp" and isinstance(g.key, tuple) and g.key[1] == self.unit_key:
            inside = self.constant(self.poly(g.key[0]), bits)
            return None if inside is None else (inside / g.k).exp()
        if g.kind not in ("log", "root") or not isinstance(g.key, tuple):
            return None
        kind, what = g.key
        value = arb(what) if kind == "number" else self.constant(self.poly(what), bits)
        if value is None:
            return None
        return abs(value).log() if g.kind == "log" else abs(value).root(g.k)

    def _sign_on_line(self, p: fmpq_mpoly, index: int) -> int:
        """The sign of a polynomial in one generator if it has no root where that generator lives; else 0."""
        generator = self.generators[index]
        if generator.kind not in ("var", "exp", "root", "log", "angle", "opaque"):
            return 0
        line = self.univariate(p, index)
        self.work.spend(500 * line.degree() ** 2)
        if any(root.imag == 0 and (not generator.positive or root.real > 0) for root, _ in line.complex_roots()):
            return 0
        at_one = sum(int(c) for c in line.coeffs())
        return 1 if at_one > 0 else -1

    def univariate(self, p: fmpq_mpoly, index: int) -> fmpz_poly:
        """p as an integer polynomial in the one generator that it holds (a positive factor is dropped)."""
        common = lcm(*(int(c.q) for c in p.coeffs()))
        coefficients = [0] * (p.degrees()[index] + 1)
        for monomial, coefficient in p.terms():
            coefficients[monomial[index]] = int(coefficient.p) * (common // int(coefficient.q))
        return fmpz_poly(coefficients)

    def in_root(self, p: fmpq_mpoly) -> tuple[fmpq_mpoly, fmpq_mpoly, fmpq_mpoly] | None:
        """(A, B, A² - B²v) where p = A + B√v for one of the square roots in it; None if there is none."""
        for index, degree in enumerate(p.degrees()[: len(self.generators)]):
            if degree == 1 and self.generators[index].kind == "root" and self.relations.get(index, (0,))[0] == 2:
                b = p.derivative(index)
                a = p - self.times(b, self._gens[index])
                norm = self.times(a, a) - self.times(self.times(b, b), self.relations[index][1])
                return a, b, self.reduce(norm)
        return None

    def _sign_by_norm(self, p: fmpq_mpoly) -> int:
        """The sign of A + B√v if it is known which of the two is larger in size, which A² - B²v tells; else 0."""
        found = self.in_root(p)
        if found is None or found[2].is_zero():
            return 0
        a, b, norm = found
        try:
            larger = a if self.strict_sign_of(Element(norm, self.unit)) > 0 else b
            return self.sign_of(Element(larger, self.unit))
        except NeedSign as need:
            if any(d and g.kind == "root" for g, d in zip(self.generators, need.poly.degrees(), strict=False)):
                return 0  # no simpler a question
            raise

    def note_positive(self, f: fmpq_mpoly, sign: int) -> None:
        """Remember that a variable is positive on the whole domain: f is it, less a number from 0 on."""
        constant = next((c for m, c in f.terms() if not any(m)), fmpq(0))
        index = self.single(f - constant)
        if index is not None and sign > 0 and constant <= 0:
            self.generators[index].positive = True

    def is_circular(self, a: Element) -> bool:
        """Whether generators that are not real occur in it."""
        kinds = [g.kind in COMPLEX for g in self.generators]
        return any(kinds) and any(d and kinds[i] for p in (a.over, a.under) for i, d in enumerate(p.degrees()[: len(kinds)]))

    def lowest(self, a: Element) -> Element:
        """Lowest terms, with the relations used."""
        return self.cancel(Element(self.reduce(a.over), self.reduce(a.under)) if self.relations else a)

    def like(self, function: str, a: Element) -> int | None:
        """The generator of this function's value at what equals `a`, if there is one."""
        return next((i for name, b, i in self.alike if name == function and self.is_zero(self.sub(a, b))), None)

    def factors(self, a: Element) -> tuple[fmpq, list[tuple[fmpq_mpoly, int]]]:
        """content · Π f^m with irreducible f, negative m for the denominator's.

        Raises:
            Circular: the factors are not real, and nothing can be said of their signs.
        """
        a = self.lowest(a)
        if self.is_circular(a):
            raise Circular
        content = fmpq(1)
        powers: dict[Key, tuple[fmpq_mpoly, int]] = {}
        for poly, direction in ((a.over, 1), (a.under, -1)):
            if len(poly) > limits.factored_terms or max(poly.degrees()) > limits.factored_degree:
                refuse()  # x^4000 + 1 takes half a minute
            if len(poly) > 1:
                self.work.spend(10_000 + 50 * len(poly) * int(max(poly.degrees())))
            c, found = poly.factor()
            content = content * c if direction > 0 else content / c
            for f, m in found:
                key = key_of(f)
                powers[key] = (f, powers.get(key, (f, 0))[1] + direction * int(m))
        return content, [(f, m) for f, m in powers.values() if m]

    def sign_of(self, a: Element) -> int:
        """The sign of an element in the cell, isolated zeros of even order left aside."""
        if self.is_zero(a):
            return 0
        return self.signed_factors(a)[0]

    def strict_sign_of(self, a: Element) -> int:
        """The sign of an element for functions that jump: a square is not called positive where it may be zero."""
        if self.is_zero(a):
            return 0
        sign, _, powers = self.signed_factors(a)
        for f, m in powers:
            if m > 0 and m % 2 == 0:
                self.sign(f)
        return sign

    def signed_factors(self, a: Element) -> tuple[int, fmpq, list[tuple[fmpq_mpoly, int]]]:
        """The sign of an element that is not zero, and its factors."""
        content, powers = self.factors(a)
        sign = 1 if content > 0 else -1
        for f, m in powers:
            if m % 2:
                sign *= self.sign(f)
        return sign, content, powers

    def single(self, f: fmpq_mpoly) -> int | None:
        """The index if f is a generator."""
        if len(f) != 1 or f.leading_coefficient() != 1:
            return None
        used = [(i, d) for i, d in enumerate(f.degrees()) if d]
        return used[0][0] if len(used) == 1 and used[0][1] == 1 else None
