"""Runs a cell in a kernel from the warm process, as nbclient does in one of its own: the same is made of the same messages.

What is left out is what nbclient needs because its kernels answer through several sockets at any time: an event loop, three
tasks for a cell, and a look every second whether the kernel is alive.
"""

from __future__ import annotations

from typing import Any

from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError

from sig_checker.grading.warm.client import WarmKernel

__all__ = ["knows_all_of", "run_cell"]

_NEEDED = ("allow_errors", "error_on_timeout", "interrupt_on_timeout", "raise_on_iopub_timeout")
_UNKNOWN = (
    "coalesce_streams", "force_raise_errors", "on_cell_complete", "on_cell_error", "on_cell_execute", "on_cell_start",
    "on_notebook_complete", "on_notebook_error", "on_notebook_start", "record_timing", "store_widget_state",
)  # fmt: skip


def knows_all_of(step: NotebookClient) -> bool:
    """Whether `run_cell` does all that the step is configured to do; otherwise nbclient has to."""
    return all(getattr(step, x) for x in _NEEDED) and not any(getattr(step, x) for x in _UNKNOWN)


def run_cell(step: NotebookClient, kernel: WarmKernel, cell: Any, index: int) -> None:
    """Run it; what it has sent is in its outputs, as `step.process_message` and `step.on_cell_executed` put it there.

    Raises:
        CellTimeoutError: it has been interrupted after its time, and did not end.
        DeadKernelError, ServerLost: the kernel has ended; the warm process has.
        Exception: of whatever kind where the kernel answers nonsense.
    """
    if not cell.source.strip() or step.skip_cells_with_tag in cell.metadata.get("tags", []):
        return
    kernel.run(cell.source)
    cell.outputs = []
    step.clear_before_next_output = False
    seconds = step._get_timeout(cell)
    try:
        reply = _reply(step, kernel, cell, index, seconds)
    except TimeoutError:
        step.log.error("No reply from cell %d after %s s; it is interrupted.", index + 1, seconds)
        kernel.interrupt()
        reply = {"content": {**step.error_on_timeout, "status": "error"}}
        try:
            _reply(step, kernel, cell, index, step.iopub_timeout)
        except TimeoutError:
            what = "Timeout waiting for the interrupted cell"
            raise CellTimeoutError.error_from_timeout_and_cell(what, step.iopub_timeout, cell) from None
    step.on_cell_executed(cell=cell, cell_index=index, execute_reply=reply)


def _reply(step: NotebookClient, kernel: WarmKernel, cell: Any, index: int, seconds: float | None) -> dict[str, Any]:
    """The last message, when the others are taken."""
    for message in kernel.messages(seconds):
        if message["msg_type"] == "execute_reply":
            return message
        if message["msg_type"] != "status":  # which nobody sends but a student's code
            step.process_message(message, cell, index)
    raise ValueError("a cell that ends without a reply")
