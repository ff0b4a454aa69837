"""One batch: a course in which honest students and all tricks hand in, a machine around it that is watched, one grading run."""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import courses
from courses import ASSIGNMENT, write_notebook
from nbformat.v4 import new_code_cell
from tamper import breaking, buying, reaching
from tamper.tricks import POINTS, RIGHT, WRONG, Trick

import sig_checker
from sig_checker.grading.files import TEMPORARY

__all__ = ["HONEST", "TRICKS", "Batch", "Machine"]

TRICKS: dict[str, Trick] = {x.name: x for x in (*buying.TRICKS, *reaching.TRICKS, *breaking.TRICKS)}
HONEST = {"aa-right": RIGHT, "ab-wrong": WRONG, "mm-right": RIGHT, "zz-right": RIGHT}  # before, between and after the tricks
SECRET = "SECRET-of-the-instructor"
RESULTS = ("autograded", "evidence", "feedback", "gradebook.db", ".nbgrader.log")
LIMITS = """
c.ExecuteSubmission.timeout = 4
c.ExecuteSubmission.notebook_timeout = 12
c.ExecuteSubmission.iopub_timeout = 2
c.ExecuteSubmission.memory_limit = 700 << 20
c.ExecuteSubmission.disk_limit = 64 << 20
c.ExecuteSubmission.sandbox = {kind!r}
"""
# what a student can know at most; `confined` tells the tricks that would harm the machine whether they may go on
KNOWN = '''from sig_checker import submit
COURSE, HOME, SENTINEL, MARK, UNIX, ABSTRACT = {course!r}, {home!r}, {sentinel!r}, {mark!r}, {unix!r}, {abstract!r}
PORT = {port}
def confined():
    with open("/proc/self/status") as file:
        held = "\\nSeccomp:\\t2" in file.read()
    if not held:
        print("NOT CONFINED")
    return held
'''
_SOLUTION = "{task} = None\n### BEGIN SOLUTION\n{answer}\n### END SOLUTION"


class Machine:
    """What a trick must not touch: a home, a shared temporary folder, sockets that listen, the environment's files."""

    def __init__(self, base: Path) -> None:
        self.base, self.course, self.home, self.tmp = base, base / "course", base / "home", base / "tmp"
        self.shared = Path(tempfile.mkdtemp(prefix="tamper-shared-"))
        self.mark = f"tamper-mark-{base.name}"
        self.sentinel, self.unix, self.abstract = self.shared / "sentinel", self.shared / "server.sock", f"tamper-{base.name}"
        self.heard: list[str] = []
        self._sockets: list[socket.socket] = []
        self.port = 0

    def __enter__(self) -> Self:
        for folder in (self.home / ".ssh", self.home / ".ipython", self.home / ".jupyter", self.tmp):
            folder.mkdir(parents=True)
        for file in (self.sentinel, self.home / ".ssh" / "id", self.home / "notes.txt", self.home / ".bashrc"):
            file.write_text(SECRET)
        self.port = self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", self.port))
        self._listen(socket.AF_UNIX, socket.SOCK_STREAM, str(self.unix))
        self._listen(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.abstract}")
        return self

    def __exit__(self, *_: object) -> None:
        for listening in self._sockets:
            listening.close()

    def known(self) -> str:
        return KNOWN.format(course=str(self.course), home=str(self.home), sentinel=str(self.sentinel), mark=self.mark,
                            unix=str(self.unix), abstract=self.abstract, port=self.port)  # fmt: skip

    def _listen(self, family: int, kind: int, address: Any) -> int:
        listening = socket.socket(family, kind)
        self._sockets.append(listening)
        listening.bind(address)
        if kind == socket.SOCK_STREAM:
            listening.listen()
        threading.Thread(target=self._hear, args=(listening, kind), daemon=True).start()
        name = listening.getsockname()
        return int(name[1]) if family == socket.AF_INET else 0

    def _hear(self, listening: socket.socket, kind: int) -> None:
        with suppress(OSError):
            while True:
                found = listening.accept()[1] if kind == socket.SOCK_STREAM else listening.recvfrom(100)[1]
                self.heard.append(repr(found))

    def state(self) -> dict[str, str]:
        """Everything outside the submissions' own results, by path: a digest of each file."""
        found = {str(path): _digest(path) for top in (self.home, self.shared) for path in _files(top)}
        for step in ("source", "release", "submitted"):
            found |= {str(path): _digest(path) for path in _files(self.course / step)}
        found[str(self.course)] = str(sorted(x.name for x in self.course.iterdir() if x.name not in RESULTS))
        found[str(self.course / "nbgrader_config.py")] = _digest(self.course / "nbgrader_config.py")
        return found

    def left_by(self, grader: int) -> list[str]:
        """What lies in the temporary folders afterwards."""
        scratch = [x.name for x in Path("/var/tmp").iterdir() if x.name.startswith(f"{TEMPORARY}{grader}-")]
        return sorted([*scratch, *(x.name for x in self.tmp.iterdir()), *map(str, self.course.glob("**/.sig-checker-*"))])

    def workers(self, grader: int) -> Iterator[int]:
        """The processes to which the grader gives work, none of which is a student's: its forks, that is."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError):
                stat = Path(f"/proc/{name}/stat").read_text(encoding="utf-8", errors="replace")
                parent = int(stat.rpartition(")")[2].split()[1])
                same = Path(f"/proc/{name}/cmdline").read_bytes() == Path(f"/proc/{grader}/cmdline").read_bytes()
                if parent == grader and same:
                    yield int(name)

    def processes_of(self, grader: int) -> list[str]:
        """The processes that carry this machine's or the grader's traces, by their command lines; the test itself apart."""
        traces = (self.mark, str(self.base), f"{TEMPORARY}{grader}-")
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            with suppress(OSError):
                command = Path(f"/proc/{name}/cmdline").read_bytes()
                told = command + Path(f"/proc/{name}/environ").read_bytes()
                if any(x.encode() in told for x in traces):
                    found.append(command.decode(errors="replace"))
        return found


def environment_state() -> dict[str, tuple[int, int]]:
    """The files of the environment and of the package, by size and time."""
    package = Path(sig_checker.__file__).parent
    compileall.compile_dir(package, quiet=2)  # which the grader itself would do otherwise
    tops = {sysconfig.get_path("purelib"), sysconfig.get_path("scripts"), str(package)}
    found = {}
    for top in tops:
        for path in _files(Path(top)):
            status = path.lstat()
            found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


def _files(top: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(top):
        yield from (Path(folder, name) for name in names)


def _digest(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "no file"
    if path.stat().st_size > 1 << 26:
        return f"{path.stat().st_size} bytes"
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class Batch:
    """One grading run over everybody, by one command and in one kind of sandbox.

    Attributes:
        left: what was found in the grader's temporary folder afterwards.
        running: the command lines of processes that were still alive.
        heard: who has spoken to the machine's servers.
    """

    kind: str
    command: str
    course: Path
    shared: Path
    tricks: Mapping[str, Trick]
    output: str = ""
    status: int = -1
    seconds: float = 0.0
    memory: int = 0
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    scores: dict[str, dict[str, float | None]] = field(default_factory=dict)

    @classmethod
    def run(cls, kind: str, command: str, tricks: Mapping[str, Trick]) -> Self:
        base = Path(tempfile.mkdtemp(prefix="tamper-"))  # short: sockets have short paths
        with Machine(base) as machine:
            batch = cls(kind, command, machine.course, machine.shared, tricks)
            _write_course(machine, kind)
            for student, answers in HONEST.items():
                _hand_in(machine, student, Trick(student, "honest", "", answers=answers))
            for name, trick in tricks.items():
                _hand_in(machine, name, trick)
            before = machine.state()
            start = time.monotonic()
            grader, batch.status, batch.output, batch.memory = _grade(machine, command)
            batch.seconds = time.monotonic() - start
            after = machine.state()
            batch.changed = sorted({x for x in before.keys() | after.keys() if before.get(x) != after.get(x)})
            for _ in range(50):  # what forks the workers ends when it sees that the grader has; no trick's process would
                batch.running = machine.processes_of(grader)
                if not batch.running:
                    break
                time.sleep(0.1)
            batch.left, batch.heard = machine.left_by(grader), machine.heard
        for student in (*HONEST, *tricks):
            with suppress(Exception):  # it was not graded; the test says so
                batch.scores[student] = {name: score for name, (score, _) in courses.scores(batch.course, student).items()}
        return batch

    def notebook(self, student: str) -> str:
        return (self.course / "autograded" / student / ASSIGNMENT / "one.ipynb").read_text(encoding="utf-8")

    def has_page(self, student: str) -> bool:
        return (self.course / "feedback" / student / ASSIGNMENT / "one.html").is_file()

    def remove(self) -> None:
        shutil.rmtree(self.course.parent, ignore_errors=True)
        shutil.rmtree(self.shared, ignore_errors=True)

    def page(self, student: str) -> str:
        return (self.course / "feedback" / student / ASSIGNMENT / "one.html").read_text(encoding="utf-8")


def _write_course(machine: Machine, kind: str) -> None:
    source = machine.course / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    cells = [_cell(f"from sig_checker import submit\n# {SECRET}", "setup", locked=True)]
    for task, points in POINTS.items():
        cells.append(_cell(_SOLUTION.format(task=task, answer=RIGHT[task]), f"{task}_answer", solution=True))
        cells.append(_cell(f'submit("{task}", exercise="sigmoid-7-02")', task, points=points, locked=True))
    cells[0]["source"] = "from sig_checker import submit"
    write_notebook(source / "one.ipynb", cells)
    (machine.course / "nbgrader_config.py").write_text(
        "from pathlib import Path\nc = get_config()\nc.CourseDirectory.course_id = 'small'\n"
        "c.CourseDirectory.root = str(Path(__file__).resolve().parent)\n" + courses.CONFIGURED + LIMITS.format(kind=kind),
        encoding="utf-8",
    )  # fmt: skip
    (machine.course / "private.txt").write_text(SECRET)
    courses.run(machine.course, "nbgrader", "generate_assignment", ASSIGNMENT, home=machine.home)


def _cell(source: str, name: str, *, points: float | None = None, solution: bool = False, locked: bool = False) -> Any:
    nbgrader = {"schema_version": 3, "grade_id": name, "grade": points is not None, "solution": solution, "locked": locked,
                "task": False}  # fmt: skip
    return new_code_cell(source=source, metadata={"nbgrader": nbgrader | ({} if points is None else {"points": points})})


def _hand_in(machine: Machine, student: str, trick: Trick) -> None:
    folder = machine.course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    notebook = json.loads((machine.course / "release" / ASSIGNMENT / "one.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        task = courses.grade_id(cell).removesuffix("_answer")
        if courses.grade_id(cell).endswith("_answer"):
            cell["source"] = trick.answers.get(task, WRONG[task]) + "\n" + trick.beside
    extra = [_plain("known", machine.known()), _plain("first", trick.first)]
    notebook["cells"] = [notebook["cells"][0], *extra, *notebook["cells"][1:], _plain("last", trick.last)]
    if trick.edit is not None:
        trick.edit(notebook)
    (folder / "one.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    for name, text in trick.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    if trick.name == "sparse-file":
        os.truncate(folder / "data.bin", 1 << 30)


def _plain(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": name, "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def _grade(machine: Machine, command: str) -> tuple[int, int, str, int]:
    """Process number, exit status, output, and the most memory that the grading process or a worker of it has held."""
    program, *arguments = [*command.split(), ASSIGNMENT if command == "nbgrader autograde" else "--feedback"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    environment |= {"LC_ALL": "C.UTF-8", "COLUMNS": "100", "HOME": str(machine.home), "TMPDIR": str(machine.tmp)}
    environment["INSTRUCTORS_TOKEN"] = SECRET
    output, most = machine.base / "output.txt", 0
    with open(output, "wb") as file:
        grader = subprocess.Popen(
            [str(courses.BIN / program), *arguments], cwd=machine.course, env=environment, stdin=subprocess.DEVNULL,
            stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            while grader.poll() is None:
                for process in (grader.pid, *machine.workers(grader.pid)):
                    with suppress(OSError):
                        found = Path(f"/proc/{process}/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()
                        most = max(most, int(found[0]) << 10) if found else most
                time.sleep(0.2)
        finally:
            grader.kill()
    return grader.pid, grader.returncode, output.read_text(encoding="utf-8", errors="replace"), most
