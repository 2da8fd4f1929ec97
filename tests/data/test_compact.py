"""Compact tables read as the float64 tables they were made from, to the bit, in a fraction of the memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zoo.data import compact, splits
from zoo.data.compact import CompactBuilder, CompactTable, column_of, columns_of, numbered
from zoo.data.open import open_dataset
from zoo.data.written import Packed, Written, WrittenCells
from zoo.types import Array

ODD = (0.0, -0.0, np.nan, np.inf, -1.0, 0.5, 255, 256, 2049, -32768, 65504, 0.1, 2**24 + 1, 2**31, 1e300, 5e-324)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "SMALL", 0)
    monkeypatch.setattr(compact, "BLOCK_CELLS", 64)


def table(kind: str) -> Array:
    random = np.random.default_rng(0)
    cells = random.integers(0, 10, (500, 7)).astype(np.float64)
    cells[:, 3] += 0.1
    if kind == "odd":
        cells[random.random(cells.shape) < 0.02] = random.choice(ODD)
        cells[np.arange(len(ODD)) * 31, np.arange(len(ODD)) % 7] = ODD
    if kind == "widening":  # from digits to what takes eight bytes, block by block
        cells[::40, :] = 0.1 * np.arange(len(cells[::40]))[:, None]
    return cells


def built(cells: Array, pieces: int = 30) -> CompactTable:
    builder = CompactBuilder(cells.shape[1])
    for start in range(0, len(cells), pieces):
        builder.add(cells[start : start + pieces].copy())
    found = builder.finish()
    assert isinstance(found, CompactTable)
    return found


def same(first: Array, second: Array) -> bool:
    return first.shape == second.shape and first.tobytes() == np.ascontiguousarray(second).tobytes()


@pytest.mark.parametrize("wider", [0, 2, 100])  # so many runs as there are, or one
@pytest.mark.parametrize("kind", ["digits", "odd", "widening"])
def test_rows_read_with_the_bits_they_had(kind: str, wider: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "WIDER", wider)
    cells, random = table(kind), np.random.default_rng(1)
    made = built(cells)
    assert made.shape == cells.shape and made.dtype == np.float64
    assert same(made[:], cells) and same(made.read(17, 333), cells[17:333]) and same(made[400:20:-3], cells[400:20:-3])
    numbers = random.permutation(500)[:77].astype(np.int32)
    assert same(made.take(numbers), cells[numbers])
    assert same(made[numbers.reshape(7, 11)], cells[numbers.reshape(7, 11)])
    assert same(made.reordered(numbers)[:], cells[numbers])
    some = columns_of(made, [5, 3, 0])
    assert same(some[:], cells[:, [5, 3, 0]])
    assert all(same(column_of(made, n).astype(np.float64), cells[:, n]) for n in range(7))
    assert made.read(9, 9).shape == (0, 7) and made.take(numbers[:0]).shape == (0, 7)


@pytest.mark.parametrize("table", [[4, 3, 2, 1, 0, np.nan], [1000, 999, 998, 997, 996, -1]])  # which need other types
def test_cells_are_recoded_at_last(table: list[float]) -> None:
    builder, cells = CompactBuilder(2, split=1), np.arange(600.0).reshape(300, 2) % 5
    cells[::7, 1] = np.nan
    builder.add(cells.copy())
    found = builder.finish({1: np.array(table, np.float64)})
    cells[:, 1] = np.array(table)[np.where(np.isnan(cells[:, 1]), 5, cells[:, 1]).astype(int)]
    assert same(found[:], cells)


@pytest.mark.parametrize("expected", [0, 10, 2000])
def test_columns_behind_the_split_are_taken_without_a_copy(expected: int) -> None:
    cells = np.random.default_rng(0).random((1000, 5))
    builder = CompactBuilder(5, split=3, expected=expected)
    for start in range(0, 1000, 30):
        builder.add(cells[start : start + 30])
    found = builder.finish()
    assert isinstance(found, CompactTable) and same(found[:], cells)
    inputs = columns_of(found, range(3))
    assert isinstance(inputs, CompactTable) and np.shares_memory(inputs.runs[0][0][1], found.runs[0][0][1])
    assert np.shares_memory(inputs.read(0, 1000), found.runs[0][0][1])  # as they are read
    assert len(inputs.runs[0][0][1]) == 1000


def test_digits_take_a_byte_each_and_few_wide_cells_widen_few_rows() -> None:
    cells = np.ones((1000, 8))
    assert sum(values.nbytes for run in built(cells).runs for _, values in run) == 8000
    cells[500] = 0.1
    taken = sum(values.nbytes for run in built(cells).runs for _, values in run)
    assert taken < 12_000  # and not 64,000


def test_numbered_is_unique_with_its_inverse() -> None:
    values = np.random.default_rng(0).integers(-9, 400, 5000).astype(np.float32)
    found, places = numbered(values)
    expected, inverse = np.unique(values, return_inverse=True)
    assert (found == expected).all() and (places == inverse).all() and places.dtype == np.uint16


@pytest.mark.parametrize("options", [{}, {"task": "regression"}, {"window": 5}, {"sequence": "c"}, {"target": "d"}])
def test_a_large_table_is_the_dataset_that_a_small_one_is(
    options: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same file: the same digest, parts and batches, whichever way it is held."""
    random = np.random.default_rng(0)
    rows = [f"{k % 7},{k / 10},{k // 6},{'xyz'[k % 3]},{random.integers(0, 3)}" for k in range(600)]
    path = tmp_path / "t.csv"
    path.write_text("a,b,c,d,e\n" + "\n".join(rows))
    large = open_dataset(path, **options)
    monkeypatch.setattr(compact, "SMALL", 2**25)
    monkeypatch.setattr(compact, "BLOCK_CELLS", 2**20)
    small = open_dataset(path, **options)
    assert large.digest == small.digest and large.labels == small.labels and large.notes == small.notes
    monkeypatch.setattr(splits, "BLOCK", 7)
    parts = splits.split(large, 3, validation=0.1)
    monkeypatch.setattr(splits, "BLOCK", 2**20)
    expected = splits.split(small, 3, validation=0.1)
    for part in ("train", "validation", "test"):
        assert (getattr(parts, part) == getattr(expected, part)).all()
    numbers = parts.train[::-5]
    assert same(large.inputs.take(numbers), small.inputs.take(numbers))
    assert large.targets is None or same(large.targets.take(numbers), small.targets.take(numbers))  # type: ignore[union-attr]


def test_texts_that_differ_in_every_row_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.data.written.MANY", 50)
    cells = [f" day {n} ü " if n % 7 else "day 0" for n in range(400)]
    found = WrittenCells()
    for start in range(0, 400, 33):
        found.add(cells[start : start + 33])
    written = found.written()
    assert isinstance(written.texts, Packed) and list(written.cells()) == [cell.strip() for cell in cells]
    rows = np.array([399, 3, 77])
    assert written.cells(rows)[1:] == [cells[3].strip(), cells[77].strip()] and not written.all_differ
    assert Written.of_cells([f"{n}" for n in range(400)]).all_differ and written.texts[-1] == cells[-1].strip()
