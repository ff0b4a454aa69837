"""What `submit` makes of an answer, and what it shows in the student's own session and under a grader."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import textwrap
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from sig_checker.claims.mistakes import SLIPS
from sig_checker.evidence import CHALLENGE, MIME, Challenge, Evidence
from sig_checker.language import translate
from sig_checker.notebook.answers import describe
from sig_checker.notebook.display import ShownReport
from sig_checker.notebook.submit import submit
from sig_checker.verdicts import Message, Report, Verdict, Witness

MISSING = {"kind": "missing"}


class _Hostile:
    """Agrees with everything, if it is asked."""

    def _yes(self, *_: object) -> Any:
        raise AssertionError("a method of the answer was called")

    __eq__ = __float__ = __str__ = __repr__ = __len__ = __iter__ = __getitem__ = __bool__ = __lt__ = __index__ = _yes  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class _Text(str):
    __slots__ = ()

    def strip(self, *_: object) -> str:
        raise AssertionError("a method of the answer was called")


class _Number(float):
    def __repr__(self) -> str:
        raise AssertionError("a method of the answer was called")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param("a(1-a)", "a(1-a)", id="text"),
        pytest.param(0.25, 0.25, id="float"),
        pytest.param(0, 0, id="zero is an answer"),
        pytest.param(False, False, id="False is an answer"),
        pytest.param(math.inf, "oo", id="infinity"),
        pytest.param(-np.inf, "-oo", id="minus infinity"),
        pytest.param(math.nan, "nan", id="nan"),
        pytest.param(np.float64(0.25), 0.25, id="NumPy scalar"),
        pytest.param(np.int32(3), 3, id="NumPy integer"),
        pytest.param(np.array([-np.inf, np.inf]), ["-oo", "oo"], id="NumPy array"),
        pytest.param(Fraction(1, 4), "1/4", id="fraction"),
        pytest.param(Decimal("0.25"), "0.25", id="decimal"),
        pytest.param((0, "oo"), [0, "oo"], id="tuple"),
        pytest.param({2, 1}, [1, 2], id="set"),
        pytest.param("a\ud800", "a?", id="half of a surrogate pair"),
        pytest.param({"a\ud800": 1}, {"a?": 1}, id="half of a surrogate pair in a name"),
        pytest.param({"probability": [0, 1], "update": None}, {"probability": [0, 1], "update": None}, id="object"),
        pytest.param([sympy.oo, sympy.Rational(1, 4)], ["oo", "1/4"], id="SymPy in a list"),
    ],
)
def test_an_answer_becomes_data(answer: object, expected: object) -> None:
    described = describe(answer)

    assert described == {"kind": "data", "value": expected}
    json.dumps(described, allow_nan=False)


@pytest.mark.parametrize("answer", [None, ..., NotImplemented, "", "  \n", [], {}, [None, ...], {"update": ..., "more": None}])
def test_a_placeholder_is_no_answer(answer: object) -> None:
    assert describe(answer) == MISSING


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        pytest.param(_Hostile(), "_Hostile", id="hostile object"),
        pytest.param([_Hostile()], "_Hostile", id="hostile object in a list"),
        pytest.param(_Text("a(1-a)"), "_Text", id="subclass of str"),
        pytest.param(_Number(0.25), "_Number", id="subclass of float"),
        pytest.param(1j, "complex", id="complex"),
        pytest.param({1: 2}, "dict", id="keys that are no text"),
        pytest.param(10**5000, "int", id="huge integer"),
        pytest.param(Fraction(1, 10**5000), "Fraction", id="huge fraction"),
        pytest.param(["a" * 300_000] * 4, "a container too large to be an answer", id="too much text"),
        pytest.param(len, "builtin_function_or_method", id="function where none is asked"),
        pytest.param(np.zeros(10**6), "ndarray", id="large array"),
        pytest.param([[]] * 100_000, "a container too large to be an answer", id="large list"),
    ],
)
def test_anything_else_is_named_by_its_type_and_left_alone(answer: object, name: str) -> None:
    assert describe(answer) == {"kind": "foreign", "type": name}


def test_a_list_in_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert describe(endless)["kind"] == "foreign"


def test_a_sympy_expression_is_written_out() -> None:
    z = sympy.Symbol("z")

    described = describe(sympy.exp(-z) / (1 + sympy.exp(-z)) ** 2)
    assert described["kind"] == "expression"
    assert sympy.simplify(sympy.sympify(described["python"]) - sympy.exp(z) / (1 + sympy.exp(z)) ** 2) == 0


# ---- in a process of its own, as a notebook's kernel would


def _run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env={k: v for k, v in os.environ.items() if k not in (CHALLENGE, "NBGRADER_EXECUTION")} | environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _korean(template: str) -> str:
    """The exercise's reports are Korean."""
    text = translate(Message(template), "ko")
    assert text != template
    return text


def test_the_name_of_the_task_is_looked_up_in_the_notebook() -> None:
    out = _run("""
        from sig_checker import submit
        q1_derivative = "a(1-a)"
        submit("q1_derivative", exercise="sigmoid-7-02")
        submit("q1_backprop", exercise="sigmoid-7-02")
    """)
    right, missing = out.split("q1_backprop")

    assert _korean("Right: proved.") in right
    assert _korean("There is no answer.") in missing


def test_functions_go_by_the_name_that_the_question_gives_them() -> None:
    out = _run("""
        import numpy as np
        from sig_checker import submit
        def dsigmoid(z):
            t = np.exp(-np.abs(z))
            return t / (1 + t) ** 2
        submit("q1_function", exercise="sigmoid-7-02")
    """)

    assert f"q1_function: {_korean('Right at every point that was measured.')}" in out


_COUNTED = """
    import numpy as np
    from sig_checker import submit
    from sig_checker.deciding import floating
    whole, enclosed = floating._row, []
    floating._row = lambda truth, point: enclosed.append(point) or whole(truth, point)
    def dsigmoid(z):
        return np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))) ** 2
    def backprop(dL_da, z):
        return dL_da * dsigmoid(z) + 1
"""


def test_with_the_first_report_the_others_are_made_ready() -> None:
    out = _run(_COUNTED + """
    submit("q2_maximum", "1/4")
    print(len(enclosed) > 1000)
    enclosed.clear()
    submit("q1_function")
    submit("q1_backprop_function")
    print("points enclosed:", len(enclosed))
    """)

    assert "True" in out
    assert "points enclosed: 0" in out
    assert out.count("q1_function") == out.count("q1_backprop_function") == 1  # of the rehearsal nothing is seen


def test_what_goes_wrong_while_others_are_made_ready_is_not_seen() -> None:
    out = _run("""
        from sig_checker.notebook import rehearsal
        def broken(*_, **more):
            raise RuntimeError("broken")
        rehearsal.judge = broken
        from sig_checker import submit
        submit("q1_derivative", "a(1-a)")
    """)

    assert _korean("Right: proved.") in out
    assert "broken" not in out


@pytest.mark.parametrize("answer", ["1/4", "1/2"])
def test_where_the_level_is_read_no_verdict_is_shown(answer: str) -> None:
    out = _run(f"""
        from sig_checker import submit
        submit("q2_maximum", "{answer}")
    """)

    assert f"{_korean('read as')}: {answer}" in out
    assert out.splitlines()[0] == "q2_maximum"
    for verdict in ("Right: proved.", "Not right.", "Not decided: a person will look at it."):
        assert _korean(verdict) not in out


@pytest.mark.parametrize(("answer", "verdict"), [("1/4", "Right: proved."), ("1/2", "Not right.")])
def test_a_level_that_the_instructor_has_put_beside_the_notebooks_is_kept(answer: str, verdict: str, tmp_path: Path) -> None:
    (tmp_path / "feedback.toml").write_text('q2_maximum = "hint"\n', encoding="utf-8")
    out = _run(f"""
        import os
        os.chdir({str(tmp_path)!r})
        from sig_checker import submit
        submit("q2_maximum", "{answer}")
    """)

    assert out.splitlines()[0] == f"q2_maximum: {_korean(verdict)}"


def test_in_a_session_of_its_own_the_result_is_zero_to_a_grader() -> None:
    result = submit("q2_maximum", "1/4")

    assert repr(result) == "0.0"


def _under_the_grader(code: str, challenge: Challenge | None, folder: Path) -> tuple[list[Any], str, set[str]]:
    """Run `code`, which binds `result`: what was published, the result's text, the modules of ours that were loaded."""
    place = folder / "cell.json"
    if challenge is not None:
        place.write_text(challenge.as_text(), encoding="utf-8")
    out = _run(f"""
        import json, sys
        import sig_checker
        from sig_checker import submit
        seen = []
        sys.modules["sig_checker.notebook.submit"].publish = seen.append
        {code}
        ours = [name for name in sys.modules if name.partition(".")[0] == "sig_checker"]
        print(json.dumps([seen, repr(result), ours]))
    """, **{CHALLENGE: str(place)})  # fmt: skip
    seen, result, ours = json.loads(out)
    return seen, result, set(ours)


DERIVATIVE = Challenge("f00d", 7, "sigmoid-7-02", "q1_derivative", "q1_derivative")
FUNCTION = Challenge("f00d", 7, "sigmoid-7-02", "q1_function", "dsigmoid", ("z",))
# all that a kernel loads of ours: nothing of it knows what is asked, or what is right
ALWAYS = {"sig_checker", "sig_checker.evidence", "sig_checker.notebook", "sig_checker.notebook.submit",
          "sig_checker.notebook.answers"}  # fmt: skip
WRITING = {"sig_checker.expressions", "sig_checker.printing"}
SYMPY = WRITING | {"sig_checker.reading", "sig_checker.reading.sympy_objects", "sig_checker.reading.vocabulary"}
CALLING = {"sig_checker.deciding", "sig_checker.deciding.challenge", "sig_checker.notebook.probing",
           "sig_checker.notebook.constants", "sig_checker.notebook.describing", "sig_checker.notebook.forks"}  # fmt: skip
TRACING = WRITING | {"sig_checker.notebook.tracing"}


@pytest.mark.parametrize(
    ("challenge", "code", "kind", "loaded"),
    [
        pytest.param(DERIVATIVE, 'q1_derivative = "z"; result = submit("q1_derivative")', "data", set(), id="text"),
        pytest.param(DERIVATIVE, 'result = submit("q1_derivative", exercise="sigmoid-7-02")', "missing", set(), id="nothing"),
        pytest.param(DERIVATIVE, 'result = submit("q1_derivative", object())', "foreign", set(), id="foreign object"),
        pytest.param(DERIVATIVE, 'result = submit("q1_derivative", print)', "foreign", set(), id="function for a formula"),
        pytest.param(DERIVATIVE, 'import numpy; result = submit("q1_derivative", numpy.float64(1))', "data", set(), id="NumPy"),
        pytest.param(DERIVATIVE, 'import sympy; result = submit("q1_derivative", sympy.Symbol("z"))', "expression", SYMPY,
                     id="SymPy"),
        pytest.param(FUNCTION, 'result = submit("q1_function", "z")', "data", set(), id="text for a function"),
        pytest.param(FUNCTION, 'dsigmoid = lambda z: z * 3; result = submit("q1_function")', "function", CALLING | TRACING,
                     id="function"),
        pytest.param(FUNCTION, 'import math; result = submit("q1_function", math.exp)', "function", CALLING, id="unusable"),
    ],
)  # fmt: skip
def test_under_the_grader_the_kernel_reports_and_knows_nothing(
    challenge: Challenge, code: str, kind: str, loaded: set[str], tmp_path: Path
) -> None:
    (bundle,), result, ours = _under_the_grader(code, challenge, tmp_path)
    evidence = Evidence.from_dict(bundle[MIME])

    assert (evidence.exercise, evidence.task, evidence.nonce) == ("sigmoid-7-02", challenge.task, "f00d")
    assert evidence.answer["kind"] == kind
    assert set(bundle) == {MIME, "text/plain"}
    assert result == "0.0"
    assert ours == ALWAYS | loaded


def test_a_function_is_called_at_the_points_of_the_run(tmp_path: Path) -> None:
    challenge = Challenge("f00d", 4711, "sigmoid-7-02", "q1_backprop_function", "backprop", ("upstream", "z"))
    code = 'result = submit("q1_backprop_function", lambda upstream, z: upstream * z)'
    (bundle,), _, _ = _under_the_grader(code, challenge, tmp_path)

    observed = bundle[MIME]["answer"]["observed"]
    assert (observed["seed"], observed["names"]) == ("4711", ["upstream", "z"])
    assert observed["formula"] == "dL_da*z"


def test_what_the_cell_does_not_ask_for_is_named_and_not_described(tmp_path: Path) -> None:
    (bundle,), result, ours = _under_the_grader('result = submit("q2_maximum", 0.25)', DERIVATIVE, tmp_path)

    assert Evidence.from_dict(bundle[MIME]) == Evidence("sigmoid-7-02", "q2_maximum", "f00d", {"kind": "missing"})
    assert (result, ours) == ("0.0", ALWAYS)


def test_outside_a_check_cell_nothing_is_handed_in(tmp_path: Path) -> None:
    assert _under_the_grader('result = submit("q1_derivative", "z")', None, tmp_path) == ([], "0.0", ALWAYS)


def test_a_grader_that_does_not_know_us_is_told_the_two_lines() -> None:
    out = _run("""
        from sig_checker import submit
        print(repr(submit("q1_derivative", "a(1-a)")))
    """, NBGRADER_EXECUTION="autograde")  # fmt: skip

    assert "from sig_checker.grading import configure" in out
    assert out.splitlines()[-1] == "0.0"
    assert "a*(1" not in out


def test_importing_submit_is_light() -> None:
    out = _run("""
        import sys
        import sig_checker
        sig_checker.submit
        print(sorted({"sympy", "scipy", "nbgrader", "IPython"} & set(sys.modules)))
    """)

    assert out == "[]\n"


# ---- the report at each level

SLIP = SLIPS["missing_square"].template
TRUTH = "[0.196611933 +/- 5e-10]"  # shown as 0.196611933 ± 5e-10


class Markup:
    """A reading that would be markup if it were not escaped."""

    def plain(self) -> str:
        return "<b>$a$</b>"

    def latex(self) -> str:
        return "a < b"


REPORT = Report(
    Verdict.REFUTED, Message("The square is missing."), slips=("missing_square",), read=Markup(),
    witness=Witness({"z": "1"}, "[0.26 +/- 0.01]", TRUTH), notes=(Message("a note"),),
)  # fmt: skip


@pytest.mark.parametrize("level", ["read", "hint", "full"])
def test_the_truth_is_shown_at_full_only(level: Any) -> None:
    bundle = ShownReport("q1", REPORT, level, "en").mimebundle()

    assert set(bundle) == {"text/html", "text/markdown", "text/plain"}
    for text in bundle.values():
        squeezed = text.replace("\\", "")
        assert ("0.196611933 ± 5e-10" in squeezed) == ("0.1966" in squeezed) == (level == "full")
        assert (SLIP in squeezed) == (level != "read")
        assert ("Not right" in squeezed) == (level != "read")
        assert ("0.26" in squeezed) == (level != "read")


def test_what_a_student_typed_cannot_become_markup() -> None:
    bundle = ShownReport("q1", REPORT, "full", "en").mimebundle()

    assert "<b>" not in bundle["text/html"]
    assert "$a &lt; b$" in bundle["text/html"]
    assert "$a < b$ (`<b>$a$</b>`)" in bundle["text/markdown"]


def test_a_caret_stands_below_its_place() -> None:
    place = Message("{text}\n{caret}", text="ab + q", caret="     ^")
    report = Report(Verdict.UNREADABLE, Message("unknown name"), notes=(place,))
    first, second = ShownReport("q1", report, "hint", "en").plain().splitlines()[-2:]

    assert first.index("q") == second.index("^")

