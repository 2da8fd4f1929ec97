"""The rules say what follows by hand; the kernels and both steps equal them."""

import itertools

import numpy as np
import pytest
from brute_force import grid_distances
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_som.batch import BatchRule
from zoo_som.grid import Grid
from zoo_som.kernels.distance import DISTANCES, best_matching
from zoo_som.kernels.neighbourhood import spread
from zoo_som.kernels.online_blocks import move_by_block
from zoo_som.kernels.sums_by_unit import sums_by_unit
from zoo_som.online import OnlineRule
from zoo_som.rules.batch import batch_update, sums_by_winner
from zoo_som.rules.decay import decayed
from zoo_som.rules.distance import cosine, euclidean, manhattan
from zoo_som.rules.map_quality import quantization_error, topographic_error
from zoo_som.rules.neighbourhood import NEIGHBOURHOODS
from zoo_som.rules.online import best_matching_unit, online_step
from zoo_som.settings import SomSettings

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers

KINDS = list(itertools.product(("rectangular", "hexagonal"), (False, True)))
QUICK = settings(max_examples=40, deadline=None)
PRECISIONS = st.sampled_from([np.float32, np.float64])


def samples(missing=False, values=3, count=30, seed=3):
    x = np.random.default_rng(seed).normal(size=(count, values))
    if missing:
        x[np.random.default_rng(4).random(x.shape) < 0.2] = np.nan
    return x


def context(workers=None, progress=0.0, updates=0):
    return StepContext(RandomStream(0), workers or Workers(1), progress, updates)


# --- the rules by hand ---


def test_distances_leave_out_what_is_missing():
    x, w = np.array([3.0, np.nan, 0.0]), np.array([0.0, 9.0, 4.0])
    assert (euclidean(x, w), manhattan(x, w)) == (5.0, 7.0)
    assert cosine(np.array([1.0, 1.0]), np.array([0.0, 2.0])) == pytest.approx(1 - 0.5**0.5)
    assert cosine(np.zeros(2), np.ones(2)) == 1.0


def test_neighbourhoods_by_hand():
    d2 = np.array([0.0, 1.0, 4.0, 9.0])
    expected = {
        "gaussian": [1, np.exp(-1 / 8), np.exp(-1 / 2), np.exp(-9 / 8)],
        "bubble": [1, 1, 1, 0],
        "triangle": [1, 0.5, 0, 0],
        "mexican_hat": [1, 7 / 8 * np.exp(-1 / 8), np.exp(-1 / 2) / 2, -np.exp(-9 / 8) / 8],
    }
    for kind, h in NEIGHBOURHOODS.items():
        np.testing.assert_allclose(h(d2, 2.0), expected[kind], rtol=1e-12, err_msg=kind)


def test_online_rule_by_hand():
    """Half the way for the winner, a quarter for its neighbour; what is missing moves nothing."""
    W = np.array([[0.0, 0.0], [4.0, 4.0], [9.0, 9.0]])
    c, distance = best_matching_unit(W, np.array([1.0, 2.0]), euclidean)
    assert (c, distance) == (0, pytest.approx(5**0.5))
    moved = online_step(W, np.array([1.0, np.nan]), c, np.array([1.0, 0.5, 0.0]), 0.5)
    np.testing.assert_allclose(moved, [[0.5, 0], [3.25, 4], [9, 9]])


def test_batch_rule_by_hand():
    """Two samples for one unit, one for the other; h = ½ between them: means weighted so."""
    W, x = np.array([[0.0], [10.0]]), np.array([[1.0], [3.0], [9.0]])
    S, n, error = sums_by_winner(W, x, euclidean)
    assert (S.tolist(), n.tolist(), error) == ([[4], [9]], [[2], [1]], 5.0)
    h = np.array([[1, 0.5], [0.5, 1]])
    np.testing.assert_allclose(batch_update(W, S, n, h), [[(4 + 4.5) / 2.5], [(2 + 9) / 2]])
    # With a share η: as far as so many samples at the mean would move it, one after another.
    step = lambda w, mean, count: mean + (1 - 0.3) ** count * (w - mean)  # noqa: E731
    np.testing.assert_allclose(batch_update(W, S, n, h, 0.3), [[step(0, 3.4, 2.5)], [step(10, 5.5, 2)]])


# --- kernels equal the rules ---


@QUICK
@given(
    seed=st.integers(0, 2**16),
    shape=st.tuples(st.integers(1, 60), st.integers(2, 30), st.integers(1, 90)),
    dtype=PRECISIONS,
    distance=st.sampled_from(list(DISTANCES)),
    missing=st.booleans(),
)
def test_best_matching_units_and_sums(seed, shape, dtype, distance, missing):
    rows, units, values = shape
    random = np.random.default_rng(seed)
    W = random.normal(size=(units, values)).astype(dtype)
    x = random.normal(size=(rows, values)).astype(dtype)
    x[random.random(x.shape) < 0.3 * missing] = np.nan
    to = DISTANCES[distance](W)
    x = to.samples(x)
    found, distances = best_matching(to, x)
    rule = [best_matching_unit(W.astype(np.float64), sample.astype(np.float64), to.between) for sample in x]
    tolerance = 2e-3 if dtype == np.float32 else 1e-6
    np.testing.assert_allclose(distances, [each for _, each in rule], atol=tolerance)
    # Where two units are as near as rounding tells, either may win.
    here = to.between(x.astype(np.float64), W[found].astype(np.float64))
    np.testing.assert_allclose(here, [each for _, each in rule], atol=tolerance)
    if not missing:
        S, n, _ = sums_by_winner(W, x, lambda sample, _: -np.eye(units)[found[(x == sample).all(axis=1)][0]])
        np.testing.assert_allclose(sums_by_unit(x, found, units), S, rtol=1e-4, atol=tolerance)
        np.testing.assert_array_equal(np.bincount(found, minlength=units), n[:, 0])


@QUICK
@given(
    seed=st.integers(0, 2**16),
    sides=st.tuples(st.integers(1, 7), st.integers(2, 7)),
    kind=st.sampled_from(KINDS),
    neighbourhood=st.sampled_from(list(NEIGHBOURHOODS)),
    radius=st.floats(0.3, 5.0),
)
def test_neighbourhood_of_sums(seed, sides, kind, neighbourhood, radius):
    grid = Grid(*sides, hexagonal=kind[0] == "hexagonal", toroidal=kind[1])
    sums = np.random.default_rng(seed).normal(size=(grid.units, 3))
    h = NEIGHBOURHOODS[neighbourhood](grid.squared(slice(None)), radius)
    np.testing.assert_allclose(spread(grid, neighbourhood, radius, sums), h @ sums, atol=1e-10)
    np.testing.assert_allclose(spread(grid, neighbourhood, radius, sums, absolute=True), np.abs(h) @ sums, atol=1e-10)


@QUICK
@given(
    seed=st.integers(0, 2**16),
    shape=st.tuples(st.integers(1, 32), st.integers(2, 20), st.integers(1, 40)),
    dtype=PRECISIONS,
    distance=st.sampled_from(["euclidean", "cosine"]),
    rate=st.floats(0.01, 1.0),
)
def test_online_by_blocks(seed, shape, dtype, distance, rate):
    """The same winners are given to both, since where two units are as near as rounding tells either may win."""
    rows, units, values = shape
    random = np.random.default_rng(seed)
    W = random.normal(size=(units, values)).astype(dtype)
    kind = DISTANCES[distance]
    x = kind.samples(random.normal(size=(rows, values)).astype(dtype))
    h = random.random((units, units)).astype(dtype)
    expected, winners, moved = W.astype(np.float64), [], W.copy()

    def moves(c):
        winners.append(c)
        return (rate * h[c]).astype(dtype)

    error = move_by_block(moved, x, moves, distance == "cosine")
    total, tolerance = 0.0, 5e-3 if dtype == np.float32 else 1e-9
    for sample, c in zip(x.astype(np.float64), winners, strict=True):
        _, nearest = best_matching_unit(expected, sample, kind.between)
        assert float(kind.between(sample, expected[c])) == pytest.approx(nearest, abs=tolerance)
        total += nearest
        expected = online_step(expected, sample, c, h[c], rate)
    np.testing.assert_allclose(moved, expected, rtol=tolerance, atol=tolerance)
    assert error == pytest.approx(total, abs=rows * tolerance + 1e-6)


# --- steps, by kernel and by rule ---


@pytest.mark.parametrize("kernels", ["auto", "reference"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
@pytest.mark.parametrize(("distance", "missing"), [("euclidean", False), ("euclidean", True), ("cosine", False)])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_batch_maps_equal_the_rule(make, kernels, kind, neighbourhood, distance, missing, precision):
    """Over three epochs whose radius falls, on grids whose distances are those of the endless plane."""
    model = make(rows=4, columns=5, grid=kind[0], toroidal=kind[1], distance=distance, precision=precision)
    grid = grid_distances(4, 5, kind[0] == "hexagonal", kind[1])
    options = {"radius": 2.5, "last_radius": 0.7, "neighbourhood": neighbourhood, "kernels": kernels}
    rule, x = BatchRule(model, SomSettings(epochs=3, update="epoch", **options)), samples(missing).astype(precision)
    expected = model.weights["W"].astype(np.float64)
    seen, far = model.samples(x.astype(np.float64)), DISTANCES[distance].between
    with Workers(1) as workers:
        for epoch, radius in enumerate(2.5 * (0.7 / 2.5) ** (np.arange(3) / 2)):
            # Units alike would tie for a sample.
            apart = np.random.default_rng(epoch).normal(size=expected.shape) * 1e-3
            expected = (expected + apart).astype(precision).astype(np.float64)
            model.weights["W"][...] = expected
            rule(Batch.of(x), context(workers, epoch / 3, epoch))
            S, n, _ = sums_by_winner(expected, seen, far)
            expected = batch_update(expected, S, n, NEIGHBOURHOODS[neighbourhood](np.round(grid**2, 9), radius))
    tolerance = 1e-5 if precision == "float32" else 1e-9
    np.testing.assert_allclose(model.weights["W"], expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("distance", ["euclidean", "cosine", "manhattan"])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
def test_online_maps_equal_the_rule(make, distance, missing, neighbourhood):
    x = samples(missing, values=4, count=75)
    squared = np.round(grid_distances(4, 3, True, True) ** 2, 9)
    model = make(rows=4, columns=3, values=4, toroidal=True, distance=distance)
    expected, error = model.weights["W"].copy(), 0.0
    for sample in model.samples(x):
        c, nearest = best_matching_unit(expected, sample, DISTANCES[distance].between)
        expected = online_step(expected, sample, c, NEIGHBOURHOODS[neighbourhood](squared[c], 1.4), 0.3)
        error += nearest
    constant = {"radius": 1.4, "last_radius": 1.4, "learning_rate": 0.3, "last_learning_rate": 0.3}
    for kernels in ("auto", "reference"):
        model = make(rows=4, columns=3, values=4, toroidal=True, distance=distance)
        options = SomSettings(rule="online", neighbourhood=neighbourhood, kernels=kernels, **constant)
        metrics = OnlineRule(model, options)(Batch.of(x), context())
        np.testing.assert_allclose(model.weights["W"], expected, rtol=1e-9, atol=1e-9, err_msg=kernels)
        assert metrics["quantization_error"] == pytest.approx(error / 75, rel=1e-9)


@pytest.mark.parametrize("distance", ["euclidean", "cosine", "manhattan"])
def test_evaluated_errors_are_those_of_the_rules(make, distance):
    model, x = make(rows=4, columns=5, distance=distance), samples()
    metrics = model.metrics(model.evaluate(Batch.of(x), RandomStream(0)))
    W, far, seen = model.weights["W"], DISTANCES[distance].between, model.samples(x)
    assert metrics["quantization_error"] == pytest.approx(quantization_error(W, seen, far))
    adjacent = lambda a, b: bool(model.grid.adjacent(np.array([a]), np.array([b]))[0])  # noqa: E731
    assert metrics["topographic_error"] == pytest.approx(topographic_error(W, seen, far, adjacent))


def test_sums_of_a_batch_move_units_as_far_as_so_many_samples_would(make):
    """η = 1: the rule over an epoch. Samples that are all alike: as far as the online rule with a winner that stays."""
    x = np.repeat([[2.0, -1.0, 0.5]], 6, axis=0)
    alike = {"radius": 1.2, "last_radius": 1.2, "last_learning_rate": 0.25, "learning_rate": 0.25}
    maps = []
    for rule, kind in (("batch", BatchRule), ("online", OnlineRule)):
        model = make(rows=3, columns=3)
        model.weights["W"][4] = [1.9, -1.0, 0.5]
        kind(model, SomSettings(rule=rule, update="batch", **alike))(Batch.of(x), context())
        maps.append(model.weights["W"])
    np.testing.assert_allclose(maps[0][4], maps[1][4], rtol=1e-9)  # the winner, h = 1: 1 − (1 − η)⁶ of the way
    whole, parts = make(rows=3, columns=3), make(rows=3, columns=3)
    BatchRule(whole, SomSettings(update="epoch", **alike))(Batch.of(x), context())
    alike |= {"learning_rate": 1.0, "last_learning_rate": 1.0}
    BatchRule(parts, SomSettings(update="batch", **alike))(Batch.of(x), context())
    np.testing.assert_allclose(whole.weights["W"], parts.weights["W"], rtol=1e-9)


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
