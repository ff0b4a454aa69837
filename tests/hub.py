"""A small machine of its own for a Hub, set up by docs/hub.md: accounts, /etc, /home, /srv and /tmp, processes.

Nothing of it is seen outside and nothing is left: its files lie in memory in a mount namespace, and with the first process of
its process namespace the kernel ends all others. Only the loopback network is that of the machine on which the tests run.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "hub.md"
BIN = Path(sys.prefix) / "bin"
PASSWORD = "for-this-machine-only"
PEOPLE = ("instructor", "haneul", "bada")
SECONDS = 240  # for whatever is waited for; far more than anything takes
_PATH = f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What is needed from outside is kept at hand in /mnt while empty folders are laid over those in which it may lie.
_ENTER = """
set -e
mount -t tmpfs -o mode=755 tmpfs /mnt
cp -a /etc /mnt/etc
mount --bind /mnt/etc /etc
number=0
for folder in $NEEDED; do
    number=$((number + 1)); mkdir /mnt/$number; mount --bind "$folder" /mnt/$number
done
for folder in $HIDDEN; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
chmod 1777 /tmp
number=0
for folder in $NEEDED; do
    number=$((number + 1)); mkdir -p "$folder"; mount --bind /mnt/$number "$folder"
done
rm -rf /etc/jupyter /etc/jupyterhub
exec sleep infinity
"""


def missing() -> str | None:
    """Why there can be no such machine here; None where there can."""
    if os.geteuid() != 0:
        return "only root can make the accounts"
    for program in ("unshare", "nsenter", "setpriv", "runuser", "useradd", "chpasswd"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, text=True, check=False
    )
    return f"there can be no namespaces: {tried.stderr.strip()}" if tried.returncode else None


@dataclass(frozen=True)
class Machine:
    """The machine; `first` is its first process, as it is numbered outside."""

    first: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def outside(self, path: str) -> Path:
        """Where a file of the machine is found from outside."""
        return Path(f"/proc/{self.first}/root{path}")

    def run(
        self, command: Sequence[str], user: str = "root", text: str | None = None, *, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as a user to its end, with `text` for its input."""
        done = subprocess.run(
            self._inside(command, user), input=text or "", capture_output=True, text=True, timeout=2 * SECONDS, check=False
        )
        assert not check or done.returncode == 0, (command, done.stdout, done.stderr)
        return done

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a command as root that runs until the machine ends."""
        with log.open("wb") as output:
            self.started.append(subprocess.Popen(
                self._inside(command, "root"), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            ))  # fmt: skip
        return self.started[-1]

    def write(self, path: str, text: str, user: str = "root") -> None:
        """Write a file as a user, with the folders that it needs."""
        self.run(["sh", "-c", 'mkdir -p "$(dirname "$1")" && cat > "$1"', "sh", path], user, text)

    def _inside(self, command: Sequence[str], user: str) -> list[str]:
        home = "/root" if user == "root" else f"/home/{user}"
        environment = [f"HOME={home}", f"USER={user}", f"PATH={_PATH}", "LC_ALL=C.UTF-8", "COLUMNS=100"]
        enter = ["nsenter", f"--target={self.first}", "--mount", "--pid", "--"]
        return [*enter, "runuser", "-u", user, "--", "env", "-i", "-C", home, *environment, *command]


@contextmanager
def machine() -> Iterator[Machine]:
    wanted = {str(ROOT), sys.prefix, sys.base_prefix} - {"/usr", "/usr/local"}
    needed = {x for x in wanted if not any(str(y) in wanted for y in Path(x).parents)}
    # root's home may be closed to the accounts, and the clone may lie in it
    closed = {str(y) for x in needed for y in Path(x).parents if not y.stat().st_mode & 0o001}
    hidden = {"/home", "/srv", "/tmp"} | {x for x in closed if not any(str(y) in closed for y in Path(x).parents)}
    unshared = subprocess.Popen(
        ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
         "sh", "-c", _ENTER],
        env={"PATH": _PATH, "NEEDED": " ".join(sorted(needed)), "HIDDEN": " ".join(sorted(hidden))}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    here = None
    try:
        here = Machine(wait_for(lambda: _asleep(unshared), "the machine's first process"))
        yield here
    finally:
        unshared.kill()  # and with it, by --kill-child, everything inside
        unshared.wait(SECONDS)
        for process in here.started if here else ():
            process.wait(SECONDS)


def _asleep(unshared: subprocess.Popen[bytes]) -> int | None:
    assert unshared.poll() is None, "the machine could not be set up"
    children = Path(f"/proc/{unshared.pid}/task/{unshared.pid}/children").read_text(encoding="ascii").split()
    ready = children and Path(f"/proc/{children[0]}/comm").read_text(encoding="ascii") == "sleep\n"
    return int(children[0]) if ready else None


def wait_for(look: Callable[[], T | None], what: str) -> T:
    end = time.monotonic() + SECONDS
    while (found := look()) is None:
        assert time.monotonic() < end, f"{what}: waited for {SECONDS} s"
        time.sleep(0.05)
    return found


def blocks() -> list[tuple[str, str]]:
    """The page's blocks in order: the file into which one belongs, or "sh" for commands, and the text."""
    found = re.findall(r"(?:`([^`\n]+)`:\n\n)?```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [(file or kind, text) for file, kind, text in found]


def set_up(here: Machine) -> None:
    """Do what the page says."""
    for place, text in blocks():
        if place == "sh":
            here.run(["sh", "-e"], text=text)
        else:
            assert place.startswith("/"), f"a block without a file: {text}"
            owner = "instructor" if place.startswith("/home/instructor/") else "root"
            here.write(place, text.replace("/opt/course/bin", str(BIN)), owner)


def start_hub(here: Machine, log: Path) -> str:
    """Start the Hub, with ports of its own and a password for each account; its address."""
    public, internal, routes = _free_ports(3)
    here.run(["mkdir", "-m", "700", "/srv/hub"])
    here.run(["chpasswd"], text="".join(f"{name}:{PASSWORD}\n" for name in PEOPLE))
    here.write("/srv/hub/config.py", f"""
load_subconfig("/etc/jupyterhub/jupyterhub_config.py")
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{internal}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{routes}"
c.Spawner.start_timeout = c.Spawner.http_timeout = {SECONDS}
""")  # fmt: skip
    hub = here.start(["env", "-C", "/srv/hub", "jupyterhub", "-f", "config.py"], log)

    def answers() -> str | None:
        assert hub.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{public}/hub/health", timeout=10):
                return f"http://127.0.0.1:{public}"
        except OSError:  # not yet
            return None

    return wait_for(answers, "the Hub")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [x.getsockname()[1] for x in sockets]
    for each in sockets:
        each.close()
    return ports
