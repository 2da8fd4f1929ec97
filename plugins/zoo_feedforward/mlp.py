"""The multilayer perceptron, trained by back-propagation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from zoo import SET, InputSpec, Signature, option
from zoo.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    Dense,
    Dropout,
    Flatten,
    GradientArchitecture,
    GradientSettings,
    Initializer,
    Layer,
    Maxout,
    Serial,
    loss_option,
)
from zoo_feedforward.table_settings import settings_for_a_table

TRAINABLE = ACTIVATIONS.names(where=lambda activation: activation.trainable, last=("maxout",))


@dataclass(frozen=True)
class Mlp(GradientArchitecture):
    """h₁ = f(x·W₁ + b₁), h₂ = f(h₁·W₂ + b₂), …, y = output(hₙ·W + b), every layer seeing all of the one below.

    The outputs are a softmax over classes, a sigmoid for each label, or linear for regression. Source: D. E. Rumelhart,
    G. E. Hinton and R. J. Williams (1986), Learning representations by back-propagating errors.
    """

    name: ClassVar[str] = "mlp"
    family: ClassVar[str] = "feedforward"
    summary: ClassVar[str] = "multilayer perceptron of any depth (Rumelhart, Hinton, Williams 1986)"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "multi-label", "regression")
    data: ClassVar[str] = "glyphs"
    settings: ClassVar[GradientSettings] = GradientSettings(epochs=20, batch_size=32, blocks=2)

    hidden: tuple[int, ...] = option((128,), "units of each hidden layer, from input to output", low=1, high=1_000_000)
    activation: str = option("relu", "activation of the hidden layers", choices=TRAINABLE, needs={"hidden": SET})
    pieces: int = option(2, "linear pieces of a maxout unit", low=2, high=64, needs={"activation": ("maxout",)})
    dropout: float = option(
        0.0, "share of hidden units left out in training", low=0.0, below=1.0, needs={"hidden": SET}
    )
    input_dropout: float = option(0.0, "share of inputs left out in training", low=0.0, below=1.0)
    initializer: str = option(
        "auto",
        "how hidden weights start; auto: he_normal before relu, leaky_relu and maxout, else glorot_uniform",
        choices=INITIALIZERS.names("auto"),
    )
    loss: str = loss_option()
    scaling: str = option(
        "auto",
        "of inputs and of numbers as targets; auto: mean 0 and deviation 1; unit, signed: inputs alone; raw: both as"
        " they are",
        choices=("auto", "unit", "signed", "raw"),
    )

    @property
    def effective_input_spec(self) -> InputSpec:
        spec = super().effective_input_spec
        if self.scaling == "auto":
            return spec
        return replace(spec, inputs=self.scaling, targets="raw" if self.scaling == "raw" else spec.targets)

    @classmethod
    def for_other_data(cls, kind: str, samples: int, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return settings_for_a_table(samples, 0.003, asked) if kind == "table" else None

    def network(self, signature: Signature) -> Layer:
        layers: dict[str, Layer] = {"flatten": Flatten()}
        if self.input_dropout:
            layers["dropout0"] = Dropout(self.input_dropout)
        for number, units in enumerate(self.hidden, 1):
            if self.activation == "maxout":
                layers[f"hidden{number}"] = Maxout(units, self.pieces, initial=self._initial)
            else:
                layers[f"hidden{number}"] = Dense(units, initial=self._initial)
                layers[f"{self.activation}{number}"] = ACTIVATIONS[self.activation]
            if self.dropout:
                layers[f"dropout{number}"] = Dropout(self.dropout)
        output = INITIALIZERS["zeros" if self.initializer == "zeros" else "glorot_uniform"]
        return Serial(**layers, output=Dense(signature.outputs, initial=output))

    @property
    def _initial(self) -> Initializer:
        rectifies = self.activation == "maxout" or ACTIVATIONS[self.activation].rectifies
        name = self.initializer if self.initializer != "auto" else "he_normal" if rectifies else "glorot_uniform"
        return INITIALIZERS[name]
