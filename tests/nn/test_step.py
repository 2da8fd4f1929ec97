"""The gradient step: shards, blocks, penalties, clipping, schedules, metrics, and values that are not finite."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from zoo.core.batch import Batch
from zoo.core.metrics import LOSS, find_metric
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingSettings
from zoo.core.sum_tree import add_sums
from zoo.core.training_step import NotFinite, StepContext
from zoo.errors import DataError, OptionError
from zoo.nn import (
    OPTIMIZERS,
    Aside,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Dense,
    Dropout,
    GradientPhase,
    GradientSettings,
    GradientStep,
    Relu,
    Serial,
    Sigmoid,
    Tanh,
    plateau,
)
from zoo.nn.kernels.buffers import ScratchBuffers
from zoo.nn.kernels.matmul import BlockedProduct, blocks_of
from zoo.nn.regularization import limit_norm
from zoo.nn.schedules import SCHEDULES, warm_up
from zoo.parallel.threads import Workers

NET = Serial(hidden=Dense(8), relu=Relu(), drop=Dropout(0.25), output=Dense(3))
WIDE = Serial(hidden=Dense(256), relu=Relu(), output=Dense(3))


def some_rows(random: np.random.Generator, rows: int = 24, inputs: int = 5, classes: int = 3) -> Batch:
    return Batch.of(random.standard_normal((rows, inputs)).astype(np.float32), random.integers(0, classes, rows))


def trained(model, batch: Batch, settings: GradientSettings, threads: int = 1, steps: int = 5) -> dict[str, bytes]:
    step = GradientStep(model, settings)
    with Workers(threads) as workers:
        for count in range(steps):
            step(batch, StepContext(RandomStream(0, batch=count), workers, count / steps, count))
    return {name: array.tobytes() for name, array in {**model.weights, **step.state}.items()}


# Shards and blocks


def test_two_shards_add_up_to_the_whole(build, random: np.random.Generator) -> None:
    layers = Serial(hidden=Dense(8), tanh=Tanh(), aside=Aside(Dense(3), CategoricalCrossEntropy()), output=Dense(3))
    step = GradientStep(build(layers, 5, 3, precision="float64"), GradientSettings(l1=0.1, l2=0.2))
    rows = some_rows(random, 25)
    whole = step.measure(rows, {}, RandomStream(0)).sums
    first, second = (step.measure(rows.part(*part), {}, RandomStream(0)) for part in ((0, 12), (12, 25)))
    first.add(second)
    assert first.sums.keys() == whole.keys() == {"loss", "count", "correct", "added", "penalty", "gradient"}
    for name, value in whole.items():
        np.testing.assert_allclose(first.sums[name], value, rtol=1e-12, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("settings", [{"shards": 4}, {"blocks": 3}, {"shards": 3, "optimizer": "nesterov"}])
def test_the_number_of_workers_changes_no_bit(settings: dict[str, object], build, random: np.random.Generator) -> None:
    rows = some_rows(random, 150, 300)
    alone, two, three = (trained(build(WIDE, 300, 3), rows, GradientSettings(**settings), n) for n in (1, 2, 3))
    assert alone == two == three


@pytest.mark.parametrize("change", [{"shards": 4}, {"blocks": 5}])
def test_shards_and_blocks_change_rounding_alone(change: dict[str, int], build, random: np.random.Generator) -> None:
    rows = some_rows(random, 150, 300)
    plain, cut = build(WIDE, 300, 3), build(WIDE, 300, 3)
    trained(plain, rows, GradientSettings(optimizer="sgd", learning_rate=0.1))
    trained(cut, rows, GradientSettings(optimizer="sgd", learning_rate=0.1, **change), 2)
    for name, array in plain.weights.items():
        np.testing.assert_allclose(cut.weights[name], array, rtol=1e-4, atol=1e-6, err_msg=name)


def test_a_blocked_product_is_the_product(random: np.random.Generator) -> None:
    with Workers(2) as workers:
        product = BlockedProduct(3, workers)
        for m, k, n in ((128, 784, 512), (784, 128, 512), (3, 4, 5)):
            a, b = random.standard_normal((m, k)), random.standard_normal((k, n))
            np.testing.assert_allclose(product(a, b, np.empty((m, n))), a @ b, rtol=1e-12, atol=1e-10)
            np.testing.assert_allclose(
                product(a.T.copy().T, b.T.copy().T, np.empty((m, n))), a @ b, rtol=1e-12, atol=1e-10
            )


@pytest.mark.parametrize(("length", "blocks"), [(512, 2), (784, 4), (10, 3), (1, 5), (100, 7)])
def test_blocks_cover_the_output_once(length: int, blocks: int) -> None:
    covered = np.concatenate([np.arange(length)[block] for block in blocks_of(length, blocks)])
    assert covered.tolist() == list(range(length))
    assert len(blocks_of(length, blocks)) <= blocks


def test_shards_and_blocks_exclude_each_other() -> None:
    with pytest.raises(OptionError, match="got shards 2 and blocks 2, expected one of them to be 1"):
        GradientSettings(shards=2, blocks=2)


def test_measure_changes_nothing(build, random: np.random.Generator) -> None:
    step = GradientStep(build(NET, 5, 3), GradientSettings())
    rows = some_rows(random)
    before = {name: array.tobytes() for name, array in {**step.model.weights, **step.state}.items()}
    first = {name: np.array(value) for name, value in step.measure(rows, {}, RandomStream(3)).sums.items()}
    again = step.measure(rows, {}, RandomStream(3)).sums
    assert before == {name: array.tobytes() for name, array in {**step.model.weights, **step.state}.items()}
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_an_epoch_at_once_is_one_large_batch(build, random: np.random.Generator) -> None:
    rows = some_rows(random, 30)
    layers = Serial(Dense(8), Tanh(), Dense(3))
    once, pieces = build(layers, 5, 3, precision="float64"), build(layers, 5, 3, precision="float64")
    settings = GradientSettings(optimizer="rprop", learning_rate=0.01)
    with Workers(1) as workers:
        step, other = GradientStep(once, settings), GradientStep(pieces, settings)
        for count in range(6):
            context = StepContext(RandomStream(0), workers, updates=count)
            step(rows, context)
            total: dict[str, np.ndarray] = {}
            for start in range(0, 30, 8):
                add_sums(total, other.add_up(rows.part(start, min(start + 8, 30)), context))
            other.update(total, context)
    for name, array in once.weights.items():
        np.testing.assert_allclose(pieces.weights[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


# Penalties, limits, clipping


def test_penalties_and_decay_leave_biases_alone(build, random: np.random.Generator) -> None:
    rows = some_rows(random)
    layers = Serial(hidden=Dense(8), tanh=Tanh(), output=Dense(3))
    sgd = GradientSettings(optimizer="sgd", learning_rate=0.1)
    plain = build(layers, 5, 3)
    trained(plain, rows, sgd, steps=1)
    for change in ({"l2": 0.5}, {"l1": 0.5}, {"weight_decay": 0.5}):
        model, start = build(layers, 5, 3), build(layers, 5, 3)
        trained(model, rows, replace(sgd, **change), steps=1)
        for name, array in model.weights.items():
            if name.endswith("/b"):
                np.testing.assert_array_equal(array, plain.weights[name])
            else:
                W = start.weights[name]
                shrunk = np.sign(W) * 0.05 if "l1" in change else W * 0.05
                np.testing.assert_allclose(plain.weights[name] - array, shrunk, rtol=1e-3, atol=1e-6)


def test_a_penalty_of_the_weights_is_a_metric_of_its_own(build, random: np.random.Generator) -> None:
    model = build(Serial(hidden=Dense(4), output=Dense(3)), 5, 3, precision="float64")
    step = GradientStep(model, GradientSettings(l1=0.3, l2=0.5))
    with Workers(1) as workers:
        metrics = step.metrics(step.add_up(some_rows(random), StepContext(RandomStream(0), workers)))
    W = np.concatenate([array.reshape(-1) for name, array in model.weights.items() if name.endswith("W")])
    assert metrics["penalty"] == pytest.approx(0.3 * np.abs(W).sum() + 0.25 * (W**2).sum())
    assert "objective" not in metrics  # no layer adds a loss
    assert step.objective(some_rows(random), RandomStream(0))[0] > metrics["penalty"]  # what the gradient is of


def test_max_norm_limits_what_comes_into_a_unit(build, random: np.random.Generator) -> None:
    W = np.array([[3.0, 0.3], [4.0, 0.4]])
    limit_norm(W, 2.0)
    np.testing.assert_allclose(W, [[1.2, 0.3], [1.6, 0.4]])
    model = build(NET, 5, 3)
    model.weights["hidden/b"][...] = 9.0
    trained(model, some_rows(random), GradientSettings(max_norm=0.5))
    for name in ("hidden/W", "output/W"):
        assert np.linalg.norm(model.weights[name], axis=0).max() <= 0.5 * (1 + 1e-6)
    assert model.weights["hidden/b"].min() > 8.0


def test_clipping(build, random: np.random.Generator) -> None:
    rows = some_rows(random)
    layers = Serial(Dense(8), Tanh(), Dense(3))
    sgd = GradientSettings(optimizer="sgd", learning_rate=1.0)

    def change(**limits: float) -> np.ndarray:
        model = build(layers, 5, 3, precision="float64")
        before = model.parameters.vector.copy()
        trained(model, rows, replace(sgd, **limits), steps=1)
        return before - model.parameters.vector

    g = change()
    norm = float(np.linalg.norm(g))
    np.testing.assert_allclose(change(clip_norm=norm / 3), g / 3, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(change(clip_norm=norm * 3), g, rtol=1e-9, atol=1e-15)
    limit = float(np.abs(g).max()) / 2
    np.testing.assert_allclose(change(clip_value=limit), np.clip(g, -limit, limit), rtol=1e-9, atol=1e-15)


def test_a_huge_gradient_is_clipped_before_it_is_squared(build) -> None:
    """1e25 squared is infinite in single precision, and a second moment that is infinite stays so."""
    model = build(Serial(unit=Dense(1, bias=False)), 1, 1, "regression")
    model.weights["unit/W"][...] = 1.0
    step = GradientStep(model, GradientSettings(clip_norm=1.0))
    with Workers(1) as workers:
        step(Batch.of(np.array([[1e12]]), np.array([[-1e13]])), StepContext(RandomStream(0), workers))
    assert step.state["second_moment/unit/W"].item() == pytest.approx(0.001, rel=1e-5)
    assert model.weights["unit/W"].item() == pytest.approx(1.0 - 0.001, rel=1e-6)


# Learning rates


def test_schedules() -> None:
    at = (0.0, 0.25, 0.5, 0.75)
    assert [SCHEDULES["constant"](p) for p in at] == [1, 1, 1, 1]
    assert [SCHEDULES["linear"](p) for p in at] == [1, 0.75, 0.5, 0.25]
    assert [SCHEDULES["cosine"](p) for p in at] == pytest.approx(
        [1, (2 + math.sqrt(2)) / 4, 0.5, (2 - math.sqrt(2)) / 4]
    )
    assert [SCHEDULES["exponential"](p, 0.0001) for p in at] == pytest.approx([1, 0.1, 0.01, 0.001])
    assert [SCHEDULES["step"](p, 0.1) for p in at] == pytest.approx([1, 1, 0.1, 0.01])


def test_warm_up_rises_to_the_full_rate() -> None:
    assert [warm_up(p, 0.2, 7) for p in (0.05, 0.1, 0.2, 0.9)] == pytest.approx([0.25, 0.5, 1.0, 1.0])
    assert 0 < warm_up(0.0, 0.2, 0) <= 0.01
    assert warm_up(0.0, 0.0, 0) == 1.0


def test_a_plateau_is_read_off_the_recorded_curve() -> None:
    losses = [3.0, 2.0, 2.0, 2.5, 1.0, 1.0, 1.1, 1.2, 1.3]
    rates = [plateau({"loss": losses[:n]}, LOSS, 2, 0.1) for n in range(len(losses) + 1)]
    assert rates == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001])
    accuracy = find_metric("validation/accuracy")
    assert accuracy is not None and plateau({"validation/accuracy": [0.5, 0.4, 0.4]}, accuracy, 2, 0.5) == 0.5
    assert plateau({}, LOSS, 2, 0.1) == 1.0


def test_the_step_takes_its_rate_from_where_it_stands(build) -> None:
    step = GradientStep(build(NET, 5, 3), GradientSettings(learning_rate=0.2, schedule="cosine", warmup=0.1))
    with Workers(1) as workers:
        assert step.rate(StepContext(RandomStream(0), workers, 0.5, 10)) == pytest.approx(0.1)
        assert step.rate(StepContext(RandomStream(0), workers, 0.05, 3)) == pytest.approx(
            0.2 * 0.5 * (1 + math.cos(0.05 * math.pi)) / 2
        )
        falling = GradientStep(
            build(NET, 5, 3), GradientSettings(schedule="plateau", plateau_patience=1, rate_decay=0.5)
        )
        curves = {"loss": [1.0, 0.5, 0.4], "validation/loss": [1.0, 1.1, 1.2]}
        assert falling.rate(StepContext(RandomStream(0), workers, 0.5, 3, curves)) == pytest.approx(0.001 / 4)
        assert falling.rate(StepContext(RandomStream(0), workers, 0.5, 3, {"loss": [1.0, 0.5, 0.6]})) == pytest.approx(
            0.001 / 2
        )


# Metrics


def test_figures_of_classes(build, random: np.random.Generator) -> None:
    model, rows = build(Serial(hidden=Dense(6), sigmoid=Sigmoid(), output=Dense(3)), 5, 3), some_rows(random)
    p = model.predict(rows.inputs)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    metrics = model.metrics(model.evaluate(rows, RandomStream(0)))
    assert metrics["loss"] == pytest.approx(-np.log(p[np.arange(len(rows)), rows.targets]).mean(), rel=1e-5)
    assert metrics["accuracy"] == (p.argmax(axis=1) == rows.targets).mean()
    step = GradientStep(model, GradientSettings())
    with Workers(1) as workers:
        measured = step(rows, StepContext(RandomStream(0), workers))
    assert measured.keys() == {"loss", "accuracy", "gradient/hidden", "gradient/output"}
    assert measured["loss"] == pytest.approx(metrics["loss"]) and measured["accuracy"] == metrics["accuracy"]


def test_one_sigmoid_unit_tells_two_classes(build, random: np.random.Generator) -> None:
    model = build(Serial(unit=Dense(1)), 5, 2, loss=BinaryCrossEntropy())
    rows = some_rows(random, classes=2)
    p = model.predict(rows.inputs)
    assert p.shape == (24, 2)
    metrics = model.metrics(model.evaluate(rows, RandomStream(0)))
    assert metrics["loss"] == pytest.approx(-np.log(p[np.arange(24), rows.targets]).mean(), rel=1e-5)
    assert metrics["accuracy"] == (p.argmax(axis=1) == rows.targets).mean()


def test_figures_of_labels(build, random: np.random.Generator) -> None:
    model = build(Serial(Dense(4)), 5, 4, "multi-label")
    batch = Batch.of(random.standard_normal((40, 5)), random.integers(0, 2, (40, 4)))
    right = (model.predict(batch.inputs) > 0.5) == batch.targets
    metrics = model.metrics(model.evaluate(batch, RandomStream(0)))
    assert metrics["accuracy"] == pytest.approx(right.all(axis=1).mean())
    assert metrics["label_accuracy"] == pytest.approx(right.mean())


def test_figures_of_regression(build, random: np.random.Generator) -> None:
    model = build(Serial(Dense(2)), 5, 2, "regression")
    batch = Batch.of(random.standard_normal((40, 5)), random.standard_normal((40, 2)) + 3)
    y, t = model.predict(batch.inputs).astype(float), batch.targets
    metrics = model.metrics(model.evaluate(batch, RandomStream(0)))
    assert metrics["loss"] == pytest.approx(0.5 * ((y - t) ** 2).sum(axis=1).mean(), rel=1e-5)
    assert metrics["mean_squared_error"] == pytest.approx(((y - t) ** 2).mean(), rel=1e-5)
    r_squared = 1 - ((y - t) ** 2).sum(axis=0) / ((t - t.mean(axis=0)) ** 2).sum(axis=0)
    assert metrics["r_squared"] == pytest.approx(r_squared.mean(), rel=1e-4)


def test_r_squared_of_targets_that_do_not_vary(build) -> None:
    model = build(Serial(Dense(1)), 2, 1, "regression")
    model.parameters.vector[...] = 0
    batch = Batch.of(np.ones((4, 2)), np.full((4, 1), 2.0))
    assert model.metrics(model.evaluate(batch, RandomStream(0)))["r_squared"] == 0.0
    model.weights["dense1/b"][...] = 2.0
    assert model.metrics(model.evaluate(batch, RandomStream(0)))["r_squared"] == 1.0


def test_gradients_vanish_in_a_deep_sigmoid_net_and_not_in_a_relu_net(build, random: np.random.Generator) -> None:
    def first_to_last(activation) -> float:
        layers = [part for _ in range(8) for part in (Dense(20), activation)]
        step = GradientStep(build(Serial(*layers, Dense(3)), 5, 3), GradientSettings())
        with Workers(1) as workers:
            metrics = step(some_rows(random), StepContext(RandomStream(0), workers))
        return metrics["gradient/dense1"] / metrics["gradient/dense9"]

    assert first_to_last(Sigmoid()) < 1e-4
    assert first_to_last(Relu()) > 1e-2


# When values go wrong


@pytest.mark.parametrize("blamed", ["hidden1", "hidden2", "output"])
def test_the_first_layer_that_is_not_finite_is_named(blamed: str, build, random: np.random.Generator) -> None:
    model = build(Serial(hidden1=Dense(4), relu1=Relu(), hidden2=Dense(4), relu2=Relu(), output=Dense(3)), 5, 3)
    model.weights[f"{blamed}/W"][0, 0] = np.inf
    step = GradientStep(model, GradientSettings(shards=3))
    before = model.parameters.vector.tobytes()
    with Workers(2) as workers, pytest.raises(NotFinite, match=f"at layer {blamed};") as caught:
        step(some_rows(random), StepContext(RandomStream(0), workers))
    assert "lower learning rate" in str(caught.value)
    assert model.parameters.vector.tobytes() == before, "the step was not to be applied"


def test_inputs_that_are_not_finite_are_named(build, random: np.random.Generator) -> None:
    rows = some_rows(random)
    rows.inputs[3, 1] = np.nan
    step = GradientStep(build(NET, 5, 3), GradientSettings())
    with Workers(1) as workers, pytest.raises(NotFinite, match="at the inputs"):
        step(rows, StepContext(RandomStream(0), workers))


def test_a_large_gradient_is_not_taken_for_an_infinite_one(build) -> None:
    """Squares of 1e30 overflow single precision; the norm does not."""
    model = build(Serial(unit=Dense(1, bias=False)), 1, 1, "regression")
    model.weights["unit/W"][...] = 1.0
    step = GradientStep(model, GradientSettings())
    with Workers(1) as workers:
        sums = step.add_up(Batch.of(np.array([[1e10]]), np.array([[-1e20]])), StepContext(RandomStream(0), workers))
        assert step.metrics(sums)["gradient/unit"] == pytest.approx(1e30, rel=1e-5)


def test_rows_without_targets_are_refused(build, random: np.random.Generator) -> None:
    step = GradientStep(build(NET, 5, 3), GradientSettings())
    with pytest.raises(DataError, match="tried: got rows without targets"):
        step.measure(Batch.of(np.ones((2, 5))), {}, RandomStream(0))


# Settings and phase


def test_settings_reach_the_optimizer() -> None:
    assert GradientSettings(optimizer="adam").make_optimizer() == OPTIMIZERS["adam"]()
    assert GradientSettings(optimizer="rmsprop", beta2=0.5).make_optimizer() == OPTIMIZERS["rmsprop"](beta2=0.5)
    assert GradientSettings(optimizer="nesterov", momentum=0.7).make_optimizer() == OPTIMIZERS["nesterov"](momentum=0.7)
    assert (GradientSettings(optimizer="adamw").decay, GradientSettings().decay) == (0.01, 0.0)
    assert GradientSettings(optimizer="sgd", weight_decay=0.2).decay == 0.2
    for wrong in (
        {"optimizer": "adm"},
        {"learning_rate": 0.0},
        {"momentum": 1.0},
        {"l2": -1.0},
        {"schedule": "sawtooth"},
    ):
        with pytest.raises(OptionError):
            GradientSettings(**wrong)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_phase_declares_the_state_of_its_step(name: str, build) -> None:
    model = build(NET, 5, 3)
    phase = GradientPhase("train", GradientSettings(optimizer=name))
    assert dict(phase.state_shapes(model)) == phase.step(model).state_shapes()


def test_a_phase_refuses_settings_of_another_kind() -> None:
    with pytest.raises(OptionError, match="phase train: got TrainingSettings, expected GradientSettings"):
        GradientPhase("train", TrainingSettings())


# Scratch buffers


def test_a_scratch_buffer_is_not_given_out_again_before_the_next_step(random: np.random.Generator) -> None:
    scratch = ScratchBuffers()
    x = np.empty((64, 128), np.float32)
    first = [
        scratch.empty_like(x),
        scratch.empty_like(x, shape=(128, 64)),
        scratch.empty_like(x.astype(float), shape=(32, 128)),
    ]
    assert [(a.shape, a.dtype.name) for a in first] == [
        ((64, 128), "float32"),
        ((128, 64), "float32"),
        ((32, 128), "float64"),
    ]
    assert not any(np.shares_memory(a, b) for a in first for b in first if a is not b)
    assert all(a.flags.c_contiguous and a.flags.writeable for a in first)
    scratch.begin()
    again = [scratch.empty_like(x) for _ in range(4)]
    assert sum(any(np.shares_memory(a, b) for b in first) for a in again) == 3
    assert not any(np.shares_memory(a, b) for a in again for b in again if a is not b)
