"""What names mean in an expression: values and functions."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fractions import Fraction
from typing import NoReturn

from sig_checker.errors import SubmissionError
from sig_checker.expressions import (
    FUNCTIONS,
    Add,
    Call,
    Const,
    Deriv,
    Div,
    Expr,
    Mul,
    Neg,
    Num,
    Pow,
    Var,
    free_names,
    num,
    survey,
)
from sig_checker.reading.grammar import JOINTS
from sig_checker.reading.pieces import Pieces
from sig_checker.reading.tokens import Token
from sig_checker.reading.vocabulary import FUNCTION_NAMES
from sig_checker.verdicts import Message

__all__ = ["Parser", "Restated"]

_MODULES = frozenset(("np", "numpy", "sp", "sympy", "math", "scipy", "special", "jnp", "torch", "tf"))
_ASKS_AGAIN = frozenset(("integrate", "Integral", "limit", "Limit", "solve", "lim", "int"))
_OPERATIONS = ("pow", "power", "multiply", "divide", "subtract", "add", "square", "negative", "reciprocal")  # NumPy's
_CONSTRUCTORS = frozenset(
    ("Rational", "Fraction", "Integer", "Float", "float", "float64", "S", "Pow", "Add", "Mul", *_OPERATIONS)
)
_MATTERS_NEXT = frozenset(("(", ".", "'"))  # what can make more of a name than its value
_LOGARITHM = re.compile(r"log_?[1-9]\d{0,3}")
_INVERSE = ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch")


class Restated(SubmissionError):
    """The answer asks for the work to be done (`integrate(...)`, `diff(...)`) instead of doing it."""


class Parser(Pieces):
    """Reads one list of tokens; see `Grammar` for its arguments."""

    def named(self, token: Token) -> Expr:
        name = token.value
        value = self.vocabulary.names.get(name)
        if value is not None and self.tokens[self.i].value not in _MATTERS_NEXT:
            return value
        if value is None and name in FUNCTION_NAMES:
            return self.function(token, FUNCTION_NAMES[name])
        if name in _MODULES and self.ahead("."):
            return self.attribute()
        if name in JOINTS:
            self.fail(Message("{found!r} joins two answers; one was expected.", found=name), token)
        if name in _ASKS_AGAIN and self.ahead("("):
            raise Restated(Message("{found} asks for the result; write the result itself.", found=name), self.text, token.at)
        if name in ("diff", "Derivative") and self.ahead("("):
            return self.diff(token)
        if name in ("Piecewise", "where") and self.ahead("("):
            return self.piecewise(token, name)
        if name in _CONSTRUCTORS and self.ahead("("):
            return self.constructor(name)
        if name == self.own_name:
            value = Var(self.vocabulary.activation)
            if self.own_is_function and self.ahead("("):
                args = self.arguments()
                return value if args == (Var(self.vocabulary.variable),) else Call("applied", args)
        elif name in ("f", "y") and self.ahead("'") and self.vocabulary.activation and value is None:
            value = Var(self.vocabulary.activation)
        else:
            value = self.vocabulary.value(name)
        if value is not None:
            return self.value(token, value)
        if _LOGARITHM.fullmatch(name):
            base = num(int(name.lstrip("log_")))
            return Div(self.function(token, "log"), Call("log", (base,)))
        if len(name) > 2 and name.casefold() in FUNCTION_NAMES:  # Tanh, EXP
            return self.function(token, FUNCTION_NAMES[name.casefold()])
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
        known = [*shown, *FUNCTION_NAMES, *self.vocabulary.names]
        near = get_close_matches(token.value, known, 1, 0.75) if len(token.value) > 3 else []
        if near:
            self.fail(Message("Unknown name {found!r}; did you mean {near!r}?", found=token.value[:40], near=near[0]), token)
        self.fail(
            Message("Unknown name {found!r}; names you can use here: {names}.", found=token.value[:40], names=", ".join(shown)),
            token,
        )

    def attribute(self) -> Expr:
        while self.take("."):
            token = self.next
            if token.kind != "name":
                self.fail(Message("A name was expected after the dot."))
            self.i += 1
            if not (token.value in _MODULES and self.ahead(".")):
                return self.named(token)
        self.fail(Message("A name was expected after the dot."))

    def value(self, token: Token, value: Expr) -> Expr:
        if self.ahead(".") and self.explicit:
            self.fail(Message("Attributes cannot be used in an answer."))
        if self.ahead("("):
            if token.value in self.vocabulary.own and self.follow("(", self.vocabulary.variable, ")"):
                self.i += 3
                return value  # u(z) as it was defined
            if value == Var("upstream") and self.follow("(", self.vocabulary.variable, ")"):
                self.fail(
                    Message(
                        "{found} stands for the upstream gradient here; write sigma for the function, or * for a product.",
                        found=token.value,
                    ),
                    token,
                )
            if value == Const("e") and self.vocabulary.variable:
                self.fail(Message("It is not clear whether e is raised or multiplied; write e^(...) or e*(...)."), token)
            if self.activation_is_function and token.value == self.vocabulary.activation:
                args = self.arguments()
                return value if args == (Var(self.vocabulary.variable),) else Call("applied", args)
            if (self.explicit or (self.vocabulary.letters and len(token.value) > 1)) and value != Const("oo"):
                self.fail(Message("{found!r} is not a function; write * for a product.", found=token.value))
        return value

    def primed(self, applied: Call, order: int) -> Expr:
        """σ'(-z) is σ' at -z, not the derivative of σ(-z); but σ'(1-2σ(z)) is a product."""
        variable, inside = Var(self.vocabulary.variable), applied.args[0]
        if not variable.name or len(applied.args) > 1:
            return Deriv(applied, variable.name, order)
        own = Deriv(Call(applied.name, (variable,)), variable.name, order)
        if inside == variable:
            return own
        seen = survey(inside)
        if "sigma" in seen.functions or self.vocabulary.activation in seen.names:
            return Mul((own, inside))
        return Deriv(own.arg, own.by, order, inside)

    def function(self, token: Token, name: str) -> Expr:
        primes = 0
        while self.take("'"):
            primes += 1
        exponent = self.exponent() if not self.explicit and self.take("^", "**") else None
        if name == "sigma" and self.sigma_as_value():
            result = self.vocabulary.bare_sigma()
            if self.next.kind == "name" and self.next.value == self.vocabulary.variable:
                self.fail(Message("{found} needs its argument in brackets.", found=name))
        elif self.ahead("(", "[", "{"):
            args = self.arguments()
            if name == "log" and len(args) == 2:  # Python's log(x, base)
                return Div(Call("log", args[:1]), Call("log", args[1:]))
            low, high = FUNCTIONS[name]
            if not low <= len(args) <= high:
                self.fail(
                    Message("{found} takes {expected} argument, not {count}.", found=name, expected=low, count=len(args)), token
                )
            result = Call(name, args)
        elif name == "exp" and exponent is not None:
            return Pow(Const("e"), exponent)
        elif self.explicit:
            self.fail(Message("{found} needs its argument in brackets.", found=name))
        else:
            result = Call(name, (self.bare_argument(name),))
        if (
            exponent is not None
            and exponent in (Neg(num(1)), Num(Fraction(-1)))
            and name in _INVERSE
            and isinstance(result, Call)
        ):
            return Call(f"a{name}", result.args)
        if primes and isinstance(result, Call):
            result = self.primed(result, primes)
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
            self.fail(Message("{found} needs its argument in brackets.", found=name))
        parts = [self.power(self.primary())]
        if name in ("sqrt", "cbrt"):
            return parts[0]
        while self.ahead("/") or (self.starts_factor() and self.next.kind != "op" and self.next.value not in FUNCTION_NAMES):
            last = self.tokens[self.i - 1]
            together = last.kind != "op" and last.at + len(last.value) == self.next.at
            if self.ahead("/") or not (together or isinstance(parts[-1], Num | Const)):  # log z a may be log(z)*a
                self.fail(Message("It is not clear where the argument of {found} ends; put it in brackets.", found=name))
            parts.append(self.power(self.primary()))
        return parts[0] if len(parts) == 1 else Mul(tuple(parts))

    def constructor(self, name: str) -> Expr:
        args = self.arguments()
        if name in ("Rational", "Fraction") and len(args) == 2:
            return Div(args[0], args[1])
        if name in ("Pow", "pow", "power") and len(args) == 2:
            return Pow(args[0], args[1])
        if name in ("Add", "Mul"):
            return Add(args) if name == "Add" else Mul(args)
        if name in ("multiply", "add", "subtract", "divide") and len(args) == 2:
            left, right = args
            sums = {"multiply": Mul(args), "add": Add(args), "subtract": Add((left, Neg(right))), "divide": Div(left, right)}
            return sums[name]
        if name in ("square", "negative", "reciprocal") and len(args) == 1:
            of = args[0]
            return Pow(of, num(2)) if name == "square" else Neg(of) if name == "negative" else Div(num(1), of)
        if name == "S" and len(args) == 1 and free_names(args[0]):
            return Call("sigma", args)  # S(z) is how some write the sigmoid; SymPy's S() stands around numbers
        if len(args) == 1 and name not in _OPERATIONS:
            return args[0]
        self.fail(Message("{found} has the wrong number of arguments.", found=name))
