"""The PyTorch side does the same work: from the same weights and batches it comes to the same weights as zoo."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from benchmarks.harness import Unavailable
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers
from zoo.registry.recipes import Recipe
from zoo.training.prepare import prepare

pytest.importorskip("torch", reason="PyTorch is not installed")

STEPS = 4


def both(training: dict[str, Any], **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Weights by name after some steps of zoo's, and of the twin's, on the same batches."""
    twin_of = importlib.import_module("benchmarks.torch_mlp").Twin
    values = {"batch_size": 32, "learning_rate": 0.01, **training}
    run = prepare(Recipe("", "mlp", data={"name": "moons"}, options={"hidden": [8, 6], **options}, training=values))
    twin = twin_of(run, "loop", 1)
    x, y = twin.parts["train"]
    samples, phase = run.samples("train"), run.training.phases[0]
    assert samples is not None
    step = phase.step(run.model)
    with Workers(1) as workers:
        for update in range(STEPS):
            numbers = np.arange(32) + 32 * update
            progress = update / STEPS
            step(samples.rows(numbers), StepContext(RandomStream(0), workers, progress, update))
            twin.learn(x[numbers], y[numbers], progress)
    layers = [layer for layer in twin.net if hasattr(layer, "weight")]
    theirs = {}
    for name, layer in zip(("hidden1", "hidden2", "output"), layers, strict=True):
        theirs[f"{name}/W"] = layer.weight.detach().numpy().T
        theirs[f"{name}/b"] = layer.bias.detach().numpy()
    return run.model.weights, theirs


@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "sgd"},
        {"optimizer": "momentum"},
        {"optimizer": "nesterov"},
        {"optimizer": "adagrad"},
        {"optimizer": "rmsprop"},
        {"optimizer": "adam"},
        {"optimizer": "adamw"},
        {"optimizer": "sgd", "weight_decay": 0.1},
        {"optimizer": "adam", "weight_decay": 0.1},
        {"optimizer": "adam", "l2": 0.1},
        {"optimizer": "adam", "schedule": "cosine", "warmup": 0.5},
        {"optimizer": "sgd", "clip_norm": 0.01},
        {"optimizer": "sgd", "clip_value": 0.001},
        {"optimizer": "sgd", "max_norm": 0.5},
    ],
    ids=lambda training: " ".join(f"{name} {value}" for name, value in training.items()),
)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_twin_comes_to_the_same_weights(training: dict[str, Any], activation: str) -> None:
    ours, theirs = both(training, activation=activation)
    for name, weight in ours.items():
        np.testing.assert_allclose(weight, theirs[name], rtol=2e-4, atol=2e-6, err_msg=name)


def test_the_twin_has_the_same_dropout() -> None:
    twin_of = importlib.import_module("benchmarks.torch_mlp").Twin
    options = {"hidden": [8], "dropout": 0.3, "input_dropout": 0.2}
    twin = twin_of(prepare(Recipe("", "mlp", data={"name": "moons"}, options=options)), "loop", 1)
    assert [layer.p for layer in twin.net if type(layer).__name__ == "Dropout"] == [0.2, 0.3]


@pytest.mark.parametrize(
    ("options", "training", "what"),
    [
        ({"activation": "maxout"}, {}, "maxout"),
        ({}, {"l1": 0.1}, "L1"),
        ({}, {"schedule": "plateau"}, "plateau"),
        ({"precision": "float64"}, {}, "float64"),
    ],
)
def test_what_would_be_other_work_is_refused(options: dict[str, Any], training: dict[str, Any], what: str) -> None:
    with pytest.raises(Unavailable, match=what):
        both(training, **options)
