"""GRNN and PNN equal Specht's equations, find their width by leaving one out, and go on storing."""

from pathlib import Path

import numpy as np
import pytest
from zoo_rbf.grnn_pnn import Grnn, Pnn
from zoo_rbf.rules import grnn

import zoo
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers
from zoo.training import run

CONTEXT = StepContext(RandomStream(0), Workers(1))


def stored(architecture, samples: np.ndarray, targets: np.ndarray, outputs: int):
    task = "regression" if targets.ndim == 2 else "classification"
    labels = tuple("abc"[:outputs])
    model = architecture.build(Signature(task, samples.shape[1:], (outputs,), labels), RandomStream(0))
    settings = zoo.TrainingPlan(type(architecture).settings)
    architecture.phases(settings)[0].step(model)(Batch.of(samples, targets), CONTEXT)
    return model


@pytest.mark.parametrize("width", [0.05, 0.4, 3.0])
def test_grnn_is_spechts_equation(width: float) -> None:
    random = np.random.default_rng(0)
    samples, targets = random.standard_normal((30, 2)), random.standard_normal((30, 1))
    model = stored(Grnn(width=width, precision="float64"), samples, targets, 1)
    x = random.standard_normal((20, 2)) / 2
    expected = [grnn.grnn(each, samples, targets, width)[0] for each in x]
    np.testing.assert_allclose(model.predict(x)[:, 0], expected, rtol=1e-9)
    far = model.predict(np.full((1, 2), 1e3))  # where every kernel is 0 in floating point, the nearest sample answers
    nearest = int(np.square(samples - 1e3).sum(axis=1).argmin())
    np.testing.assert_allclose(far[0], targets[nearest], rtol=1e-6)


@pytest.mark.parametrize("priors", ["data", "equal"])
def test_pnn_is_bayes_rule_with_parzens_densities(priors: str) -> None:
    random = np.random.default_rng(1)
    samples, classes = random.standard_normal((40, 2)), np.array([0] * 25 + [1] * 10 + [2] * 5)
    model = stored(Pnn(width=0.5, priors=priors, precision="float64"), samples, classes, 3)
    x = random.standard_normal((15, 2))
    h = np.array([25 / 40, 10 / 40, 5 / 40]) if priors == "data" else np.ones(3)
    expected = [grnn.pnn(each, samples, classes, h, 0.5) for each in x]
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-9)


def test_the_width_is_the_best_when_each_sample_is_left_out() -> None:
    """Against predicting every sample from a net that never stored it."""
    random = np.random.default_rng(2)
    x = random.uniform(-2, 2, (60, 1))
    y = np.sin(3 * x) + 0.2 * random.standard_normal((60, 1))
    model = zoo.train("grnn", (x, y), test=0.0, precision="float64", batch_size=13)
    encoded = model.preprocessing.encode_inputs(x, np.float64)
    targets = model.preprocessing.encode_targets(y, np.float64)
    from zoo_rbf.grnn_pnn import WIDTHS

    errors = []
    for width in WIDTHS:
        total = 0.0
        for n in range(60):
            others = [m for m in range(60) if m != n]
            near = np.square(encoded[others] - encoded[n]).sum(axis=1)
            weights = np.exp(-(near - near.min()) / (2 * width**2))
            total += float((weights @ targets[others, 0] / weights.sum() - targets[n, 0]) ** 2)
        errors.append(total / 2 / 60)
    assert model.weights["width"][0] == pytest.approx(WIDTHS[int(np.argmin(errors))])
    assert model.history["width"]["loss"][-1] == pytest.approx(min(errors), rel=1e-6)


def test_they_go_on_storing_and_do_not_forget(tmp_path: Path) -> None:
    """New data, of a class unseen before too: what is known stays, and the width is found on the new samples."""
    random = np.random.default_rng(0)
    for name, centres in (("one", {"a": 0.0, "b": 3.0}), ("two", {"c": 6.0, "a": 9.0})):
        lines = ["x,class"]
        lines += [f"{c + 0.3 * random.standard_normal():.4f},{k}" for k, c in centres.items() for _ in range(20)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    data = {"name": str(tmp_path / "one.csv"), "test": 0.0}
    run.train(run.prepare("pnn", data=data), out=tmp_path / "one.h5")
    run.continue_from(
        tmp_path / "one.h5", data={"name": str(tmp_path / "two.csv"), "test": 0.0}, out=tmp_path / "two.h5"
    )
    model = zoo.load(tmp_path / "two.h5")
    assert len(model.weights["samples"]) == 80
    answers = zoo.predict(model, np.array([[0.0], [3.0], [6.0], [9.0]]))
    assert answers.tolist() == ["a", "b", "c", "a"]
