"""The field in which identities are decided: fractions of polynomials in generators that are as independent as can be.

Generators are the variables, exponentials e^{x/k}, logarithms and roots of irreducible polynomials, and, for functions
without a rule here, their values. Each rewriting that is used is a true identity for real arguments of the signs that
were assumed, so an element whose numerator is the zero polynomial *is* zero. The converse, that a nonzero numerator is a
nonzero function, holds for variables and exponentials with exponents that are linearly independent over Q (they are
algebraically independent: J. Ax, "On Schanuel's conjectures", Ann. of Math. 93, 1971), but nothing here relies on it:
what is not zero is refuted by a witness.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import flint
from flint import arb, fmpq, fmpq_mpoly, fmpz, fmpz_poly

from sig_checker.deciding.field import Element, Field, Key, NeedSign, NotReal, Rescale, TooLarge, WiderContext, Work, key_of
from sig_checker.deciding.unity import CIRCULAR, TRIGONOMETRY, surd

__all__ = ["Element", "Key", "NeedSign", "NotReal", "Rescale", "TooLarge", "Tower", "WiderContext", "Work", "key_of"]

MAX_EXPONENT = 4_096
MAX_FACTORED = 200  # the degree of a polynomial that is factored; x^4000 + 1 takes half a minute
_ONE = fmpq(1)


class Tower(Field):
    """A field with signs, exponentials, logarithms and roots; see `Field` for its arguments."""

    # ---- signs

    def sign(self, p: fmpq_mpoly) -> int:
        """The sign of an irreducible polynomial in the cell; NeedSign if it is not known."""
        if self.signs:
            for q, direction in ((p, 1), (-p, -1)):
                known: int | None = self.signs.get(key_of(q))
                if known is not None:
                    return known * direction
        if self.is_plainly_signed(p):
            return 1 if p.leading_coefficient() > 0 else -1
        used = [i for i, d in enumerate(p.degrees()) if d]
        if len(used) == 1:
            found = self._sign_on_line(p, used[0])
            if found:
                return found
        for bits in (64, 256, 1024, 4096):
            value = self.constant(p, bits)
            if value is None:
                break
            if value > 0 or value < 0:
                return 1 if value > 0 else -1
        raise NeedSign(p)

    def is_plainly_signed(self, p: fmpq_mpoly) -> bool:
        """Whether all terms are positive, or all negative, because the generators in it are positive."""
        for generator, d in zip(self.generators, p.degrees(), strict=False):
            if d and not generator.positive:
                return False
        return len({c > 0 for c in p.coeffs()}) == 1

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
        if generator.kind not in ("var", "exp", "root", "log"):
            return 0
        line = self.univariate(p, index)
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

    def note_positive(self, f: fmpq_mpoly, sign: int) -> None:
        """Remember that a variable is positive on the whole domain."""
        index = self._single(f)
        if index is not None and sign > 0:
            self.generators[index].positive = True

    def is_circular(self, a: Element) -> bool:
        """Whether generators that are not real occur in it."""
        kinds = [g.kind == CIRCULAR for g in self.generators]
        return any(kinds) and any(d and kinds[i] for p in (a.over, a.under) for i, d in enumerate(p.degrees()[: len(kinds)]))

    def factors(self, a: Element) -> tuple[fmpq, list[tuple[fmpq_mpoly, int]]]:
        """content · Π f^m with irreducible f, negative m for the denominator's.

        Raises:
            TooLarge: the factors are not real, and nothing could be said of their signs.
        """
        a = self.cancel(Element(self.reduce(a.over), self.reduce(a.under))) if self.relations else self.cancel(a)
        if self.is_circular(a):
            raise TooLarge
        content = fmpq(1)
        powers: dict[Key, tuple[fmpq_mpoly, int]] = {}
        for poly, direction in ((a.over, 1), (a.under, -1)):
            if len(poly) > 400 or max(poly.degrees()) > MAX_FACTORED:
                raise TooLarge
            if len(poly) > 1:
                self.work.spend(500 + 5 * len(poly) * int(max(poly.degrees())))
            c, found = poly.factor()
            content = content * c if direction > 0 else content / c
            for f, m in found:
                key = key_of(f)
                powers[key] = (f, powers.get(key, (f, 0))[1] + direction * int(m))
        return content, [(f, m) for f, m in powers.values() if m]

    def sign_of(self, a: Element) -> int:
        if self.is_zero(a):
            return 0
        return self._signed_factors(a)[0]

    def _signed_factors(self, a: Element) -> tuple[int, fmpq, list[tuple[fmpq_mpoly, int]]]:
        """The sign of an element that is not zero, and its factors."""
        content, powers = self.factors(a)
        sign = 1 if content > 0 else -1
        for f, m in powers:
            if m % 2:
                sign *= self.sign(f)
        return sign, content, powers

    # ---- exponentials, logarithms, roots

    def exp(self, a: Element) -> Element:
        a = self.cancel(a)
        if a.over.is_zero():
            return self.one
        if self.is_circular(a):  # real as a whole only
            a = self.cancel(Element(self.reduce(a.over), self.reduce(a.under)))
            if a.over.is_zero():
                return self.one
            lead = a.over.leading_coefficient()
            return self._exp_part((key_of(a.over / lead), key_of(a.under)), Fraction(int(lead.p), int(lead.q)))
        if a.under.is_constant():
            return self._exp_terms(a.over)
        whole, rest = divmod(a.over, a.under)
        result = self.one if whole.is_zero() else self._exp_terms(whole)
        if rest.is_zero():
            return result
        lead = rest.leading_coefficient()
        return self.mul(result, self._exp_part((key_of(rest / lead), key_of(a.under)), Fraction(int(lead.p), int(lead.q))))

    def _exp_terms(self, p: fmpq_mpoly) -> Element:
        result = self.one
        if len(p) > 50:
            raise TooLarge
        for monomial, coefficient in p.terms():
            c = Fraction(int(coefficient.p), int(coefficient.q))
            index = self._plain.get(monomial)
            if index is None:
                used = [i for i, d in enumerate(monomial) if d]
                if len(used) == 1 and monomial[used[0]] == 1 and self.generators[used[0]].kind == "log":
                    result = self.mul(result, self.root_of(self.generators[used[0]].key, c))
                    continue
                key = (((monomial,), (_ONE,)), self.unit_key)
                index = self._plain[monomial] = self.generator("exp", key, positive=True)
            result = self.mul(result, self._exp_power(index, c))
        return result

    def _exp_part(self, key: object, c: Fraction) -> Element:
        return self._exp_power(self.generator("exp", key, positive=True), c)

    def _exp_power(self, index: int, c: Fraction) -> Element:
        """e^{c·x} for the generator e^{x/k}."""
        k = self.generators[index].k
        power = c * k if k > 1 else c
        if power.denominator != 1:
            raise Rescale(index, lcm(k, c.denominator))
        m = power.numerator
        if abs(m) > MAX_EXPONENT:
            raise TooLarge
        raised = self._gens[index] ** abs(m)
        return Element(raised, self.unit) if m > 0 else Element(self.unit, raised)

    def log(self, a: Element) -> Element:
        if self.is_zero(a):
            raise NotReal("logarithm of zero")
        sign, content, powers = self._signed_factors(a)
        if sign < 0:
            raise NotReal("logarithm of a negative number")
        total = self.zero
        for prime, times in _prime_powers(abs(content)):
            total = self.add(
                total, self._times_rational(self.element(self.generator("log", ("number", prime), positive=True)), times)
            )
        for f, m in powers:
            total = self.add(total, self._times_rational(self._log_of(f), m))
        return total

    def _log_of(self, f: fmpq_mpoly) -> Element:
        """log|f| of an irreducible polynomial."""
        index = self._single(f)
        if index is not None:
            g = self.generators[index]
            if g.kind == "exp":
                return self._times_rational(self._exponent(g.key), Fraction(1, g.k))
            if g.kind == "root":
                return self._times_rational(self.log_generator(g.key), Fraction(1, g.k))
        return self.element(self.generator("log", ("poly", key_of(_positive(f)))))

    def log_generator(self, key: object) -> Element:
        return self.element(self.generator("log", key, positive=isinstance(key, tuple) and key[0] == "number"))

    def _exponent(self, key: object) -> Element:
        assert isinstance(key, tuple)
        return Element(self.poly(key[0]), self.poly(key[1]))

    def _single(self, f: fmpq_mpoly) -> int | None:
        """The index if f is a generator."""
        if len(f) != 1 or f.leading_coefficient() != 1:
            return None
        used = [(i, d) for i, d in enumerate(f.degrees()) if d]
        return used[0][0] if len(used) == 1 and used[0][1] == 1 else None

    def _times_rational(self, a: Element, c: Fraction | int) -> Element:
        c = Fraction(c)
        return Element(a.over * fmpq(c.numerator, c.denominator), a.under)

    def root_of(self, key: object, c: Fraction) -> Element:
        """|f|^c for the irreducible polynomial or prime number that `key` names, c rational."""
        assert isinstance(key, tuple)
        kind, f = key
        if kind == "number":
            if self.scales.get(TRIGONOMETRY) and c.denominator == 2 and f in (2, 3, 5):
                return self.mul(self.number(Fraction(f) ** (c - Fraction(1, 2)).numerator), surd(self, f))
            value = self.context.constant(fmpq(f))
        else:
            f = self.poly(f)
            value = f if (c.denominator == 1 and c.numerator % 2 == 0) or self.sign(f) > 0 else -f
        whole = c.numerator // c.denominator
        rest = c - whole
        result = self.power(Element(value, self.unit), whole) if whole else self.one
        if rest:
            index = self.generator("root", key, positive=True)
            k = self.generators[index].k
            if k == 1 or (rest * k).denominator != 1:
                raise Rescale(index, lcm(k, rest.denominator))
            self.relations[index] = (k, value)
            result = self.mul(result, Element(self._gens[index] ** int(rest * k), self.unit))
        return result

    def rational_power(self, a: Element, c: Fraction) -> Element:
        """a^c for a rational c that is not whole; a must not be negative."""
        if self.is_zero(a):
            if c < 0:
                raise NotReal("division by zero")
            return self.zero
        sign, content, powers = self._signed_factors(a)
        if sign < 0:
            raise NotReal("root of a negative number")
        result = self.one
        for prime, times in _prime_powers(abs(content)):
            result = self.mul(result, self.root_of(("number", prime), times * c))
        for f, m in powers:
            index = self._single(f)
            g = self.generators[index] if index is not None else None
            if g is not None and g.kind == "exp":
                result = self.mul(result, self._exp_part(g.key, c * m / g.k))
            elif g is not None and g.kind == "root":
                result = self.mul(result, self.root_of(g.key, c * m / g.k))
            else:
                result = self.mul(result, self.root_of(("poly", key_of(_positive(f))), c * m))
        return result

    def opaque(self, name: str, args: tuple[Element, ...]) -> Element:
        """The value of a function without a rule here: equal arguments give equal values, and nothing else is known."""
        keys = []
        for a in args:
            low = self.cancel(Element(self.reduce(a.over), self.reduce(a.under)))
            keys.append((key_of(low.over), key_of(low.under)))
        return self.element(self.generator("opaque", (name, tuple(keys))))


def _positive(f: fmpq_mpoly) -> fmpq_mpoly:
    """One name for f and -f."""
    return f if f.leading_coefficient() > 0 else -f


def _prime_powers(value: fmpq) -> list[tuple[int, Fraction]]:
    """The factorisation of a positive rational, small primes split off, a large rest kept whole."""
    found: dict[int, int] = {}
    for number, direction in ((int(value.p), 1), (int(value.q), -1)):
        if number.bit_length() > 100:
            parts = [(number, 1)]
        else:
            parts = [(int(p), int(m)) for p, m in fmpz(number).factor()] if number > 1 else []
        for p, m in parts:
            found[p] = found.get(p, 0) + direction * m
    return [(p, Fraction(m)) for p, m in sorted(found.items()) if m]
