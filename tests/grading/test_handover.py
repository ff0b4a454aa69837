"""A challenge is there while its cell runs and at no other time; no link that was put in its place is followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sig_checker.evidence import Challenge
from sig_checker.grading.running.handover import Handover

FIRST = Challenge("f00d", 7, "sigmoid-7-02", "q1_function", "dsigmoid", ("z",))
SECOND = Challenge("beef", 7, "sigmoid-7-02", "q2_maximum", "q2_maximum")


def _read(handover: Handover) -> Challenge:
    return Challenge.from_text(handover.path.read_text(encoding="utf-8"))


def test_one_challenge_at_a_time(tmp_path: Path) -> None:
    with Handover(tmp_path / "challenge") as handover:
        assert not handover.path.exists()
        for challenge in (FIRST, SECOND):
            with handover.given(challenge):
                assert _read(handover) == challenge
                assert os.listdir(handover.path.parent) == [handover.path.name]
            assert os.listdir(handover.path.parent) == []


def test_it_is_gone_when_the_cell_fails_or_has_removed_it(tmp_path: Path) -> None:
    with Handover(tmp_path / "challenge") as handover:
        with pytest.raises(ZeroDivisionError), handover.given(FIRST):
            _ = 1 / 0
        with handover.given(FIRST):
            handover.path.unlink()
        assert not handover.path.exists()


def test_what_was_put_in_its_place_is_not_written_through(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    with Handover(tmp_path / "challenge") as handover:
        for name in (handover.path.name, f"{handover.path.name}.new"):
            (handover.path.parent / name).symlink_to(precious)
        with handover.given(FIRST):
            assert _read(handover) == FIRST
        (tmp_path / "challenge").rename(tmp_path / "moved")
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "challenge").symlink_to(tmp_path / "elsewhere")
        with handover.given(SECOND):
            assert os.listdir(tmp_path / "elsewhere") == []

    assert precious.read_text() == "mine"


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"nonce": "f00d", "seed": "many"}', "\x00", "7"])
def test_what_is_no_challenge_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Challenge.from_text(text)
