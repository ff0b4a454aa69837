"""What the class page is put together from: drawings as SVG, quotations of bounded length, the style."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from sig_checker.grading.overview.statistics import bins
from sig_checker.notebook.display import points_text
from sig_checker.verdicts import Message, printable

__all__ = ["STYLE", "bar", "cell", "example", "histogram", "quoted", "short"]

_LONGEST, _LINES = 300, 8  # characters and lines of an answer that is quoted

STYLE = """\
:root { color-scheme: light dark; --text: #1b1b1b; --page: #ffffff; --soft: #595959; --line: #c8c8c8; --fill: #1f6f8b; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --page: #161616; --soft: #b0b0b0; --line: #4a4a4a; --fill: #6cc1dc; }
}
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, "Noto Sans KR", "Apple SD Gothic Neo",
  "Malgun Gothic", sans-serif; word-break: keep-all; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
p { max-width: 60rem; }
dl { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0; }
dl div { border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.4rem 0.8rem; }
dt { color: var(--soft); font-size: 0.9rem; } dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 0.8rem 0; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.3rem; }
th, td { border: 1px solid var(--line); padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; }
tbody th, td { overflow-wrap: anywhere; }
thead th { white-space: nowrap; } td.n { text-align: right; white-space: nowrap; } th[scope="row"] { font-weight: 400; }
pre { margin: 0; white-space: pre-wrap; min-width: 14rem; max-width: 34rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
summary { cursor: pointer; padding: 0.3rem 0; } a { color: inherit; } :focus-visible { outline: 3px solid var(--fill); }
svg { display: inline-block; max-width: 100%; } svg text { fill: currentColor; font-size: 13px; }
.fill { fill: var(--fill); } .rail { fill: none; stroke: var(--soft); }
@media print {
  :root { --text: #000; --page: #fff; --soft: #333; --line: #888; }
  main { max-width: none; padding: 0; } tr, figure { break-inside: avoid; } thead { display: table-header-group; }
  .wide { overflow: visible; } h2 { break-after: avoid; }
}
"""
_WIDTH, _HEIGHT, _SIDE, _TOP, _FOOT = 640, 200, 30, 24, 44


def bar(share: float) -> Markup:
    """A share in per cent, and as a bar that adds nothing for a reader who hears it."""
    width = max(0.0, min(1.0, share)) * 80
    return Markup(
        '{} %&nbsp;<svg width="82" height="12" aria-hidden="true" focusable="false"><rect class="rail" x="1" y="1" width="80" '
        'height="10"/><rect class="fill" x="1" y="1" width="{:.1f}" height="10"/></svg>'
    ).format(f"{100 * share:.0f}", width)


def histogram(scores: Sequence[float], most: float, title: str, say: Callable[[Message], str]) -> Markup:
    """The scores in tenths of what can be reached: a drawing whose description holds all its numbers."""
    counts = bins(scores, most)
    tallest = max(counts) or 1
    step = (_WIDTH - 2 * _SIDE) / len(counts)
    room = _HEIGHT - _TOP - _FOOT
    parts, told = [], []
    for i, count in enumerate(counts):
        low, high = (points_text(most * x / len(counts)) for x in (i, i + 1))
        height = room * count / tallest
        left, bottom = _SIDE + i * step, _HEIGHT - _FOOT
        parts.append(Markup('<rect class="fill" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            left + 2, bottom - height, step - 4, height
        ))  # fmt: skip
        parts.append(_label(left + step / 2, bottom - height - 6, str(count)))
        parts.append(_label(left, bottom + 18, low))
        told.append(say(Message("{low} to {high}: {count}", low=low, high=high, count=count)))
    parts.append(_label(_WIDTH - _SIDE, _HEIGHT - _FOOT + 18, points_text(most)))
    parts.append(_label(_WIDTH / 2, _HEIGHT - 6, say(Message("points across, number of submissions upwards"))))
    line = Markup('<path class="rail" d="M{} {}H{}"/>').format(_SIDE, _HEIGHT - _FOOT, _WIDTH - _SIDE)
    return Markup(
        '<figure><svg viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-labelledby="spread-title spread-text">'
        '<title id="spread-title">{}</title><desc id="spread-text">{}</desc>{}{}</svg><figcaption>{}</figcaption></figure>'
    ).format(_WIDTH, _HEIGHT, _WIDTH, _HEIGHT, title, "; ".join(told), Markup("").join(parts), line, title)


def _label(x: float, y: float, text: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>').format(x, y, text)


def cell(content: object) -> Markup:
    """Of a table; numbers stand to the right."""
    return Markup('<td class="n">{}</td>' if isinstance(content, int) else "<td>{}</td>").format(content)


def example(texts: Iterable[str]) -> str:
    """The answer that most have given; of several, the shortest."""
    counted = Counter(x.strip() for x in texts if x.strip())
    return min(counted, key=lambda x: (-counted[x], len(x), x)) if counted else ""


def quoted(text: str) -> Markup | str:
    """A student's answer, with nothing in it that a page or a reader's eye would obey."""
    if not text:
        return "–"
    lines = text.split("\n")
    short = "\n".join(printable(x) for x in lines[:_LINES])
    cut = len(lines) > _LINES or len(short) > _LONGEST
    return Markup("<pre><code>{}</code></pre>").format(short[:_LONGEST] + (" …" if cut else ""))


def short(text: str) -> str:
    """A name or a sentence on one line."""
    return printable(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
