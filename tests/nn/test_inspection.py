"""What is seen inside a model of layers: shapes, activations and gradients, over every gradient architecture."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.errors import DataError, UsageError
from zoo.nn import GradientModel
from zoo.nn.gradient_check import compare
from zoo.options import options_of
from zoo.registry import lookup
from zoo.testing.case import Case

ROWS = 3
SEQUENCES = {"elman": "sentences", "lstm": "reber", "gru": "adding", "jordan": "sunspots"}  # every kind of task
BOTH_WAYS = [
    Case("lstm", {"bidirectional": True, "peepholes": True, "layers": 2, "hidden": 3}, data={"name": "sentences"}),
    Case("rbf", {"centres": 5, "normalized": True}, data={"name": "moons"}),
    Case("mlp", {"hidden": (5,), "activation": "maxout", "input_dropout": 0.2, "dropout": 0.2}, data={"name": "moons"}),
]
PRECISE = [kind for kind in map(lookup.find_architecture, zoo.list_architectures()) if "precision" in options_of(kind)]
CASES = [
    Case(
        kind.name,
        {**kind.small, **({"hidden": 4} if kind.name in SEQUENCES else {})},
        data={"name": SEQUENCES.get(kind.name, kind.data)},
    )
    for kind in PRECISE
]


def model_of(case: Case) -> tuple[GradientModel, Batch]:
    """A model in double precision with weights of its start, shaken so that none is zero, and some rows."""
    run = Case(case.architecture, {**case.options, "precision": "float64"}, data=case.data).prepare()
    model = run.model
    if not isinstance(model, GradientModel):
        pytest.skip("it is not made of layers")
    random = np.random.default_rng(1)
    for array in model.weights.values():
        array[...] += 0.05 * random.standard_normal(array.shape)
    return model, run.samples("train").rows(np.arange(ROWS))


@pytest.mark.parametrize("case", [*CASES, *BOTH_WAYS], ids=str)
def test_what_is_seen_inside_is_what_predicts_and_its_gradient(case: Case) -> None:
    model, batch = model_of(case)
    layers, seen = model.layers, model.activations(batch)
    assert set(layers) <= set(seen) | heads(layers)
    for path in layers.keys() & seen.keys():
        shape = layers[path].output_shape
        assert all(want in (-1, got) for want, got in zip(shape, seen[path].shape[1:], strict=True)), path
    own = {f"{path}/{name}" for path, layer in layers.items() for name in layer.parameters}
    assert own >= set(model.layout.parameters)

    found = model.gradients(batch)
    x = np.array(batch.inputs, np.float64)

    def objective() -> float:
        moved = Batch(x, batch.targets, batch.numbers, batch.lanes, batch.mask)
        metrics = model.metrics(model.evaluate(moved, RandomStream(0)))
        return float(metrics.get("objective", metrics["loss"]))

    assert found.loss == pytest.approx(objective(), rel=1e-12)
    padded = np.ones(x.shape[:1]) if batch.mask is None else batch.mask
    if model.signature.task != "unsupervised":  # there the inputs are the targets as well, held fixed
        compare(objective, x, found.inputs, "inputs", most=12, tolerance=1e-5)
        assert not found.inputs[padded == 0].any(), "nothing depends on padding"
    names = list(found.parameters)
    for name in (names[place] for place in np.unique(np.linspace(0, len(names) - 1, 8).astype(int))):
        compare(objective, model.weights[name], found.parameters[name], name, most=3, tolerance=1e-5)


def heads(layers: dict) -> set[str]:
    """Heads beside the net, which predict nothing."""
    return {path for path in layers if "/head" in path}


def test_gradients_of_a_training_step_have_its_dropout() -> None:
    model = zoo.train("mlp", "moons", hidden=(8, 8), dropout=0.5, epochs=1)
    assert isinstance(model, GradientModel)
    batch = zoo.encode(model, "moons")
    assert model.gradients(batch).loss != model.gradients(batch, training=True).loss
    at = model.gradients(batch).deltas["hidden1"]
    assert at.shape == (len(batch), 8) and not np.array_equal(
        at, model.gradients(batch, training=True).deltas["hidden1"]
    )


def test_rows_are_encoded_as_for_training_and_prediction() -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(50, 20, (40, 3)), np.where(random.random(40) < 0.5, "yes", "no")
    model = zoo.train("mlp", (X, y), hidden=4, epochs=1)
    batch = zoo.encode(model, (X, y))
    assert np.array_equal(model.predict(batch.inputs), zoo.predict(model, X, probabilities=True))
    assert [model.labels[number] for number in batch.targets] == y.tolist()
    alone = zoo.encode(model, X)
    assert alone.targets is None and np.array_equal(alone.inputs, batch.inputs)
    with pytest.raises(DataError, match=r"got inputs of float64 \(40, 5\), expected numbers of shape \(rows, 3\)"):
        model.activations(np.zeros((40, 5)))
    with pytest.raises(DataError, match="expected numbers, encoded"):
        model.gradients(batch.inputs, y)
    with pytest.raises(DataError, match="for 40 rows"):
        model.gradients(batch.inputs, [0, 1])
    model.preprocessing = None
    with pytest.raises(UsageError, match="has no preprocessing"):
        zoo.encode(model, X)
