"""A notebook's text is what nbformat writes, byte for byte."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sig_checker.grading.writing import notebook_text

ROOT = Path(__file__).parents[2]
GRADED = sorted((ROOT / "autograded").glob("*/*/*.ipynb"))

TEXT = st.text(max_size=12) | st.sampled_from(["a\r\nb\n", "\x1b[31m\x00", "σ'(z)\u2028next", "\x85", '"\\/'])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(SCALARS, lambda x: st.lists(x, max_size=3) | st.dictionaries(TEXT, x, max_size=3), max_leaves=8)
MIMES = st.sampled_from(["text/plain", "text/html", "image/svg+xml", "application/javascript", "image/png", "application/json"])
BUNDLES = st.dictionaries(MIMES, TEXT | JSON, max_size=3)
METADATA = st.dictionaries(TEXT | st.sampled_from(["trusted", "signature", "orig_nbformat"]), JSON, max_size=3)
OUTPUTS = st.one_of(
    st.fixed_dictionaries({"output_type": st.just("stream"), "name": st.just("stdout"), "text": TEXT | st.lists(TEXT)}),
    st.fixed_dictionaries({"output_type": st.just("display_data"), "data": BUNDLES, "metadata": METADATA}),
    st.fixed_dictionaries({"output_type": st.just("error"), "ename": TEXT, "evalue": TEXT, "traceback": st.lists(TEXT)}),
)
CELLS = st.one_of(
    st.fixed_dictionaries({"cell_type": st.just("code"), "source": TEXT, "metadata": METADATA, "id": TEXT,
                           "execution_count": st.none() | st.integers(), "outputs": st.lists(OUTPUTS, max_size=3)}),
    st.fixed_dictionaries({"cell_type": st.just("markdown"), "source": TEXT | st.lists(TEXT), "metadata": METADATA},
                          optional={"attachments": st.dictionaries(TEXT, BUNDLES, max_size=2)}),
)  # fmt: skip
NOTEBOOKS = st.fixed_dictionaries({
    "cells": st.lists(CELLS, max_size=4), "metadata": METADATA, "nbformat": st.just(4), "nbformat_minor": st.just(5),
})  # fmt: skip


@given(NOTEBOOKS)
def test_any_notebook(record: dict[str, Any]) -> None:
    before = copy.deepcopy(record)

    assert notebook_text(record) == nbformat.v4.writes(nbformat.from_dict(record)) + "\n"
    assert repr(record) == repr(before)


@pytest.mark.parametrize("path", GRADED, ids=lambda x: x.parts[-3] + "-" + x.stem)
def test_the_demonstration_class(path: Path) -> None:
    assert notebook_text(nbformat.read(path, 4)) == path.read_text(encoding="utf-8")


def test_what_json_does_not_have_is_refused() -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["odd"] = {1, 2}
    with pytest.raises(TypeError, match="set"):
        notebook_text(notebook)
