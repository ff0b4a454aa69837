"""Names and files of our own: no two students share one, none leaves the folder, and nothing is half-written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sig_checker.grading.files import safe_name, sweep, temporary_prefix, write_whole

NAMES = st.text(max_size=300) | st.binary(min_size=1, max_size=200).map(os.fsdecode)


@given(NAMES, NAMES)
def test_two_names_never_share_a_file(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


@given(NAMES)
def test_a_name_is_one_part_of_a_path_and_fits(name: str) -> None:
    made = safe_name(name)

    assert "/" not in made
    assert not made.startswith(".")
    assert len(os.fsencode(made + ".json")) <= 255


@pytest.mark.parametrize("name", ["..", ".", "../../etc/passwd", "a/b", "\0", "-rf", "x" * 1000, "한" * 250, "\udcff"])
def test_odd_names_can_be_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / "folder" / f"{safe_name(name)}.json"
    write_whole(path, "text")

    assert [x for x in tmp_path.rglob("*") if x.is_file()] == [path]
    assert path.read_text() == "text"


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", "old", mode=0o444)
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "x", "new" * 100_000 + "\udc00")

    assert (tmp_path / "x").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_only_what_a_process_that_is_gone_has_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    dead = f"sig-checker-{int(gone.stdout)}-x"
    for name in (dead, f"{temporary_prefix()}x", "sig-checker-x", "other-1-x"):
        (tmp_path / name / "copy").mkdir(parents=True)
    (tmp_path / f".{dead}").write_text("")
    sweep(tmp_path)
    sweep(tmp_path / "not there")

    assert {x.name for x in tmp_path.iterdir()} == {f"{temporary_prefix()}x", "sig-checker-x", "other-1-x"}
