"""Derivatives that are asked for, pieces with their conditions, and the arguments of functions."""

from __future__ import annotations

from fractions import Fraction

from sig_checker.expressions import Cases, Compare, Deriv, Div, Expr, Mul, Num, Var, num
from sig_checker.reading.grammar import CLOSER, CONDITION, Grammar
from sig_checker.reading.tokens import Token
from sig_checker.reading.vocabulary import FUNCTION_NAMES
from sig_checker.verdicts import Message

__all__ = ["Pieces"]

MAX_PIECES = 20


class Pieces(Grammar):
    """A grammar with these; see `Grammar` for its arguments."""

    def arguments(self) -> tuple[Expr, ...]:
        opened = self.next
        self.i += 1
        self.enter(opened)
        bars, self.bars = self.bars, 0
        args = [self.sum()]
        while self.take(","):
            args.append(self.sum())
        self.expect(CLOSER[opened.value], opened)
        self.bars = bars
        self.depth -= 1
        return tuple(args)

    # ---- derivatives that are asked for

    def rate(self, token: Token) -> Expr:
        what, by, order = token.value.split()
        variable, activation = self.vocabulary.variable, self.vocabulary.activation
        own = self.vocabulary.own
        inner: Expr = self.vocabulary.bare_sigma() if what == "sigma" else Var(what if what in own else activation)
        if what == "loss" and by in (activation, "sigma") and activation and order == "1":
            return Var("upstream")
        if by not in (variable, *own) or not activation:
            self.fail(Message("A derivative by {found!r} cannot stand here.", found=by), token)
        rate = Deriv(inner, by, int(order))
        return Mul((Var("upstream"), rate)) if what == "loss" else rate

    def operator(self) -> Expr:
        """d/dz before a bracket takes the bracket and what it is divided by; otherwise all factors up to a plus or minus."""
        token = self.next
        self.i += 1
        _, by, order = token.value.split()
        if self.ahead("=", ",") or self.next.kind == "end":
            self.fail(Message("Nothing stands behind d/d{by}.", by=by), token)
        self.take("*")
        bracket = self.ahead("(", "[", "{", "\\frac") or (self.next.kind == "name" and self.next.value in FUNCTION_NAMES)
        inner = self.power(self.primary()) if bracket else self.product()
        while bracket and self.take("/"):
            inner = Div(inner, self.factor())
        return Deriv(inner, by, int(order))

    def diff(self, token: Token) -> Expr:
        args = self.arguments()
        if len(args) == 1:
            return Deriv(args[0], self.vocabulary.variable)
        if not isinstance(args[1], Var) or len(args) > 3:
            self.fail(Message("{found} takes an expression and a variable.", found=token.value), token)
        order = args[2].value if len(args) == 3 and isinstance(args[2], Num) else Fraction(1)
        if args[2:] == (args[1],):
            order = Fraction(2)
        if order.denominator != 1 or not 1 <= order <= 4:
            self.fail(Message("{found} takes an expression and a variable.", found=token.value), token)
        return Deriv(args[0], args[1].name, int(order))

    # ---- pieces and conditions

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
        if not pieces or len(pieces) > MAX_PIECES:
            self.fail(Message("A piecewise expression needs pairs (value, condition)."), token)
        self.depth -= 1
        return Cases(tuple(pieces))

    def cases(self, token: Token) -> Expr:
        """\\begin{cases} value & condition \\\\ ... \\end{cases}"""
        self.enter(token)
        pieces: list[tuple[Expr, Compare]] = []
        while not self.take("\\endcases"):
            value = self.sum()
            self.take(",")
            self.expect("&")
            pieces.append((value, self.condition()))
            self.take(",")
            if not self.take("\\\\") and not self.ahead("\\endcases"):
                self.fail(Message("A piecewise expression needs pairs (value, condition)."))
        if not pieces or len(pieces) > MAX_PIECES:
            self.fail(Message("A piecewise expression needs pairs (value, condition)."), token)
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
        while self.ahead(*CONDITION, "="):
            op = "==" if self.next.value == "=" else self.next.value
            self.i += 1
            sides.append(self.sum())
            link = Compare(op, sides[-2], sides[-1])
            result = link if result is None else Compare("and", result, link)
        if result is None:
            self.fail(Message("A condition such as z >= 0 was expected."))
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
            elif level == 1 and token.value in (*CONDITION, "="):
                return True
        return False
