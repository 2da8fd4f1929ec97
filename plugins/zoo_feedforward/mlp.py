"""The multilayer perceptron, trained by back-propagation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from zoo import SET, InputSpec, Signature, UsageError, option
from zoo.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    ZEROS,
    BinaryCrossEntropy,
    Branch,
    Dense,
    Dropout,
    Flatten,
    GradientArchitecture,
    GradientSettings,
    Initializer,
    Layer,
    Linear,
    Loss,
    Maxout,
    Serial,
    SigmoidSquaredError,
    Uniform,
    loss_named,
    loss_option,
)
from zoo_feedforward.table_settings import settings_for_a_table

TRAINABLE = ACTIVATIONS.names(where=lambda activation: activation.trainable, last=("maxout",))
OF_ONE_OUTPUT = (BinaryCrossEntropy.name, SigmoidSquaredError.name)


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
    initial_range: float = option(
        0.0,
        "weights and biases start uniform between minus this and this; 0: as initializer says, biases at 0",
        low=0.0,
        high=1000.0,
        needs={"initializer": ("auto",)},
    )
    shortcuts: bool = option(
        False,
        "whether each layer sees the inputs and all hidden layers below it, not the last alone",
        needs={"hidden": SET},
    )
    one_output: bool = option(False, "one sigmoid output for two classes, in place of one for each")
    loss: str = loss_option()
    dead_band: float = option(
        0.0,
        "an output that is nearer to its target than this counts as right",
        low=0.0,
        below=1.0,
        needs={"loss": (SigmoidSquaredError.name,)},
    )
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

    def make_loss(self, signature: Signature) -> Loss:
        if self.loss == SigmoidSquaredError.name:
            loss_named(self.loss, signature, self.name)  # refuses a task whose targets it does not take
            return SigmoidSquaredError(self.dead_band)
        return super().make_loss(signature)

    def network(self, signature: Signature) -> Layer:
        layers: dict[str, Layer] = {"flatten": Flatten()}
        if self.input_dropout:
            layers["dropout0"] = Dropout(self.input_dropout)
        for number, units in enumerate(self.hidden, 1):
            level = self._hidden(number, units)
            if self.shortcuts:
                layers[f"level{number}"] = Branch(below=Linear(), units=Serial(**level), join="concat")
            else:
                layers |= level
        initial, bias = INITIALIZERS["zeros" if self.initializer == "zeros" else "glorot_uniform"], ZEROS
        if self.initial_range:
            initial = bias = Uniform(self.initial_range)
        return Serial(**layers, output=Dense(self._outputs(signature), initial=initial, initial_bias=bias))

    def _hidden(self, number: int, units: int) -> dict[str, Layer]:
        """The layers of one hidden layer, by name."""
        layers: dict[str, Layer] = {}
        if self.activation == "maxout":
            layers[f"hidden{number}"] = Maxout(units, self.pieces, initial=self._initial)
        else:
            bias = Uniform(self.initial_range) if self.initial_range else ZEROS
            layers[f"hidden{number}"] = Dense(units, initial=self._initial, initial_bias=bias)
            layers[f"{self.activation}{number}"] = ACTIVATIONS[self.activation]
        if self.dropout:
            layers[f"dropout{number}"] = Dropout(self.dropout)
        return layers

    def _outputs(self, signature: Signature) -> int:
        if not self.one_output:
            return signature.outputs
        if signature.task != "classification" or signature.outputs != 2 or self.loss not in OF_ONE_OUTPUT:
            raise UsageError(
                f"mlp: one_output is for two classes and loss {' or '.join(OF_ONE_OUTPUT)}, got"
                f" {signature.outputs} outputs for {signature.task} and loss {self.loss}"
            )
        return 1

    @property
    def _initial(self) -> Initializer:
        if self.initial_range:
            return Uniform(self.initial_range)
        rectifies = self.activation == "maxout" or ACTIVATIONS[self.activation].rectifies
        name = self.initializer if self.initializer != "auto" else "he_normal" if rectifies else "glorot_uniform"
        return INITIALIZERS[name]
