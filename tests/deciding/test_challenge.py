"""The challenge: drawn from its seed alone, bit exact, and everywhere that it promises to be."""

import math
import struct

import pytest

from sig_checker.deciding.challenge import CORE, NEAR, PLAIN_UPSTREAM, draw_plan, fixed_points, inputs, pack, unpack

ZEROS_AND_ENDS = [0x0, 0x8000000000000000, 0x1, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF0000000000000]
BITS = [*ZEROS_AND_ENDS, 0x7FF8000000000001, 0x3FD5555555555555]


def test_doubles_survive_the_way_bit_by_bit():
    values = [struct.unpack("<d", struct.pack("<Q", b))[0] for b in BITS]

    back = unpack(pack(values))

    assert [struct.unpack("<Q", struct.pack("<d", x))[0] for x in back] == BITS


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(None, id="nothing"),
        pytest.param({"dtype": "<f4", "shape": [1], "data": "AAAA"}, id="another dtype"),
        pytest.param({"dtype": "<f8", "shape": [2], "data": pack([1.0])["data"]}, id="fewer bytes than the shape"),
        pytest.param({"dtype": "<f8", "shape": [-1, -1], "data": pack([1.0])["data"]}, id="negative shape"),
        pytest.param({"dtype": "<f8", "shape": [True], "data": pack([1.0])["data"]}, id="a shape that is no number"),
        pytest.param({"dtype": "<f8", "shape": [1], "data": "####"}, id="no base64"),
        pytest.param({"dtype": "<f8", "shape": [1], "data": "é"}, id="not ASCII"),
        pytest.param({"dtype": "<f8", "shape": [1 << 20], "data": "A" * (11 << 20)}, id="too much"),
    ],
)
def test_what_is_no_packed_array_is_refused(record):
    with pytest.raises(ValueError, match=r"doubles|bytes"):
        unpack(record)


@pytest.mark.parametrize("names", [("z",), ("upstream", "z")])
def test_the_fixed_points_do_not_move_and_the_fresh_ones_do(names):
    plans = [{c["id"]: c for c in draw_plan(seed, names)["calls"]} for seed in ("1", "2")]

    for same in ("small", "fixed", "fixed_again", "fixed_wide", "fixed_far"):
        assert plans[0][same] == plans[1][same]
    for drawn in ("fresh", "fresh_wide", "fresh_far", "mixed", "singles", "tiled", "grid"):
        assert plans[0][drawn] != plans[1][drawn]


@pytest.mark.parametrize("names", [("z",), ("upstream", "z")])
def test_points_lie_where_they_are_promised(names):
    calls = {c["id"]: inputs(c) for c in draw_plan("anything", names)["calls"]}

    for call in ("fixed", "fresh", "singles", "tiled", "grid", "strided"):
        *upstream, z = calls[call]
        assert all(abs(x) <= NEAR for x in z)
        assert all(abs(u) <= PLAIN_UPSTREAM for column in upstream for u in column)
    assert all(NEAR < abs(x) <= CORE for call in ("fixed_wide", "fresh_wide") for x in calls[call][-1])
    assert all(abs(x) > CORE for x in calls["fresh_far"][-1])
    fixed = [*calls["fixed"][-1], *calls["fixed_far"][-1]]
    for needed in (0.0, 5e-324, -5e-324, 1e308, -1e308, math.inf, -math.inf):
        assert needed in fixed
    assert any(math.copysign(1, x) < 0 for x in fixed if x == 0)


def test_upstream_gradients_have_all_sizes():
    near, _, far = fixed_points(2)

    assert 0.0 in near[0]
    assert any(u < 0 for u in near[0])
    assert any(0 < abs(u) < 1e-250 for u in near[0])
    assert max(map(abs, far[0])) > 1.7e308
    assert all(math.isfinite(u) for u in near[0] + far[0])
