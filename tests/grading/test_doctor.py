"""`sig-checker doctor` finds each thing that is broken, one at a time, and has a remedy for it."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from pathlib import Path

import pytest

from sig_checker.cli import main
from sig_checker.grading.doctor import examination
from sig_checker.grading.doctor.examination import Finding, State, examine

CONFIGURED = "from sig_checker.grading import configure\nconfigure(c)\n"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course in which nothing is missing, on a machine on which bubblewrap and fonts may or may not be."""
    folder = tmp_path / "course"
    folder.mkdir()
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    configure(folder, f"c.Exchange.root = {str(exchange)!r}\n" + CONFIGURED)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    (tmp_path / "jupyter").mkdir()
    return folder


def configure(folder: Path, text: str) -> None:
    head = 'c = get_config()\nc.CourseDirectory.course_id = "small"\n'
    (folder / "nbgrader_config.py").write_text(head + text, encoding="utf-8")


def found(course: Path, check: str) -> list[Finding]:
    return [x for x in examine(course) if x.check == check]


def broken(course: Path, check: str) -> list[Finding]:
    return [x for x in found(course, check) if x.state is not State.OK]


def test_nothing_is_found_where_nothing_is_broken(course: Path) -> None:
    findings = {x.check: x for x in examine(course) if x.state is not State.OK}

    assert findings.keys() <= {"sandbox", "fonts"}, findings  # which are the machine's
    assert not [x for x in findings.values() if x.remedy is None]


def test_the_exit_status_says_whether_anything_is_missing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = any(x.state is State.MISSING for x in examine(course))

    assert main(["doctor", "--course", str(course), "--language", "en"]) == int(missing)
    english = capsys.readouterr().out.splitlines()
    assert all(re.match(r"(ok|warn|missing) +[A-Za-z ]+: |  +→ ", x) for x in english), english
    (course / "nbgrader_config.py").unlink()
    assert main(["doctor", "--course", str(course), "--language", "ko"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(re.match(r"(정상|주의|없음)     [^:]*[가-힣][^:]*: |         → ", x) for x in lines), lines
    assert any(x.startswith("없음") and "nbgrader_config.py" in x for x in lines)


def test_python_that_is_too_old() -> None:
    assert [x[0] for x in examination._python((3, 10, 4))] == [State.MISSING]
    assert [x[0] for x in examination._python((3, 11, 0))] == [State.OK]


def test_a_package_that_is_missing_or_too_old(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy>=99", "no-such-package-of-ours", 'not-asked-for; extra == "dev"']
    monkeypatch.setattr(examination, "requires", lambda _: needs)
    problems = broken(course, "packages")

    assert [x.state for x in problems] == [State.MISSING] * 2
    assert "numpy" in str(problems[0].found)
    assert ">=99" in str(problems[0].found)
    assert "no-such-package-of-ours" in str(problems[1].found)
    assert all("pip install" in str(x.remedy) for x in problems)


def test_alembic_off_the_path(course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [x.state for x in broken(course, "alembic")] == [State.WARN]

    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert [x.state for x in broken(course, "alembic")] == [State.MISSING]


def test_a_converter_of_formulas_that_fails(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sig_checker.grading.pages.mathml.convert_to_element", None)

    assert [x.state for x in broken(course, "mathematics")] == [State.MISSING]


@pytest.mark.parametrize(
    ("working", "state"), [((), State.MISSING), (("namespaces",), State.WARN), (("bubblewrap", "namespaces"), State.OK)]
)
def test_sandboxes(course: Path, monkeypatch: pytest.MonkeyPatch, working: tuple[str, ...], state: State) -> None:
    monkeypatch.setattr(
        "sig_checker.grading.sandbox.choosing.problem", lambda kind: None if kind in working else "it needs another kernel"
    )
    (one,) = found(course, "sandbox")

    assert one.state is state
    assert (one.remedy is None) == (state is State.OK)


def test_no_korean_font(course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [x.state for x in broken(course, "fonts")] == [State.WARN]

    program = tmp_path / "fc-list"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (none,) = broken(course, "fonts")
    assert "fonts-noto-cjk" in str(none.remedy)

    program.write_text("#!/bin/sh\necho 'Noto Sans CJK KR,Noto Sans CJK KR Bold'\n")
    assert broken(course, "fonts") == []


@pytest.mark.parametrize("name", ["assignment_list", "validate_assignment", "formgrader"])
def test_a_server_extension_that_is_switched_off(course: Path, tmp_path: Path, name: str) -> None:
    module = f"nbgrader.server_extensions.{name}"
    settings = {"ServerApp": {"jpserver_extensions": {module: False}}}
    (tmp_path / "jupyter" / "jupyter_server_config.json").write_text(json.dumps(settings))
    (one,) = broken(course, "server extensions")

    assert one.state is State.MISSING
    assert module in str(one.found)
    assert "jupyter_server_config.json switches it off" in str(one.remedy)


def test_server_extensions_that_are_not_there(course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(tmp_path / "nowhere")])
    problems = broken(course, "server extensions")

    assert len(problems) == 3
    assert all("pip install --force-reinstall" in str(x.remedy) for x in problems)


def test_a_lab_extension_that_is_switched_off(course: Path, tmp_path: Path) -> None:
    folder = tmp_path / "jupyter" / "labconfig"
    folder.mkdir()
    switched_off = {"@jupyter/nbgrader:assignment-list": True, "@jupyter/nbgrader:formgrader": True}
    (folder / "page_config.json").write_text(json.dumps({"disabledExtensions": switched_off}))
    (one,) = broken(course, "lab extension")

    assert "jupyter labextension enable @jupyter/nbgrader:assignment-list" in str(one.remedy)


def test_a_lab_extension_that_is_not_there(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *_: ["/nowhere"])

    assert [x.state for x in broken(course, "lab extension")] == [State.MISSING]


@pytest.mark.parametrize("text", ["", "raise RuntimeError('x')\n", "def (\n"])
def test_a_configuration_that_does_not_call_the_judge(course: Path, text: str) -> None:
    configure(course, text)
    problems = broken(course, "configuration")

    assert [x.state for x in problems] == [State.MISSING]
    assert "configure(c)" in str(problems[0].remedy)


def test_a_folder_that_is_no_course(tmp_path: Path) -> None:
    assert [x.state for x in broken(tmp_path, "configuration")] == [State.MISSING]


def test_an_exchange_that_is_not_there_or_only_ones_own(course: Path, tmp_path: Path) -> None:
    exchange = tmp_path / "exchange"
    exchange.chmod(0o755)
    assert [x.state for x in broken(course, "exchange")] == [State.WARN]

    exchange.rmdir()
    (one,) = broken(course, "exchange")
    assert one.state is State.MISSING
    assert str(exchange) in str(one.remedy)


def test_a_course_without_an_id(course: Path) -> None:
    text = (course / "nbgrader_config.py").read_text().replace('"small"', '""')
    (course / "nbgrader_config.py").write_text(text)

    assert [x.state for x in broken(course, "exchange")] == [State.WARN]


def test_a_damaged_gradebook(course: Path) -> None:
    (course / "gradebook.db").write_bytes(b"no database at all" * 100)
    (one,) = broken(course, "gradebook")

    assert one.state is State.MISSING
    assert one.remedy is not None


def test_a_gradebook_of_an_older_nbgrader(course: Path) -> None:
    with sqlite3.connect(course / "gradebook.db") as old:
        old.execute("create table student (id varchar)")
        old.execute("create table alembic_version (version_num varchar)")
    old.close()

    assert "nbgrader db upgrade" in str(broken(course, "gradebook")[0].remedy)


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise OSError("no such luck")

    monkeypatch.setattr(examination, "requires", breaks)
    (one,) = broken(course, "packages")

    assert "no such luck" in str(one.found)
    assert found(course, "gradebook")


def test_it_changes_nothing(course: Path) -> None:
    before = sorted(x.name for x in course.rglob("*") if "__pycache__" not in x.parts)
    examine(course)

    assert sorted(x.name for x in course.rglob("*") if "__pycache__" not in x.parts) == before
