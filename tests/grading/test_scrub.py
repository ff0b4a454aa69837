"""Results tell of the answer, not of the run: no path, address, process number or nonce stays in them."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from sig_checker.evidence import MIME
from sig_checker.grading.steps.run import RAN, Run
from sig_checker.grading.steps.scrub import ScrubOutputs, scrubber

SCRATCH = Path("/tmp/sig-checker-abc123")
NONCE = "f00df00d"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<function f at 0x7f9a2c3b4d50>", "<function f at 0x...>"),
        ("0xff is 255", "0xff is 255"),
        (f"{SCRATCH}/copy/data.csv", "copy/data.csv"),
        ("/tmp/ipykernel_4711/1034567.py:3: RuntimeWarning: overflow", "<cell>:3: RuntimeWarning: overflow"),
        (f"{sysconfig.get_path('purelib')}/numpy/linalg.py", "site-packages/numpy/linalg.py"),
        (f"{sysconfig.get_path('stdlib')}/json/decoder.py", "python/json/decoder.py"),
        (f"{sys.prefix}/bin/python", "environment/bin/python"),
        (f"the nonce is {NONCE}", "the nonce is ..."),
        ("z = 0.25", "z = 0.25"),
    ],
)
def test_a_text_loses_what_tells_of_the_run(text: str, expected: str) -> None:
    assert scrubber(SCRATCH, [NONCE, "another"])(text) == expected


def test_all_outputs_are_scrubbed_and_evidence_is_gone() -> None:
    traceback = [
        "\x1b[31m-----\x1b[39m", "\x1b[31mValueError\x1b[39m   Traceback (most recent call last)",
        "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[2]\x1b[39m, line 1", "File /lib/numpy/core.py:12, in f(x)",
        f"File {SCRATCH}/copy/mine.py:3, in g()", f"\x1b[31mValueError\x1b[39m: at {SCRATCH}/copy",
    ]  # fmt: skip
    outputs = [
        new_output("stream", name="stdout", text=f"{SCRATCH}/copy {NONCE}"),
        new_output("display_data", data={MIME: {"nonce": NONCE}, "text/plain": NONCE}),
        new_output("execute_result", data={"text/html": f"<b>{NONCE}</b>"}, execution_count=1),
        new_output("error", ename="ValueError", evalue=f"at {SCRATCH}/copy", traceback=traceback),
    ]
    notebook = new_notebook(cells=[new_code_cell("x", outputs=outputs)])

    run = Run(1, SCRATCH, {})
    run.issued = {NONCE: "q1"}
    ScrubOutputs().preprocess(notebook, {RAN: run})

    text = str(notebook)
    assert NONCE not in text
    assert str(SCRATCH) not in text
    assert MIME not in text
    frames = [x for x in notebook.cells[0].outputs[-1].traceback if "line" in x or "File" in x]
    assert len(frames) == 2  # the student's own
    assert "mine.py" in frames[1]
