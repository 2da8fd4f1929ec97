"""The deep belief net: one phase after the other, each on what the last one learned."""

import numpy as np
import pytest
from zoo_boltzmann.up_down import UpDown

import zoo
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.errors import UsageError
from zoo.parallel.threads import Workers
from zoo.testing.case import finish
from zoo.training.prepare import prepare

SMALL = {"hidden": (12, 8), "precision": "float64"}


def trained(epochs: int = 2, **options):
    run = prepare("dbn", options={**SMALL, **options}, training={"epochs": epochs, "pretraining_epochs": 2})
    run.parts.__dict__["train"] = run.parts.train[:200]
    finish(run)
    return run


def test_phases_go_from_below_and_their_settings_are_their_own() -> None:
    training = {
        "pretraining_epochs": 7,
        "pretraining_rate": 0.2,
        "epochs": 5,
        "rbm2": {"epochs": 3, "learning_rate": 0.4},
    }
    phases = prepare("dbn", options={"hidden": (9, 8, 7)}, training=training).training.phases
    names = ["rates1", "rbm1", "rates2", "rbm2", "rates3", "rbm3", "fine-tuning"]
    assert [phase.name for phase in phases] == names
    by_name = {phase.name: phase.settings for phase in phases}
    assert [by_name[name].epochs for name in names] == [1, 7, 1, 3, 1, 7, 5]
    assert by_name["rbm1"].learning_rate == 0.2 and by_name["rbm2"].learning_rate == 0.4
    assert by_name["fine-tuning"].learning_rate == 0.001


def test_each_machine_sees_the_hidden_activity_of_the_one_below() -> None:
    model = trained(epochs=0, fine_tuning="none").model
    batch = Batch.of(np.random.default_rng(0).random((5, 28, 28)))
    w = model.weights
    h = 1 / (1 + np.exp(-(batch.inputs.reshape(5, -1) @ w["hidden1/W"] + w["hidden1/b"])))
    np.testing.assert_allclose(model.clamped(batch, RandomStream(0), 1), h, rtol=1e-12)
    top = 1 / (1 + np.exp(-(h @ w["hidden2/W"] + w["hidden2/b"])))
    np.testing.assert_allclose(model.predict(batch.inputs), top, rtol=1e-12)


def test_training_a_machine_leaves_those_below_alone() -> None:
    run = prepare("dbn", options=SMALL, training={"epochs": 0, "pretraining_epochs": 1})
    run.parts.__dict__["train"] = run.parts.train[:200]
    seen = {}

    def watch() -> bool:
        phase = run.training.phase
        if phase is not None and phase.name == "rbm2":
            seen.setdefault("W", run.model.weights["hidden1/W"].copy())
        return False

    finish(run, stop=watch)
    np.testing.assert_array_equal(seen["W"], run.model.weights["hidden1/W"])


def test_pretraining_learns_to_reconstruct() -> None:
    """The machines alone: up and down again comes closer to the data than the mean image does."""
    model = zoo.train("dbn", hidden=(64, 32), fine_tuning="none", epochs=0, pretraining_epochs=10)
    data = zoo.training.prepare.prepare("dbn", options={"fine_tuning": "none"})
    x = data.samples("test").rows(np.arange(200)).inputs
    error = np.square(model.reconstruct(x) - x).mean()
    assert error < 0.8 * np.square(x.mean(axis=0) - x).mean()


def test_untied_weights_start_as_those_of_the_way_up() -> None:
    model = trained(epochs=0, fine_tuning="up-down").model
    np.testing.assert_array_equal(model.weights["hidden1/generative_W"], model.weights["hidden1/W"].T)


def test_the_way_down_learns_by_the_delta_rule() -> None:
    """Expected statistics of generative weights: the slope of log p(v | h), h drawn from the recognition model."""
    run = trained(epochs=0, fine_tuning="up-down")
    model, step = run.model, UpDown(run.model, run.training.phases[-1].settings)
    batch = Batch.of(np.round(np.random.default_rng(1).random((1, 28, 28))), np.array([3]))
    many = Batch.of(np.repeat(batch.inputs, 4_000, axis=0), np.full(4_000, 3))
    measured = step.measure(many, {}, RandomStream(5)).sums["hidden1/visible_bias"] / 4_000
    tower, v = model.tower, batch.inputs.reshape(1, -1)
    h = (np.random.default_rng(2).random((4_000, 12)) < tower.machine(0).features(v)).astype(float)
    np.testing.assert_allclose(measured, (v - tower.down(h, 0)).mean(axis=0), atol=0.05)


def test_up_down_answers_with_labels_and_improves() -> None:
    model = zoo.train(
        "dbn", hidden=(64, 64), fine_tuning="up-down", epochs=6, pretraining_epochs=6, learning_rate=0.02, batch_size=20
    )
    assert zoo.training.run.evaluate(model, {"name": "glyphs"}).metrics["accuracy"] > 0.6
    sevens = model.sample(30, 30, "7", RandomStream(0))
    assert sevens.shape == (30, 28, 28)
    assert (model.predict(sevens).argmax(axis=1) == 7).mean() > 0.3  # of ten classes, by so small a net
    with pytest.raises(UsageError, match="there is no class 'seven'"):
        model.sample(1, 1, "seven", RandomStream(0))


def test_back_propagation_begins_from_the_machines() -> None:
    run = prepare("dbn", options=SMALL, training={"epochs": 1, "pretraining_epochs": 1})
    before = run.model.weights["hidden1/W"].copy()
    with Workers(1) as workers:
        step = run.training.phases[1].step(run.model)
        data = run.samples("train")
        step(data.rows(np.arange(50)), StepContext(RandomStream(0), workers))
    assert run.model.parameters.tree["hidden1"]["W"] is run.model.weights["hidden1/W"]
    assert not np.array_equal(before, run.model.weights["hidden1/W"])


def test_nothing_to_train_is_refused() -> None:
    with pytest.raises(UsageError, match="got pretrain false, expected true"):
        prepare("dbn", options={"fine_tuning": "none", "pretrain": False})
    with pytest.raises(UsageError, match="got no hidden layer"):
        prepare("dbn", options={"hidden": ()})
