"""Every registered architecture as ONNX, run in onnxruntime: answers equal zoo's, on every kind of data it takes."""

from dataclasses import replace

import numpy as np
import pytest

import zoo
from zoo.data.dataset import InMemory
from zoo.errors import ZooError
from zoo.registry.lookup import find_architecture
from zoo.testing.case import Case, finish
from zoo.testing.kinds import datasets, learned

onnx_runs = pytest.importorskip("onnx_runs", reason="needs onnx and onnxruntime")

OPTIONS = [  # beside the defaults: each has operators that these do not have
    ("mlp", {"hidden": (6,), "activation": "maxout", "dropout": 0.2}),
    ("mlp", {"hidden": (6, 5), "activation": "leaky_relu", "precision": "float64"}),
    ("mlp", {"hidden": (6,), "activation": "softmax", "loss": "squared_error"}),
    ("cnn", {"channels": (3, 4), "dense": (5,), "batch_norm": True, "pooling": "average", "activation": "tanh"}),
    ("cnn", {"channels": (3,), "kernel": 5, "border": "none", "pooling": "none", "dense": (), "precision": "float64"}),
    ("lstm", {"hidden": 5, "peepholes": True, "layers": 2}),
    ("lstm", {"hidden": 5, "bidirectional": True, "layers": 2, "precision": "float64"}),
    ("gru", {"hidden": 5, "bidirectional": True}),
    ("elman", {"hidden": 5, "bidirectional": True}),
    ("jordan", {"hidden": 5, "bidirectional": True, "layers": 2}),
    ("jordan", {"hidden": 5, "layers": 2, "precision": "float64"}),
    ("rbf", {"centres": 5, "basis": "multiquadric"}),
    ("rbf", {"centres": 5, "basis": "inverse-multiquadric", "normalized": True}),
    ("rbf", {"centres": 5, "basis": "thin-plate", "precision": "float64"}),
    ("pnn", {"priors": "equal", "precision": "float64"}),
    ("grnn", {"width": 0.5}),
    ("som", {"rows": 3, "columns": 4, "distance": "cosine"}),
    ("som", {"rows": 3, "columns": 4, "distance": "manhattan"}),
    ("rbm", {"hidden": 6, "visible": "gaussian"}),
    ("rbm", {"hidden": 6, "labels": True}),
    ("dbn", {"hidden": (7, 5), "fine_tuning": "up-down"}),
    ("dbn", {"hidden": (7, 5), "fine_tuning": "none"}),
    ("boltzmann", {"hidden": 3}),
    ("fuzzy-artmap", {"voters": 3, "precision": "float64"}),
    ("fuzzy-art", {"vigilance": 0.95}),
    ("art1", {"binarize": True}),
]
OWN = [  # on images of their own: those of the others are too small for them
    ("alexnet", {"grouped": True, "width": 0.06}),
    ("googlenet", {"batch_norm": True}),
]


@pytest.mark.parametrize(
    ("name", "options"), [*((name, {}) for name in zoo.list_architectures()), *OPTIONS], ids=lambda each: str(each)
)
def test_answers_equal_those_of_zoo(name, options):
    kind = find_architecture(name)
    case = Case(name, {**kind.small, **options})
    runs = []
    for dataset in datasets(kind.of(case.options).supported_tasks):
        try:
            runs.append((learned(case, dataset), dataset))
        except ZooError:
            continue
    for run, dataset in runs:
        onnx_runs.compared(run.model, dataset)
    if not runs:
        compared_on_its_own_data(case)


@pytest.mark.parametrize(("name", "options"), OWN)
def test_answers_on_its_own_data_equal_those_of_zoo(name, options):
    compared_on_its_own_data(Case(name, {**find_architecture(name).small, **options}))


def compared_on_its_own_data(case):
    run = replace(case, rows=6).prepare(epochs=1)
    finish(run)
    some = InMemory(run.dataset.inputs.take(np.arange(6)))
    onnx_runs.compared(run.model, replace(run.dataset, inputs=some, targets=None, task="unsupervised"))
