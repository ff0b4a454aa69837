"""The warm process: loads what notebooks need, then forks a kernel for each request. It never runs a student's code itself.

Started by `sig_checker.grading.warm.client`, never imported by it. A request is one message, with two open files beside it:

    frames   a policy's dictionary, the kernel's environment (both marshalled)
    files    the sandbox's control, and a pipe into which the sandbox's exit status is written when it has ended

The connection on which the request came becomes the kernel's.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import marshal
import os
import select
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import ipykernel_launcher

import sig_checker
from sig_checker.evidence import CHALLENGE, Challenge
from sig_checker.grading.sandbox import FAILED, stage
from sig_checker.grading.warm.huge_pages import use_huge_pages
from sig_checker.grading.warm.shell import WarmApp
from sig_checker.grading.warm.wire import Assembler, receive

__all__ = ["main"]

# what students' cells and `submit` load, so that it is there at once; of SciPy what the exercises speak of
_PRELOADED = (
    "numpy", "sympy", "scipy.special", "sig_checker.notebook.submit", "sig_checker.notebook.probing",
    "sig_checker.notebook.tracing", "sig_checker.deciding.challenge", "sig_checker.reading.sympy_objects",
)  # fmt: skip
_REHEARSED = (
    "import numpy as np\nimport sympy as sp\nfrom sig_checker import submit",
    "def f(z):\n    return np.exp(z)\nsubmit('rehearsal', exercise='rehearsal')",
    "submit('rehearsal', sp.exp(sp.Symbol('z')), exercise='rehearsal')",
    "print(np.exp(np.zeros(2)))\nsp.diff(1 / (1 + sp.exp(-sp.Symbol('z'))))",
    "from IPython.display import display, Markdown\ndisplay(Markdown('$a$'))",
    "1 / 0",
)


def main(place: int, life: int) -> None:
    """Serve requests on the listening socket `place` until the pipe `life` is closed."""
    app = _warm_up()
    listening = socket.socket(fileno=place)
    events = select.poll()
    events.register(listening, select.POLLIN)
    events.register(life, select.POLLIN)
    running: dict[int, tuple[int, int]] = {}  # by the file that tells of a process's end: the process, its status's pipe
    while True:
        for file, _ in events.poll():
            if file == life:
                os._exit(0)
            if file == listening.fileno():
                with contextlib.suppress(OSError):  # whoever asked has gone; the next one is served
                    process, status = _fork(app, listening)
                    ended = os.pidfd_open(process)
                    running[ended] = process, status
                    events.register(ended, select.POLLIN)
            elif file in running:
                events.unregister(file)
                _tell(*running.pop(file))
                os.close(file)


def _warm_up() -> WarmApp:
    gc.disable()  # while all this is loaded there is nothing to collect, but a lot to look through
    # as if the launcher had been started: of that the search path for modules depends, and what a program is called
    launcher = ipykernel_launcher.__file__
    sys.argv[:] = [launcher, "-f", "kernel.json"]
    sys.path[0] = str(Path(launcher).parent)
    app: WarmApp = WarmApp.instance()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        sys.modules["debugpy"] = None  # type: ignore[assignment]  # nobody debugs here, and it takes long to load
        app.initialize(["--HistoryManager.hist_file=:memory:"])
        del sys.modules["debugpy"]
        _load(_PRELOADED)
        _load(_rehearse(app))
        app.get_ready()
        with _challenge():  # and what the first `submit` would make
            sig_checker.submit("rehearsal", lambda z: z * z, exercise="rehearsal")
    tempfile.tempdir = None
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()
    gc.enable()
    use_huge_pages()
    return app


def _load(modules: Iterable[str]) -> None:
    for name in modules:
        with contextlib.suppress(ImportError):  # SciPy, say, where it is not installed
            importlib.import_module(name)


def _rehearse(app: WarmApp) -> list[str]:
    """Run some cells in a fork; the names of the modules that were loaded only there."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            with open(os.devnull, "r+b", buffering=0) as nothing:
                for number in (0, 1, 2):
                    os.dup2(nothing.fileno(), number)
            with _challenge():
                app.rehearse(_REHEARSED)
        finally:
            with open(writing, "w", encoding="utf-8") as names:
                names.write("\n".join(sys.modules))
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as names:
        found = [x for x in names.read().split("\n") if x not in sys.modules and not x.startswith("__")]
    os.waitpid(process, 0)
    return found


@contextlib.contextmanager
def _challenge() -> Iterator[None]:
    """As if a check cell were running."""
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as challenge:
        challenge.write(Challenge("", 0, "rehearsal", "rehearsal", "f", ("z",)).as_text())
        challenge.flush()
        os.environ[CHALLENGE] = challenge.name
        yield
        del os.environ[CHALLENGE]


def _fork(app: WarmApp, listening: socket.socket) -> tuple[int, int]:
    end, _ = listening.accept()
    with end:
        control, status = socket.recv_fds(end, 1, 2)[1]
        request = receive(end, Assembler())
        if request is None:
            os.close(control)
            os.close(status)
            raise ConnectionError
        policy: dict[str, Any] = marshal.loads(request[0])
        environment: dict[str, str] = marshal.loads(request[1])
        process = stage.begin({**policy, "control": control}, {end.fileno()})
        if process == 0:
            try:
                app.serve(end, environment)
            finally:
                os._exit(FAILED)
        os.close(control)
        return process, status


def _tell(process: int, status: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with contextlib.suppress(BrokenPipeError):
        os.write(status, bytes([code & 0xFF]))
    os.close(status)
