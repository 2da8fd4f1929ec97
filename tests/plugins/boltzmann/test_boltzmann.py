"""The general Boltzmann machine against sums over all states."""

import itertools
import math

import numpy as np
import pytest
from zoo_boltzmann.boltzmann_machine import Boltzmann, BoltzmannModel, BoltzmannRule, BoltzmannSettings
from zoo_boltzmann.general_machine import Network
from zoo_boltzmann.visible_units import all_bits, bits

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.errors import UsageError
from zoo.testing.case import finish
from zoo.training.prepare import prepare


def network(visible: int, hidden: int, seed: int = 0) -> Network:
    random = np.random.default_rng(seed)
    W = np.triu(random.standard_normal((visible + hidden,) * 2), 1)
    return Network(W + W.T, random.standard_normal(visible + hidden), visible)


def test_log_partition_is_the_sum_over_all_states() -> None:
    net, total = network(3, 2), 0.0
    for s in itertools.product((0, 1), repeat=5):
        energy = -sum(net.b[i] * s[i] for i in range(5))
        energy -= sum(net.W[i, j] * s[i] * s[j] for i in range(5) for j in range(i))
        total += math.exp(-energy)
    assert net.log_partition() == pytest.approx(math.log(total), abs=1e-12)


def test_free_energies_make_probabilities() -> None:
    net = network(4, 3, seed=1)
    assert np.exp(-net.free_energy(bits(4, 0, 16)) - net.log_partition()).sum() == pytest.approx(1)


def test_hidden_means_are_conditional_probabilities() -> None:
    net = network(3, 2, seed=2)
    states = np.concatenate(list(all_bits(5)))
    p = np.exp(-net.energy(states) - net.log_partition())
    for v in bits(3, 0, 8):
        here = (states[:, :3] == v).all(axis=1)
        expected = p[here] @ states[here, 3:] / p[here].sum()
        np.testing.assert_allclose(net.hidden_means(v[None])[0], expected, rtol=1e-10)


def test_exact_statistics_are_the_slope_of_the_log_likelihood() -> None:
    net, v = network(3, 2, seed=3), bits(3, 2, 6)
    pairs, means = net.clamped_statistics(v)
    free_pairs, free_means = net.free_statistics()
    for i, j in itertools.combinations(range(5), 2):
        values = []
        for step in (1e-5, -1e-5):
            moved = net.W.copy()
            moved[i, j] += step
            moved[j, i] += step
            other = Network(moved, net.b, 3)
            values.append(-other.free_energy(v).mean() - other.log_partition())
        slope = (values[0] - values[1]) / 2e-5
        assert pairs[i, j] / len(v) - free_pairs[i, j] == pytest.approx(slope, rel=1e-6, abs=1e-9)
    for i in range(5):
        values = []
        for step in (1e-5, -1e-5):
            other = Network(net.W, net.b + step * np.eye(5)[i], 3)
            values.append(-other.free_energy(v).mean() - other.log_partition())
        assert means[i] / len(v) - free_means[i] == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-6, abs=1e-9)


def test_sampled_statistics_are_the_exact_ones() -> None:
    architecture = Boltzmann(hidden=2, groups=(2, 1))
    run = prepare("boltzmann", options={"hidden": 2, "groups": (4, 4)})
    signature = run.model.signature.__class__("unsupervised", (3,), (2,))
    model = architecture.build(signature, RandomStream(0))
    net = network(3, 2, seed=4)
    model.weights["W"][...] = net.W * architecture.connected(3)
    model.weights["b"][...] = net.b
    batch = Batch.of(bits(3, 3, 4))
    sums = {}
    for statistics in ("exact", "gibbs"):
        settings = BoltzmannSettings(statistics=statistics, copies=4000, gather=25)
        sums[statistics] = BoltzmannRule(model, settings).measure(batch, {}, RandomStream(7)).sums
    mask = architecture.connected(3)
    np.testing.assert_allclose(sums["gibbs"]["W"] * mask, sums["exact"]["W"] * mask, atol=0.02)
    np.testing.assert_allclose(sums["gibbs"]["b"], sums["exact"]["b"], atol=0.02)


def test_groups_stay_unconnected_and_weights_symmetric() -> None:
    run = prepare("boltzmann", options={"groups": (4, 4), "initial": 0.3}, training={"epochs": 5})
    finish(run)
    W = run.model.weights["W"]
    assert not W[:4, 4:8].any() and not W[4:8, :4].any() and not W.diagonal().any()
    np.testing.assert_array_equal(W, W.T)
    assert W[:4, 8:].all()


def test_mean_field_is_near_the_exact_means_where_weights_are_small() -> None:
    net = network(4, 3, seed=5)
    net.W[...] *= 0.2
    v = bits(4, 0, 16)
    np.testing.assert_allclose(net.mean_field(v), net.hidden_means(v), atol=0.02)


def test_exact_learning_raises_the_exact_likelihood() -> None:
    run = prepare(
        "boltzmann",
        options={"groups": (4, 4), "initial": 0.1},
        training={"statistics": "exact", "epochs": 150, "learning_rate": 0.5},
    )
    model = run.model
    assert isinstance(model, BoltzmannModel)
    v = np.concatenate([np.eye(4)] * 2, axis=1)
    before = -model.network.free_energy(v).mean() - model.network.log_partition()
    finish(run)
    after = -model.network.free_energy(v).mean() - model.network.log_partition()
    assert before < -5 and after > -3 and after < -math.log(4)


def test_more_units_than_can_be_enumerated_are_refused_in_a_line() -> None:
    with pytest.raises(UsageError, match="got 21 units for the exact partition function, expected at most 20"):
        network(12, 9).log_partition()
    with pytest.raises(UsageError, match="got groups of 4 \\+ 3 = 7 units, expected 8 in all"):
        prepare("boltzmann", options={"groups": (4, 3)})
