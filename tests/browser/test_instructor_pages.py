"""The instructor's pages and the students' feedback in Chromium, which has no network but this machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from courses import BIN, run
from demo_class import CLASS, filled_in
from nbgrader.api import Gradebook

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed (make system)"),
]

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT, STUDENT = "sigmoid-7-02", "하늘"
TOKEN = "for-this-test-alone"
SECONDS = 120
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
ESSAY = (
    "$z \\to \\pm\\infty$이면 확률이 0 또는 1에 가까워 결과가 확실하다. "
    "<b onclick='x()'>기울기</b>가 0에 가까워 갱신이 거의 없다.\n\n"
    "z = 0에서 모델은 가장 확실하다. <script>document.title = 'gone'</script>"
)


@dataclass
class Seen:
    """A page with what it asked for and what went wrong in it."""

    page: Page
    asked: list[str]
    errors: list[str]

    def drawn(self) -> list[tuple[float, float]]:
        """Width and height of each formula."""
        sizes: list[Any] = self.page.evaluate(
            "[...document.querySelectorAll('math')].map(x => x.getBoundingClientRect()).map(x => [x.width, x.height])"
        )
        return [(float(width), float(height)) for width, height in sizes]

    def text(self) -> str:
        """What is shown besides code, in which a dollar may stand."""
        return str(self.page.evaluate(
            "(() => { const b = document.body.cloneNode(true);"
            " b.querySelectorAll('pre, code, script, style, math').forEach(x => x.remove()); return b.textContent; })()"
        ))  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with the third notebook alone, graded, in a folder of a server as on a Hub."""
    folder = tmp_path_factory.mktemp("home") / "course"
    (folder / "source" / ASSIGNMENT).mkdir(parents=True)
    shutil.copy(ROOT / "source" / ASSIGNMENT / "q3.ipynb", folder / "source" / ASSIGNMENT)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    answers = {**CLASS["demo-approached"], "q3_essay": f"\n{ESSAY}\n"}
    notebook = json.loads((ROOT / "source" / ASSIGNMENT / "q3.ipynb").read_text(encoding="utf-8"))
    for student in (STUDENT, "007"):
        (folder / "submitted" / student / ASSIGNMENT).mkdir(parents=True)
        text = json.dumps(filled_in(notebook, answers))
        (folder / "submitted" / student / ASSIGNMENT / "q3.ipynb").write_text(text, encoding="utf-8")
    run(folder, "sig-checker", "grade", "--feedback")
    return folder


@pytest.fixture(scope="module")
def server(course: Path) -> Iterator[str]:
    """A Jupyter server above the course's folder, whose formgrader is told where the course lies, as docs/hub.md has it."""
    home = course.parent
    (home / ".jupyter").mkdir()
    config = f"c = get_config()\nc.CourseDirectory.root = {str(course)!r}\n"
    (home / ".jupyter" / "nbgrader_config.py").write_text(config, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {x: y for x, y in os.environ.items() if not x.startswith(("JUPYTER", "IPYTHON"))}
    environment |= {"HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    options = [
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.open_browser=False",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={home}", "--allow-root",
    ]  # fmt: skip
    with open(home / "server.log", "wb") as log:
        process = subprocess.Popen(
            [str(BIN / "jupyter-server"), *options], cwd=home, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(SECONDS * 4):
            assert process.poll() is None, (home / "server.log").read_text()
            try:
                urllib.request.urlopen(f"{address}/api", timeout=10).close()
                break
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.25)
        yield address
    finally:
        process.terminate()
        process.wait(SECONDS)


def opened(browser: Browser, address: str, scheme: Any = "light") -> Seen:
    context = browser.new_context(color_scheme=scheme, extra_http_headers={"Authorization": f"token {TOKEN}"})
    context.set_default_timeout(SECONDS * 1000)
    seen = Seen(context.new_page(), [], [])
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.goto(address, wait_until="load")
    return seen


def test_feedback_is_drawn_without_a_network(browser: Browser, course: Path) -> None:
    path = course / "feedback" / STUDENT / ASSIGNMENT / "q3.html"
    seen = opened(browser, path.as_uri())

    assert [x for x in seen.asked if not x.startswith("file:")] == []
    assert len(seen.asked) == 1
    assert len(seen.drawn()) > 20
    assert all(width > 3 and height > 3 for width, height in seen.drawn())
    assert "$" not in seen.text()
    assert seen.errors == []
    assert "<script" not in path.read_text(encoding="utf-8")


def test_feedback_does_not_show_the_suggestion(course: Path) -> None:
    for path in (course / "feedback").rglob("*.html"):
        assert "제안일 뿐" not in path.read_text(encoding="utf-8")
    for path in (course / "autograded").rglob("*.ipynb"):
        assert "제안일 뿐" not in path.read_text(encoding="utf-8")


def submission(course: Path) -> tuple[str, dict[str, tuple[float | None, float | None]]]:
    """The notebook's id in formgrader, and by cell the points of judge and person."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook("q3", ASSIGNMENT, STUDENT)
        return notebook.id, {x.name: (x.auto_score, x.manual_score) for x in notebook.grades}


def test_formgrader_draws_formulas_and_suggests_without_scoring(browser: Browser, course: Path, server: str) -> None:
    page_id, before = submission(course)
    seen = opened(browser, f"{server}/formgrader/submissions/{page_id}/")
    score = seen.page.locator("#q3_essay.score")
    expect(seen.page.locator("#q3_at_zero.score")).to_have_attribute("placeholder", "8")  # its script has run to the end

    assert {x.split("/")[2] for x in seen.asked} == {server.split("/")[2]}
    assert seen.errors == []
    assert len(seen.drawn()) > 20
    assert "$" not in seen.text()
    table = seen.page.locator("table").filter(has_text="채점 기준의 항목")
    rows = [[" ".join(x.split()) for x in row.locator("td").all_inner_texts()] for row in table.locator("tbody tr").all()]
    assert [row[2] for row in rows] == [
        "있는 듯합니다", "있는 듯합니다", "의심스럽습니다: 부정하거나 반대로 말한 곳이 있습니다",
        "찾지 못했습니다", "찾지 못했습니다",
    ]  # fmt: skip
    assert "z = 0에서 모델은 가장 확실하다." in rows[2][3]
    assert seen.page.get_by_text("제안일 뿐 점수가 아닙니다").is_visible()
    assert seen.page.title() == "q3"  # the script in the essay did not run
    assert score.input_value() == ""
    assert submission(course)[1] == before
    assert before["q3_essay"] == (None, None)

    score.fill("9")
    score.press("Tab")
    expect(seen.page.locator(".score-saved").filter(visible=True).first).to_be_visible()
    deadline = time.monotonic() + SECONDS
    while submission(course)[1]["q3_essay"] != (None, 9.0):  # what is seen may be another cell's sign
        assert time.monotonic() < deadline, submission(course)[1]
        time.sleep(0.1)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_class_page_is_legible_in_light_and_dark(browser: Browser, course: Path, language: str) -> None:
    run(course, "sig-checker", "report", "--language", language, "-o", "report.html")
    for scheme in ("light", "dark"):
        seen = opened(browser, (course / "report.html").as_uri(), scheme)

        assert len(seen.asked) == 1
        assert seen.errors == []
        colours = seen.page.evaluate(
            "[...document.querySelectorAll('p, td, th, dt, dd, caption, summary')]"
            ".map(x => getComputedStyle(x).color).filter((x, i, all) => all.indexOf(x) === i)"
        )
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert all(contrast(x, ground) >= 4.5 for x in colours), (colours, ground)
        dark = luminance(ground) < 0.2
        assert dark == (scheme == "dark")
        overflow = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow == 0


def contrast(one: str, other: str) -> float:
    """By the Web Content Accessibility Guidelines, which ask for 4.5."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(x) / 255 for x in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
