"""Questions beyond the limits of this process: decided in another one, which may be lost, and nothing else with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest

from sig_checker import large
from sig_checker.deciding.limits import Limits, limits
from sig_checker.exercises import load
from sig_checker.judging import identical, judge
from sig_checker.records import from_data, to_data
from sig_checker.verdicts import Certificate, Message, Portion, Report, Verdict, Witness

EXERCISE = load("sigmoid-7-02")
POWER = "(z+a+1)^48 - (z+a+1)^16*(z+a+1)^32"  # zero, and too long for this process
# the limits that keep the other process from operations which it would not survive are taken from it
_UNLIMITED = """
import json, sys
sys.path += json.loads(sys.argv[1])
from sig_checker.large_host import main
from sig_checker.deciding.limits import Limits, limits
def enlarge(self):
    for name in ("terms", "dense", "degree", "bits", "size", "work", "total", "factored_terms", "factored_degree"):
        setattr(self, name, 1 << 60)
    self.large = True
Limits.enlarge = enlarge
main()
"""


def verdict_on(answer: str, task: str = "q1_derivative") -> Report:
    return judge(EXERCISE, task, {"kind": "data", "value": answer}).report


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the other process said, each time it was asked."""
    said: list[object] = []

    def ask(question: dict[str, object]) -> Report | Message:
        said.append(_ASK(question))
        return said[-1]

    monkeypatch.setattr(large, "ask", ask)
    return said


_ASK = large.ask


@pytest.mark.parametrize(
    "answer",
    [
        f"a(1-a) + {POWER}",
        "a(1-a) + a^150 (1-a)^150 - (a-a^2)^150",
        "a(1-a)(z+sech(z)+1)^40/((z+sech(z)+1)^20 (z+1/cosh(z)+1)^20)",
    ],
)
def test_a_right_answer_beyond_the_small_limits_is_proved(answer: str, asked: list[object]) -> None:
    report = verdict_on(answer)

    assert len(asked) == 1
    assert report.verdict is Verdict.PROVED
    assert report.certificate is not None
    assert report.read_as is not None


def test_a_wrong_answer_beyond_the_small_limits_is_refuted(asked: list[object]) -> None:
    # far closer to the truth than the 64 bits with which this process looks
    report = verdict_on(f"a(1-a) + {POWER} + 10^-200")

    assert len(asked) == 1
    assert report.verdict is Verdict.REFUTED
    assert report.witness is not None


def test_two_expressions_beyond_the_small_limits_are_compared(asked: list[object]) -> None:
    assert identical("(x+y+w+v)^20 (x+y+w+v)^12", "(x+y+w+v)^32").verdict is Verdict.PROVED
    assert identical("(x+y+w+v)^20 (x+y+w+v)^12 + 10^-200", "(x+y+w+v)^32").verdict is Verdict.REFUTED
    assert len(asked) == 2


def test_an_answer_right_for_the_students_own_large_derivative_is_carried_forward(asked: list[object]) -> None:
    own = f"a(1+a) + {POWER}"
    given = {"q1_derivative": {"kind": "data", "value": own}}
    judgement = judge(EXERCISE, "q1_backprop", {"kind": "data", "value": "g a (1+a)"}, given=given)

    assert len(asked) == 1
    assert judgement.report.carried_forward
    assert judgement.points == pytest.approx(0.5 * judgement.max_points)


def test_what_might_be_carried_forward_is_no_zero_where_the_process_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"q1_derivative": {"kind": "data", "value": f"a(1+a) + {POWER}"}}
    lost = Message("Deciding this answer takes more memory or time than there is; a person decides.")
    monkeypatch.setattr(large, "ask", lambda _: lost)
    judgement = judge(EXERCISE, "q1_backprop", {"kind": "data", "value": "g a (1+a)"}, given=given)

    assert judgement.needs_person
    assert judgement.report.message == lost
    assert judgement.report.read_as is not None
    wrong = judge(EXERCISE, "q1_backprop", {"kind": "data", "value": "g a (1+a)"})  # with nothing beside it that matters
    assert wrong.report.verdict is Verdict.REFUTED
    assert judgement.report.notes == (wrong.report.message,)


def test_usual_answers_ask_no_other_process(asked: list[object]) -> None:
    for answer in ("a(1-a)", "e^-z/(1+e^-z)^2", "1/4 sech(z/2)^2", "a(1+a)", "(z+a+1)^2000", "2^2^2^2^2^2^2"):
        verdict_on(answer)

    assert asked == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("a(1-a) + (z+a+1)^1200 - (z+a+1)^600 (z+a+1)^600", id="memory"),
        pytest.param("a(1-a) + log(z^4000+1) - log(1+z^4000)", id="time"),
    ],
)
def test_a_lost_process_leaves_the_answer_undecided_and_nothing_else(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "_START", _UNLIMITED)
    report = verdict_on(answer)

    assert report.verdict is Verdict.UNDECIDED
    assert "memory or time" in str(report.message)
    assert verdict_on("a(1-a)").verdict is Verdict.PROVED
    assert verdict_on("a(1+a)").verdict is Verdict.REFUTED
    assert verdict_on(f"a(1-a) + {POWER}").verdict is Verdict.PROVED  # in a process of its own again


def test_flint_aborts_in_the_other_process_and_its_limits_were_set_first() -> None:
    code = (
        "from sig_checker.large_host import _bound; _bound()\n"
        "from flint import Ordering, fmpq_mpoly_ctx\n"
        "x, y, z, w = fmpq_mpoly_ctx.get(['x', 'y', 'z', 'w'], Ordering.lex).gens()\n"
        "p = (x + y + z + w + 1)**60 * (x + y**2 + z**3 + w**4 + 1)**60"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, timeout=30, check=False)

    # out of memory, or out of time first on a slow machine
    assert done.returncode in (-signal.SIGABRT, -signal.SIGPROF, 1)
    assert done.returncode != 1 or b"MemoryError" in done.stderr


def test_the_other_process_may_take_little_memory_and_time() -> None:
    code = (
        "import resource, signal\n"
        "from sig_checker.large_host import _bound; _bound()\n"
        "print(*(resource.getrlimit(x)[0] for x in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)))\n"
        "print(signal.getitimer(signal.ITIMER_PROF)[0])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    memory, processor, core, timer = map(float, run.stdout.split())

    assert 0 < memory <= 512 << 20
    assert 0 < processor <= 2
    assert core == 0
    assert 0 < timer <= 1


@pytest.mark.parametrize("interpreter", ["/nowhere/python", "", None])
def test_without_another_process_the_answer_is_undecided_and_the_report_says_why(
    interpreter: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)
    report = verdict_on(f"a(1-a) + {POWER}")

    assert report.verdict is Verdict.UNDECIDED
    assert "no process could be started" in str(report.message)


def test_a_process_that_says_something_else_is_as_good_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    for said in ("", "{}", "[]", '{"verdict": "proved"}', "null"):
        monkeypatch.setattr(large, "_START", f"print({said!r})")

        assert verdict_on(f"a(1-a) + {POWER}").verdict is Verdict.UNDECIDED


def test_a_large_question_may_come_from_a_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(verdict_on, f"a(1-a) + {POWER}").result().verdict is Verdict.PROVED


def test_the_large_limits_are_no_smaller() -> None:
    larger = Limits()
    larger.enlarge()

    for name in ("terms", "dense", "degree", "bits", "size", "work", "total", "factored_terms", "factored_degree", "cells"):
        assert getattr(larger, name) >= getattr(limits, name), name
    assert not limits.large


def test_a_report_crosses_whole() -> None:
    said = Message("a {b}", b=Message("c {d}", d=1))
    report = Report(
        Verdict.REFUTED,
        said,
        slips=("sign", "missing_factor"),
        witness=Witness({"z": "1/2"}, "[1 +/- 0.1]", "2", "bound"),
        certificate=Certificate("method", {"fact": "text"}, (said, said)),
        portion=Portion("steps", 1, 3),
        stable=True,
        contract=False,
        carried_forward=True,
        unclear=(said,),
        notes=(said, said),
        disclosed=(said,),
        measures={"max_ulp": 1.5},
    )
    usual = Report(Verdict.PROVED, said)
    for field in fields(Report):  # each is told apart from what it is when nobody says anything
        assert field.name in ("read", "message") or getattr(report, field.name) != getattr(usual, field.name), field.name

    assert from_data(json.loads(json.dumps(to_data(report)))) == report
    assert from_data(json.loads(json.dumps(to_data(usual)))) == usual
