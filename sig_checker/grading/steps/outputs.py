"""What a kernel sends becomes a notebook's outputs and evidence, as far as it is sound and within limits."""

from __future__ import annotations

from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import Execute
from traitlets import Integer

from sig_checker.evidence import MIME
from sig_checker.grading.notices import add_notice
from sig_checker.grading.running.messages import TooLong, is_sound, is_used, known_metadata, size_of
from sig_checker.grading.steps.run import Run
from sig_checker.grading.submissions import writable
from sig_checker.verdicts import Message

__all__ = ["KeepOutputs", "name_of"]

_FIELDS = {
    "stream": ("name", "text"), "display_data": ("data", "metadata"), "error": ("ename", "evalue", "traceback"),
    "execute_result": ("data", "metadata", "execution_count"),
}  # fmt: skip
_SHOWN = (*_FIELDS, "update_display_data")
_LEAST = 100  # characters that any output takes in a notebook
_LONGEST_EVIDENCE = 1_200_000  # characters, which no honest answer exceeds


class KeepOutputs(Execute):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's Execute with an eye on each message."""

    output_limit = Integer(2_000_000, help="Characters of output that are kept of a cell.").tag(config=True)
    notebook_output_limit = Integer(10_000_000, help="Characters of output that are kept of a notebook.").tag(config=True)

    def begin_outputs(self, run: Run) -> None:
        """Before the first cell. What is handed in goes to `run`, what is odd into the notebook's notices."""
        self._run = run
        self._written: dict[int, int] = {}
        self._written_by_all = 0
        self._noted: set[tuple[str, Message]] = set()
        self._stray: Message | None = None

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
        if not is_used(msg["msg_type"]):  # widgets, say, have nobody to speak to
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
            self._stray = Message("A cell before this one, {cell}, has done what is no accident.", cell=name_of(cell, index))

    def _note_once(self, cell: Any, index: int, message: Message, *, suspected: bool = False) -> None:
        if (cell.id, message) not in self._noted:
            self._noted.add((cell.id, message))
            add_notice(self.nb, name_of(cell, index), message, suspected=suspected)


def name_of(cell: Any, index: int) -> str:
    """The cell's grade id, or its position as people count it."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or index + 1)
