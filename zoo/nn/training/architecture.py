"""Base class of architectures that are one expression of layers; a subclass gives the expression."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from zoo.core.architecture import Architecture, InputSpec
from zoo.core.phase import Phase
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan
from zoo.core.signature import Signature
from zoo.errors import DataError
from zoo.nn.layer import Layer
from zoo.nn.losses import LOSSES, Loss
from zoo.nn.training.model import GradientModel, loss_for, loss_named
from zoo.nn.training.phase import GradientPhase
from zoo.options import option

if TYPE_CHECKING:
    from zoo.data.samples.protocol import Samples

ROWS = 4096  # targets looked at together


@dataclass(frozen=True)
class GradientArchitecture(Architecture):
    """`network(signature)` is the layer tree; `make_loss(signature)` its loss, by default the task's likelihood.

    An option `loss: str = loss_option()` lets the user choose among all losses there are.
    """

    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @property
    def effective_input_spec(self) -> InputSpec:
        """As `input_spec` says; numbers as targets as they are, where the outputs of the loss lie between 0 and 1."""
        loss = self._chosen_loss()
        return self.input_spec if loss is None or not loss.unit_targets else replace(self.input_spec, targets="raw")

    def resolve(self, signature: Signature, data: Samples) -> Self:
        """`DataError` for a number as target that the outputs of the loss cannot reach."""
        loss = self._chosen_loss()
        if loss is not None and loss.unit_targets and signature.task == "regression":
            for start in range(0, len(data), ROWS):
                batch = data.rows(np.arange(start, min(start + ROWS, len(data))))
                assert batch.targets is not None
                if not ((batch.targets >= 0) & (batch.targets <= 1)).all():
                    raise DataError(
                        f"{self.name}: got targets from {batch.targets.min():g} to {batch.targets.max():g}, expected"
                        f" values from 0 to 1, where the outputs of the loss {loss.name} lie; scale them, or take"
                        " squared_error"
                    )
        return self

    def _chosen_loss(self) -> Loss | None:
        """The loss that the option names, where there is such an option and it names one."""
        name = getattr(self, "loss", "auto")
        return None if name == "auto" else LOSSES[name]

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
