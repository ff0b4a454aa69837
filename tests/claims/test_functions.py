"""Functions are judged by their values, and the judge is lied to. The truths come as expressions, the answers as NumPy code."""

import copy
import math

import mpmath
import numpy as np
import pytest

from sig_checker.claims import functions
from sig_checker.claims.functions import judge_function
from sig_checker.claims.slips import Slips
from sig_checker.deciding import floating
from sig_checker.deciding.challenge import draw_plan, fixed_points, pack, unpack
from sig_checker.errors import SubmissionError
from sig_checker.expressions import Add, Call, Div, Mul, Neg, Pow, Var, num
from sig_checker.notebook.probing import probe
from sig_checker.reading import read_definition
from sig_checker.verdicts import Certificate, Message, Verdict, Witness

Z = Var("z")
E_Z = Call("exp", (Neg(Z),))
SIGMOID = Div(E_Z, Pow(Add((num(1), E_Z)), num(2)))
TANH = Pow(Call("sech", (Z,)), num(2))


def dsigmoid(z):
    t = np.exp(-np.abs(z))
    return t / (1 + t) ** 2


def dtanh(z):
    t = np.exp(-2 * np.abs(z))
    return 4 * t / (1 + t) ** 2


BOTH = pytest.mark.parametrize(("truth", "right"), [(SIGMOID, dsigmoid), (TANH, dtanh)], ids=["sigmoid", "tanh"])


def judged(function, truth=SIGMOID, names=("z",), seed="seed", **more):
    return judge_function(truth, names, probe(function, draw_plan(seed, names)), seed=seed, **more)


def full(report):
    return report.verdict is Verdict.MEASURED and report.stable is True and report.contract is True


def textbook(z):
    a = 1 / (1 + np.exp(-z))
    return a * (1 - a)


def quotient_rule(z):
    e = np.exp(z)
    return (e * (1 + e) - e * e) / (1 + e) ** 2


def looped(z):
    out = np.empty(z.shape)
    for i in np.ndindex(z.shape):
        t = math.exp(-abs(z[i]))
        out[i] = t / (1 + t) ** 2
    return out


@pytest.mark.parametrize(
    ("function", "truth"),
    [
        pytest.param(textbook, SIGMOID, id="a(1-a)"),
        pytest.param(dsigmoid, SIGMOID, id="stable"),
        pytest.param(looped, SIGMOID, id="a loop"),
        pytest.param(lambda z: 0.25 * (1 - np.tanh(z / 2) ** 2), SIGMOID, id="tanh form"),
        pytest.param(lambda z: 0.25 / np.cosh(np.clip(z / 2, -300, 300)) ** 2, SIGMOID, id="clipped cosh"),
        pytest.param(lambda z: textbook(np.clip(z, -500, 500)), SIGMOID, id="a clip at 500"),
        pytest.param(lambda z: textbook(z) * 1.0 + 2.0**-53, SIGMOID, id="a unit more"),
        pytest.param(dtanh, TANH, id="tanh"),
        pytest.param(lambda z: 1 - np.tanh(z) ** 2, TANH, id="1 - tanh²"),
    ],
)
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_right_functions_are_right(function, truth, seed):
    report = judged(function, truth, seed=seed)

    assert full(report), report.message
    assert report.measures["max_error"] < 8


def backprop(upstream, z):
    t = np.exp(-np.abs(z))
    return upstream * t / (1 + t) ** 2


@pytest.mark.parametrize("names", [("upstream", "z"), ("g", "x")])
def test_the_upstream_gradient_comes_first(names):
    truth = Mul((Var(names[0]), Pow(Call("sech", (Var(names[1]),)), num(2))))

    assert full(judged(lambda u, z: u * dtanh(z), truth, names))
    assert judged(lambda z, u: u * dtanh(z), truth, names).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(lambda u, z: backprop(np.clip(u, -1e5, 1e5), z), id="a clipped upstream gradient"),
        pytest.param(lambda u, z: backprop(np.abs(u), z), id="its size"),
        pytest.param(lambda u, z: np.where(u == 0, 1e-300, backprop(u, z)), id="not zero at zero"),
        pytest.param(lambda u, z: np.where(np.abs(u) < 1e-6, 0.0, backprop(u, z)), id="small ones dropped"),
        pytest.param(lambda u, z: backprop(u, z) + 1e-14, id="an absolute error"),
        pytest.param(lambda u, z: dsigmoid(z) + 0 * u, id="left out"),
        pytest.param(lambda u, z: u + dsigmoid(z), id="added"),
    ],
)
def test_lies_about_the_upstream_gradient_are_refuted(lie):
    report = judged(lie, Mul((Var("upstream"), SIGMOID)), ("upstream", "z"))

    assert report.verdict is Verdict.REFUTED
    assert set(report.witness.point) == {"upstream", "z"}


def _noisy(right):
    source = np.random.default_rng(1)
    return lambda z: right(z) + source.normal(0, 1e-13, np.shape(z))


def _largest(z):
    return np.max(np.abs(z), initial=0)


def _first_result(right):
    kept = {}
    return lambda z: kept.setdefault(np.shape(z), right(z)).copy()


def _second_time_wrong(right):
    seen = set()

    def function(z):
        again = z.tobytes() in seen
        seen.add(z.tobytes())
        return right(z) + again

    return function


LIES = [
    pytest.param(lambda right: lambda z: right(z) + 20 * 1e-15, id="off by 2e-14"),
    pytest.param(lambda right: lambda z: right(z) * (1 + 1e-12), id="a relative error of 1e-12"),
    pytest.param(lambda right: lambda z: np.round(right(z), 12), id="rounded"),
    pytest.param(lambda right: lambda z: np.where(np.abs(z - 3.7) < 1e-6, 0.0, right(z)), id="a window"),
    pytest.param(lambda right: lambda z: np.where(np.abs(z + 21.03) < 1e-7, 1.0, right(z)), id="a window further out"),
    pytest.param(lambda right: lambda z: np.where(z == 0, 0.0, right(z)), id="at zero"),
    pytest.param(lambda right: lambda z: np.where((z != 0) & (np.abs(z) < 1e-300), 0.0, right(z)), id="at subnormal numbers"),
    pytest.param(lambda right: lambda z: np.where(z > 600, 1.0, right(z)), id="from 600 on"),
    pytest.param(lambda right: lambda z: right(z) if z.size < 4000 else z * 0, id="for large arrays"),
    pytest.param(lambda right: lambda z: right(z) if z.size > 1 else z * 0, id="for single elements"),
    pytest.param(lambda right: lambda z: right(z) if _largest(z) <= 10 else z * 0, id="where a large z is near"),
    pytest.param(lambda right: lambda z: right(z) if _largest(z) > 1 else z * 0, id="where no large z is near"),
    pytest.param(lambda right: lambda z: right(z) if z.ndim == 1 else z * 0, id="for two dimensions"),
    pytest.param(lambda right: lambda z: np.sort(right(z)), id="sorted"),
    pytest.param(lambda right: lambda z: right(z) if z.flags.c_contiguous else z * 0, id="for strided arrays"),
    pytest.param(_noisy, id="noise of 1e-13"),
    pytest.param(_first_result, id="the first result of each shape"),
    pytest.param(_second_time_wrong, id="wrong the second time"),
    pytest.param(lambda right: lambda z: -right(z), id="the sign"),
    pytest.param(lambda right: lambda z: right(z).astype(np.float32), id="float32"),
    pytest.param(lambda right: lambda z: right(z).astype(np.float32).astype(float), id="float32 hidden"),
    pytest.param(lambda right: lambda z: right(z) + 1j, id="an imaginary part"),
    pytest.param(lambda right: lambda z: z * 0 + np.nan * right(z), id="nan"),
]


def test_a_wrong_function_is_followed_to_the_first_wrong_call_only_where_that_is_enough(monkeypatch):
    observed = probe(lambda z: dsigmoid(z) + 1, draw_plan("seed", ("z",)))
    compared = []

    def compare(*given):
        compared.append(given)
        return floating.compare(*given)

    monkeypatch.setattr(functions, "compare", compare)
    judge_function(SIGMOID, ("z",), observed)
    everywhere = len(compared)
    judge_function(SIGMOID, ("z",), observed, thorough=False)

    assert everywhere > 10
    assert len(compared) == everywhere + 1


@BOTH
@pytest.mark.parametrize("lie", LIES)
def test_lies_are_refuted_with_a_witness_that_holds(truth, right, lie):
    report = judged(lie(right), truth)

    assert report.verdict is Verdict.REFUTED, report.message
    assert judged(lie(right), truth, thorough=False).verdict is Verdict.REFUTED
    if report.witness is not None:
        z, returned = float(report.witness.point["z"]), float(report.witness.answer)
        assert not abs(returned - float(right(np.array([z]))[0])) < 1e-15


@BOTH
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda right: lambda z: np.where(np.abs(z) > 701, 1.0, right(z)), id="another value"),
        pytest.param(lambda right: lambda z: np.where(np.abs(z) > 701, np.nan, right(z)), id="nan"),
        pytest.param(lambda right: lambda z: np.where(z == np.inf, np.nan, right(z)), id="nan at infinity alone"),
        pytest.param(lambda right: lambda z: np.where(z < -1e300, 1e-15, right(z)), id="off at the largest numbers"),
        pytest.param(lambda right: lambda z: np.where(np.abs(z) > 350, np.inf, right(z)), id="overflow before 700"),
    ],
)
def test_wrong_in_the_tails_is_unstable_never_full(truth, right, spoil):
    report = judged(spoil(right), truth)

    assert (report.verdict, report.stable, report.contract) == (Verdict.MEASURED, False, True)
    assert judged(spoil(right), truth, thorough=False) == report


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2, id="exp(-z) overflows"),
        pytest.param(lambda z: np.exp(z) / (1 + np.exp(z)) ** 2, id="exp(z) overflows"),
        pytest.param(quotient_rule, id="the quotient rule in e^z overflows from 355 on"),
        pytest.param(np.vectorize(lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2), id="OverflowError in a loop"),
    ],
)
def test_what_overflows_is_unstable(function):
    def without_empty(z):
        return function(z) if np.size(z) else z * 1.0

    assert (judged(without_empty).verdict, judged(without_empty).stable) == (Verdict.MEASURED, False)


def _through_exp(upstream, z):
    return upstream * np.exp(-z) / (1 + np.exp(-z)) ** 2


def _in_fourths(upstream, z):  # 4e308 is none, at whatever z
    return 4 * upstream * dsigmoid(z) / 4


@pytest.mark.parametrize(
    ("function", "reached", "says"),
    [
        pytest.param(_through_exp, "709.7", "Where |z| is large", id="exp(709.79) overflows"),  # ln of the largest double
        pytest.param(_in_fourths, None, "Where ∂L/∂a is large", id="four times the gradient overflows"),
    ],
)
def test_a_huge_gradient_says_nothing_of_z(function, reached, says):
    report = judged(function, Mul((Var("upstream"), SIGMOID)), ("upstream", "z"))

    assert (report.verdict, report.stable, report.measures.get("right_up_to")) == (Verdict.MEASURED, False, reached)
    assert str(report.message).startswith(says)
    assert "dL/da = -0.0" not in str(report.message)  # 0 · σ' is nobody's example


def _in_place(z):
    z *= -1
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def _onto_the_input(z):
    z[...] = dsigmoid(z)
    return z


def _buffered():
    buffer = np.empty(1 << 14)

    def function(z):
        buffer[: z.size] = dsigmoid(z).ravel()
        return buffer[: z.size].reshape(z.shape)

    return function


def _along_one_dimension(z):
    return np.array([dsigmoid(z[i : i + 1])[0] for i in range(len(z))]) if z.ndim == 1 else z.nothing


class Sub(np.ndarray):
    pass


@pytest.mark.parametrize(
    ("function", "says"),
    [
        pytest.param(lambda z: list(dsigmoid(np.ravel(z))), "type list", id="a list"),
        pytest.param(lambda z: tuple(dsigmoid(np.ravel(z)).tolist()), "type tuple", id="a tuple"),
        pytest.param(lambda z: dsigmoid(z).reshape(-1, 1), "shape (3, 1)", id="a column"),
        pytest.param(lambda z: dsigmoid(z).ravel(), "shape (77,)", id="flat"),
        pytest.param(lambda z: dsigmoid(z).astype(complex), "complex128", id="complex"),
        pytest.param(lambda z: dsigmoid(z).astype(np.longdouble), str(np.dtype(np.longdouble)), id="longdouble"),
        pytest.param(lambda z: dsigmoid(z).astype(">f8"), ">f8", id="the other byte order"),
        pytest.param(lambda z: dsigmoid(z).astype(object), "object", id="object"),
        pytest.param(lambda z: dsigmoid(z).view(Sub), "subclass", id="a subclass"),
        pytest.param(_in_place, "changes the array", id="changes its input"),
        pytest.param(_onto_the_input, "changes the array", id="writes onto its input"),
        pytest.param(_buffered(), "later call writes", id="one buffer for all results"),
        pytest.param(_along_one_dimension, "two dimensions", id="one dimension only"),
        pytest.param(lambda z: np.asmatrix(dsigmoid(z)) if z.ndim < 3 else dsigmoid(z), "subclass", id="a matrix"),
    ],
)
def test_right_values_against_the_contract_are_told(function, says):
    report = judged(function)

    assert (report.verdict, report.stable, report.contract) == (Verdict.MEASURED, True, False)
    assert says in str(report.message)


def _printing(z):
    print(dsigmoid(z))


def _raising(_):
    raise ValueError("{not} a template")


def _for_numbers(z):
    return dsigmoid(float(z))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        pytest.param(lambda _: None, "None", id="None"),
        pytest.param(_printing, "prints its result", id="prints"),
        pytest.param(lambda z: dsigmoid(z)[0], "one number", id="a number"),
        pytest.param(lambda z: 0.25 if np.ndim(z) else z, "one number", id="a Python number"),
        pytest.param(lambda z: np.diag(dsigmoid(z)), "shape (3, 3)", id="a Jacobian"),
        pytest.param(lambda _: "0.25", "type str", id="text"),
        pytest.param(_raising, "{not} a template", id="raises"),
        pytest.param(_for_numbers, "TypeError", id="for numbers"),
        pytest.param(lambda _: np.zeros(10**14), "memory", id="memory"),
        pytest.param(lambda _: exec("raise SystemExit"), "ends the program", id="exit"),
        pytest.param(lambda z: np.array(["x"] * len(z)), "dtype <U1", id="an array of text"),
    ],
)
def test_what_gives_no_values_is_refuted_with_its_own_message(function, says):
    report = judged(function)

    assert report.verdict is Verdict.REFUTED
    assert says in str(report.message)


def test_a_function_for_numbers_is_told_so():
    assert "single number" in str(judged(_for_numbers).notes[0])


def test_scalars_integers_and_warnings_cost_nothing():
    def function(z):
        if not isinstance(z, np.ndarray) or z.dtype != float or not z.ndim:
            raise TypeError
        return textbook(z)

    report = judged(function)

    assert full(report)
    told = " ".join(map(str, report.notes))
    for word in ("plain number", "no dimension", "integers", "overflow"):
        assert word in told


def test_wrong_values_for_integers_are_told():
    def function(z):
        out = np.empty_like(z)
        out[...] = dsigmoid(z)
        return out

    report = judged(function)

    assert full(report)
    assert any("integers" in str(note) and "wrong" in str(note) for note in report.notes)


@BOTH
@pytest.mark.parametrize("centre", [3.7, -3.7, 12.25, 611.0, 0.0171])
@pytest.mark.parametrize("side", [-math.inf, math.inf])
def test_a_single_wrong_double_on_either_side_of_a_constant_is_found(truth, right, centre, side):
    """Wrong at the double next to the number in its source, and nowhere else; of that number the sign may differ."""
    constant = abs(centre)

    def function(z):
        return np.where(np.nextafter(z, -side) == math.copysign(constant, centre), 1.0, right(z))

    report = judged(function, truth)

    assert report.verdict is Verdict.REFUTED
    assert float(report.witness.point["z"]) == math.nextafter(centre, side)


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(dsigmoid, id="stable"),
        pytest.param(lambda z: 0.25 / np.cosh(np.clip(z / 2, -350, 350)) ** 2, id="cosh"),
        pytest.param(lambda z: dsigmoid(z) * (1 + 5 * 2.0**-52 * (z == 3.0)), id="off by five at 3"),
        pytest.param(lambda z: dsigmoid(z) * (1 + 1e-9 * (z == -500.0)), id="off far out"),
        pytest.param(textbook, id="a(1-a)"),
    ],
)
def test_the_report_holds_the_worst_error_and_where_it_is(function):
    """By mpmath, over the same points: in units in the last place of the truth, and in units of 2^-53."""
    near, wide, _ = fixed_points(1)
    points = [*near[0], *wide[0]]
    with mpmath.workdps(60), np.errstate(all="ignore"):
        values = [mpmath.mpf(float(x)) for x in function(np.array(points))]
        truths = [mpmath.exp(-abs(mpmath.mpf(z))) / (1 + mpmath.exp(-abs(mpmath.mpf(z)))) ** 2 for z in points]
        errors = [abs(v - t) for v, t in zip(values, truths, strict=True)]
        ulps = [float(e / mpmath.mpf(math.ulp(float(t)))) for e, t in zip(errors, truths, strict=True)]
        units = [float(e * 2**53) for e in errors]
    measures = judged(function).measures

    assert measures["max_ulp"] == pytest.approx(max(ulps), rel=2e-3)
    assert measures["max_error"] == pytest.approx(max(units), rel=2e-3)
    assert ulps[points.index(measures["worst_z"])] == pytest.approx(max(ulps), rel=2e-3)


def test_figures_do_not_depend_on_the_seed():
    reports = [judged(textbook, seed=seed) for seed in ("1", "2", "3")]

    assert reports[0] == reports[1] == reports[2]
    assert set(reports[0].measures) == {"stable", "max_error", "max_ulp", "worst_z", "input", "points"}


def test_refutations_do_not_depend_on_the_seed_where_a_fixed_point_refutes():
    assert judged(lambda z: z, seed="1") == judged(lambda z: z, seed="2")


def test_a_message_never_shows_the_truth():
    report = judged(lambda z: -dsigmoid(z) + 0.5)

    assert "0.19661193324148" not in str(report.message) + " ".join(map(str, report.notes))


def test_the_witness_is_a_plain_number_with_disjoint_enclosures():
    report = judged(lambda z: z * 0)

    assert report.witness.point == {"z": "1"}
    assert (report.witness.answer, report.witness.truth[:9]) == ("0", "[0.196611")


# ---- what the formula adds


FORMULA = Mul((Call("sigma", (Z,)), Call("sigma", (Neg(Z),))))


def test_a_proof_adds_its_certificate():
    proof = Certificate("a theorem")

    report = judged(textbook, read_formula=lambda _: FORMULA, prove=lambda _: proof)

    assert full(report)
    assert report.certificate is proof
    assert report.read_as


def test_a_formula_that_differs_changes_nothing_but_a_note():
    report = judged(textbook, read_formula=lambda _: FORMULA, prove=lambda _: Witness({"z": "600"}, "0", "1"))

    assert full(report)
    assert "another one" in str(report.notes[-1])


def test_no_formula_makes_wrong_values_right():
    report = judged(lambda z: -textbook(z), read_formula=lambda _: FORMULA, prove=lambda _: Certificate("forged"))

    assert report.verdict is Verdict.REFUTED
    assert report.certificate is None


def test_a_formula_that_cannot_be_read_is_left_aside():
    def refuse(_):
        raise SubmissionError(Message("no"))

    assert full(judged(textbook, read_formula=refuse, prove=lambda _: pytest.fail("there is no formula")))


def test_slips_are_named_by_formula_then_by_values():
    asked = []

    def by_values(points, values):
        asked.append((points, values))
        return ("sign",)

    by_formula = judged(
        lambda z: -textbook(z), read_formula=lambda _: FORMULA, name_slips=lambda _: ("first",), name_slips_of_values=by_values
    )
    assert (by_formula.slips, asked) == (("first",), [])

    report = judged(lambda z: -textbook(np.asarray(z)), name_slips_of_values=by_values)
    assert report.slips == ("sign",)
    [(points, values)] = asked
    assert points[0] == {"z": 1.0}
    assert values[0] == -textbook(1.0)
    assert len(points) == len(values) > 200


# ---- evidence that is not what it should be


def observed():
    return probe(lambda z: z * 0, draw_plan("seed", ("z",)))


def _right_values_for_one_call(record):
    plan = {c["id"]: c for c in draw_plan("seed", ("z",))["calls"]}
    z = np.array(unpack(plan["fixed"]["arrays"][0]))
    record["calls"]["fixed"]["values"] = pack(dsigmoid(z))


def _shorter(record):
    record["calls"]["fresh"]["values"] = pack([0.25])


def _own_points(record):
    record["calls"]["source"]["near"] = {"inputs": [pack([500.0])], "answer": {"values": pack([0.0])}}


TAMPERED = [
    pytest.param(lambda r: r.update(seed="theirs"), id="another seed"),
    pytest.param(lambda r: r.update(names=["upstream", "z"]), id="other names"),
    pytest.param(lambda r: r.update(format=99), id="another format"),
    pytest.param(lambda r: r.update(calls={}), id="no calls"),
    pytest.param(lambda r: r.update(calls=[1]), id="calls that are a list"),
    pytest.param(lambda r: r["calls"].pop("fixed_far"), id="a call left out"),
    pytest.param(lambda r: r["calls"].pop("mixed"), id="another call left out"),
    pytest.param(lambda r: r["calls"].pop("source"), id="the constants left out"),
    pytest.param(lambda r: r["calls"].update(fixed=3), id="a call that is a number"),
    pytest.param(lambda r: r["calls"]["fixed"].update(values={"dtype": "<f8", "shape": [1], "data": "x"}), id="broken values"),
    pytest.param(lambda r: r["calls"]["small"].update(shape="no"), id="a shape that is text"),
    pytest.param(_shorter, id="fewer values"),
    pytest.param(_own_points, id="points in the wrong place"),
    pytest.param(_right_values_for_one_call, id="one call forged"),
    pytest.param(lambda r: r.update(fault={"kind": "of its own invention"}), id="a fault nobody knows"),
    pytest.param(lambda r: r.update(fault="slow"), id="a fault that is text"),
    pytest.param(lambda r: r.update(formula=[]), id="a formula that is a list"),
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_tampered_observations_never_count(tamper):
    record = copy.deepcopy(observed())
    tamper(record)

    report = judge_function(SIGMOID, ("z",), record, seed="seed")

    assert report.verdict in (Verdict.UNDECIDED, Verdict.REFUTED)


@pytest.mark.parametrize("record", [None, [], "x", {}, {"format": 1}, {"format": 1, "seed": "seed", "names": ["z"]}])
def test_what_is_no_observation_asks_a_person(record):
    assert judge_function(SIGMOID, ("z",), record, seed="seed").verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ({"kind": "not_callable", "type": "int"}, Verdict.UNREADABLE),
        ({"kind": "empty"}, Verdict.UNREADABLE),
        ({"kind": "missing", "name": "dsigmoid"}, Verdict.UNREADABLE),
        ({"kind": "syntax", "text": "invalid syntax", "line": 3}, Verdict.UNREADABLE),
        ({"kind": "source_raised", "type": "NameError", "text": "{x}"}, Verdict.UNREADABLE),
        ({"kind": "slow", "seconds": 8}, Verdict.REFUTED),
        ({"kind": "timeout", "seconds": 10}, Verdict.REFUTED),
        ({"kind": "exit", "code": 0}, Verdict.REFUTED),
        ({"kind": "signal", "name": "SIGSEGV"}, Verdict.REFUTED),
        ({"kind": "flood"}, Verdict.REFUTED),
        ({"kind": "lost"}, Verdict.UNDECIDED),
        ({"kind": "garbled"}, Verdict.UNDECIDED),
    ],
)
def test_each_end_has_its_own_message(fault, verdict):
    report = judge_function(SIGMOID, ("z",), {**observed(), "fault": fault}, seed="seed")

    assert report.verdict is verdict
    for value in list(fault.values())[1:]:
        assert str(value) in str(report.message)


@pytest.mark.parametrize("function", [lambda z: z, lambda z: z[...], lambda z: z.reshape(z.shape)])
def test_the_input_handed_back_is_against_the_contract(function):
    report = judged(function, Z)

    assert (report.verdict, report.contract) == (Verdict.MEASURED, False)
    assert "memory" in str(report.message)
    assert full(judged(lambda z: z.copy(), Z))


def named_by_values(points, values):
    sigmoid = read_definition("1/(1+exp(-z))", "z")
    return Slips(sigmoid, "z", 1).name_values([p["z"] for p in points], values, [1.0] * len(points))


def test_values_of_a_difference_quotient_are_called_one():
    report = judged(
        lambda z: (1 / (1 + np.exp(-np.asarray(z) - 1e-3)) - 1 / (1 + np.exp(-np.asarray(z)))) / 1e-3,
        name_slips_of_values=named_by_values,
    )
    assert report.slips == ("finite_difference",)


@pytest.mark.parametrize(
    "function",
    [
        lambda z: np.where(z == -2, 0, 1 / (1 + np.exp(-z)) - (1 / (1 + np.exp(-z))) ** 2),
        lambda z: np.where(np.abs(z) < 25, np.exp(-z) / (1 + np.exp(-z)) ** 2, 0),
        lambda z: 2.718281828**-z / (1 + 2.718281828**-z) ** 2,
    ],
)
def test_values_that_are_nearly_all_right_are_called_no_mistake(function):
    report = judged(lambda z: function(np.asarray(z)), name_slips_of_values=named_by_values)

    assert report.verdict is Verdict.REFUTED
    assert report.slips == ()


def test_values_in_another_order_are_called_no_mistake():
    report = judged(lambda z: np.sort(textbook(np.asarray(z))), name_slips_of_values=named_by_values)

    assert "depends on the other elements" in str(report.message)
    assert report.slips == ()
