"""Likelihoods against sums over every state, written out as the definition has them."""

import itertools
import math

import numpy as np
import pytest
from machines import random_machine
from zoo_boltzmann.likelihood import (
    annealed_log_partition,
    exact_gradient,
    exact_log_partition,
    log_pseudo_likelihood,
)
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.rules.units import sigmoid, softplus
from zoo_boltzmann.visible_units import Bernoulli, Gaussian, Labelled, bits

from zoo.core.random import RandomStream
from zoo.errors import UsageError
from zoo.parallel.threads import Workers


def by_definition(machine: Machine) -> float:
    """log Σ over v, h of e^−E(v, h), one state at a time."""
    total = 0.0
    for v in itertools.product((0, 1), repeat=len(machine.a)):
        for h in itertools.product((0, 1), repeat=len(machine.b)):
            energy = 0.0
            for i, vi in enumerate(v):
                energy -= machine.a[i] * vi
                for j, hj in enumerate(h):
                    energy -= vi * machine.W[i, j] * hj
            energy -= sum(machine.b[j] * hj for j, hj in enumerate(h))
            total += math.exp(-energy)
    return math.log(total)


def test_log_partition_is_the_sum_over_all_states() -> None:
    machine = random_machine(4, 3)
    assert exact_log_partition(machine) == pytest.approx(by_definition(machine), abs=1e-12)


def test_either_layer_may_be_enumerated() -> None:
    machine = random_machine(11, 9, seed=2)
    by_visible = sum(np.exp(-machine.free_energy(bits(11, 0, 2**11))))
    assert exact_log_partition(machine) == pytest.approx(math.log(by_visible), abs=1e-10)


def test_labels_are_one_of_many() -> None:
    """Σ over v and over the classes, not over all states of the label units."""
    machine = random_machine(4 + 3, 3, kind=Labelled(Bernoulli(), 3))
    total = 0.0
    for v in itertools.product((0.0, 1.0), repeat=4):
        for k in range(3):
            row = np.array([[*v, *np.eye(3)[k]]])
            for h in itertools.product((0.0, 1.0), repeat=3):
                total += math.exp(-float(machine.energy(row, np.array([h]))[0]))
    assert exact_log_partition(machine) == pytest.approx(math.log(total), abs=1e-12)


def test_gaussian_partition_function_is_the_integral() -> None:
    """One visible unit: Z = ∫ e^−F(v) dv, by the trapezoidal rule."""
    machine = random_machine(1, 3, kind=Gaussian())
    v = np.linspace(-30, 30, 60_001)[:, None]
    integral = np.exp(-machine.free_energy(v)).sum() * 1e-3
    assert exact_log_partition(machine) == pytest.approx(math.log(integral), abs=1e-9)


def test_free_energy_sums_the_hidden_units_out() -> None:
    machine = random_machine(5, 4, seed=3)
    v, h = bits(5, 0, 32), bits(4, 0, 16)
    for row in v:
        energies = machine.energy(np.repeat(row[None], 16, axis=0), h)
        assert machine.free_energy(row[None])[0] == pytest.approx(-math.log(np.exp(-energies).sum()), abs=1e-12)


def test_probabilities_of_all_states_sum_to_one() -> None:
    machine = random_machine(8, 6, seed=4)
    assert np.exp(-machine.free_energy(bits(8, 0, 256)) - exact_log_partition(machine)).sum() == pytest.approx(1)


@pytest.mark.parametrize("part", ["W", "a", "b"])
def test_exact_gradient_is_the_slope_of_the_exact_log_likelihood(part: str) -> None:
    machine, v = random_machine(4, 3, seed=5), bits(4, 3, 11)
    gradient = dict(zip(("W", "a", "b"), exact_gradient(machine, v), strict=True))[part]
    weights, slopes = getattr(machine, part), np.empty_like(gradient)
    for place in np.ndindex(weights.shape):
        values, old = [], weights[place]
        for step in (1e-5, -1e-5):
            weights[place] = old + step
            values.append(-machine.free_energy(v).mean() - exact_log_partition(machine))
        weights[place] = old
        slopes[place] = (values[0] - values[1]) / 2e-5
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-9)


def test_more_units_than_can_be_enumerated_are_refused_in_a_line() -> None:
    with pytest.raises(UsageError, match=r"got 30 visible and 21 hidden units, expected at most 20"):
        exact_log_partition(random_machine(30, 21))
    with pytest.raises(UsageError, match="got 30 visible units, expected at most 20"):
        exact_gradient(random_machine(30, 2), np.zeros((1, 30)))


@pytest.mark.parametrize("scale", [0.01, 1.0], ids=["weak", "strong"])
@pytest.mark.parametrize(
    ("kind", "visible"), [(Bernoulli(), 16), (Labelled(Bernoulli(), 4), 16), (Gaussian(), 6)], ids=str
)
def test_annealing_agrees_with_the_exact_sum_within_its_interval(kind: object, visible: int, scale: float) -> None:
    machine = random_machine(visible, 12, seed=7, scale=scale * (0.2 if isinstance(kind, Gaussian) else 1), kind=kind)
    found = annealed_log_partition(machine, 800, 100, RandomStream(1))
    exact = exact_log_partition(machine)
    assert found.low - 1e-6 <= exact <= found.high + 1e-6, f"{found} and {exact}"
    assert found.high - found.low < 0.5, "an interval so wide says nothing"


def test_annealing_does_not_depend_on_the_workers() -> None:
    machine = random_machine(10, 12, seed=8)
    with Workers(1) as alone, Workers(3) as three:
        assert annealed_log_partition(machine, 50, 60, RandomStream(2), alone) == annealed_log_partition(
            machine, 50, 60, RandomStream(2), three
        )


def test_pseudo_likelihood_is_the_product_of_conditionals() -> None:
    """Σᵢ log p(vᵢ | the others) out of the probabilities of all states; estimated with the unit drawn at random."""
    machine = random_machine(5, 4, seed=9)
    log_p = -machine.free_energy(bits(5, 0, 32)) - exact_log_partition(machine)
    number = 11
    exact = sum(log_p[number] - np.logaddexp(log_p[number], log_p[number ^ (1 << i)]) for i in range(5))
    many = np.repeat(bits(5, number, number + 1), 40_000, axis=0)
    estimates = log_pseudo_likelihood(machine, many, np.random.default_rng(0), 5)
    assert estimates.mean() == pytest.approx(exact, abs=4 * estimates.std() / math.sqrt(len(many)))


def test_sigmoid_and_softplus_hold_at_the_ends() -> None:
    x = np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0])
    np.testing.assert_allclose(sigmoid(x), [0, 1 / (1 + np.exp(40)), 0.5, 1, 1], atol=1e-16)
    np.testing.assert_allclose(softplus(x), [0, np.exp(-40), np.log(2), 40, 1000], rtol=1e-12, atol=1e-300)
