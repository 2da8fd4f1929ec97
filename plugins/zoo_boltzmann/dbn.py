"""The deep belief net: machines trained greedily, one on top of the other, and then fine-tuned together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from zoo import Architecture, InputSpec, Metric, Model, Phase, RandomStream, Signature, TrainingPlan, UsageError, option
from zoo.data import Samples
from zoo.nn import (
    GLOROT_UNIFORM,
    ZEROS,
    Dense,
    Dropout,
    Flatten,
    GradientPhase,
    GradientSettings,
    Layer,
    Normal,
    Serial,
    Sigmoid,
)
from zoo_boltzmann.dbn_classifier import DiscriminativeDbn
from zoo_boltzmann.dbn_generative import GenerativeDbn
from zoo_boltzmann.machine_stack import below_shapes, tower_shapes
from zoo_boltzmann.metrics import METRICS
from zoo_boltzmann.rbm import Train
from zoo_boltzmann.settings import DivergenceSettings
from zoo_boltzmann.small_data import BATCH, epochs_for, is_small
from zoo_boltzmann.up_down import Untie, WakeSleep
from zoo_boltzmann.visible_bias_start import Start
from zoo_boltzmann.visible_checks import check_inputs

FINE_TUNING = "fine-tuning"
BACKPROPAGATION = {"fine_tuning": ("backpropagation",)}


@dataclass(frozen=True)
class DbnSettings(GradientSettings):
    """How a deep belief net is trained: epochs, rate and optimizer are those of fine-tuning."""

    pretraining_epochs: int = option(10, "epochs of each machine; [training.rbm1] epochs: of the first", low=0)
    pretraining_rate: float = option(0.05, "learning rate of each machine; also per phase", above=0.0, high=1e6)
    pretraining_momentum: float = option(0.5, "momentum of each machine", low=0.0, below=1.0)
    pretraining_decay: float = option(2e-4, "weight decay of each machine", low=0.0, high=1e6)
    steps: int = option(1, "the k of CD-k, in pretraining and in up-down", low=1, high=1_000_000)

    def divergence(self, **changes: Any) -> DivergenceSettings:
        """The settings of one machine."""
        names = (
            "epochs",
            "batch_size",
            "update",
            "seed",
            "split_seed",
            "weights_seed",
            "order_seed",
            "shards",
            "kernels",
            "validation",
            "patience",
            "monitor",
        )
        common = {name: getattr(self, name) for name in names}
        return DivergenceSettings(**{**common, "steps": self.steps, **changes})


@dataclass(frozen=True)
class Dbn(Architecture):
    """p(v, h₁, …, hₙ) = p(v | h₁) p(h₁ | h₂) … p(hₙ₋₁, hₙ): sigmoid layers under a restricted Boltzmann machine.

    Sources: G. E. Hinton, S. Osindero and Y.-W. Teh (2006), A fast learning algorithm for deep belief nets; for
    back-propagation G. E. Hinton and R. R. Salakhutdinov (2006), Reducing the dimensionality of data with neural
    networks.
    """

    name: ClassVar[str] = "dbn"
    family: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "deep belief net: greedy machines, then back-propagation or up-down (Hinton et al. 2006)"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "unsupervised")
    data: ClassVar[str] = "glyphs"
    declared_metrics: ClassVar[tuple[Metric, ...]] = METRICS
    small: ClassVar[Mapping[str, Any]] = {"hidden": (7, 5), "initial": 0.5}
    settings: ClassVar[DbnSettings] = DbnSettings(epochs=20, batch_size=100, learning_rate=0.001)

    hidden: tuple[int, ...] = option((100, 100), "units of each hidden layer, from below", low=1, high=1_000_000)
    fine_tuning: str = option(
        "backpropagation",
        "after the machines: back-propagation under a softmax layer, up-down with labels at the top, or nothing",
        choices=("backpropagation", "up-down", "none"),
    )
    pretrain: bool = option(True, "whether machines are trained first; else random weights are fine-tuned")
    dropout: float = option(
        0.0, "share of hidden units left out in back-propagation", low=0.0, below=1.0, needs=BACKPROPAGATION
    )
    input_dropout: float = option(
        0.0, "share of inputs left out in back-propagation", low=0.0, below=1.0, needs=BACKPROPAGATION
    )
    initial: float = option(
        0.01, "deviation of a machine's first weights", low=0.0, high=10.0, needs={"pretrain": (True,)}
    )
    precision: str = option("float32", "type of the numbers", choices=("float32", "float64"))
    input_spec: ClassVar[InputSpec] = InputSpec(inputs="unit")

    @classmethod
    def for_other_data(cls, kind: str, samples: int, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Of a table: first weights large enough for few columns, whose sigmoids would else all stay in the middle."""
        if asked.get("fine_tuning", "backpropagation") != "backpropagation" or not is_small(kind, samples):
            return None
        epochs = epochs_for(samples, asked)
        settings = {"epochs": epochs, "batch_size": BATCH, "learning_rate": 0.01, "schedule": "cosine"}
        weights = {"initial": 1.0} if kind == "table" else {}
        machines = {"pretraining_epochs": math.ceil(epochs / 4), "pretraining_rate": 0.1}
        return {**settings, **({**weights, **machines} if asked.get("pretrain", True) else {})}

    @property
    def supported_tasks(self) -> tuple[str, ...]:
        return ("unsupervised",) if self.fine_tuning == "none" else ("classification",)

    def output_signature(self, signature: Signature) -> Signature:
        """Without labels a net answers with the activity of its topmost units."""
        return signature if self.fine_tuning != "none" else replace(signature, output_shape=(self.hidden[-1],))

    def resolve(self, signature: Signature, data: Samples) -> Dbn:
        check_inputs(self.name, "bernoulli", data)
        return self

    def labels(self, signature: Signature) -> int:
        """Label units of the machine at the top."""
        return signature.outputs if self.fine_tuning == "up-down" else 0

    def network(self, signature: Signature) -> Layer:
        """The layer tree of back-propagation."""
        initial = Normal(self.initial) if self.pretrain else GLOROT_UNIFORM
        layers: dict[str, Layer] = {"flatten": Flatten()}
        if self.input_dropout:
            layers["dropout0"] = Dropout(self.input_dropout)
        for number, units in enumerate(self.hidden, 1):
            layers[f"hidden{number}"] = Dense(units, initial=initial)
            layers[f"sigmoid{number}"] = Sigmoid()
            if self.dropout:
                layers[f"dropout{number}"] = Dropout(self.dropout)
        output = ZEROS if self.pretrain else GLOROT_UNIFORM
        return Serial(**layers, output=Dense(signature.outputs, initial=output))

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int, ...]]]:
        if not self.hidden:
            raise UsageError("dbn: got no hidden layer, expected one or more, such as --hidden 100,100")
        if self.fine_tuning != "backpropagation":
            if not self.pretrain:
                raise UsageError("dbn: got pretrain false, expected true: without back-propagation nothing else trains")
            untied = self.fine_tuning == "up-down"
            yield from tower_shapes(self.hidden, signature.inputs, self.labels(signature), untied)
            return
        yield from self.network(signature).shapes(signature.input_shape).weights()
        for number, visible in enumerate((signature.inputs, *self.hidden[:-1]), 1):
            yield from below_shapes(number, visible)

    def build(self, signature: Signature, stream: RandomStream) -> Model:
        if self.fine_tuning == "backpropagation":
            return DiscriminativeDbn(self, signature, self.network(signature), stream, self.hidden)
        weights = {name: np.zeros(shape, self.dtype) for name, shape in self.shapes(signature)}
        for name, array in weights.items():
            if name.endswith("/W"):
                array[...] = self.initial * stream(f"weights/{name}").standard_normal(array.shape)
        return GenerativeDbn(self, signature, weights, len(self.hidden), self.labels(signature))

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        """rates1, rbm1, rates2, rbm2, … from below; then fine-tuning."""
        phases: list[Phase] = []
        for layer in range(len(self.hidden) if self.pretrain else 0):
            settings = machine_settings(plan, f"rbm{layer + 1}")
            phases += [Start(f"rates{layer + 1}", settings, layer), Train(f"rbm{layer + 1}", settings, layer)]
        tuning = plan.phase(FINE_TUNING)
        assert isinstance(tuning, DbnSettings)
        if self.fine_tuning == "backpropagation":
            phases.append(GradientPhase(FINE_TUNING, tuning))
        elif self.fine_tuning == "up-down":
            once = tuning.divergence()
            phases += [Untie("untie", once)] if len(self.hidden) > 1 else []
            phases.append(WakeSleep(FINE_TUNING, tuning.divergence(learning_rate=tuning.learning_rate)))
        return phases


def machine_settings(plan: TrainingPlan, name: str) -> DivergenceSettings:
    """The settings of one machine: what its own table says, else the pretraining settings of all."""
    settings, own = plan.phase(name), plan.by_phase.get(name, {})
    assert isinstance(settings, DbnSettings)
    proposed = {
        "epochs": settings.pretraining_epochs,
        "learning_rate": settings.pretraining_rate,
        "momentum": settings.pretraining_momentum,
        "weight_decay": settings.pretraining_decay,
    }
    own_values = {key: getattr(settings, key) for key in proposed if key in own}
    schedule = {"schedule": settings.schedule} if "schedule" in own else {}
    return settings.divergence(**{**proposed, **own_values, **schedule})
