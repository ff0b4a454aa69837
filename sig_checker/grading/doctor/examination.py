"""What of an installation is there, what is missing, and how to mend it. Looks and changes nothing.

Nothing is imported before it is looked for: the command is there for installations in which something is missing.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from sig_checker.errors import ConfigError
from sig_checker.grading.doctor.findings import INSTALL, Finding, Found, State
from sig_checker.grading.doctor.jupyter import lab_extension, server_extensions
from sig_checker.language import translate
from sig_checker.verdicts import Message

__all__ = ["Finding", "State", "examine", "print_findings"]

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
_GRADEBOOK_SECONDS = 5.0


def examine(course: Path) -> list[Finding]:
    """All findings about this interpreter, this machine and this course, in the order in which they should be mended."""
    found: list[Finding] = []
    _collect(found, "python", _python)
    _collect(found, "packages", _packages)
    _collect(found, "alembic", _alembic)
    _collect(found, "mathematics", _mathematics)
    _collect(found, "sandbox", _sandbox)
    _collect(found, "fonts", _fonts)
    _collect(found, "server extensions", server_extensions)
    _collect(found, "lab extension", lab_extension)
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


def _collect(found: list[Finding], check: str, look: Callable[[], Iterator[Found]]) -> None:
    """Add what a check finds; a check that breaks is a finding, too, and the others are made."""
    try:
        found += [Finding(check, *x) for x in look()]
    except ModuleNotFoundError as error:
        found.append(Finding(check, State.MISSING, Message("{name} is not installed.", name=error.name), INSTALL))
    except Exception as error:  # what is broken may break in any way
        reason = f"{type(error).__name__}: {error}"
        found.append(Finding(check, State.MISSING, Message("It could not be looked at: {error}.", error=reason)))


def _python(running: tuple[int, ...] = tuple(sys.version_info[:3])) -> Iterator[Found]:
    number = ".".join(map(str, running))
    if running < (3, 11):
        yield State.MISSING, Message("Python {number}; 3.11 or later is needed.", number=number)
    else:
        yield State.OK, Message("Python {number}, {place}", number=number, place=sys.executable)


def _packages() -> Iterator[Found]:
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
            yield State.MISSING, Message("{name} is not installed.", name=requirement.name), INSTALL
            continue
        if not requirement.specifier.contains(number, prereleases=True):
            wanted = Message("{name} {number} is installed; {wanted} is needed.", name=requirement.name, number=number,
                             wanted=str(requirement.specifier))  # fmt: skip
            yield State.MISSING, wanted, INSTALL
        else:
            known += 1
    yield State.OK, Message("{count} packages in the versions that are needed", count=known)


def _alembic() -> Iterator[Found]:
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
        yield State.MISSING, Message("nbgrader makes its gradebook with alembic, which is not on the PATH."), INSTALL


def _mathematics() -> Iterator[Found]:
    from sig_checker.grading.pages.mathml import mathml  # noqa: PLC0415

    if mathml(r"\frac{1}{1+e^{-z}}") is None:
        yield State.MISSING, Message("Formulas cannot be drawn; pages would show their source."), INSTALL
    else:
        yield State.OK, Message("formulas are drawn without a network")


def _sandbox() -> Iterator[Found]:
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


def _fonts() -> Iterator[Found]:
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


def _configuration(course: Path, app: list[Any]) -> Iterator[Found]:
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


def _exchange(app: Any) -> Iterator[Found]:
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


def _gradebook(app: Any) -> Iterator[Found]:
    from nbgrader.api import Assignment, Student  # noqa: PLC0415

    from sig_checker.grading.gradebook.connection import GradebookError, GradebookLost, exists, opened  # noqa: PLC0415
    from sig_checker.grading.gradebook.database import check, shown, waiting  # noqa: PLC0415

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
