"""jupyter_client's provisioner of confined kernels, by the name "sig-checker-sandbox" in a kernel spec's metadata."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from dataclasses import replace
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from sig_checker.grading.sandbox import FAILED, NEW_CELL, confined_user

__all__ = ["NAME", "SandboxProvisioner"]

NAME = "sig-checker-sandbox"
_LAST_SECONDS = 3.0  # for a sandbox to end by itself before its outermost process is killed


class SandboxProvisioner(LocalProvisioner):  # type: ignore[misc]  # jupyter_client's base classes are untyped
    """Starts a kernel in its manager's `sandbox`, by its manager's `policy`, whose `sockets` hold the connection file.

    What `interrupt` and `terminate` send goes to the kernel and the processes of its group. A kill ends whatever runs inside,
    and once `wait` has returned none of it is left. In a sandbox that does not confine this is a local kernel like any other.
    """

    _control: int | None = None
    ended_with: int | None = None  # the status of a sandbox that has ended; some of its limits have one of their own

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        manager = self.parent
        if not manager.sandbox.confines:
            return await super().launch_kernel(cmd, **options)
        self.hand_over(manager.policy.sockets)
        inside, self._control = os.pipe()
        try:
            command = manager.sandbox.command(replace(manager.policy, control=inside), cmd)
            wanted = {name: options[name] for name in ("cwd", "env", "stdout", "stderr") if name in options}
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=(inside,), **wanted
            )
        finally:
            os.close(inside)
        self.pid, self.pgid, self.cwd = self.process.pid, None, options.get("cwd")
        return self.connection_info

    def hand_over(self, folder: str) -> None:
        """Make the folder of the sockets the confined user's, and no one else's."""
        user = confined_user()
        if user is not None:
            for path in (folder, *(os.path.join(folder, name) for name in os.listdir(folder))):
                os.chown(path, user, user, follow_symlinks=False)

    async def poll(self) -> int | None:
        status: int | None = await super().poll()
        if self._control is not None and status is not None and self.ended_with is None:
            self.ended_with = status
            if status == FAILED:
                self.log.error("the sandbox of a kernel could not be made, or its supervisor failed")
        return status

    async def send_signal(self, signum: int) -> None:
        if self._control is None:
            await super().send_signal(signum)
        else:
            self._order(signum)

    def begin_cell(self) -> None:
        """Count the processor's time anew."""
        self._order(NEW_CELL)

    def _order(self, number: int) -> None:
        control = self._control  # which another thread may be about to close
        if control is not None:
            with contextlib.suppress(OSError):  # it is about to end, or has
                os.write(control, bytes([number]))

    def end(self) -> None:
        """Kill what runs inside, from whatever thread; `poll` and `wait` see it as they see any other end."""
        process = self.process
        if self._control is not None:
            self._order(signal.SIGKILL)
        elif process is not None:
            process.kill()

    async def kill(self, restart: bool = False) -> None:
        if self._control is None:
            await super().kill(restart)
            return
        self._let_go()
        deadline = asyncio.get_running_loop().time() + _LAST_SECONDS
        while self.process is not None and self.process.poll() is None:
            if asyncio.get_running_loop().time() > deadline:
                self.process.kill()
            await asyncio.sleep(0.005)

    async def wait(self) -> int | None:
        while self.process is not None and self.process.poll() is None:
            await asyncio.sleep(0.01)
        self._let_go()
        ended: int | None = await super().wait()
        return ended

    async def cleanup(self, restart: bool = False) -> None:
        self._let_go()
        await super().cleanup(restart)

    def _let_go(self) -> None:
        control, self._control = self._control, None
        if control is not None:
            os.close(control)
