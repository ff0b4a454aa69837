"""The probe reports facts of whatever a function does, and never asks the object that it returned."""

import json
import warnings

import numpy as np
import pytest

from sig_checker.deciding.challenge import draw_plan, inputs, unpack
from sig_checker.notebook.probing import probe

PLAN = draw_plan("a seed", ("z",))
CALLS = {c["id"]: c for c in PLAN["calls"]}


def sech2(z):
    return 1 - np.tanh(z) ** 2


def small(function, plan=PLAN):
    return probe(function, plan)["calls"]["small"]


def test_every_planned_call_is_made_with_the_planned_doubles():
    seen = probe(sech2, PLAN)

    assert list(seen["calls"]) == [c["id"] for c in PLAN["calls"]]
    plain = [name for name, call in CALLS.items() if call["form"] in ("array", "strided") and name != "zero_d"]
    for name in plain:
        z = np.array(inputs(CALLS[name])[0])
        assert unpack(seen["calls"][name]["values"]) == tuple(sech2(z).ravel()), name
        assert seen["calls"][name]["shape"] == CALLS[name]["arrays"][0]["shape"]
    assert seen["fault"] is None


def test_a_report_is_json_and_small():
    def chatty(z):
        warnings.warn("w" * 10_000, UserWarning, stacklevel=1)
        print("p" * 100_000)
        return np.where(np.abs(z - 3.7) < 1e-6, 0.0, sech2(z))

    text = json.dumps(probe(chatty, PLAN), allow_nan=False)

    assert len(text) < 60_000


def test_arguments_are_passed_by_position_and_each_is_watched():
    def spoil(second, first, /):
        second += 1
        return first * second

    seen = small(spoil, draw_plan("s", ("upstream", "z")))

    assert seen["changed"] == [0]
    assert unpack(seen["values"]) == (2.0, 6.0, -4.0)


class Hostile:
    """Says yes to everything and lies about itself."""

    __class__ = np.ndarray
    shape, dtype, ndim, size = (3,), np.dtype(float), 1, 3

    def _fail(self, *_, **__):
        raise AssertionError("the probe asked the object")

    __eq__ = __ne__ = __lt__ = __bool__ = __len__ = __iter__ = __repr__ = __str__ = __array__ = __float__ = __getitem__ = _fail
    __hash__ = None


def hostile_array():
    array = np.empty(3, dtype=object)
    for i in range(3):
        array[i] = Hostile()
    return array


class Loud(np.ndarray):
    def _fail(self, *_, **__):
        raise AssertionError("the probe asked the object")

    __array_ufunc__ = __array_function__ = __eq__ = __repr__ = tobytes = astype = ravel = copy = reshape = view = _fail
    __hash__ = None


@pytest.mark.parametrize(
    ("returned", "named"),
    [
        pytest.param(lambda _: None, "NoneType", id="None"),
        pytest.param(lambda _: Hostile(), f"{__name__}.Hostile", id="an object that lies"),
        pytest.param(lambda _: 0.25, "float", id="a number"),
        pytest.param(lambda _: np.float64(0.25), "numpy.float64", id="a NumPy number"),
        pytest.param(lambda _: [Hostile()] * 3, "list", id="a list of objects"),
        pytest.param(lambda _: {"a": 1}, "dict", id="a dict"),
        pytest.param(lambda z: (x for x in z), "generator", id="a generator"),
    ],
)
def test_what_is_no_array_is_named_and_nothing_more(returned, named):
    seen = small(returned)

    assert seen["type"] == named
    assert "values" not in seen


def test_the_data_of_a_subclass_are_read_without_its_methods():
    seen = small(lambda z: np.ndarray.view(z * 2.0, Loud))

    assert seen["subclass"]
    assert unpack(seen["values"]) == (2.0, 4.0, -2.0)


@pytest.mark.parametrize(
    ("returned", "dtype", "values"),
    [
        pytest.param(lambda z: z.astype(np.float32), "float32", (1.0, 2.0, -1.0), id="float32"),
        pytest.param(lambda z: z.astype(">f8"), ">f8", (1.0, 2.0, -1.0), id="the other byte order"),
        pytest.param(lambda z: z.astype(complex), "complex128", (1.0, 2.0, -1.0), id="complex"),
        pytest.param(lambda z: z.astype(np.longdouble), str(np.dtype(np.longdouble)), (1.0, 2.0, -1.0), id="longdouble"),
        pytest.param(lambda z: z > 0, "bool", (1.0, 1.0, 0.0), id="bool"),
        pytest.param(np.frompyfunc(lambda x: x, 1, 1), "object", (1.0, 2.0, -1.0), id="Python floats"),
        pytest.param(lambda _: hostile_array(), "object", None, id="objects"),
        pytest.param(lambda _: np.array(["a"] * 3), "<U1", None, id="text"),
    ],
)
def test_other_dtypes_are_named_and_their_numbers_read(returned, dtype, values):
    seen = small(returned)

    assert seen["dtype"] == dtype
    assert (unpack(seen["values"]) if "values" in seen else None) == values


def test_an_array_of_another_size_has_no_values():
    seen = small(np.diag)

    assert (seen["shape"], "values" in seen) == ([3, 3], False)


@pytest.mark.parametrize("error", [ValueError("why"), SystemExit(3), RecursionError("deep"), MemoryError(), GeneratorExit()])
def test_what_is_raised_is_reported(error):
    def fail(_):
        raise error

    seen = small(fail)

    assert seen["raised"] == type(error).__name__
    assert seen["text"] == str(error)


def test_an_exception_that_cannot_be_shown_is_still_reported():
    class Bad(Exception):
        def __str__(self):
            raise ValueError

    def fail(_):
        raise Bad

    assert small(fail)["raised"].endswith("Bad")
    assert small(fail)["text"] == ""


def test_an_interrupt_passes():
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe(interrupted, PLAN)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda z: z.__imul__(-1), id="in place"),
        pytest.param(lambda z: z.fill(np.nan), id="filled"),
        pytest.param(lambda z: setattr(z, "shape", (1, -1)), id="reshaped"),
        pytest.param(lambda z: setattr(z, "dtype", np.int64), id="another dtype"),
        pytest.param(lambda z: z.__setitem__(0, np.nextafter(z[0], 9)), id="one bit"),
    ],
)
def test_a_changed_input_is_seen(spoil):
    def function(z):
        result = sech2(z)
        spoil(z)
        return result

    assert small(function)["changed"] == [0]


def test_a_change_from_zero_to_minus_zero_is_seen():
    def function(z):
        result = sech2(z)
        z[z == 0] = -0.0
        return result

    assert probe(function, PLAN)["calls"]["fixed"]["changed"] == [0]


def test_writing_beside_the_given_elements_is_seen():
    def function(z):
        if z.base is not None:
            z.base[1] = 0
        return sech2(z)

    assert probe(function, PLAN)["calls"]["strided"]["changed"] == [0]


@pytest.mark.parametrize("view", [lambda z: z, lambda z: z[::-1], lambda z: z.reshape(-1), lambda z: z.view()])
def test_the_input_handed_back_is_seen(view):
    assert small(view)["shares"] == [0]


def test_a_buffer_that_is_used_again_is_seen():
    buffer = np.empty(10_000)

    def function(z):
        if z.ndim != 1:
            return sech2(z)
        return np.copyto(buffer[: z.size], sech2(z)) or buffer[: z.size]

    seen = probe(function, PLAN)

    assert seen["reused"] > 0
    assert seen["calls"]["other"]["shares_earlier"]


def test_a_difference_between_equal_blocks_is_reported():
    def function(z):
        result = sech2(z)
        result[1000:] = 0.0
        return result

    seen = probe(function, PLAN)["calls"]["tiled"]

    assert unpack(seen["block"]) != unpack(seen["values"]) == tuple(sech2(np.array(inputs(CALLS["tiled"])[0])))


def test_single_points_come_one_at_a_time():
    sizes = []

    def function(z):
        sizes.append(np.shape(z))
        return sech2(z)

    seen = probe(function, PLAN)

    assert sizes.count((1,)) > 50
    assert len(unpack(seen["calls"]["singles"]["values"])) == len(inputs(CALLS["singles"])[0])


def test_warnings_and_prints_are_kept_and_the_settings_restored(capsys):
    def function(z):
        print("hello")
        np.seterr(all="raise")
        warnings.simplefilter("ignore")
        return np.exp(-z)

    before = np.geterr()
    seen = probe(function, PLAN)

    assert seen["calls"]["small"]["printed"] == {"text": "hello\n", "length": 6}
    assert np.geterr() == before
    assert capsys.readouterr().out == ""


def test_a_setting_of_another_call_does_not_reach_the_next():
    def function(z):
        result = np.exp(-z)
        np.seterr(all="raise")
        return result

    assert "raised" not in probe(function, PLAN)["calls"]["fixed_far"]


def test_after_a_first_call_without_values_only_curiosity_goes_on():
    calls = []

    def function(z):
        calls.append(np.shape(z))
        return [[1.0]]

    assert set(probe(function, PLAN)["calls"]) == {"small", "number", "zero_d", "integers", "empty"}
    assert len(calls) == 5


def test_a_slow_function_is_stopped_between_calls():
    seen = probe(sech2, {**PLAN, "seconds": -1.0})

    assert (seen["fault"]["kind"], seen["calls"]) == ("slow", {})


@pytest.mark.parametrize(
    ("thing", "named"),
    [(3, "int"), (None, "NoneType"), ("dsigmoid", "str"), pytest.param(Hostile(), f"{__name__}.Hostile", id="hostile")],
)
def test_what_cannot_be_called_is_named(thing, named):
    assert probe(thing, PLAN)["fault"] == {"kind": "not_callable", "type": named}
