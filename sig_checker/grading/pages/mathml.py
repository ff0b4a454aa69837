"""Formulas in a page as MathML, which browsers draw by themselves: no script, no network, and screen readers read it.

nbgrader's own pages fetch MathJax from another host. Here each formula is converted when the page is made. What comes out of
the converter is not trusted, since students write formulas too: the tree is copied with the elements and attributes that only
draw, and every text is escaped.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from xml.etree.ElementTree import Element

from bs4 import BeautifulSoup
from bs4.element import NavigableString
from latex2mathml.converter import convert_to_element

__all__ = ["mathml", "typeset"]

_LONGEST = 4000  # characters of a formula
_MOST = 60_000  # characters of all formulas in one piece of a page; a conversion takes some microseconds for each
_TAGS = frozenset([
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot", "mstyle", "mpadded", "mphantom",
    "mover", "munder", "munderover", "msub", "msup", "msubsup", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd",
    "menclose",
])  # fmt: skip
_WORDS = frozenset([
    "accent", "accentunder", "columnalign", "columnlines", "display", "displaystyle", "fence", "form", "largeop", "lquote",
    "mathvariant", "movablelimits", "notation", "rowlines", "rquote", "scriptlevel", "separator", "stretchy", "symmetric",
])  # fmt: skip
_LENGTHS = frozenset(["linethickness", "lspace", "maxsize", "minsize", "rspace", "width"])
_LENGTH = re.compile(r"[0-3]?(\.\d+)?(em|ex|px)|0")  # nothing so long, or negative, that it could lie over the next line
_WORD = re.compile(r"[a-z0-9 +-]{1,60}")
# as MathJax is configured in nbgrader's pages; an environment stands without dollars
_FORMULA = re.compile(
    r"\$\$(?P<double>.+?)\$\$"
    r"|\\\[(?P<square>.+?)\\\]"
    r"|\\\((?P<round>.+?)\\\)"
    r"|(?<![\\$])\$(?P<single>[^$]+?)(?<!\\)\$"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
_INLINE = ("single", "round")
_KINDS = {"∞": "mi", "±": "mo", "∓": "mo"}
_SIGNS = ("+", "-", "\N{MINUS SIGN}", "±", "∓")
_RELATIONS = tuple("=<>≤≥≠≈→⟶∈,([{")
_VERBATIM = frozenset(["code", "pre", "script", "style", "textarea", "math", "kbd", "samp", "tt"])
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|alignedat|gathered|eqnarray\*?|equation\*?|gather\*?|multline\*?)\}")


def mathml(latex: str, *, display: bool = False) -> str | None:
    """The formula as a `math` element; None where it cannot be converted.

    >>> mathml("z^2")
    '<math alttext="z^2" display="inline"><mrow><msup><mi>z</mi><mn>2</mn></msup></mrow></math>'
    >>> mathml(r"\\text{<b>}")
    '<math alttext="\\\\text{&lt;b&gt;}" display="inline"><mrow><mtext>&lt;b&gt;</mtext></mrow></math>'
    """
    if len(latex) > _LONGEST:
        return None
    known = _ALIGNED.sub(r"\\\1{align*}", latex)  # the converter knows one of the environments with columns at &
    try:
        tree = convert_to_element(known, display="block" if display else "inline")
        tree.set("alttext", latex.strip())
        return _written(tree)
    except Exception:  # the converter raises whatever the damage makes it raise; the page then shows the source
        return None


def typeset(page: str) -> str:
    """A piece of a page with its formulas drawn; what cannot be drawn is shown as it was written.

    Formulas in code, and the dollars of a single price, are left alone.

    >>> typeset("<p>$a$ and <code>$b$</code></p>")
    '<p><math alttext="a" display="inline"><mrow><mi>a</mi></mrow></math> and <code>$b$</code></p>'
    """
    if not _FORMULA.search(html.unescape(page)):
        return page
    left = _MOST
    soup = BeautifulSoup(page, "html.parser")
    for text in soup.find_all(string=_FORMULA):
        if type(text) is not NavigableString or any(x.name in _VERBATIM for x in text.parents):
            continue
        parts, end = [], 0
        for found in _FORMULA.finditer(text):
            kind = next(x for x in ("double", "square", "round", "single", "environment") if found[x] is not None)
            left -= len(found[kind])
            drawn = mathml(found[kind], display=kind not in _INLINE) if left >= 0 else None
            parts += [html.escape(text[end : found.start()], quote=False), drawn or f"<code>{html.escape(found[0])}</code>"]
            end = found.end()
        parts.append(html.escape(text[end:], quote=False))
        text.replace_with(BeautifulSoup("".join(parts), "html.parser"))
    return str(soup)


def _written(element: Element) -> str:
    """The element as HTML; what is no element of ours gives way to what is in it."""
    _mend(element)
    inside = _text(element.text) + "".join(_written(x) + _text(x.tail) for x in element)
    if element.tag not in _TAGS:
        return f"<mrow>{inside}</mrow>"
    drawing = {name: value for name, value in sorted(element.attrib.items()) if _draws(name, value)}
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in drawing.items())
    return f"<{element.tag}{attributes}>{inside}</{element.tag}>"


def _mend(row: Element) -> None:
    """Set ∞ as a letter, and a plus or minus behind a relation as a sign: browsers space both for what they are told to be."""
    for part in row:
        part.tag = _KINDS.get(_text(part.text), part.tag)
    for before, sign in pairwise(row):
        if sign.tag == "mo" and _text(sign.text) in _SIGNS and html.unescape(_text(before.text)) in _RELATIONS:
            sign.set("form", "prefix")


def _draws(name: str, value: str) -> bool:
    if name == "alttext":
        return True
    if name in _LENGTHS:
        return _LENGTH.fullmatch(value) is not None
    return name in _WORDS and _WORD.fullmatch(value) is not None


def _text(text: str | None) -> str:
    """The converter writes signs as references (&#x02202;), and what a formula says as it is."""
    return html.escape(re.sub(r"&#x([0-9A-Fa-f]{1,6});", lambda x: chr(int(x[1], 16)), text or ""), quote=False)
