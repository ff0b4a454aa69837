"""What every test has: nbgrader's programs on the path, and examples that Hypothesis builds in the same way each time."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# nbgrader starts `alembic` by its name, so the environment's programs must be found whether or not it is activated
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

# a suite that fails on one machine fails on the next; the judge's own times are held where they are measured
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # run in the background by a shell: what is started would ignore it, too
    signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("same each time", derandomize=True, deadline=None, print_blob=False)
settings.load_profile("same each time")

# it needs Playwright; the tests that need it say so when they are skipped
collect_ignore = [] if importlib.util.find_spec("playwright") else ["pages.py"]

# whose files take minutes: they begin first, so that at the end no core waits for the other's last file
LONG = ("tamper", "browser", "cluster", "end_to_end", "authoring")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files stay together (one fixture may serve a whole file), the long ones first."""
    items.sort(key=lambda item: LONG.index(item.path.parent.name) if item.path.parent.name in LONG else len(LONG))
