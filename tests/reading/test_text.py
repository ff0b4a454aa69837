"""How answers are understood: each notation a student may use, and the refusals with their places."""

from __future__ import annotations

import contextlib
import sys
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sig_checker.deciding.enclosures import NotReal, Unclear, enclose, exact, precision
from sig_checker.errors import SubmissionError
from sig_checker.expressions import Add, Call, Cases, Compare, Const, Div, Expr, Mul, Neg, Num, Pow, Var, num
from sig_checker.reading import Restated, Vocabulary, read, to_latex, to_plain, to_python
from sig_checker.reading.places import read_places
from sig_checker.reading.values import read_value

TASK = Vocabulary()


@pytest.mark.parametrize(
    ("text", "syntax", "understood"),
    [
        # implicit products bind like written ones
        ("1/4 sech²(z/2)", "plain", "1/4*sech(z/2)^2"),
        ("2a(1-a)", "plain", "2*a*(1 - a)"),
        ("a^2e^-z", "plain", "a^2*e^(-z)"),
        ("ae^-z", "plain", "a*e^(-z)"),
        ("1/2z", "plain", "1/2*z"),
        # signs and powers
        ("-a^2", "plain", "-a^2"),
        ("2^3^2", "plain", "2^(3^2)"),
        ("a - -a", "plain", "a - -a"),
        ("e^-z^2", "plain", "e^(-z^2)"),
        # unicode
        ("a(1−a)", "plain", "a*(1 - a)"),
        ("e⁻ᶻ/(1+e⁻ᶻ)²", "plain", "e^(-z)/(1 + e^(-z))^2"),
        ("½·(1 − σ(z))", "plain", "0.5*(1 - sigma(z))"),
        ("ａ（１－ａ）", "plain", "a*(1 - a)"),
        ("a\u00a0(1\u2009-\u3000a)", "plain", "a*(1 - a)"),
        ("a×(1−a)÷2", "plain", "a*(1 - a)/2"),
        ("√(e^-z)", "plain", "sqrt(e^(-z))"),
        ("|z|", "plain", "abs(z)"),
        ("e^-|z|/(1+e^-|z|)^2", "plain", "e^(-abs(z))/(1 + e^(-abs(z)))^2"),
        ("𝑒^{−𝑧}", "plain", "e^(-z)"),
        # the sigmoid as a value and as a function
        ("σ(1-σ)", "plain", "sigma(z)*(1 - sigma(z))"),
        ("σ(z)(1-σ)", "plain", "sigma(z)*(1 - sigma(z))"),
        ("σ²(z)", "plain", "sigma(z)^2"),
        ("σ(-z)σ(z)", "plain", "sigma(-z)*sigma(z)"),
        ("a(z)(1-a(z))", "plain", "a*(1 - a)"),
        ("sigmoid(z)*(1-expit(z))", "python", "sigma(z)*(1 - sigma(z))"),
        # the upstream gradient
        *[
            (f"{u} * a", "plain", "dL/da*a")
            for u in ("dL_da", "dL/da", "dLda", "g", "upstream", "∂L/∂a", "(∂L/∂a)", "d L / d a")
        ],
        *[
            (rf"{u} a", "latex", "dL/da*a")
            for u in (
                r"\frac{dL}{da}",
                r"\frac{\partial L}{\partial a}",
                r"\frac{\partial \mathcal{L}}{\partial a}",
                r"\dfrac{\mathrm{d}L}{\mathrm{d}a}",
                r"\partial L/\partial a",
            )
        ],
        # left-hand sides keep their meaning
        ("σ'(z) = a", "plain", "d/dz [sigma(z)] = a"),
        ("dσ/dz = a", "plain", "d/dz [sigma(z)] = a"),
        ("d²σ/dz² = a", "plain", "d2/dz2 [sigma(z)] = a"),
        ("a'' = a", "plain", "d/dz [d/dz [a]] = a"),
        (r"\frac{d^2\sigma}{dz^2} = a", "latex", "d2/dz2 [sigma(z)] = a"),
        (r"\frac{\partial \sigma(z)}{\partial z} = a", "latex", "d/dz [sigma(z)] = a"),
        (r"\sigma^{\prime}(z) = a", "latex", "d/dz [sigma(z)] = a"),
        ("dL/dz = dL/da a", "plain", "dL/da*d/dz [a] = dL/da*a"),
        # LaTeX
        (r"\frac12", "latex", "1/2"),
        (r"\frac{1}{1+\mathrm{e}^{-z}}", "latex", "1/(1 + e^(-z))"),
        (r"\tfrac14\operatorname{sech}^2\left(\tfrac z2\right)", "latex", "1/4*sech(z/2)^2"),
        (r"$$a\,(1-a)$$", "latex", "a*(1 - a)"),
        (r"\therefore a \cdot (1-a).", "latex", "a*(1 - a)"),
        (r"\exp{(-z)}\,\ln 2", "latex", "exp(-z)*log(2)"),
        (r"\left|z\right|", "latex", "abs(z)"),
        (r"\sqrt[3]{z}", "latex", "cbrt(z)"),
        (r"\begin{aligned} a &= a(1-a) \end{aligned}", "latex", "a = a*(1 - a)"),
        # Python
        ("np.exp(-z)/(1+np.exp(-z))**2", "python", "exp(-z)/(1 + exp(-z))^2"),
        ("Rational(1, 4) - (a - Rational(1, 2))**2", "python", "1/4 - (a - 1/2)^2"),
        ("Piecewise((a, z >= 0), (1, True))", "python", "Piecewise((a, z >= 0), (1, True))"),
        # LaTeX is recognised by itself
        (r"\frac{e^{-z}}{(1+e^{-z})^2}", "auto", "e^(-z)/(1 + e^(-z))^2"),
        ("sin 2z", "plain", "sin(2*z)"),
        ("tanh^-1(z)", "plain", "atanh(z)"),
    ],
)
def test_each_notation_is_understood(text: str, syntax: str, understood: str) -> None:
    assert " = ".join(to_plain(side) for side in read(text, syntax, TASK).sides) == understood


SPACES = [chr(i) for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)) == "Zs"]


@pytest.mark.parametrize("space", [*SPACES, "\t", "\u2028", "\u2029", "\u200b", "\ufeff"], ids=lambda s: f"U+{ord(s):04X}")
def test_every_kind_of_space_parts_and_means_nothing(space: str) -> None:
    assert to_plain(read(f"{space}a{space}*({space}1{space}-a){space}").answer) == "a*(1 - a)"
    if unicodedata.category(space) != "Cf":  # what has no width parts nothing
        assert to_plain(read(f"a{space}z").answer) == "a*z"
        assert to_plain(read(f"tanh{space}z").answer) == "tanh(z)"
        with pytest.raises(SubmissionError):
            read(f"2{space}3")


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("zexp(-z)", "z*exp(-z)"),
        ("azexp(-z)tanh(z)", "a*z*exp(-z)*tanh(z)"),
        ("2zsech(z)", "2*z*sech(z)"),
        ("asigma(z)", "a*sigma(z)"),
        ("dL_da a", "dL/da*a"),
    ],
)
def test_names_side_by_side_are_a_product(text: str, understood: str) -> None:
    assert to_plain(read(text, "plain", TASK).answer) == understood


@pytest.mark.parametrize(
    ("text", "syntax", "column", "part"),
    [
        ("a*(1-a", "python", 2, "never closed"),
        ("a*(1-a))", "python", 7, "never opened"),
        ("sigmod(z)", "plain", 0, "did you mean 'sigm"),
        ("a(1-a) or a(1+a)", "plain", 7, "two answers"),
        ("a(1-a), 2a", "plain", 6, "two answers"),
        ("2a", "python", 1, "operator"),
        ("a(1-a)", "python", 1, "not a function"),
        (r"\frac{1}", "latex", 8, "two parts"),
        (r"\fraq{1}{2}", "latex", 0, r"\frac"),
        (r"\text{see notes}", "latex", 0, "Words"),
        ("а(1-а)", "plain", 0, "another alphabet"),  # Cyrillic
        ("a(1-a) > 0", "plain", 7, "comparison"),
        ("1 +", "plain", 3, "ends"),
        ("", "plain", 0, "empty"),
        ("2 3", "plain", 2, "side by side"),
        ("a(1-a)+☃", "plain", 7, "☃"),
        ("tanh z/2", "plain", 6, "brackets"),
        ("__import__('os')", "python", 0, "_"),
        ("z.real", "python", 1, "Attributes"),
        ("lambda: 1", "python", 0, "lambda"),
    ],
)
def test_a_refusal_says_where_and_what(text: str, syntax: str, column: int, part: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        read(text, syntax, TASK)

    assert caught.value.column == column
    assert part in str(caught.value.message)


def test_the_caret_stands_under_the_place() -> None:
    with pytest.raises(SubmissionError) as caught:
        read("e⁻ᶻ + sigmod(z)", "plain", TASK)

    _, shown, caret = str(caught.value).split("\n")
    assert shown[caret.index("^") :].startswith("sigmod")


@pytest.mark.parametrize("text", ["integrate(exp(z), z)", "limit(z, z, 0)", "solve(z)"])
def test_asking_for_the_result_is_no_result(text: str) -> None:
    with pytest.raises(Restated):
        read(text, "python", TASK)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "a" + ")" * 10_000,
        "{" * 10_000,
        "-" * 300_000,
        "a+" * 150_000,
        "^".join(["a"] * 5_000),
        "/".join(["a"] * 3_000),
        "1" * 300_000,
        "1" * 4_500,
        "1" * 2_000 + "e2000",
        "|" * 299_999,
        "sin " * 70_000,
        "a" * 300_000,
        "9e99999999",
        "'" * 300_000,
        "=" * 300_000,
        "\\frac" * 60_000,
    ],
    ids=lambda text: f"{text[:6]}x{len(text)}",
)
def test_no_text_is_too_much(text: str) -> None:
    """Bounded work, and no exception but the one that is for the student."""
    for syntax in ("plain", "latex", "python"):
        with contextlib.suppress(SubmissionError):
            read(text, syntax, TASK)


def test_texts_are_read_up_to_a_length_and_refused_beyond_it() -> None:
    for reader in (read, lambda text: read_value(text, "auto", TASK), lambda text: read_places(text, "auto", TASK)):
        assert reader("1".ljust(300_000))
        with pytest.raises(SubmissionError, match="300001 characters; at most 300000"):
            reader("1".ljust(300_001))


_FRAGMENTS = st.sampled_from(
    [
        "a",
        "z",
        "e",
        "1",
        "2.5",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "|",
        "^",
        "**",
        "*",
        "/",
        "+",
        "-",
        "'",
        "=",
        ",",
        " ",
        "σ",
        "exp",
        "tanh",
        "sech",
        "\\frac",
        "\\left",
        "\\right",
        "\\sigma",
        "\\sqrt",
        "²",
        "⁻",
        "½",
        "d/dz",
        "dL/da",
        "da/dz",
        "or",
        "Piecewise",
        ">=",
        "True",
        "!",
        "±",
        "∞",
        ".",
        ";",
        "_",
        "np.",
        "\\text{x}",
        "$",
        "&",
        "\\\\",
        "d",
        "∂",
        "한",
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(_FRAGMENTS, max_size=25).map("".join), st.sampled_from(["plain", "latex", "python", "auto"]))
def test_rubbish_is_read_or_refused_and_nothing_else(text: str, syntax: str) -> None:
    try:
        reading = read(text, syntax, TASK)
    except SubmissionError:
        return
    for side in reading.sides:
        assert to_plain(side)
        assert to_latex(side)


def _expressions() -> st.SearchStrategy[Expr]:
    leaves = st.one_of(
        st.integers(0, 30).map(num),
        st.sampled_from([Var("z"), Var("a"), Var("upstream"), Const("e"), Const("pi")]),
        st.fractions(0, 9, max_denominator=9).map(Num),
    )

    def larger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        two = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            two.map(Add),
            two.map(Mul),
            inner.map(Neg),
            st.builds(Div, inner, inner),
            st.builds(Pow, inner, inner),
            st.builds(lambda name, x: Call(name, (x,)), st.sampled_from(["exp", "log", "tanh", "sigma", "abs", "sqrt"]), inner),
            st.builds(
                lambda x, y: Cases(((x, Compare(">=", Var("z"), num(0))), (y, Compare("true", num(0), num(0))))), inner, inner
            ),
        )

    return st.recursive(leaves, larger, max_leaves=12)


@settings(max_examples=400, deadline=None)
@given(_expressions())
@example(Mul((num(2), Const("e"), Add((Var("z"), num(1))))))  # e(z + 1) would be refused
def test_what_is_written_is_read_back_with_the_same_meaning(e: Expr) -> None:
    """Python notation is how evidence travels; a bracket lost on the way would change an answer."""
    for text, syntax in ((to_python(e), "python"), (to_plain(e), "plain"), (to_latex(e), "latex")):
        assert _value(read(text, syntax, TASK).answer) == _value(e), text


def _value(e: Expr) -> object:
    with precision(200):
        point = {name: exact(x) for name, x in {"z": Fraction(13, 10), "a": Fraction(2, 7), "upstream": Fraction(3)}.items()}
        try:
            return enclose(e, point).str(20, radius=False)
        except (NotReal, Unclear) as error:
            return type(error)
