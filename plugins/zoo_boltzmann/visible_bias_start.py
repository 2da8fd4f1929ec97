"""Start visible biases from the data, so that each unit has its mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo import (
    AdditiveStep,
    Array,
    Batch,
    BatchIndices,
    Metric,
    Model,
    PartialSums,
    Phase,
    RandomStream,
    StepContext,
    Sums,
    TrainingSettings,
    in_order,
)
from zoo.data import Samples
from zoo_boltzmann.contrastive_divergence import Stack
from zoo_boltzmann.metrics import VISIBLE_ACTIVITY
from zoo_boltzmann.visible_units import Gaussian, Labelled


class BaseRates(AdditiveStep):
    """a = base = log(p / (1 − p)), p the mean of a binary unit, one sample of each value added; of Gaussian ones p.

    The machine without hidden units that fits the data best. Source: G. E. Hinton (2010), A practical guide to training
    restricted Boltzmann machines, section 8.
    """

    prefers_threads = True

    def __init__(self, model: Model, settings: TrainingSettings, layer: int = 0) -> None:
        super().__init__(model)
        self.settings = settings
        self.layer = layer
        self.stack: Stack = model  # type: ignore[assignment]

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        v = self.stack.clamped(batch, stream, self.layer)
        return PartialSums({"seen": v.sum(axis=0, dtype=np.float64), "rows": np.array(float(len(batch)))})

    def changing(self) -> Sequence[Array]:
        """None: the data, or what layers below make of them, stay."""
        return ()

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {"visible_activity": float(sums["seen"].mean() / sums["rows"])}

    def update(self, sums: Sums, context: StepContext) -> None:
        machine, seen, count = self.stack.machine(self.layer), sums["seen"], float(sums["rows"])
        kind, labels = machine.visible, 0
        if isinstance(kind, Labelled):
            labels, kind = kind.classes, kind.others
        rates = seen / count if isinstance(kind, Gaussian) else np.log((seen + 1) / (count - seen + 1))
        if labels:
            rates[-labels:] = np.log((seen[-labels:] + 1) / (count + labels))
        machine.a[...] = rates
        machine.base[...] = rates


class Start(Phase):
    """One pass over the data for `BaseRates`."""

    uses = ()

    def __init__(self, name: str, settings: TrainingSettings, layer: int = 0) -> None:
        super().__init__(name, settings.replace(epochs=1, patience=0, monitor="", update="epoch"))
        self.layer = layer
        self.initializes = ("visible_bias",) if name == "start" else ()  # of a single machine

    def step(self, model: Model) -> BaseRates:
        return BaseRates(model, self.settings, self.layer)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (VISIBLE_ACTIVITY,)

    def validation_metrics(self, model: Model) -> Sequence[Metric]:
        return ()

    def order(self, data: Samples, stream: RandomStream) -> Sequence[BatchIndices]:
        return in_order(data, max(256, self.settings.batch_size))
