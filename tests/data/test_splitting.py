"""Splits: every row in one part, drawn from the seed alone, class by class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.data import Dataset, open_dataset, split
from zoo.data.dataset import InMemory
from zoo.errors import DataError, ZooWarning


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
    assert parts.describe("test") == "all 4 rows, all of them trained on"


def test_shares_out_of_range_are_refused() -> None:
    for test, validation in ((1.0, 0.0), (-0.1, 0.0), (0.0, 1.5)):
        with pytest.raises(DataError, match="expected a share from 0 to below 1"):
            split(of_classes([0, 1]), 0, test, validation)


def test_rows_that_alone_have_a_category_are_counted(tmp_path: Path) -> None:
    """They cannot be held out, since nothing would be known of their category; the part is called as large as it is."""
    random = np.random.default_rng(0)
    rows = "".join(f"{random.random():.3f},n{n if n % 2 else 0},{random.random():.3f}\n" for n in range(100))
    (tmp_path / "t.csv").write_text("x,name,y\n" + rows)
    data = open_dataset(tmp_path / "t.csv", use="name")
    parts = split(data, 0, test=0.4)
    shown = parts.describe("test")
    assert len(parts.test) < 40 and f"held out, {len(parts.test)} % of the rows, at random" in shown
    assert f"{40 - len(parts.test)} rows stay for training, alone in having a category" in shown
    (tmp_path / "u.csv").write_text("x,name,y\n" + "".join(f"{n / 7:.3f},n{n},{n}\n" for n in range(40)))
    with pytest.warns(ZooWarning, match="nothing is held out to test on: 8 rows stay for training.*--ignore"):
        assert not len(
            split(open_dataset(tmp_path / "u.csv", use="name", target="y", task="regression"), 0, test=0.2).test
        )


def test_a_row_that_cannot_be_encoded_is_found_before_training(tmp_path: Path) -> None:
    rows = [f"{n},{'Rom' if n == 38 else 'Wien' if n % 2 else 'Prag'},{n % 5}" for n in range(40)]
    (tmp_path / "t.csv").write_text("x,city,y\n" + "\n".join(rows) + "\n")
    events: list[object] = []
    with pytest.raises(DataError, match=r"column 'city', row 39 .*'Rom'"):
        zoo.train("mlp", tmp_path / "t.csv", held_out="last", task="regression", epochs=3, listen=events.append)
    assert not events
