"""Start a model from given weights: layers of another checkpoint with the same names and shapes, or arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.checkpoint.load import about
from zoo.checkpoint.model_state import under
from zoo.core.model import Model
from zoo.core.phase import Phase
from zoo.errors import CheckpointError, OptionError, UsageError, did_you_mean, warn
from zoo.platform.trust import is_trusted
from zoo.registry.lookup import find_checkpoint
from zoo.training.loop import Training
from zoo.types import Array

MOST_LISTED = 12  # arrays in a message


@dataclass(frozen=True)
class InitialWeights:
    """Where the first weights came from: the file, what it holds, and which arrays were taken and which were not."""

    file: str
    sha256: str
    architecture: str
    taken: tuple[str, ...]
    not_taken: tuple[str, ...]  # arrays of the model that kept their own first values

    def as_manifest(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "sha256": self.sha256,
            "architecture": self.architecture,
            "taken": list(self.taken),
            "not_taken": list(self.not_taken),
        }


def take_weights(model: Model, phases: list[Phase], source: str | Path) -> InitialWeights:
    """Copy the weights in a checkpoint, the best where it has them, into those of the model by name and shape.

    A layer, the arrays under one path, is taken as a whole or not at all. `UsageError` where none fits, or where the
    first phase does not start from given weights. A warning lists the arrays that were not taken, and why.
    """
    if phases and not phases[0].starts_from_weights:
        raise UsageError(
            f"{model.architecture.name}: --init-from is not supported: its first phase, {phases[0].name}, sets the"
            " weights from the data; leave it out"
        )
    path = find_checkpoint(str(source))
    file = checkpoint.read(path, trusted=is_trusted())
    with about(path):
        values = under(file.arrays, "best") or under(file.arrays, "weights")
        if not values:
            raise CheckpointError("it holds no weights")
    own = model.weights
    fits = {name: name in values and values[name].shape == own[name].shape for name in own}
    partly = {_layer(name) for name in own if not fits[name]}
    taken = tuple(name for name in own if _layer(name) not in partly)
    reasons = _not_taken(own, values, partly)
    if not taken:
        raise UsageError(
            f"init_from {path}: no layer fits: {_some(reasons)}; expected layers with the names and shapes of those"
            f" of {model.architecture.name}"
        )
    for name in taken:
        if values[name].dtype.kind != own[name].dtype.kind:
            raise CheckpointError(f"{path}: {name}: got {values[name].dtype}, expected {own[name].dtype}")
        own[name][...] = values[name]
    if reasons:
        warn(f"init_from {path}: not taken: {_some(reasons)}")
    about_model = file.manifest.get("architecture") or {}
    not_taken = tuple(name for name in own if name not in taken)
    return InitialWeights(path.name, file.sha256, str(about_model.get("name", "")), taken, not_taken)


def set_weights(training: Training, values: Mapping[str, Any], who: str) -> tuple[str, ...]:
    """Set weights by their names, which all have to be there, in their shapes; the others stay as they were drawn.

    A phase that sets weights out of the data is passed over where all of these are given. `OptionError`, naming the
    weight, for one that does not fit; `UsageError` where a phase would replace what is given.
    """
    own = training.model.weights
    for name, value in values.items():
        if name not in own:
            others = did_you_mean(name, own) or f"; there are {_some([*own])}"
            raise OptionError(f"{who}: weights: there is no {name!a}{others}")
        own[name][...] = _array(value, own[name], f"{who}: weights: {name}")
    for phase in training.phases:
        if phase.starts_from_weights:
            break
        if not phase.initializes or not set(phase.initializes) <= values.keys():
            missing = [name for name in phase.initializes if name not in values]
            todo = f"; give {_some(missing)} as well" if missing else ""
            raise UsageError(
                f"{who}: weights are not supported here: phase {phase.name} sets weights from the data{todo}"
            )
        training.position.phase += 1
    return tuple(values)


def _array(value: Any, own: Array, where: str) -> Array:
    """Numbers as an array of the shape of a weight."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.zeros(0, object)
    if array.dtype.kind not in "buif" or array.shape != own.shape:
        what = "lists of different lengths" if array.dtype == object else f"{array.dtype} {array.shape}"
        raise OptionError(f"{where}: got {what}, expected numbers of shape {own.shape}")
    if not np.isfinite(array).all():
        raise OptionError(f"{where}: a number is infinite or NaN, expected finite numbers")
    return array.astype(own.dtype)


def _layer(name: str) -> str:
    """The path of the layer an array belongs to."""
    return name.rpartition("/")[0]


def _not_taken(own: Mapping[str, Array], values: Mapping[str, Array], partly: set[str]) -> list[str]:
    """Each array that is on one side alone, or of another shape, or of a layer with such an array, with the reason."""
    reasons = []
    for name, array in own.items():
        if name not in values:
            reasons.append(f"{name} (not in the file)")
        elif values[name].shape != array.shape:
            reasons.append(f"{name} ({values[name].shape} in the file, {array.shape} here)")
        elif _layer(name) in partly:
            reasons.append(f"{name} (its layer has other shapes)")
    return reasons + [f"{name} (only in the file)" for name in sorted(values.keys() - own.keys())]


def taken_line(source: InitialWeights) -> str:
    """ "init_from digits.h5 (mlp): took hidden1/W, hidden1/b"."""
    return f"init_from {source.file} ({ascii(source.architecture)[1:-1]}): took {_some(source.taken)}"


def _some(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more
