"""The layer protocol: a frozen dataclass that declares its shapes and computes forward, with its backward beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zoo.core.graph import drop_outdated_form, no_form
from zoo.errors import UsageError
from zoo.nn.initializers import ZEROS, Initializer
from zoo.nn.kernels.matmul import Product, plain_product
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value
    from zoo.core.random import RandomStream
    from zoo.nn.parameters import Gradient

Tree = Mapping[str, Any]  # nested by path: {"hidden1": {"W": array, "b": array}}
Pullback = Callable[[Array, "Gradient"], Array | None]

NOTHING: dict[str, Any] = {}  # the parameters of a layer that has none


@dataclass(frozen=True)
class Parameter:
    """An array the optimizer changes: shape, initial values, and whether penalties, decay and max-norm apply to it."""

    shape: Shape
    initial: Initializer = ZEROS
    penalized: bool = True
    tied: str = ""  # path, from the root of the tree, of the parameter whose values these are; see Tied
    transposed: bool = False  # whether these are that parameter's values with the axes reversed


@dataclass(frozen=True)
class Average:
    """An array averaged over batches: average ← decay · average + (1 − decay) · (sum over rows) / rows."""

    shape: Shape
    start: float = 0.0
    decay: float = 0.9


@dataclass(frozen=True)
class Shapes:
    """The output shape for an input shape (without the batch axis), and parameters and averages by path."""

    output: Shape
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    averages: Mapping[str, Average] = field(default_factory=dict)

    def weights(self) -> Iterator[tuple[str, Shape]]:
        """Name and shape of every array in a checkpoint, as `Architecture.shapes` yields them."""
        for name, parameter in self.parameters.items():
            if not parameter.tied:
                yield name, parameter.shape
        for name, average in self.averages.items():
            yield name, average.shape


@dataclass(frozen=True, slots=True)
class Mode:
    """How a forward pass runs: to predict, to evaluate (then there are targets), or to train.

    A layer that adds a loss of its own (a head, a divergence) appends it to `losses`, one value per row, in training
    and evaluation, so that it is part of the objective on training and held-out data. Where a layer does so in
    training alone, held-out rows go through the net a second time, as in training.

    A layer that computes something else in training than to predict (dropout, batch normalization) looks at
    `as_predicted` as well.

    `path` is the layer's place in the tree, under which it asks for random numbers and carried state.
    `input_gradient`: whether dx is needed. It is not at the first layer with parameters, which saves one of its three
    products.
    """

    training: bool = False
    path: str = ""
    input_gradient: bool = True
    stream: RandomStream | None = None
    mask: Array | None = None  # (rows, time), 1 where a step of a sequence is real
    targets: Array | None = None  # for heads that add their own loss; None to predict
    carried: Mapping[str, Array] = field(default_factory=dict)  # by path, from the sample before in each lane
    carries: dict[str, Array] = field(default_factory=dict)  # by path, for the next sample of each lane
    losses: list[Array] = field(default_factory=list)  # what layers added, one value per row each
    product: Product = plain_product
    empty_like: Callable[..., Array] = np.empty_like  # (array, shape=…): a scratch buffer until the end of the step
    watch: Callable[[str, Array], None] | None = None  # called with each layer's path and output, to find NaN
    kernels: str = "auto"  # "reference": layers run their rule as it is written, not its fast form
    watch_gradient: Callable[[str, Array], None] | None = None  # with each layer's path and dy, which it must copy
    as_predicted: bool = False  # with `training`: pullbacks of what the net predicts: nothing is drawn, averages count

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
            self.kernels,
            self.watch_gradient,
            self.as_predicted,
        )

    def random(self, purpose: str) -> np.random.Generator:
        """The generator for one purpose of the layer at this path."""
        if self.stream is None:
            raise ValueError(f"layer {self.path} draws random numbers: Mode needs a stream")
        return self.stream(f"{purpose}/{self.path}")


class Layer(ABC):
    """A function of parameters and input. Its fields are hyperparameters; it keeps no arrays and caches nothing."""

    kind: ClassVar[str]  # prefix of automatic names: "dense" gives dense1, dense2, …

    @abstractmethod
    def shapes(self, input_shape: Shape) -> Shapes:
        """Output shape, parameters and averages for one input; `ZooError` where the input does not fit."""

    def inside(self, input_shape: Shape) -> Iterator[tuple[str, Layer, Shape]]:
        """(name, layer, shape of its input) of each layer that this one joins; a plain layer joins none."""
        return iter(())

    @abstractmethod
    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        """(y, pullback). In training, `pullback(dy, g)` adds the gradients of the parameters into `g` and gives dx.

        x is read-only; dy belongs to the pullback, which may overwrite it and return it as dx; dx is None where
        `mode.input_gradient` is false. To predict, the pullback is None and nothing is kept alive.
        """

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        """`forward` to predict, as operators of ONNX: `return x @ p["W"] + p["b"]`. `UsageError` where there are none.

        x (rows, *shape); a dimension of −1 varies. A subclass with a `forward` of its own needs a form of its own.
        """
        raise no_form(f"the layer {self.kind} ({type(self).__name__})", "it does not define `to_onnx`")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        drop_outdated_form(cls, Layer, "forward")

    def from_torch(self, tensors: Mapping[str, Array], images: Shape = ()) -> dict[str, Array]:
        """The layer's parameters and averages out of the tensors of a PyTorch module, named as there ("weight",
        "bias"): for `zoo import`. `KeyError` where one is missing; `UsageError` where nothing is known of such layers.

        `images`: the shape (height, width, channels) of what was flattened before this layer, which PyTorch flattens
        channels first.
        """
        raise UsageError(
            f"import: nothing is known of how PyTorch names the parameters of the layer {self.kind}"
            f" ({type(self).__name__}): it does not define `from_torch`"
        )
