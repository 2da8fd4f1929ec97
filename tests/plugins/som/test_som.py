"""Maps from end to end: the data decide the size, missing values, classes, shards, bad input, recipes and the shipped
map."""

from pathlib import Path

import numpy as np
import pytest
from zoo_som import map_measures
from zoo_som.model import SomModel
from zoo_som.rules.trustworthiness import trustworthiness

import zoo
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.data import Dataset
from zoo.errors import DataError, UsageError, ZooWarning
from zoo.registry import lookup
from zoo.testing.case import finish
from zoo.training.prepare import prepare
from zoo.training.run import continue_from, evaluate, reproduce, train

HERE = Path(__file__).parent


def clusters(count=200, seed=0):
    """Three round clusters in four dimensions, and which each sample is of."""
    random = np.random.default_rng(seed)
    classes = random.integers(3, size=count)
    return random.normal(size=(count, 4)) * 0.2 + 3 * np.eye(4)[classes], classes


def trained(x, y=None, missing="error", **values) -> SomModel:
    task = "unsupervised" if y is None else "classification"
    labels = () if y is None else ("a", "b", "c")
    data = Dataset(name="clusters", task=task, inputs=x, targets=y, labels=labels, missing=missing)
    model = zoo.train("som", data, **{"epochs": 12, **values})
    assert isinstance(model, SomModel)
    return model


def errors(model, x):
    return model.metrics(model.evaluate(Batch.of(x.astype(np.float32)), RandomStream(0)))


def by_one(rule, **others):
    """Settings of the online rule alone: the batch rule adds up whole epochs."""
    return {"batch_size": 32, **others} if rule == "online" else {}


@pytest.mark.parametrize("rule", ["batch", "online"])
@pytest.mark.parametrize("grid", ["hexagonal", "rectangular"])
@pytest.mark.parametrize("toroidal", [False, True])
@pytest.mark.parametrize("initial", ["principal", "sample", "random"])
def test_every_kind_of_map_orders_what_it_learns(rule, grid, toroidal, initial):
    """Against the same map untrained: a closer fit, and neighbours that belong together."""
    x = np.random.default_rng(1).random((400, 2))
    kind = {"rows": 6, "columns": 7, "grid": grid, "toroidal": toroidal, "initial": initial, "scaling": "raw"}
    before = errors(trained(x, epochs=0, **kind), x)
    after = errors(trained(x, epochs=15, rule=rule, **by_one(rule), **kind), x)
    assert after["quantization_error"] < 0.12
    assert after["topographic_error"] < (0.35 if toroidal else 0.15)
    if initial != "principal":
        assert after["topographic_error"] < before["topographic_error"] / 2


@pytest.mark.parametrize("neighbourhood", ["bubble", "triangle", "mexican_hat"])
@pytest.mark.parametrize("rule", ["batch", "online"])
def test_other_neighbourhoods_order_a_random_map(neighbourhood, rule):
    """The hat pushes units at the edge beyond the data, where they win nothing: its fit is the loosest."""
    x = np.random.default_rng(1).random((300, 2))
    kind = {"rows": 6, "columns": 6, "initial": "random", "scaling": "raw"}
    values = {"neighbourhood": neighbourhood, "rule": rule, "radius": 2.0, **by_one(rule, learning_rate=0.1)}
    before, after = errors(trained(x, epochs=0, **kind), x), errors(trained(x, **kind, **values), x)
    assert after["topographic_error"] < before["topographic_error"] / 2
    assert after["quantization_error"] < before["quantization_error"] * (1.5 if neighbourhood == "mexican_hat" else 0.9)


def test_classes_are_told_by_the_units_that_won_them():
    x, y = clusters()
    model = trained(x, y)
    more, classes = clusters(seed=1)
    answers = zoo.predict(model, more)
    assert (answers == np.array(["a", "b", "c"])[classes]).mean() > 0.98
    hits = model.weights["hits"]
    assert hits.sum() == 160  # a fifth is held out
    np.testing.assert_allclose(model.classes[hits.any(axis=1)].sum(axis=1), 1, rtol=1e-6)
    assert set(np.unique(map_measures.unit_classes(model))) <= {-1, 0, 1, 2}


def test_a_unit_that_won_nothing_leaves_the_answer_to_the_nearest_that_did(make):
    model = make(rows=1, columns=3, values=1, classes=2)
    model.weights["W"][:, 0] = [0.0, 1.0, 5.0]
    model.weights["hits"][...] = [[3, 1], [0, 0], [0, 2]]
    np.testing.assert_allclose(model.predict(np.array([[1.1], [4.0]])), [[0.75, 0.25], [0, 1]])


def test_without_classes_the_answer_is_a_place(make):
    model = make(rows=2, columns=3, values=1)
    model.weights["W"][:, 0] = np.arange(6)
    np.testing.assert_array_equal(model.predict(np.array([[4.1], [0.2], [2.0]])), [[1, 1], [0, 0], [0, 2]])
    assert model.signature.labels == ("row", "column")


def test_missing_values_are_learned_around():
    x, y = clusters(300)
    holes = np.random.default_rng(2).random(x.shape) < 0.15
    holes[holes.all(axis=1)] = False
    whole = trained(x, y, rows=5, columns=5)
    around = trained(np.where(holes, np.nan, x), y, "keep", rows=5, columns=5)
    assert np.isfinite(around.weights["W"]).all()
    seen = (x - x.mean(axis=0)) / x.std(axis=0)
    assert errors(around, seen)["quantization_error"] < 2 * errors(whole, seen)["quantization_error"]
    more, classes = clusters(seed=3)
    more[:, 3] = np.nan
    assert (zoo.predict(around, more) == np.array(["a", "b", "c"])[classes]).mean() > 0.95


def test_shards_change_nothing_but_rounding_and_workers_nothing_at_all():
    x, _ = clusters(500)
    maps = {
        (shards, threads): zoo.train("som", (x), rows=6, columns=5, epochs=5, shards=shards, threads=threads).weights[
            "W"
        ]
        for shards, threads in ((1, 1), (1, 3), (4, 1), (4, 3), (7, 2))
    }
    assert maps[1, 1].tobytes() == maps[1, 3].tobytes() and maps[4, 1].tobytes() == maps[4, 3].tobytes()
    for other in ((4, 1), (7, 2)):
        np.testing.assert_allclose(maps[other], maps[1, 1], rtol=1e-4, atol=1e-5)


def test_the_data_settle_the_size():
    """5√n units, the longer side along the longer axis of the data (Vesanto and Alhoniemi 2000)."""
    x = np.random.default_rng(0).normal(size=(2000, 5)) * [9, 3, 0.1, 0.1, 0.1]
    som = trained(x, scaling="raw", epochs=0).architecture
    assert som.rows * som.columns == pytest.approx(5 * 1600**0.5, rel=0.1)
    across, down = som.columns, som.rows * 3**0.5 / 2
    assert across / down == pytest.approx(3, rel=0.15)
    assert trained(x, rows=4, epochs=0).architecture.columns == 50
    assert trained(x[:6], epochs=0).architecture.lattice.units <= 5


def test_the_first_map_lies_along_the_principal_axes():
    x = np.random.default_rng(0).normal(size=(500, 3)) * [5, 2, 0.1]
    data = Dataset(name="x", task="unsupervised", inputs=x, test=0.0)
    options = {"rows": 4, "columns": 6, "scaling": "raw", "precision": "float64"}
    run = prepare("som", options=options, training={"epochs": 0}, dataset=data)
    finish(run)
    W = run.model.weights["W"].reshape(4, 6, 3)
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    ends = W[0, 0] - W[0, -1]
    assert abs(ends @ vectors[:, -1]) == pytest.approx(np.linalg.norm(ends))
    whole = np.ptp(W.reshape(-1, 3) @ vectors[:, -1])
    assert whole == pytest.approx(2 * values[-1] ** 0.5)  # from −√λ to √λ
    np.testing.assert_allclose(W.mean(axis=(0, 1)), x.mean(axis=0), atol=0.3)


@pytest.mark.parametrize("initial", ["principal", "sample", "random"])
def test_a_map_that_is_trained_on_keeps_its_weights(tmp_path, initial):
    x, _ = clusters()
    for name, rows in (("first", x), ("more", x[:150] + 0.1)):
        np.save(tmp_path / f"{name}.npy", rows)
    data = {"name": str(tmp_path / "first.npy"), "target": "none"}
    options = {"rows": 5, "columns": 5, "initial": initial}
    run = prepare("som", options=options, training={"epochs": 5}, data=data)
    first = train(run, out=tmp_path / "first.h5").model
    more = {**data, "name": str(tmp_path / "more.npy")}
    still = continue_from(tmp_path / "first.h5", data=more, training={"epochs": 0}).model
    assert still.weights["W"].tobytes() == first.weights["W"].tobytes()
    on = continue_from(tmp_path / "first.h5", data=more, training={"epochs": 3, "radius": 1.0}).model
    assert 0 < np.abs(on.weights["W"] - first.weights["W"]).max() < 1.5
    assert on.weights["hits"].sum() == 120


# --- what a map tells -------------------------------------------------------------------------------------------------


def test_trustworthiness_by_its_definition():
    """Venna and Kaski (2001), eq. 1, sample by sample, where no two samples share a place."""
    random = np.random.default_rng(5)
    places = random.normal(size=(40, 6)), random.random((40, 2))
    data, shown = (np.linalg.norm(each[:, None] - each, axis=2) for each in places)
    for k in (1, 5, 12):
        penalty = 0
        for i in range(40):
            others = [j for j in range(40) if j != i]
            rank = {j: place for place, j in enumerate(sorted(others, key=lambda j: data[i, j]), 1)}
            penalty += sum(max(0, rank[j] - k) for j in sorted(others, key=lambda j: shown[i, j])[:k])
        expected = 1 - 2 * penalty / (40 * k * (80 - 3 * k - 1))
        assert trustworthiness(data, shown, k) == pytest.approx(expected)
    assert trustworthiness(data, data, 5) == 1.0


def test_samples_at_one_place_share_what_is_left():
    """Two of three others stand as near as each other: each counts half, whichever order they come in."""
    data = np.abs(np.subtract.outer([0.0, 1.0, 2.0, 3.0, 5.0, 8.0], [0.0, 1.0, 2.0, 3.0, 5.0, 8.0]))
    shown = np.ones((6, 6)) - np.eye(6)
    order = np.random.default_rng(0).permutation(6)
    assert trustworthiness(data, shown, 1) == pytest.approx(trustworthiness(data[order][:, order], shown, 1))


def test_component_planes_are_in_the_units_of_the_data():
    x, y = clusters()
    model = trained(x * [1, 10, 100, 1000], y, rows=4, columns=4)
    planes = map_measures.component_planes(model)
    assert planes.shape == (4, 4, 4)
    for plane, column in zip(planes, (x * [1, 10, 100, 1000]).T, strict=True):
        assert column.min() - 1e-3 * np.ptp(column) <= plane.min() < plane.max() <= column.max() + 1e-3 * np.ptp(column)
    assert map_measures.hit_histogram(model).sum() == 160


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        (np.ones((1, 3)), {"test": 0.0}, DataError, "got 1 sample to train on, expected two or more"),
        (np.ones((9, 3)), {}, DataError, "all samples are equal, every column is constant"),
        (np.array([[1.0, np.nan], [2.0, 3.0], [4.0, 5.0]]), {"test": 0.0}, DataError, "column 2', row 1 is missing"),
        (np.eye(9), {"rows": 1, "columns": 1}, UsageError, "a map of one unit, expected two or more"),
        (np.random.rand(9, 5000), {}, UsageError, "a sample has 5,000 values, expected at most 4,096"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_line(x, options, error, message):
    with pytest.raises(error, match="expected") as caught:
        zoo.train("som", x, **options)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_map_may_have_more_units_than_samples():
    """An emergent map: the samples lie on it as points of a landscape, and most units win none."""
    x, y = clusters()
    for initial in ("principal", "sample", "random"):
        model = trained(x[:30], y[:30], rows=12, columns=10, initial=initial, last_radius=0.3, scaling="raw")
        assert model.weights["hits"].sum() == 24  # a fifth is held out
        assert np.isfinite(model.weights["W"]).all()
        assert errors(model, x[:30])["quantization_error"] < 1
        assert (zoo.predict(model, x[:30]) == np.array(["a", "b", "c"])[y[:30]]).mean() > 0.9
    bare = trained(x[:10], rows=8, columns=8, epochs=2)
    assert zoo.predict(bare, x[:10]).shape == (10, 2)


def test_columns_that_tell_nothing_apart_are_named():
    x, _ = clusters()
    x[:, 1] = 7
    with pytest.warns(ZooWarning, match="input 2 is the same in all samples"):
        zoo.train("som", x, epochs=1)


# --- recipes and the shipped map --------------------------------------------------------------------------------------


def test_the_shipped_map_keeps_what_its_recipe_promises():
    recipe = lookup.find_recipe("som-colours")
    metrics = evaluate(lookup.find_checkpoint("som-colours")).metrics
    assert metrics["accuracy"] >= recipe.expect["accuracy"]
    assert metrics["quantization_error"] <= recipe.expect["quantization_error"]


@pytest.mark.parametrize("name", ["som-colours", "som-iris"])
def test_a_recipe_reaches_what_it_promises(name, real_data):
    if name == "som-iris":
        real_data("iris.csv")
    _, reached = reproduce(name)
    assert reached and all(row.held for row in reached), reached
