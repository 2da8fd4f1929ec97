"""Masks, carried state, and averages that no optimizer changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.nn import (
    Average,
    CategoricalCrossEntropy,
    Dense,
    GradientModel,
    GradientSettings,
    GradientStep,
    Layer,
    Mode,
    Parameter,
    Serial,
    Shapes,
    Tanh,
)
from zoo.nn.gradient_check import check_layer, check_step
from zoo.parallel.threads import Workers


@dataclass(frozen=True)
class Centre(Layer):
    """y = x − mean of the batch + b, and to predict x − average mean + b."""

    kind: ClassVar[str] = "centre"

    def shapes(self, input_shape):
        return Shapes(
            input_shape, {"b": Parameter(input_shape, penalized=False)}, {"mean": Average(input_shape, 0.0, 0.75)}
        )

    def forward(self, p, x, mode):
        if not mode.training:
            return x - p["mean"] + p["b"], None
        total = x.sum(axis=0)

        def pullback(dy, g):
            g["b"] += dy.sum(axis=0)
            g["mean"] += total
            return dy - dy.mean(axis=0)

        return x - total / len(x) + p["b"], pullback


@dataclass(frozen=True)
class Running(Layer):
    """yₜ = x₁ + … + xₜ over time, continuing from the state left by the sample before in the lane."""

    kind: ClassVar[str] = "running"

    def shapes(self, input_shape):
        return Shapes(input_shape)

    def forward(self, p, x, mode):
        y = x.cumsum(axis=1) + mode.carried[mode.path][:, None]
        mode.carries[mode.path] = y[:, -1]

        def pullback(dy, g):
            return dy[:, ::-1].cumsum(axis=1)[:, ::-1]

        return y, pullback if mode.training else None


def test_averages_move_and_no_optimizer_touches_them(build, random: np.random.Generator) -> None:
    check_layer(Serial(Dense(3), Centre(), Tanh()), random.standard_normal((6, 4)))
    model = build(Serial(centre=Centre(), output=Dense(3)), 4, 3, precision="float64")
    assert model.weights["centre/mean"].tolist() == [0, 0, 0, 0]
    assert "centre/mean" not in model.layout.parameters
    batch = Batch.of(random.standard_normal((20, 4)) + 5, random.integers(0, 3, 20))
    for shards in (1, 4):
        model.weights["centre/mean"][...] = 1.0
        step = GradientStep(model, GradientSettings(optimizer="adamw", weight_decay=0.5, shards=shards))
        assert not any("mean" in name for name in step.state)
        with Workers(2) as workers:
            step(batch, StepContext(RandomStream(0), workers))
        expected = 0.75 + 0.25 * batch.inputs.mean(axis=0)
        np.testing.assert_allclose(model.weights["centre/mean"], expected, rtol=1e-12)
    copy = model.in_precision("float32")
    np.testing.assert_allclose(copy.weights["centre/mean"], expected, rtol=1e-6)
    np.testing.assert_allclose(copy.predict(batch.inputs), model.predict(batch.inputs), rtol=1e-5)


def labeller(layers: Layer, precision: str = "float64") -> GradientModel:
    signature = Signature("labelling", (-1, 4), (-1, 3), ("a", "b", "c"))
    return GradientModel(None, signature, layers, RandomStream(0), CategoricalCrossEntropy(), precision)  # type: ignore[arg-type]


def test_what_is_masked_out_counts_for_nothing(random: np.random.Generator) -> None:
    model = labeller(Serial(Dense(6), Tanh(), Dense(3)))
    inputs, targets = random.standard_normal((5, 7, 4)), random.integers(0, 3, (5, 7))
    mask = (np.arange(7) < np.array([7, 3, 1, 5, 6])[:, None]).astype(float)
    batch = Batch.of(inputs, targets, mask)
    check_step(model, GradientSettings(), batch)
    other = Batch.of(np.where(mask[..., None] > 0, inputs, 9.0), np.where(mask > 0, targets, 0), mask)
    step = GradientStep(model, GradientSettings())
    assert step.objective(batch, RandomStream(0))[0] == pytest.approx(
        step.objective(other, RandomStream(0))[0], rel=1e-12
    )
    metrics = model.metrics(model.evaluate(batch, RandomStream(0)))
    p, real = model.predict(inputs), mask > 0
    right = np.take_along_axis(p, targets[..., None], axis=-1)[..., 0]
    assert metrics["loss"] == pytest.approx(-np.log(right[real]).mean(), rel=1e-9)
    assert metrics["accuracy"] == pytest.approx((p.argmax(axis=-1) == targets)[real].mean())


def test_carried_state_belongs_to_the_slot(random: np.random.Generator) -> None:
    model = labeller(Serial(sum=Running(), output=Dense(3)))
    batch = Batch.of(random.standard_normal((6, 2, 4)), random.integers(0, 3, (6, 2)))
    lanes = np.array([3, 0, 5, 1, 2, 4])
    batch = Batch(batch.inputs, batch.targets, batch.numbers, lanes)
    step = GradientStep(model, GradientSettings(shards=3), {"sum": (6, 4)})
    with Workers(2) as workers:
        for count in range(3):
            step(batch, StepContext(RandomStream(0, batch=count), workers, updates=count))
    np.testing.assert_allclose(step.state["sum"][lanes], 3 * batch.inputs.sum(axis=1), rtol=1e-12, atol=1e-12)


def test_a_mode_says_who_lacks_a_stream() -> None:
    with pytest.raises(ValueError, match="layer a/b draws random numbers"):
        Mode(path="a/b").random("dropout")
