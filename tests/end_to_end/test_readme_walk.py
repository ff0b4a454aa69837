"""The first minutes by the README alone: a copy of the clone, its commands as they stand, its clicks, the page at the end.

The environment that `make` would install is that of the tests; without Chromium nbgrader's API takes the place of the clicks.
The README's pictures, in docs/pictures, are what it sees: it puts them into the folder that the variable SCREENSHOTS names.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WALK = re.findall(r"^## The first minutes\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)[0]
GRADE, JUPYTER, AFTER = re.findall(r"```sh\n(.*?)```", WALK, re.DOTALL)
CLICKS = [x for bold in re.findall(r"\*\*(.+?)\*\*", WALK) for x in bold.split(" → ")]
TOKEN, SECONDS = "for-this-test-alone", 180
# what grading and testing have left behind in this clone
LEFT = {".git", ".venv", "release", "feedback", "evidence", "gradebook.db"}


def in_shell(block: str, folder: Path) -> str:
    """Run a block of the README as a person at a terminal does; what it prints."""
    environment = {x: y for x, y in os.environ.items() if not x.startswith(("JUPYTER", "IPYTHON", "VIRTUAL_ENV", "MAKE"))}
    # the environment is there: `make` need not fetch it from the network
    environment |= {"HOME": str(folder), "MAKEFLAGS": "READY=.venv/bin/python", "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-e", "-c", block], cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_from_a_clone_to_a_page_about_a_class_with_a_graded_essay(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(ROOT, clone, ignore=lambda folder, names: LEFT & {*names} if Path(folder) == ROOT else ())
    (clone / ".venv").symlink_to(sys.prefix)

    assert "18 submissions graded." in in_shell(GRADE, clone)
    with _jupyter(clone) as address:
        if _browser():
            _click(clone, address)
        else:
            _grade_without_clicks(clone)
    in_shell(AFTER, clone)
    if _browser():
        _look(clone)

    (student,) = _graded(clone)
    for page in (clone / "feedback").glob("demo-*/sigmoid-7-02/q3.html"):
        text, mine = page.read_text(encoding="utf-8"), page.parts[-3] == student
        assert ("11 / 14" in text, "아직 채점 전, 만점 14" in text) == (mine, not mine)
    page = (clone / "report-sigmoid-7-02.html").read_text(encoding="utf-8")
    (row,) = re.findall(r"<tr><th[^>]*><code>q3_essay</code></th>(.*?)</tr>", page)
    assert [re.sub("<.*?>", "", x) for x in row.split("</td>")[:2]] == ["14", "1"]  # worth 14, and one has points
    assert ">79 %" in row  # 11 of 14


def _graded(clone: Path) -> list[str]:
    with Gradebook(f"sqlite:///{clone}/gradebook.db") as gradebook:
        found = [
            (submission.student.id, gradebook.find_grade("q3_essay", "q3", "sigmoid-7-02", submission.student.id))
            for submission in gradebook.assignment_submissions("sigmoid-7-02")
        ]
        return [student for student, grade in found if grade.manual_score == 11]


@contextmanager
def _jupyter(clone: Path) -> Iterator[str]:
    """What the README starts, on a port of its own; the address that it tells people to open, or opens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        *shlex.split(JUPYTER), "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
    ]  # fmt: skip
    environment = {x: y for x, y in os.environ.items() if not x.startswith(("JUPYTER", "IPYTHON"))}
    environment |= {"HOME": str(clone), "LC_ALL": "C.UTF-8"}
    log = clone.parent / "jupyter.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=clone, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        end = time.monotonic() + SECONDS
        while True:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, "JupyterLab does not answer"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=10).close()
                break
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}/lab?token={TOKEN}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


def _browser() -> bool:
    return importlib.util.find_spec("playwright") is not None and shutil.which("chromium") is not None


def _grade_without_clicks(clone: Path) -> None:
    with Gradebook(f"sqlite:///{clone}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("q3_essay", "q3", "sigmoid-7-02", "demo-worked-solution")
        grade.manual_score, grade.needs_manual_grade = 11, False
        gradebook.db.commit()


def _shoot(page: Any, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def _click(clone: Path, address: str) -> None:
    """Grade an essay in formgrader, then answer a question as a student does."""
    from pages import Notebook, in_menu, window  # noqa: PLC0415 - loads Playwright
    from playwright.sync_api import expect  # noqa: PLC0415

    assert CLICKS == ["Nbgrader", "Formgrader", "Manual Grading", "sigmoid-7-02", "q3", "Submission #1"]
    with window(clone) as page:
        page.goto(address)
        page.get_by_role("tab", name="Launcher").wait_for()
        page.get_by_role("button", name="No", exact=True).click()  # to news from the network
        in_menu(page, lambda menu: menu.get_by_text(CLICKS[1], exact=True).click())
        formgrader = page.locator("iframe").content_frame
        for name in CLICKS[2:]:
            formgrader.get_by_role("link", name=name, exact=True).click()
        points = formgrader.locator("#q3_essay.score")
        expect(formgrader.locator("#q3_at_zero.score")).to_have_attribute("placeholder", re.compile("."))  # its script has run
        expect(formgrader.locator(".rubric .panel-title")).to_have_text("채점 기준 (14점)")
        points.fill("11")
        points.press("Tab")
        expect(formgrader.locator(".score-saved").filter(visible=True).first).to_be_visible()
        # the page was moving on to the next field
        scroll = "x => { $('body, html').finish(); x.closest('.cell').scrollIntoView(); scrollBy(0, -60); }"
        formgrader.locator(".rubric").evaluate(scroll)
        _shoot(page, "manual-grading")

        (release,) = re.findall(r"`(release/.*?)`", WALK)
        page.goto(address.replace("/lab?", f"/lab/tree/{release}?"))
        notebook = Notebook(page, "q1")
        notebook.run("import numpy")
        report = notebook.answer("q1_derivative =", ' "e^-z / (1 + e^-z)"', "q1_derivative")
        expect(report).to_contain_text("맞지 않습니다.")
        report.evaluate("x => x.closest('.jp-Cell').previousElementSibling?.scrollIntoView()")
        _shoot(page, "student")


def _look(clone: Path) -> None:
    """Open the pages that the README names."""
    from pages import window  # noqa: PLC0415 - loads Playwright

    pages = re.findall(r"`([\w./-]+\.html)`", WALK)
    assert pages == ["report-sigmoid-7-02.html", "feedback/demo-unstable/sigmoid-7-02/q3.html"]
    with window(clone) as page:
        for address, name, part in zip(pages, ("report", "meaning"), ("h1", "#q3_at_zero"), strict=True):
            page.goto((clone / address).as_uri())
            page.locator(part).first.evaluate("x => x.scrollIntoView()")
            _shoot(page, name)


def test_the_pictures_are_there_and_small() -> None:
    named = re.findall(r"!\[[^\]]{20,}\]\((docs/pictures/[\w-]+\.png)\)", README)
    assert len(named) == 4
    assert {ROOT / x for x in named} == {*(ROOT / "docs" / "pictures").iterdir()}
    assert sum((ROOT / x).stat().st_size for x in named) < 800_000
