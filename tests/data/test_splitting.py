"""Splits: every row in one part, drawn from the seed alone, class by class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.data import Dataset, open_dataset, split
from zoo.data.dataset import InMemory
from zoo.errors import DataError


def of_classes(numbers: list[int], **others: object) -> Dataset:
    inputs = InMemory(np.arange(len(numbers), dtype=np.float64).reshape(-1, 1))
    labels = tuple(str(label) for label in range(max(numbers) + 1))
    return Dataset("some", "classification", inputs, InMemory(np.array(numbers)), labels, **others)  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(
    numbers=st.lists(st.integers(0, 4), min_size=4, max_size=80),
    seed=st.integers(0, 2**40),
    test=st.floats(0, 0.6),
    validation=st.floats(0, 0.6),
)
def test_every_row_is_in_one_part_and_every_class_is_trained_on(
    numbers: list[int], seed: int, test: float, validation: float
) -> None:
    dataset = of_classes(numbers)
    parts = split(dataset, seed, test, validation)
    everything = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(everything) == list(range(len(numbers)))
    classes = np.array(numbers)
    assert set(classes[parts.train]) == set(numbers)
    for part in (parts.train, parts.validation, parts.test):
        assert (np.diff(part) > 0).all()
    again = split(dataset, seed, test, validation)
    np.testing.assert_array_equal(again.test, parts.test)
    np.testing.assert_array_equal(again.train, parts.train)
    # Watching a share of the training part does not change what is tested.
    np.testing.assert_array_equal(split(dataset, seed, test, 0.0).test, parts.test)


def test_each_class_gives_its_share() -> None:
    numbers = [0] * 700 + [1] * 250 + [2] * 50
    dataset = of_classes(numbers)
    parts = split(dataset, 3, test=0.2, validation=0.1)
    assert np.bincount(np.array(numbers)[parts.test]).tolist() == [140, 50, 10]
    assert np.bincount(np.array(numbers)[parts.validation]).tolist() == [56, 20, 4]
    assert not np.array_equal(parts.test, split(dataset, 4, test=0.2).test)


def test_rows_that_follow_in_time_are_held_out_last() -> None:
    dataset = of_classes([0, 1] * 10, splits="last")
    parts = split(dataset, 0, test=0.2, validation=0.25)
    assert parts.test.tolist() == [16, 17, 18, 19] and parts.validation.tolist() == [12, 13, 14, 15]


def test_a_test_part_of_its_own() -> None:
    dataset = of_classes([0, 1] * 10, own_test=6)
    parts = split(dataset, 0, test=0.5, validation=0.5)
    assert parts.test.tolist() == list(range(14, 20)) and len(parts.train) == len(parts.validation) == 7
    assert "the data's own" in parts.describe("test")


def test_a_truth_table_trains_and_tests_on_all_rows() -> None:
    parts = split(open_dataset("nand"), 0)
    assert parts.train.tolist() == parts.test.tolist() == [0, 1, 2, 3]
    assert "truth table" in parts.describe("test")


def test_shares_out_of_range_are_refused() -> None:
    for test, validation in ((1.0, 0.0), (-0.1, 0.0), (0.0, 1.5)):
        with pytest.raises(DataError, match="expected a share from 0 to below 1"):
            split(of_classes([0, 1]), 0, test, validation)
