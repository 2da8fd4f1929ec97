"""What holds of sequences: padding changes nothing, state goes from window to window, memory grows linearly."""

from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pytest
from zoo_recurrent.architecture import TASKS
from zoo_recurrent.layers import ElmanLayer, GruLayer, Horizon, JordanLayer, LastValues, LstmLayer, PeepholeLstmLayer

import zoo
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.errors import OptionError, UsageError, ZooError
from zoo.nn import Layer, Layout, Mode, Parameters
from zoo.nn.gradient_check import check_layer
from zoo.parallel.threads import Workers
from zoo.training import run
from zoo.training.prepare import prepare

LAYERS = [ElmanLayer(4), GruLayer(4), LstmLayer(4), PeepholeLstmLayer(4), JordanLayer(4, 3, "softmax")]
MASK = (np.arange(6) < np.array([6, 3, 1])[:, None]).astype(float)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_gradients(layer: Layer, reverse: bool, last: bool, masked: bool) -> None:
    layer = dataclasses.replace(layer, reverse=reverse, last=last)  # type: ignore[type-var]
    x = np.random.default_rng(0).standard_normal((3, 6, 2))
    check_layer(layer, x, mask=MASK if masked else None)


def test_gradients_of_what_makes_a_forecast() -> None:
    random = np.random.default_rng(0)
    check_layer(Horizon((3, 2)), random.standard_normal((4, 6)))
    check_layer(LastValues((3, 2)), random.standard_normal((4, 5, 3)))


@pytest.mark.parametrize("data", ["reber", "sentences", "adding"])
@pytest.mark.parametrize("name", ["elman", "lstm", "gru", "jordan"])
def test_results_do_not_depend_on_the_padding(name: str, data: str) -> None:
    """Metrics and gradient of a batch are those of its rows one by one, and of the same rows padded further."""
    options = {"hidden": 5, "precision": "float64", "bidirectional": data != "reber"}
    prepared = prepare(name, options=options, data={"name": data})
    samples, step = prepared.samples("train"), prepared.training.phases[0].step(prepared.model)
    assert samples is not None
    batch = samples.rows(np.arange(5))
    assert batch.mask is not None
    together = step.measure(batch, {}, RandomStream(0)).sums
    wider = dataclasses.replace(
        batch,
        inputs=np.pad(batch.inputs, ((0, 0), (0, 7), (0, 0)), constant_values=9.0),
        mask=np.pad(batch.mask, ((0, 0), (0, 7))),
        targets=np.pad(batch.targets, ((0, 0), (0, 7)))
        if batch.targets.ndim == 2 and data != "adding"
        else batch.targets,
    )
    padded = step.measure(wider, {}, RandomStream(0)).sums
    alone = [step.measure(samples.rows(np.array([number])), {}, RandomStream(0)).sums for number in range(5)]
    for metric in ("loss", "gradient"):
        total = sum(each[metric] for each in alone)
        np.testing.assert_allclose(padded[metric], together[metric], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(total, together[metric], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["elman", "lstm", "gru", "jordan"])
def test_carried_state_is_that_of_the_whole_sequence(name: str) -> None:
    """Two windows, the state carried from one to the other, give what the text in one piece gives."""
    prepared = prepare(name, options={"hidden": 4, "layers": 2}, data={"name": "counting", "window": 10})
    samples, model = prepared.samples("train"), prepared.model
    assert samples is not None and prepared.model.architecture.carried
    batch = samples.rows(np.arange(2))
    whole, _ = model.run(batch.inputs.reshape(1, 20, -1), None, {})
    first, state = model.run(batch.inputs[:1], None, {})
    second, _ = model.run(batch.inputs[1:], None, state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, rtol=1e-5, atol=1e-6)


def test_lanes_begin_anew_with_every_epoch() -> None:
    prepared = prepare("gru", options={"hidden": 4}, training={"batch_size": 3}, data={"name": "temporal-xor"})
    phase, samples = prepared.training.phases[0], prepared.samples("train")
    assert samples is not None
    step = phase.step(prepared.model)
    batches = phase.order(samples, RandomStream(0))
    with Workers(1) as workers:
        step(samples.rows(*batches[0]), StepContext(RandomStream(0), workers))
        after = step.state["layer1/hidden"].copy()
        step(samples.rows(*batches[1]), StepContext(RandomStream(0, batch=1), workers))
        assert after.any() and (step.state["layer1/hidden"] != after).all()
        for array in prepared.model.weights.values():
            array[...] = 0
        step(samples.rows(*batches[0]), StepContext(RandomStream(0, epoch=1), workers))
    assert not step.state["layer1/hidden"].any()


def test_every_lane_is_one_stretch_of_the_text() -> None:
    prepared = prepare("lstm", training={"batch_size": 4}, data={"name": "counting"})
    samples = prepared.samples("train")
    batches = prepared.training.phases[0].order(samples, RandomStream(0))
    visited: dict[int, list[int]] = {}
    for numbers, lanes in batches:
        for number, lane in zip(numbers, lanes, strict=True):
            visited.setdefault(int(lane), []).append(int(number))
    assert sorted(n for lane in visited.values() for n in lane) == list(range(len(samples)))
    assert all(np.diff(lane).tolist() == [1] * (len(lane) - 1) for lane in visited.values())


def test_batches_are_of_like_lengths() -> None:
    prepared = prepare("lstm", data={"name": "sentences"})
    samples = prepared.samples("train")
    batches = prepared.training.phases[0].order(samples, RandomStream(0))
    assert sorted(int(n) for numbers, _ in batches for n in numbers) == list(range(len(samples)))
    spread = [np.ptp(samples.lengths[numbers]) for numbers, _ in batches]
    assert np.mean(spread) < 0.2 * np.ptp(samples.lengths)


@pytest.mark.parametrize("layer", [ElmanLayer(32), GruLayer(32), LstmLayer(32)], ids=lambda layer: layer.kind)
def test_memory_grows_linearly(layer: Layer) -> None:
    """Twice the time, batch or units: at most twice the memory of a forward and a backward pass, and no more."""

    def peak(time: int, batch: int, hidden: int) -> int:
        one = dataclasses.replace(layer, hidden=hidden)  # type: ignore[type-var]
        layout = Layout(one, (time, 8))
        parameters = Parameters(layout, np.dtype(np.float32))
        x = np.ones((batch, time, 8), np.float32)
        from zoo.nn.parameters import Gradients

        gradients = Gradients(layout, np.dtype(np.float32))
        tracemalloc.start()
        y, pullback = one.forward(parameters.tree, x, Mode(True))
        assert pullback is not None
        pullback(np.ones_like(y), gradients.tree)
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    once = peak(60, 40, 32)
    assert peak(120, 40, 32) < 2.1 * once
    assert peak(60, 80, 32) < 2.1 * once
    assert peak(60, 40, 64) < 2.3 * once  # weights grow with the square of their number, and are small


def test_an_orthogonal_start() -> None:
    U = prepare("elman", options={"hidden": 20}).model.weights["layer1/U"]
    np.testing.assert_allclose(U @ U.T, np.eye(20), atol=1e-5)


def test_the_forget_gate_begins_open() -> None:
    b = prepare("lstm", options={"hidden": 3}).model.weights["layer1/b"]
    assert b.tolist() == [0] * 6 + [1] * 3 + [0] * 3


def test_both_directions_and_carried_state_contradict() -> None:
    with pytest.raises(OptionError, match="bidirectional and carried"):
        zoo.create("lstm", bidirectional=True, carried=True)
    with pytest.raises(UsageError, match="would see the symbol it is to predict"):
        prepare("gru", options={"bidirectional": True}, data={"name": "reber"})
    with pytest.raises(UsageError, match="carried has no meaning here"):
        prepare("gru", options={"carried": True}, data={"name": "sentences"})


def test_a_table_is_no_sequence() -> None:
    with pytest.raises(ZooError, match="--window"):
        prepare("lstm", data={"name": "moons"})


def test_every_task_of_the_family_has_data_and_learns_from_it() -> None:
    found = set()
    for name in ("counting", "sentences", "adding", "sine"):
        prepared = prepare("lstm", options={"hidden": 8}, training={"epochs": 2}, data={"name": name})
        prepared.parts = dataclasses.replace(prepared.parts, train=prepared.parts.train[:64])
        result = run.train(prepared)
        curve = result.model.history["train"]["loss"]
        assert curve[1] < curve[0]
        assert list(result.notes)
        found.add(prepared.dataset.task)
    assert found == set(TASKS) - {"classification"}
