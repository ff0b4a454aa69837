"""Takes out of the results what tells of the run and not of the answer: paths, addresses, process numbers, nonces."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from sig_checker.evidence import MIME
from sig_checker.grading.steps.run import RAN

__all__ = ["ScrubOutputs", "scrubber"]

_MOST_COLOURS = 1000  # changes of colour in an output; what shows them takes the text apart at each
_TERMINAL = re.compile(r"\x1b\[[0-9;]*m")
_OWN_FRAME = re.compile(r"^(Cell In|File copy/|File ~/copy/|-{3,}|\S+ +Traceback)")


class ScrubOutputs(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Makes the outputs of a graded notebook the same in each run, as far as the student's code allows."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        run = resources.get(RAN)
        if run is None:
            return nb, resources
        clean = scrubber(run.scratch, run.issued)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [_scrubbed(x, clean) for x in cell.outputs]
                if cell.id in run.unfinished:
                    cell.execution_count = None  # whether the number still came through is a matter of luck
        return nb, resources


def scrubber(scratch: Path, nonces: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that takes a run's traces out of a text.

    >>> scrubber(Path("/tmp/sig-checker-x1"))("<f at 0x7f12ab34> in /tmp/sig-checker-x1/copy/helper.py")
    '<f at 0x...> in copy/helper.py'
    """
    here = _places(((str(scratch), ""),))
    installed = _places(_installed())
    nonces = list(nonces)
    # from the beginning of a word, or each letter of a long one would be tried as a beginning
    cell = re.compile(r"(?<!\S)\S*ipykernel_\d+/\d+\.py")

    def clean(text: str) -> str:
        if text.count("\x1b") > _MOST_COLOURS:
            text = _TERMINAL.sub("", text).replace("\x1b", "")
        # a plain search first: most texts hold none of these, and a picture is long
        if "ipykernel_" in text:
            text = cell.sub("<cell>", text)
        for places, by in (here, installed):
            if any(x in text for x in by):
                text = places.sub(lambda found, by=by: by[found.group().rstrip("/")], text)  # type: ignore[misc]
        if "at 0x" in text:
            text = re.sub(r"\bat 0x[0-9a-fA-F]{6,16}\b", "at 0x...", text)
        for nonce in nonces:
            text = text.replace(nonce, "...")
        return text

    return clean


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    return (
        (sysconfig.get_path("purelib"), "site-packages/"), (sysconfig.get_path("stdlib"), "python/"),
        (sys.prefix, "environment/"), (sys.base_prefix, "python/"), (str(Path.home()), "~/"),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _places(folders: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds these folders, the longest first, by whichever name; and by name what is to stand for them."""
    by = {**{str(Path(x).resolve()): to for x, to in folders}, **{str(Path(x)): to for x, to in folders}}
    order = sorted(by, key=len, reverse=True)
    return re.compile("|".join(re.escape(x) + r"(?:/|\b)" for x in order if len(x) > 1)), by


def _scrubbed(output: Any, clean: Callable[[str], str]) -> Any:
    kind = output.output_type
    if kind == "stream":
        # a carriage return takes back its line; what shows it would look for one from each letter of the line
        output["text"] = clean("\n".join(x.rstrip("\r").rpartition("\r")[2] for x in output["text"].split("\n")))
    elif kind == "error":
        output["evalue"] = clean(output["evalue"])
        output["traceback"] = _own_frames([clean(x) for x in output["traceback"]])
    elif "data" in output:
        data = output["data"]
        data.pop(MIME, None)
        for mime, value in data.items():
            if isinstance(value, str) and mime.startswith("text/"):
                data[mime] = clean(value)
    return output


def _own_frames(traceback: list[str]) -> list[str]:
    """The frames in the student's own code; those inside libraries move with each release."""
    last = len(traceback) - 1
    return [x for i, x in enumerate(traceback) if i == last or _OWN_FRAME.match(_TERMINAL.sub("", x).lstrip())]
