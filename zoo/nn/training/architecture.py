"""An architecture that is one expression of layers: a subclass says which, the rest follows."""

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
from zoo.nn.training.model import GradientModel, loss_for
from zoo.nn.training.phase import GradientPhase
from zoo.options import option


@dataclass(frozen=True)
class GradientArchitecture(Architecture):
    """`network(signature)` is the layer tree; `loss(signature)` its loss, by default the task's likelihood."""

    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @abstractmethod
    def network(self, signature: Signature) -> Layer:
        """The layer tree for one signature; its last values are what the loss takes (logits, for cross-entropies)."""

    def loss(self, signature: Signature) -> Loss:
        return loss_for(signature)

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield from self.network(signature).shapes(signature.input_shape).weights()

    def build(self, signature: Signature, stream: RandomStream) -> GradientModel:
        return GradientModel(self, signature, self.network(signature), stream, self.loss(signature), self.precision)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        return [GradientPhase("train", plan.phase("train"))]
