"""Runs a submission's cells. Whatever they do costs that notebook its remaining answers at most; nothing is raised for it."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import from_dict
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Bool, Enum, Integer, List, Unicode

from sig_checker.evidence import MIME, Challenge
from sig_checker.exercise import Exercise
from sig_checker.grading.check_cells import CheckCell, check_cell
from sig_checker.grading.collect import Sent
from sig_checker.grading.exercises import EXERCISES, exercise_for
from sig_checker.grading.handover import Handover
from sig_checker.grading.kernel import (
    OURS,
    SubmissionKernel,
    challenge_beside,
    kernel_policy,
    launch_options,
    scratch_copy,
    sockets_beside,
)
from sig_checker.grading.messages import TooLong, is_sound, known_metadata, size_of
from sig_checker.grading.notices import KEY, add_notice
from sig_checker.grading.own_memory import growing_at_most
from sig_checker.grading.sandbox import KINDS, TOO_MUCH_MEMORY, TOO_MUCH_PROCESSOR, Limits, choose
from sig_checker.grading.submissions import writable
from sig_checker.grading.warm.client import WarmKernel
from sig_checker.verdicts import Message

__all__ = ["HIDDEN", "RAN", "SEED", "WARM", "ExecuteSubmission"]

_SHOWN = ("stream", "display_data", "execute_result", "error", "update_display_data")
_FIELDS = {
    "stream": ("name", "text"), "display_data": ("data", "metadata"), "error": ("ename", "evalue", "traceback"),
    "execute_result": ("data", "metadata", "execution_count"),
}  # fmt: skip
_LEAST = 100  # characters that any output takes in a notebook
_LONGEST_EVIDENCE = 1_200_000  # characters, which no honest answer exceeds
_MOST_WAITING = 320 << 20  # bytes by which the grader may grow for what a kernel has sent
_MORE_PROCESSOR = 10  # seconds beyond those on the clock, so that a single thread is interrupted, not ended

# in the resources
RAN = "sig_checker_run"  # the `Run` of this notebook
WARM = "sig_checker_warm"  # the path of a warm process to fork the kernel from; None or nothing where there is none
SEED = "sig_checker_seed"  # of the points at which functions are called; by default one for each notebook
HIDDEN = "sig_checker_hidden"  # folders that must not be seen by the code; by default the current one


class Run:
    """What the later steps must know of an execution.

    Attributes:
        seed: of the points at which functions were called.
        scratch: the folder in which it ran, for the scrubbing of paths.
        issued: nonce -> grade id of the check cell that was handed it.
        sent: cell id -> what the check cell sent.
        unfinished: cell id -> why the cell has not run to its end.
    """

    def __init__(self, seed: int, scratch: Path, exercises: Mapping[str, Exercise]) -> None:
        self.seed = seed
        self._exercises = exercises
        self.scratch = scratch
        self.issued: dict[str, str] = {}
        self.sent: dict[str, Sent] = {}
        self.unfinished: dict[str, Message] = {}

    def challenge(self, cell: Any, asks: CheckCell) -> Challenge:
        """A new challenge for the cell, which starts now."""
        exercise = self._exercises[asks.exercise]
        task = exercise.task(asks.task)
        nonce = secrets.token_hex(16)
        challenge = Challenge(nonce, self.seed, asks.exercise, asks.task, task.name, exercise.parameters(task))
        self.issued[nonce] = str(cell.metadata["nbgrader"]["grade_id"])
        self.sent[cell.id] = Sent(challenge)
        return challenge


class ExecuteSubmission(Execute):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's Execute, confined: in a sandbox, with limits of time and output; a dead or hung kernel is an event, not an
    error. ConfigError where there is no sandbox."""

    sandbox = Enum(["auto", *KINDS], "auto", help="How students' code is confined; auto takes what works.").tag(config=True)
    trust_submissions = Bool(False, help="Run students' code unconfined where it cannot be confined.").tag(config=True)
    readable_folders = List(Unicode(), help="Folders that students' code may read, besides the environment.").tag(config=True)
    memory_limit = Integer(2 << 30, help="Bytes of memory that a notebook's processes may hold together.").tag(config=True)
    disk_limit = Integer(256 << 20, help="Bytes that a notebook may write.").tag(config=True)

    notebook_timeout = Integer(180, help="Seconds that all cells of a notebook may take together.").tag(config=True)
    output_limit = Integer(2_000_000, help="Characters of output that are kept of a cell.").tag(config=True)
    notebook_output_limit = Integer(10_000_000, help="Characters of output that are kept of a notebook.").tag(config=True)
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
        self._written: dict[int, int] = {}
        self._written_by_all = 0
        self._noted: set[tuple[str, Message]] = set()
        self._checks = {cell.id: asks for cell in nb.cells if (asks := check_cell(cell)) is not None}
        names = {asks.exercise for asks in self._checks.values()}
        exercises = {x: exercise_for(self, x, resources["nbgrader"], resources.get(EXERCISES)) for x in names}
        self._sandbox = choose(self.sandbox, trust=self.trust_submissions)
        (self.log.info if self._sandbox.confines else self.log.warning)("%s", self._sandbox.describe())
        with scratch_copy(resources["metadata"]["path"]) as folder, Handover(challenge_beside(folder)) as self._handover:
            # drawn now, when the student's code is fixed
            seed = resources.get(SEED) or secrets.randbits(48)
            self._run, self._folder = Run(seed, folder.parent, exercises), folder
            self._stopped: Message | None = None
            self._stray: Message | None = None
            self._flooded = self._last = False
            self._deadline = monotonic() + self.notebook_timeout
            options = launch_options(folder, self._handover.path)
            with self.setup_kernel(**options), growing_at_most(_MOST_WAITING, self._end_flood):
                for index, cell in enumerate(nb.cells):
                    if cell.cell_type == "code":
                        self._run_cell(cell, index)
        resources[RAN] = self._run
        return nb, resources

    def create_kernel_manager(self) -> Any:
        limits = Limits(
            memory_bytes=self.memory_limit, disk_bytes=self.disk_limit,
            cpu_seconds=self.notebook_timeout + _MORE_PROCESSOR, cell_cpu_seconds=self._cell_seconds() + _MORE_PROCESSOR,
        )  # fmt: skip
        # the course, where nbgrader works, in case that it lies within what can be read
        hidden = self.resources.get(HIDDEN) or [os.getcwd()]
        policy = kernel_policy(self._folder, limits=limits, readable=self.readable_folders, hidden=hidden)
        warm = self.resources.get(WARM)
        if warm is not None and self._sandbox.kind == "namespaces" and self.kernel_name in OURS:
            return WarmKernel(warm, replace(policy, sockets=None, modules=()))  # it has loaded them
        manager = super().create_kernel_manager()
        manager.sandbox, manager.policy = self._sandbox, policy
        manager.connection_file = str(sockets_beside(self._folder) / "kernel.json")
        return manager

    def _run_cell(self, cell: Any, index: int) -> None:
        if self._stopped is None and monotonic() >= self._deadline:
            self._stop(cell, index, self._notebook_too_long())
        if self._stopped is not None:
            self._note(cell, self._stopped)
            return
        asks = self._checks.get(cell.id)
        try:
            self.km.provisioner.begin_cell()
            if asks is None:
                self.execute_cell(cell, index, store_history=True)
            else:
                with self._handover.given(self._run.challenge(cell, asks)):
                    self._run.sent[cell.id].odd, self._stray = self._stray, None
                    self.execute_cell(cell, index, store_history=True)
        except DeadKernelError:
            self._stop(cell, index, self._death(index + 1))
        except CellTimeoutError:
            self._stop(cell, index, Message("Cell {number} did not end and could not be interrupted.", number=index + 1))
        except Exception:  # a kernel can answer with anything, and nbclient was written for honest ones
            self.log.exception("cell %d of %s", index + 1, self.resources["nbgrader"])
            self._stop(cell, index, Message("The Python process answered nonsense in cell {number}.", number=index + 1))

    def _end_flood(self) -> None:
        self._flooded = True
        if self.km.provisioner is not None:
            self.km.provisioner.end()

    def _death(self, number: int) -> Message:
        if self._flooded:
            return Message("The Python process sent more in cell {number} than can be kept, and was ended.", number=number)
        ended_with = getattr(self.km.provisioner, "ended_with", None)
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
        add_notice(self.nb, _name(cell, index), reason)
        self._note(cell, reason)

    def _note(self, cell: Any, reason: Message) -> None:
        self._run.unfinished[cell.id] = reason
        if cell.execution_count is None:
            cell.outputs = []
        cell.outputs.append(new_output("error", ename="NotExecuted", evalue=str(reason), traceback=[str(reason)]))

    def on_cell_executed(self, **event: Any) -> None:
        super().on_cell_executed(**event)
        cell, index = event["cell"], event["cell_index"]
        if event["execute_reply"]["content"].get("ename") == "CellTimeoutError":
            reason = Message("The cell did not end within {seconds} s and was interrupted.", seconds=self.timeout)
            if self._last:
                reason = self._notebook_too_long()
            add_notice(self.nb, _name(cell, index), reason)
            self._run.unfinished[cell.id] = reason

    async def _async_check_alive(self) -> None:
        closed = self.kc is None
        if closed:  # nbclient asks once more after a message that it could not read, when all is closed
            raise asyncio.CancelledError
        await super()._async_check_alive()

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Keep what a check cell hands in as it comes, before anything can clear or replace it among the outputs."""
        content = msg["content"]
        if isinstance(content, TooLong):
            self._note_too_long(cell, cell_index)
            return None
        sent = self._run.sent.get(cell.id)
        if not is_sound(msg):
            self._note_odd(cell, cell_index, Message("The cell sent messages that are none; they were left out."))
            return None
        if msg["msg_type"].startswith("comm_"):  # widgets have nobody to speak to
            return None
        data = content.get("data")
        if isinstance(data, dict) and MIME in data:
            record = data.pop(MIME)
            record = writable(record) if size_of(record) <= _LONGEST_EVIDENCE else None
            if sent is not None:
                sent.evidence.append(record if len(sent.evidence) < 2 else None)  # more are only counted
            else:
                message = Message("The cell, which checks nothing, sent what only a check cell sends; it was left aside.")
                self._note_odd(cell, cell_index, message)
        if size_of(content) > self.output_limit:  # before anything is made of it
            self._note_too_long(cell, cell_index)
            return None
        content = msg["content"] = writable(content)
        if sent is not None and msg["msg_type"] == "execute_result" and len(sent.results) < 8:
            sent.results.append(str(content["data"].get("text/plain", "")))
        if msg["msg_type"] in _SHOWN:
            if "metadata" in content:
                content["metadata"] = from_dict(known_metadata(content["metadata"]))
            if not self._has_room((_LEAST + size_of(content)) * self._places(content), cell, cell_index):
                return None
        return super().process_message(msg, cell, cell_index)

    def output(self, outs: list[Any], msg: Any, display_id: str | None, cell_index: int) -> Any:
        """As nbclient's, which holds each output to the notebook format, as `is_sound` has done in less time."""
        fields = _FIELDS.get(msg["msg_type"])
        if fields is None or display_id or self.clear_before_next_output:
            return super().output(outs, msg, display_id, cell_index)
        outs.append(from_dict({"output_type": msg["msg_type"], **{name: msg["content"][name] for name in fields}}))
        return outs[-1]

    def _places(self, content: Any) -> int:
        """How many outputs take these data: all that were shown under the same name before do, too."""
        name = (content.get("transient") or {}).get("display_id")
        return 1 + sum(map(len, self._display_id_map.get(name, {}).values()))

    def _has_room(self, size: int, cell: Any, index: int) -> bool:
        """Count an output, whether it is new or takes another's place; whether it can be kept."""
        self._written[index] = self._written.get(index, 0) + size
        if self._written[index] <= self.output_limit and self._written_by_all + size <= self.notebook_output_limit:
            self._written_by_all += size
            return True
        self._note_too_long(cell, index)
        return False

    def _note_too_long(self, cell: Any, index: int) -> None:
        notice = Message("The cell wrote more than {limit} characters; the rest is left out.", limit=self.output_limit)
        self._note_once(cell, index, notice)

    def _note_odd(self, cell: Any, index: int, message: Message) -> None:
        """A cell without points cannot be listed for a person; the next check cell is, in its place."""
        sent = self._run.sent.get(cell.id)
        if sent is not None:
            sent.odd = message
        else:
            self._note_once(cell, index, message, suspected=True)
            self._stray = Message("A cell before this one, {cell}, has done what is no accident.", cell=_name(cell, index))

    def _note_once(self, cell: Any, index: int, message: Message, *, suspected: bool = False) -> None:
        if (cell.id, message) not in self._noted:
            self._noted.add((cell.id, message))
            add_notice(self.nb, _name(cell, index), message, suspected=suspected)

    def _seconds_left(self, _: Any) -> int:
        left: int = max(1, ceil(self._deadline - monotonic()))
        self._last = left < self._cell_seconds()  # the notebook's time ends before the cell's
        return min(self._cell_seconds(), left)

    def _notebook_too_long(self) -> Message:
        return Message("The notebook took longer than {seconds} s.", seconds=self.notebook_timeout)

    def _cell_seconds(self) -> int:
        return int(self.timeout) if self.timeout and self.timeout > 0 else int(self.notebook_timeout)


def _name(cell: Any, index: int) -> str:
    """The cell's grade id, or its position as people count it."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or index + 1)
