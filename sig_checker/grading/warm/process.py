"""Starts the warm process. Standard library only, since it is done before anything else is loaded."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from sig_checker.grading.files import temporary_prefix

__all__ = ["WarmServer"]

_START = "from sig_checker.grading.warm.nursery import main; import sys; main(int(sys.argv[1]), int(sys.argv[2]))"


class WarmServer:
    """A started warm process. Several processes may ask it for kernels, by its path.

    It ends when the process that started it does, however that ends.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment`: of the process, and so of what its libraries make of it while they are loaded."""
        self._folder = tempfile.TemporaryDirectory(prefix=temporary_prefix(), ignore_cleanup_errors=True)
        self.path = str(Path(self._folder.name) / "kernels")
        inside, self._life = os.pipe()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(self.path)
            listening.listen(64)
            passed = (listening.fileno(), inside)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, *map(str, passed)], pass_fds=passed, env=dict(environment),
                cwd=self._folder.name, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        os.close(inside)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
            self._process.wait()
            self._folder.cleanup()

    def disown(self) -> None:
        """In a fork of the process that started it: let go of its life, and of its folder."""
        os.close(self._life)
        self._life = -1
        self._folder._finalizer.detach()  # type: ignore[attr-defined]  # there is no other way before Python 3.12

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
