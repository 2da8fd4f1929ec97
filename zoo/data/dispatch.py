"""Choose preprocessing and samples by the kind of data: tables and images, or sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.core.architecture import InputSpec
from zoo.data.chosen_rows import RowNumbers
from zoo.data.dataset import Dataset
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.samples.sequences import EncodedSequences
from zoo.data.samples.tabular import Encoded
from zoo.errors import CheckpointError, DataError
from zoo.types import Array

AnyPreprocessing = Preprocessing | SequencePreprocessing
AnyEncoded = Encoded | EncodedSequences


def fit_preprocessing(
    dataset: Dataset, numbers: RowNumbers, input_spec: InputSpec, task: str | None = None
) -> AnyPreprocessing:
    """The preprocessing for `input_spec`, fitted on the rows with these ascending numbers."""
    if dataset.kind == "sequences":
        return SequencePreprocessing.fit(dataset, np.asarray(numbers), input_spec, task)
    return Preprocessing.fit(dataset, numbers, input_spec, task)


def encoded(
    dataset: Dataset, numbers: RowNumbers | None, preprocessing: AnyPreprocessing, dtype: Any = "float32"
) -> AnyEncoded:
    """The samples with these ascending row numbers (None: all) behind a preprocessing."""
    if isinstance(preprocessing, SequencePreprocessing):
        return EncodedSequences(dataset, None if numbers is None else np.asarray(numbers), preprocessing, dtype)
    if dataset.kind == "sequences":
        raise DataError(f"{dataset.where}: got sequences, expected {preprocessing.kind} as in training")
    return Encoded(dataset, numbers, preprocessing, dtype)


def preprocessing_from(values: Any, arrays: Mapping[str, Array]) -> AnyPreprocessing:
    """What `to_manifest` and `arrays` of either gave; `CheckpointError` at the first doubt."""
    if not isinstance(values, Mapping):
        raise CheckpointError(f"preprocessing: got {ascii(values)[:80]}, expected a table")
    if values.get("kind") == "sequences":
        return SequencePreprocessing.from_manifest(values, arrays)
    return Preprocessing.from_manifest(values, arrays)
