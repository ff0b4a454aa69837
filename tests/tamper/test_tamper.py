"""Whatever a submission tries: no point more, nothing outside touched, all others graded, by each command in each sandbox."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tamper.batches import HONEST, SECRET, TRICKS, Batch, environment_state
from tamper.tricks import POINTS, Trick

from sig_checker.grading.sandbox.choosing import KINDS, problem

pytestmark = pytest.mark.end_to_end

COMMANDS = ("nbgrader autograde", "sig-checker grade")
COMBINATIONS = [(kind, command) for kind in KINDS for command in COMMANDS]
TAGS = {"div", "p", "code", "strong", "pre", "small", "img"}  # of a report
NOTHING = dict.fromkeys(POINTS, 0.0)
FULL = dict(POINTS)


# What tries to leave the sandbox, or to break who grades, tries it in every combination. The rest meets each command once
# and each sandbox once: it acts on messages and files, which are the same in both.
INSIDE = {"checker", "objects", "ipython", "metadata", "evidence", "channels", "floods", "texts"}


def _tricks(kind: str, command: str) -> dict[str, Trick]:
    everything = (kind == KINDS[0]) == (command == COMMANDS[0]) or any(problem(x) is not None for x in KINDS)
    return {name: x for name, x in TRICKS.items() if everything or x.kind not in INSIDE}


@pytest.fixture(scope="module")
def batches() -> Iterator[Mapping[tuple[str, str], Batch]]:
    """Every combination once, two at a time. One that has no component to run in is left out."""
    before = environment_state()
    wanted = [(kind, command) for kind, command in COMBINATIONS if problem(kind) is None]
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda combination: Batch.run(*combination, _tricks(*combination)), wanted)
        found = dict(zip(wanted, done, strict=True))
    after = environment_state()
    new = {x for x in after.keys() - before.keys() if "__pycache__" not in x}
    for batch in found.values():
        batch.changed += sorted({x for x in before if before[x] != after.get(x)} | new)
    yield found
    for batch in found.values():
        batch.remove()


@pytest.fixture(params=COMBINATIONS, ids=[f"{command.split()[0]}-{kind}" for kind, command in COMBINATIONS])
def batch(request: pytest.FixtureRequest, batches: Mapping[tuple[str, str], Batch]) -> Batch:
    kind, _ = request.param
    if problem(kind) is not None:
        pytest.skip(f"{kind}: {problem(kind)}")
    return batches[request.param]


def test_the_batch_goes_through(batch: Batch) -> None:
    assert batch.status == 0, batch.output[-2000:]
    assert batch.scores.keys() == {*HONEST, *batch.tricks}


def test_honest_students_get_what_they_deserve(batch: Batch) -> None:
    assert {x: batch.scores[x] for x in HONEST} == {x: NOTHING if x == "ab-wrong" else FULL for x in HONEST}


def test_no_trick_buys_a_point(batch: Batch) -> None:
    bought = {x: batch.scores[x] for x in batch.tricks if any(score for score in batch.scores[x].values())}

    assert bought == {}
    assert all(batch.scores[x].keys() == POINTS.keys() for x in batch.tricks)


def test_nothing_outside_is_touched(batch: Batch) -> None:
    assert batch.changed == []
    assert batch.heard == []


def test_nothing_is_left_behind(batch: Batch) -> None:
    assert batch.running == []
    assert batch.left == []


def test_everything_runs_confined_and_bounded(batch: Batch) -> None:
    printed = {student: _printed(batch, student) for student in batch.tricks}  # a traceback shows lines that never ran

    assert {student: text for student, text in printed.items() if re.search("NOT CONFINED|UNBOUNDED", text)} == {}


def test_no_secret_is_seen(batch: Batch) -> None:
    shown = {student: batch.notebook(student) for student in batch.tricks}

    assert [student for student, text in shown.items() if SECRET in text] == []
    assert "/proc/self/environ" in _printed(batch, "secrets")  # it has looked


def test_results_stay_of_a_size_that_people_can_open(batch: Batch) -> None:
    assert {x: len(batch.notebook(x)) for x in batch.tricks if len(batch.notebook(x)) > 25_000_000} == {}
    assert batch.memory < 1 << 30  # the grader's own
    assert len(batch.output) < 5_000_000


def test_nobody_can_write_on_the_instructors_terminal(batch: Batch) -> None:
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", batch.output) == []
    assert [x for x in batch.output.splitlines() if x.startswith(("zz-right", "mm-right", "aa-right")) and "forged" in x] == []


def test_a_report_shows_what_students_wrote_and_runs_none_of_it(batch: Batch) -> None:
    for student in batch.tricks:
        for cell in json.loads(batch.notebook(student))["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") in POINTS:
                html = "".join("".join(x.get("data", {}).get("text/html", "")) for x in cell["outputs"])
                assert {x.strip("</ ") for x in re.findall(r"<\W*\w*", html)} <= TAGS
                assert not re.search(r"<[^>]*\son\w+=", html)
                for source in re.findall(r"<img[^>]*\ssrc=\"([^\"]*)\"", html):
                    kind, picture = source.split(",")
                    assert kind == "data:image/svg+xml;base64"
                    assert not re.search(r"(?i)<script|<foreign|\son\w+=|href|javascript:", b64decode(picture).decode())


def test_pages_run_nothing_that_students_wrote(batch: Batch) -> None:
    if batch.command == "nbgrader autograde":
        pytest.skip("nbgrader autograde writes no pages")
    without = {x for x in (*HONEST, *batch.tricks) if not batch.has_page(x)}
    assert without == batch.tricks.keys() & {"markdown-bomb"}  # it would never have ended
    for student in batch.tricks.keys() - {"markdown-bomb"}:
        page = batch.page(student)
        assert not re.search(r"<script[^>]*>[^<]*tampered", page)
        assert not re.search(r"<\w[^<>]*\son\w+\s*=\s*[\"']?tampered", page)
        assert not re.search(r"<\w[^<>]*(position:\s*fixed|javascript:tampered)", page.partition("</head>")[2])


def _printed(batch: Batch, student: str) -> str:
    cells: list[dict[str, Any]] = json.loads(batch.notebook(student))["cells"]
    return "".join("".join(x["text"]) for cell in cells for x in cell.get("outputs", []) if x["output_type"] == "stream")
