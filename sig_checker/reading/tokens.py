"""Text into tokens: one table of patterns for calculator and Python notation, one more for LaTeX."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from sig_checker.errors import SubmissionError
from sig_checker.reading.vocabulary import FUNCTION_NAMES, GREEK, Vocabulary
from sig_checker.verdicts import Message

__all__ = ["Token", "tokenize"]


class Token(NamedTuple):
    """`kind` is num, name, op, rate (a derivative in Leibniz's notation) or end; `at` is the place in the folded text."""

    kind: str
    value: str
    at: int


MAX_TOKENS = 10_000  # numbers, names and signs; the longest sensible answer has a few hundred

_NUMBER = r"(?P<num>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_NAME = r"(?P<name>[^\W\d_](?:\w*[^\W_])?)"
_OPERATOR = r"(?P<op>\*\*|<=|>=|==|!=|=>|->|:=|[-+*/^()\[\]{}|,;=<>!'`&:→≈±~%@]|\.(?!\d))"
_UNKNOWN = r"(?P<unknown>(?s:.))"  # so that every character belongs to some match
_AS_THEY_STAND = ("op", "name", "num")
_D = r"(?:d|∂)"
_TEX_D = r"(?:d|∂|\\partial|\\(?:mathrm|operatorname|text|rm|mathit)\s*\{\s*d\s*\})"
_LOSS = r"[Ll]oss|[LlCE]|\\mathcal\s*\{?\s*L\s*\}?|\\mathscr\s*\{?\s*L\s*\}?|\\ell|J"


@lru_cache(maxsize=64)
def _patterns(variable: str, activation: str, own: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    v, a = re.escape(variable or "z"), re.escape(activation or "a")
    letters = "".join(f"|{letter}" for letter in own)
    order = r"\^?\s*[({]?\s*[2-9]\s*[)}]?"
    what = rf"(?:{_LOSS}|{a}|\\?sigma|sigmoid|f|y|s|p|\\hat\s*\{{?y\}}?{letters})"
    arg = rf"(?:\s*(?:\\left)?\(\s*{v}\s*(?:\\right)?\))?"
    by = rf"(?:{v}|{a}|x|\\?sigma{arg}{letters})"

    def rate(d: str, between: str, end: str) -> str:
        """d²a/dz² where both orders are written, else da/dz: in da/dz^2 the square belongs to the whole."""
        over = rf"\s*(?:{what}{arg})?\s*{between}\s*{d}\s*{by}\s*"
        return rf"(?:{d}{order}{over}{order}|{d}{over}){end}"

    word_ends = r"(?!\w)"
    plain = rf"(?P<rate>{rate(_D, '/', word_ends)})"
    braces, closed = r"\}\s*\{", r"\s*\}"
    tex = rf"(?P<ratio>\\[dtc]?frac\s*\{{\s*{rate(_TEX_D, braces, closed)})"
    tex_inline = rf"(?P<rate>{rate(_TEX_D, '/', word_ends)})"
    space = r"(?P<space>\s+)"
    calculator = re.compile("|".join((_OPERATOR, _NUMBER, plain, _NAME, space, _UNKNOWN)))  # what is common comes first
    cases = r"(?P<cases>\\(?:begin|end)\s*\{d?cases\}|\\\\(?:\[[^\]]*\])?|&)"
    skipped = (
        r"(?P<skip>\\(?:left|right|bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big|bigg|Bigg|displaystyle|textstyle|therefore|quad|qquad"
        r"|limits|nolimits|nonumber|boxed|enspace|thinspace|mathstrut|because|implies|Rightarrow|iff)(?![A-Za-z])\.?"
        r"|\\(?:mathrm|mathit|rm)(?=\s+[A-Za-z](?![A-Za-z]))"
        r"|\\[,;:!> ]|\$|~|\\begin\s*\{(?:aligned|align\*?|equation\*?|gathered|split)\}"
        r"|\\end\s*\{(?:aligned|align\*?|equation\*?|gathered|split)\}|\\[()\[\]])"
    )
    prime = r"(?P<prime>\^\s*\{?\s*((?:\\prime\s*|')+)\s*\}?)"
    font = r"mathrm|operatorname\*?|text|mathit|mathbf|mathsf|rm|textrm|textit|mathcal|boldsymbol|bm|pmb"
    word = rf"(?P<word>\\(?:{font})\s*\{{\s*([^{{}}]*?)\s*\}})"
    base = r"\s*_\s*(?:\d|\{\s*\d+\s*\})"
    command = rf"(?P<command>\\log{base}|\\[A-Za-z]+|\\[{{}}|%])"
    every = (space, tex, tex_inline, cases, skipped, prime, word, command, _NUMBER, _NAME, _OPERATOR, _UNKNOWN)
    latex = re.compile("|".join(every))
    return calculator, latex


_COMMANDS = {
    **dict.fromkeys(("cdot", "times", "ast", "bullet", "odot"), "*"),
    "div": "/",
    "pm": "±",
    "mp": "±",
    **dict.fromkeys(("lvert", "rvert", "vert", "mid", "lVert", "rVert", "|"), "|"),
    "{": "{",
    "}": "}",
    **dict.fromkeys(("to", "rightarrow", "longrightarrow"), "→"),
    **dict.fromkeys(("le", "leq", "leqslant"), "<="),
    **dict.fromkeys(("ge", "geq", "geqslant"), ">="),
    **dict.fromkeys(("ne", "neq"), "!="),
    "lt": "<",
    "gt": ">",
    **dict.fromkeys(("approx", "simeq", "sim", "fallingdotseq"), "≈"),
    "lbrace": "{",
    "rbrace": "}",
    "prime": "'",
    "colon": ":",
    "%": "%",
    "lbrack": "[",
    "rbrack": "]",
}
_FRACTION = ("frac", "dfrac", "tfrac", "cfrac")


def tokenize(text: str, vocabulary: Vocabulary, *, latex: bool) -> list[Token]:
    """The tokens of an already folded text; the last has kind "end".

    Raises:
        SubmissionError: a character or a command that means nothing here, with its place.

    >>> [t.value for t in tokenize("2 e^z", Vocabulary(), latex=False)]
    ['2', 'e', '^', 'z', '']
    """
    pattern = _patterns(vocabulary.variable, vocabulary.activation, vocabulary.own)[1 if latex else 0]
    tokens: list[Token] = []
    inside, new = 0, tuple.__new__  # makes a token in half the time that the class takes
    for found in pattern.finditer(text):
        kind, value, at = found.lastgroup, found.group(), found.start()
        if kind in _AS_THEY_STAND:
            tokens.append(new(Token, (kind, "'" if value == "`" else value, at)))  # some keyboards' prime
        elif kind in ("rate", "ratio"):
            tokens.append(_rate(value, at, vocabulary.own))
        elif kind == "prime":
            tokens.extend(Token("op", "'", at) for _ in range(value.count("prime") + value.count("'")))
        elif kind == "cases":
            # line ends and & mean something between \begin{cases} and \end{cases}, and nothing elsewhere
            name = "\\endcases" if value.startswith("\\end") else "\\cases" if "cases" in value else value[:2]
            inside += (name == "\\cases") - (name == "\\endcases")
            if inside > 0 or "cases" in name:
                tokens.append(Token("op", name, at))
        elif kind == "word":
            _word(value, at, text, tokens, vocabulary)
        elif kind == "command":
            tokens.append(_command(value[1:], at, text, vocabulary))
        elif kind == "unknown":
            raise SubmissionError(Message("{found!r} means nothing here.", found=value), text, at)
        if len(tokens) > MAX_TOKENS:
            many = Message("The answer has more than {limit} symbols; shorten it.", limit=MAX_TOKENS)
            raise SubmissionError(many, text, found.end())
    tokens.append(Token("end", "", len(text)))
    return tokens


def _rate(value: str, at: int, own: tuple[str, ...]) -> Token:
    """da/dz as one token whose value reads "what by order"; what is loss, function, a letter of the answer's own or none."""
    plain = re.sub(r"\\left|\\right|\\[dtc]?frac|\\(?:mathrm|operatorname|text|rm|mathit|mathcal|mathscr)|\s", "", value)
    plain = plain.replace("\\partial", "∂").replace("}{", "/").replace("{", "").replace("}", "").replace("\\ell", "L")
    over, under = plain.split("/", 1)
    orders = [int(d) for d in re.findall(r"[2-9]", re.sub(r"\([^\W\d]\)", "", over + under))]
    what = re.sub(r"^[d∂](\^?\(?\d?\)?)", "", over)
    by = re.sub(r"\([^\W\d]\)|[\d^()\\]", "", under[1:])
    name = "none" if not what else "loss" if what[0] in "LJlCE" else "sigma" if "sig" in what else "function"
    name = what if what in own else name
    return Token("rate", f"{name} {by} {max(orders, default=1)}", at)


def _word(value: str, at: int, text: str, tokens: list[Token], vocabulary: Vocabulary) -> None:
    inside = value[value.index("{") + 1 : -1].strip().removeprefix("\\")
    if inside in ("L",) and "mathcal" in value:
        tokens.append(Token("name", "L", at))
    elif inside in FUNCTION_NAMES or vocabulary.value(inside) is not None:
        tokens.append(Token("name", inside, at))
    elif inside.strip(" ,") in ("if", "for", "when", "where", "", "일 때", "인 경우"):
        pass
    elif inside in ("otherwise", "else", "그 외", "그외"):
        tokens.append(Token("name", "otherwise", at))
    elif inside in ("or", "and", "또는", "혹은", "그리고", "및"):
        tokens.append(Token("name", "and" if inside in ("and", "그리고", "및") else "or", at))
    elif inside:
        raise SubmissionError(Message("Words ({found!r}) stand where an expression was expected.", found=inside[:40]), text, at)


def _command(name: str, at: int, text: str, vocabulary: Vocabulary) -> Token:
    if name in _COMMANDS:
        return Token("op", _COMMANDS[name], at)
    if name.startswith("log") and name != "log" and not name.isalnum():  # \log_{10}
        return Token("name", "log_" + re.sub(r"\D", "", name), at)
    if name == "over":
        return Token("op", "\\over", at)
    if name in _FRACTION or name == "sqrt":
        return Token("op", f"\\{'sqrt' if name == 'sqrt' else 'frac'}", at)
    if name == "infty":
        return Token("name", "oo", at)
    if name.startswith("var") and name[3:] in (*GREEK, "sigma"):
        name = name[3:]
    if name in FUNCTION_NAMES or name in GREEK or vocabulary.value(name) is not None:
        return Token("name", name, at)
    near = get_close_matches(name, ["frac", "sqrt", "cdot", "left", "right", "infty", *FUNCTION_NAMES], 1)
    if near:
        raise SubmissionError(
            Message("Unknown command {found}; did you mean {near}?", found=f"\\{name}", near=f"\\{near[0]}"), text, at
        )
    raise SubmissionError(Message("Unknown command {found}.", found=f"\\{name}"), text, at)
