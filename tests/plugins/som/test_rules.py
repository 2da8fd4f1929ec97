"""Both rules equal what their equations say, one sample and one unit at a time."""

import itertools

import numpy as np
import pytest
from brute_force import far, grid_distances, strength
from zoo_som.batch import BatchRule, sums_by_unit
from zoo_som.kernels.neighbourhood import NEIGHBOURHOODS
from zoo_som.online import BlockedOnlineRule, OnlineRule
from zoo_som.rules.decay import decayed
from zoo_som.settings import SomSettings

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers

KINDS = list(itertools.product(("rectangular", "hexagonal"), (False, True)))


def samples(missing=False, values=3, count=30, seed=3):
    x = np.random.default_rng(seed).normal(size=(count, values))
    if missing:
        x[np.random.default_rng(4).random(x.shape) < 0.2] = np.nan
    return x


def as_seen(distance, x):
    return x / np.sqrt(np.nansum(x**2, axis=1, keepdims=True)) if distance == "cosine" else x


def batch_epoch(W, x, distance, h):
    """One epoch of the batch rule by a double loop over samples and units."""
    winners = [min(range(len(W)), key=lambda unit: far(distance, sample, W[unit])) for sample in x]
    new = W.copy()
    for unit, value in itertools.product(range(W.shape[0]), range(W.shape[1])):
        top = bottom = size = 0.0
        for sample, winner in zip(x, winners, strict=True):
            if not np.isnan(sample[value]):
                top += h[winner, unit] * (sample[value] - W[unit, value])
                bottom += h[winner, unit]
                size += abs(h[winner, unit])
        if size > 0:
            new[unit, value] += top / size
    return new


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
@pytest.mark.parametrize(("distance", "missing"), [("euclidean", False), ("euclidean", True), ("cosine", False)])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_batch_maps_equal_a_double_loop(make, kind, neighbourhood, distance, missing, precision):
    model = make(rows=4, columns=5, grid=kind[0], toroidal=kind[1], distance=distance, precision=precision)
    grid = grid_distances(4, 5, kind[0] == "hexagonal", kind[1])
    settings = SomSettings(epochs=3, update="epoch", radius=2.5, last_radius=0.7, neighbourhood=neighbourhood)
    rule, x = BatchRule(model, settings), samples(missing).astype(precision)
    expected = model.weights["W"].astype(np.float64)
    with Workers(1) as workers:
        for epoch, radius in enumerate(2.5 * (0.7 / 2.5) ** (np.arange(3) / 2)):
            apart = (
                np.random.default_rng(epoch).normal(size=expected.shape) * 1e-3
            )  # units alike would tie for a sample
            expected = (expected + apart).astype(precision).astype(np.float64)
            model.weights["W"][...] = expected
            rule(Batch.of(x), StepContext(RandomStream(0), workers, epoch / 3, epoch))
            h = np.array([[strength(neighbourhood, d, radius) for d in row] for row in grid])
            expected = batch_epoch(expected, as_seen(distance, x.astype(np.float64)), distance, h)
    tolerance = 1e-5 if precision == "float32" else 1e-9
    np.testing.assert_allclose(model.weights["W"], expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("distance", ["euclidean", "cosine", "manhattan"])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
def test_online_maps_equal_the_rule_sample_by_sample(make, distance, missing, neighbourhood):
    x = samples(missing, values=4, count=75)
    grid = grid_distances(4, 3, True, True)
    expected = make(rows=4, columns=3, values=4, toroidal=True, distance=distance).weights["W"].copy()
    error = 0.0
    for sample in as_seen(distance, x):
        distances = [far(distance, sample, w) for w in expected]
        best = int(np.argmin(distances))
        error += distances[best]
        for unit, value in itertools.product(range(12), range(4)):
            if not np.isnan(sample[value]):
                share = 0.3 * strength(neighbourhood, grid[best, unit], 1.4)
                expected[unit, value] += share * (sample[value] - expected[unit, value])
    settings = SomSettings(
        rule="online",
        radius=1.4,
        last_radius=1.4,
        learning_rate=0.3,
        last_learning_rate=0.3,
        neighbourhood=neighbourhood,
    )
    for kind in (OnlineRule, BlockedOnlineRule) if distance != "manhattan" else (OnlineRule,):
        model = make(rows=4, columns=3, values=4, toroidal=True, distance=distance)
        metrics = kind(model, settings)(Batch.of(x), StepContext(RandomStream(0), Workers(1)))
        np.testing.assert_allclose(model.weights["W"], expected, rtol=1e-9, atol=1e-9, err_msg=kind.__name__)
        assert metrics["quantization_error"] == pytest.approx(error / 75, rel=1e-9)


def test_sums_of_a_batch_move_units_as_far_as_so_many_samples_would(make):
    """η = 1: the rule over an epoch. Samples that are all alike: as far as the online rule with a winner that stays."""
    x = np.repeat([[2.0, -1.0, 0.5]], 6, axis=0)
    alike = {"radius": 1.2, "last_radius": 1.2, "last_learning_rate": 0.25, "learning_rate": 0.25}
    maps = []
    for rule, kind in (("batch", BatchRule), ("online", OnlineRule)):
        model = make(rows=3, columns=3)
        model.weights["W"][4] = [1.9, -1.0, 0.5]
        kind(model, SomSettings(rule=rule, update="batch", **alike))(
            Batch.of(x), StepContext(RandomStream(0), Workers(1))
        )
        maps.append(model.weights["W"])
    np.testing.assert_allclose(maps[0][4], maps[1][4], rtol=1e-9)  # the winner, h = 1: 1 − (1 − η)⁶ of the way
    whole, parts = make(rows=3, columns=3), make(rows=3, columns=3)
    BatchRule(whole, SomSettings(update="epoch", **alike))(Batch.of(x), StepContext(RandomStream(0), Workers(1)))
    alike |= {"learning_rate": 1.0, "last_learning_rate": 1.0}
    BatchRule(parts, SomSettings(update="batch", **alike))(Batch.of(x), StepContext(RandomStream(0), Workers(1)))
    np.testing.assert_allclose(whole.weights["W"], parts.weights["W"], rtol=1e-9)


@pytest.mark.parametrize("values", [3, 100])
def test_sums_by_unit(values):
    x = samples(values=values, count=200)
    winners = np.random.default_rng(5).integers(0, 30, 200)
    np.testing.assert_allclose(sums_by_unit(x, winners, 40), np.eye(40)[winners].T @ x, atol=1e-12)


def test_decays_run_from_first_to_last():
    for kind in ("linear", "exponential", "inverse"):
        assert decayed(kind, 8.0, 2.0, 0.0) == pytest.approx(8.0)
        assert decayed(kind, 8.0, 2.0, 1.0) == pytest.approx(2.0)
    assert decayed("linear", 8.0, 2.0, 0.5) == pytest.approx(5.0)
    assert decayed("exponential", 8.0, 2.0, 0.5) == pytest.approx(4.0)
    assert decayed("inverse", 8.0, 2.0, 0.5) == pytest.approx(3.2)


@pytest.mark.parametrize(("radius", "exponent"), [(1, 0.6), (2, 2 / 3 - 1 / 39)])
def test_units_lie_as_dense_as_a_power_of_the_data(make, radius, exponent):
    """A chain with a bubble of n units to either side settles where units are as dense as the data's density to the
    power 2/3 − 1 / (3n² + 3(n + 1)²), apart from its ends: H. Ritter (1991), Asymptotic level density for a class of
    vector quantization processes. The data's density here is 2x on [0, 1]; the chain begins with the exponent ½.
    """
    units, count = 30, 20_000
    x = np.sqrt((np.arange(count) + 0.5) / count)[:, None]
    model = make(rows=1, columns=units, values=1, grid="rectangular")
    W = model.weights["W"]
    W[:, 0] = ((np.arange(units) + 0.5) / units) ** (2 / 3)
    settings = SomSettings(update="epoch", neighbourhood="bubble", radius=float(radius), last_radius=float(radius))
    rule = BatchRule(model, settings)
    with Workers(1) as workers:
        for _ in range(250):
            rule(Batch.of(x), StepContext(RandomStream(0), workers))
    inside = slice(8, -7)
    spacing, between = np.diff(W[:, 0])[inside], ((W[1:, 0] + W[:-1, 0]) / 2)[inside]
    found = -np.polyfit(np.log(between), np.log(spacing), 1)[0]
    assert found == pytest.approx(exponent, abs=0.02)
