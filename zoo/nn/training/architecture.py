"""Base class of architectures that are one expression of layers; a subclass gives the expression."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from zoo.core.architecture import Architecture
from zoo.core.phase import Phase
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan
from zoo.core.signature import Signature
from zoo.nn.layer import Layer
from zoo.nn.losses import Loss
from zoo.nn.training.model import GradientModel, loss_for, loss_named
from zoo.nn.training.phase import GradientPhase
from zoo.options import option


@dataclass(frozen=True)
class GradientArchitecture(Architecture):
    """`network(signature)` is the layer tree; `make_loss(signature)` its loss, by default the task's likelihood.

    An option `loss: str = loss_option()` lets the user choose among all losses there are.
    """

    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @abstractmethod
    def network(self, signature: Signature) -> Layer:
        """The layer tree for one signature; its last values are what the loss takes (logits, for cross-entropies)."""

    def make_loss(self, signature: Signature) -> Loss:
        """The loss that the option `loss` names, where the architecture has one; "auto": the task's likelihood."""
        name = getattr(self, "loss", "auto")
        return loss_for(signature) if name == "auto" else loss_named(name, signature, self.name)

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield from self.network(signature).shapes(signature.input_shape).weights()

    def build(self, signature: Signature, stream: RandomStream) -> GradientModel:
        return GradientModel(
            self, signature, self.network(signature), stream, self.make_loss(signature), self.precision
        )

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        return [GradientPhase("train", plan.phase("train"))]
