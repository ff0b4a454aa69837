"""The judge beside SymPy's `simplify` and `equals` and Math-Verify, on the table of answers: who is right, and how fast.

    make bench-judge        (or: python benchmarks/judge.py [TABLE])

The others are handed our own reading as a SymPy object, with a = σ(z) put in, so that notation costs them nothing; their
seconds do not include any reading, ours do. Row by row each takes its turn, up to three times, and the least counts; what
takes more than SECONDS or MEMORY counts as hung. The last line reads `median ratio to simplify <number>`: the median of
simplify's seconds over the median of ours.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sympy

from sig_checker.errors import SubmissionError
from sig_checker.exercise import Exercise
from sig_checker.exercises import load
from sig_checker.expressions import Add, Call, Cases, Compare, Const, Div, Expr, Mul, Neg, Num, Pow, Var, replace_names
from sig_checker.judging import Judgement, judge
from sig_checker.reading import Vocabulary, read

TABLE = Path(__file__).resolve().parent.parent / "tests" / "tables" / "answers.jsonl"
SECONDS = 10
MEMORY = 4 << 30
ROUNDS = 3
SLOW = 0.5  # seconds; what takes longer is not measured again
LONGEST = 2_000  # characters; what is longer is a bomb
NAMES = {
    **{
        f: getattr(sympy, f)
        for f in [
            "exp",
            "log",
            "sqrt",
            "cbrt",
            "sign",
            "floor",
            "erf",
            "sin",
            "cos",
            "tan",
            "cot",
            "sec",
            "csc",
            "asin",
            "acos",
            "atan",
        ]
    },
    **{f: getattr(sympy, f) for f in ["sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh"]},
    "abs": sympy.Abs,
    "max": sympy.Max,
    "min": sympy.Min,
    "sigma": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
}
REAL = {name: sympy.Symbol(name, real=True) for name in ("z", "upstream")}
CONDITIONS = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne}


def to_sympy(e: Expr) -> Any:
    """Our reading as a SymPy object, node by node."""
    match e:
        case Num(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Var(name):
            return REAL[name]
        case Const(name):
            return {"e": sympy.E, "pi": sympy.pi, "oo": sympy.oo}[name]
        case Neg(arg):
            return -to_sympy(arg)
        case Add(args):
            return sympy.Add(*map(to_sympy, args))
        case Mul(args):
            return sympy.Mul(*map(to_sympy, args))
        case Div(over, under):
            return to_sympy(over) / to_sympy(under)
        case Pow(base, exponent):
            return to_sympy(base) ** to_sympy(exponent)
        case Call(name, args):
            return NAMES[name](*map(to_sympy, args))
        case Cases(pieces):
            return sympy.Piecewise(*((to_sympy(x), to_sympy(c)) for x, c in pieces))
        case Compare(op, left, right):
            return sympy.true if op == "true" else CONDITIONS[op](to_sympy(left), to_sympy(right))
    raise ValueError(type(e).__name__)


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def by_simplify(answer: Any, truth: Any) -> bool | None:
    return bool(sympy.simplify(answer - truth) == 0)


def by_equals(answer: Any, truth: Any) -> bool | None:
    return answer.equals(truth)  # type: ignore[no-any-return]


def by_math_verify() -> Callable[[Any, Any], bool | None] | None:
    try:
        from math_verify import verify  # noqa: PLC0415
    except ImportError:
        return None
    return lambda answer, truth: bool(verify(truth, answer, timeout_seconds=None))


def main() -> int:
    logging.disable(logging.WARNING)  # Math-Verify tells each time that its own time limit is off
    table = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    exercise = load("sigmoid-7-02")
    rows = []
    for line in table.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["syntax"] == "numpy" or row["correct"] is None or row.get("either") or len(row["answer"]) > LONGEST:
            continue
        with contextlib.suppress(SubmissionError, ValueError, KeyError):
            answer = read(row["answer"], row["syntax"], Vocabulary()).answer
            meant = replace_names(answer, {exercise.activation: exercise.definition})
            rows.append((row, to_sympy(meant), to_sympy(exercise.truth(exercise.task(row["task"])))))
    judges: dict[str, Callable[[Any, Any], bool | None]] = {"simplify": by_simplify, "equals": by_equals}
    verify = by_math_verify()
    if verify is not None:
        judges["Math-Verify"] = verify
    else:
        print("Math-Verify is not installed; `make bench-judge` installs it")

    counts: dict[str, Counter[str]] = {name: Counter() for name in ("sig_checker", *judges)}
    seconds: dict[str, list[float]] = {name: [] for name in counts}
    named = wrong = 0
    ours = measured(exercise, [row for row, _, _ in rows])
    for (row, answer, truth), (judged, best) in zip(rows, ours, strict=True):
        note(counts["sig_checker"], row["correct"], None if judged.needs_person else judged.points == judged.max_points)
        seconds["sig_checker"].append(best)
        if not row["correct"]:
            wrong += 1
            named += bool(judged.report.slips)
        for name, decide in judges.items():
            said, took = timed(decide, answer, truth)
            note(counts[name], row["correct"], said)
            seconds[name].append(took)

    print(f"{len(rows)} well-formed expressions of {table.name}\n")
    heads = ("false accepts", "false rejects", "undecided", "median ms", "p95", "p99", "worst")
    print(" " * 12 + "".join(f"{head:>14}" for head in heads))
    for name, found in seconds.items():
        found.sort()
        figures = [statistics.median(found), *(found[int(q * (len(found) - 1))] for q in (0.95, 0.99)), found[-1]]
        kinds = [counts[name][kind] for kind in ("false accept", "false reject", "undecided")]
        print(f"{name:12}" + "".join(f"{n:14}" for n in kinds) + "".join(f"{1000 * x:14.3f}" for x in figures))
    imports = [1000 * import_seconds(module) for module in ("sig_checker.judging", "sympy")]
    print(f"\nslips named for {named} of {wrong} wrong answers ({100 * named / wrong:.0f} %)")
    print(f"import of sig_checker.judging {imports[0]:.0f} ms, of sympy {imports[1]:.0f} ms")
    print(f"median ratio to simplify {statistics.median(seconds['simplify']) / statistics.median(seconds['sig_checker']):.0f}")
    return 0


def measured(exercise: Exercise, rows: list[dict[str, Any]]) -> list[tuple[Judgement, float]]:
    """Our verdict on each row, from the text on, and the least of the rounds' seconds.

    Before the others' turn, since the children in which they run would slow us down (each fork leaves pages to be copied).
    """
    best = [float("inf")] * len(rows)
    said: list[Judgement] = []
    for _ in range(ROUNDS):
        said = []
        for i, row in enumerate(rows):
            start = time.perf_counter()
            said.append(judge(exercise, row["task"], {"kind": "data", "value": row["answer"]}, syntax=row["syntax"]))
            best[i] = min(best[i], time.perf_counter() - start)
    return list(zip(said, best, strict=True))


def timed(decide: Callable[[Any, Any], bool | None], answer: Any, truth: Any) -> tuple[bool | None, float]:
    """The verdict and the least of the rounds' seconds, in a child that may run out of time or memory."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what a library prints before it aborts
        os.write(write_end, json.dumps(rounds(decide, answer, truth)).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    said, best = json.loads(told) if told else (None, float(SECONDS))
    return said, best


def rounds(decide: Callable[[Any, Any], bool | None], answer: Any, truth: Any) -> tuple[bool | None, float]:
    best, said = float(SECONDS), None
    for _ in range(ROUNDS):
        sympy.core.cache.clear_cache()  # or the second round would measure the cache
        start = time.perf_counter()
        try:
            with at_most(SECONDS):
                said = decide(answer, truth)
        except TimeoutError:
            return None, float(SECONDS)
        except Exception:  # an error of theirs is no verdict
            said = None
        best = min(best, time.perf_counter() - start)
        if best > SLOW:
            break
    return said, best


def note(counts: Counter[str], correct: bool, said: bool | None) -> None:
    if said is None:
        counts["undecided"] += 1
    elif said != correct:
        counts["false accept" if said else "false reject"] += 1


def import_seconds(module: str) -> float:
    """Median of five fresh interpreters, less what an empty one takes."""

    def run(code: str) -> float:
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            taken.append(time.perf_counter() - start)
        return statistics.median(taken)

    return run(f"import {module}") - run("pass")


if __name__ == "__main__":
    sys.exit(main())
