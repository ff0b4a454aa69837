"""A PostgreSQL server of the tests' own: Debian's programs, a new cluster in a temporary folder, listening on loopback."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ADMIN = "postgres"  # the role that makes the others, and the account to which Debian gives the server
PASSWORD = "wren:rook/owl@lark%40"  # with what must be written otherwise in an address or in ~/.pgpass
SECONDS = 240


def missing() -> str | None:
    """Why there can be no server here; None where there can."""
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'sig-checker[postgresql]'"
    if _programs() is None:
        return "PostgreSQL is not installed: make system"
    if os.geteuid() == 0 and ADMIN not in {x.pw_name for x in pwd.getpwall()}:
        return f"PostgreSQL does not run as root, and there is no account {ADMIN!r}"
    return None


def _programs() -> Path | None:
    """The folder of the newest version's; Debian does not put it into PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda x: int(x.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else None if on_path is None else Path(on_path).parent


@dataclass
class Server:
    """The server, which can be stopped, also as by a crash, and started again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, "fsync": "off"}
        options = [x for name, value in settings.items() for x in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "ab") as log:
            self.process = _popen(self.folder, ["postgres", "-D", str(self.folder / "data"), *options], stdout=log, stderr=log)
        deadline = time.monotonic() + SECONDS
        while self.call("pg_isready", "-q", check=False).returncode != 0:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """By SIGINT in order, by SIGQUIT as by a crash: no connection is told good-bye, and nothing is written any more."""
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(how)
            process.wait(SECONDS)

    def call(self, *command: str, text: str = "", check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run one of PostgreSQL's programs as the account that owns the server."""
        process = _popen(
            self.folder, list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            environment={"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": ADMIN, "PGPASSWORD": PASSWORD},
        )  # fmt: skip
        out, err = process.communicate(text.encode(), SECONDS)
        assert not check or process.returncode == 0, err.decode()
        return subprocess.CompletedProcess(command, process.returncode, out, err)


def _popen(folder: Path, command: Sequence[str], environment: dict[str, str] | None = None, **options: Any) -> Any:
    programs = _programs()
    assert programs is not None
    account = {"user": ADMIN, "group": ADMIN, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.Popen(
        [str(programs / command[0]), *command[1:]], cwd=folder, start_new_session=True,
        **{"stdin": subprocess.DEVNULL} | options,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(folder)} | (environment or {}), **account,
    )  # fmt: skip


@contextmanager
def server() -> Iterator[Server]:
    """A server with nothing in it but the role of its administrator."""
    folder = Path(tempfile.mkdtemp(prefix="sig-checker-postgresql-"))  # pytest's folders are closed to other accounts
    try:
        password = folder / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (folder, password):
                shutil.chown(path, ADMIN, ADMIN)
        made = _popen(folder, [
            "initdb", "--pgdata", str(folder / "data"), "--username", ADMIN, "--auth", "scram-sha-256",
            "--pwfile", str(password), "--encoding", "UTF8", "--no-sync",
        ], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        said, _ = made.communicate(timeout=SECONDS)
        assert made.returncode == 0, said.decode()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        running = Server(folder, port)
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
