"""What of an installation is there, what is missing, and how to mend it. Looks and changes nothing.

Nothing is imported before it is looked for: the command is there for installations in which something is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from sig_checker.errors import ConfigError
from sig_checker.language import translate
from sig_checker.verdicts import Message

__all__ = ["Finding", "State", "examine", "print_findings"]

_EXTENSIONS = {
    "formgrader": Message("Instructors grade by hand in it."),
    "assignment_list": Message("Students fetch and submit with it."),
    "validate_assignment": Message("Students check a notebook before they submit it."),
}
_PLUGINS = ("menu", "assignment-list", "validate-assignment")  # of the lab extension; formgrader has an address as well
_CALLED = {
    "python": Message("Python"),
    "packages": Message("packages"),
    "alembic": Message("alembic"),
    "mathematics": Message("mathematics"),
    "sandbox": Message("sandbox"),
    "fonts": Message("fonts"),
    "server extensions": Message("server extensions"),
    "lab extension": Message("lab extension"),
    "configuration": Message("configuration"),
    "exchange": Message("exchange"),
    "gradebook": Message("gradebook"),
}
_INSTALL = Message("Install it: {command}", command="pip install 'sig-checker[grading]'")
_GRADEBOOK_SECONDS = 5.0


class State(StrEnum):
    OK = "ok"
    WARN = "warn"  # something works less well than it could
    MISSING = "missing"  # something does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and what to do about it."""

    check: str
    state: State
    found: Message
    remedy: Message | None = None


def examine(course: Path) -> list[Finding]:
    """All findings about this interpreter, this machine and this course, in the order in which they should be mended."""
    found: list[Finding] = []
    _collect(found, "python", _python)
    _collect(found, "packages", _packages)
    _collect(found, "alembic", _alembic)
    _collect(found, "mathematics", _mathematics)
    _collect(found, "sandbox", _sandbox)
    _collect(found, "fonts", _fonts)
    _collect(found, "server extensions", _server_extensions)
    _collect(found, "lab extension", _lab_extension)
    app: list[Any] = []
    _collect(found, "configuration", lambda: _configuration(course, app))
    for loaded in app:  # what the configuration names can be looked at only where it could be read
        _collect(found, "exchange", partial(_exchange, loaded))
        _collect(found, "gradebook", partial(_gradebook, loaded))
    return found


def print_findings(findings: Iterable[Finding], language: str) -> int:
    """Print a line for each finding and its remedy below; 1 if anything is missing, else 0."""
    words = {State.OK: Message("ok"), State.WARN: Message("warn"), State.MISSING: Message("missing")}
    worst = 0
    for finding in findings:
        state, called = (translate(x, language) for x in (words[finding.state], _CALLED[finding.check]))
        room = " " * (8 - sum(1 + (east_asian_width(ch) in "WF") for ch in state))  # a Hangul syllable is two columns wide
        print(f"{state}{room} {called}: {translate(finding.found, language)}")
        if finding.remedy is not None:
            print(f"{'':8} → {translate(finding.remedy, language)}")
        worst |= finding.state is State.MISSING
    return worst


_Found = tuple[State, Message] | tuple[State, Message, Message]


def _collect(found: list[Finding], check: str, look: Callable[[], Iterator[_Found]]) -> None:
    """Add what a check finds; a check that breaks is a finding, too, and the others are made."""
    try:
        found += [Finding(check, *x) for x in look()]
    except ModuleNotFoundError as error:
        found.append(Finding(check, State.MISSING, Message("{name} is not installed.", name=error.name), _INSTALL))
    except Exception as error:  # what is broken may break in any way
        reason = f"{type(error).__name__}: {error}"
        found.append(Finding(check, State.MISSING, Message("It could not be looked at: {error}.", error=reason)))


def _python(running: tuple[int, ...] = tuple(sys.version_info[:3])) -> Iterator[_Found]:
    number = ".".join(map(str, running))
    if running < (3, 11):
        yield State.MISSING, Message("Python {number}; 3.11 or later is needed.", number=number)
    else:
        yield State.OK, Message("Python {number}, {place}", number=number, place=sys.executable)


def _packages() -> Iterator[_Found]:
    """Those that the package itself names for grading, in the versions that it names."""
    from packaging.requirements import Requirement  # noqa: PLC0415

    known = 0
    for line in requires("sig-checker") or ():
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": "grading"}):
            continue
        try:
            number = version(requirement.name)
        except PackageNotFoundError:
            yield State.MISSING, Message("{name} is not installed.", name=requirement.name), _INSTALL
            continue
        if not requirement.specifier.contains(number, prereleases=True):
            wanted = Message("{name} {number} is installed; {wanted} is needed.", name=requirement.name, number=number,
                             wanted=str(requirement.specifier))  # fmt: skip
            yield State.MISSING, wanted, _INSTALL
        else:
            known += 1
    yield State.OK, Message("{count} packages in the versions that are needed", count=known)


def _alembic() -> Iterator[_Found]:
    place, beside = shutil.which("alembic"), Path(sys.executable).parent / "alembic"
    if place is not None:
        yield State.OK, Message("{place}", place=place)
    elif beside.exists():
        yield (
            State.WARN,
            Message("alembic is not on the PATH; sig-checker finds it, and nbgrader's own commands do not."),
            Message("Activate the environment, or add {folder} to the PATH.", folder=beside.parent),
        )
    else:
        yield State.MISSING, Message("nbgrader makes its gradebook with alembic, which is not on the PATH."), _INSTALL


def _mathematics() -> Iterator[_Found]:
    from sig_checker.grading.mathml import mathml  # noqa: PLC0415

    if mathml(r"\frac{1}{1+e^{-z}}") is None:
        yield State.MISSING, Message("Formulas cannot be drawn; pages would show their source."), _INSTALL
    else:
        yield State.OK, Message("formulas are drawn without a network")


def _sandbox() -> Iterator[_Found]:
    from sig_checker.grading.sandbox.choosing import KINDS, problem  # noqa: PLC0415

    problems = {kind: problem(kind) for kind in KINDS}
    working = [kind for kind, why in problems.items() if why is None]
    told = "; ".join(f"{kind}: {why}" for kind, why in problems.items() if why is not None)
    install = Message("On Debian: {command}", command="apt-get install bubblewrap")
    if not working:
        yield State.MISSING, Message("Students' code cannot be confined ({problems}).", problems=told), install
    elif told:
        yield State.WARN, Message("{kinds} works, not {problems}", kinds=working[0], problems=told), install
    else:
        yield State.OK, Message("{kinds} work", kinds=", ".join(working))


def _fonts() -> Iterator[_Found]:
    install = Message("On Debian: {command}", command="apt-get install fontconfig fonts-noto-cjk")
    program = shutil.which("fc-list")
    if program is None:
        yield State.WARN, Message("There is no fc-list, so it cannot be told whether there is a Korean font."), install
        return
    done = subprocess.run([program, ":lang=ko", "family"], capture_output=True, text=True, timeout=30, check=False)
    families = sorted({line.split(",")[0].strip() for line in done.stdout.splitlines() if line.strip()})
    if families:
        yield State.OK, Message("{count} Korean font families, such as {name}", count=len(families), name=families[0])
    else:
        yield State.WARN, Message("No font of this machine has Korean letters; pictures of pages would show boxes."), install


def _server_extensions() -> Iterator[_Found]:
    """Read from Jupyter's files themselves: `jupyter server extension enable` refuses nbgrader's modules."""
    from jupyter_core.paths import jupyter_config_path  # noqa: PLC0415

    folders = [Path(x) for x in jupyter_config_path()]  # what stands first goes before
    files = [x / "jupyter_server_config.json" for x in folders]
    files += [y for x in folders for y in sorted((x / "jupyter_server_config.d").glob("*.json"))]
    for name, purpose in _EXTENSIONS.items():
        module = f"nbgrader.server_extensions.{name}"
        said = ((file, _settings(file).get("ServerApp", {}).get("jpserver_extensions", {}).get(module)) for file in files)
        file, enabled = next((x for x in said if x[1] is not None), (None, False))
        if enabled:
            yield State.OK, Message("{name} is enabled", name=module)
            continue
        remedy = Message("Install it: {command}", command="pip install --force-reinstall --no-deps nbgrader")
        if file is not None:
            remedy = Message("{file} switches it off; write true there.", file=file)
        yield State.MISSING, Message("{name} is not enabled. {purpose}", name=module, purpose=purpose), remedy


def _lab_extension() -> Iterator[_Found]:
    from jupyter_core.paths import jupyter_config_path, jupyter_path  # noqa: PLC0415

    name = "@jupyter/nbgrader"
    if not any((Path(x) / name / "package.json").is_file() for x in jupyter_path("labextensions")):
        yield State.MISSING, Message("JupyterLab does not have {name}.", name=name), _INSTALL
        return
    said: dict[str, bool] = {}
    for folder in reversed(jupyter_config_path()):  # what stands first goes before
        said |= dict(_settings(Path(folder) / "labconfig" / "page_config.json").get("disabledExtensions", {}))
    needed = {name, *(f"{name}:{x}" for x in _PLUGINS)}
    disabled = {x for x, is_so in said.items() if is_so and x in needed}
    if disabled:
        command = f"jupyter labextension enable {min(disabled)}"
        found = Message("JupyterLab has {names} disabled.", names=", ".join(sorted(disabled)))
        yield State.MISSING, found, Message("Enable it: {command}", command=command)
    else:
        yield State.OK, Message("JupyterLab has {name}", name=name)


def _settings(file: Path) -> dict[str, Any]:
    """Of one of Jupyter's files; empty where there is none that can be read."""
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _configuration(course: Path, app: list[Any]) -> Iterator[_Found]:
    """nbgrader as it is configured in the course's folder goes into `app`."""
    from nbgrader.apps.baseapp import NbGrader  # noqa: PLC0415

    from sig_checker.grading import require_configured  # noqa: PLC0415

    file = course / "nbgrader_config.py"
    if not file.is_file():
        yield (
            State.MISSING, Message("{folder} is not a course: it has no nbgrader_config.py.", folder=course),
            Message("Give the course's folder with --course, or make the file as docs/instructors.md shows."),
        )  # fmt: skip
        return
    loaded = NbGrader(log_level=50)
    loaded.load_cwd_config = False
    try:
        loaded.initialize(argv=[], root=str(course.resolve()))
    except SystemExit:
        yield State.MISSING, Message("{file} cannot be read by nbgrader.", file=file)
        return
    app.append(loaded)
    try:
        require_configured(loaded.config)
    except ConfigError:
        lines = "from sig_checker.grading import configure; configure(c)"
        remedy = Message("Add these two lines at its end: {lines}", lines=lines)
        yield State.MISSING, Message("{file} does not call the judge.", file=file), remedy
        return
    yield State.OK, Message("{file} calls the judge", file=file)
    if not os.access(course, os.W_OK | os.X_OK):
        yield State.MISSING, Message("{folder} cannot be written.", folder=course)


def _exchange(app: Any) -> Iterator[_Found]:
    root = Path(str(app.config.Exchange.get("root", "") or "/usr/local/share/nbgrader/exchange"))
    make = Message("Make it (as root): {command}", command=f"mkdir -p {root} && chmod 1777 {root}")
    if not root.is_dir():
        yield State.MISSING, Message("{folder} does not exist; assignments cannot be released or collected.", folder=root), make
    elif not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        yield State.MISSING, Message("{folder} cannot be written by you.", folder=root), make
    elif not root.stat().st_mode & stat.S_IWOTH:
        found = Message("{folder} can be written by you, and not by students with accounts of their own.", folder=root)
        yield State.WARN, found, make
    else:
        yield State.OK, Message("{folder} can be written", folder=root)
    if not app.coursedir.course_id:
        line = 'c.CourseDirectory.course_id = "my-course"'
        yield State.WARN, Message("The course has no id, which the exchange needs."), Message("Add the line {line}", line=line)


def _gradebook(app: Any) -> Iterator[_Found]:
    from nbgrader.api import Assignment, Student  # noqa: PLC0415

    from sig_checker.grading.database import check, shown, waiting  # noqa: PLC0415
    from sig_checker.grading.gradebook import GradebookError, GradebookLost, exists, opened  # noqa: PLC0415

    address = app.coursedir.db_url
    try:
        check(address)
        if not exists(address := waiting(address, _GRADEBOOK_SECONDS)):
            yield State.OK, Message("there is none yet; the first grading makes it")
            return
        with opened(address, app.coursedir.course_id) as gradebook:
            counts = {x: gradebook.db.query(kind).count() for x, kind in (("a", Assignment), ("s", Student))}
    except ConfigError as error:
        yield State.MISSING, Message("It cannot be used: {error}.", error=error.parts[0])
        return
    except GradebookLost as error:
        remedy = Message("See whether the server runs, knows this user and lets this machine in: {url}", url=shown(address))
        yield State.MISSING, error.message, remedy
        return
    except GradebookError as error:
        command = "nbgrader db upgrade"
        upgrade = Message("If an older nbgrader made it: {command}. Else put a copy in its place.", command=command)
        yield State.MISSING, error.message, upgrade
        return
    yield State.OK, Message("{assignments} assignments, {students} students", assignments=counts["a"], students=counts["s"])
