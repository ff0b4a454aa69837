"""Starts the process in which a submission's code runs. The only module that decides how; everything else asks here.

The kernel is this environment's own interpreter, whatever kernels are installed, in a fresh copy of the submission's
folder with a home and a temporary folder of its own, and an environment that is built up, not inherited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import ipykernel_launcher
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from sig_checker.evidence import CHALLENGE, Challenge
from sig_checker.grading.files import temporary_prefix

__all__ = ["SubmissionKernel", "launch_options", "scratch_copy"]

_OURS = ("", "python", "python3")  # any other name is a kernel that the instructor has set up
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "TZ")


class SubmissionKernel(AsyncKernelManager):  # type: ignore[misc]  # jupyter_client's base classes are untyped
    """A kernel manager whose "python3" is the running interpreter."""

    @property
    def kernel_spec(self) -> Any:
        if self.kernel_name not in _OURS:
            return super().kernel_spec
        # by its path and not with -m: files in the submission's folder must not shadow what the kernel is made of
        argv = [sys.executable, ipykernel_launcher.__file__, "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def launch_options(folder: Path, challenge: Challenge) -> dict[str, Any]:
    """How a submission's kernel is launched in its scratch copy; the options are those of `start_kernel`."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # a student must not write on our terminal
    return {"cwd": str(folder), "env": _environment(folder.parent, challenge), **quiet}


def _environment(home: Path, challenge: Challenge) -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {
        "HOME": str(home), "TMPDIR": str(home / "tmp"), "IPYTHONDIR": str(home / "ipython"),
        "PYTHONHASHSEED": "0",  # the order of sets, which students print, is the same in each run
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1", "PYTHONIOENCODING": "utf-8",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NPY_DISABLE_CPU_FEATURES": _vector_features(),
        "NBGRADER_EXECUTION": "autograde", CHALLENGE: challenge.as_text(),
    }  # fmt: skip


@cache
def _vector_features() -> str:
    """What of this processor NumPy would use beyond its baseline, for it not to.

    The last bits of its tanh and exp depend on it (a worst error of 0.44 units became 0.50 without AVX-512), and the
    reported figures must not depend on the machine that grades.
    """
    try:
        from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__  # type: ignore[import-not-found] # noqa: PLC0415 - private
    except ImportError:
        return ""
    return " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))


@contextmanager
def scratch_copy(folder: str) -> Iterator[Path]:
    """A copy of the submission's folder to run in, removed afterwards: what a cell writes stays out of the results."""
    with tempfile.TemporaryDirectory(prefix=temporary_prefix(), ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch) / "copy"
        # symbolic links stay links: a submission must not pull in files from elsewhere
        shutil.copytree(folder, copy, symlinks=True, ignore=lambda _, names: [x for x in names if x.endswith(".ipynb")])
        (Path(scratch) / "tmp").mkdir()
        yield copy
