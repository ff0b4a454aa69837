"""Starts the process in which a submission's code runs. The only module that decides how; everything else asks here.

The kernel is this environment's own interpreter, whatever kernels are installed, in a fresh copy of the submission's
folder with a home and a temporary folder of its own, in a sandbox, and in an environment that is built up, not inherited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ipykernel_launcher
import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from sig_checker.grading.files import temporary_prefix
from sig_checker.grading.running.environment import kernel_environment
from sig_checker.grading.running.messages import MOST_WAITING, bounded
from sig_checker.grading.running.provisioner import NAME
from sig_checker.grading.sandbox import Limits, Policy, Sandbox

__all__ = [
    "OURS",
    "SubmissionKernel",
    "challenge_beside",
    "kernel_policy",
    "launch_options",
    "scratch_copy",
    "scratch_place",
    "sockets_beside",
]

OURS = ("", "python", "python3")  # any other name is a kernel that the instructor has set up
_LARGEST_MESSAGE = 1 << 26  # bytes of each of its frames


class SubmissionKernel(AsyncKernelManager):  # type: ignore[misc]  # jupyter_client's base classes are untyped
    """A kernel manager whose "python3" is the running interpreter, and whose kernels all run in a sandbox.

    Attributes:
        sandbox, policy: to be set before the kernel is started.
    """

    sandbox: Sandbox
    policy: Policy
    transport = "ipc"  # no TCP: nobody else on the machine can speak to the kernel

    def client(self, **options: Any) -> Any:
        made = super().client(**options)
        made.context.setsockopt(zmq.MAXMSGSIZE, _LARGEST_MESSAGE)  # what is larger is not even received
        made.context.setsockopt(zmq.RCVHWM, MOST_WAITING)
        made.session.unpack = bounded(made.session.unpack)
        return made

    @property
    def kernel_spec(self) -> Any:
        provisioned = {"kernel_provisioner": {"provisioner_name": NAME}}
        if self.kernel_name not in OURS:
            spec = super().kernel_spec
            return KernelSpec(**{**spec.to_dict(), "resource_dir": spec.resource_dir, "metadata": spec.metadata | provisioned})
        # by its path and not with -m: files in the submission's folder must not shadow what the kernel is made of
        argv = [sys.executable, ipykernel_launcher.__file__, "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python", metadata=provisioned)


def scratch_place() -> Path:
    """Where scratch folders are made: not below a folder that is private inside, where Landlock would let files be made."""
    usual = Path(tempfile.gettempdir())
    private = any(usual.resolve().is_relative_to(x) for x in Policy("/").private)
    return Path("/var/tmp") if private and os.access("/var/tmp", os.W_OK) else usual


def kernel_policy(
    folder: Path, *, limits: Limits, readable: Iterable[str] = (), hidden: Iterable[str | os.PathLike[str]] = ()
) -> Policy:
    """What a kernel may see and do in a scratch copy: all but its sockets' folder is a copy once more, in memory."""
    home, sockets = str(folder.parent), str(sockets_beside(folder))
    hidden = (*hidden, tempfile.gettempdir(), scratch_place())  # where what belongs to other submissions lies
    return Policy(
        folder=str(folder), private=("/tmp", "/dev/shm", home), copies=((home, home),), sockets=sockets,
        readable=(*readable, str(challenge_beside(folder))), hidden=tuple(str(x) for x in hidden), limits=limits,
    )  # fmt: skip


def sockets_beside(folder: Path) -> Path:
    """Where the connection file and the sockets of the kernel lie that runs in a scratch copy."""
    return folder.parent.parent / "sockets"


def challenge_beside(folder: Path) -> Path:
    """Where the challenges of the check cells lie, one at a time, for the kernel that runs in a scratch copy."""
    return folder.parent.parent / "challenge"


def launch_options(folder: Path, challenge: Path) -> dict[str, Any]:
    """How a submission's kernel is launched in its scratch copy; the options are those of `start_kernel`.

    Args:
        challenge: the file in which the running check cell finds its challenge; the kernel needs to read it only.
    """
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # a student must not write on our terminal
    return {"cwd": str(folder), "env": kernel_environment(folder.parent, challenge), **quiet}


@contextmanager
def scratch_copy(folder: str) -> Iterator[Path]:
    """A copy of the submission's folder to run in, removed afterwards: what a cell writes stays out of the results."""
    with tempfile.TemporaryDirectory(prefix=temporary_prefix(), dir=scratch_place(), ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch, "home", "copy")
        # symbolic links stay links: a submission must not pull in files from elsewhere
        shutil.copytree(folder, copy, symlinks=True, ignore=lambda _, names: [x for x in names if x.endswith(".ipynb")])
        (copy.parent / "tmp").mkdir()
        sockets_beside(copy).mkdir(mode=0o700)
        yield copy
