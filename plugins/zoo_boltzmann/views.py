"""Views of Boltzmann machines: receptive fields, chains, reconstructions, free energy of data and of samples."""

from __future__ import annotations

import numpy as np

from zoo import Array, Model, Reconstructs
from zoo.views import Curve, Images, Look, Matrix, Scene, View, as_bytes
from zoo_boltzmann.boltzmann_machine import BoltzmannModel
from zoo_boltzmann.plots import has_machine, picture, reconstructs, sees_images
from zoo_boltzmann.restricted_machine import Machine

MOST_FIELDS = 64
CHAINS = 8
STAGES = (0, 1, 3, 10, 30)  # Gibbs steps after which the chains are shown
SHOWN = 10  # inputs beside their reconstructions
MOST_ROWS = 300
BINS = 24


def draw_fields(model: Model, look: Look) -> list[Scene]:
    """The weights into each hidden unit of the lowest machine, laid out as the input is: blue below zero, red above."""
    machine: Machine = model.machine()  # type: ignore[attr-defined]
    shape, inputs = model.signature.input_shape, model.signature.inputs
    W = machine.W[:inputs]
    fields = W.T[:MOST_FIELDS].reshape(-1, *shape)
    of = f"the first {len(fields)} of {W.shape[1]:,}" if W.shape[1] > len(fields) else f"all {W.shape[1]}"
    return [Images(f"receptive fields of {of} hidden units", as_bytes(fields, signed=True), signed=True, size=44)]


def draw_chains(model: Model, look: Look) -> list[Scene]:
    """Each column one chain, from the base rates: what the machine samples after 0, 1, 3, … Gibbs steps."""
    machine: Machine = model.machine()  # type: ignore[attr-defined]
    shape = model.signature.input_shape
    stages = chain_means(machine, model.signature.inputs, look)
    images = np.concatenate([stage.reshape(-1, *shape) for stage in stages])
    labels = tuple(
        ("1 step" if stage == 1 else f"{stage} steps") if not chain else ""
        for stage in STAGES
        for chain in range(CHAINS)
    )
    return [Images("samples along the chain, each column one chain", as_bytes(images), labels, CHAINS, size=44)]


def chain_means(machine: Machine, inputs: int, look: Look) -> list[Array]:
    """Means of the visible units (chains, inputs) after the Gibbs steps of `STAGES`."""
    random, found, done = look.random("chains of a view"), [], 0
    net = np.repeat(machine.base[None], CHAINS, axis=0)
    v = machine.visible.sample(net, random, np.empty_like(net), np.empty_like(net))
    mean = v
    for stage in STAGES:
        for _ in range(stage - done):
            h = machine.features(v)
            h = (random.random(h.shape, h.dtype) < h).astype(h.dtype)
            net = machine.visible_net(h)
            mean = machine.visible.mean(net.copy())
            v = machine.visible.sample(net, random, np.empty_like(net), np.empty_like(net))
        done = stage
        found.append(mean[:, :inputs])
    return found


def draw_energy(model: Model, look: Look) -> list[Scene]:
    """Free energy of inputs, and of what the machine samples from itself: a good machine cannot tell them apart."""
    machine: Machine = model.machine()  # type: ignore[attr-defined]
    batch = look.spread(MOST_ROWS)
    v = model.clamped(batch, look.random)  # type: ignore[attr-defined]
    samples = machine.sample(min(len(v), 200), 20, look.random("energies of a view"))
    drawn = (look.random("units of a view").random(samples.shape) < samples).astype(v.dtype)
    if np.any(machine.visible.own(v[:1])):  # Gaussian units: their means
        drawn = samples
    of_data, of_samples = machine.free_energy(v), machine.free_energy(drawn)
    both = np.concatenate([of_data, of_samples])
    both = both[np.isfinite(both)]
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    lines = tuple(
        (name, (np.histogram(values, edges)[0] / max(1, len(values))).astype(np.float32))
        for name, values in (("data", of_data), ("samples of the machine", of_samples))
    )
    middles = ((edges[1:] + edges[:-1]) / 2).astype(np.float32)
    return [Curve("free energy of data and of samples", middles, lines, axes=("free energy", "share"), steps=True)]


def draw_reconstructions(model: Model, look: Look) -> list[Scene]:
    """Inputs above what the model gives back of them."""
    assert isinstance(model, Reconstructs)
    inputs = look.spread(SHOWN, held_out=True).inputs
    shape = model.signature.input_shape
    images = np.stack([picture(each, shape) for each in (*inputs, *model.reconstruct(inputs))])
    return [Images("inputs, and below each its reconstruction", as_bytes(images), (), len(inputs), size=44)]


def is_general(model: Model) -> bool:
    return isinstance(model, BoltzmannModel)


def draw_couplings(model: Model, look: Look) -> list[Scene]:
    """The weight between each pair of units, the visible units first."""
    W = np.asarray(model.weights["W"], np.float32)
    largest = float(np.abs(W).max()) or 1.0
    visible = model.signature.inputs
    names = tuple(f"v{n + 1}" if n < visible else f"h{n - visible + 1}" for n in range(len(W)))
    return [Matrix("weights between units", W, -largest, largest, True, names, names, square=True)]


VIEWS = (
    View("fields", "receptive fields: the weights into each hidden unit", sees_images, draw_fields),
    View("chains", "samples along the Gibbs chain", sees_images, draw_chains),
    View("energy", "free energy of data and of samples", has_machine, draw_energy),
    View("couplings", "the weight between each pair of units", is_general, draw_couplings),
    View("reconstructions", "inputs beside their reconstructions", reconstructs, draw_reconstructions),
)
