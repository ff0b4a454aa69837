"""JupyterLab and formgrader as people use them, in headless Chromium."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hub import PASSWORD, SECONDS
from playwright.sync_api import Browser, Locator, Page, Response, expect, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

T = TypeVar("T")
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # whatever a page asks of another machine is not there
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
_NUMBERED = re.compile(r"\[\d+\]:")  # the prompt of a cell that has run
_PATIENCE = SECONDS * 1000.0  # milliseconds; Playwright goes on as soon as it can


@dataclass
class Visitors:
    """A browser with a window for each person who has logged in, and a folder for screenshots."""

    browser: Browser
    address: str
    shots: Path
    pages: dict[str, Page] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def log_in(self, name: str) -> Page:
        """A window of somebody's own, at the Hub's first page after the login: JupyterLab."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(_PATIENCE)
        page = self.pages[name] = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{name}, {page.url}: {error}"))
        _answer_for_kernels(page)
        page.goto(f"{self.address}/hub/login")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/lab**")
        page.get_by_role("tab", name="Launcher").wait_for()
        return page

    def shoot(self, name: str, page: Page, *, whole: bool = False) -> None:
        """Take a screenshot of what is in sight, or of the whole page."""
        if whole:  # a bar that stays in sight would stand in the middle
            page.add_style_tag(content=".navbar { position: absolute !important }")
        page.screenshot(path=self.shots / f"{name}.png", full_page=whole)

    def shoot_text(self, name: str, html: str) -> None:
        page = self.browser.new_page(viewport={"width": 1000, "height": 900})
        page.set_content(html)
        self.shoot(name, page, whole=True)
        page.close()

    def shoot_all(self, name: str) -> None:
        for person, page in self.pages.items():
            self.shoot(f"{name}-{person}", page)


@contextmanager
def _browser(home: Path) -> Iterator[Browser]:
    """`home` is for what Chromium writes beside its profile, which Playwright removes."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_FLAGS, timeout=_PATIENCE, env=os.environ | {"HOME": str(home)}
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitors(address: str, shots: Path, home: Path) -> Iterator[Visitors]:
    shots.mkdir(parents=True, exist_ok=True)
    with _browser(home) as browser:
        yield Visitors(browser, address, shots)


@contextmanager
def window(home: Path) -> Iterator[Page]:
    """A window of one person's own."""
    with _browser(home) as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(_PATIENCE)
        _answer_for_kernels(page)
        yield page


def _answer_for_kernels(page: Page) -> None:
    """Lab asks for a kernel when a cell is run before its own has started, which can be a moment after it says "Idle"."""
    asked = page.locator(".jp-Dialog").get_by_role("button", name="Select Kernel")
    page.add_locator_handler(asked, lambda button: button.click())


def in_menu(page: Page, act: Callable[[Locator], T]) -> T:
    """Act upon nbgrader's menu in JupyterLab. While Lab is starting, an open menu closes when something appears beside it."""
    for _ in range(20):
        page.get_by_role("menuitem", name="Nbgrader").click()
        menu = page.locator(".lm-Menu").filter(has_text="Assignment List")
        try:
            menu.wait_for(timeout=_PATIENCE / 20)
            return act(menu)
        except TooLate:
            page.keyboard.press("Escape")
    raise AssertionError("nbgrader's menu does not stay open")


def entries(page: Page) -> list[str]:
    """What stands in nbgrader's menu."""
    found = in_menu(page, lambda menu: menu.locator(".lm-Menu-itemLabel").all_inner_texts())
    page.keyboard.press("Escape")
    return [x for x in found if x]


class AssignmentList:
    """nbgrader's list in a student's JupyterLab."""

    def __init__(self, page: Page, assignment: str) -> None:
        self._page, self._assignment = page, assignment
        in_menu(page, lambda menu: menu.get_by_text("Assignment List").click(timeout=_PATIENCE / 20))

    def fetch(self) -> None:
        self._press("#released_assignments_list", "Fetch")
        self._page.locator("#fetched_assignments_list").get_by_text(self._assignment).first.click()  # unfolds its notebooks

    def open(self, name: str) -> Notebook:
        self.show()
        self._page.locator("#fetched_assignments_list").get_by_role("link", name=name, exact=True).click()
        return Notebook(self._page, name)

    def show(self) -> None:
        self._page.get_by_role("tab", name="Assignments").click()

    def submit(self) -> None:
        """Hand in what is saved, and see it among what was handed in."""
        self.show()
        self._press("#fetched_assignments_list", "Submit")
        self._page.locator("#submitted_assignments_list .nested_list_item").first.wait_for()

    def fetch_feedback(self) -> None:
        """Fetch the feedback, and go to its folder in the file browser."""
        self.show()
        self._press("#submitted_assignments_list", "Fetch Feedback")
        self._page.get_by_text("(view feedback)").click()

    def read_feedback(self, name: str) -> Locator:
        """Open a feedback page from the file browser; its content."""
        self._page.locator(".jp-DirListing-item").get_by_text(f"{name}.html").dblclick()
        content = self._page.locator(".jp-HTMLViewer:visible iframe").content_frame.locator("body")
        expect(content).to_contain_text(f"{name} (점수")
        return content

    def _press(self, part: str, button: str) -> None:
        self._page.locator(part).get_by_role("button", name=button, exact=True).click()


class Notebook:
    """A notebook in JupyterLab, with a kernel that is ready."""

    def __init__(self, page: Page, name: str) -> None:
        self._page = page
        page.get_by_role("tab", name=f"{name}.ipynb", selected=True).wait_for()
        self._panel = page.locator(".jp-NotebookPanel:visible")
        page.locator("#jp-bottom-panel").get_by_text("| Idle").wait_for()

    def run(self, beginning: str) -> Locator:
        """Run the code cell that begins like this; its outputs, once it is done."""
        cell = self._code(beginning)
        self._edit(cell)
        return self._done(cell)

    def answer(self, beginning: str, answer: str, task: str) -> Locator:
        """Write an answer that begins like this into its cell, run it and the check cell below; the report."""
        cell = self._code(beginning)
        self._edit(cell, f"{beginning}{answer}")
        self._done(cell)
        report = self.run(f'submit("{task}"')
        expect(report).to_contain_text(task)
        return report

    def write_text(self, old: str, text: str) -> None:
        """Replace the text of the Markdown cell with the old text."""
        cells = self._panel.locator(".jp-MarkdownCell")
        cells.filter(has_text=old).last.dblclick()
        editor = self._panel.locator(".jp-MarkdownCell.jp-mod-active .cm-content")
        self._edit(self._panel.locator(".jp-MarkdownCell.jp-mod-active"), text)
        self._page.keyboard.press("Shift+Enter")
        expect(editor).to_have_count(0)
        expect(cells.last.locator(".jp-RenderedMarkdown")).to_be_visible()

    def save(self) -> None:
        with self._page.expect_response(_saved("/api/contents/")) as saved:
            self._page.keyboard.press("Control+s")
        assert saved.value.ok

    def validate(self) -> str:
        """Press Validate; what nbgrader says."""
        self._panel.get_by_role("button", name="Validate").click()
        said = self._page.locator("#validation-message").inner_text()
        self._page.get_by_role("button", name="Ok", exact=True).click()
        return said

    def _code(self, beginning: str) -> Locator:
        return self._panel.locator(".jp-CodeCell").filter(
            has=self._page.locator(".jp-InputArea .cm-content", has_text=beginning)
        )

    def _edit(self, cell: Locator, text: str | None = None) -> None:
        editor = cell.locator(".jp-InputArea .cm-content")
        editor.click()
        expect(editor).to_be_focused()
        if text is not None:
            self._page.keyboard.press("Control+a")
            self._page.keyboard.insert_text(text)

    def _done(self, cell: Locator) -> Locator:
        """Press Shift+Enter and wait for the end. What Lab asks on the way is answered."""
        self._page.keyboard.press("Shift+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(_NUMBERED)
        return cell.locator(".jp-OutputArea").first


class Formgrader:
    """nbgrader's pages for instructors."""

    def __init__(self, page: Page, address: str, assignment: str) -> None:
        self._page, self._address, self._assignment = page, f"{address}/user/instructor/formgrader", assignment
        page.goto(f"{address}/hub/user-redirect/formgrader")

    def manage(self, column: str) -> str:
        """Press the assignment's button in a column of Manage Assignments; the log that nbgrader shows of it."""
        self._page.goto(f"{self._address}/manage_assignments")
        return self._press(self._page.get_by_role("row").filter(has_text=self._assignment).locator(f".{column} a"))

    def submissions(self) -> None:
        """Go to Manage Submissions."""
        self._page.goto(f"{self._address}/manage_submissions/{self._assignment}")
        self._page.locator(".autograde a").first.wait_for()

    def autograde(self, student: str) -> str:
        self.submissions()
        return self._press(self._page.get_by_role("row").filter(has_text=student).locator(".autograde a"))

    def _press(self, button: Locator) -> str:
        button.click()
        said = self._page.locator(".modal.in .modal-content")
        text = said.inner_text()
        said.get_by_role("button", name="OK").click()
        expect(self._page.locator(".modal, .modal-backdrop")).to_have_count(0)
        return text

    def grade_by_hand(self, notebook: str) -> Iterator[Page]:
        """The pages of a notebook's submissions, one after the other, ready for grades."""
        self._page.goto(f"{self._address}/gradebook/{self._assignment}/{notebook}")
        links = self._page.get_by_role("link", name="Submission #")
        links.first.wait_for()
        for address in links.evaluate_all("links => links.map(x => x.href)"):
            self._page.goto(address)
            self._page.wait_for_function("formgrader.grades?.loaded && formgrader.comments?.loaded")
            yield self._page

    def give(self, cell: str, points: str, comment: str) -> None:
        """Write points and a comment for a cell of the page that is open."""
        for kind, name, text in (("grade", cell, points), ("comment", f"{cell}-comment", comment)):
            with self._page.expect_response(_saved(f"/formgrader/api/{kind}/")) as saved:
                self._page.locator(f"#{name}").fill(text)
                self._page.locator(f"#{name}").blur()
            assert saved.value.ok


def _saved(part: str) -> Callable[[Response], bool]:
    """Whether something was written to an address that contains `part`."""
    return lambda response: response.request.method == "PUT" and part in response.url
