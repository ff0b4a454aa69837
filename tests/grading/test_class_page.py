"""The page about a class: what it says, in both languages, and that nothing which a student wrote does anything in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from sig_checker.grading.notices import Notice
from sig_checker.grading.overview.data import Answer, ClassData, Person, Standing, Task
from sig_checker.grading.overview.page import Links, class_page
from sig_checker.verdicts import Message

TASKS = [Task("q1", "q1_derivative", 10.0), Task("q1", "q1_backprop", 8.0), Task("q3", "q3_essay", 14.0)]
HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</code></pre><iframe>", "{{ 7*7 }}", "{0}", "%s",
    "\u202eabc",
    "<style>*{display:none}</style>", "' onmouseover='x", "javascript:alert(1)", "a" * 5000, "x\n" * 500, "]]>", "&lt;b&gt;",
]  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of the page: elements, their attributes, and the texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def standing(name: str, derivative: float, backprop: float, *, slip: str = "", text: str = "") -> Standing:
    answers = {
        TASKS[0].key: Answer(derivative, slips=(slip,) if slip else (), text=text),
        TASKS[1].key: Answer(backprop),
        TASKS[2].key: Answer(None, asks=True),
    }
    return Standing(Person(name), answers, derivative + backprop, {"q1": f"page1{len(name)}", "q3": "page3"})


def small_class() -> ClassData:
    standings = [
        standing("ann", 10, 8), standing("bob", 10, 4), standing("cho", 0, 4, slip="missing_square", text="e^-z/(1+e^-z)"),
        standing("dan", 0, 0, slip="missing_square", text="exp(-z)/(1+exp(-z))"),
        standing("eve", 5, 2, slip="missing_square", text="e^-z/(1+e^-z)"),
        Standing(Person("fin"), ungraded=Message("The submission has not been graded.")),
    ]  # fmt: skip
    standings[1].notices.append(("q1", Notice("q1_backprop", Message("The cell claimed {x} points.", x=8), suspected=True)))
    return ClassData("sigmoid-7-02", TASKS, standings, [Person("gus")])


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_needs_nothing_but_itself(language: str) -> None:
    text = class_page(small_class(), language, Links("autograded", "http://localhost:8888"))
    page = Page(text)

    assert not {tag for tag, _ in page.elements} & {"script", "img", "link", "iframe", "object", "embed", "form", "base"}
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in str(page.all("meta"))
    assert {str(x["href"]).split("/")[0] for x in page.all("a")} == {"autograded", "http:"}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_it_can_be_read_without_seeing_it(language: str) -> None:
    text = class_page(small_class(), language)
    page = Page(text)

    assert page.all("html")[0]["lang"] == language
    assert text.count("<table>") == text.count("<caption>") > 3
    assert all(x.get("scope") in ("col", "row") for x in page.all("th"))
    for drawing in page.all("svg"):
        assert drawing.get("aria-hidden") == "true" or (drawing["role"] == "img" and drawing["aria-labelledby"])
    title, description = re.search("<title id=[^>]*>(.*?)</title><desc[^>]*>(.*?)</desc>", text).groups()  # type: ignore[union-attr]
    assert title
    assert len(re.findall(r": \d+", description)) == 10  # every bar's number


def test_light_dark_and_paper() -> None:
    text = class_page(small_class(), "en")

    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_the_languages_say_the_same() -> None:
    korean, english = (Page(class_page(small_class(), x)) for x in ("ko", "en"))

    assert [x[0] for x in korean.elements] == [x[0] for x in english.elements]
    assert re.search("[가-힣]", "".join(korean.texts))
    assert not re.search("[가-힣]", "".join(english.texts))


def test_the_figures_are_those_of_the_class() -> None:
    """Worked by hand: derivative 10, 10, 0, 0, 5 of 10 is a half; the rest is 8, 4, 4, 0, 2, so r = 40 / sqrt(100 · 35.2)."""
    text = class_page(small_class(), "en")
    row = re.search("<tr><th scope=.row.><code>q1_derivative</code></th>(.*?)</tr>", text)

    assert row is not None
    assert "50 %" in row[1]
    assert f"{40 / (100 * 35.2) ** 0.5:.2f} [" in row[1]
    assert "(n = 5)" in row[1]
    assert "mean 8.6" in text  # (18 + 14 + 4 + 0 + 7) / 5
    assert "Not counted, since most answers wait for points: q3_essay." in text


def test_slips_are_counted_with_the_commonest_answer() -> None:
    text = class_page(small_class(), "en")
    row = re.search("<tr><th scope=.row.><code>missing_square</code>(.*?)</tr>", text)

    assert row is not None
    assert '<td class="n">3</td>' in row[1]
    assert "q1_derivative (3)" in row[1]
    assert "<pre><code>e^-z/(1+e^-z)</code></pre>" in row[1]


def test_who_waits_is_suspected_or_not_graded_is_named() -> None:
    text = class_page(small_class(), "en", Links("../autograded", "http://localhost:8888"))
    waiting = text[text.index("Waiting answers to q3_essay") : text.index("Suspected tampering</h2>")]
    suspected = text[text.index("Suspected tampering</h2>") : text.index("Not graded</h2>")]

    assert [x in waiting for x in ("ann", "bob", "cho", "dan", "eve", "fin")] == [True] * 5 + [False]
    assert 'href="../autograded/ann/sigmoid-7-02/q3.ipynb"' in waiting
    assert 'href="http://localhost:8888/formgrader/submissions/page3/"' in waiting
    assert "The cell claimed 8 points." in suspected
    assert "ann" not in re.findall(">([a-z]{3})<", suspected)
    assert "fin" in text[text.index("Not graded</h2>") :]
    assert "gus" in text[text.index("Nothing handed in</h2>") :]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_student_writes_does_anything(text: str) -> None:
    """In an answer, an id, a mistake's name, a cell's name, a notice."""
    plain = Page(class_page(odd_class("x"), "en", Links("autograded", "http://localhost:8888")))
    odd = class_page(odd_class(text), "en", Links("autograded", "http://localhost:8888"))
    page = Page(odd)

    assert [x for x, _ in page.elements] == [x for x, _ in plain.elements]
    assert [sorted(x) for _, x in page.elements] == [sorted(x) for _, x in plain.elements]
    for link in page.all("a"):
        assert re.match(r"(autograded/|http://localhost:8888/formgrader/)[\w%./-]*$", str(link["href"]))
    assert len(odd) < 40_000
    assert "\u202e" not in odd


def odd_class(text: str) -> ClassData:
    odd = standing(text, 3, 3, slip=text, text=text)
    odd.notices += [("q1", Notice(text, Message("{x}", x=text), suspected=True)), ("q1", Notice(None, Message("{x}", x=text)))]
    odd.notices.append(("q3", Notice("q3_essay", Message("{x}", x=text), person=True)))
    return ClassData("sigmoid-7-02", TASKS, [odd, standing("bob", 1, 2)], [Person(text)])


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_small_classes_are_told_honestly(count: int) -> None:
    data = small_class()
    data.standings = data.standings[:count]
    text = class_page(data, "en")

    assert "[" not in text[text.index("<h2>Tasks") : text.index("<p>Difficulty")]  # no interval, no figure that pretends
    if count == 0:
        assert "Nothing has been graded yet." in text


def test_the_same_class_gives_the_same_page() -> None:
    assert class_page(small_class(), "ko") == class_page(small_class(), "ko")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_two_columns_of_a_table_have_names_that_can_be_confused(language: str) -> None:
    for table in re.findall(r"<thead>.*?</thead>", class_page(small_class(), language), re.DOTALL):
        heads = re.findall(r'<th scope="col">(.*?)</th>', table)
        longer = [head for head in heads if len(head) > 1]
        assert len(set(heads)) == len(heads) > 1
        assert not [(x, y) for x in longer for y in longer if x != y and x in y]
