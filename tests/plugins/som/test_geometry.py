"""Distances on the grid, neighbours, errors and U-matrix equal loops over everything, at every edge of every grid."""

import itertools
import math

import numpy as np
import pytest
from brute_force import grid_distances
from zoo_som.grid import Grid
from zoo_som.kernels.distance import DISTANCES
from zoo_som.kernels.neighbourhood import spread, spread_by_unit
from zoo_som.rules.neighbourhood import NEIGHBOURHOODS

from zoo.core.batch import Batch
from zoo.core.random import RandomStream

SIZES = [(1, 2), (2, 1), (1, 7), (7, 1), (2, 2), (2, 5), (3, 2), (3, 3), (3, 6), (4, 4), (5, 4), (6, 5), (1, 12)]
KINDS = list(itertools.product(("rectangular", "hexagonal"), (False, True)))


def ids(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else None


@pytest.mark.parametrize("size", SIZES, ids=ids)
@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_distances_are_those_on_the_endless_plane(size, kind):
    grid = Grid(*size, kind[0] == "hexagonal", kind[1])
    np.testing.assert_allclose(
        np.sqrt(grid.squared(slice(None))), grid_distances(*size, grid.hexagonal, kind[1]), atol=1e-12
    )


@pytest.mark.parametrize("size", SIZES, ids=ids)
@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_neighbours_are_the_units_one_step_away(size, kind):
    grid = Grid(*size, kind[0] == "hexagonal", kind[1])
    reach = 1.0 if grid.hexagonal else math.sqrt(2)
    distances = grid_distances(*size, grid.hexagonal, kind[1])
    for unit in range(grid.units):
        expected = {int(n) for n in np.flatnonzero((distances[unit] > 1e-9) & (distances[unit] <= reach + 1e-9))}
        found = [int(n) for n in grid.neighbours[unit] if n >= 0]
        assert sorted(found) == sorted(expected)
        adjacent = grid.adjacent(np.full(grid.units, unit), np.arange(grid.units))
        assert set(np.flatnonzero(adjacent)) == expected


@pytest.mark.parametrize("toroidal", [False, True])
def test_a_torus_has_no_edge_and_six_or_eight_neighbours_everywhere(toroidal):
    for rows, columns, hexagonal in itertools.product((3, 4, 5), (3, 4, 5), (False, True)):
        counts = (Grid(rows, columns, hexagonal, toroidal).neighbours >= 0).sum(axis=1)
        whole = 6 if hexagonal else 8
        assert (counts == whole).all() if toroidal else counts.min() < whole == counts.max()


@pytest.mark.parametrize("size", SIZES, ids=ids)
@pytest.mark.parametrize("kind", KINDS, ids=ids)
@pytest.mark.parametrize("distance", ["euclidean", "cosine", "manhattan"])
def test_errors_and_u_matrix_equal_loops_over_everything(make, size, kind, distance):
    rows, columns = size
    model = make(rows=rows, columns=columns, grid=kind[0], toroidal=kind[1], distance=distance, seed=rows * columns)
    x = np.random.default_rng(1).normal(size=(23, 3))
    x[4, 1] = x[9, 0] = x[11, 2] = np.nan
    W, far = model.weights["W"], DISTANCES[distance].between
    grid = grid_distances(rows, columns, kind[0] == "hexagonal", kind[1])
    reach = (1.0 if kind[0] == "hexagonal" else math.sqrt(2)) + 1e-9
    quantization = topographic = distortion = 0.0
    for sample in x:
        distances = [float(far(sample, w)) for w in W]
        best, second = sorted(range(len(W)), key=distances.__getitem__)[:2]
        quantization += distances[best]
        topographic += not 0 < grid[best, second] <= reach
        distortion += sum(math.exp(-(grid[best, i] ** 2) / 2) * d**2 for i, d in enumerate(distances))
    metrics = model.metrics(model.evaluate(Batch.of(x), RandomStream(0)))
    assert metrics["quantization_error"] == pytest.approx(quantization / 23, rel=1e-9)
    assert metrics["topographic_error"] == pytest.approx(topographic / 23, abs=1e-12)
    assert metrics["distortion"] == pytest.approx(distortion / 23, rel=1e-9)
    expected = np.empty(len(W))
    for unit in range(len(W)):
        around = [other for other in range(len(W)) if 1e-9 < grid[unit, other] <= reach]
        expected[unit] = np.mean([far(W[unit], W[other]) for other in around])
    np.testing.assert_allclose(model.u_matrix(), expected.reshape(rows, columns), rtol=1e-9)


@pytest.mark.parametrize("size", SIZES, ids=ids)
@pytest.mark.parametrize("kind", KINDS, ids=ids)
@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
def test_a_neighbourhood_passes_sums_on_by_distance(size, kind, neighbourhood):
    grid = Grid(*size, kind[0] == "hexagonal", kind[1])
    sums = np.random.default_rng(2).normal(size=(grid.units, 4))
    for radius in (0.4, 1.0, 2.5):
        h = NEIGHBOURHOODS[neighbourhood](np.round(grid_distances(*size, grid.hexagonal, kind[1]) ** 2, 9), radius)
        np.testing.assert_allclose(spread(grid, neighbourhood, radius, sums), h @ sums, atol=1e-12)
        np.testing.assert_allclose(spread_by_unit(grid, neighbourhood, radius, sums), h @ sums, atol=1e-12)
        absolute = spread(grid, neighbourhood, radius, np.abs(sums), absolute=True)
        np.testing.assert_allclose(absolute, np.abs(h) @ np.abs(sums), atol=1e-12)


def test_a_far_offset_common_to_all_samples_changes_no_error(make):
    """In float32, 1,000 deviations away: |x|² − 2x·w + |w|² alone would lose every digit of the distances."""
    model = make(rows=5, columns=5, values=8, precision="float32", grid="rectangular")
    x = np.random.default_rng(1).normal(size=(200, 8)).astype(np.float32)
    near = model.metrics(model.evaluate(Batch.of(x), RandomStream(0)))
    model.weights["W"] += 1000
    there = model.metrics(model.evaluate(Batch.of(x + np.float32(1000)), RandomStream(0)))
    assert there["quantization_error"] == pytest.approx(near["quantization_error"], rel=1e-4)
    assert there["topographic_error"] == pytest.approx(near["topographic_error"], abs=0.011)
