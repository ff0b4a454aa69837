"""The names an answer may use, with what they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sig_checker.expressions import FUNCTIONS, Call, Const, Expr, Var

__all__ = ["FUNCTION_NAMES", "Vocabulary"]

# spelling -> the function; every spelling of NumPy, SymPy, Python's math and the usual textbooks
FUNCTION_NAMES: Mapping[str, str] = {
    **{name: name for name in FUNCTIONS},
    "ln": "log",
    "Log": "log",
    "Exp": "exp",
    "sigmoid": "sigma",
    "expit": "sigma",
    "logistic": "sigma",
    "Sigmoid": "sigma",
    "Abs": "abs",
    "fabs": "abs",
    "absolute": "abs",
    "sgn": "sign",
    "Heaviside": "heaviside",
    "ReLU": "relu",
    "ceiling": "ceil",
    "Max": "max",
    "Min": "min",
    "maximum": "max",
    "minimum": "min",
    "cosec": "csc",
    **{f"arc{f}": f"a{f}" for f in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch")},
    **{f"ar{f}": f"a{f}" for f in ("sinh", "cosh", "tanh", "coth", "sech", "csch")},
    "tg": "tan",
    "ctg": "cot",
    "th": "tanh",
    "sh": "sinh",
    "ch": "cosh",
}
LONGEST_RUN = 3  # letters that stand for variables side by side; what is longer is a word
WORDS = ("nan", "NaN", "mod", "div", "lim", "det", "not", "the", "for")
GREEK = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "theta",
    "lambda",
    "mu",
    "nu",
    "xi",
    "rho",
    "tau",
    "phi",
    "chi",
    "psi",
    "omega",
    "eta",
    "kappa",
)
_INDEXED = re.compile(r"[^\W\d_](?:\d+|_\w{1,3})")  # x1, x_1, w_i
_CONSTANTS: Mapping[str, Expr] = {
    "e": Const("e"),
    "E": Const("e"),
    "pi": Const("pi"),
    "Pi": Const("pi"),
    "oo": Const("oo"),
    "inf": Const("oo"),
    "Inf": Const("oo"),
    "infinity": Const("oo"),
    "Infinity": Const("oo"),
    "infty": Const("oo"),
    "INF": Const("oo"),
}
_UPSTREAM = ("dL_da", "dLda", "dL_dA", "dLoss_da", "upstream", "g")


@dataclass(frozen=True)
class Vocabulary:
    """The names of one task.

    Attributes:
        variable: the input, "" where there is none.
        activation: the letter for the function's value at the input.
        letters: any single letter (and Greek name) is a real variable, as in free identities.
        extra: further names with what stands for them.
        own: letters to which the answer itself gave a meaning.
    """

    variable: str = "z"
    activation: str = "a"
    letters: bool = False
    extra: Mapping[str, Expr] = field(default_factory=dict)
    own: tuple[str, ...] = ()

    @cached_property
    def names(self) -> Mapping[str, Expr]:
        """Every name that stands for a value."""
        known = dict(_CONSTANTS)
        if self.variable:
            known[self.variable] = Var(self.variable)
        if self.activation:
            known[self.activation] = Var(self.activation)
            known.update(dict.fromkeys(_UPSTREAM, Var("upstream")))
        known.update(self.extra)
        known.update((letter, Var(letter)) for letter in self.own)
        return known

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """Names that may stand in a run of letters without a sign between them, the longest first."""
        known = [name for name in (*self.names, *FUNCTION_NAMES) if name not in ("g", "th", "sh", "ch", "tg")]
        return tuple(sorted(known, key=len, reverse=True))

    def value(self, name: str) -> Expr | None:
        found = self.names.get(name)
        if (
            found is None
            and self.letters
            and ((len(name) == 1 and name.isalpha()) or name in GREEK or _INDEXED.fullmatch(name))
        ):
            return Var(name.replace("_", ""))
        return found

    def split(self, run: str) -> list[str] | None:
        """A run of letters as known names side by side ("ae" is a·e), or None."""
        if not run:
            return []
        if run in WORDS:
            return None
        for piece in self.pieces:
            if run.startswith(piece):
                rest = self.split(run[len(piece) :])
                if rest is not None:
                    return [piece, *rest]
        if self.letters and run[0].isalpha() and len(run) <= LONGEST_RUN:
            rest = self.split(run[1:])
            if rest is not None:
                return [run[0], *rest]
        if len(run) <= LONGEST_RUN and all(letter in self.names for letter in run):  # ga
            return list(run)
        return None

    def bare_sigma(self) -> Expr:
        """σ without an argument: its value at the input."""
        return Call("sigma", (Var(self.variable),))

    def shown(self) -> list[str]:
        """Names worth suggesting, in the order in which a reader looks for them."""
        own = [n for n in (self.variable, self.activation) if n]
        return [*own, *(["sigma", "dL_da"] if self.activation else []), "e", "exp", "log", "sqrt", "tanh", "cosh", "sech"]
