"""What a layer is: a frozen dataclass that names its shapes and computes forward, with its backward beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zoo.nn.initializers import ZEROS, Initializer
from zoo.nn.kernels.matmul import Product, plain_product
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.random import RandomStream
    from zoo.nn.parameters import Gradient

Tree = Mapping[str, Any]  # nested by path: {"hidden1": {"W": array, "b": array}}
Pullback = Callable[[Array, "Gradient"], Array | None]

NOTHING: dict[str, Any] = {}  # the parameters of a layer that has none


@dataclass(frozen=True)
class Parameter:
    """What an optimizer changes: its shape, how it starts, and whether penalties, decay and max-norm touch it."""

    shape: Shape
    initial: Initializer = ZEROS
    penalized: bool = True


@dataclass(frozen=True)
class Average:
    """What a layer averages over batches: average ← decay · average + (1 − decay) · (sum over rows) / rows."""

    shape: Shape
    start: float = 0.0
    decay: float = 0.9


@dataclass(frozen=True)
class Shapes:
    """What a layer makes of an input shape (without the batch axis): output, parameters and averages by path."""

    output: Shape
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    averages: Mapping[str, Average] = field(default_factory=dict)

    def weights(self) -> Iterator[tuple[str, Shape]]:
        """Name and shape of every array a checkpoint holds, as `Architecture.shapes` gives them."""
        for name, parameter in self.parameters.items():
            yield name, parameter.shape
        for name, average in self.averages.items():
            yield name, average.shape


@dataclass(frozen=True, slots=True)
class Mode:
    """How a forward pass runs: to predict, to evaluate (then there are targets), or to train and with what.

    A layer that adds a loss of its own (a head, a divergence) appends it to `losses`, one value per row, in training
    and where it evaluates alike: so it is part of the objective that is minimized and of the one held out. Where one
    does so in training alone, what is held out goes through the net a second time, as in training.

    `path` is where in the tree we are; random numbers and carried state are asked for by it. `input_gradient`: whether
    anybody wants dx. Nobody does at the first layer with parameters, which saves one of its three products.
    """

    training: bool = False
    path: str = ""
    input_gradient: bool = True
    stream: RandomStream | None = None
    mask: Array | None = None  # (rows, time), 1 where a step of a sequence is real
    targets: Array | None = None  # for heads that add their own loss; None to predict
    carried: Mapping[str, Array] = field(default_factory=dict)  # by path, from each slot's sample before
    carries: dict[str, Array] = field(default_factory=dict)  # by path, for each slot's next sample
    losses: list[Array] = field(default_factory=list)  # what layers added, one value per row each
    product: Product = plain_product
    empty_like: Callable[..., Array] = np.empty_like  # (array, shape=…): room that lives until the end of the step
    watch: Callable[[str, Array], None] | None = None  # sees each layer's path and output; looks for NaN

    def at(self, name: str, input_gradient: bool) -> Mode:
        """The mode of a layer inside this one."""
        return Mode(
            self.training,
            f"{self.path}/{name}" if self.path else name,
            input_gradient,
            self.stream,
            self.mask,
            self.targets,
            self.carried,
            self.carries,
            self.losses,
            self.product,
            self.empty_like,
            self.watch,
        )

    def random(self, purpose: str) -> np.random.Generator:
        """The generator for one purpose of the layer at this path."""
        if self.stream is None:
            raise ValueError(f"layer {self.path} draws random numbers: Mode needs a stream")
        return self.stream(f"{purpose}/{self.path}")


class Layer(ABC):
    """A function of parameters and input: its fields are hyperparameters, arrays live elsewhere, nothing is cached."""

    kind: ClassVar[str]  # what automatic names begin with: "dense" gives dense1, dense2, …

    @abstractmethod
    def shapes(self, input_shape: Shape) -> Shapes:
        """Output shape, parameters and averages for one input; `ZooError` where the input does not fit."""

    @abstractmethod
    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        """(y, pullback). In training, `pullback(dy, g)` adds the gradients of the parameters into `g` and gives dx.

        x is read-only; dy belongs to the pullback, which may overwrite it and return it as dx; dx is None where
        `mode.input_gradient` is false. To predict, the pullback is None and nothing is kept alive.
        """
