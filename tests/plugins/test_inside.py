"""What each family shows of its inside: samples and energies of machines, maps, boxes and centres in their units."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from zoo_art.fuzzy_artmap import ArtmapModel
from zoo_art.model import CategoryModel
from zoo_boltzmann.boltzmann_machine import BoltzmannModel
from zoo_boltzmann.rbm import RbmModel
from zoo_rbf.grnn_pnn import GrnnModel
from zoo_rbf.model import RbfModel
from zoo_som.model import SomModel

import zoo
from zoo.errors import DataError, UsageError
from zoo.types import Array

random = np.random.default_rng(7)
CLUSTERS = np.concatenate([random.normal(1000, 5, (40, 2)), random.normal((1100, 900), 5, (40, 2))])  # far from 0
SIDES = np.repeat(["left", "right"], 40)
BITS = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0]] * 8)
DRAWS = 40_000


def states(units: int) -> Array:
    return np.array(list(itertools.product([0, 1], repeat=units)), float)


@pytest.fixture(scope="module")
def machine() -> RbmModel:
    model = zoo.train("rbm", BITS, hidden=3, epochs=40, initial=0.7, learning_rate=0.2, precision="float64")
    assert isinstance(model, RbmModel)
    return model


@pytest.fixture(scope="module")
def labelled() -> RbmModel:
    classes = BITS[:, 2]
    model = zoo.train(
        "rbm", (BITS[:, [0, 1, 3]], classes), labels=True, hidden=3, epochs=40, initial=0.7, precision="float64"
    )
    assert isinstance(model, RbmModel)
    return model


def test_free_energies_of_a_machine_are_those_of_all_states(machine: RbmModel) -> None:
    w, v, h = machine.weights, states(4), states(3)
    energies = -(v @ w["visible_bias"])[:, None] - h @ w["hidden_bias"] - v @ w["W"] @ h.T
    np.testing.assert_allclose(machine.free_energy(v), -np.log(np.exp(-energies).sum(axis=1)), rtol=1e-12)
    with pytest.raises(UsageError, match="no label units"):
        machine.free_energy(v, classes=np.zeros(16, int))


def test_layers_are_sampled_by_their_probabilities(machine: RbmModel) -> None:
    v = np.repeat(BITS[:1], DRAWS, axis=0)
    drawn = machine.sample_hidden(v, 3)
    assert set(np.unique(drawn)) <= {0, 1} and drawn.shape == (DRAWS, 3)
    np.testing.assert_allclose(drawn.mean(axis=0), machine.predict(v[:1])[0], atol=0.02)
    assert np.array_equal(drawn, machine.sample_hidden(v, 3)) and not np.array_equal(drawn, machine.sample_hidden(v, 4))
    h = np.repeat([[1.0, 0.0, 1.0]], DRAWS, axis=0)
    net = h[0] @ machine.weights["W"].T + machine.weights["visible_bias"]
    np.testing.assert_allclose(machine.sample_visible(h, 5).mean(axis=0), 1 / (1 + np.exp(-net)), atol=0.02)
    with pytest.raises(DataError, match=r"expected \(rows, 3\)"):
        machine.sample_visible(v)


def conditional(free_energy: Array, v: Array, given: Array, held: Array) -> Array:
    """The mean of v under e^(−F(v)), of the states that agree with what is given."""
    fits = (v[:, held] == given[held]).all(axis=1)
    p = np.exp(-free_energy[fits])
    return np.asarray(p @ v[fits] / p.sum())


def test_clamped_sampling_has_the_conditional_distribution(machine: RbmModel) -> None:
    held, given = np.array([True, False, False, True]), BITS[0]
    drawn = machine.sample_clamped(np.repeat(given[None], DRAWS, axis=0), held, steps=60, random=1)
    assert (drawn[:, held] == given[held]).all()
    expected = conditional(machine.free_energy(states(4)), states(4), given, held)
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=0.02)


def test_a_general_machine_is_sampled_with_any_units_clamped() -> None:
    model = zoo.train("boltzmann", BITS, hidden=2, epochs=30, statistics="exact", initial=0.3)
    assert isinstance(model, BoltzmannModel)
    v = states(4)
    np.testing.assert_allclose(
        model.free_energy(v), [model.network.free_energy(each[None])[0] for each in v], rtol=1e-9
    )
    held, given = np.array([True, False, False, True]), BITS[0]
    rows = np.repeat(given[None], 8000, axis=0)
    drawn = model.sample_clamped(rows, held, steps=30)
    assert (drawn[:, held] == given[held]).all()
    np.testing.assert_allclose(drawn.mean(axis=0), conditional(model.free_energy(v), v, given, held), atol=0.03)
    np.testing.assert_allclose(model.sample_hidden(rows, 30).mean(axis=0), model.predict(rows[:1])[0], atol=0.03)


def test_label_units_take_part(labelled: RbmModel) -> None:
    x = zoo.encode(labelled, BITS[:, [0, 1, 3]]).inputs
    each = np.stack([labelled.free_energy(x, classes=np.full(len(x), k)) for k in (0, 1)])
    np.testing.assert_allclose(labelled.free_energy(x), -np.log(np.exp(-each).sum(axis=0)))
    p = np.exp(-each)
    np.testing.assert_allclose(labelled.predict(x), (p / p.sum(axis=0)).T, atol=1e-6)
    rows = np.repeat(x[:1], DRAWS, axis=0)
    hidden = [labelled.sample_hidden(rows, 1, classes=np.full(DRAWS, k)).mean(axis=0) for k in (0, 1)]
    np.testing.assert_allclose(
        labelled.sample_hidden(rows, 2).mean(axis=0), labelled.predict(x[:1])[0] @ hidden, atol=0.02
    )
    with pytest.raises(DataError, match="expected a number from 0 to 1 for each of 24 rows"):
        labelled.free_energy(x, classes=np.full(len(x), 2))


def test_units_of_a_map_are_in_the_units_of_the_data() -> None:
    model = zoo.train("som", CLUSTERS, rows=4, columns=3, epochs=5)
    assert isinstance(model, SomModel)
    assert model.units.shape == (4, 3, 2) and model.u_matrix().shape == (4, 3)
    assert (model.units >= CLUSTERS.min(axis=0) - 1e-3).all() and (model.units <= CLUSTERS.max(axis=0) + 1e-3).all()
    x = zoo.encode(model, CLUSTERS).inputs
    winners = model.winners(x)
    assert np.array_equal(np.stack(np.divmod(winners, 3), axis=1), model.predict(x))
    far = np.square(CLUSTERS[:, None] - model.units.reshape(-1, 2)) / CLUSTERS.std(axis=0) ** 2
    assert np.array_equal(winners, far.sum(axis=2).argmin(axis=1)), "nearest in deviations of the columns"


def test_boxes_hold_the_rows_of_their_categories() -> None:
    model = zoo.train("fuzzy-art", CLUSTERS, epochs=3, vigilance=0.8, test=0.0)
    assert isinstance(model, CategoryModel)
    boxes, categories = model.boxes(), model.categories()
    found = zoo.predict(model, CLUSTERS)[:, 0]
    assert boxes.shape == (len(categories), 2, 2)
    for row, number in zip(CLUSTERS, found, strict=True):
        low, high = boxes[number]
        assert (low - 1e-3 <= row).all() and (row <= high + 1e-3).all()
    np.testing.assert_allclose([each.prototype for each in categories], boxes.mean(axis=1), rtol=1e-6)
    assert sum(each.size for each in categories) >= len(CLUSTERS) and [each.number for each in categories] == [
        *range(len(categories))
    ]


def test_categories_of_voters_have_classes_and_those_without_boxes_say_so() -> None:
    model = zoo.train("fuzzy-artmap", (CLUSTERS, SIDES), voters=2, test=0.0)
    assert isinstance(model, ArtmapModel)
    for voter in (1, 2):
        assert {each.label for each in model.categories(voter)} == {"left", "right"}
        assert model.boxes(voter).min() >= CLUSTERS.min() - 1e-3
    with pytest.raises(UsageError, match="got voter 3, expected 1 to 2"):
        model.boxes(3)
    templates = zoo.train("art1", BITS)
    assert isinstance(templates, CategoryModel)
    assert set(np.unique([each.prototype for each in templates.categories()])) <= {0, 1}
    with pytest.raises(UsageError, match="its categories are no boxes"):
        templates.boxes()


def test_centres_and_design_matrix_are_what_a_net_computes_with() -> None:
    model = zoo.train("rbf", (CLUSTERS, CLUSTERS.sum(axis=1)), centres=7, basis="multiquadric")
    assert isinstance(model, RbfModel)
    assert model.centres.shape == model.widths.shape == (7, 2)
    phi = model.design_matrix(zoo.encode(model, CLUSTERS).inputs)
    gaps = ((CLUSTERS[:, None] - model.centres) / model.widths) ** 2  # each column in its own widths
    np.testing.assert_allclose(phi, np.sqrt(1 + gaps.sum(axis=2)), rtol=1e-6)
    y = phi @ model.weights["output/W"] + model.weights["output/b"]
    np.testing.assert_allclose(model.preprocessing.decode(y)[:, 0], zoo.predict(model, CLUSTERS), rtol=1e-6)
    stored = zoo.train("grnn", (CLUSTERS, CLUSTERS.sum(axis=1)), test=0.0)
    assert isinstance(stored, GrnnModel)
    np.testing.assert_allclose(stored.centres, CLUSTERS, rtol=1e-4)
    assert stored.widths.shape == (80, 2) and stored.design_matrix(zoo.encode(stored, CLUSTERS).inputs).shape == (
        80,
        80,
    )
