"""Which sandbox there is on this machine: found out by trying it."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from functools import cache

from sig_checker.errors import ConfigError
from sig_checker.grading.sandbox import bubblewrap, stage
from sig_checker.grading.sandbox.policy import Policy, confined_user
from sig_checker.grading.sandbox.syscalls import landlock_abi
from sig_checker.verdicts import Message

__all__ = ["KINDS", "Sandbox", "choose", "enter", "problem"]

KINDS = ("bubblewrap", "namespaces")
_TRUSTED = "none"
_PROBE_SECONDS = 30

# Modules under their usual names, without their packages' own pages, which load more than a sandbox needs
_LOAD = (
    "import sys\n"
    "top = sys.argv.pop(1)\n"
    "for name, path in (('sig_checker', ''), ('sig_checker.grading', '/grading'),\n"
    "                   ('sig_checker.grading.sandbox', '/grading/sandbox')):\n"
    "    sys.modules[name] = type(sys)(name)\n"
    "    sys.modules[name].__path__ = [top + path]\n"
    "from sig_checker.grading.sandbox.stage import main\n"
    "main()\n"
)

# Tried inside. Each line: what must hold there, and what to tell where it does not
_PROBE = """
import os, resource, sys
outside, processes = sys.argv[1], int(sys.argv[2])
status = {name: value.strip() for name, _, value in (x.partition(":") for x in open("/proc/self/status"))}
def writes(path):
    try:
        open(path, "w").close()
    except OSError:
        return False
    return True
for holds, otherwise in (
    (os.getppid() == 1, "the processes outside can be seen"),
    (not os.path.exists(outside), "the files outside can be seen"),
    (os.geteuid() != 0 and int(status["CapPrm"], 16) == 0, "privileges are left"),
    (status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", "privileges can be gained"),
    ([x.split(":")[0].strip() for x in open("/proc/self/net/dev") if ":" in x] == ["lo"], "there is a network"),
    (resource.getrlimit(resource.RLIMIT_NPROC) == (processes, processes), "the limits are not set"),
    (not writes(sys.prefix + "/probe") and not writes("/probe") and writes("/tmp/probe"), "the wrong folders can be written"),
):
    if not holds:
        sys.exit(otherwise)
"""


class Sandbox:
    """A way to run commands confined; or, where the submissions are trusted, one that does not confine.

    Attributes:
        kind: "bubblewrap", "namespaces" or "none".
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @property
    def confines(self) -> bool:
        return self.kind != _TRUSTED

    def describe(self) -> Message:
        """One sentence for the log."""
        if not self.confines:
            return Message("Students' code was not confined: the submissions are trusted.")
        abi = landlock_abi()
        if not abi:
            return Message("Students' code was confined by {kind}, without Landlock.", kind=self.kind)
        return Message("Students' code was confined by {kind} and Landlock {abi}.", kind=self.kind, abi=abi)

    def command(self, policy: Policy, command: Sequence[str]) -> list[str]:
        """The command line that runs a command by the policy. Its process ends with the sandbox, as the command does."""
        return [*self.prefix(policy), *command]

    def prefix(self, policy: Policy) -> list[str]:
        """What to put before a command."""
        if not self.confines:
            return []
        record = marshal.dumps(policy.as_dict(landlock=self.kind == "namespaces")).hex()  # for this very interpreter
        top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(stage.__file__))))
        python = [sys.executable, "-I", "-S", "-c", _LOAD, top]
        if self.kind == "namespaces":
            return [*python, "outside", record]
        program = bubblewrap.program()
        if program is None:
            raise ConfigError(Message("bubblewrap is not installed (on Debian: apt-get install bubblewrap)"))
        options = bubblewrap.arguments(policy.view(), as_root=confined_user() is not None)
        return [program, *options, "--", *python, "inside", record]


def enter(policy: Policy, keep: Collection[int] = ()) -> None:
    """Confine a process that runs already, with what it has loaded, by namespaces and Landlock.

    Call it in a fresh fork with one thread. It returns in another process, which is confined and is the only one to go on:
    the one that called waits until everything inside has ended and ends with the same status. Files 0, 1, 2 and those to
    `keep` stay open. What the process has in memory is not taken from it: load only what confined code may know.
    """
    stage.enter(policy.as_dict(landlock=True), keep)


def choose(kind: str = "auto", *, trust: bool = False, kinds: Sequence[str] = KINDS) -> Sandbox:
    """The sandbox to use: of that kind, or the first of `kinds` that works here.

    Raises:
        ConfigError: none works, and why; not where the submissions are trusted, which get none then.
    """
    if kind not in ("auto", *KINDS):
        raise ConfigError(Message("no sandbox is called {kind!r}; known are auto, {known}", kind=kind, known=", ".join(KINDS)))
    kinds = kinds if kind == "auto" else (kind,)
    problems = []
    for name in kinds:
        why_not = problem(name)
        if why_not is None:
            return Sandbox(name)
        problems.append(f"    {name}: {why_not}")
    if trust:
        return Sandbox(_TRUSTED)
    raise ConfigError(
        Message("students' code cannot be confined on this machine:"),
        *problems,
        Message(
            "Install bubblewrap (on Debian: apt-get install bubblewrap), allow user namespaces, or grade in a virtual machine. "
            "If you trust every submission with your own files, give --trust-submissions, or for nbgrader autograde set "
            "c.ExecuteSubmission.trust_submissions = True"
        ),
    )


@cache
def problem(kind: str) -> str | None:
    """Why this kind does not work here; None where it does. Tried once in each process."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    policy = Policy(folder="/tmp")
    with tempfile.NamedTemporaryFile(prefix="sig-checker-") as outside:
        try:
            probe = [sys.executable, "-I", "-S", "-c", _PROBE, outside.name, str(policy.limits.processes)]
            done = subprocess.run(
                Sandbox(kind).command(policy, probe), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                errors="replace", timeout=_PROBE_SECONDS, check=False, cwd="/", env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )  # fmt: skip
        except (OSError, ConfigError, subprocess.TimeoutExpired) as error:
            return str(error)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"it ended with status {done.returncode}"
    return None
