"""Charts as SVG: axes, curves, marks, each with words. Legible on JupyterLab's light and dark ground, and to a screen reader.

Text and axes take the theme's own colours where the picture stands in JupyterLab's page; anywhere else (in an <img>, on paper)
the picture is dark on white. The colours of curves are of middle lightness, so that they contrast with both grounds, and a
curve is told from another by its dashes and by the words beside it as well.
"""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

# fmt: off
__all__ = [
    "BLUE", "GREY", "ORANGE", "PURPLE", "RED", "WIDTH", "Axis", "Panel", "Picture", "nice_ticks", "plain_number",
    "power_of_ten",
]
# fmt: on

WIDTH = 600
_LEFT, _RIGHT = 62, 16
_ACROSS = WIDTH - _LEFT - _RIGHT
_SAMPLE = 32  # of a legend, with the space behind it
BLUE, ORANGE, RED, PURPLE, GREY = "#2b7bd0", "#c96a11", "#d6453d", "#9461cf", "#7f8790"
_INK = "var(--jp-content-font-color1, #202124)"
_SOFT = "var(--jp-content-font-color2, #5f6368)"
_GRID = "var(--jp-border-color2, #dadce0)"
_GROUND = "var(--jp-layout-color0, #ffffff)"
_FONT = "var(--jp-ui-font-family, system-ui, -apple-system, 'Noto Sans CJK KR', 'Noto Sans KR', sans-serif)"
Point = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its title and, in words, what is to be seen on it.

    >>> picture = Picture("A line", "It rises from 0 to 1.", "<path d='M0 0'/>", 100)
    >>> picture.svg("p1")[:60]
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 100'
    """

    title: str
    description: str
    body: str
    height: int

    def svg(self, name: str) -> str:
        """The element, for a page that is trusted. `name` must be another one for each picture on a page."""
        title, description = html.escape(self.title), html.escape(self.description)
        style = f"max-width:100%;height:auto;font-family:{_FONT};font-size:13px"
        size = f'viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" height="{self.height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"'
            f' aria-labelledby="{name}-t {name}-d" style="{style}">'
            f'<title id="{name}-t">{title}</title><desc id="{name}-d">{description}</desc>'
            f'<rect width="{WIDTH}" height="{self.height}" style="fill:{_GROUND}"/>{self.body}</svg>'
        )

    def image(self) -> str:
        """An <img>, in which nothing can run, for a page that lets no SVG through."""
        data = base64.b64encode(self.svg("p").encode()).decode("ascii")
        said = html.escape(f"{self.title}. {self.description}")
        return f'<img src="data:image/svg+xml;base64,{data}" alt="{said}" width="{WIDTH}">'


@dataclass(frozen=True, slots=True)
class Axis:
    """From low to high, with ticks where a label stands; `scale` maps a value to something that is drawn evenly."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]] = field(hash=False, compare=False)
    scale: Callable[[float], float] = float

    def share(self, value: float) -> float:
        low, high = self.scale(self.low), self.scale(self.high)
        return (self.scale(value) - low) / (high - low)


@dataclass(slots=True)
class Panel:
    """One pair of axes. What is drawn on it is cut off at its frame; labels are not."""

    x: Axis
    y: Axis
    top: int
    height: int
    _inside: list[str] = field(default_factory=list)
    _above: list[str] = field(default_factory=list)

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def at(self, x: float, y: float) -> tuple[float, float]:
        """In the picture's units, cut to where numbers stay short."""
        down = min(max(1 - self.y.share(y), -20.0), 20.0)
        return round(_LEFT + _ACROSS * self.x.share(x), 1), round(self.top + self.height * down, 1)

    def curve(self, points: Iterable[Point], colour: str, *, dash: str = "", width: float = 2.4) -> None:
        """A line through the points, broken where there is no value."""
        path = _path(self.x, self.y, self.top, self.height, tuple(points))
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        if path:
            stroke = f'fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashes}'
            self._inside.append(f'<path d="{path}" {stroke}/>')

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: str, *, dash: str = "4 3") -> None:
        (x1, y1), (x2, y2) = self.at(*start), self.at(*end)
        self._inside.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="1.6" stroke-dasharray="{dash}"/>'
        )

    def band(self, start: float, end: float, colour: str) -> None:
        """A shaded strip between two inputs."""
        x1, x2 = sorted(self.at(x, self.y.low)[0] for x in (start, end))
        where = f'x="{x1}" y="{self.top}" width="{max(round(x2 - x1, 1), 2)}" height="{self.height}"'
        self._inside.append(f'<rect {where} fill="{colour}" opacity="0.16"/>')

    def dots(self, points: Iterable[tuple[float, float]], colour: str) -> None:
        self._inside += ['<circle cx="{}" cy="{}" r="2.2" fill="{}"/>'.format(*self.at(*p), colour) for p in points]

    def crosses(self, points: Iterable[tuple[float, float]], colour: str) -> None:
        for point in points:
            x, y = self.at(*point)
            path = f"M{x - 3} {y - 3}L{x + 3} {y + 3}M{x - 3} {y + 3}L{x + 3} {y - 3}"
            self._inside.append(f'<path d="{path}" stroke="{colour}" stroke-width="1.6"/>')

    def ring(self, x: float, y: float, colour: str) -> None:
        """A mark around a point that matters; it may stand on the frame."""
        left, down = self.at(x, y)
        self._above.append(
            f'<circle cx="{left}" cy="{down}" r="5" style="fill:{_GROUND}" stroke="{colour}" stroke-width="2.4"/>'
        )

    def label(
        self, x: float, y: float, text: str, *, anchor: str = "start", dx: int = 0, dy: int = 0
    ) -> None:
        """Words beside a point, kept within the picture's width. A curve's colour would be too pale for them."""
        left, down = self.at(x, y)
        down = min(max(down + dy, self.top + 12), self.bottom - 5)
        room = width_of(text) * 1.15  # since it is bold
        start = left + dx - {"start": 0.0, "middle": room / 2, "end": room}[anchor]
        start = min(max(start, _LEFT + 4), WIDTH - 4 - room)
        self._above.append(_text(start, down, text, _INK, weight="600", halo=True))

    def legend(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Samples with their words above the frame, in two rows where one does not hold them.

        An entry is a colour, its dashes (or "." for dots and "x" for crosses), and the words.
        """
        rows: list[list[tuple[float, tuple[str, str, str]]]] = [[]]
        left = float(_LEFT)
        for entry in entries:
            room = _SAMPLE + width_of(entry[2])
            if rows[-1] and left + room > WIDTH - 4:
                rows.append([])
                left = float(_LEFT)
            rows[-1].append((left, entry))
            left = round(left + room + 18, 1)
        for row, placed in enumerate(reversed(rows)):
            down = self.top - 12 - 18 * row
            for left, (colour, dash, words) in placed:
                self._above += [_sample(left, down, colour, dash), _text(left + _SAMPLE, down + 4, words, _INK)]

    def svg(self, *, x_name: str = "", y_name: str = "", ticks: bool = True) -> str:
        """The panel; its labels last, so that no line crosses them."""
        width = _ACROSS
        out = []
        for value, text in self.x.ticks:
            left, _ = self.at(value, self.y.low)
            out.append(_stroke(left, self.top, left, self.bottom, _GRID, opacity=0.6))
            if ticks:
                out.append(_text(left, self.bottom + 17, text, _SOFT, anchor="middle"))
        for value, text in self.y.ticks:
            _, down = self.at(self.x.low, value)
            out.append(_stroke(_LEFT, down, _LEFT + width, down, _GRID, opacity=0.6))
            out.append(_text(_LEFT - 7, down + 4, text, _SOFT, anchor="end"))
        if self.y.low < 0 < self.y.high:  # the line of zero is firmer
            _, down = self.at(self.x.low, 0.0)
            out.append(_stroke(_LEFT, down, _LEFT + width, down, _SOFT))
        out.append(
            f'<rect x="{_LEFT}" y="{self.top}" width="{width}" height="{self.height}" fill="none" style="stroke:{_SOFT}"/>'
        )
        # a nested element cuts off what lies outside its frame, and needs no name for that
        out.append(
            f'<svg x="{_LEFT}" y="{self.top}" width="{width}" height="{self.height}" '
            f'viewBox="{_LEFT} {self.top} {width} {self.height}">{"".join(self._inside)}</svg>'
        )
        out += self._above
        if x_name:
            out.append(_text(_LEFT + width, self.bottom + 34, x_name, _INK, anchor="end"))
        if y_name:
            out.append(_text(_LEFT, self.top - 8, y_name, _INK))
        return "".join(out)


@lru_cache(maxsize=256)  # the function and its derivatives are drawn in each report
def _path(x: Axis, y: Axis, top: int, height: int, points: tuple[Point, ...]) -> str:
    panel = Panel(x, y, top, height)
    path, pen = [], "M"
    for across, value in points:
        if value is None or not math.isfinite(value):
            pen = "M"
            continue
        path.append("{}{} {}".format(pen, *panel.at(across, value)))
        pen = "L"
    return "".join(path)


def _sample(left: float, down: float, colour: str, dash: str) -> str:
    if dash == ".":
        return f'<circle cx="{left + 13}" cy="{down}" r="3" fill="{colour}"/>'
    if dash == "x":
        return f'<path d="M{left + 9} {down - 4}l8 8m-8 0l8 -8" stroke="{colour}" stroke-width="2"/>'
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{left} {down}h26" stroke="{colour}" stroke-width="3"{dashes}/>'


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str, *, opacity: float = 1.0) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" style="stroke:{colour}" opacity="{opacity}"/>'


def _text(x: float, y: float, text: str, colour: str, *, anchor: str = "start", weight: str = "400", halo: bool = False) -> str:
    ground = f";paint-order:stroke;stroke:{_GROUND};stroke-width:4px;stroke-linejoin:round" if halo else ""
    return (
        f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}" font-weight="{weight}" '
        f'style="fill:{colour}{ground}">{html.escape(text)}</text>'
    )


def width_of(text: str) -> float:
    """About how wide the words are, so that they can be kept inside."""
    return sum(12.5 if "\u1100" <= ch <= "\uffdc" else 6.8 for ch in text)


def nice_ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Round numbers between low and high.

    >>> [text for _, text in nice_ticks(-0.05, 0.27, 4)]
    ['0', '0.1', '0.2']
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [(k * step, plain_number(k * step)) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def plain_number(x: float, digits: int = 4) -> str:
    """A number as it is written on an axis.

    >>> plain_number(-0.25), plain_number(2e-9), plain_number(0.0)
    ('−0.25', '2·10⁻⁹', '0')
    """
    if x == 0:
        return "0"
    text = f"{x:.{digits}g}"
    size, _, power = text.partition("e")
    if power:
        return (f"{size}·" if size != "1" else "").replace("-", "\N{MINUS SIGN}") + power_of_ten(int(power))
    return text.replace("-", "\N{MINUS SIGN}")


def power_of_ten(power: int) -> str:
    """
    >>> power_of_ten(12), power_of_ten(-3), power_of_ten(0)
    ('10¹²', '10⁻³', '1')
    """
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return "1" if power == 0 else "10" if power == 1 else f"10{raised}"
