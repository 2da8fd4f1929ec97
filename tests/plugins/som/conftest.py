"""Maps with given weights."""

import numpy as np
import pytest
from zoo_som.model import SomModel
from zoo_som.som import Som

from zoo.core.random import RandomStream
from zoo.core.signature import Signature


@pytest.fixture
def make():
    """A map of some options with random weights, for samples of some values."""

    def make_map(values=3, classes=0, seed=0, **options) -> SomModel:
        som = Som(**{"precision": "float64", **options})
        task = "classification" if classes else "unsupervised"
        labels = tuple(map(str, range(classes)))
        signature = som.output_signature(Signature(task, (values,), (classes,), labels))
        model = som.build(signature, RandomStream(0))
        model.weights["W"][...] = np.random.default_rng(seed).normal(size=model.weights["W"].shape)
        return model

    return make_map
