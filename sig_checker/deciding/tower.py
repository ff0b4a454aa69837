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

from flint import fmpq, fmpq_mpoly, fmpz

from sig_checker.deciding.elements import Element, Key, NeedSign, NotReal, Rescale, WiderContext, Work, key_of
from sig_checker.deciding.limits import TooLarge
from sig_checker.deciding.signs import SignedField
from sig_checker.deciding.unity import TRIGONOMETRY, surd

__all__ = ["Element", "Key", "NeedSign", "NotReal", "Rescale", "TooLarge", "Tower", "WiderContext", "Work", "key_of"]

MAX_EXPONENT = 4_096
_ONE = fmpq(1)


class Tower(SignedField):
    """A field with exponentials, logarithms and roots; see `Field` for its arguments."""

    def exp(self, a: Element) -> Element:
        a = self.lowest(a)
        if a.over.is_zero():
            return self.one
        if self.is_circular(a):  # real as a whole only
            lead = a.over.leading_coefficient()
            return self._exp_part((key_of(a.over / lead), key_of(a.under)), Fraction(int(lead.p), int(lead.q)))
        a = self._rationalised(a)
        if a.under.is_constant():
            return self._exp_terms(a.over)
        whole, rest = self.divided(a.over, a.under)
        result = self.one if whole.is_zero() else self._exp_terms(whole)
        if rest.is_zero():
            return result
        lead = rest.leading_coefficient()
        return self.mul(result, self._exp_part((key_of(rest / lead), key_of(a.under)), Fraction(int(lead.p), int(lead.q))))

    def _rationalised(self, a: Element) -> Element:
        """1/√2 as √2/2: one name for one exponent."""
        found = self.in_root(a.under)
        if found is None or found[2].is_zero():
            return a
        p, _, norm = found
        return self.lowest(Element(self.times(a.over, p - (a.under - p)), norm))

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
                if len(used) == 1 and monomial[used[0]] == 1 and c.denominator == 1 and self.is_value_of("log", used[0]):
                    over, under = self.inside(self.generators[used[0]])
                    result = self.mul(result, self.power(Element(over, under), int(c)))
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
        sign, content, powers = self.signed_factors(a)
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
        index = self.single(f)
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
        plain = self._denested(a) if c.denominator == 2 else None
        if plain is not None:
            return self.power(plain, (2 * c).numerator)
        sign, content, powers = self.signed_factors(a)
        if sign < 0:
            for f, m in powers:
                if m > 0 and m % 2 == 0:
                    self.sign(f)  # where it is zero there is a root
            raise NotReal("root of a negative number")
        result = self.one
        for prime, times in _prime_powers(abs(content)):
            result = self.mul(result, self.root_of(("number", prime), times * c))
        for f, m in powers:
            index = self.single(f)
            g = self.generators[index] if index is not None else None
            if g is not None and g.kind == "exp":
                result = self.mul(result, self._exp_part(g.key, c * m / g.k))
            elif g is not None and g.kind == "root":
                result = self.mul(result, self.root_of(g.key, c * m / g.k))
            else:
                result = self.mul(result, self.root_of(("poly", key_of(_positive(f))), c * m))
        return result

    def _denested(self, a: Element) -> Element | None:
        """√(A + B√v) = √((A + s)/2) ± √((A - s)/2), with the sign of B, where A² - B²v is the square of s; else None."""
        low = self.lowest(a)
        found = self.in_root(low.over) if low.under.is_constant() else None
        if found is None or found[2].is_zero():
            return None
        content, powers = found[2].factor()
        if content <= 0 or any(m % 2 for _, m in powers):
            return None
        roots = [int(fmpz(x).isqrt()) for x in (content.p, content.q)]
        if fmpq(roots[0] ** 2, roots[1] ** 2) != content:
            return None
        scale = 1 / low.under.leading_coefficient()
        s = self.context.constant(fmpq(roots[0], roots[1]))
        for f, m in powers:
            s = self.times(s, self.poly_power(f, int(m) // 2))
        parts = [Element((found[0] + sign * s) * scale / 2, self.unit) for sign in (1, -1)]
        if any(self.sign_of(part) < 0 for part in parts):
            return None
        large, small = (self.rational_power(part, Fraction(1, 2)) for part in parts)
        if self.sign_of(Element(found[1] * scale, self.unit)) > 0:
            return self.add(large, small)
        difference = self.sub(large, small)
        return self.neg(difference) if self.sign_of(Element(s * abs(scale), self.unit)) < 0 else difference

    def radical(self, index: int) -> Element:
        """The square root that a generator of that kind stands for, which is the generator over its denominator."""
        key = self.generators[index].key
        assert isinstance(key, tuple)
        return Element(self._gens[index], self.poly(key[1]))

    def is_value_of(self, function: str, index: int) -> bool:
        g = self.generators[index]
        return g.kind == "opaque" and isinstance(g.key, tuple) and g.key[0] == function

    def opaque(self, name: str, args: tuple[Element, ...]) -> Element:
        """The value of a function without a rule here: equal arguments give equal values, opposite ones opposite values."""
        keys = []
        negative = False
        for a in args:
            low = self.lowest(a)
            over = low.over
            if name in _ODD and not over.is_zero() and over.leading_coefficient() < 0:
                over, negative = -over, True
            keys.append((key_of(over), key_of(low.under)))
        value = self.element(self.generator("opaque", (name, tuple(keys))))
        return self.neg(value) if negative else value


_ODD = ("erf",)


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
