"""Frozen layers, learning rates by path, tied weights: what stays, what moves by how much, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.errors import OptionError, ZooError
from zoo.nn import Dense, GradientPhase, GradientSettings, GradientStep, Relu, Serial, Sigmoid, SquaredError, Tanh, Tied
from zoo.nn.gradient_check import check_layer, check_step
from zoo.nn.parameters import Layout
from zoo.nn.training.step import PIECE, pieces_of
from zoo.parallel.threads import Workers

NET = Serial(hidden1=Dense(6), relu=Relu(), hidden2=Dense(4), tanh=Tanh(), output=Dense(3))
AUTOENCODER = Serial(encoder=Dense(3), sigmoid=Sigmoid(), decoder=Tied(Dense(5), W="encoder/W.T"))


def some_rows(random: np.random.Generator) -> Batch:
    return Batch.of(random.standard_normal((12, 5)).astype(np.float32), random.integers(0, 3, 12))


def after(model, batch: Batch, steps: int = 1, **settings: object) -> dict[str, np.ndarray]:
    """What some updates change, by path."""
    before = {name: array.copy() for name, array in model.weights.items()}
    step = GradientStep(model, GradientSettings(**settings))
    with Workers(1) as workers:
        for count in range(steps):
            step(batch, StepContext(RandomStream(0), workers, updates=count))
    return {name: array - before[name] for name, array in model.weights.items()}


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "adamw", "rprop"])
def test_frozen_layers_keep_every_bit_and_the_others_learn(optimizer, build, random):
    penalties = {"l1": 0.01, "l2": 0.1, "max_norm": 0.1, "weight_decay": 0.1}
    change = after(build(NET, 5, 3), some_rows(random), 3, optimizer=optimizer, freeze=("hidden*",), **penalties)
    assert not any(change[name].any() for name in change if name.startswith("hidden"))
    assert change["output/W"].any() and change["output/b"].any()


@pytest.mark.parametrize(
    ("pattern", "frozen"),
    [
        ("hidden1", {"hidden1/W", "hidden1/b"}),
        ("*/b", {"hidden1/b", "hidden2/b", "output/b"}),
        ("hidden1/W", {"hidden1/W"}),
        ("*1*", {"hidden1/W", "hidden1/b"}),
    ],
)
def test_a_pattern_means_layers_or_single_arrays(pattern, frozen, build, random):
    change = after(build(NET, 5, 3), some_rows(random), freeze=(pattern,))
    assert {name for name, each in change.items() if not each.any()} == frozen


def test_rates_by_path_multiply_the_steps_of_gradient_descent(build, random):
    batch = some_rows(random)
    whole = after(build(NET, 5, 3), batch, optimizer="sgd")
    rates = ("hidden*=0.25", "hidden2=4")
    parts = after(build(NET, 5, 3), batch, optimizer="sgd", layer_rates=rates)
    for name, change in whole.items():
        factor = {"hidden1": 0.25, "hidden2": 4, "output": 1}[name.split("/")[0]]
        np.testing.assert_allclose(parts[name], factor * change, rtol=1e-3, atol=1e-6)


def test_a_factor_scales_weight_decay_and_the_first_step_of_rprop(build, random):
    batch = Batch.of(np.zeros((4, 5), np.float32), np.array([0, 1, 2, 0]))
    model = build(NET, 5, 3)
    W = model.weights["hidden1/W"].copy()
    change = after(model, batch, optimizer="sgd", learning_rate=0.1, weight_decay=0.5, layer_rates=("hidden1=2",))
    np.testing.assert_allclose(change["hidden1/W"], -0.1 * 2 * 0.5 * W, rtol=1e-4)
    first = after(build(NET, 5, 3), some_rows(random), optimizer="rprop", learning_rate=0.01, layer_rates=("output=3",))
    assert np.abs(first["output/b"]).max() == pytest.approx(0.03, rel=1e-4)
    assert np.abs(first["hidden2/b"]).max() == pytest.approx(0.01, rel=1e-4)


def test_the_gradient_of_frozen_layers_is_zero_and_not_in_the_norm(build, random):
    model, batch = build(NET, 5, 3), some_rows(random)
    step = GradientStep(model, GradientSettings(freeze=("hidden*",)))
    sums = step.measure(batch, {}, RandomStream(0)).sums
    for name, place in model.layout.parameters.items():
        assert place.view(sums["gradient"]).any() == name.startswith("output")
    assert [name for name in step.metrics(sums) if name.startswith("gradient/")] == ["gradient/output"]
    phase = GradientPhase("train", step.settings)
    assert {metric.name for metric in phase.declared_metrics(model)} >= step.metrics(sums).keys()
    assert not {metric.name for metric in phase.declared_metrics(model)} & {"gradient/hidden1", "gradient/hidden2"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"freeze": ("hiden*",)}, "freeze: 'hiden.' matches no weights; the paths are hidden1/W, hidden1/b, hidden2/W"),
        ({"freeze": ("*",)}, "freeze: '.' leaves no weights to train; the paths are hidden1/W"),
        ({"freeze": ("hidden*", "output")}, "freeze: 'hidden.', 'output' leaves no weights to train"),
        ({"layer_rates": ("top=2",)}, "layer_rates: 'top' matches no weights; the paths are"),
        ({"freeze": ("output",), "layer_rates": ("output=2",)}, "'output' matches frozen weights alone"),
        ({"layer_rates": ("output",)}, "layer_rates: got 'output', expected path=factor"),
        ({"layer_rates": ("output=0",)}, "got 'output=0', .*; to keep weights as they are, use freeze"),
        ({"layer_rates": ("output=nan",)}, "got 'output=nan', expected path=factor"),
    ],
)
def test_what_is_refused(settings, message, build):
    with pytest.raises(OptionError, match=message):
        GradientPhase("train", GradientSettings(**settings)).declared_metrics(build(NET, 5, 3))


def test_pieces_of_the_vectors_are_those_that_are_trained():
    layout = Layout(Serial(a=Dense(400), b=Dense(500), c=Dense(3)), (300,))
    factors = dict.fromkeys(layout.parameters, 1.0)
    whole = pieces_of(layout, PIECE, factors)
    assert whole[0].start == 0 and whole[-1].stop == layout.size
    assert len(whole) % 2 == 0
    part = pieces_of(layout, PIECE, factors | {"a/W": 0.0, "c/W": 2.0})
    covered = np.zeros(layout.size)
    for piece in part:
        covered[piece.start : piece.stop] += piece.factor
    expected = dict.fromkeys(factors, 1.0) | {"a/W": 0.0, "c/W": 2.0}
    for name, place in layout.parameters.items():
        assert (place.view(covered) == expected[name]).all(), name


# Tied weights


def test_tied_weights_have_the_gradient_of_both_uses(random):
    check_layer(AUTOENCODER, random.standard_normal((6, 5)))
    check_layer(
        Serial(a=Dense(4, bias=False), tanh=Tanh(), b=Tied(Dense(4), W="a/W"), c=Tied(Dense(4), W="a/W", b="b/b")),
        random.standard_normal((6, 4)),
    )


def test_tied_weights_are_stored_and_counted_once(build, random):
    model = build(AUTOENCODER, 5, 5, "regression", loss=SquaredError(), precision="float64")
    assert list(model.weights) == ["encoder/W", "encoder/b", "decoder/b"]
    assert dict(AUTOENCODER.shapes((5,)).weights()).keys() == model.weights.keys()
    x = random.standard_normal((8, 5))
    h = 1 / (1 + np.exp(-(x @ model.weights["encoder/W"] + model.weights["encoder/b"])))
    np.testing.assert_allclose(model.predict(x), h @ model.weights["encoder/W"].T + model.weights["decoder/b"])
    check_step(model, GradientSettings(l2=0.1), Batch.of(x, x))
    after(model, Batch.of(x, x), 3)
    np.testing.assert_array_equal(model.parameters.tree["decoder"]["W"], model.weights["encoder/W"].T)


def test_a_tie_that_does_not_fit_is_refused():
    with pytest.raises(
        ZooError, match=r"decoder/W: got a tie to 'coder/W', expected the path of a parameter: encoder/W"
    ):
        Layout(Serial(encoder=Dense(3), decoder=Tied(Dense(5), W="coder/W.T")), (5,))
    with pytest.raises(ZooError, match=r"decoder/W: got shape \(3, 4\), expected \(3, 5\), that of the transposed enc"):
        Layout(Serial(encoder=Dense(3), decoder=Tied(Dense(4), W="encoder/W.T")), (5,))
    with pytest.raises(ZooError, match="has no parameter 'V', expected one of W, b"):
        Layout(Serial(encoder=Dense(3), decoder=Tied(Dense(4), V="encoder/W.T")), (5,))


def test_a_tied_array_is_frozen_by_the_path_it_is_stored_under(build, random):
    model = build(AUTOENCODER, 5, 5, "regression")
    with pytest.raises(OptionError, match="'decoder/W' matches decoder/W, which is tied to encoder/W"):
        GradientStep(model, GradientSettings(freeze=("decoder/W",)))
    x = random.standard_normal((8, 5)).astype("f4")
    change = after(model, Batch.of(x, x), freeze=("encoder/W",))
    assert not change["encoder/W"].any() and change["decoder/b"].any()
