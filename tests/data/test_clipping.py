"""Values outside their range in training are clipped, which is said once of each dataset, whatever its parts."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.core.architecture import InputSpec
from zoo.data import Encoded, Preprocessing, open_dataset
from zoo.data.dataset import Dataset
from zoo.errors import ZooWarning

UNIT = InputSpec(inputs="unit")


def table(path: Path, text: str) -> Dataset:
    path.write_text("x,colour,y,class\n" + text)
    return open_dataset(path)


def told_of(*encoded: tuple[Dataset, Preprocessing]) -> list[str]:
    """The warnings while all rows of these are encoded, half of them at a time, in two batches each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for dataset, preprocessing in encoded:
            for part in np.array_split(np.arange(len(dataset)), 2):
                samples = Encoded(dataset, part, preprocessing)
                for numbers in np.array_split(np.arange(len(part)), 2):
                    inputs = samples.rows(numbers).inputs
                    assert inputs.min() >= 0 and inputs.max() <= 1
    return [str(each.message) for each in caught]


def test_it_is_said_once_with_how_many(tmp_path: Path) -> None:
    first = table(tmp_path / "first.csv", "0,red,0,a\n1,blue,5,b\n0.5,red,2,a\n0,red,1,b\n")
    second = table(tmp_path / "second.csv", "0,red,9,a\n2,blue,-5,b\n0.5,blue,2,a\n-1,red,1,b\n")
    preprocessing = Preprocessing.fit(first, np.arange(4), UNIT)
    assert told_of((first, preprocessing)) == []
    assert told_of((second, preprocessing), (second, preprocessing)) == [
        "values outside their range in training are clipped to it: 4 in 3 of 4 rows of second"
        " (column 'x': 2 outside 0 to 1; column 'y': 2 outside 0 to 5)"
    ]
    assert len(told_of((second, Preprocessing.fit(first, np.arange(4), UNIT)))) == 1  # another model's, so another time


def test_of_rows_that_stream_the_first_are_counted(tmp_path: Path) -> None:
    paths = [tmp_path / "first.npy", tmp_path / "second.npy"]
    for path, high in zip(paths, (1.0, 3.0), strict=True):
        np.save(path, np.linspace(0, high, 400_000, dtype=np.float32).reshape(-1, 4))
    first, second = (open_dataset(path, in_memory=0) for path in paths)
    assert first.block is not None
    preprocessing = Preprocessing.fit(first, np.arange(len(first)), UNIT)
    (said,) = told_of((second, preprocessing))
    assert "rows looked at of second" in said and said.endswith("; others may be, too")
    assert told_of((second, preprocessing), (first, preprocessing)) == []


def test_values_from_0_to_1_are_noticed_where_training_had_bytes() -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, 6, 6)).astype(np.uint8)
    model = zoo.train("mlp", (images, np.arange(12) % 2), hidden=3, epochs=1)
    with pytest.warns(
        ZooWarning, match="all values lie between 0 and 1, and in training they were bytes from 0 to 255"
    ):
        zoo.predict(model, images / 255)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zoo.predict(model, images / 255 * 255)
