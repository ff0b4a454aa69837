"""Thousands of forged pieces of evidence: none is an error, none is worth more than the honest one it was made from."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sympy

from sig_checker.deciding.challenge import pack
from sig_checker.evidence import Challenge, Evidence
from sig_checker.exercises import load
from sig_checker.grading.steps.collect import NoEvidence, Sent, collect
from sig_checker.judging import judge
from sig_checker.notebook.submit import answer_as_data
from sig_checker.verdicts import Verdict

EXERCISE = load("sigmoid-7-02")
SEED = 20_007


def _unstable(z: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.exp(-z) / (1 + np.exp(-z)) ** 2


def _listed(z: Any) -> Any:
    a = 1 / (1 + np.exp(-np.abs(z)))
    return np.float32(a * (1 - a))


def _lost_square(z: Any) -> Any:
    return np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))


def _impatient(_: Any) -> Any:
    raise KeyError("z")


# task, what a student bound to it, the points of the honest evidence
HONEST: list[tuple[str, object, float]] = [
    ("q1_derivative", "z", 0.0),
    ("q1_derivative", sympy.Symbol("z") ** 2, 0.0),
    ("q1_steps", ["d/dz sigma(z)", "z", "z^2"], 0.0),
    ("q1_backprop", "dL_da + a(1-a)", 0.0),
    ("q1_function", _lost_square, 0.0),
    ("q1_function", _impatient, 0.0),
    ("q1_function", "a(1-a)", 0.0),
    ("q1_function", _unstable, 8.0),
    ("q1_function", _listed, 0.0),
    ("q1_backprop_function", lambda upstream, z: upstream + _unstable(z), 0.0),
    ("q2_second_derivative", "a", 0.0),
    ("q2_maximum", 3, 0.0),
    ("q2_argmax", [2, "5"], 0.0),
    ("q2_argmin", "-oo", 3.0),
    ("q3_at_zero", {"probability": 0.3, "certainty": "certain", "update": "none"}, 0.0),
]
DEEP: list[Any] = []
for _ in range(400):
    DEEP = [DEEP]
NASTY: list[Any] = [
    None, True, False, -7, 10**9, 10**400, -(2**63), 1e308, -1e-308, float("nan"), float("inf"), float("-inf"), "", " ", "\x00",
    "\ud800", "10.0", "proved", "f00d", "0" * 5000, "(" * 3000, "한글", "1e999999999", "nan", "-oo", "a" * 50, "{}", "missing",
    "data", "expression", "function", "foreign", "numpy.ndarray", "float64", "<f8", "AAAA", "not base64!", [], {}, [[]], [None],
    [float("nan")], {"": None}, {"kind": "data"}, {"\udfff": 1}, ["x"] * 5000, DEEP, {"kind": "data", "value": DEEP},
    pack([7.5]), pack([float("nan")] * 3), pack([float("inf")] * 300), {"dtype": "<f8", "shape": [-1], "data": ""},
    {"dtype": "<f8", "shape": [10**12], "data": ""}, {"dtype": "<f8", "shape": [2, 10**6, 0], "data": ""}, {"kind": "slow"},
    {"kind": "timeout", "seconds": {}}, {"kind": "signal", "signal": [9]}, {"kind": "not_callable"},
]  # fmt: skip


def _challenge(task_id: str) -> Challenge:
    task = EXERCISE.task(task_id)
    return Challenge("f00d", SEED, EXERCISE.name, task_id, task.name, EXERCISE.parameters(task))


def _places(record: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(record, dict | list) and len(path) < 12:
        for key, x in record.items() if isinstance(record, dict) else enumerate(record):
            yield from _places(x, (*path, key))


def _at(record: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        record = record[key]
    return record


def _mutated(record: Any, source: random.Random) -> Any:
    """One to three places replaced, removed, renamed, wrapped or swapped with others; half of them near the top."""
    made = copy.deepcopy(record)
    for _ in range(source.choice((1, 1, 2, 3))):
        places = [x for x in _places(made) if x]
        near = [x for x in places if len(x) <= 4]
        if not near:
            return made
        path = source.choice(near if source.random() < 0.5 else places)
        inside, key = _at(made, path[:-1]), path[-1]
        change = source.randrange(6)
        if change == 0:
            del inside[key]
        elif change == 1 and isinstance(inside, dict):
            inside[source.choice(["", "value", "points", "\ud800", "seed", "calls", "extra"])] = inside.pop(key)
        elif change == 2:
            inside[key] = [inside[key]] if source.random() < 0.5 else {"kind": inside[key]}
        elif change == 3:
            inside[key] = copy.deepcopy(_at(made, source.choice(places)))
        else:
            inside[key] = copy.deepcopy(source.choice(NASTY))
    return made


def _points(task: str, record: Any) -> float:
    """What the grader makes of a record that came out of a check cell."""
    challenge = _challenge(task)
    try:
        evidence = collect(Sent(challenge, [record]), [], {"f00d": task})
    except NoEvidence:
        return 0.0
    json.dumps(evidence.as_dict(), allow_nan=False, ensure_ascii=False).encode("utf-8")  # it can be stored
    judgement = judge(EXERCISE, task, evidence.answer, given={task: evidence.answer}, seed=str(SEED))
    str(judgement.report.message)
    assert type(judgement.points) is float
    if judgement.report.verdict in (Verdict.UNDECIDED, Verdict.UNREADABLE):
        assert judgement.points == 0.0
    return judgement.points


@pytest.mark.parametrize(("task", "answer", "due"), HONEST, ids=[f"{i} {task}" for i, (task, *_) in enumerate(HONEST)])
def test_no_mutation_of_evidence_is_an_error_or_worth_more(task: str, answer: object, due: float) -> None:
    described = answer_as_data(answer, _challenge(task))
    honest = json.loads(json.dumps(Evidence(EXERCISE.name, task, "f00d", described).as_dict()))
    source = random.Random(f"forger of {task} {due}")

    assert _points(task, honest) == due
    for _ in range(200 if described["kind"] == "function" else 800):
        made = _mutated(honest, source)
        assert _points(task, made) <= due, made


@pytest.mark.parametrize("task", [x.id for x in EXERCISE.tasks])
@pytest.mark.parametrize("shape", [lambda x: x, lambda x: {"kind": "data", "value": x}, lambda x: {"kind": x, "value": x},
                                   lambda x: {"kind": "function", "observed": x}, lambda x: {"kind": "expression", "python": x},
                                   lambda x: {"kind": "foreign", "type": x}])  # fmt: skip
def test_answers_of_every_wrong_type_earn_nothing(task: str, shape: Callable[[Any], Any]) -> None:
    for nasty in NASTY:
        record = Evidence(EXERCISE.name, task, "f00d").as_dict() | {"answer": shape(nasty)}
        due = 3.0 if (task, nasty) == ("q2_argmin", "-oo") else 0.0  # the one nasty value that is half of an answer
        assert _points(task, record) <= due, nasty


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_records_of_every_wrong_type_are_no_evidence(nasty: Any) -> None:
    with pytest.raises(NoEvidence):
        collect(Sent(_challenge("q1_derivative"), [nasty]), [], {})
    for name in ("format", "exercise", "task", "nonce", "answer"):
        record = Evidence(EXERCISE.name, "q1_derivative", "f00d", {"kind": "missing"}).as_dict() | {name: nasty}
        is_answer = isinstance(nasty, dict) and isinstance(nasty.get("kind"), str) and "value" not in nasty
        if (name, nasty) == ("nonce", "f00d") or (name == "answer" and is_answer):
            continue
        with pytest.raises(NoEvidence):
            collect(Sent(_challenge("q1_derivative"), [record]), [], {})
