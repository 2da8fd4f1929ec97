"""Look inside a machine: sample either layer given the other, free energies, and sampling with some units clamped.

A random number is drawn from `random`, a seed or a generator, as `np.random.default_rng` takes it: the same seed gives
the same sample, a generator goes on.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from zoo import Array, DataError, Signature, UsageError
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.rules.units import draw
from zoo_boltzmann.visible_units import Labelled, with_label

Random = int | np.random.Generator
NO_LABELS = "rbm: got classes, expected none: this model has no label units"


class HasMachine(Protocol):
    """A model that is one machine, as `RbmModel`."""

    signature: Signature

    @property
    def deviation(self) -> float: ...
    def machine(self) -> Machine: ...
    def values(self, inputs: Array) -> Array: ...
    def predict(self, inputs: Array) -> Array: ...


def sample_hidden(model: HasMachine, inputs: Array, random: Random, classes: Array | None) -> Array:
    """See `RbmModel.sample_hidden`."""
    source = np.random.default_rng(random)
    return draw(model.machine().features(with_classes(model, inputs, classes, source)), source)


def sample_visible(model: HasMachine, hidden: Array, random: Random) -> Array:
    """See `RbmModel.sample_visible`."""
    machine, source = model.machine(), np.random.default_rng(random)
    h = np.ascontiguousarray(hidden, machine.W.dtype)
    if h.ndim != 2 or h.shape[1] != len(machine.b):
        raise DataError(f"rbm: got hidden units of shape {h.shape}, expected (rows, {len(machine.b)})")
    return inputs_of(model, machine.visible.draw(machine.visible_net(h), source))


def free_energy(model: HasMachine, inputs: Array, classes: Array | None) -> Array:
    """See `RbmModel.free_energy`."""
    machine = model.machine().in_double()
    v = model.values(inputs).astype(np.float64)
    if not isinstance(machine.visible, Labelled):
        if classes is not None:
            raise UsageError(NO_LABELS)
        return machine.free_energy(v)
    count = machine.visible.classes
    if classes is not None:
        return machine.free_energy(with_label(v, count, checked(classes, len(v), count)))
    each = np.stack([machine.free_energy(with_label(v, count, number)) for number in range(count)])
    return np.asarray(-np.logaddexp.reduce(-each, axis=0))


def sample_clamped(model: HasMachine, inputs: Array, clamped: Array, steps: int, random: Random) -> Array:
    """See `RbmModel.sample_clamped`."""
    machine, source = model.machine(), np.random.default_rng(random)
    given, n = model.values(inputs), model.signature.inputs
    held = np.broadcast_to(np.asarray(clamped, bool), np.shape(inputs)).reshape(len(given), -1)
    v = machine.visible.draw(np.repeat(machine.base[None], len(given), axis=0), source)
    for _ in range(steps):
        v[:, :n] = np.where(held, given, v[:, :n])
        h = draw(machine.features(v), source)
        v = machine.visible.draw(machine.visible_net(h), source)
    v[:, :n] = np.where(held, given, v[:, :n])
    return inputs_of(model, v)


def inputs_of(model: HasMachine, v: Array) -> Array:
    """Visible units as encoded inputs: (rows, *input_shape)."""
    v = v[:, : model.signature.inputs]
    return np.asarray(v.dtype.type(model.deviation) * v).reshape(len(v), *model.signature.input_shape)


def with_classes(model: HasMachine, inputs: Array, classes: Array | None, random: np.random.Generator) -> Array:
    """All visible units: inputs, and behind them those of the classes, which are drawn where none are given."""
    machine, v = model.machine(), model.values(inputs)
    if not isinstance(machine.visible, Labelled):
        if classes is not None:
            raise UsageError(NO_LABELS)
        return v
    count = machine.visible.classes
    if classes is None:
        shares = np.cumsum(model.predict(inputs), axis=1)
        classes = np.minimum((shares <= random.random((len(v), 1))).sum(axis=1), count - 1)
    return with_label(v, count, checked(classes, len(v), count))


def checked(classes: Array, rows: int, count: int) -> Array:
    """Numbers of classes, one for each row."""
    numbers = np.asarray(classes)
    if numbers.shape != (rows,) or numbers.dtype.kind not in "iu" or not ((numbers >= 0) & (numbers < count)).all():
        raise DataError(
            f"rbm: got classes of {numbers.dtype} {numbers.shape}, expected a number from 0 to {count - 1} for each of"
            f" {rows} rows: zoo.encode(model, data).targets"
        )
    return numbers
