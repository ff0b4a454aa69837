"""What students wrote, made safe for the pages on which people read it: feedback, and nbgrader's manual grading.

A script in a notebook would run in the browser of whoever grades it, with that person's rights over everybody's points.
"""

from __future__ import annotations

from html import escape
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.filters import strip_files_prefix
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor

from sig_checker.grading.pages.mathml import typeset

__all__ = ["FormulasAsText", "clean_html", "clean_markdown", "render_markdown"]

_TAGS = frozenset([
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details",
    "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark",
    "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
])  # fmt: skip
_PLAIN = frozenset([
    "align", "alt", "border", "class", "colspan", "height", "lang", "open", "rowspan", "start", "style", "title", "type",
    "valign", "width",
])  # fmt: skip
_STYLES = ("background-color", "border", "border-bottom", "border-left", "border-right", "border-top", "color", "font-family",
           "font-size", "font-style", "font-weight", "padding-left", "text-align", "text-decoration", "vertical-align",
           "white-space", "width")  # fmt: skip
_CSS = CSSSanitizer(allowed_css_properties=_STYLES)
_PICTURES = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp", "svg+xml"))  # an <img> runs no script


class _Cleaned(str):
    """A text that `clean_html` has made. Templates filter some texts twice, and formulas would not outlive the second time."""

    __slots__ = ()


def clean_html(html: str | bytes) -> str:
    """The page without scripts, forms, frames, handlers and styles that lay one thing over another; what is not safe is shown.

    >>> clean_html('<b onclick="x()">bold</b><script>x()</script>')
    '<b>bold</b>&lt;script&gt;x()&lt;/script&gt;'
    """
    if isinstance(html, _Cleaned):
        return html
    text = html.decode("utf-8", "replace") if isinstance(html, bytes) else str(html)
    cleaned: str = bleach.clean(
        text, tags=_TAGS, attributes=_allowed, protocols=("http", "https", "mailto", "data"), css_sanitizer=_CSS
    )
    return _Cleaned(typeset(cleaned))  # the last step: no tag of a formula comes from the page itself


class _Renderer(IPythonRenderer):  # type: ignore[misc]  # nbconvert ships no types for it
    def _embed_image_or_attachment(self, src: str) -> str:
        try:
            return str(super()._embed_image_or_attachment(src))
        except (InvalidNotebook, StopIteration):
            return ""


@pass_context
def render_markdown(context: Any, source: str) -> str:
    """nbconvert's `markdown2html`, which refuses the whole page where one picture is not attached; here its name is shown.

    Pictures get lost when a cell is copied from another notebook.
    """
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=attachments)  # `clean_html` takes their targets
    return str(MarkdownWithMath(renderer=renderer).render(source))


def clean_markdown(html: str) -> str:
    """`strip_files_prefix`, which nbgrader's templates put behind all that was Markdown, and then `clean_html`."""
    return clean_html(strip_files_prefix(html))


class FormulasAsText(Preprocessor):  # type: ignore[misc]  # nbconvert ships no types
    """Gives outputs in LaTeX, as SymPy makes them, an HTML of the same formula, which `clean_html` draws."""

    enabled = True

    def preprocess_cell(self, cell: Any, resources: Any, _: int) -> tuple[Any, Any]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/latex" in data and not {"text/html", "text/markdown", "image/svg+xml"} & data.keys():
                data["text/html"] = escape(data["text/latex"], quote=False)
        return cell, resources


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return ":" not in value or value.startswith(_PICTURES)  # no picture from elsewhere, which would tell who has read this
    if tag == "a" and name in ("href", "name"):
        return not value.lstrip().lower().startswith("data")
    return name in _PLAIN

