"""The rules say what follows by hand or by enumeration; the kernels equal them over shapes and kinds of units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machines import random_machine
from zoo_boltzmann.contrastive_divergence import Divergence, by_rule
from zoo_boltzmann.kernels import elementwise
from zoo_boltzmann.kernels.annealing import anneal
from zoo_boltzmann.kernels.contrastive_divergence import statistics
from zoo_boltzmann.kernels.tempering import tempered
from zoo_boltzmann.rbm import Rbm
from zoo_boltzmann.rules import boltzmann_machine, contrastive_divergence, units, up_down
from zoo_boltzmann.rules.annealing import log_weights
from zoo_boltzmann.rules.energy import energy, free_energy
from zoo_boltzmann.rules.tempered import exchange, tempered_step
from zoo_boltzmann.settings import DivergenceSettings
from zoo_boltzmann.visible_units import Bernoulli, Gaussian, Labelled, bits

import zoo
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers

QUICK = settings(max_examples=30, deadline=None)
SEEDS = st.integers(0, 2**16)
SHAPES = st.tuples(st.integers(1, 20), st.integers(4, 12), st.integers(1, 9))
KINDS = st.sampled_from([Bernoulli(), Gaussian(), Labelled(Bernoulli(), 3)])
PRECISIONS = st.sampled_from([np.float32, np.float64])


# --- by hand ---


def test_free_energy_is_the_energies_summed_over_hidden_states() -> None:
    """F(v) = −log Σ over h of e^−E(v, h); E(v, h) counts the weights between units that are on."""
    m, v = random_machine(4, 3, seed=1), bits(4, 0, 16)
    total = sum(np.exp(-energy(v, np.repeat(h[None], 16, axis=0), m.W, m.a, m.b)) for h in bits(3, 0, 8))
    np.testing.assert_allclose(free_energy(v, m.W, m.a, m.b), -np.log(total), rtol=1e-12)
    on = np.ones((1, 4)), np.ones((1, 3))
    np.testing.assert_allclose(energy(*on, m.W, m.a, m.b), -m.W.sum() - m.a.sum() - m.b.sum())


def test_contrastive_divergence_by_hand() -> None:
    """With weights so large that nothing is left to chance, the chain copies: v0 = (1, 0) turns h on and comes back."""
    W, a, b = np.array([[80.0], [-80.0]]), np.array([-40.0, 40.0]), np.array([-40.0])
    v0, sample = np.array([[1.0, 0.0]]), lambda net, random: units.draw(units.sigmoid(net), random)
    for k in (1, 3):
        p0, v, p = contrastive_divergence.cd_k(v0, W, a, b, k, sample, np.random.default_rng(0))
        assert (p0.round().tolist(), v.tolist(), p.round().tolist()) == ([[1]], v0.tolist(), [[1]])
        v, p, h = contrastive_divergence.persistent(np.zeros((1, 1)), W, a, b, k, sample, np.random.default_rng(0))
        assert (v.tolist(), p.round().tolist(), h.tolist()) == ([[0, 1]], [[0]], [[0]])
    dW, da, db = contrastive_divergence.difference(v0, np.ones((1, 1)), v, np.zeros((1, 1)))
    assert (dW.tolist(), da.tolist(), db.tolist()) == ([[1], [0]], [1, -1], [1])


def test_neighbours_exchange_what_suits_them_better() -> None:
    """exp((β₁ − β₀)(G₀ − G₁)): a state of larger G always goes to the larger β, the other way seldom."""
    random, beta = np.random.default_rng(0), np.array([0.0, 0.5, 1.0])
    assert exchange(np.array([[9.0, 1, 0]]), beta, 0, random).tolist() == [[1, 0, 2]]
    assert exchange(np.array([[0.0, 9, 1]]), beta, 1, random).tolist() == [[0, 2, 1]]
    order = exchange(np.tile([[0.0, 2.0, 0]], (20_000, 1)), beta, 0, random)
    assert (order[:, 0] == 1).mean() == pytest.approx(np.exp(-1), abs=0.02)


def test_up_and_down_teach_one_another() -> None:
    """Gaps of a layer that has learned nothing: states minus one half, times the states that predicted them."""
    W, b, G, a = np.zeros((2, 1)), np.array([50.0]), np.zeros((1, 2)), np.zeros(2)
    layer, random = up_down.Directed(W, b, G, a), np.random.default_rng(0)
    h, [(dG, da, error)] = up_down.up(np.array([[1.0, 0.0]]), [layer], random)
    assert (h.tolist(), dG.tolist(), da.tolist(), error) == ([[1]], [[0.5, -0.5]], [0.5, -0.5], 0.5)
    sure = up_down.Directed(W, np.zeros(1), G, np.array([50.0, -50.0]))
    [(dW, db)] = up_down.down(np.array([[1.0]]), [sure], random)
    assert (dW.tolist(), db.tolist()) == ([[0.5], [0]], [0.5])


def test_a_sweep_draws_units_in_turn() -> None:
    """Each sees those drawn before it: a chain of strong weights copies the clamped unit to the end."""
    W = 80 * (np.eye(4, k=1) + np.eye(4, k=-1))
    W[1, 0] = W[0, 1] = 200
    b, s = np.array([0.0, -120, -40, -40]), np.array([[1.0, 0, 0, 0], [0, 1, 0, 0]])
    found = boltzmann_machine.sweep(s, W, b, np.arange(1, 4), 1.0, np.random.default_rng(0))
    assert found.tolist() == [[1, 1, 1, 1], [0, 0, 0, 0]] and s[0, 1] == 0  # given ones stay
    d = np.array([[1.0, 3], [5, 1]])
    assert boltzmann_machine.change(d, 1 - np.eye(2)).tolist() == [[0, 4], [4, 0]]


# --- kernels equal the rules ---


@QUICK
@given(seed=SEEDS, shape=st.tuples(st.integers(1, 9), st.integers(1, 9)), dtype=PRECISIONS)
def test_elementwise(seed, shape, dtype) -> None:
    x = (30 * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)
    for out in (None, np.empty_like(x)):
        assert elementwise.sigmoid(x, out).tobytes() == units.sigmoid(x).tobytes()
        p, one, other = units.sigmoid(x), np.random.default_rng(seed), np.random.default_rng(seed)
        assert elementwise.draw(p, one, out).tobytes() == units.draw(p, other).tobytes()
    assert elementwise.softplus(x).tobytes() == units.softplus(x).tobytes()
    np.testing.assert_allclose(units.sigmoid(x), 1 / (1 + np.exp(-x.astype(np.float64))), atol=1e-6)
    np.testing.assert_allclose(units.softplus(x), np.logaddexp(0, x), rtol=1e-5, atol=1e-6)


@QUICK
@given(
    seed=SEEDS,
    shape=SHAPES,
    kind=KINDS,
    chains=st.sampled_from(["contrastive", "persistent", "tempered"]),
    steps=st.integers(1, 3),
)
def test_divergence(seed, shape, kind, chains, steps) -> None:
    """From the same random numbers the same chains, and so the same statistics."""
    rows, visible, hidden = shape
    machine, random = random_machine(visible, hidden, seed, kind=kind), np.random.default_rng(seed)
    v0 = kind.draw(random.standard_normal((rows, visible)), random)
    ladder = {"contrastive": None, "persistent": (rows, hidden), "tempered": (rows, 5, hidden)}[chains]
    chain = None if ladder is None else (random.random(ladder) < 0.5).astype(float)
    one, other = np.random.default_rng(seed), np.random.default_rng(seed)
    allocate, dW = np.empty_like, np.empty_like(machine.W)
    fast, p0, on = statistics(machine, v0, chains, chain, steps, one, allocate, dW)
    plain, p0_rule, on_rule = by_rule(machine, v0, chains, chain, steps, other)
    assert fast.keys() == plain.keys()
    for name in fast:
        np.testing.assert_allclose(fast[name], plain[name], rtol=1e-9, atol=1e-9, err_msg=name)
    np.testing.assert_array_equal(p0, p0_rule)
    assert (on is None) == (on_rule is None) == (chain is None)
    if on is not None:
        np.testing.assert_array_equal(on, on_rule)


@QUICK
@given(seed=SEEDS, shape=SHAPES, kind=KINDS, temperatures=st.integers(2, 6))
def test_tempering(seed, shape, kind, temperatures) -> None:
    ladders, visible, hidden = shape
    m, h = random_machine(visible, hidden, seed, kind=kind), np.zeros((ladders, temperatures, hidden))
    sample, p, chain = tempered(m, h, 2, np.random.default_rng(seed))
    random = np.random.default_rng(seed)
    for _ in range(2):
        v, h = tempered_step(h, m.W, m.a, m.b, m.base, m.visible.draw, random)
    np.testing.assert_allclose(sample, v[:, -1], rtol=1e-9)
    np.testing.assert_array_equal(chain, h)
    np.testing.assert_allclose(p, units.sigmoid(v[:, -1] @ m.W + m.b), rtol=1e-9)


@QUICK
@given(seed=SEEDS, shape=SHAPES, kind=KINDS, steps=st.integers(1, 12))
def test_annealing(seed, shape, kind, steps) -> None:
    chains, visible, hidden = shape
    m, stream = random_machine(visible, hidden, seed, scale=0.5, kind=kind), RandomStream(seed)
    rule = log_weights(chains, steps, m.W, m.a, m.b, m.base, m.visible.draw, stream("annealing"))
    np.testing.assert_allclose(anneal(m, steps, None, (chains, stream)), rule, rtol=1e-9, atol=1e-9)


# --- whole steps ---


@pytest.mark.parametrize("chains", ["contrastive", "persistent", "tempered"])
@pytest.mark.parametrize(("shards", "threads"), [(1, 1), (3, 1), (3, 2)])
def test_reference_comes_to_the_same_weights(chains, shards, threads) -> None:
    found = []
    for kernels in ("auto", "reference"):
        model = Rbm(hidden=5, precision="float64", initial=0.5).build(
            Signature("unsupervised", (6,), (5,)), RandomStream(1)
        )
        options = {"chains": chains, "shards": shards, "batch_size": 24, "temperatures": 3, "sparsity_cost": 0.1}
        step = Divergence(model, DivergenceSettings(kernels=kernels, **options))
        x = (np.random.default_rng(0).random((24, 6)) < 0.5).astype(float)
        with Workers(threads) as workers:
            metrics = [step(Batch.of(x), StepContext(RandomStream(0, batch=n), workers)) for n in range(6)]
        found.append((model.weights, step.state, metrics))
    (weights, state, metrics), (by_the_rule, rule_state, rule_metrics) = found
    for name in weights:
        np.testing.assert_allclose(weights[name], by_the_rule[name], rtol=1e-9, atol=1e-12, err_msg=name)
    for name in state:
        np.testing.assert_allclose(state[name], rule_state[name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert metrics[-1] == pytest.approx(rule_metrics[-1], rel=1e-9)


def test_every_machine_of_a_deep_belief_net_is_trained_by_the_rule() -> None:
    x = (np.random.default_rng(0).random((30, 6)) < 0.5).astype(float)
    options = {"hidden": (5, 4), "fine_tuning": "none", "precision": "float64", "initial": 0.5, "test": 0.0}
    nets = [zoo.train("dbn", x, pretraining_epochs=2, kernels=k, **options) for k in ("auto", "reference")]
    for name, array in nets[0].weights.items():
        np.testing.assert_allclose(array, nets[1].weights[name], rtol=1e-9, atol=1e-12, err_msg=name)
