"""Preprocessing that changes nothing: for a model that was built, ported or edited and takes arrays as they are."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.architecture import InputSpec
from zoo.core.signature import Signature
from zoo.data.chosen_rows import RowNumbers
from zoo.data.dataset import Column, Dataset, numbered_columns
from zoo.data.dispatch import AnyPreprocessing, fit_preprocessing
from zoo.data.labels import values_of
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.errors import UsageError

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture

CLASSES = ("classification", "labelling", "language", "multi-label")


def preprocessing_of(signature: Signature) -> AnyPreprocessing:
    """The preprocessing of a model with this signature whose inputs and targets are given encoded.

    Classes are answered by the signature's labels, as whole numbers where these are; without labels by their number.
    """
    labels = labels_of(signature)
    if signature.task in ("labelling", "language", "forecast") or -1 in signature.input_shape:
        return _of_sequences(signature, labels)
    plain = _unchanged(signature.task, signature.input_shape, labels)
    if signature.task == "regression":
        plain = replace(plain, target_shift=np.zeros(len(labels)), target_unit=np.ones(len(labels)), target_axes=2)
    return plain


def fitted_as_encoded(
    dataset: Dataset, numbers: RowNumbers, architecture: Architecture, signature: Signature
) -> AnyPreprocessing:
    """The preprocessing for data that a model of this signature takes as they are; `UsageError` where it cannot."""
    found = fit_preprocessing(dataset, numbers, InputSpec("raw", "raw"), signature.task)
    if signature.task != "unsupervised" and len(labels_of(signature)) >= len(found.labels):
        found = replace(found, labels=labels_of(signature), label_type=label_type_of(labels_of(signature)))
    made = architecture.output_signature(found.signature)
    shapes = made.input_shape, made.output_shape
    if shapes != (signature.input_shape, signature.output_shape):
        raise UsageError(
            f"{dataset.where}: got inputs {shapes[0]} and outputs {shapes[1]}, expected {signature.input_shape} and"
            f" {signature.output_shape}, those of the model; a model without preprocessing takes arrays as they are"
        )
    return found


def labels_of(signature: Signature) -> tuple[str, ...]:
    """The labels of a signature; where it has none, their numbers."""
    if signature.task == "unsupervised":
        return ()
    if signature.labels:
        return signature.labels
    count = signature.output_shape[-1]
    first = "" if signature.task in CLASSES else "target "
    return tuple(f"{first}{number}" for number in range(count))


def label_type_of(labels: tuple[str, ...]) -> str:
    """ "int64" where all are whole numbers, else "text"."""
    with contextlib.suppress(ValueError):
        if labels and [str(value) for value in values_of(labels, "int64")] == list(labels):
            return "int64"
    return "text"


def _unchanged(
    task: str, shape: tuple[int, ...], labels: tuple[str, ...] = (), columns: tuple[Column, ...] = ()
) -> Preprocessing:
    table = len(shape) == 1
    columns = columns or (numbered_columns(shape[0]) if table else ())
    size = max(1, len(columns))
    return Preprocessing(
        task=task,
        inputs="raw",
        targets="raw",
        kind="table" if table else "images",
        shape=(len(columns),) if table else shape,
        columns=columns,
        named=False,
        table=(),
        labels=labels,
        missing="error",
        shift=np.zeros(size),
        scale=np.ones(size),
        low=np.zeros(size),
        high=np.zeros(size),
        label_type=label_type_of(labels) if task in CLASSES else "text",
        target_axes=1 if task == "classification" else 0,
    )


def _of_sequences(signature: Signature, labels: tuple[str, ...]) -> SequencePreprocessing:
    features = signature.input_shape[1:]
    symbols = (Column("symbol", labels),) if signature.task == "language" else ()
    step = _unchanged("unsupervised", features, columns=symbols)
    horizon = signature.output_shape[0] if signature.task == "forecast" else 0
    units = signature.task in ("regression", "forecast")
    return SequencePreprocessing(
        task=signature.task,
        step=replace(step, kind="table"),
        window=signature.input_shape[0],
        horizon=horizon,
        labels=labels,
        target_shift=np.zeros(len(labels)) if units else None,
        target_unit=np.ones(len(labels)) if units else None,
        label_type=label_type_of(labels) if signature.task in ("classification", "labelling") else "text",
        target_axes=1 if signature.task == "classification" else 0,
    )
