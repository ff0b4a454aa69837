"""The grammar of expressions, by recursive descent: sums, products, powers, brackets. Nothing is evaluated, not even 1 + 1."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from sig_checker.expressions import Add, Call, Const, Deriv, Div, Expr, Mul, Neg, Num, Pow, Var, is_deeper, num
from sig_checker.reading.cursor import Cursor
from sig_checker.reading.tokens import Token
from sig_checker.reading.vocabulary import FUNCTION_NAMES
from sig_checker.verdicts import Message

__all__ = ["CLOSER", "CONDITION", "JOINTS", "Grammar"]

MAX_NESTING = 60  # brackets; each level costs four Python frames of the thousand there are
MAX_DEPTH = 100  # of the whole, since signs make levels without brackets, too; printing one costs up to four frames
MAX_DIGITS = 4_000  # Python writes out no more than 4300
CLOSER = {"(": ")", "[": "]", "{": "}"}
CONDITION = ("<", "<=", ">", ">=", "==", "!=")
_SIGNS = ("+", "-")
_OPENERS = frozenset(("(", "[", "{", "\\frac", "\\sqrt", "\\cases"))
_AFTER = frozenset(("'", "!", "^", "**"))  # what may follow what it belongs to
JOINTS = frozenset(("or", "and", "또는", "혹은", "그리고", "및", "이거나", "와", "과"))  # words that join two answers


@lru_cache(maxsize=1024)
def _number(text: str) -> Num | None:
    """The number that a decimal spells, exactly; None if it has too many digits."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent) > 6 or len(mantissa) + abs(int(exponent or 0)) > MAX_DIGITS:
        return None
    return Num(Fraction(mantissa.rstrip(".") + (f"e{exponent}" if exponent else "")))


class Grammar(Cursor):
    """Reads one list of tokens; see `Cursor` for its arguments."""

    # ---- sums, products, powers

    def sum(self) -> Expr:
        """An expression, as large as it goes."""
        result = self.terms()
        if self.depth == 0 and is_deeper(result, MAX_DEPTH):
            self.fail(Message("Parts of the expression stand in one another on more than {limit} levels.", limit=MAX_DEPTH))
        return result

    def terms(self) -> Expr:
        first = self.product()
        sign = self.tokens[self.i].value
        if sign not in _SIGNS:
            return first
        terms = [first]
        while sign in _SIGNS:
            self.i += 1
            term = self.product()
            terms.append(Neg(term) if sign == "-" else term)
            sign = self.tokens[self.i].value
        return Add(tuple(terms))

    def product(self) -> Expr:
        result = self.factor()
        factors: list[Expr] = []  # empty as long as there is only `result`
        over_all = 0
        while True:
            kind, sign, _ = self.tokens[self.i]
            if sign == "*":
                self.i += 1
            elif sign == "/":
                self.i += 1
                over_all += 1
                if over_all > MAX_NESTING:
                    self.fail(Message("More divisions in a row than can be read."))
                result, factors = Div(Mul(tuple(factors)) if factors else result, self.factor()), []
                continue
            elif kind == "end" or self.explicit or not self.starts_factor():
                return Mul(tuple(factors)) if factors else result
            elif kind == "num" and self.tokens[self.i - 1].kind == "num":
                self.fail(Message("Two numbers stand side by side; write the sign between them."))
            factor = self.factor()
            if factors:
                factors.append(factor)
            else:
                factors = [result, factor]

    def starts_factor(self) -> bool:
        kind, value, _ = self.tokens[self.i]
        if kind == "op":
            return value in _OPENERS or (value == "|" and self.bars == 0)
        return kind in ("num", "name", "rate") and value not in JOINTS

    def factor(self) -> Expr:
        negative = False
        token = self.tokens[self.i]
        while token.value in _SIGNS:
            negative ^= token.value == "-"
            self.i += 1
            token = self.tokens[self.i]
        return Neg(self.unsigned(token)) if negative else self.unsigned(token)

    def unsigned(self, token: Token) -> Expr:
        if token.kind == "rate" and token.value.startswith("none"):
            return self.operator()
        if token.value == "{":
            name = self.tokens[self.i + 1]
            after = self.tokens[self.i + 3].value if self.follow("{", name.value, "}") else ""
            if name.value in FUNCTION_NAMES and after in ("(", "'"):  # {\sigma}(z), as editors write it
                self.i += 3
                return self.power(self.named(name))
        return self.power(self.primary())

    def power(self, base: Expr) -> Expr:
        value = self.tokens[self.i].value
        if value not in _AFTER:
            return base
        of_function = value == "'" and isinstance(base, Var) and base.name in (self.vocabulary.activation, *self.vocabulary.own)
        while self.ahead("'", "!"):
            base = Deriv(base, self.vocabulary.variable) if self.next.value == "'" else Call("factorial", (base,))
            self.i += 1
        if of_function and isinstance(base, Deriv) and self.ahead("("):
            base = self.taken_at(base)
        if self.take("^", "**"):
            return Pow(base, self.clear_exponent(base))
        return base

    def taken_at(self, rate: Deriv) -> Deriv:
        """a'(z), a'(-z), a'(0); any other bracket behind a' is a factor."""
        place = [t.value for t in self.tokens[self.i + 1 : self.i + 4]]
        negative = place[0] == "-"
        token = self.tokens[self.i + 1 + negative]
        if place[1 + negative : 2 + negative] != [")"] or not (token.kind == "num" or token.value == rate.by):
            return rate
        self.i += 3 + negative
        at = self.number(token) if token.kind == "num" else Var(rate.by)
        return (
            rate if at == Var(rate.by) and not negative else Deriv(rate.arg, rate.by, rate.order, Neg(at) if negative else at)
        )

    def clear_exponent(self, base: Expr) -> Expr:
        """The exponent, refused where a reader would not know where it ends: e^2z, e^{-z}^2."""
        braces = self.tokens[self.i].value == "{"
        exponent = self.exponent()
        last, after = self.tokens[self.i - 1], self.tokens[self.i]
        twice = braces and type(exponent) is Pow and last.value != "}"
        beside = last.kind == "num" and after.kind == "name" and last.at + len(last.value) == after.at
        bare = exponent.arg if beside and isinstance(exponent, Neg) else exponent
        if twice or (beside and base == Const("e") and isinstance(bare, Num)):
            self.fail(Message("It is not clear where the exponent ends; put it in brackets."))
        return exponent

    def exponent(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(Message("Brackets or powers are nested more than {limit} deep.", limit=MAX_NESTING))
        if self.take("-"):
            result: Expr = Neg(self.exponent())
        elif self.take("+"):
            result = self.exponent()
        else:
            result = self.power(self.primary())
        self.depth -= 1
        return result

    # ---- what a product is made of

    def primary(self) -> Expr:
        token = self.next
        self.i += 1
        kind = token.kind
        if kind == "num":
            return self.number(token)
        if kind == "name":
            return self.named(token)
        if kind == "rate":
            return self.rate(token)
        if kind == "op":
            if token.value in CLOSER:
                return self.group(token)
            if token.value == "|":
                return self.bar(token)
            if token.value == "\\frac":
                return Div(self.argument(), self.argument())
            if token.value == "\\sqrt":
                return self.root()
            if token.value == "\\cases":
                return self.cases(token)
        self.i -= 1
        if token.kind == "end":
            self.fail(
                Message("The expression ends where a number, a name or a bracket was expected.")
                if self.text.strip()
                else Message("The answer is empty.")
            )
        if token.value in ("≈", "±", "→"):
            self.fail(Message("{found!r} cannot stand in an expression; one exact expression was expected.", found=token.value))
        self.fail(Message("{found!r} stands where a number, a name or a bracket was expected.", found=token.value))

    def number(self, token: Token) -> Expr:
        value = _number(token.value)
        if value is None:
            self.fail(Message("A number has more than {limit} digits.", limit=MAX_DIGITS), token)
        return value

    def enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(Message("Brackets or powers are nested more than {limit} deep.", limit=MAX_NESTING), token)

    def group(self, token: Token) -> Expr:
        self.enter(token)
        bars, self.bars = self.bars, 0
        inside = self.sum()
        if token.value == "{" and self.take("\\over"):
            inside = Div(inside, self.sum())
        if not self.take(CLOSER[token.value]):
            if self.ahead(","):
                self.fail(Message("A comma stands inside the brackets; one expression was expected."))
            if self.ahead(*CONDITION, "="):
                self.fail(Message("{found!r} stands inside the brackets; one expression was expected.", found=self.next.value))
            self.expect(CLOSER[token.value], token)
        self.bars = bars
        self.depth -= 1
        return inside

    def bar(self, token: Token) -> Expr:
        self.enter(token)
        bars, self.bars = self.bars, 1
        inside = self.sum()
        self.expect("|", token)
        self.bars = bars
        self.depth -= 1
        return Call("abs", (inside,))

    def argument(self) -> Expr:
        """What follows \\frac: a group, or a single digit or letter."""
        token = self.next
        if token.kind == "num" and len(token.value) > 1 and token.value.isdigit():
            self.tokens[self.i] = Token("num", token.value[1:], token.at + 1)
            return num(int(token.value[0]))
        if token.kind == "name" and len(token.value) > 1 and self.text[token.at] != "\\":
            rest = token.value[1:]
            self.tokens[self.i] = Token("num" if rest.isdigit() else "name", rest, token.at + 1)
            return self.named(Token("name", token.value[0], token.at))
        if token.kind == "end" or (token.kind == "op" and token.value not in ("{", "(", "\\frac", "\\sqrt")):
            self.fail(Message("\\frac needs two parts in braces."))
        return self.primary()

    def root(self) -> Expr:
        if not self.take("["):
            return Call("sqrt", (self.argument(),))
        index = self.sum()
        self.expect("]")
        inside = self.argument()
        if index == num(3):
            return Call("cbrt", (inside,))
        return Call("sqrt", (inside,)) if index == num(2) else Pow(inside, Div(num(1), index))

    # ---- what names mean, in the parser

    def named(self, token: Token) -> Expr:
        raise NotImplementedError

    def rate(self, token: Token) -> Expr:
        raise NotImplementedError

    def operator(self) -> Expr:
        raise NotImplementedError

    def cases(self, token: Token) -> Expr:
        raise NotImplementedError
