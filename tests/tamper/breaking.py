"""Tricks that break things: forged messages on the kernel's channels, bombs, and texts that somebody has to show."""

from __future__ import annotations

import json
from typing import Any

from tamper.tricks import Trick, instead_of_submit

__all__ = ["TRICKS"]

TELL = """
import os
kernel = get_ipython().kernel
def tell(kind, content, parent=None, channel=None, **options):
    to = kernel.iopub_socket if channel is None else channel
    return kernel.session.send(to, kind, content, parent=kernel.get_parent("shell") if parent is None else parent, **options)
def reply(content, kind="execute_reply", **options):
    return tell(kind, content, channel=kernel.shell_stream, ident=kernel._parent_ident["shell"], **options)
OK = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
TEN = {"data": {"text/plain": "10.0"}, "metadata": {}, "execution_count": 1}
"""

LARGE = """
import time
large, ident = b"x" * 50_000_000, kernel._parent_ident["shell"]
to = [ident] if isinstance(ident, bytes) else ident
"""


def _tells(name: str, tries: str, body: str, **more: str) -> Trick:
    """The body runs in each answer cell and in the check cells."""
    lines = "\n".join("    " + x for x in body.strip().splitlines())
    first = f"{TELL}\nhonest = submit\ndef forge():\n{lines}\ndef submit(*a, **k):\n    forge()\n    return honest(*a, **k)\n"
    return Trick(name, "channels", tries, first=first, beside="forge()", **more)


CHANNELS = [
    _tells("early-idle", "a cell that seems to have ended before it has", """
tell("status", {"execution_state": "idle"})
tell("execute_result", TEN)"""),
    _tells("early-reply", "a reply before the cell has run", 'reply(OK)\ntell("execute_result", TEN)'),
    _tells("odd-replies", "replies without a status, without content, twice", """
reply({"ename": None})
reply({"status": 7, "ename": 5, "evalue": None, "traceback": 3})
reply([])
reply(OK, kind="nothing")"""),
    _tells("error-reply", "an error whose fields are no texts", """
tell("error", {"ename": 5, "evalue": {"a": 1}, "traceback": None})
tell("error", {"ename": None, "evalue": ["x"], "traceback": [1, None, {}]})
tell("error", {})"""),
    _tells("odd-streams", "streams whose name and text are no texts", """
tell("stream", {"name": "stdout", "text": {"a": [1]}})
tell("stream", {"name": ["stderr"], "text": None})
tell("stream", {"name": "x" * 1000, "text": 5})
tell("stream", {})"""),
    _tells("odd-displays", "displays whose data are no data", """
for data in (None, [], "x", {"text/html": 5}, {"text/html": None}, {"text/plain": {"a": 1}}, {"image/png": [1]}, {"": ""}, {"text/markdown": 3},
             {"application/json": "{"}, {"image/svg+xml": 1}, {"text/latex": []}, {"application/vnd.jupyter.widget-view+json": 1}):
    tell("display_data", {"data": data, "metadata": {}})
    tell("execute_result", {"data": data, "metadata": [], "execution_count": "x"})
tell("display_data", {"data": {"text/plain": "x"}, "metadata": None, "transient": {"display_id": ["x"]}})
tell("display_data", {"data": {"text/plain": "x"}, "metadata": {"text/plain": 1}, "transient": "x"})"""),
    _tells("odd-counts", "execution counts of all kinds", """
for count in (-1, 10 ** 30, "10.0", [1], {"a": 1}, 1e300, True, None):
    tell("execute_input", {"code": "x", "execution_count": count})"""),
    _tells("odd-states", "messages of kinds that nobody knows", """
for kind, content in (("status", {}), ("status", {"execution_state": None}), ("clear_output", {}), ("clear_output", {"wait": "x"}),
                      ("update_display_data", {}), ("shutdown_reply", {"restart": True}), ("nothing", []), ("comm_msg", {}),
                      ("debug_event", {}), ("iopub_welcome", {})):
    tell(kind, content)"""),
    _tells("odd-parents", "messages with other parents, and none", """
for parent in ({}, {"header": {}}, {"header": {"msg_id": None}}, {"header": {"msg_id": [1]}}, {"header": "x"}):
    try: tell("execute_result", TEN, parent=parent)
    except Exception as error: print(error)
kernel.session.send(kernel.iopub_socket, "execute_result", TEN, parent=None)"""),
    _tells("odd-frames", "frames that are no message, and a wrong key", """
socket = kernel.iopub_socket
for frames in ([b""], [b"<IDS|MSG>"], [b"x", b"<IDS|MSG>", b"", b"{", b"{", b"{", b"{"], [b"\\xff" * 100] * 9,
               [b"x", b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"]):
    socket.send_multipart(frames)
kernel.session.key, before = b"other", kernel.session.key
tell("execute_result", TEN)
kernel.session.key = before
for header in ({}, [], {"msg_id": 1}, {"msg_type": None, "msg_id": "x", "date": "never"}):
    packed = [kernel.session.pack(x) for x in (header, {"msg_id": 1}, {}, {})]
    socket.send_multipart([b"x", b"<IDS|MSG>", kernel.session.sign(packed), *packed])"""),
    _tells("widgets", "an output widget that takes a later cell's outputs away", """
message = {"comm_id": "c", "target_name": "jupyter.widget", "target_module": None, "metadata": {},
           "data": {"state": {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "outputs": [], "msg_id": ""}}}
tell("comm_open", message)
header = kernel.get_parent("shell")["header"]["msg_id"]
tell("comm_msg", {"comm_id": "c", "data": {"method": "update", "state": {"msg_id": header}, "buffer_paths": [["x"]]}})
tell("comm_open", message | {"data": {"state": 5}})
tell("comm_open", {"comm_id": ["x"], "target_name": ["y"], "data": None})"""),
    _tells("shutdown", "the kernel shuts down, says that it has restarted", """
tell("shutdown_reply", {"status": "ok", "restart": False})
tell("status", {"execution_state": "dead"})
tell("status", {"execution_state": "restarting"})
kernel.do_shutdown(True)"""),
    Trick("socket-files", "sockets", "the files of the sockets and of the connection removed, filled, replaced", first="""
import glob, os, socket, sys
from ipykernel.connect import get_connection_file
place = os.path.dirname(get_connection_file())
for do in (lambda: open(get_connection_file(), "w").write("x" * 1000), lambda: os.symlink(SENTINEL, place + "/link"),
           lambda: open(place + "/file", "w").write("x"), lambda: os.mkdir(place + "/folder"), lambda: os.rename(place, place + "2")):
    try: do()
    except OSError as error: print(error)
for path in glob.glob(place + "/*"):
    try: os.unlink(path)
    except OSError as error: print(error)"""),
    Trick("socket-flood", "sockets", "thousands of names in the folder that the grader shares", first="""
import os, socket
from ipykernel.connect import get_connection_file
place = os.path.dirname(get_connection_file())
if confined():
    try:
        for number in range(20_000):
            made = socket.socket(socket.AF_UNIX); made.bind(f"{place}/{number}"); made.close()
            if number > 10_000 and os.path.exists(f"{place}/{number - 9_000}"): print("UNBOUNDED")
    except OSError as error: print(error)"""),
]  # fmt: skip

BOMBS = [
    Trick("endless", "bombs", "a cell that never ends", first="while True: pass"),
    Trick("stubborn", "bombs", "a check that never ends and cannot be interrupted", first="""
import time
def submit(*a, **k):
    print(10.0)
    while True:
        try:
            while True: time.sleep(0.01)
        except BaseException: print(10.0)"""),
    Trick("endless-function", "bombs", "a function that never ends", answers={
        "q1_function": "def dsigmoid(z):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass"}),
    Trick("endless-threads", "bombs", "threads that keep the process from ending", first="""
import threading, time
if confined():
    for _ in range(200):
        try: threading.Thread(target=time.sleep, args=(600,)).start()
        except RuntimeError as error: print(error); break"""),
    Trick("memory", "bombs", "more memory than there may be", first="""
held = []
if confined():
    try:
        while len(held) < 60: held.append(bytearray(b"x" * (1 << 26)))
        print("UNBOUNDED")
    except MemoryError as error: print("MemoryError")"""),
    Trick("memory-of-children", "bombs", "memory shared out among many processes", first="""
import os, time
if confined():
    for _ in range(30):
        try: child = os.fork()
        except OSError: break
        if child == 0:
            held = bytearray(b"x" * (1 << 27))
            time.sleep(20)
            os._exit(0)
    time.sleep(3)
    if sum(1 for x in os.listdir("/proc") if x.isdigit()) > 25: print("UNBOUNDED")"""),
    Trick("forks", "bombs", "processes without number", first="""
import os, resource, time
most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
if confined() and 0 < most < 4096 and os.getuid() != 0:
    count = 0
    for _ in range(400):
        try: child = os.fork()
        except OSError as error: print(error); break
        if child == 0:
            time.sleep(15)
            os._exit(0)
        count += 1
    if count >= 399: print("UNBOUNDED")
else: print("NOT CONFINED")"""),
    Trick("memory-of-nobody", "bombs", "shared memory that is filled and then mapped no more", first="""
import mmap
held, total = [], 0
if confined():
    try:
        for _ in range(12):
            held.append(mmap.mmap(-1, 100 << 20))
            for at in range(0, 100 << 20, 10 << 20):
                held[-1][at:at + (10 << 20)] = b"x" * (10 << 20)
                held[-1].madvise(mmap.MADV_DONTNEED, at, 10 << 20)
            total += 100
    except (OSError, MemoryError) as error: print(error)
if total > 1000: print("UNBOUNDED")"""),
    Trick("disk", "bombs", "files without end, in every folder", first="""
import os
written = 0
if confined():
    for folder in (".", os.environ["HOME"], os.environ["TMPDIR"], "/tmp", "/dev/shm"):
        for number in range(20):
            try:
                with open(f"{folder}/bomb-{number}", "wb") as file:
                    for _ in range(32): written += file.write(b"x" * (1 << 20))
            except OSError as error: print(error); break
if written > 5 << 27: print("UNBOUNDED", written)"""),
    Trick("one-long-line", "floods", "one line of 60 MB", first="print('x' * 60_000_000)"),
    Trick("line-below-the-limit", "floods", "a line on which patterns take a square of time", first="print('ipykernel_1/' * 120_000)",
          last="print('a' * 1_400_000)"),
    Trick("overwritten-line", "floods", "backspaces and carriage returns, each a pass over the text",
          first="print('a' * 300_000 + '\\b' * 300_000)\nprint('\\r' * 700_000)", last="print('\\rx' * 300_000)\nprint('x' * 700_000 + '\\r')"),
    Trick("coloured-line", "floods", "a colour for each letter", first="print('\\x1b[31mx\\x1b[0m' * 100_000)"),
    Trick("many-outputs", "floods", "outputs without number", first="""
from IPython.display import display
for number in range(5_000): display({"text/plain": "10.0"}, raw=True)
import sys
for number in range(60_000): print(number, file=sys.stderr if number % 2 else sys.stdout)"""),
    Trick("updated-outputs", "floods", "outputs that grow when nobody counts", first="""
from IPython.display import display
for number in range(8):
    handle = display({"text/html": "x"}, raw=True, display_id=str(number))
    handle.update({"text/html": "<i>" + "x" * 9_000_000}, raw=True)"""),
    Trick("many-cells", "floods", "each cell just below the limit", edit=lambda notebook: _add_cells(notebook, 40, "print('x y ' * 450_000)")),
    Trick("thousands-of-cells", "floods", "ten thousand cells", edit=lambda notebook: _add_cells(notebook, 10_000, "")),
    Trick("huge-message", "floods", "one message that fills the grader's memory", first="""
from IPython.display import display
display({"application/json": {"a": ["x" * 1000] * 150_000}, "text/plain": "x"}, raw=True)"""),
    Trick("unread-channel", "floods", "messages on the channel that a grader never reads", first=f"{TELL}{LARGE}" + """
for _ in range(30): kernel.stdin_socket.send_multipart([*to, b"<IDS|MSG>", large], copy=False)
time.sleep(2)"""),
    Trick("many-frames", "floods", "one message of many frames, each as large as a message may be", first=f"{TELL}{LARGE}" + """
kernel.stdin_socket.send_multipart([*to, b"<IDS|MSG>", *[large] * 30], copy=False)
time.sleep(2)"""),
    Trick("many-buffers", "floods", "one output with many buffers", first=f"{TELL}{LARGE}" + """
tell("display_data", {"data": {"text/plain": "x"}, "metadata": {}}, buffers=[large] * 30)
time.sleep(2)"""),
    Trick("dense-message", "floods", "a message that takes twenty times its size when it is read", first=TELL + """
tell("display_data", b'{"data": {"application/json": [' + b'{},' * 18_000_000 + b'{}]}, "metadata": {}}')"""),
    Trick("dense-evidence", "floods", "evidence that is as dense", first=TELL + instead_of_submit("""
many = b'{"data": {"application/vnd.sig-checker.evidence+json": [' + b'{},' * 3_000_000 + b'{}]}, "metadata": {}}'
for _ in range(3): tell("display_data", many)
return 10.0""")),
    Trick("multiplied-output", "floods", "an update that is shown at hundreds of places", first="""
from IPython.display import display, update_display
for _ in range(140): display({"text/plain": "x"}, raw=True, display_id="same")
update_display({"text/plain": "x" * 1_500_000}, raw=True, display_id="same")""", last="""
update_display({"text/plain": "x" * 1_900_000}, raw=True, display_id="same")"""),
    Trick("deep-message", "floods", "displays nested without end", first="""
from IPython.display import display
session = get_ipython().kernel.session
class Deep(dict): pass
before = session.pack
session.pack = lambda x: b'{"data": {"application/json": ' + b'[' * 200_000 + b']' * 200_000 + b'}, "metadata": {}}' if isinstance(x, dict) and "DEEP" in str(x)[:200] else before(x)
display({"text/plain": "DEEP"}, raw=True)"""),
    Trick("judge-bombs", "floods", "answers over which a judge could think for ever", answers={
        "q1_derivative": 'q1_derivative = "(" * 3000 + "z" + "+1)^9" * 3000',
        "q3_at_zero": 'q3_at_zero = {"probability": "9^9^9^9^9^9", "certainty": "x" * 300_000, "update": [["none"]] * 3000}',
        "q1_function": "import numpy as np\ndef dsigmoid(z):\n    for n in range(3000): z = np.sin(z * 1.0000001 + n) ** 3\n    return z"}),
    Trick("judge-bombs-in-evidence", "floods", "evidence with as many points as there may be", first="""
import sig_checker.notebook.probing as probing
before = probing.probe
def probe(function, plan):
    seen = before(function, plan)
    source = seen["calls"].setdefault("source", {"constants": 24})
    record = dict(seen["calls"]["small"])
    import base64, struct
    points = [i / 7 - 2000.0 for i in range(60_000)]
    packed = {"dtype": "<f8", "shape": [len(points)], "data": base64.b64encode(struct.pack(f"<{len(points)}d", *points)).decode()}
    for part in ("near", "wide", "far"):
        source[part] = {"inputs": [packed], "answer": record | {"values": packed, "shape": [len(points)]}}
    seen["formula"] = "+".join(f"sin(z+{i})**{i}" for i in range(2000))
    return seen
probing.probe = probe"""),
    Trick("sparse-file", "bombs", "a file that is larger than the disk says", files={"data.bin": b""}),
    Trick("markdown-bomb", "floods", "text on which a renderer takes for ever", edit=lambda notebook: _add_cells(
        notebook, 3, "[" * 30_000 + "*a_ " * 30_000 + "> " * 2000 + "`" * 5001, kind="markdown")),
]  # fmt: skip

HOSTILE = "<script>tampered()</script><img src=x onerror=tampered()>\"'><svg/onload=tampered()>"
STRINGS = [
    Trick("markup-in-answers", "texts", "HTML and scripts in the report, by way of the answer", answers={
        "q1_derivative": f"q1_derivative = {HOSTILE!r}",
        "q3_at_zero": f"q3_at_zero = {{{HOSTILE!r}: 1, 'probability': {HOSTILE!r}, 'certainty': {HOSTILE!r}, 'update': {HOSTILE!r}}}",
        "q1_function": f"import warnings\ndef dsigmoid(z):\n    print({HOSTILE!r})\n    warnings.warn({HOSTILE!r})\n    raise type({HOSTILE!r}, (Exception,), {{}})({HOSTILE!r})"}),
    Trick("markup-in-names", "texts", "HTML and scripts in the report, by way of types, errors and tasks", answers={
        "q1_derivative": f"q1_derivative = type({HOSTILE!r}, (), {{}})()",
        "q3_at_zero": f"class E(Exception): pass\nE.__name__ = E.__qualname__ = {HOSTILE!r}\ndef submit(*a, **k): raise E({HOSTILE!r})",
        "q1_function": f"dsigmoid = type({HOSTILE!r}, (), {{'__call__': lambda self, z: type({HOSTILE!r}, (), {{}})()}})()"}),
    Trick("markup-in-mathematics", "texts", "links and scripts in what MathJax shows", answers={
        "q1_derivative": r"q1_derivative = r'\href{javascript:tampered()}{z} $<script>tampered()</script>$'",
        "q3_at_zero": r"q3_at_zero = {'probability': r'\require{html}\style{x}{1}', 'certainty': r'\unicode{x}', 'update': '$$'}",
        "q1_function": "import sympy\ndsigmoid = sympy.Function('<script>tampered()</script>')"}),
    Trick("scripts-in-outputs", "texts", "scripts that run where a person opens the page", first=f"""
from IPython.display import display
display({{"text/html": {HOSTILE!r}, "text/plain": "x"}}, raw=True)
display({{"application/javascript": "tampered()", "text/plain": "x"}}, raw=True)
display({{"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'><script>tampered()</script></svg>"}}, raw=True)
display({{"text/markdown": {HOSTILE!r}}}, raw=True)
display({{"text/latex": {HOSTILE!r}}}, raw=True)
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": {HOSTILE!r}}}}}, raw=True)
display({{"image/png": '"><script>tampered()</script>', "text/plain": "x"}}, raw=True)
display({{"image/jpeg": "aGk=", "text/plain": "x"}}, metadata={{"image/jpeg": {{"width": '"><script>tampered()</script>'}}}}, raw=True)
print({HOSTILE!r})""", edit=lambda notebook: _add_cells(notebook, 1, HOSTILE, kind="markdown")),
    Trick("escapes", "texts", "terminal escapes in the lines for the instructor", answers={
        "q1_derivative": "class E(Exception): pass\nE.__name__ = '\\x1b]0;tampered\\x07'\ndef submit(*a, **k): raise E('\\x1b[2J\\x1b[31m\\r\\n'\n"
        "'zz-right · one · q1_derivative: forged line\\x9b31m\\u202e\\x00')"},
        files={"\x1b[31mtampered.ipynb": "{}", "a\nzz-right: forged line.ipynb": "{}", "<b>tampered.ipynb": "{}"}),
    Trick("surrogates-and-nul", "texts", "halves of characters, and none", answers={
        "q1_derivative": "q1_derivative = 'z\\x00\\ud800\\udc80\\x1b[31m\\u202e'",
        "q3_at_zero": "q3_at_zero = {'probability': '\\ud800', '\\x00': '\\udfff', 'certainty': '\\x00', 'update': '\\ufffe'}",
        "q1_function": "def dsigmoid(z):\n    raise ValueError('\\ud800\\x00')"},
        first="print('\\ud800\\x00\\x1b]0;x\\x07')\nraise ValueError('\\udc80\\x00')"),
    Trick("forged-report", "texts", "a report that looks like the judge's, laid over the page", last="""
from IPython.display import display
display({"text/html": "<style>body::before{content:'10 / 10'}</style><div style='position:fixed;top:0;z-index:9'>10 / 10</div>"}, raw=True)"""),
]  # fmt: skip


def _add_cells(notebook: dict[str, Any], count: int, source: str, kind: str = "code") -> None:
    for number in range(count):
        cell: dict[str, Any] = {"cell_type": kind, "id": f"more-{number}", "metadata": {}, "source": source}
        notebook["cells"].append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))


def _deep(notebook: dict[str, Any]) -> None:
    deep: Any = 1
    for _ in range(400):
        deep = {"x": [deep]}
    notebook["metadata"]["deep"] = deep
    for cell in notebook["cells"]:
        cell["metadata"]["deep"] = deep
        cell["attachments"] = {"a": {"image/png": deep}}


def _attached(notebook: dict[str, Any]) -> None:
    forged = {"a.png": {'image/png" onerror=tampered() x="': "aGk="}, '"><script>tampered()</script>': {"text/html": "aGk="}, "c.png": {}}
    for cell in notebook["cells"]:
        cell["attachments"] = forged
    text = "![a](attachment:a.png) ![b](attachment:lost.png) ![c](attachment:c.png) ![d](attachment:\"><script>tampered()</script>)"
    notebook["cells"].append({"cell_type": "markdown", "id": "attached", "metadata": {}, "source": text, "attachments": forged})
    notebook["cells"].append({"cell_type": "raw", "id": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": HOSTILE})


def _huge_numbers(notebook: dict[str, Any]) -> None:
    notebook["nbformat_minor"] = notebook["metadata"]["huge"] = 10**4000
    for cell in notebook["cells"]:
        cell["execution_count"] = cell["metadata"]["collapsed"] = 10**4000
        cell["id"] = "restored-q1_derivative"


def _format_3(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"input": cell.pop("source"), "language": "python", "prompt_number": 3, "collapsed": False}
            cell["outputs"] = [{"output_type": "pyout", "prompt_number": 3, "text": "10.0", "metadata": {}}]
    notebook |= {"worksheets": [{"cells": notebook.pop("cells"), "metadata": {}}], "nbformat": 3, "nbformat_minor": 0}


FORMS = [
    Trick("attachments", "texts", "scripts in attachments, and attachments that are not there", edit=_attached),
    Trick("huge-numbers", "texts", "numbers of thousands of digits, ids that collide", edit=_huge_numbers),
    Trick("old-format", "texts", "a notebook of format 3, with its points", edit=_format_3),
    Trick("deep-notebook", "texts", "metadata nested without end", edit=_deep),
    Trick("odd-notebook", "texts", "cells that are no cells", edit=lambda notebook: notebook["cells"].extend(
        json.loads('[null, 5, [], {}, {"cell_type": "code"}, {"cell_type": 5, "source": 7, "metadata": [], "id": 5, "outputs": 3}]'))),
]  # fmt: skip

TRICKS = [*CHANNELS, *BOMBS, *STRINGS, *FORMS]
