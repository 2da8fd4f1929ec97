"""The notebooks of the lectures run to their last cell, are stored without outputs, and draw pictures."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST = 60.0  # seconds


def test_there_is_one_for_each_lecture_and_none_is_stored_with_outputs():
    assert [path.name[0] for path in NOTEBOOKS] == list("123456")
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None, path.name


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(path, tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    book, began = nbformat.read(path, as_version=4), time.monotonic()
    client = nbclient.NotebookClient(book, timeout=4 * LONGEST, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()  # an exception of a cell comes out here
    assert time.monotonic() - began < 4 * LONGEST  # a minute on a machine that does nothing else
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 3
