"""The learning rule: what its statistics come to, and what persistent and tempered chains sample."""

import numpy as np
import pytest
from machines import random_machine
from zoo_boltzmann.contrastive_divergence import Divergence
from zoo_boltzmann.kernels.contrastive_divergence import gibbs
from zoo_boltzmann.kernels.tempering import tempered
from zoo_boltzmann.likelihood import exact_gradient, exact_log_partition
from zoo_boltzmann.rbm import Rbm, RbmModel
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.rules.units import draw
from zoo_boltzmann.settings import DivergenceSettings
from zoo_boltzmann.visible_units import bits

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers


def model_of(machine: Machine) -> RbmModel:
    """A model with the machine's weights, in double precision."""
    visible, hidden = machine.W.shape
    architecture = Rbm(hidden=hidden, precision="float64")
    signature = Signature("unsupervised", (visible,), (hidden,))
    model = architecture.build(signature, RandomStream(0))
    for name, value in (("W", machine.W), ("visible_bias", machine.a), ("hidden_bias", machine.b)):
        model.weights[name][...] = value
    return model


def statistics(machine: Machine, v: np.ndarray, steps: int, copies: int) -> np.ndarray:
    """The mean of CD-k's statistics for W over many chains from each row of v."""
    step = Divergence(model_of(machine), DivergenceSettings(steps=steps, momentum=0.0, watch=0))
    batch = Batch.of(np.repeat(v, copies, axis=0))
    return step.measure(batch, {}, RandomStream(steps)).sums["W"] / len(batch)


def test_expected_cd_k_approaches_the_gradient_as_k_grows() -> None:
    machine, v = random_machine(5, 4, seed=3, scale=1.6), bits(5, 7, 11)
    exact = exact_gradient(machine, v)[0]
    distance = [float(np.abs(statistics(machine, v, k, 12_000) - exact).max()) for k in (1, 4, 40)]
    noise = 5 * 0.5 / np.sqrt(4 * 12_000)  # five standard errors of a mean of products of 0 and 1
    assert distance[0] > distance[1] > distance[2], distance
    assert distance[0] > 4 * noise, "CD-1 should be biased here, or the test shows nothing"
    assert distance[2] < noise, distance


def test_persistent_chains_sample_the_machine() -> None:
    """Free of learning, chains carried from batch to batch visit v as often as p(v) says."""
    machine = random_machine(3, 4, seed=2)
    step = Divergence(model_of(machine), DivergenceSettings(chains="persistent", steps=5, batch_size=20_000, watch=0))
    rows, chain = Batch.of(np.zeros((20_000, 3))), step.state["chain"]
    for number in range(8):
        measured = step.measure(rows, {"chain": chain}, RandomStream(number))
        chain = measured.carried["chain"]
    # With data of zeros the statistics of a are minus the mean sample.
    probabilities = np.exp(-machine.free_energy(bits(3, 0, 8)) - exact_log_partition(machine))
    np.testing.assert_allclose(-measured.sums["a"] / len(rows), probabilities @ bits(3, 0, 8), atol=0.02)


def test_tempered_chains_sample_the_machine_where_plain_ones_are_stuck() -> None:
    """Two far modes of equal weight: Gibbs stays in one, a ladder of temperatures visits both."""
    W = np.full((6, 4), 5.0)
    machine = Machine(
        W, -W.sum(axis=1) / 2, -W.sum(axis=0) / 2, np.zeros(6), model_of(random_machine(6, 4)).machine().visible
    )
    random = np.random.default_rng(0)
    h = np.zeros((500, 4))
    v, _ = gibbs(machine, h, 50, random, np.empty_like)
    assert v.mean() < 0.02, "plain chains should be stuck, or the test shows nothing"
    sample, _, _ = tempered(machine, np.zeros((500, 12, 4)), 150, random)
    assert sample.mean() == pytest.approx(0.5, abs=0.1)


def test_tempered_ladder_has_the_machine_at_its_end() -> None:
    machine = random_machine(3, 3, seed=4)
    random = np.random.default_rng(1)
    sample, _, chain = tempered(machine, np.zeros((20_000, 5, 3)), 20, random)
    probabilities = np.exp(-machine.free_energy(bits(3, 0, 8)) - exact_log_partition(machine))
    np.testing.assert_allclose(sample.mean(axis=0), probabilities @ bits(3, 0, 8), atol=0.02)
    np.testing.assert_allclose(chain[:, 0].mean(axis=0), 0.5, atol=0.02)  # at β = 0 hidden units are even coins


def test_one_update_is_rate_times_statistics_minus_decay_plus_momentum() -> None:
    machine = random_machine(4, 3, seed=6)
    model = model_of(machine)
    settings = DivergenceSettings(learning_rate=0.1, momentum=0.8, weight_decay=0.01)
    step, before = Divergence(model, settings), model.weights["W"].copy()
    random = np.random.default_rng(0)
    first, second = random.standard_normal((2, 4, 3))
    for statistic in (first, second):
        sums = {"W": statistic * 7, "a": np.zeros(4), "b": np.zeros(3), "active": np.zeros(3), "rows": np.array(7.0)}
        with Workers(1) as workers:
            step.update(sums, StepContext(RandomStream(0), workers))
    move = 0.1 * (first - 0.01 * before)
    after = before + move
    after = after + 0.8 * move + 0.1 * (second - 0.01 * after)
    np.testing.assert_allclose(model.weights["W"], after, rtol=1e-12)


def test_sparsity_pulls_activity_to_its_target() -> None:
    activity = []
    for cost in (0.0, 1.0):
        model = model_of(random_machine(6, 5, seed=3, scale=0.1))
        model.weights["hidden_bias"][...] = 1.0
        step = Divergence(model, DivergenceSettings(sparsity_cost=cost, sparsity_target=0.05, momentum=0.0, watch=0))
        batch = Batch.of(draw(np.full((40, 6), 0.5), np.random.default_rng(0)))
        with Workers(1) as workers:
            for number in range(200):
                metrics = step(batch, StepContext(RandomStream(0, batch=number), workers))
        activity.append(metrics["hidden_activity"])
    assert activity[1] < 0.12 < activity[0], activity
