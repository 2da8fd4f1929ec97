"""The three phases of a map's training: initial weights, the rule, and counting the hits of each unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo import (
    AdditiveStep,
    Array,
    Batch,
    Batches,
    BatchIndices,
    Metric,
    Model,
    PartialSums,
    Phase,
    RandomStream,
    StepContext,
    Sums,
    TrainingSettings,
    TrainingStep,
    in_order,
    shuffled,
)
from zoo.data import Samples
from zoo_som.batch import BatchRule
from zoo_som.initialization import STARTS
from zoo_som.kernels.distance import best_matching
from zoo_som.metrics import METRICS, QUANTIZATION_ERROR
from zoo_som.model import SomModel
from zoo_som.online import MOST_KEPT, OnlineRule
from zoo_som.rules.online import best_matching_unit
from zoo_som.settings import SomSettings

HELD = 2**25  # bytes of samples that a pass over all data holds at once


def whole_pass(data: Samples, at_least: int) -> Batches:
    """All rows in their order, in batches as large as memory is meant for: what is summed over an epoch needs no
    others."""
    size = data.rows(np.arange(1)).inputs.nbytes
    return in_order(data, max(at_least, HELD // max(1, size)))


class Start(Phase):
    """Sets the first weights: from sums over all samples, or from one drawn for each unit."""

    uses = ()

    def __init__(self, name: str, settings: TrainingSettings, initial: str, units: int) -> None:
        super().__init__(name, settings.replace(update="batch" if initial == "sample" else "epoch"))
        self.initial, self.units = initial, units  # no units: not settled yet, so this is not for training

    def step(self, model: Model) -> TrainingStep:
        return STARTS[self.initial](model)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return ()

    def order(self, data: Samples, stream: RandomStream) -> Sequence[BatchIndices]:
        if self.initial != "sample":
            return whole_pass(data, self.settings.batch_size)
        random, units = stream("start"), self.units
        enough = len(data) >= units
        numbers = random.permutation(len(data))[:units] if enough else random.integers(len(data), size=units)
        return Batches(numbers, units)


class Map(Phase):
    """Trains the map by the rule of the settings."""

    objective = "quantization_error"
    has_kernels = True

    settings: SomSettings

    def __init__(self, name: str, settings: TrainingSettings, by_products: bool) -> None:
        """`by_products`: whether distances come out of products."""
        # In the online rule each sample sees the last one's change: nothing is summed over an epoch.
        online = getattr(settings, "rule", "batch") == "online"
        super().__init__(name, settings.replace(update="batch") if online else settings)
        self.has_compiled_kernels = online and by_products

    def idle(self, name: str, model: Model, data: Samples) -> str:
        """Of compiled kernels: that the map is too large for them."""
        if name != "kernels" or not self.settings.compiled or OnlineRule(model, self.settings).is_compiled:
            return ""
        return f"here: the kernel compiled by numba is for maps of at most {MOST_KEPT:,} units and 127 cells across"

    def in_force(self) -> dict[str, Any]:
        """A batch of samples seen one by one is cut into no shards; sums over an epoch have no batches."""
        idle = "shards" if self.settings.rule == "online" else "batch_size" if self.settings.update == "epoch" else ""
        return {name: value for name, value in super().in_force().items() if name != idle}

    def step(self, model: Model) -> TrainingStep:
        return OnlineRule(model, self.settings) if self.settings.rule == "online" else BatchRule(model, self.settings)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (QUANTIZATION_ERROR,)

    def validation_metrics(self, model: Model) -> Sequence[Metric]:
        """Without the accuracy: which classes a unit answers with is counted later."""
        return METRICS[:-1]

    def order(self, data: Samples, stream: RandomStream) -> Sequence[BatchIndices]:
        if self.settings.update == "epoch":
            return whole_pass(data, self.settings.batch_size)
        return shuffled(data, self.settings.batch_size, stream)


class Hits(Phase):
    """Counts, in one pass over the data, which unit wins how many samples of which class."""

    uses = ()
    has_kernels = True

    def __init__(self, name: str, settings: TrainingSettings) -> None:
        super().__init__(name, settings.replace(update="epoch"))

    def step(self, model: Model) -> TrainingStep:
        return Count(model, self.settings)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return ()

    def order(self, data: Samples, stream: RandomStream) -> Sequence[BatchIndices]:
        return whole_pass(data, self.settings.batch_size)


class Count(AdditiveStep):
    """hits[i, k] = number of samples of class k whose best-matching unit is i; without classes k = 0."""

    model: SomModel
    prefers_threads = True

    def __init__(self, model: Model, settings: TrainingSettings) -> None:
        super().__init__(model)
        self.settings = settings

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        W, x = self.model.weights["W"], self.model.samples(batch.inputs)
        if self.settings.by_the_rule:
            units = np.array([best_matching_unit(W, sample, self.model.kind.between)[0] for sample in x], np.intp)
        else:
            units = best_matching(self.model.distance, x)[0]
        shape = self.model.weights["hits"].shape
        targets = batch.targets if self.model.signature.task == "classification" else None
        cells = units if targets is None else units * shape[1] + targets
        hits = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
        return PartialSums({"hits": hits})

    def changing(self) -> Sequence[Array]:
        """None: hits are counted with weights that stay."""
        return ()

    def metrics(self, sums: Sums) -> dict[str, float]:
        """None: nothing is learned here."""
        return {}

    def update(self, sums: Sums, context: StepContext) -> None:
        self.model.weights["hits"][...] = sums["hits"]
