"""Losses: how wrong the net's last values z are, one number per row, with dz beside it.

The cross-entropies take logits and are fused with their output activation: log(softmax(z)) computed in two steps loses
all digits of small probabilities, and dz is simply p − t.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from zoo.core.graph import drop_outdated_form, no_form
from zoo.core.open_registry import OpenRegistry
from zoo.core.signature import TASKS
from zoo.errors import PluginError
from zoo.nn.activations import sigmoid, softmax
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.graph import Value

LossPullback = Callable[[Array | None], Array]
L = TypeVar("L", bound="Loss")


class Loss(ABC):
    """`forward(z, targets)` gives (losses, pullback); `pullback(weights)` is dz of Σ weights · losses (None: all 1)."""

    name: ClassVar[str]  # among the choices of --loss
    tasks: ClassVar[tuple[str, ...]] = TASKS  # those whose targets it takes
    unit_targets: ClassVar[bool] = False  # whether its outputs lie between 0 and 1, and so must numbers as targets

    @abstractmethod
    def forward(self, z: Array, targets: Array) -> tuple[Array, LossPullback]:
        """losses (rows, …) for z (rows, …, outputs)."""

    def outputs(self, z: Array) -> Array:
        """What the net predicts where its last values are z."""
        return z

    def to_onnx(self, z: Value) -> Value:
        """`outputs` as operators of ONNX; a subclass with outputs of its own needs its own."""
        if type(self).outputs is not Loss.outputs:
            raise no_form(f"the loss {self.name}", "it has outputs of its own and does not define `to_onnx`")
        return z

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        drop_outdated_form(cls, Loss, "outputs")


def check_loss_kind(loss: Loss) -> None:
    """`PluginError` unless a plugin's loss is an instance of Loss."""
    if not isinstance(loss, Loss):
        raise PluginError(f"got {ascii(loss)[:80]}, expected an instance of a subclass of zoo.nn.Loss")


LOSSES: OpenRegistry[Loss] = OpenRegistry("loss", lambda loss: loss.name, check_loss_kind)


def built_in(kind: type[L]) -> type[L]:
    """Register a loss with its default fields under its `name`."""
    LOSSES.add(kind())
    return kind


@built_in
@dataclass(frozen=True)
class SquaredError(Loss):
    """E = ½ Σ (t − y)², summed over the outputs of a row; dE/dy = y − t.

    Whole-number targets without an axis for the outputs are classes: t is 1 for the class and 0 for the others.
    """

    name: ClassVar[str] = "squared_error"

    def forward(self, z: Array, targets: Array) -> tuple[Array, LossPullback]:
        difference = z - as_outputs(targets, z)
        losses = 0.5 * np.einsum("...i,...i->...", difference, difference)

        def pullback(weights: Array | None) -> Array:
            return weighted(difference, weights)

        return losses, pullback


@built_in
@dataclass(frozen=True)
class SigmoidSquaredError(Loss):
    """E = ½ Σ (t − y)² with y = sigmoid(z), summed over the outputs of a row; dE/dz = (y − t) y (1 − y).

    The loss of the first papers and of most textbooks' examples. Numbers as targets are taken as they are, and must lie
    between 0 and 1. dead_band: an output whose error is smaller than this counts as right, |t − y| as 0 (Gorman and
    Sejnowski 1988: 0.2). Source: D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), Learning internal
    representations by error propagation, equation 13.
    """

    name: ClassVar[str] = "sigmoid_squared_error"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "multi-label", "labelling", "regression")
    unit_targets: ClassVar[bool] = True

    dead_band: float = 0.0

    def forward(self, z: Array, targets: Array) -> tuple[Array, LossPullback]:
        y = sigmoid(z)
        difference = y - as_outputs(targets, z)
        if self.dead_band:
            difference[np.abs(difference) < self.dead_band] = 0
        losses = 0.5 * np.einsum("...i,...i->...", difference, difference)

        def pullback(weights: Array | None) -> Array:
            dz = difference * y
            dz *= 1 - y
            return weighted(dz, weights)

        return losses, pullback

    def outputs(self, z: Array) -> Array:
        return sigmoid(z)


@built_in
@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """E = −Σ t log p + (1 − t) log(1 − p) with p = sigmoid(z), summed over the outputs of a row; dE/dz = p − t.

    Computed as max(z, 0) − z t + log(1 + e^−|z|), in nats.
    """

    name: ClassVar[str] = "binary_cross_entropy"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "multi-label", "labelling", "unsupervised")

    def forward(self, z: Array, targets: Array) -> tuple[Array, LossPullback]:
        t = as_outputs(targets, z)
        losses = np.log1p(np.exp(-np.abs(z)))
        losses += np.maximum(z, 0)
        losses -= z * t

        def pullback(weights: Array | None) -> Array:
            dz = sigmoid(z)
            dz -= t
            return weighted(dz, weights)

        return losses.sum(axis=-1), pullback

    def outputs(self, z: Array) -> Array:
        return sigmoid(z)

    def to_onnx(self, z: Value) -> Value:
        return z.sigmoid()


@built_in
@dataclass(frozen=True)
class CategoricalCrossEntropy(Loss):
    """E = −log p(t) with p = softmax(z) and the number t of the right class; dE/dz = p − [class is t].

    Computed as log Σ e^(z − max z) − (z(t) − max z), in nats.
    """

    name: ClassVar[str] = "categorical_cross_entropy"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "labelling", "language")

    def forward(self, z: Array, targets: Array) -> tuple[Array, LossPullback]:
        classes = z.shape[-1]
        z = np.ascontiguousarray(z)  # of a view, reshape below would give a copy
        shifted = z - z.max(axis=-1, keepdims=True)
        right = np.arange(targets.size) * classes + targets.reshape(-1)  # positions of the right classes in z
        at_right = shifted.reshape(-1)[right]
        p = np.exp(shifted, out=shifted)
        total = p.sum(axis=-1, keepdims=True)
        losses = np.log(total).reshape(targets.shape) - at_right.reshape(targets.shape)

        def pullback(weights: Array | None) -> Array:
            dz = p / total
            dz.reshape(-1)[right] -= 1
            return weighted(dz, weights)

        return losses, pullback

    def outputs(self, z: Array) -> Array:
        return softmax(z)

    def to_onnx(self, z: Value) -> Value:
        return z.softmax()


def as_outputs(targets: Array, z: Array) -> Array:
    """Targets with an axis for the outputs, in z's precision: class numbers become 1 among 0; one output, 0 or 1."""
    if targets.ndim == z.ndim:
        return targets.astype(z.dtype, copy=False)
    if z.shape[-1] == 1:
        return targets[..., None].astype(z.dtype)
    classes: Array = targets[..., None] == np.arange(z.shape[-1])
    return classes.astype(z.dtype)


def weighted(dz: Array, weights: Array | None) -> Array:
    if weights is not None:
        dz *= weights[..., None]
    return dz
