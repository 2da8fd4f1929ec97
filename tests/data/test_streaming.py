"""Rows read from a file in blocks are those that are held in memory, in whatever order they are asked for."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from zoo.core.architecture import InputSpec
from zoo.core.batch_order import shuffled
from zoo.core.random import RandomStream
from zoo.data import Dataset, Encoded, Preprocessing, open_dataset, split
from zoo.data.readers import blocks
from zoo.errors import DataError

random = np.random.default_rng(5)
ROWS, WIDTH = 5000, 30
X = (random.standard_normal((ROWS, WIDTH)) * np.arange(1, WIDTH + 1) + 4).astype(np.float32)
Y = random.integers(0, 4, ROWS)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The same rows in files, read in blocks of some hundred."""
    monkeypatch.setattr(blocks, "BLOCK", 40_000)
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["x"], file["y"] = X, Y
    with h5py.File(tmp_path / "packed.h5", "w") as file:
        file.create_dataset("x_train", data=X[:4000], chunks=(64, WIDTH), compression="gzip")
        file.create_dataset("x_test", data=X[4000:], chunks=(64, WIDTH))
        file["y_train"], file["y_test"] = Y[:4000], Y[4000:]
    np.save(tmp_path / "x.npy", X)
    return [tmp_path / "plain.h5", tmp_path / "packed.h5", tmp_path / "x.npy"]


def both(path: Path) -> tuple[Dataset, Dataset]:
    streamed, held = open_dataset(path, in_memory=0), open_dataset(path)
    assert streamed.block is not None and held.block is None
    return streamed, held


def test_streamed_rows_are_the_rows(paths: list[Path]) -> None:
    for path in paths:
        streamed, held = both(path)
        for dataset in (streamed, held):
            np.testing.assert_array_equal(dataset.inputs.read(123, 1456), X[123:1456])
            numbers = random.integers(0, ROWS, 300)
            np.testing.assert_array_equal(dataset.inputs.take(numbers), X[numbers])


def test_fitted_and_encoded_as_in_memory(paths: list[Path]) -> None:
    for path in paths:
        streamed, held = both(path)
        parts = split(held, 1, validation=0.2)
        fits = [Preprocessing.fit(dataset, parts.train, InputSpec()) for dataset in (streamed, held)]
        for name, array in fits[0].arrays().items():
            np.testing.assert_allclose(array, fits[1].arrays()[name], rtol=1e-12)
        for part in (parts.train, parts.validation, parts.test):
            one, other = (Encoded(dataset, part, fits[1]) for dataset in (streamed, held))
            order = shuffled(one, 128, RandomStream(0))
            assert sorted(np.concatenate([numbers for numbers, _ in order])) == list(range(len(part)))
            for numbers, lanes in order:
                a, b = one.rows(numbers, lanes), other.rows(numbers, lanes)
                np.testing.assert_array_equal(a.inputs, b.inputs)
                if a.targets is not None and b.targets is not None:
                    np.testing.assert_array_equal(a.targets, b.targets)


def test_an_epoch_reads_each_block_about_once(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    streamed, _ = both(paths[0])
    samples = Encoded(streamed, None, Preprocessing.fit(streamed, np.arange(ROWS), InputSpec()))
    read: list[int] = []
    original = type(streamed.inputs).read

    def counted(self: Any, start: int, stop: int) -> Any:
        read.append(stop - start)
        return original(self, start, stop)

    monkeypatch.setattr(type(streamed.inputs), "read", counted)
    for numbers, lanes in shuffled(samples, 64, RandomStream(2)):
        samples.rows(numbers, lanes)
    assert ROWS <= sum(read) <= 1.2 * ROWS


def test_threads_get_the_same_rows(paths: list[Path]) -> None:
    streamed, _ = both(paths[1])
    samples = Encoded(streamed, None, Preprocessing.fit(streamed, np.arange(ROWS), InputSpec("raw")))
    wrong = []

    def ask(seed: int) -> None:
        for numbers in np.random.default_rng(seed).integers(0, ROWS, (15, 50)):
            if not np.array_equal(samples.rows(numbers).inputs, X[numbers]):
                wrong.append(seed)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_part_of_a_stream_takes_the_memory_of_its_window(tmp_path: Path) -> None:
    path = tmp_path / "large.npy"
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (100_000, 256))  # 100 MB, most of it never written
    rows[::1000] = 1
    rows.flush()
    del rows
    dataset = open_dataset(path, in_memory=16).replace(window=2)
    tracemalloc.start()
    parts = split(dataset, 0, test=0.5)
    samples = Encoded(dataset, parts.train, Preprocessing.fit(dataset, parts.train, InputSpec("unit")))
    for numbers, lanes in list(shuffled(samples, 256, RandomStream(0)))[::10]:
        samples.rows(numbers, lanes)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Four blocks of 8 MiB, one more being gathered, another read; not the 100 MB of the file.
    assert most < 64 * 2**20


def test_a_sampled_digest_knows_another_file(paths: list[Path]) -> None:
    streamed, held = both(paths[2])
    assert streamed.digest.startswith("sha256-sampled:") and held.digest.startswith("sha256:")
    assert open_dataset(paths[2], in_memory=0).digest == streamed.digest
    np.save(paths[2], X[::-1])
    assert open_dataset(paths[2], in_memory=0).digest != streamed.digest


def test_a_number_that_is_none_is_named_where_it_is_met(paths: list[Path]) -> None:
    holes = X.copy()
    holes[4321, 7] = np.nan
    np.save(paths[2], holes)
    dataset = open_dataset(paths[2], in_memory=0)
    with pytest.raises(DataError, match="column 'column 8', row 4322 is missing"):
        Preprocessing.fit(dataset, np.arange(ROWS), InputSpec())
    samples = Encoded(dataset, np.arange(3000, ROWS), Preprocessing.fit(dataset, np.arange(3000), InputSpec()))
    first = samples.rows(np.arange(50)).inputs
    assert np.isfinite(first).all()
    with pytest.raises(DataError, match="column 'column 8', row 4322 is missing"):
        samples.rows(np.arange(1300, 1350))


def test_a_file_cut_short_while_it_is_read_is_named(paths: list[Path]) -> None:
    dataset = open_dataset(paths[2], in_memory=0)
    with paths[2].open("r+b") as file:
        file.truncate(200_000)
    with pytest.raises(DataError, match="was cut short while it was read"):
        dataset.inputs.read(0, ROWS)
