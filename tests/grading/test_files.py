"""Names and files of our own: no two students share one, none leaves the folder, and nothing is half-written."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sig_checker.grading.files import safe_name, sweep, temporary_prefix, write_whole

CONTAINED = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "true"]
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


def _left(folder: Path, name: str, age: float = 0.0) -> str:
    (folder / name / "copy").mkdir(parents=True)
    os.utime(folder / name, (time.time() - age,) * 2)
    return name


def test_only_what_a_process_that_is_gone_has_left_is_removed(tmp_path: Path) -> None:
    code = "from sig_checker.grading.files import temporary_prefix; print(temporary_prefix())"
    gone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    _left(tmp_path, f"{gone}x")
    (tmp_path / f".{gone}x").write_text("")
    stay = {_left(tmp_path, name, age=1e9) for name in (f"{temporary_prefix()}x", "sig-checker-x", "other-1-x")}
    sweep(tmp_path)
    sweep(tmp_path / "not there")

    assert {x.name for x in tmp_path.iterdir()} == stay


@pytest.mark.skipif(
    subprocess.run(CONTAINED, check=False, capture_output=True).returncode != 0, reason="there can be no PID namespaces"
)
def test_what_a_run_outside_of_the_container_is_using_is_not_removed_from_inside(tmp_path: Path) -> None:
    """The numbers of its processes are others there."""
    name = _left(tmp_path, f"{temporary_prefix()}x")
    code = "import sys; from pathlib import Path; from sig_checker.grading.files import sweep; sweep(Path(sys.argv[1]))"
    subprocess.run([*CONTAINED[:-1], sys.executable, "-c", code, str(tmp_path)], check=True)

    assert [x.name for x in tmp_path.iterdir()] == [name]


def test_what_another_machine_or_an_earlier_version_has_left_is_removed_after_a_week(tmp_path: Path) -> None:
    week = 7 * 86_400
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    number = int(gone.stdout)
    for name in (f"sig-checker-0123abcd-{number}-x", f"sig-checker-{number}-x"):
        _left(tmp_path, f"{name}-old", age=week + 60)
        _left(tmp_path, f"{name}-new", age=week - 60)
    sweep(tmp_path)

    assert {x.name for x in tmp_path.iterdir()} == {f"sig-checker-0123abcd-{number}-x-new", f"sig-checker-{number}-x-new"}
