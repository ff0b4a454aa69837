"""Whatever a function does instead of returning the right array has a sentence of its own; no two share one."""

from __future__ import annotations

import json

import pytest

from sig_checker.deciding.challenge import draw_plan
from sig_checker.exercises import load
from sig_checker.grading.running.functions import FunctionObserver, Limits
from sig_checker.judging import Judgement, judge
from sig_checker.verdicts import Verdict

EXERCISE = load("sigmoid-7-02")
HEAD = "import numpy as np\ndef d(z):\n    t = np.exp(-np.abs(z))\n    return t/(1 + t)**2\n"

# what it does -> (the body of dsigmoid, where d is right; a word of the sentence; the share of the points)
DOES = {
    "changes its input": ("r = d(z); z *= 2; return r", "changes the array", 0.5),
    "hands its input back": ("z[...] = d(z); return z[...]", "changes the array", 0.5),
    "a column": ("return d(z).reshape(-1, 1)", "shape (3, 1)", 0.5),
    "a Jacobian": ("return np.diag(d(z))", "shape (3, 3)", 0.0),
    "float32": ("return d(z).astype(np.float32)", "too coarse", 0.0),
    "complex": ("return d(z) + 0j", "complex128", 0.5),
    "an imaginary part": ("return d(z) + 1j", "imaginary", 0.0),
    "a list": ("return list(d(z))", "type list", 0.5),
    "one number": ("return float(np.sum(d(z)))", "one number", 0.0),
    "text": ("return str(d(z))", "type str", 0.0),
    "prints": ("print(d(z))", "prints its result", 0.0),
    "nothing": ("d(z)", "None", 0.0),
    "raises": ("raise RuntimeError('no luck')", "RuntimeError: no luck", 0.0),
    "for numbers only": ("return d(z) if z > 0 else d(-z)", "ValueError", 0.0),
    "never ends": ("while True: pass", "does not end", 0.0),
    "slow": ("import time; time.sleep(0.06*(np.size(z) > 1)); return d(z)", "too slow", 0.0),
    "asks for memory": ("return np.zeros(10**13)", "more memory", 0.0),
    "ends the program": ("raise SystemExit", "ends the program", 0.0),
    "ends the process": ("import os; os._exit(0)", "whole process", 0.0),
    "forks": ("import os; os.fork(); return d(z)", "divides its process", 0.0),
    "forks once": ("import os; os.fork() if z.size == 77 else 0; return d(z)", "divides its process", 0.0),
    "forks for one number": ("import os; os.fork() if np.shape(z) == (1,) else 0; return d(z)", "divides its process", 0.0),
    "forks and tidies up": ("import os; p = os.fork(); p or os._exit(0); os.waitpid(p, 0); return d(z)", "Right wherever", 1.0),
    "kills the process": ("import os; os.kill(os.getpid(), 11)", "SIGSEGV", 0.0),
    "writes without end": ("import os\n    while True: os.write(1, b'x'*65536)", "writes more", 0.0),
    "one buffer": ("b = vars(dsigmoid).setdefault(z.shape, z*0); b[...] = d(z); return b", "later call writes", 0.5),
    "a subclass": ("return np.ma.masked_array(d(z)) if z.ndim else d(z)", "subclass", 0.5),
    "wrong values": ("return -d(z)", "values are wrong", 0.0),
    "nearly right values": ("return d(z)*(1 + 1e-11)", "off by more than rounding", 0.0),
    "wrong in company": ("return d(z) if np.size(z) < 100 else d(z) + (z == 1)", "depends on the other elements", 0.0),
    "wrong now and then": ("v = vars(dsigmoid); v[0] = v.get(0, 0) + 1; return d(z) + v[0]%3//2", "the same values every", 0.0),
    "unstable": ("return np.exp(-z)/(1 + np.exp(-z))**2", "Where |z| is large", 0.8),
    "right": ("return d(z)", "Right wherever", 1.0),
}  # fmt: skip
# what is no function at all
SOURCES = {
    "no Python": ("def dsigmoid(z:", "not Python"),
    "another name": ("def sigmoid(z): return z", "does not define a function named dsigmoid"),
    "a number": ("dsigmoid = 0.25", "not a function but an object of type int|float"),
    "raises at once": ("1/0", "raises ZeroDivisionError"),
    "empty": ("  \n", "empty"),
}
# one sentence each, which names the type, the error or the shape
SAME = [
    {"changes its input", "hands its input back"},
    {"raises", "for numbers only"},
    {"forks", "forks once", "forks for one number"},
    {"forks and tidies up", "right"},
    {"a column", "a Jacobian"},
    {"a list", "text"},
]


@pytest.fixture(scope="module")
def told() -> dict[str, Judgement]:
    """Everything judged once, in the processes in which submissions run."""
    plan = draw_plan("seed", ("z",))
    sources = {name: HEAD + "def dsigmoid(z):\n    " + body for name, (body, _, _) in DOES.items()}
    sources |= {name: source for name, (source, _) in SOURCES.items()}
    found = {}
    with FunctionObserver(Limits(seconds=1.2, memory_bytes=1 << 30)) as observer:
        for name, source in sources.items():
            observed = json.loads(json.dumps(observer.observe(source, "dsigmoid", plan)))
            found[name] = judge(EXERCISE, "q1_function", {"kind": "function", "observed": observed}, seed="seed")
    return found


@pytest.mark.parametrize("name", DOES)
def test_each_thing_has_its_sentence_and_its_points(told: dict[str, Judgement], name: str) -> None:
    _, says, share = DOES[name]
    judgement = told[name]

    assert says in str(judgement.report.message)
    assert judgement.points == share * judgement.max_points
    assert judgement.report.verdict is not Verdict.UNDECIDED


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_no_function_has_its_sentence_too(told: dict[str, Judgement], name: str) -> None:
    judgement = told[name]

    assert any(part in str(judgement.report.message) for part in SOURCES[name][1].split("|"))
    assert judgement.report.verdict is Verdict.UNREADABLE
    assert judgement.points == 0.0


def test_no_two_share_a_sentence(told: dict[str, Judgement]) -> None:
    sentences: dict[str, set[str]] = {}
    for name, judgement in told.items():
        sentences.setdefault(judgement.report.message.template, set()).add(name)

    shared = [names for names in sentences.values() if len(names) > 1]
    assert all(any(names <= same for same in SAME) for names in shared), shared


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return d(z) if type(z) is not float else 1/0", "a plain number"),
        ("return d(z) if np.ndim(z) or type(z) is float else z.missing", "an array of no dimension"),
        ("return d(z) if z.size or 1/0 else z", "an empty array"),
        ("r = np.zeros_like(z); r[...] = d(z); return r", "an array of integers"),
        ("print('here'); return d(z)", "prints when it is called"),
        ("a = 1/(1 + np.exp(-z)); return a*(1 - a)", "NumPy warns"),
    ],
)
def test_what_costs_nothing_is_told_beside_full_points(body: str, says: str) -> None:
    with FunctionObserver() as observer:
        observed = observer.observe(HEAD + f"def dsigmoid(z):\n    {body}", "dsigmoid", draw_plan("seed", ("z",)))
    judgement = judge(EXERCISE, "q1_function", {"kind": "function", "observed": observed}, seed="seed")

    assert judgement.points == judgement.max_points
    assert any(says in str(note) for note in judgement.report.notes), judgement.report.notes
