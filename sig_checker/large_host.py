"""The process that decides one large question, and may be lost over it. `sig_checker.large` starts it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["MEMORY", "SECONDS", "answer", "main"]

SECONDS = 0.7  # of CPU time, the start included
MEMORY = 320 << 20  # of address space


def main() -> None:
    """Read a question from standard input, write the report to standard output; the limits come first."""
    _bound()
    from sig_checker.deciding.limits import limits  # noqa: PLC0415 - the limits of the process come first

    limits.enlarge()
    sys.stdout.write(json.dumps(answer(json.loads(sys.stdin.buffer.read()))))


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """The report on a question as data: an answer to a task of an exercise, or two expressions to compare."""
    from sig_checker.exercise import Exercise, Task  # noqa: PLC0415
    from sig_checker.judging import identical, judge  # noqa: PLC0415
    from sig_checker.records import to_data  # noqa: PLC0415

    if "exercise" not in question:
        return to_data(identical(**question))
    parts = question["exercise"]
    exercise = Exercise(**{**parts, "tasks": tuple(Task(**task) for task in parts["tasks"])})
    return to_data(judge(exercise, **question["judge"]).report)


def _bound() -> None:
    """Limit memory and CPU time; the kernel then ends the process, whatever it is doing."""
    import resource  # noqa: PLC0415 - not on every system; where it is missing nothing large is decided
    import signal  # noqa: PLC0415

    def lower(which: int, most: int) -> None:
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))

    lower(resource.RLIMIT_AS, MEMORY)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_CPU, int(SECONDS) + 1)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # a parent may have left it ignored, or held back
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
