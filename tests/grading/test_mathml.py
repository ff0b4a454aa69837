"""Formulas become MathML: every formula that we show, and none that a student writes becomes anything else."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from traitlets.config import Config

from sig_checker.exercises import load
from sig_checker.grading import configure
from sig_checker.grading.pages.cleaning import clean_html, clean_markdown
from sig_checker.grading.pages.mathml import mathml, typeset
from sig_checker.judging import judge

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "".join(cell["source"])
    for path in sorted(ROOT.glob("source/*/*.ipynb"))
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    if cell["cell_type"] == "markdown"
]


class Elements(HTMLParser):
    """The elements of a page with their attributes, as a browser would meet them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_every_formula_of_the_notebooks_is_drawn() -> None:
    pairs = [pair for text in TEXTS for pair in re.findall(r"\$\$(.+?)\$\$|(?<!\$)\$([^$]+)\$", text, re.DOTALL)]
    formulas = [x for pair in pairs for x in pair if x]

    assert len(formulas) > 50
    assert [x for x in formulas if mathml(x) is None] == []


def test_every_reading_that_a_report_shows_is_drawn() -> None:
    """The table of answers, as the reports write what was read."""
    exercise = load("sigmoid-7-02")
    drawn = 0
    for line in (ROOT / "tests/tables/answers.jsonl").read_text(encoding="utf-8").splitlines()[::4]:
        row = json.loads(line)
        if row["task"] in ("q1_derivative", "q1_backprop", "q2_second_derivative"):
            latex = judge(exercise, row["task"], {"kind": "data", "value": row["answer"]}).report.read_as_latex
            if latex is not None:
                assert mathml(latex) is not None, latex
                drawn += 1
    assert drawn > 20


@pytest.mark.parametrize(
    ("latex", "texts"),
    [
        (r"\frac{1}{1+e^{-z}}", "11+e−z"),
        (r"\partial\mathcal{L}/\partial a", "∂ℒ/∂a"),
        (r"\begin{aligned}a&=b\\c&=d\end{aligned}", "a=bc=d"),
        (r"\text{한글 < 1}", "한글\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}1"),
        (r"\sigma(z) \to 0", "σ(z)→0"),
    ],
)
def test_the_signs_of_a_formula_are_all_there(latex: str, texts: str) -> None:
    drawn = mathml(latex)

    assert drawn is not None
    assert html.unescape(re.sub("<[^>]*>", "", drawn)) == texts


def test_a_sign_stands_by_what_it_belongs_to() -> None:
    assert '<mo form="prefix">+</mo><mi>∞</mi>' in str(mathml(r"z \to +\infty"))
    assert '<mo form="prefix">±</mo><mi>∞</mi>' in str(mathml(r"\{\pm\infty = \pm\infty\}"))
    assert 'form="prefix"' not in str(mathml("(a) + b"))


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}", r"\style{position:fixed;left:0}{x}", r"\class{alert}{x}", r"\color{white}{x}",
        r"\text{<script>alert(1)</script>}", r"\text{<img src=//x.example/a.png onerror=alert(1)>}", r"\text{&lt;b&gt;}",
        r"\text{&#x3c;b&#x3e;}", r"\text{&#60;b&#62;}", r"\text{</mtext></math><script>alert(1)</script>}",
        r"\mathrm{</mi><a href=x>}", r"\hspace{-30em}x", r"\hspace{9999em}x", '\\text{" onmouseover="alert(1)}',
        r"\operatorname{<iframe>}", r"\unicode{x3c}script", "<b>", r"\html<b>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["${}$", "$${}$$", r"\({}\)", "\\begin{{align}}{}\\end{{align}}"])
def test_a_formula_brings_nothing_into_the_page_but_mathml(latex: str, around: str) -> None:
    written = html.escape(around.format(latex))
    for page in (clean_html(written), clean_markdown(written), typeset(written)):
        for tag, attributes in Elements(page).found:
            assert tag.startswith("m") or tag in ("code", "none", "b"), page
            assert not attributes.keys() & {"href", "style", "class", "src", "id", "mathcolor"}, page
            assert not any(name.startswith("on") for name in attributes), page
            assert not re.search("-|999", attributes.get("width") or ""), page


@pytest.mark.parametrize("latex", ["{" * 2000 + "}" * 2000, r"\frac{" * 500, "^" * 900, r"\left(" * 500, "a" * 5000, r"\frac"])
def test_what_cannot_be_drawn_is_shown_as_it_was_written(latex: str) -> None:
    assert typeset(f"<p>${latex}$</p>") == f"<p><code>${latex}$</code></p>"


def test_a_page_with_very_many_formulas_draws_the_first_ones() -> None:
    page = typeset("<p>" + "$a+b+c$ " * 30_000 + "</p>")

    assert page.startswith("<p><math")
    assert page.rstrip().endswith("<code>$a+b+c$</code> </p>")


@pytest.mark.parametrize(
    "page", ["<pre>$a$</pre>", "<code>$a$</code>", "<p>It costs $5.</p>", "<p>a &lt; b</p>", r"<p>\$a\$</p>"]
)
def test_what_is_no_formula_stays(page: str) -> None:
    assert typeset(page) == page


def test_tags_around_and_within_stay_where_they_are() -> None:
    page = typeset('<p>one &lt; <b>two $a$</b> &amp; three <a href="x">$$b$$</a></p>')

    assert re.sub("<math.*?</math>", "M", page) == '<p>one &lt; <b>two M</b> &amp; three <a href="x">M</a></p>'


def test_a_formula_that_code_puts_out_is_drawn_too() -> None:
    config = Config()
    configure(config)
    output = new_output("execute_result", {"text/plain": "z**2", "text/latex": "$\\displaystyle z^{2} < 3$"})
    page, _ = HTMLExporter(config=config, template_name="classic").from_notebook_node(
        new_notebook(cells=[new_code_cell("z", outputs=[output])])
    )

    assert "<msup><mi>z</mi>" in page
    assert "tex-ams" not in page.lower()


def test_a_text_that_is_cleaned_twice_keeps_its_formulas_and_nothing_else() -> None:
    once = clean_markdown("<p>$a$<script>x()</script></p>")

    assert clean_html(once) == once
    assert "<math" in once
    assert "<script" not in once
    assert "&lt;math" in clean_html(once + " ")  # a formula that a student writes as MathML is shown as it was written
