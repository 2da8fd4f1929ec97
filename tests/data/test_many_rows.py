"""Parts of data with very many rows take a bit for each row, and orders are made some blocks at a time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.core.batch_order import in_order, row_numbers, shuffled
from zoo.core.random import RandomStream
from zoo.data import chosen_rows, row_hashes, splits
from zoo.data.chosen_rows import ChosenRows, common, rank_in
from zoo.data.dataset import Column, Dataset, InMemory
from zoo.data.splits import split
from zoo.types import Array


@given(st.lists(st.booleans(), min_size=1, max_size=200), st.sampled_from([8, 16, 64]), st.data())
def test_chosen_rows_read_as_the_array_of_their_numbers(chosen: list[bool], step: int, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chosen_rows, "STEP", step)
        rows, numbers = ChosenRows.of(np.array(chosen)), np.flatnonzero(chosen)
        assert len(rows) == len(numbers) and (np.asarray(rows) == numbers).all()
        start, stop = data.draw(st.integers(-9, 210)), data.draw(st.integers(-9, 210))
        assert rows[start:stop].tolist() == numbers[start:stop].tolist()
        assert rows[stop:start:-3].tolist() == numbers[stop:start:-3].tolist()
        assert all(rank_in(rows, row) == rank_in(numbers, row) for row in range(len(chosen) + 3))
        if len(numbers):
            place = data.draw(st.integers(-len(numbers), len(numbers) - 1))
            assert rows[place] == numbers[place] and (rows[np.array([place])] == numbers[[place]]).all()
        other = ChosenRows.of(np.array(chosen)[::-1])
        assert common(rows, other) == len(np.intersect1d(numbers, np.asarray(other))) == common(numbers, other)


class Blocks(SimpleNamespace):
    """Data that are read in blocks."""

    def __len__(self) -> int:
        return int(self.count)


def order_at_once(data: Blocks, random: np.random.Generator) -> Array:
    """The order as an array: blocks in random order, shuffled within windows of them."""
    blocks = random.permutation(-(-len(data) // data.block)).tolist()
    numbers = np.concatenate([row_numbers(min((n + 1) * data.block, len(data)), n * data.block) for n in blocks])
    for start in range(0, len(numbers), data.block * data.window):
        random.shuffle(numbers[start : start + data.block * data.window])
    return numbers


@settings(max_examples=200)
@given(st.integers(1, 200), st.integers(1, 40), st.integers(1, 9), st.integers(1, 50), st.randoms())
def test_an_order_made_in_blocks_is_that_made_at_once(
    count: int, block: int, window: int, size: int, random: Any
) -> None:
    data: Any = Blocks(count=count, block=block, window=window)
    expected, batches = order_at_once(data, RandomStream(3)("order")), shuffled(data, size, RandomStream(3))
    places = [*range(len(batches)), *(random.randrange(len(batches)) for _ in range(5))]  # in order, then anywhere
    for place in places:
        numbers, lanes = batches[place]
        np.testing.assert_array_equal(numbers, expected[place * size : (place + 1) * size])
        assert len(lanes) == len(numbers)
    assert np.concatenate([numbers for numbers, _ in in_order(data, size)]).tolist() == list(range(count))


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "MANY", 100)
    monkeypatch.setattr(splits, "BLOCK", 64)
    monkeypatch.setattr(chosen_rows, "STEP", 32)


def dataset(task: str, **more: Any) -> Dataset:
    random = np.random.default_rng(0)
    targets = random.choice(3, 1000, p=[0.6, 0.395, 0.005]).astype(np.uint8)
    labels = ("a", "b", "c")
    if task == "regression":
        return Dataset(
            "d", task, random.normal(size=(1000, 2)), InMemory(random.normal(size=(1000, 1))), ("t",), **more
        )
    return Dataset("d", task, random.normal(size=(1000, 2)), InMemory(targets), labels, **more)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("more", [{}, {"own_test": 50}, {"own_validation": 70}, {"splits": "last"}], ids=str)
def test_parts_of_many_rows_are_parts(task: str, more: dict[str, Any]) -> None:
    data = dataset(task, **more)
    parts = split(data, 1, test=0.2, validation=0.1)
    assert isinstance(parts.train, ChosenRows)
    numbers = [np.asarray(part) for part in (parts.train, parts.validation, parts.test)]
    assert sorted(np.concatenate(numbers).tolist()) == list(range(1000))
    tested = more.get("own_test", 0.2 * (1000 - more.get("own_validation", 0)))
    assert abs(len(numbers[2]) - tested) <= 3
    assert all((np.diff(each) > 0).all() for each in numbers)
    if more.get("splits") == "last":
        assert numbers[0][-1] < numbers[1][0] and numbers[1][-1] < numbers[2][0]
    elif task == "classification" and not more:
        classes = np.asarray(data.targets.read(0, 1000))  # type: ignore[union-attr]
        shares = [np.bincount(classes[each], minlength=3) / np.bincount(classes) for each in numbers]
        assert (np.abs(np.array(shares[2][:2]) - 0.2) < 0.01).all() and shares[0][2] > 0
    again = split(data, 1, test=0.2, validation=0.1)
    assert (np.asarray(again.test) == numbers[2]).all()
    assert (np.asarray(split(data, 2, test=0.2, validation=0.1).train)[:50] != numbers[0][:50]).any() or more
    assert f"{len(numbers[0]):,} samples, all of them trained on" in parts.describe("train")


@pytest.mark.usefixtures("many")
def test_a_category_is_never_held_out_entirely() -> None:
    inputs = np.zeros((1000, 1))
    inputs[7::20, 0] = 1 + np.arange(50)
    columns = (Column("c", tuple(map(str, range(51)))),)
    data = Dataset("d", "unsupervised", inputs, columns=columns)
    parts = split(data, 0, test=0.5)
    assert set(inputs[np.asarray(parts.train), 0]) == set(range(51)) and "alone in having a category" in parts.how


@pytest.mark.usefixtures("many")
def test_many_rows_are_learned_the_same_in_memory_and_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import h5py

    random = np.random.default_rng(0)
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["x"] = random.normal(size=(3000, 2)).astype(np.float32)
        file["y"] = (file["x"][:].sum(axis=1) > 0).astype(np.uint8)
    models = [zoo.train("logistic", tmp_path / "d.h5", in_memory=limit, epochs=1, batch_size=3000) for limit in (0, 9)]
    first, second = (zoo.evaluate(model, tmp_path / "d.h5", in_memory=0) for model in models)
    assert first.part == second.part and first.metrics["accuracy"] > 0.5
    for name, weight in models[0].weights.items():
        np.testing.assert_allclose(weight, models[1].weights[name], rtol=1e-5, atol=1e-7)
    kept = [model.provenance.rows for model in models if model.provenance is not None]
    assert len(kept) == 2 and (kept[0] == kept[1]).all() and len(kept[0]) == 2400


def test_hashes_of_rows_are_of_inputs_and_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    from zoo.core.batch import Batch

    inputs, targets = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32), np.arange(5)
    batch = Batch(inputs, targets, np.arange(5), np.arange(5))
    for with_targets in (True, False):
        rows = [
            each.tobytes() + (target.tobytes() if with_targets else b"")
            for each, target in zip(inputs, targets, strict=True)
        ]
        expected = [hashlib.blake2b(row, digest_size=8).digest() for row in rows]
        assert list(row_hashes._of_rows(batch, with_targets)) == expected
