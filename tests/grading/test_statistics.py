"""The figures of a class, held to NumPy's and to worked examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sig_checker.grading.overview.statistics import bins, item_rest, spread

POINTS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 40)), min_size=4, max_size=30)


@given(POINTS)
def test_discrimination_is_the_correlation_with_the_rest(pairs: list[tuple[int, int]]) -> None:
    item = np.array([x for x, _ in pairs], dtype=float)
    rest = np.array([x for _, x in pairs], dtype=float)
    found = item_rest(item.tolist(), (item + rest).tolist())

    if np.ptp(item) == 0 or np.ptp(rest) == 0:
        assert found.value is None
        return
    assert found.value == pytest.approx(np.corrcoef(item, rest)[0, 1], abs=1e-12)
    assert found.interval is not None
    assert -1 <= found.interval[0] <= found.value + 1e-9
    assert found.value - 1e-9 <= found.interval[1] <= 1


def test_the_task_itself_is_taken_out() -> None:
    """A task of pure chance goes with a total of which it is a part, and with nothing else."""
    rng = np.random.default_rng(7)
    chance, rest = rng.normal(size=400), rng.normal(size=400)
    found = item_rest(chance.tolist(), (chance + rest).tolist())

    assert np.corrcoef(chance, chance + rest)[0, 1] > 0.6
    assert found.value is not None
    assert abs(found.value) < 0.15


def test_the_interval_is_fishers() -> None:
    """n = 28, so that the standard error of artanh r is 1/5."""
    rng = np.random.default_rng(3)
    item, rest = rng.normal(size=28), rng.normal(size=28)
    found = item_rest(item.tolist(), (item + rest).tolist())

    assert found.value is not None
    assert found.interval is not None
    for end, sign in zip(found.interval, (-1, 1), strict=True):
        assert math.atanh(end) == pytest.approx(math.atanh(found.value) + sign * 1.96 / 5, abs=1e-4)


@pytest.mark.parametrize(("item", "total"), [([], []), ([1.0], [3.0]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [2, 3, 4])])
def test_where_nothing_differs_there_is_no_correlation(item: list[float], total: list[float]) -> None:
    assert item_rest(item, total).value is None


def test_three_students_have_no_interval() -> None:
    found = item_rest([0, 1, 2], [1, 3, 2])

    assert found.n == 3
    assert found.value is not None
    assert found.interval is None


def test_a_perfect_correlation_has_an_interval_within_bounds() -> None:
    found = item_rest([0, 1, 2, 3, 4], [0, 2, 4, 6, 8])

    assert found.value == pytest.approx(1)
    assert found.interval is not None
    assert found.interval[1] <= 1


@given(st.lists(st.integers(0, 100), min_size=2, max_size=40))
def test_quartiles_are_numpys(numbers: list[int]) -> None:
    found = spread(numbers)

    assert found is not None
    assert found.quartiles is not None
    assert found.quartiles == pytest.approx(tuple(np.percentile(numbers, [25, 75])))
    assert found.deviation == pytest.approx(np.std(numbers, ddof=1))


def test_no_numbers_have_no_spread() -> None:
    assert spread([]) is None


@given(st.lists(st.integers(0, 1000), max_size=60))
def test_every_number_is_in_one_bin(tenths: list[int]) -> None:
    """Numbers such as 0.3, which times ten is 2.9999999999999996 or not, as the order of the factors has it."""
    counts = bins([x / 1000 for x in tenths], 1)

    assert sum(counts) == len(tenths)
    assert counts == [sum(1 for x in tenths if min(x // 100, 9) == i) for i in range(10)]
