"""A small model of every architecture, trained in Python on arrays: what tests over all architectures share."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import zoo
from zoo.data import open_dataset
from zoo.registry import lookup

ROWS = 24
NAMES = tuple(zoo.list_architectures())
OPTIONS = {"som": {"rows": 3, "columns": 3}, "cnn": {"channels": (2,), "dense": (4,)}, "mlp": {"hidden": (4,)}}
SLOW = ("alexnet", "googlenet", "resnet", "vgg")  # nets of many layers, which build for a while
WITHOUT_EPOCHS = ("grnn", "pnn")  # which store the samples in one pass
Arrays = tuple[Any, Any] | Any


def options_of_small(name: str) -> dict[str, Any]:
    """Options of an architecture that make it small."""
    return {**lookup.find_architecture(name).small, **OPTIONS.get(name, {})}


@functools.cache
def arrays_for(name: str) -> Arrays:
    """Data that an architecture learns: (inputs, targets), or inputs alone."""
    kind = lookup.find_architecture(name)
    random = np.random.default_rng(0)
    if kind.family == "recurrent":
        return [random.normal(size=(3 + row % 3, 2)) for row in range(ROWS)], np.arange(ROWS) % 2
    if kind.family == "convolutional":
        dataset = open_dataset(kind.data)
        assert dataset.targets is not None
        rows = np.arange(0, len(dataset), len(dataset) // ROWS)[:ROWS]
        return dataset.inputs.take(rows), dataset.targets.take(rows)
    X = random.integers(0, 2, (ROWS, 5)).astype(float)
    X[X.sum(axis=1) == 0, 0] = 1  # ART takes no row of zeros
    if "unsupervised" in kind.of(options_of_small(name)).supported_tasks:
        return X
    X += random.normal(0, 0.1, X.shape)
    return (X, np.arange(ROWS) % 2) if "classification" in kind.tasks else (X, X @ np.arange(5.0))


def train_small(name: str, **values: Any) -> zoo.Model:
    """A model trained on `arrays_for(name)`, as shortly as its architecture allows."""
    defaults = {} if name in WITHOUT_EPOCHS else {"epochs": 1}
    defaults |= {"pretraining_epochs": 1} if name == "dbn" else {}
    return zoo.train(name, arrays_for(name), **{**options_of_small(name), **defaults, **values})


@functools.cache
def small(name: str) -> zoo.Model:
    """`train_small(name)`, made once: tests change copies of it alone."""
    return train_small(name)


def encoded_inputs(model: zoo.Model, name: str) -> zoo.Batch:
    """The rows of `arrays_for(name)` as the model reads them."""
    from zoo.data import encoded
    from zoo.data.python_data import given_dataset

    dataset = given_dataset(arrays_for(name), {})
    assert model.preprocessing is not None
    return encoded(dataset, np.arange(len(dataset)), model.preprocessing, model.architecture.dtype).rows(
        np.arange(len(dataset))
    )
