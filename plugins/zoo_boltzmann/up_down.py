"""Fine-tuning a deep belief net as a generative model: the up-down algorithm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    TrainingStep,
)
from zoo.data import Samples
from zoo.nn import scheduled
from zoo_boltzmann.dbn_generative import GenerativeDbn
from zoo_boltzmann.metrics import RECONSTRUCTION_ERROR
from zoo_boltzmann.rules.contrastive_divergence import cd_k, difference
from zoo_boltzmann.rules.up_down import down, up
from zoo_boltzmann.settings import DivergenceSettings
from zoo_boltzmann.visible_units import with_label


class Untie(Phase):
    """Once, before up-down: the way down gets weights of its own, equal to those of the way up."""

    uses = ()

    def __init__(self, name: str, settings: TrainingSettings) -> None:
        super().__init__(name, settings.replace(epochs=1, patience=0, monitor="", update="batch"))

    def step(self, model: Model) -> TrainingStep:
        return Copy(model)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return ()

    def validation_metrics(self, model: Model) -> Sequence[Metric]:
        return ()

    def order(self, data: Samples, stream: RandomStream) -> Sequence[BatchIndices]:
        return [(np.zeros(1, np.int64), np.zeros(1, np.int64))]


class Copy(TrainingStep):
    """generative_W = Wᵀ in every layer under the top."""

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        for name, array in self.model.weights.items():
            if name.endswith("/generative_W"):
                array[...] = self.model.weights[name.replace("/generative_W", "/W")].T
        return {}


class WakeSleep(Phase):
    """Trains by `UpDown`."""

    objective = "reconstruction_error"
    uses = (
        "epochs",
        "batch_size",
        "sample_order",
        "update",
        "shards",
        "patience",
        "monitor",
        "learning_rate",
        "schedule",
        "rate_decay",
        "steps",
    )

    settings: DivergenceSettings

    def step(self, model: Model) -> TrainingStep:
        return UpDown(model, self.settings)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (RECONSTRUCTION_ERROR,)

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        return iter(())


class UpDown(AdditiveStep):
    """Up: the data's states teach the way down. Down: a sample's states teach the way up. Between: CD-k at the top.

    Up, hᵢ drawn from hᵢ₋₁: generative_Wᵢ += η hᵢᵀ (hᵢ₋₁ − p(hᵢ₋₁ | hᵢ)). At the top, contrastive divergence with the
    labels clamped. Down from what its k steps came to, sᵢ₋₁ drawn from sᵢ: Wᵢ += η sᵢ₋₁ᵀ (sᵢ − q(sᵢ | sᵢ₋₁)).
    Source: G. E. Hinton, S. Osindero and Y.-W. Teh (2006), A fast learning algorithm for deep belief nets, appendix B.
    """

    model: GenerativeDbn

    def __init__(self, model: Model, settings: DivergenceSettings) -> None:
        super().__init__(model)
        self.settings = settings

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """By name of the weights the sums of their changes; "error" of the inputs given the first layer's units."""
        tower, random = self.model.tower, stream("up-down")
        layers = tower.directed()
        sums: Sums = {"rows": np.array(float(len(batch)))}
        drawn, changes = up(self.model.values(batch.inputs), layers, random)
        for number, (dG, da, _) in enumerate(changes, 1):
            sums |= {f"hidden{number}/generative_W": dG, f"hidden{number}/visible_bias": da}
        top, name, units = tower.machine(tower.layers - 1), f"hidden{tower.layers}", drawn.shape[1]
        if tower.labels:
            assert batch.targets is not None
            drawn = with_label(drawn, tower.labels, batch.targets)
        p0, sample, p = cd_k(drawn, top.W, top.a, top.b, self.settings.steps, top.visible.draw, random)
        dW, da, db = difference(drawn, p0, sample, p)
        sums |= {f"{name}/W": dW, f"{name}/visible_bias": da, f"{name}/b": db}
        for number, (dW, db) in enumerate(down(np.ascontiguousarray(sample[:, :units]), layers, random), 1):
            sums |= {f"hidden{number}/W": dW, f"hidden{number}/b": db}
        error = changes[0][2] if layers else np.square(drawn - top.reconstruction(drawn)).sum(dtype=np.float64)
        sums["error"] = np.array(error)
        return PartialSums(sums)

    def changing(self) -> Sequence[Array]:
        return (*self.model.weights.values(),)

    def metrics(self, sums: Sums) -> dict[str, float]:
        """reconstruction_error: mean square of an input given the drawn units of the first hidden layer."""
        return {"reconstruction_error": float(sums["error"]) / float(sums["rows"]) / self.model.signature.inputs}

    def update(self, sums: Sums, context: StepContext) -> None:
        settings = self.settings
        rate = settings.learning_rate * scheduled(context.progress, settings)
        for name, change in sums.items():
            if "/" in name:
                self.model.weights[name] += rate / float(sums["rows"]) * change
