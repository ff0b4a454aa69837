"""Runs a submission's cells. Whatever they do costs that notebook its remaining answers at most; nothing is raised for it."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import ceil
from time import monotonic
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from traitlets import Bool, Enum, Integer, List, Unicode

from sig_checker.grading.exercises import EXERCISES, exercise_for
from sig_checker.grading.notices import KEY, add_notice
from sig_checker.grading.running.handover import Handover
from sig_checker.grading.running.kernel import (
    OURS,
    SubmissionKernel,
    challenge_beside,
    kernel_policy,
    launch_options,
    scratch_copy,
    sockets_beside,
)
from sig_checker.grading.running.messages import TooLong, is_sound, size_of
from sig_checker.grading.running.own_memory import growing_at_most
from sig_checker.grading.sandbox import KINDS, TOO_MUCH_MEMORY, TOO_MUCH_PROCESSOR, Limits, Policy, choose
from sig_checker.grading.steps.check_cells import check_cell
from sig_checker.grading.steps.outputs import KeepOutputs, name_of
from sig_checker.grading.steps.run import HIDDEN, RAN, SEED, WARM, Run
from sig_checker.grading.submissions import writable
from sig_checker.grading.warm.cells import knows_all_of, run_cell
from sig_checker.grading.warm.client import ServerLost, WarmKernel
from sig_checker.verdicts import Message

__all__ = ["ExecuteSubmission"]

_MOST_WAITING = 320 << 20  # bytes by which the grader may grow for what a kernel has sent
_MORE_PROCESSOR = 10  # seconds beyond those on the clock, so that a single thread is interrupted, not ended


class ExecuteSubmission(KeepOutputs):
    """nbgrader's Execute, confined: in a sandbox, with limits of time and output; a dead or hung kernel is an event, not an
    error. ConfigError where there is no sandbox; ServerLost where the process is gone from which the kernel was forked."""

    sandbox = Enum(["auto", *KINDS], "auto", help="How students' code is confined; auto takes what works.").tag(config=True)
    trust_submissions = Bool(False, help="Run students' code unconfined where it cannot be confined.").tag(config=True)
    readable_folders = List(Unicode(), help="Folders that students' code may read, besides the environment.").tag(config=True)
    memory_limit = Integer(2 << 30, help="Bytes of memory that a notebook's processes may hold together.").tag(config=True)
    disk_limit = Integer(256 << 20, help="Bytes that a notebook may write.").tag(config=True)

    _forked: WarmKernel | None = None  # the kernel, where it is one of the warm process

    notebook_timeout = Integer(180, help="Seconds that all cells of a notebook may take together.").tag(config=True)
    iopub_timeout = Integer(10, help="Seconds to wait for outputs that are under way when a cell has ended.").tag(config=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        options["kernel_manager_class"] = SubmissionKernel
        super().__init__(*args, **options)
        self.record_timing = False  # results must not tell when they were made
        self.shutdown_kernel = "immediate"  # exit handlers of a student's code are no part of an answer
        self.store_widget_state = False
        self.timeout_func = self._seconds_left

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        if nb.metadata.get(KEY, {}).get("unreadable"):
            return nb, resources
        self.nb, self.resources = nb, resources
        self.km, self.kc, self.owns_km = km, None, km is None
        self.kernel_name = nb.metadata.get("kernelspec", {}).get("name", "")
        self.reset_execution_trackers()
        self._checks = {cell.id: asks for cell in nb.cells if (asks := check_cell(cell)) is not None}
        names = {asks.exercise for asks in self._checks.values()}
        exercises = {x: exercise_for(self, x, resources["nbgrader"], resources.get(EXERCISES)) for x in names}
        self._sandbox = choose(self.sandbox, trust=self.trust_submissions)
        (self.log.info if self._sandbox.confines else self.log.warning)("%s", self._sandbox.describe())
        with scratch_copy(resources["metadata"]["path"]) as folder, Handover(challenge_beside(folder)) as self._handover:
            # drawn now, when the student's code is fixed
            seed = resources.get(SEED) or secrets.randbits(48)
            self._folder = folder
            self.begin_outputs(Run(seed, folder.parent, exercises))
            self._stopped: Message | None = None
            self._flooded = self._last = False
            self._deadline = monotonic() + self.notebook_timeout
            options = launch_options(folder, self._handover.path)
            with self._kernel(options):
                for index, cell in enumerate(nb.cells):
                    if cell.cell_type == "code":
                        self._run_cell(cell, index)
        resources[RAN] = self._run
        return nb, resources

    @contextmanager
    def _kernel(self, options: Mapping[str, Any]) -> Iterator[None]:
        """Forked from the warm process where there is one that will do, or started."""
        policy, warm = self._policy(), self.resources.get(WARM)
        forked = warm is not None and self._sandbox.kind == "namespaces" and self.kernel_name in OURS
        if forked and knows_all_of(self):
            with WarmKernel(warm, replace(policy, sockets=None, modules=()), options["env"]) as kernel:  # it has loaded them
                kernel.wait_until_ready()
                self._running = self._forked = kernel
                yield
            return
        self._forked = None
        self.km = self.create_kernel_manager()
        self.km.sandbox, self.km.policy = self._sandbox, policy
        self.km.connection_file = str(sockets_beside(self._folder) / "kernel.json")
        with self.setup_kernel(**options), growing_at_most(_MOST_WAITING, self._end_flood):
            self._running = self.km.provisioner
            yield

    def _policy(self) -> Policy:
        limits = Limits(
            memory_bytes=self.memory_limit, disk_bytes=self.disk_limit,
            cpu_seconds=self.notebook_timeout + _MORE_PROCESSOR, cell_cpu_seconds=self._cell_seconds() + _MORE_PROCESSOR,
        )  # fmt: skip
        # the course, where nbgrader works, in case that it lies within what can be read
        hidden = self.resources.get(HIDDEN) or [os.getcwd()]
        return kernel_policy(self._folder, limits=limits, readable=self.readable_folders, hidden=hidden)

    def _run_cell(self, cell: Any, index: int) -> None:
        if self._stopped is None and monotonic() >= self._deadline:
            self._stop(cell, index, self._notebook_too_long())
        if self._stopped is not None:
            self._note(cell, self._stopped)
            return
        asks = self._checks.get(cell.id)
        try:
            self._running.begin_cell()
            if asks is None:
                self._execute(cell, index)
            else:
                with self._handover.given(self._run.challenge(cell, asks)):
                    self._run.sent[cell.id].odd, self._stray = self._stray, None
                    self._execute(cell, index)
        except ServerLost:
            raise
        except DeadKernelError:
            self._stop(cell, index, self._death(index + 1))
        except CellTimeoutError:
            self._stop(cell, index, Message("Cell {number} did not end and could not be interrupted.", number=index + 1))
        except Exception:  # a kernel can answer with anything, and nbclient was written for honest ones
            self.log.exception("cell %d of %s", index + 1, self.resources["nbgrader"])
            self._stop(cell, index, Message("The Python process answered nonsense in cell {number}.", number=index + 1))

    def _execute(self, cell: Any, index: int) -> None:
        if self._forked is None:
            self.execute_cell(cell, index, store_history=True)
            return
        try:
            run_cell(self, self._forked, cell, index)
        finally:
            if self._forked.begun is not None:
                cell.execution_count = self._forked.begun

    def _end_flood(self) -> None:
        self._flooded = True
        self._running.end()

    def _death(self, number: int) -> Message:
        if self._flooded:
            return Message("The Python process sent more in cell {number} than can be kept, and was ended.", number=number)
        ended_with = self._running.ended_with
        if ended_with == TOO_MUCH_MEMORY:
            most = self.memory_limit >> 20
            return Message("The Python process took more than {most} MB of memory in cell {number}.", most=most, number=number)
        if ended_with == TOO_MUCH_PROCESSOR:
            return Message(
                "The Python process, with all that it had started, used the processor for too long in cell {number}.",
                number=number,
            )
        return Message("The Python process ended in cell {number}.", number=number)

    def _stop(self, cell: Any, index: int, reason: Message) -> None:
        self._stopped = reason
        add_notice(self.nb, name_of(cell, index), reason)
        self._note(cell, reason)

    def _note(self, cell: Any, reason: Message) -> None:
        self._run.unfinished[cell.id] = reason
        if cell.execution_count is None:
            cell.outputs = []
        cell.outputs.append(new_output("error", ename="NotExecuted", evalue=str(reason), traceback=[str(reason)]))

    def on_cell_executed(self, **event: Any) -> None:
        cell, index, content = event["cell"], event["cell_index"], event["execute_reply"]["content"]
        if isinstance(content, TooLong):
            content = {"status": "error", "ename": "Error", "evalue": "", "traceback": []}
            self._note_too_long(cell, index)
        if not is_sound({"msg_type": "execute_reply", "content": content}):
            raise ValueError("an answer that is none")
        content = writable(content)
        adds = content["status"] == "error" and not self._shows(cell, content)
        if adds and not self._has_room(size_of(content), cell, index):
            content.update(ename=content["ename"][:100], evalue="", traceback=[])
        event["execute_reply"]["content"] = content  # which nbclient looks at afterwards
        super().on_cell_executed(**event)
        if content.get("ename") == "CellTimeoutError":
            reason = Message("The cell did not end within {seconds} s and was interrupted.", seconds=self.timeout)
            if self._last:
                reason = self._notebook_too_long()
            add_notice(self.nb, name_of(cell, index), reason)
            self._run.unfinished[cell.id] = reason

    @staticmethod
    def _shows(cell: Any, error: Any) -> bool:
        """Whether the outputs tell of the error already; otherwise nbgrader adds it to them."""
        return any(x.output_type == "error" and x.ename == error["ename"] for x in cell.outputs)

    async def _async_check_alive(self) -> None:
        closed = self.kc is None
        if closed:  # nbclient asks once more after a message that it could not read, when all is closed
            raise asyncio.CancelledError
        await super()._async_check_alive()

    def _seconds_left(self, _: Any) -> int:
        left: int = max(1, ceil(self._deadline - monotonic()))
        self._last = left < self._cell_seconds()  # the notebook's time ends before the cell's
        return min(self._cell_seconds(), left)

    def _notebook_too_long(self) -> Message:
        return Message("The notebook took longer than {seconds} s.", seconds=self.notebook_timeout)

    def _cell_seconds(self) -> int:
        return int(self.timeout) if self.timeout and self.timeout > 0 else int(self.notebook_timeout)
