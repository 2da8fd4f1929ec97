"""A phase: a part of training with one training step. Only the weights pass from phase to phase."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.core.batch_order import BatchIndices, batches_of
from zoo.core.history import Curve
from zoo.core.metrics import Metric
from zoo.core.model import Model
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingSettings
from zoo.core.training_step import TrainingStep
from zoo.options import options_of, without_effect

if TYPE_CHECKING:
    from zoo.data.samples.protocol import Samples


class Phase(ABC):
    """Names the phase, holds its settings and makes its training step."""

    objective: ClassVar[str] = "loss"  # what it makes small on the training part: early stopping may watch it
    uses: ClassVar[tuple[str, ...] | None] = None  # names of the settings that have an effect in it; None: all

    # Whether its step has kernels beside its rule. Then `settings.kernels` says which of them computes it, and the step
    # heeds that; where no phase of an architecture has any, the setting is refused.
    has_kernels: bool = False

    # Whether its step has kernels compiled by numba, and uses them where `settings.compiled`; else that is refused.
    has_compiled_kernels: bool = False

    starts_from_weights: ClassVar[bool] = False  # whether it trains on from any weights, such as those of another file

    # Whether it learns from data that come in chunks, each gone through once (`zoo.learn`).
    learns_chunks: bool = False

    # Names of the weights that it sets out of the data: where all of them are given, a run begins after it.
    initializes: tuple[str, ...] = ()

    continues: bool = False  # whether it is a further stretch of the phase before it, and goes on from its last weights

    def __init__(self, name: str, settings: TrainingSettings) -> None:
        self.name = name
        self.settings = settings

    @abstractmethod
    def step(self, model: Model) -> TrainingStep:
        """The training step, with its state as it is before the first batch."""

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        """Name and shape of the step's state, allocating nothing: a checkpoint's is compared with it, then put back.

        A dimension that grows has a name, as in the shapes of weights.
        """
        return iter(())

    def in_force(self) -> dict[str, Any]:
        """The settings that decide what this phase does, by name, without those that have no effect beside others."""
        settings = self.settings
        found = {
            name: getattr(settings, name)
            for name in options_of(type(settings))
            if self._uses(name) and not without_effect(settings, name)
        }
        if not (self.has_kernels or self.has_compiled_kernels):
            del found["kernels"]
        elif not {"reference": self.has_kernels, "numba": self.has_compiled_kernels}.get(settings.kernels, True):
            found["kernels"] = "auto"
        return found

    def _uses(self, name: str) -> bool:
        """Whether a setting has an effect: what the loop does after an epoch has one where there are several."""
        if name == "kernels":
            return True
        after_epochs = name in ("until", "measure", "every", "stop_after")
        return self.uses is None or ("epochs" if after_epochs else name) in self.uses

    def idle(self, name: str, model: Model, data: Samples) -> str:
        """Why a setting in force has no effect on this model and these data: "" where it has one, or may have one."""
        return ""

    @property
    def has_schedule(self) -> bool:
        """Whether what a step does depends on the share of the phase that is done."""
        return self.settings.has_schedule and (self.uses is None or "schedule" in self.uses)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        """What the step reports of its batches, declared; by default what the model reports."""
        return model.declared_metrics

    def validation_metrics(self, model: Model) -> Sequence[Metric]:
        """Those of the model's metrics that this phase works on, so that they can be monitored on the validation part;
        by default all."""
        return model.declared_metrics

    def order(self, data: Samples, stream: RandomStream) -> Sequence[BatchIndices]:
        """The batches of one epoch; shuffled unless the settings or the family say otherwise."""
        return batches_of(data, self.settings, stream)

    def finished(self, curves: Mapping[str, Curve]) -> bool:
        """Whether the phase ends by itself, looking at its recorded epochs (k-means that has settled)."""
        return False
