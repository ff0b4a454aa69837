"""A class on one HTML page that needs nothing else: no script, no network, no other file.

Everything that comes from a student goes through `Markup.format`, which escapes it, and is cut to a bounded length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from sig_checker.claims.mistakes import SLIPS
from sig_checker.grading.notices import Notice
from sig_checker.grading.overview.data import Answer, ClassData, Standing, Task
from sig_checker.grading.overview.parts import STYLE, bar, cell, example, histogram, quoted, short
from sig_checker.grading.overview.statistics import Correlation, item_rest, spread
from sig_checker.language import translate
from sig_checker.notebook.display import points_text
from sig_checker.verdicts import Message, printable

__all__ = ["Links", "class_page"]

_OPEN = 30  # so many rows of a task's waiting answers are shown unfolded


@dataclass(frozen=True, slots=True)
class Links:
    """Where a person goes from the page.

    Attributes:
        notebooks: the address of the graded notebooks' folder, relative to the page; the student and the assignment follow.
        formgrader: the address of the server that has nbgrader's formgrader, or empty.
    """

    notebooks: str = ""
    formgrader: str = ""


def class_page(data: ClassData, language: str, links: Links | None = None) -> str:
    """The page, in "ko" or "en". The same class gives the same page: no date stands in it."""
    return str(_Page(data, language, links or Links()).whole())


class _Page:
    def __init__(self, data: ClassData, language: str, links: Links) -> None:
        self.data, self.language, self.links = data, language, links
        self.graded = [x for x in data.standings if x.graded]

    def say(self, message: Message) -> str:
        return translate(message, self.language)

    def whole(self) -> str:
        data = self.data
        title = self.say(Message("Class report: {assignment}", assignment=data.assignment))
        parts = (self.summary, self.scores, self.tasks, self.slips, self.waiting, self.others)
        body = Markup("\n").join(x for part in parts for x in part())
        return Markup(
            '<!DOCTYPE html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n'
            "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n{}\n</main>\n</body>\n</html>\n"
        ).format(self.language, title, Markup(STYLE), title, body)

    def summary(self) -> Iterator[Markup]:
        data = self.data
        facts = [
            (Message("submissions"), len(data.standings)),
            (Message("of them graded"), len(self.graded)),
            (Message("of them with answers that wait for a person"), sum(x.waits for x in self.graded)),
            (Message("of them suspected of tampering"), sum(any(n.suspected for _, n in x.notices) for x in data.standings)),
            (Message("enrolled and nothing handed in"), len(data.absent)),
        ]
        rows = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(self.say(x), n) for x, n in facts)
        yield Markup("<dl>{}</dl>").format(rows)

    def scores(self) -> Iterator[Markup]:
        yield self.heading(Message("Scores"))
        found = spread([x.score for x in self.graded])
        if found is None:
            yield self.paragraph(Message("Nothing has been graded yet."))
            return
        waits = sum(x.waits for x in self.graded)
        if waits:
            so_far = Message("Points so far: {count} submissions have answers that wait for a person.", count=waits)
            yield self.paragraph(so_far)
        values = {
            Message("mean"): found.mean, Message("median"): found.median,
            Message("lowest"): found.low, Message("highest"): found.high,
        }  # fmt: skip
        if found.deviation is not None and found.quartiles is not None:
            values |= {
                Message("standard deviation"): found.deviation, Message("lower quartile"): found.quartiles[0],
                Message("upper quartile"): found.quartiles[1],
            }  # fmt: skip
        text = " · ".join(f"{self.say(x)} {points_text(value)}" for x, value in values.items())
        most = self.say(Message("at most"))
        yield Markup("<p>{} (n = {}, {} {})</p>").format(text, found.n, most, points_text(self.data.most))
        title = self.say(Message("Distribution of the scores"))
        yield histogram([x.score for x in self.graded], self.data.most, title, self.say)

    def tasks(self) -> Iterator[Markup]:
        yield self.heading(Message("Tasks"))
        counted, rests = self._totals()
        rows = [self._task_row(task, task in counted, rests) for task in self.data.tasks]
        heads = [
            Message("task"), Message("worth"), Message("n"), Message("difficulty"), Message("with full points"),
            Message("with none"), Message("waiting"), Message("discrimination"),
        ]  # fmt: skip
        yield self.table(Message("How hard each task is, and how well it tells strong from weak"), heads, rows)
        yield self.paragraph(Message(
            "Difficulty is the mean share of the task's points among the n answers that have points: the higher, the easier."
        ))  # fmt: skip
        yield self.paragraph(Message(
            "Discrimination is the corrected item-total correlation: Pearson's r of the task's points with the sum of the "
            "points of all other tasks, over the submissions in which every counted task has points. In brackets stands the "
            "95 % interval by Fisher's transformation, which supposes roughly normal scores: where it is wide, the class is "
            "too small to tell. Near or below 0 a task does not go with the rest, and is worth a look."
        ))  # fmt: skip
        left = [x.name for x in self.data.tasks if x not in counted]
        if left and self.graded:
            yield self.paragraph(Message("Not counted, since most answers wait for points: {tasks}.", tasks=", ".join(left)))

    def _totals(self) -> tuple[list[Task], dict[str, float]]:
        """The tasks that most have points for, and the sum of these of each student who has points for all of them."""
        has = Counter(key for x in self.graded for key, answer in x.answers.items() if answer.points is not None)
        counted = [x for x in self.data.tasks if 2 * has[x.key] > len(self.graded)]
        totals = {}
        for standing in self.graded:
            points = [None if (a := standing.answers.get(x.key)) is None else a.points for x in counted]
            known = [x for x in points if x is not None]
            if points and len(known) == len(points):
                totals[standing.person.id] = sum(known)
        return counted, totals

    def _task_row(self, task: Task, counted: bool, totals: dict[str, float]) -> list[object]:
        answers = {x.person.id: x.answers[task.key] for x in self.graded if task.key in x.answers}
        points = [x.points for x in answers.values() if x.points is not None]
        share = sum(points) / len(points) / task.most if points and task.most else None
        found: Correlation | None = None
        if counted:
            mine = [answers[name].points or 0.0 for name in totals]
            found = item_rest(mine, list(totals.values()))
        return [
            Markup("<code>{}</code>").format(printable(task.name)), points_text(task.most), len(points),
            "–" if share is None else bar(share), sum(x >= task.most for x in points), sum(x <= 0 for x in points),
            sum(x.asks or x.points is None for x in answers.values()), self._correlation(found),
        ]  # fmt: skip

    def _correlation(self, found: Correlation | None) -> str:
        if found is None:
            return self.say(Message("not counted"))
        if found.value is None:
            return self.say(Message("not defined: no differences (n = {n})", n=found.n))
        if found.interval is None:
            return self.say(Message("too few (n = {n})", n=found.n))
        value, low, high = (f"{x:.2f}".replace("-0.00", "0.00") for x in (found.value, *found.interval))
        return f"{value} [{low}, {high}] (n = {found.n})"

    def slips(self) -> Iterator[Markup]:
        yield self.heading(Message("Recognised mistakes"))
        made: dict[str, list[tuple[Standing, Task, Answer]]] = {}
        for standing in self.graded:
            for task in self.data.tasks:
                answer = standing.answers.get(task.key)
                if answer is not None and answer.slips:
                    made.setdefault(answer.slips[0], []).append((standing, task, answer))
        if not made:
            yield self.paragraph(Message("None."))
            return
        rows = []
        for slip, cases in sorted(made.items(), key=lambda x: (-len({s.person.id for s, _, _ in x[1]}), x[0])):
            count = Counter(task.name for _, task, _ in cases)
            tasks = ", ".join(f"{name} ({number})" for name, number in count.items())
            what = self.say(SLIPS[slip]) if slip in SLIPS else ""
            text = Markup("<code>{}</code><br>{}").format(printable(slip), what)
            students = len({x.person.id for x, _, _ in cases})
            rows.append([text, students, tasks, quoted(example(x.text for _, _, x in cases))])
        heads = [
            Message("mistake"), Message("students"), Message("tasks, with the number of answers"),
            Message("an answer, for example"),
        ]  # fmt: skip
        yield self.table(Message("Mistakes that the judge recognised, the commonest first"), heads, rows)

    def waiting(self) -> Iterator[Markup]:
        yield self.heading(Message("Waiting for a person"))
        empty = True
        for task in self.data.tasks:
            cases = [(x, a) for x in self.graded if (a := x.answers.get(task.key)) is not None and (a.asks or a.points is None)]
            if not cases:
                continue
            empty = False
            rows = [[short(x.person.id), self._why(x, task, answer), self._links(x, task.notebook)] for x, answer in cases]
            heads = [Message("student"), Message("why"), Message("where to look")]
            table = self.table(Message("Waiting answers to {task}", task=task.name), heads, rows)
            unfold = Markup(" open") if len(cases) <= _OPEN else ""
            yield Markup("<details{}><summary><code>{}</code>: {}</summary>\n{}</details>").format(
                unfold, printable(task.name), self.say(Message("answers: {count}", count=len(cases))), table
            )
        if empty:
            yield self.paragraph(Message("None."))

    def _why(self, standing: Standing, task: Task, answer: Answer) -> str:
        said = [n.message for name, n in standing.notices if (name, n.cell) == task.key and (n.person or n.suspected)]
        if said:
            return short(" ".join(self.say(x) for x in said))
        if answer.points is None:
            return self.say(Message("It has no points yet."))
        return self.say(Message("It has points, and should be looked at again."))

    def _links(self, standing: Standing, notebook: str) -> Markup:
        steps = (standing.person.id, self.data.assignment, f"{notebook}.ipynb")
        address = "/".join([self.links.notebooks, *(quote(x, safe="") for x in steps)])
        parts = [Markup('<a href="{}">{}</a>').format(address, short(f"{notebook}.ipynb"))]
        page = standing.pages.get(notebook)
        if self.links.formgrader and page:
            address = f"{self.links.formgrader}/formgrader/submissions/{page}/"
            parts.append(Markup('<a href="{}">formgrader</a>').format(address))
        return Markup(" · ").join(parts)

    def others(self) -> Iterator[Markup]:
        yield self.heading(Message("Suspected tampering"))
        suspected = [(x, name, n) for x in self.data.standings for name, n in x.notices if n.suspected]
        yield self._noticed(Message("What cannot have come about by accident; a person should look"), suspected)
        yield self.heading(Message("Not graded"))
        rows = [[short(x.person.id), self.say(x.ungraded)] for x in self.data.standings if x.ungraded is not None]
        yield self.table(Message("Submissions without grades, or with those of an earlier version"), [
            Message("student"), Message("why"),
        ], rows) if rows else self.paragraph(Message("None."))  # fmt: skip
        told = [(x, name, n) for x in self.data.standings for name, n in x.notices if not n.suspected and not n.person]
        if told:
            yield self.heading(Message("Other notices"))
            yield self._noticed(Message("What else happened when the submissions were graded"), told)
        if self.data.absent:
            yield self.heading(Message("Nothing handed in"))
            yield Markup("<p>{}</p>").format(", ".join(short(x.id) for x in self.data.absent))

    def _noticed(self, caption: Message, cases: Sequence[tuple[Standing, str, Notice]]) -> Markup:
        if not cases:
            return self.paragraph(Message("None."))
        rows = []
        for standing, notebook, notice in cases:
            name = Markup("<code>{}</code>").format(short(notice.cell or "–"))
            where = self._links(standing, notebook)
            rows.append([short(standing.person.id), where, name, short(self.say(notice.message))])
        heads = [Message("student"), Message("where to look"), Message("cell"), Message("what")]
        return self.table(caption, heads, rows)

    def heading(self, text: Message) -> Markup:
        return Markup("<h2>{}</h2>").format(self.say(text))

    def paragraph(self, text: Message) -> Markup:
        return Markup("<p>{}</p>").format(self.say(text))

    def table(self, caption: Message, heads: Sequence[Message], rows: Iterable[Sequence[object]]) -> Markup:
        """The first column is a heading for its row."""
        head = Markup("").join(Markup('<th scope="col">{}</th>').format(self.say(x)) for x in heads)
        body = Markup("\n").join(
            Markup('<tr><th scope="row">{}</th>{}</tr>').format(row[0], Markup("").join(map(cell, row[1:]))) for row in rows
        )
        return Markup(
            '<div class="wide" tabindex="0" role="group" aria-label="{0}"><table>\n<caption>{0}</caption>\n'
            "<thead><tr>{1}</tr></thead>\n<tbody>\n{2}\n</tbody>\n</table></div>"
        ).format(self.say(caption), head, body)

