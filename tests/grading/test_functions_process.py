"""Submitted source in a process of its own: the exam's functions, and those that will not end, stop or behave."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sig_checker.claims.functions import judge_function
from sig_checker.deciding.challenge import draw_plan
from sig_checker.exercises.sigmoid_7_02 import EXERCISE
from sig_checker.grading.running.functions import FunctionObserver, Limits, observe
from sig_checker.grading.sandbox import Sandbox
from sig_checker.verdicts import Verdict

ROWS = [json.loads(line) for line in (Path(__file__).parents[1] / "tables" / "answers.jsonl").read_text("utf-8").splitlines()]
FUNCTIONS = [row for row in ROWS if row["syntax"] == "numpy"]
SHORT = Limits(seconds=1.0, memory_bytes=1 << 30)
RIGHT = "import numpy as np\ndef dsigmoid(z):\n    a = 1/(1+np.exp(-z))\n    return a*(1-a)\n"
PLAN = draw_plan("seed", ("z",))


@pytest.fixture(scope="module")
def observer():
    with FunctionObserver() as started:
        yield started


@pytest.fixture(scope="module")
def hurried():
    with FunctionObserver(SHORT) as started:
        yield started


def judged(observer, source, task="q1_function", seed="seed"):
    name, names = ("dsigmoid", ("z",)) if task == "q1_function" else ("backprop", ("upstream", "z"))
    seen = observer.observe(source, name, draw_plan(seed, names))
    return judge_function(EXERCISE.truth(EXERCISE.task(task)), names, json.loads(json.dumps(seen)), seed=seed)


def test_the_table_has_functions():
    assert len(FUNCTIONS) > 30


@pytest.mark.parametrize("seed", ["1", "2"])
@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: f"{row['id']} {row['kind']}")
def test_the_exams_functions(observer, row, seed):
    report = judged(observer, row["answer"], row["task"], seed)

    full = report.verdict is Verdict.MEASURED and bool(report.stable) and bool(report.contract)
    if row["correct"]:
        assert report.verdict is Verdict.MEASURED, report.message
        assert report.contract
        assert report.stable == (row["kind"] != "unstable")
    else:
        assert not full
        assert report.verdict is not Verdict.UNDECIDED  # no person is needed for these


ENDS = [
    pytest.param("def dsigmoid(z):\n    while True: pass", "timeout", id="endless"),
    pytest.param("while True: pass", "timeout", id="endless before the definition"),
    pytest.param("import time\ndef dsigmoid(z): time.sleep(60)", "timeout", id="asleep"),
    pytest.param("def dsigmoid(z):\n while True:\n  try: dsigmoid(z)\n  except BaseException: pass", "timeout", id="stubborn"),
    pytest.param("import os\ndef dsigmoid(z): os._exit(0)", "exit", id="os._exit(0)"),
    pytest.param("import os; os._exit(3)", "exit", id="os._exit while defining"),
    pytest.param("import ctypes\ndef dsigmoid(z): ctypes.string_at(0)", "signal", id="segmentation fault"),
    pytest.param("import os, signal\ndef dsigmoid(z): os.kill(os.getpid(), signal.SIGKILL)", "signal", id="kills itself"),
    pytest.param("import os\ndef dsigmoid(z):\n  while True: os.write(1, b'x'*65536)", "flood", id="a flood on the output"),
    pytest.param("import os\ndef dsigmoid(z):\n  os.closerange(0, 256)\n  while True: pass", "timeout", id="closes everything"),
    pytest.param("def dsigmoid(z): raise KeyboardInterrupt", "source_raised", id="KeyboardInterrupt"),
    pytest.param("import os; os.fork()\n" + RIGHT, "forked", id="forks while defining"),
    pytest.param("import os\ndef dsigmoid(z):\n  os.fork(); 1/0", "forked", id="forks and raises"),
    pytest.param("import os\ndef dsigmoid(z):\n  while True: os.fork()", "timeout", id="forks without end"),
    pytest.param("1/0", "source_raised", id="raises while defining"),
    pytest.param("raise SystemExit(0)", "source_raised", id="exit while defining"),
    pytest.param("input()", "source_raised", id="asks for input"),
    pytest.param("class E(Exception):\n  def __str__(s): raise s\nraise E", "source_raised", id="an exception without text"),
    pytest.param("def dsigmoid(z:", "syntax", id="no Python"),
    pytest.param("x = " + "(" * 3000 + ")" * 3000, "syntax", id="nested too deeply"),
    pytest.param("a\0b", "syntax", id="a null byte"),
    pytest.param("x = '\ud800'", "syntax", id="a lone surrogate"),
    pytest.param("", "empty", id="empty"),
    pytest.param(" \n\t\n", "empty", id="blank"),
    pytest.param("def sigmoid(z): return z", "missing", id="another name"),
    pytest.param("dsigmoid = 3", "not_callable", id="no function"),
    pytest.param(RIGHT.replace("    a =", "    import time; time.sleep(0.1)\n    a ="), "slow", id="slow"),
]


@pytest.mark.parametrize(("source", "kind"), ENDS)
def test_every_end_is_told_and_never_counts(hurried, source, kind):
    seen = hurried.observe(source, "dsigmoid", PLAN)
    report = judge_function(EXERCISE.derivative(), ("z",), seen, seed="seed")

    assert seen["fault"]["kind"] == kind
    assert report.verdict in (Verdict.REFUTED, Verdict.UNREADABLE)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import numpy as np\ndef dsigmoid(z): return np.zeros(10**13)", id="at once"),
        pytest.param("import numpy as np\ndef dsigmoid(z): return np.ones(400_000_000)", id="more than the limit"),
        pytest.param("x = []\ndef dsigmoid(z):\n  while True: x.append(' ' * (1 << 26))", id="bit by bit"),
    ],
)
def test_memory_is_bounded(observer, source):
    report = judged(observer, source)

    assert report.verdict is Verdict.REFUTED
    assert "memory" in str(report.message)


def test_what_is_left_running_is_ended_and_told(observer, tmp_path):
    mark = tmp_path / "pids"
    left = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"  # out of the process group
        "        if os.fork() == 0:\n"  # and without its parent
        f"            open({str(mark)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(60)\n"
        "        os._exit(0)\n"
        f"while len(open({str(mark)!r}).readlines() if os.path.exists({str(mark)!r}) else ()) < 3: time.sleep(0.01)\n"
    )

    report = judged(observer, left + RIGHT)

    assert report.verdict is Verdict.MEASURED
    assert any("left" in str(note) and "running" in str(note) for note in report.notes)
    pids = [int(x) for x in mark.read_text().split()]
    assert len(pids) == 3
    assert not any(_runs(pid) for pid in pids)


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_one_function_does_not_reach_the_next(observer):
    spoil = "import numpy as np, builtins\nnp.exp = np.tanh = lambda *_: 0.0\nbuiltins.float = int\nnp.where = None\n"
    judged(observer, spoil + "def dsigmoid(z): return z")
    judged(observer, "import sig_checker.notebook.probing as p\np.probe = None\ndef dsigmoid(z): return z")

    assert judged(observer, RIGHT).verdict is Verdict.MEASURED


def test_the_next_function_is_observed_although_the_process_was_killed(observer):
    killed = judged(observer, "import os\ndef dsigmoid(z): os.kill(os.getppid(), 9)")

    assert killed.verdict is Verdict.UNDECIDED  # a person looks at that one
    assert judged(observer, RIGHT).verdict is Verdict.MEASURED


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param("{}", id="an empty report"),
        pytest.param('{"format": 1, "fault": null, "calls": {"small": {}}}', id="a report without values"),
        pytest.param('{"verdict": "measured", "stable": true, "contract": true, "points": 10}', id="a verdict"),
        pytest.param("[1", id="no JSON"),
        pytest.param("[" * 100_000, id="a JSON bomb"),
    ],
)
def test_a_forged_report_does_not_count(observer, forged):
    source = (
        f"import os\nforged = {forged!r}.encode()\n"
        "def dsigmoid(z):\n"
        "    for fd in range(3, 256):\n"
        "        try: os.write(fd, len(forged).to_bytes(8, 'little') + forged)\n"
        "        except OSError: pass\n"
        "    os._exit(0)\n"
    )

    assert judged(observer, source).verdict is not Verdict.MEASURED


def test_the_process_sees_nothing_of_the_graders(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "s3cret")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "numpy.py").write_text("raise RuntimeError('from the working directory')")
    source = (
        "import os, sys\n"
        "open('here', 'w').write('x')\n"
        "raise ValueError(f'{sorted(os.environ)} {sys.stdin.read() == str()} {os.getcwd()} {str() in sys.path}')\n"
    )
    with FunctionObserver() as fresh:
        fault = fresh.observe(source, "dsigmoid", PLAN)["fault"]
        assert judged(fresh, RIGHT).verdict is Verdict.MEASURED

    assert fault["type"] == "ValueError"
    assert "SECRET" not in fault["text"]
    assert "True" in fault["text"]
    assert fault["text"].endswith("False")
    assert str(tmp_path) not in fault["text"]
    assert sorted(os.listdir(tmp_path)) == ["numpy.py"]


def test_files_are_bounded(observer):
    source = "def dsigmoid(z):\n    with open('big', 'wb') as f: f.write(b'x' * (1 << 22))\n    return z"

    assert "OSError" in str(judged(observer, source).message)


def test_the_observing_process_cannot_be_read_or_written(observer):
    source = "import os\ndef dsigmoid(z): open(f'/proc/{os.getppid()}/mem', 'r+b')"

    assert "PermissionError" in str(judged(observer, source).message)


def test_scipy_and_sympy_may_be_imported(observer):
    source = "from scipy.special import expit\nimport sympy, math\n" + "def dsigmoid(z): return expit(z) * expit(-z)"

    assert judged(observer, source).verdict is Verdict.MEASURED


def test_scipy_is_loaded_only_where_it_is_named():
    source = "import sys\nassert 'sympy' not in sys.modules\nassert 'sci' + 'py' not in sys.modules\n" + RIGHT
    with FunctionObserver() as fresh:
        assert judged(fresh, source).verdict is Verdict.MEASURED


def test_a_recorded_formula_comes_along(observer):
    seen = observer.observe(RIGHT, "dsigmoid", PLAN)

    assert seen["formula"] == "1/(1 + exp(-z))*(1 - 1/(1 + exp(-z)))"


def test_nothing_stays_after_closing():
    started = FunctionObserver()
    host = started._host
    folder = Path(started._folder.name)
    started.observe(RIGHT, "dsigmoid", PLAN)
    started.close()

    assert host.poll() is not None
    assert not folder.exists()


def test_the_process_ends_with_the_one_that_started_it():
    program = (
        "import os, sys\nfrom sig_checker.grading.running.functions import FunctionObserver\n"
        "observer = FunctionObserver()\nprint(observer._host.pid, flush=True)\nos._exit(0)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    deadline = time.monotonic() + 10
    while _runs(int(run.stdout)) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert not _runs(int(run.stdout))


def test_once_is_enough():
    assert observe(RIGHT, "dsigmoid", PLAN)["calls"]["small"]["type"] == "numpy.ndarray"


def test_a_sandbox_that_cannot_start_loses_no_submission(monkeypatch):
    monkeypatch.setattr(Sandbox, "prefix", lambda *_: ["/bin/false"])
    with FunctionObserver(sandbox=Sandbox("bubblewrap")) as broken:
        assert judged(broken, RIGHT).verdict is Verdict.UNDECIDED
