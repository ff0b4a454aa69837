"""Questions that are too large to be decided here are decided again, with larger limits, in a process that can be lost.

FLINT ends its process when memory runs out, and nothing stops an operation that has begun. In this process the limits are
small (see `deciding.limits`); the other one has larger ones, and an end of its own for its memory and time. What comes to
that end is undecided, and nothing else is touched. Questions and reports cross as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import flint

import sig_checker
from sig_checker.deciding.limits import limits
from sig_checker.records import from_data
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["ask", "decided"]

PATIENCE = 5.0  # seconds of wall time, for a busy machine; the process ends itself after less of its own time
_START = "import json, sys; sys.path += json.loads(sys.argv[1]); from sig_checker.large_host import main; main()"
_PATHS = json.dumps([str(Path(str(module.__file__)).resolve().parent.parent) for module in (sig_checker, flint)])
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def decided(
    decide: Callable[[], Report],
    question: Callable[[], Mapping[str, Any]],
    open_verdicts: Sequence[Verdict] = (Verdict.UNDECIDED,),
) -> Report:
    """The report that `decide` makes, or, where it came to the limits of this process, the one of another process.

    Where that is lost, what might have changed is undecided.

    Args:
        question: what `large_host.answer` takes to decide the same.
        open_verdicts: those that may change when more can be worked out.
    """
    limits.begin()
    try:
        report = decide()
        larger = limits.passed and limits.goes_on
    finally:
        limits.end()
    if not larger or report.verdict not in open_verdicts:
        return report
    found = ask(question())
    if isinstance(found, Report):
        return replace(found, read=report.read)
    if report.verdict is Verdict.UNDECIDED:
        return replace(report, message=found)
    return Report(Verdict.UNDECIDED, found, read=report.read, notes=(report.message,))  # a busy machine is no reason for a zero


def ask(question: Mapping[str, Any]) -> Report | Message:
    """What a process of its own makes of the question; a message says why there is no report.

    Takes some 0.15 s to start, and at most `large_host.SECONDS` of CPU time and `large_host.MEMORY` bytes.
    """
    command = [sys.executable, "-I", "-c", _START, _PATHS]
    try:
        done = subprocess.run(
            command, input=json.dumps(question).encode("ascii"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=PATIENCE, env={**os.environ, **_ONE_THREAD}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _lost()
    except (OSError, TypeError, ValueError):  # no interpreter, no processes here, or a question that is not data
        return Message("It is too large to be decided here, and no process could be started for it; a person decides.")
    try:
        return from_data(json.loads(done.stdout))
    except (KeyError, TypeError, ValueError):  # it ended before it had an answer
        return _lost()


def _lost() -> Message:
    return Message("Deciding this answer takes more memory or time than there is; a person decides.")
