"""A report as people see it: the same lines as HTML, Markdown and plain text, cut to the feedback level of the task.

Below the level "full" no line shows the truth; at "read" no line shows the verdict either.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context

from sig_checker.claims.mistakes import BREAKS, LAST_STEP, SLIPS, STEPS
from sig_checker.exercise import Feedback
from sig_checker.expressions import Var
from sig_checker.language import translate
from sig_checker.notebook.figures import ball, figures
from sig_checker.notebook.pictures.drawing import Picture
from sig_checker.reading import to_plain
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["ShownReport", "points_text"]

_WORDS = {
    Verdict.PROVED: Message("Right: proved."),
    Verdict.MEASURED: Message("Right at every point that was measured."),
    Verdict.REFUTED: Message("Not right."),
    Verdict.UNDECIDED: Message("Not decided: a person will look at it."),
    Verdict.UNREADABLE: Message("The answer could not be read."),
}
_COLOURS = {Verdict.PROVED: "#2e7d32", Verdict.MEASURED: "#2e7d32", Verdict.REFUTED: "#c62828"}  # beside a word, always
_PARTLY = "#9e6a03"  # and where nothing is decided
_LONGEST = 2000  # characters of one line; the answer itself stands in the student's own cell


@dataclass(frozen=True, slots=True)
class _Line:
    label: str
    text: str
    latex: str | None = None


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A report, ready to be displayed by a notebook, a page or a terminal.

    Attributes:
        level: what may be shown: "read", "hint" or "full".
        points: shown with `max_points` where given; give none below "full".
        person: the points wait for a person, whatever the verdict.
        about: which student's function it is about, where each has another.
        pictures: as `sig_checker.notebook.pictures` draws them for this level.

    >>> from sig_checker.verdicts import Text
    >>> report = Report(Verdict.REFUTED, Message("Not complete."), slips=("takes_activation",), read=Text("1/a"))
    >>> print(ShownReport("q1_derivative", report, "hint", "en").plain())
    q1_derivative: Not right.
      Not complete.
      read as: 1/a
      recognised mistake: the input was used where the value of the function belongs
    >>> print(ShownReport("q1_derivative", report, "read", "en").plain())
    q1_derivative
      read as: 1/a
    """

    task: str
    report: Report
    level: Feedback
    language: str
    points: float | None = None
    max_points: float | None = None
    person: bool = False
    about: Message | None = None
    pictures: tuple[Picture, ...] = ()

    def plain(self) -> str:
        head = ": ".join(x for x in (self.task, self._verdict()) if x)
        lines = [head]
        for line in (*self._lines(), *self._in_words()):
            label = f"{line.label}: " if line.label else ""
            if "\n" in line.text:  # several lines stand below their label, aligned as they are (a caret below its place)
                lines += [f"  {label.rstrip()}", *("    " + x for x in line.text.split("\n"))]
            else:
                lines.append(f"  {label}{line.text}")
        return "\n".join(lines)

    def markdown(self) -> str:
        verdict = self._verdict()
        lines = [f"**{_escape_markdown(self.task)}**" + (f" — **{_escape_markdown(verdict)}**" if verdict else "")]
        for line in (*self._lines(), *self._in_words()):
            code = " ".join(_code_span(x) for x in line.text.split("\n"))
            text = f"${line.latex}$ ({code})" if line.latex else _escape_markdown(line.text)
            if "\n" in line.text and not line.latex:
                text = "\n\n" + "\n".join("      " + x for x in line.text.split("\n"))
            lines.append(f"- {_escape_markdown(line.label)}: {text}" if line.label else f"- {text}")
        return "\n".join([lines[0], "", *lines[1:]])

    def html(self, *, live: bool = False) -> str:
        """As HTML. A formula stands between dollars: JupyterLab draws it with the MathJax that it brings along, and puts MathML
        for screen readers beside it.

        Args:
            live: the output of a running cell, which JupyterLab trusts; pictures are part of the page and follow its theme.
                Else they are images, which every page shows that lets no scripts through.
        """
        verdict = self._verdict()
        partly = self._headline() is not _WORDS[self.report.verdict]
        colour = (_PARTLY if partly else _COLOURS.get(self.report.verdict, _PARTLY)) if verdict else "#607d8b"
        parts = [f'<div lang="{html.escape(self.language)}" style="border-left: 4px solid {colour}; padding-left: 0.8em">']
        strong = f" <strong>{html.escape(verdict)}</strong>" if verdict else ""
        parts.append(f"<p><code>{html.escape(self.task)}</code>{strong}</p>")
        for line in self._lines():
            label = f"{html.escape(line.label)}: " if line.label else ""
            math = f"${html.escape(line.latex)}$ " if line.latex else ""
            text = html.escape(line.text)
            if "\n" in text:
                parts.append(f"<p>{label}{math}</p>\n<pre>{text}</pre>")
            else:
                parts.append(f"<p>{label}{math}<code>{text}</code></p>" if line.latex else f"<p>{label}{text}</p>")
        for index, picture in enumerate(self.pictures):
            title, description = html.escape(picture.title), html.escape(picture.description)
            drawn = picture.svg(f"picture-{html.escape(self.task)}-{index}") if live else picture.image()
            parts.append(f"<p><strong>{title}</strong></p>\n<div>{drawn}</div>\n<p><small>{description}</small></p>")
        return "\n".join([*parts, "</div>"])

    def mimebundle(self, *, live: bool = False) -> dict[str, str]:
        return {"text/html": self.html(live=live), "text/markdown": self.markdown(), "text/plain": self.plain()}

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.mimebundle()

    def _say(self, message: Message) -> str:
        text = translate(message, self.language)
        return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"

    def _verdict(self) -> str:
        return "" if self.level == "read" else self._say(self._headline())

    def _after_headline(self, text: str) -> str:
        """The message without the word that the headline has said already ("Not right: ...")."""
        said = re.split("[:.]", self._verdict())[0]
        rest = re.sub(rf"^{re.escape(said)}[:.] (?=.)", "", text) if said else text
        capital = self.language == "en" and rest != text and re.match(r"(?!e |pi )[a-z]+ ", rest)  # a word, not a formula
        return rest[0].upper() + rest[1:] if capital else rest

    def _headline(self) -> Message:
        """The verdict in a sentence; of code, no more than what was found."""
        report = self.report
        if report.verdict is Verdict.MEASURED and report.stable is False:
            if "right_up_to" in report.measures:
                limit = Context(prec=4, rounding=ROUND_DOWN).create_decimal(str(report.measures["right_up_to"]))
                at = report.measures.get("input", "z")
                return Message("Right up to |{input}| = {limit}, not beyond.", input=at, limit=f"{limit.normalize():f}")
            return Message("Partly right.")
        if report.verdict is Verdict.MEASURED and report.contract is False:
            return Message("The values are right, but the function breaks the rules for arrays.")
        if report.verdict is Verdict.REFUTED and report.portion is not None and report.portion.right > 0:
            return Message("Partly right.")
        return _WORDS[report.verdict]

    def _lines(self) -> Iterator[_Line]:
        report = self.report
        if self.about is not None:
            yield _Line("", self._say(self.about))
        if self.level == "read":
            yield from self._reading()
            return
        if self.points is not None and self.max_points is not None:
            if self.person:
                most = points_text(self.max_points)
                yield _Line("", self._say(Message("A person will give the points, at most {most}.", most=most)))
            else:
                yield _Line(self._say(Message("points")), f"{points_text(self.points)} / {points_text(self.max_points)}")
        yield _Line("", self._after_headline(self._say(report.message)))
        if report.verdict is not Verdict.UNREADABLE:
            yield from self._reading()
        said = report.message.values.values()
        mistakes = [SLIPS[name] for name in report.slips if SLIPS[name] not in said]
        if mistakes:
            first = SLIPS[report.slips[0]] in mistakes
            label = Message("recognised mistake") if first else Message("look at this too")
            yield _Line(self._say(label), "; ".join(self._say(x) for x in mistakes))
        yield from self._broken_step()
        yield from self._witness()
        for note in report.notes:
            yield _Line(self._say(Message("note")), self._say(note))
        if self.level == "full":
            for disclosed in report.disclosed:
                yield _Line("", self._say(disclosed))
            for label, figure in figures(report.measures):
                yield _Line(self._say(label), self._say(figure))
            yield from self._proof()

    def _broken_step(self) -> Iterator[_Line]:
        """The way to the result, with the step that the likeliest mistake breaks, and the rule for that step."""
        steps, rule = BREAKS.get(self.report.slip or "", ((), None))
        if not steps:
            return
        count = len(STEPS) if LAST_STEP in steps else LAST_STEP
        here = self._say(Message("look here"))
        told = [f"{i}. {self._say(step)}" + (f" ◀ {here}" if i - 1 in steps else "") for i, step in enumerate(STEPS[:count], 1)]
        yield _Line(self._say(Message("the step that breaks")), " · ".join(told))
        if rule is not None:
            yield _Line(self._say(Message("the rule for it")), rule.plain, rule.latex)

    def _in_words(self) -> Iterator[_Line]:
        """The pictures, for a reader who has none."""
        for picture in self.pictures:
            yield _Line(self._say(Message("picture")), f"{picture.title}. {picture.description}")

    def _proof(self) -> Iterator[_Line]:
        certificate = self.report.certificate
        if certificate is not None:
            sentences = " ".join(self._say(x) for x in certificate.sentences)
            method = translate(certificate.method, self.language)
            yield _Line(self._say(Message("proof")), f"{method}. {sentences}".strip())

    def _reading(self) -> Iterator[_Line]:
        report = self.report
        if report.read_as is not None:
            yield _Line(self._say(Message("read as")), report.read_as[:_LONGEST], _safe_latex(report.read_as_latex))
        elif report.verdict is Verdict.UNREADABLE:
            yield _Line("", self._say(report.message))
        elif self.level == "read":
            yield _Line("", self._say(Message("The answer was received.")))
        for part in report.unclear:
            yield _Line("", self._say(part))

    def _witness(self) -> Iterator[_Line]:
        witness = self.report.witness
        if witness is None:
            return
        full = self.level == "full"
        point = ", ".join(f"{to_plain(Var(name))} = {value}" for name, value in witness.point.items())
        values: dict[str, object] = {"point": point, "answer": ball(witness.answer), "truth": ball(witness.truth)}
        if witness.answer == "undefined":
            values["answer"] = Message("undefined")
        if witness.shows == "place":
            if not full:
                return  # the derivative's value there might be the answer to another task
            text = Message("at {point} the derivative is {answer}, its extreme is {truth}", **values)
        elif witness.shows == "bound":
            if full:
                text = Message("at {point} the derivative is {truth}, beyond the answer", **values)
            else:
                text = Message("at {point} the derivative lies beyond the answer", **values)
        elif not witness.point:
            if not full:
                return  # the message has said it
            text = Message("the answer is {answer}, the right value is {truth}", **values)
        elif full:
            text = Message("at {point} the answer is {answer}, the right value is {truth}", **values)
        else:
            text = Message("at {point} the answer is {answer}, which is not the right value", **values)
        yield _Line(self._say(Message("to check by hand")), self._say(text))


def points_text(points: float) -> str:
    """Points as people write them: at most two decimals.

    >>> points_text(8.0), points_text(8 / 3)
    ('8', '2.67')
    """
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _safe_latex(latex: str | None) -> str | None:
    """The formula for between two dollars, several lines in an array; None where a dollar or a blank line would end it."""
    if latex is None or len(latex) > _LONGEST or re.search(r"[$\n]", latex):
        return None
    return rf"\begin{{array}}{{l}} {latex} \end{{array}}" if r"\\" in latex else latex


def _escape_markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", text.replace("\n", " "))


def _code_span(text: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"
