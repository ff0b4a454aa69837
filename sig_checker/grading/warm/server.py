"""The warm process: loads what notebooks need, then forks a kernel into each sandbox that the nursery has made. It never runs a
student's code itself.
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
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import ipykernel_launcher

import sig_checker
from sig_checker.evidence import CHALLENGE, Challenge
from sig_checker.grading.sandbox import FAILED
from sig_checker.grading.sandbox.joining import join
from sig_checker.grading.warm.huge_pages import use_huge_pages
from sig_checker.grading.warm.shell import WarmApp

__all__ = ["serve"]

# what students' cells and `submit` load, so that it is there at once; of SciPy what the exercises speak of
_PRELOADED = (
    "numpy", "sympy", "scipy.special", "sig_checker.notebook.submit", "sig_checker.notebook.probing",
    "sig_checker.notebook.tracing", "sig_checker.deciding.challenge", "sig_checker.reading.sympy_objects",
    "sympy.assumptions.wrapper", "sympy.sets.setexpr", "sympy.tensor.tensor",  # by the first derivative
    "pygments.formatters.terminal256", "stack_data.serializing",  # by the first traceback
)  # fmt: skip


def serve(sandboxes: socket.socket) -> NoReturn:
    """Fork a kernel into each sandbox of which the socket tells, until it is closed."""
    app = _warm_up()
    events = select.poll()
    events.register(sandboxes, select.POLLIN)
    running: dict[int, tuple[int, socket.socket]] = {}  # by the file that tells of a kernel's end; with its sandbox's line
    while True:
        for file, _ in events.poll():
            if file in running:
                events.unregister(file)
                os.close(file)
                _tell(*running.pop(file))
                continue
            files = socket.recv_fds(sandboxes, 1, 3)[1]
            if not files:
                os._exit(0)
            for each in files:
                os.set_inheritable(each, False)  # by what students' code starts
            with contextlib.suppress(OSError):  # the sandbox has ended; the next kernel is forked
                process, line = _fork(app, *files)
                ended = os.pidfd_open(process)
                running[ended] = process, line
                events.register(ended, select.POLLIN)


def _warm_up() -> WarmApp:
    gc.disable()  # while all this is loaded there is nothing to collect, but a lot to look through
    # as if the launcher had been started: of that the search path for modules depends, and what a program is called
    launcher = ipykernel_launcher.__file__
    sys.argv[:] = [launcher, "-f", "kernel.json"]
    sys.path[0] = str(Path(launcher).parent)
    app: WarmApp = WarmApp.instance()
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:  # which is removed however this process ends
        os.environ["IPYTHONDIR"] = folder
        sys.modules["debugpy"] = None  # type: ignore[assignment]  # nobody debugs here, and it takes long to load
        app.initialize(["--HistoryManager.hist_file=:memory:"])
        del sys.modules["debugpy"]
        for name in _PRELOADED:
            with contextlib.suppress(ImportError):  # SciPy, say, where it is not installed
                importlib.import_module(name)
        app.get_ready()
        with _challenge():  # and what the first `submit` would make
            sig_checker.submit("rehearsal", lambda z: z * z, exercise="rehearsal")
    tempfile.tempdir = None
    sys.dont_write_bytecode = True  # from now on, as in a kernel that is started
    assert threading.active_count() == 1, threading.enumerate()
    gc.freeze()
    gc.enable()
    use_huge_pages()
    return app


@contextlib.contextmanager
def _challenge() -> Iterator[None]:
    """As if a check cell were running."""
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as challenge:
        challenge.write(Challenge("", 0, "rehearsal", "rehearsal", "f", ("z",)).as_text())
        challenge.flush()
        os.environ[CHALLENGE] = challenge.name
        yield
        del os.environ[CHALLENGE]


def _fork(app: WarmApp, end: int, line: int, supervisor: int) -> tuple[int, socket.socket]:
    """A kernel's process, and the line on which the sandbox's supervisor is to be told of its end."""
    told = socket.socket(fileno=line)
    with socket.socket(fileno=end) as channel:
        try:
            process, environment = join(supervisor, told, {end})
        except OSError:
            told.close()  # the supervisor, if there is one, ends, and the nursery with it: another try is made with others
            raise
        if process == 0:
            try:
                app.serve(channel, marshal.loads(environment))
            finally:
                os._exit(FAILED)
    return process, told


def _tell(process: int, line: socket.socket) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with line, contextlib.suppress(OSError):  # the supervisor has ended first
        line.send(bytes([code & 0xFF]))
