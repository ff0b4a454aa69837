"""The pages that people read: the rubric under a heading without nbgrader's markers, tasks by their names, in one language."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from sig_checker.grading import configure
from sig_checker.grading.pages.feedback import ShowRubric

SCHEME = "=== BEGIN MARK SCHEME ===\n\n{}**4 points** for the reason, $a^2$.\n\n=== END MARK SCHEME ==="
ESSAY = "Explain.\n\n" + SCHEME.format("")


def graded(name: str, **more: Any) -> dict[str, Any]:
    return {"nbgrader": {"grade_id": name, "task": False, "grade": False, "solution": False, "points": 8, "score": 2.5, **more}}


def cell(source: str, *, task: bool) -> Any:
    return new_markdown_cell(source, metadata=graded("essay", task=task))


def shown(source: str, *, task: bool = True, config: Config | None = None) -> str:
    notebook, _ = ShowRubric(config=config).preprocess(new_notebook(cells=[cell(source, task=task)]), {})
    return str(notebook.cells[0].source)


def test_the_rubric_stays_under_a_heading_and_the_markers_go() -> None:
    text = shown(ESSAY)

    assert "MARK SCHEME" not in text
    assert text.index("Explain.") < text.index(">Rubric</h4>") < text.index("**4 points** for the reason")


@pytest.mark.parametrize("source", ["Explain.", "", "a line\n\n    with blanks  "])
def test_a_task_without_a_mark_scheme_is_left_alone(source: str) -> None:
    assert shown(source) == source


def test_what_a_student_wrote_is_left_alone() -> None:
    assert shown(ESSAY, task=False) == ESSAY


def test_a_course_may_spell_its_markers_otherwise() -> None:
    config = Config({"ClearMarkScheme": {"begin_mark_scheme_delimeter": "<rubric>", "end_mark_scheme_delimeter": "</rubric>"}})
    text = shown("Why?\n<rubric>\n1 point\n</rubric>", config=config)

    assert "<rubric>" not in text
    assert text.index("Why?") < text.index(">Rubric</h4>") < text.index("1 point")


VOID = ("meta", "link", "br", "img", "hr", "input")


class Page(HTMLParser):
    """Elements with their texts, and whether every element that is opened is closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.targets: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if "id" in found:
            self.targets.add(f"#{found['id']}")
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data


def page_of(
    heading: str, rubric: str = "", template: str = "feedback", *, waits: bool = False, comment: str = "**Well** done"
) -> str:
    """A feedback page as `nbgrader generate_feedback` makes it, from the step behind the gradebook on."""
    config = Config()
    configure(config)
    config.HTMLExporter.template_name = template
    from nbgrader.server_extensions.formgrader import handlers  # noqa: PLC0415 - loads the server; for its folder alone

    config.HTMLExporter.extra_template_paths = [f"{handlers.static_path}/node_modules/bootstrap/dist/css"]
    notebook = new_notebook(cells=[
        new_markdown_cell(f"# {heading}"),
        new_markdown_cell("## 1-1. $z^2$ <i>x</i> · `q1` (8)\n\n```python\n# no heading\n```"),
        new_code_cell("q1 = 1", metadata=graded("q1_answer", solution=True, comment=comment)),
        new_code_cell("submit()", metadata=graded("q1", grade=True)),
        new_markdown_cell(f"## 1-2. Why? (8)\n\n{SCHEME.format(rubric)}", metadata=graded("essay", task=True, waits=waits)),
    ])  # fmt: skip
    about = {"notebook": "q1", "score": 5, "max_score": 16, "late_penalty": 1.5}
    resources = {"nbgrader": about, "inlining": {"css": []}}
    if template == "formgrade":
        resources |= {"submission_id": "x", "base_url": "", "index": 0, "total": 1, "notebook_id": "q1"}
    return str(HTMLExporter(config=config).from_notebook_node(notebook, resources)[0])


@pytest.mark.parametrize(
    ("heading", "score", "words"),
    [
        ("Exercise", "Score: 5 / 16", ["Rubric", "Your answer: 1-1.", "Comment"]),
        ("문제", "점수: 5 / 16", ["채점 기준", "내 답: 1-1.", "의견"]),
    ],
)
def test_feedback_names_the_tasks_in_the_language_of_the_notebook(heading: str, score: str, words: list[str]) -> None:
    text = page_of(heading)
    page = Page(text)
    contents = [" ".join(x.split()) for x in page.texts["li"]]

    assert page.texts["h1"][0] == f"q1 ({score})"
    assert all(word in text for word in words)
    assert text.count("<body") == 1
    assert len(contents) == 4  # with the comment and what is taken off
    assert contents[1].endswith(f"· q1 ({score.replace('5 / 16', '2.5 / 8')})")
    assert "<i>x</i>" in contents[1]  # as text
    assert contents[2].startswith("1-2. Why? (")
    assert [x for x in page.links if x not in page.targets] == []
    assert not any(x in text for x in ("Test cell", "Grade cell", "MARK SCHEME"))
    assert 'lang="ko"' in text if heading == "문제" else 'lang="en"' in text


@pytest.mark.parametrize("template", ["feedback", "formgrade"])
def test_a_rubric_with_a_heading_of_its_own_keeps_it(template: str) -> None:
    page = Page(page_of("Exercise", "**Rubric (8 points)**\n\n", template))

    assert [x for x in page.texts["h4"] if "Rubric" in x] == ["Rubric (8 points)"]
    assert page.open == []


@pytest.mark.parametrize(("heading", "said"), [("Exercise", "(not graded yet, at most 8)"), ("문제", "(아직 채점 전, 만점 8)")])
def test_what_waits_for_a_person_has_no_points_yet(heading: str, said: str) -> None:
    contents = [" ".join(x.split()) for x in Page(page_of(heading, waits=True)).texts["li"]]

    assert contents[1].endswith("2.5 / 8)")
    assert contents[2] == f"1-2. Why? {said}"


@pytest.mark.parametrize(("heading", "said"), [("Exercise", "No response."), ("문제", "쓴 답이 없습니다.")])
def test_nbgraders_comment_on_an_empty_answer_is_in_the_language_of_the_page(heading: str, said: str) -> None:
    found = re.search(r'id="comment-q1_answer">.*?<p>(.*?)</p>', page_of(heading, comment="No response."), re.DOTALL)

    assert found is not None
    assert found[1] == said
