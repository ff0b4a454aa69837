"""Tokens into an expression, by recursive descent. Nothing is evaluated, not even 1 + 1."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import NoReturn

from sig_checker.errors import SubmissionError
from sig_checker.expressions import FUNCTIONS, Add, Call, Cases, Compare, Const, Deriv, Div, Expr, Mul, Neg, Num, Pow, Var, num
from sig_checker.reading.tokens import Token
from sig_checker.reading.vocabulary import FUNCTION_NAMES, Vocabulary
from sig_checker.verdicts import Message

__all__ = ["Parser", "Restated"]

MAX_NESTING = 60  # brackets; each level costs four Python frames of the thousand there are
MAX_DIGITS = 5_000
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_CONDITION = ("<", "<=", ">", ">=", "==", "!=")
_OTHER_WORDS = ("or", "and", "또는", "혹은", "그리고", "및", "이거나", "와", "과")
_MODULES = ("np", "numpy", "sp", "sympy", "math", "scipy", "special", "jnp", "torch", "tf")
_ASKS_AGAIN = ("integrate", "Integral", "limit", "Limit", "solve", "lim", "int")
_INVERSE = ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch")


class Restated(SubmissionError):
    """The answer asks for the work to be done (`integrate(...)`, `diff(...)`) instead of doing it."""


@dataclass
class Parser:
    """Reads one list of tokens.

    Attributes:
        tokens: ends with a token of kind "end".
        text: the folded text, for error messages.
        explicit: products must be written (Python); otherwise standing side by side is a product that binds like a written one.
    """

    tokens: list[Token]
    text: str
    vocabulary: Vocabulary
    explicit: bool = False

    def __post_init__(self) -> None:
        self.i = 0
        self.depth = 0
        self.bars = 0
        t = self.tokens
        activation, variable = self.vocabulary.activation, self.vocabulary.variable
        following = list(zip(t, t[1:], strict=False))
        # σ without an argument somewhere means that σ(...) elsewhere may be a product; a(z) means that a is written as a function
        self.sigma_is_value = any(
            a.kind == "name" and FUNCTION_NAMES.get(a.value) == "sigma" and b.value not in ("(", "[", "{", "'", "^", "**") for a, b in following
        )
        self.activation_is_function = bool(variable) and any(
            t[k].value == activation and t[k + 1].value == "(" and t[k + 2].value == variable and t[k + 3].value == ")" for k in range(len(t) - 4)
        )

    # ---- errors and small steps

    def fail(self, message: Message, token: Token | None = None) -> NoReturn:
        raise SubmissionError(message, self.text, (token or self.tokens[self.i]).at)

    @property
    def next(self) -> Token:
        return self.tokens[self.i]

    def ahead(self, *values: str) -> bool:
        token = self.tokens[self.i]
        return token.kind == "op" and token.value in values

    def take(self, *values: str) -> bool:
        if self.ahead(*values):
            self.i += 1
            return True
        return False

    def expect(self, value: str, opened: Token | None = None) -> None:
        if not self.take(value):
            if opened is not None:
                self.fail(Message("the bracket {found!r} is never closed; {expected!r} was expected before this place",
                                  found=opened.value, expected=value), self.next if self.next.kind != "end" else opened)  # fmt: skip
            self.fail(Message("{expected!r} was expected here", expected=value))

    # ---- sums, products, powers

    def sum(self) -> Expr:
        terms = [self.product()]
        while self.ahead("+", "-"):
            minus = self.next.value == "-"
            self.i += 1
            term = self.product()
            terms.append(Neg(term) if minus else term)
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def product(self) -> Expr:
        factors = [self.factor()]
        over_all = 0
        while True:
            if self.take("*"):
                factors.append(self.factor())
            elif self.take("/"):
                over_all += 1
                if over_all > MAX_NESTING:
                    self.fail(Message("more divisions in a row than can be read"))
                over = factors[0] if len(factors) == 1 else Mul(tuple(factors))
                factors = [Div(over, self.factor())]
            elif not self.explicit and self.starts_factor():
                if self.next.kind == "num" and self.tokens[self.i - 1].kind == "num":
                    self.fail(Message("two numbers stand side by side; write the sign between them"))
                factors.append(self.factor())
            else:
                return factors[0] if len(factors) == 1 else Mul(tuple(factors))

    def starts_factor(self) -> bool:
        token = self.next
        if token.kind == "op":
            return token.value in ("(", "[", "{", "\\frac", "\\sqrt") or (token.value == "|" and self.bars == 0)
        return token.kind in ("num", "name", "rate") and token.value not in _OTHER_WORDS

    def factor(self) -> Expr:
        sign = 1
        while self.ahead("+", "-"):
            sign = -sign if self.next.value == "-" else sign
            self.i += 1
        if self.next.kind == "rate" and self.next.value.startswith("none"):
            value = self.operator()
        else:
            value = self.power(self.primary())
        return Neg(value) if sign < 0 else value

    def power(self, base: Expr) -> Expr:
        while self.ahead("'", "!"):
            base = Deriv(base, self.vocabulary.variable) if self.next.value == "'" else Call("factorial", (base,))
            self.i += 1
        if self.take("^", "**"):
            return Pow(base, self.exponent())
        return base

    def exponent(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(Message("brackets or powers are nested more than {limit} deep", limit=MAX_NESTING))
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
        if token.kind == "num":
            return self.number(token)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "rate":
            return self.rate(token)
        if token.kind == "op":
            if token.value in _CLOSER:
                return self.group(token)
            if token.value == "|":
                return self.bar(token)
            if token.value == "\\frac":
                return Div(self.argument(), self.argument())
            if token.value == "\\sqrt":
                return self.root()
        self.i -= 1
        if token.kind == "end":
            self.fail(Message("the expression ends where a number, a name or a bracket was expected") if self.text.strip() else Message("the answer is empty"))
        if token.value in ("≈", "±", "→"):
            self.fail(Message("{found!r} cannot stand in an expression; one exact expression was expected", found=token.value))
        self.fail(Message("{found!r} stands where a number, a name or a bracket was expected", found=token.value))

    def number(self, token: Token) -> Expr:
        mantissa, _, exponent = token.value.lower().partition("e")
        if len(mantissa) > MAX_DIGITS or len(exponent) > 5 or (exponent and abs(int(exponent)) > MAX_DIGITS):
            self.fail(Message("a number has more than {limit} digits", limit=MAX_DIGITS), token)
        return Num(Fraction(f"{mantissa.rstrip('.') if mantissa != '.' else '0'}" + (f"e{exponent}" if exponent else "")))

    def enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(Message("brackets or powers are nested more than {limit} deep", limit=MAX_NESTING), token)

    def group(self, token: Token) -> Expr:
        self.enter(token)
        bars, self.bars = self.bars, 0
        inside = self.sum()
        if self.ahead(","):
            self.fail(Message("a comma stands inside the brackets; one expression was expected"))
        if self.ahead(*_CONDITION, "="):
            self.fail(Message("{found!r} stands inside the brackets; one expression was expected", found=self.next.value))
        self.expect(_CLOSER[token.value], token)
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
            self.tokens[self.i] = Token("name", token.value[1:], token.at + 1)
            return self.named(Token("name", token.value[0], token.at))
        if token.kind == "end" or (token.kind == "op" and token.value not in ("{", "(", "\\frac", "\\sqrt")):
            self.fail(Message("\\frac needs two parts in braces"))
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

    # ---- names and functions

    def named(self, token: Token) -> Expr:
        name = token.value
        if name in _MODULES and self.ahead("."):
            return self.attribute()
        if name in _OTHER_WORDS:
            self.fail(Message("{found!r} joins two answers; one was expected", found=name), token)
        if name in _ASKS_AGAIN and self.ahead("("):
            raise Restated(Message("{found} asks for the result; write the result itself", found=name), self.text, token.at)
        if name in ("diff", "Derivative") and self.ahead("("):
            return self.diff(token)
        if name in ("Piecewise", "where") and self.ahead("("):
            return self.piecewise(token, name)
        if name in ("Rational", "Fraction", "Integer", "Float", "S", "Pow", "Add", "Mul") and self.ahead("("):
            return self.constructor(name)
        if name in ("f", "y") and self.ahead("'") and self.vocabulary.activation:
            value: Expr | None = Var(self.vocabulary.activation)
        else:
            value = self.vocabulary.value(name)
        if value is not None:
            return self.value(token, value)
        if name in FUNCTION_NAMES:
            return self.function(token, FUNCTION_NAMES[name])
        if not self.explicit and name.isascii() and len(name) <= 40:
            pieces = self.vocabulary.split(name)
            if pieces is not None and len(pieces) > 1:
                at = token.at
                new = []
                for piece in pieces:
                    new.append(Token("name", piece, at))
                    at += len(piece)
                self.tokens[self.i - 1 : self.i] = new
                self.i -= 1
                return self.primary()
        self.unknown(token)

    def unknown(self, token: Token) -> NoReturn:
        shown = self.vocabulary.shown()
        near = get_close_matches(token.value, [*shown, *FUNCTION_NAMES, *self.vocabulary.names], 1) if len(token.value) > 1 else []
        if near:
            self.fail(Message("unknown name {found!r}; did you mean {near!r}?", found=token.value[:40], near=near[0]), token)
        self.fail(Message("unknown name {found!r}; names you can use here: {names}", found=token.value[:40], names=", ".join(shown)), token)

    def attribute(self) -> Expr:
        while self.take("."):
            token = self.next
            if token.kind != "name":
                self.fail(Message("a name was expected after the dot"))
            self.i += 1
            if not (token.value in _MODULES and self.ahead(".")):
                return self.named(token)
        self.fail(Message("a name was expected after the dot"))

    def value(self, token: Token, value: Expr) -> Expr:
        if self.ahead(".") and self.explicit:
            self.fail(Message("attributes cannot be used in an answer"))
        if self.ahead("("):
            if self.activation_is_function and token.value == self.vocabulary.activation:
                args = self.arguments()
                return value if args == (Var(self.vocabulary.variable),) else Call("applied", args)
            if self.explicit and value != Const("oo"):
                self.fail(Message("{found!r} is not a function; write * for a product", found=token.value))
        return value

    def arguments(self) -> tuple[Expr, ...]:
        opened = self.next
        self.i += 1
        self.enter(opened)
        bars, self.bars = self.bars, 0
        args = [self.sum()]
        while self.take(","):
            args.append(self.sum())
        self.expect(_CLOSER[opened.value], opened)
        self.bars = bars
        self.depth -= 1
        return tuple(args)

    def function(self, token: Token, name: str) -> Expr:
        primes = 0
        while self.take("'"):
            primes += 1
        exponent = self.exponent() if not self.explicit and self.take("^", "**") else None
        if name == "sigma" and self.sigma_as_value():
            result = self.vocabulary.bare_sigma()
        elif self.ahead("(", "[", "{"):
            args = self.arguments()
            low, high = FUNCTIONS[name]
            if not low <= len(args) <= high:
                self.fail(Message("{found} takes {expected} argument, not {count}", found=name, expected=low, count=len(args)), token)
            result = Call(name, args)
        elif name == "exp" and exponent is not None:
            return Pow(Const("e"), exponent)
        elif self.explicit:
            self.fail(Message("{found} needs its argument in brackets", found=name))
        else:
            result = Call(name, (self.bare_argument(name),))
        if exponent is not None and exponent in (Neg(num(1)), Num(Fraction(-1))) and name in _INVERSE and isinstance(result, Call):
            return Call(f"a{name}", result.args)
        if primes:
            result = Deriv(result, self.vocabulary.variable, primes)
        return result if exponent is None else Pow(result, exponent)

    def sigma_as_value(self) -> bool:
        """Whether the σ just read stands for its value at the input, not for the function of what follows."""
        if not self.ahead("(", "[", "{"):
            return True
        if not self.sigma_is_value:
            return False
        variable = self.vocabulary.variable
        following = [t.value for t in self.tokens[self.i + 1 : self.i + 4]]
        return not (following[:2] in ([variable, ")"], [variable, "}"], [variable, "]"]) or following[:2] == ["-", variable])

    def bare_argument(self, name: str) -> Expr:
        """sin 2x, \\ln z, \\tanh\\frac{z}{2}: what stands beside the function's name up to the next sign."""
        if not self.starts_factor():
            self.fail(Message("{found} needs its argument in brackets", found=name))
        parts = [self.power(self.primary())]
        if name in ("sqrt", "cbrt"):
            return parts[0]
        while self.next.kind in ("num", "name") and self.next.value not in FUNCTION_NAMES and self.starts_factor():
            parts.append(self.power(self.primary()))
        if self.ahead("/"):
            self.fail(Message("it is not clear where the argument of {found} ends; put it in brackets", found=name))
        return parts[0] if len(parts) == 1 else Mul(tuple(parts))

    def constructor(self, name: str) -> Expr:
        args = self.arguments()
        if name in ("Rational", "Fraction") and len(args) == 2:
            return Div(args[0], args[1])
        if name == "Pow" and len(args) == 2:
            return Pow(args[0], args[1])
        if name in ("Add", "Mul"):
            return Add(args) if name == "Add" else Mul(args)
        if len(args) == 1:
            return args[0]
        self.fail(Message("{found} has the wrong number of arguments", found=name))

    # ---- derivatives that are asked for, and pieces

    def rate(self, token: Token) -> Expr:
        what, by, order = token.value.split()
        variable, activation = self.vocabulary.variable, self.vocabulary.activation
        inner: Expr = self.vocabulary.bare_sigma() if what == "sigma" else Var(activation)
        if what == "loss" and by == activation and order == "1":
            return Var("upstream")
        if by != variable or not activation:
            self.fail(Message("a derivative by {found!r} cannot stand here", found=by), token)
        rate = Deriv(inner, variable, int(order))
        return Mul((Var("upstream"), rate)) if what == "loss" else rate

    def operator(self) -> Expr:
        """d/dz before a bracket takes the bracket; otherwise all factors up to the next plus or minus."""
        token = self.next
        self.i += 1
        _, by, order = token.value.split()
        if self.ahead("=", ",") or self.next.kind == "end":
            self.fail(Message("d/d{by} stands before nothing", by=by), token)
        self.take("*")
        bracket = self.ahead("(", "[", "{", "\\frac") or (self.next.kind == "name" and self.next.value in FUNCTION_NAMES)
        inner = self.power(self.primary()) if bracket else self.product()
        return Deriv(inner, by, int(order))

    def diff(self, token: Token) -> Expr:
        args = self.arguments()
        if len(args) == 1:
            return Deriv(args[0], self.vocabulary.variable)
        if not isinstance(args[1], Var) or len(args) > 3:
            self.fail(Message("{found} takes an expression and a variable", found=token.value), token)
        order = args[2].value if len(args) == 3 and isinstance(args[2], Num) else Fraction(1)
        if args[2:] == (args[1],):
            order = Fraction(2)
        if order.denominator != 1 or not 1 <= order <= 4:
            self.fail(Message("{found} takes an expression and a variable", found=token.value), token)
        return Deriv(args[0], args[1].name, int(order))

    def piecewise(self, token: Token, name: str) -> Expr:
        self.expect("(")
        self.enter(token)
        pieces: list[tuple[Expr, Compare]] = []
        if name == "where":
            condition = self.condition()
            self.expect(",")
            yes = self.sum()
            self.expect(",")
            pieces = [(yes, condition), (self.sum(), Compare("true", num(0), num(0)))]
        else:
            while self.take("("):
                value = self.sum()
                self.expect(",")
                pieces.append((value, self.condition()))
                self.take(",")
                self.expect(")")
                if not self.take(","):
                    break
        self.expect(")")
        if not pieces or len(pieces) > 20:
            self.fail(Message("a piecewise expression needs pairs (value, condition)"), token)
        self.depth -= 1
        return Cases(tuple(pieces))

    def condition(self) -> Compare:
        left = self.comparison()
        while self.ahead("&") or (self.next.kind == "name" and self.next.value in ("and", "or")) or self.ahead("|"):
            op = "or" if self.next.value in ("or", "|") else "and"
            self.i += 1
            left = Compare(op, left, self.comparison())
        return left

    def comparison(self) -> Compare:
        if self.next.kind == "name" and self.next.value in ("True", "otherwise", "true"):
            self.i += 1
            return Compare("true", num(0), num(0))
        if self.ahead("(") and self.bracketed_condition():
            self.i += 1
            inside = self.condition()
            self.expect(")")
            return inside
        sides = [self.sum()]
        result: Compare | None = None
        while self.ahead(*_CONDITION, "="):
            op = "==" if self.next.value == "=" else self.next.value
            self.i += 1
            sides.append(self.sum())
            link = Compare(op, sides[-2], sides[-1])
            result = link if result is None else Compare("and", result, link)
        if result is None:
            self.fail(Message("a condition such as z >= 0 was expected"))
        return result

    def bracketed_condition(self) -> bool:
        level = 0
        for token in self.tokens[self.i :]:
            if token.value in ("(", "["):
                level += 1
            elif token.value in (")", "]"):
                level -= 1
                if level == 0:
                    return False
            elif level == 1 and token.value in (*_CONDITION, "="):
                return True
        return False
