"""Models out of any layer tree, for the tests here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.nn import GradientArchitecture, GradientModel, GradientSettings, Layer, Loss


@dataclass(frozen=True)
class Tried(GradientArchitecture):
    """Stands for the architecture of a layer tree under test."""

    name = "tried"
    family = "test"
    summary = "a layer tree under test"
    tasks = ("classification", "multi-label", "regression")
    data = "none"
    settings = GradientSettings()

    def network(self, signature: Signature) -> Layer:
        raise NotImplementedError("the tests hand their layers to the model")


def model_of(
    layers: Layer,
    inputs: int,
    outputs: int,
    task: str = "classification",
    *,
    loss: Loss | None = None,
    seed: int = 0,
    precision: str = "float32",
) -> GradientModel:
    signature = Signature(task, (inputs,), (outputs,), tuple(str(n) for n in range(outputs)))
    return GradientModel(Tried(precision=precision), signature, layers, RandomStream(seed), loss, precision)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def build() -> Callable[..., GradientModel]:
    return model_of
