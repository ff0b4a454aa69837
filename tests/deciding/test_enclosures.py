"""Enclosures hold what they enclose, also where the library beneath them gives up."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sig_checker.deciding.enclosures import enclose, exact, precision
from sig_checker.reading import Vocabulary, read

FREE = Vocabulary("", "", letters=True)


@pytest.mark.parametrize("power", [1, 2, 3, 8])
def test_a_power_of_what_is_zero_in_disguise_is_next_to_zero(power: int) -> None:
    with precision(128):
        value = enclose(read(f"(log(6) - log(2) - log(3))^{power}", "auto", FREE).answer, {})

        assert value.contains(0)
        assert abs(value) < exact(Fraction(1, 2**100))
        assert enclose(read("tanh(log(2) - log(2))^2 + 1", "auto", FREE).answer, {}).contains(1)
