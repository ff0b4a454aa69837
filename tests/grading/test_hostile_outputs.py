"""What comes out of a kernel: messages of any shape, texts that keep patterns busy, pages that would run scripts."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, output_from_msg
from traitlets.config import Config

from sig_checker.grading import configure
from sig_checker.grading.running.messages import TooLong, bounded, is_sound, known_metadata
from sig_checker.grading.steps.scrub import ScrubOutputs, scrubber

PLAIN = {"text/plain": "x"}
SCRIPTS = [
    "<script>tampered()</script>", "<img src=x onerror=tampered()>", "<svg/onload=tampered()>", "<SCRIPT SRC=//x></SCRIPT>",
    "<a href='javascript:tampered()'>x</a>", "<a href=' data:text/html,<script>tampered()</script>'>x</a>", "<iframe src=//x>",
    "<form action=//x><button>", "<div style='position:fixed;background:url(//x)'>", "<style>*{display:none}</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=tampered()>", "<img src='http://x/seen.png'>", "<base href=//x>",
    "<b <script>tampered()</script>", "<!--><script>tampered()</script>-->", "<object data=x><embed src=x>",
]  # fmt: skip


def _message(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "content": content}


@pytest.mark.parametrize(
    ("message", "sound"),
    [
        (_message("stream", name="stdout", text="x"), True),
        (_message("stream", name="stdin", text="x"), False),
        (_message("stream", name="stdout", text=["x"]), False),
        (_message("error", ename="E", evalue="", traceback=[]), True),
        (_message("error", ename="E", evalue="", traceback=None), False),
        (_message("display_data", data=PLAIN, metadata={}, transient={"display_id": "x"}), True),
        (_message("display_data", data=PLAIN | {"a/b+json": {"c": 1}, "application/json": 5}, metadata={}), True),
        (_message("display_data", data=PLAIN | {"a/b+json": 5}, metadata={}), False),
        (_message("display_data", data=PLAIN, metadata={}, transient={"display_id": ["x"]}), False),
        (_message("display_data", data={"text/html": None}, metadata={}), False),
        (_message("display_data", data=[], metadata={}), False),
        (_message("display_data", data=PLAIN, metadata=None), False),
        (_message("execute_result", data=PLAIN, metadata={}, execution_count=3), True),
        (_message("execute_result", data=PLAIN, metadata={}, execution_count="3"), False),
        (_message("execute_input", code="x", execution_count=True), False),
        (_message("execute_input", code="x", execution_count=10**30), False),
        (_message("status", execution_state="idle"), True),
        (_message("status"), False),
        ({"msg_type": "stream", "content": []}, False),
        ({"msg_type": ["stream"], "content": {}}, False),
        ({"content": {}}, False),
    ],
)
def test_a_message_is_what_it_says_it_is(message: dict[str, Any], sound: bool) -> None:
    assert is_sound(message) is sound


def test_what_is_sound_can_be_written_into_a_notebook() -> None:
    for message in (
        _message("stream", name="stderr", text="x"),
        _message("error", ename="E", evalue="x", traceback=["x"]),
        _message("display_data", data=PLAIN | {"application/json": [1]}, metadata=known_metadata({"a": 1, "b": ["x"]})),
        _message("execute_result", data=PLAIN, metadata={}, execution_count=2),
    ):
        assert is_sound(message)
        nbformat.validate(new_notebook(cells=[new_code_cell(outputs=[output_from_msg(message | {"header": message})])]))


class Run:
    scratch, issued, unfinished = Path("/tmp/sig-checker-x"), {"f00d": "q"}, {}


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_500_000, "ipykernel_1" * 120_000, "/ipykernel_1/" * 100_000, "\x1b[31mx" * 200_000, "x" * 1_000_000 + "\r\n",
        "\rx" * 500_000,
    ],
    ids=["a word", "beginnings", "paths", "colours", "a return at the end", "returns"],
)  # fmt: skip
def test_no_text_keeps_scrubbing_or_showing_busy(text: str) -> None:
    notebook = new_notebook(cells=[new_code_cell(outputs=[new_output("stream", name="stdout", text=text)])])
    start = time.process_time()

    scrubbed, _ = ScrubOutputs().preprocess(notebook, {"sig_checker_run": Run})
    HTMLExporter().from_notebook_node(scrubbed)

    assert time.process_time() - start < 5  # the square of such a length takes minutes


def test_paths_of_cells_are_taken_out_wherever_they_stand() -> None:
    clean = scrubber(Path("/tmp/sig-checker-x"))

    assert clean("File /tmp/a/ipykernel_12/345.py:3\n/tmp/ipykernel_1/2.py") == "File <cell>:3\n<cell>"


@pytest.fixture(scope="module")
def exporter() -> HTMLExporter:
    config = Config()
    configure(config)
    return HTMLExporter(config=config)


def test_a_page_runs_nothing_that_a_student_wrote(exporter: HTMLExporter) -> None:
    notebook = new_notebook()
    for script in SCRIPTS:
        shown = [new_output("display_data", data={mime: script}) for mime in ("text/html", "text/markdown", "text/latex")]
        shown += [new_output("display_data", data={"application/javascript": "tampered()"}), new_output("stream", text=script)]
        notebook.cells += [new_markdown_cell(script), new_code_cell(script, outputs=shown)]

    body = exporter.from_notebook_node(notebook)[0].partition("<body")[2]

    without_text = body.replace("&lt;", "")
    assert "<script>tampered" not in without_text.lower()
    for found in ("onerror=", "onload=", "<iframe", "<form", "position", "javascript:", "<style", "<base", "<object", "x/seen"):
        assert not any(found in tag for tag in _tags(body)), found


def _tags(html: str) -> list[str]:
    return ["<" + x.partition(">")[0].lower() for x in html.split("<")[1:]]


def test_a_page_shows_what_honest_students_and_our_reports_show(exporter: HTMLExporter) -> None:
    table = '<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th>a</th></tr></thead></table>'
    report = '<div lang="ko" style="border-left: 4px solid #2e7d32; padding-left: 0.8em"><code>q1</code> $a &lt; 1$</div>'
    outputs = [new_output("display_data", data={"text/html": x}) for x in (table, report)]
    text = new_markdown_cell("# Title\n\nText with $a<b$ and **bold**\n\n1. one")
    notebook = new_notebook(cells=[text, new_code_cell("1", outputs=outputs)])

    page = exporter.from_notebook_node(notebook)[0]

    for kept in ("<h1", "<strong>bold</strong>", "<li>one", "<th>a</th>", 'class="dataframe"', "<code>q1</code> <math"):
        assert kept in page
    assert "<mi>a</mi><mo>&lt;</mo><mn>1</mn>" in page
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in page
    assert 'style="border-left: 4px solid #2e7d32; padding-left: 0.8em;"' in page


def test_a_page_does_without_pictures_that_are_not_there(exporter: HTMLExporter) -> None:
    cell = new_markdown_cell("![kept](attachment:a.png) ![lost](attachment:b.png) ![empty](attachment:c.png) **and the rest**")
    cell["attachments"] = {"a.png": {"image/png": "aGk="}, "c.png": {}}
    cell["attachments"]["d.png"] = {'image/png" onerror="tampered()': "aGk="}
    cell["source"] += " ![forged](attachment:d.png)"

    page = exporter.from_notebook_node(new_notebook(cells=[cell]))[0]

    assert 'src="data:image/png;base64,aGk="' in page
    assert all(x in page for x in ('alt="lost"', 'alt="empty"', "<strong>and the rest</strong>"))
    assert not any("onerror=" in tag.replace("&quot;", "") for tag in _tags(page.partition("<body")[2]))


def test_a_message_of_very_many_objects_is_not_read() -> None:
    """Four million empty ones take 12 MB as text and a gigabyte in memory."""
    read = bounded(json.loads)

    assert read(b"[" + b"{}," * 1000 + b"0]") == [{}] * 1000 + [0]
    for item in (b"{}", b"[]"):
        assert isinstance(read(b"[" + (item + b",") * 1_000_000 + b"0]"), TooLong)
