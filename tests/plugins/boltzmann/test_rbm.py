"""The restricted Boltzmann machine as a model: labels, inputs it refuses, metrics."""

import numpy as np
import pytest
from zoo_boltzmann.datasets.bars_and_stripes import BarsOptions, bars_and_stripes, best_log_likelihood, patterns
from zoo_boltzmann.likelihood import exact_log_partition
from zoo_boltzmann.rbm import label_probabilities
from zoo_boltzmann.visible_units import with_label

import zoo
from zoo.core.random import RandomStream
from zoo.data import open_dataset
from zoo.errors import DataError, UsageError
from zoo.training.prepare import prepare


def csv(path, rows) -> str:
    path.write_text("a,b,c,kind\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
    return str(path)


def test_bars_and_stripes_are_thirty_different_squares() -> None:
    squares = patterns(4)
    assert squares.shape == (30, 4, 4) and len(np.unique(squares.reshape(30, -1), axis=0)) == 30
    for square in squares:
        rows, columns = np.ptp(square, axis=1), np.ptp(square, axis=0)
        assert not rows.any() or not columns.any(), "neither all rows nor all columns are of one value"
    assert best_log_likelihood(4) == pytest.approx(-3.401, abs=5e-4)
    assert len(bars_and_stripes(BarsOptions(size=2))) == 6


def test_label_answers_are_the_joint_probabilities_by_bayes() -> None:
    run = prepare("rbm", options={"hidden": 5, "labels": True, "precision": "float64"}, data={"name": "moons"})
    random = np.random.default_rng(0)
    for array in run.model.weights.values():
        array[...] = random.standard_normal(array.shape)
    machine, v = run.model.machine(), random.random((7, 2))
    joint = np.stack([np.exp(-machine.free_energy(with_label(v, 2, k))) for k in range(2)], axis=1)
    np.testing.assert_allclose(label_probabilities(machine, v), joint / joint.sum(axis=1, keepdims=True), rtol=1e-12)


def test_evaluated_likelihood_is_the_exact_one() -> None:
    result = zoo.train("rbm", "bars-and-stripes", hidden=6, epochs=3, batch_size=30)
    machine = result.machine()
    v = patterns(4).reshape(30, -1)
    exact = float(-machine.in_double().free_energy(v.astype(float)).mean() - exact_log_partition(machine))
    metrics = zoo.training.run.evaluate(result, {"name": "bars-and-stripes"}).metrics
    assert metrics["log_likelihood"] == pytest.approx(exact, abs=1e-9)
    assert metrics["log_likelihood"] <= best_log_likelihood(4)


def test_beyond_enumeration_the_interval_is_told() -> None:
    model = zoo.train("rbm", "bars-and-stripes", hidden=22, annealing_steps=30, epochs=1, size=5)
    metrics = zoo.training.run.evaluate(model, {"name": "bars-and-stripes", "size": 5}).metrics
    assert metrics["log_likelihood_low"] < metrics["log_likelihood"] < metrics["log_likelihood_high"]


def test_values_outside_0_to_1_are_refused(tmp_path) -> None:
    rows = [(0, 0.5, 1, "xy"[n % 2]) for n in range(20)]
    path = csv(tmp_path / "rows.csv", [*rows[:16], (0, 3.5, 1, "x"), (0, 3.5, 1, "y"), *rows[:2]])
    with pytest.raises(DataError, match=r"column 'b' is 3.5 in row 1[78], expected a value in \[0, 1\]"):
        prepare("rbm", data={"name": path}, options={"scaling": "raw"})
    model = prepare("rbm", options={"hidden": 3}).model
    with pytest.raises(DataError, match=r"got inputs from -1 to -1, expected values in \[0, 1\]"):
        model.predict(-np.ones((2, 4, 4), np.float32))


def test_constant_columns_are_refused_for_gaussian_units(tmp_path) -> None:
    path = csv(tmp_path / "rows.csv", [(n % 7, 7, 1 - n % 5, "xy"[n % 2]) for n in range(20)])
    with pytest.raises(DataError, match="column 'b' never changes in training"):
        prepare("rbm", data={"name": path}, options={"visible": "gaussian"})
    assert prepare("rbm", data={"name": path}).model.signature.inputs == 3  # Bernoulli units take it


def test_a_label_layer_needs_labels() -> None:
    with pytest.raises(UsageError, match=r"got a label layer .* and data without classes"):
        prepare("rbm", options={"labels": True}, data={"name": "bars-and-stripes"})


def test_classes_are_left_alone_without_a_label_layer() -> None:
    run = prepare("rbm", options={"hidden": 7}, data={"name": "moons"})
    assert run.model.signature.task == "unsupervised"
    assert run.model.predict(np.zeros((3, 2), np.float32)).shape == (3, 7)


def test_labels_are_learned() -> None:
    settings = {"epochs": 60, "batch_size": 10, "learning_rate": 0.1, "schedule": "constant", "momentum": 0.5}
    model = zoo.train("rbm", "letters", hidden=20, labels=True, chains="contrastive", **settings)
    assert zoo.training.run.evaluate(model, {"name": "letters"}).metrics["accuracy"] > 0.9
    for number in (0, 7):
        samples = model.sample(30, 60, model.signature.labels[number], RandomStream(0))
        assert (model.predict(np.clip(samples, 0, 1)).argmax(axis=1) == number).mean() > 0.5  # of 26 classes


def test_bars_data_open() -> None:
    assert open_dataset("bars-and-stripes", size=3).inputs.shape == (14, 3, 3)


def test_gaussian_units_learn_more_than_mean_and_deviation() -> None:
    """Two moons, standardized: the best density without hidden units is −(1 + log 2π) = −2.838 nats a row."""
    model = zoo.train(
        "rbm",
        "moons",
        visible="gaussian",
        hidden=12,
        epochs=60,
        batch_size=20,
        learning_rate=0.02,
        steps=5,
        deviation=0.4,
    )
    metrics = zoo.training.run.evaluate(model, {"name": "moons"}).metrics
    assert metrics["log_likelihood"] > -2.838 + 0.1
    grid = np.stack(np.meshgrid(*[np.arange(-4, 4, 0.05)] * 2), axis=2).reshape(-1, 2).astype(np.float32)
    machine = model.machine()
    log_p = -machine.free_energy(model.values(grid)) - exact_log_partition(machine) - 2 * np.log(0.4)
    assert np.exp(log_p).sum() * 0.05**2 == pytest.approx(1, abs=0.01)  # a density of the inputs


def test_the_default_annealing_is_as_long_as_the_training() -> None:
    """250 steps an epoch, 15,000 at most; a line says so where they are few, `annealing_steps` decides otherwise."""
    found = []
    for options in ({"epochs": 1}, {"epochs": 2}, {"epochs": 61}, {"epochs": 1, "annealing_steps": 30}):
        model = zoo.train("rbm", "bars-and-stripes", hidden=22, size=5, **options)
        note = next(each for each in model.notes(None) if "annealed" in each)
        found.append((model.annealing_steps, "may read too high" in note))
        assert f"{model.annealing_steps:,} steps" in note
    assert found == [(250, True), (500, True), (15_000, False), (30, False)]
