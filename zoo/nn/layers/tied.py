"""Tied: a layer whose parameters are those of another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from zoo.errors import ZooError
from zoo.nn.layer import Layer, Mode, Pullback, Shapes, Tree
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value


@dataclass(frozen=True, init=False)
class Tied(Layer):
    """`layer` with parameters that are those at other paths: `Tied(Dense(784), W="encoder/W.T")`.

    Paths are those from the root of the network, as the checkpoint has them; ".T" behind one reverses the axes. What is
    shared is stored once, under that path, and its gradient is the sum over all layers that use it. Parameters that are
    not named here remain the layer's own. In an autoencoder: Vincent et al., 2010, section 3.2.
    """

    kind: ClassVar[str] = "tied"

    layer: Layer
    ties: tuple[tuple[str, str], ...]  # name of a parameter of the layer, path of the one it shares

    def __init__(self, layer: Layer, **ties: str) -> None:
        object.__setattr__(self, "layer", layer)
        object.__setattr__(self, "ties", tuple(ties.items()))

    def shapes(self, input_shape: Shape) -> Shapes:
        shapes = self.layer.shapes(input_shape)
        parameters = dict(shapes.parameters)
        for name, path in self.ties:
            if name not in parameters:
                raise ZooError(f"Tied: {self.layer} has no parameter {name!a}, expected one of {', '.join(parameters)}")
            transposed = path.endswith(".T")
            parameters[name] = replace(parameters[name], tied=path.removesuffix(".T"), transposed=transposed)
        return replace(shapes, parameters=parameters)

    def inside(self, input_shape: Shape) -> Iterator[tuple[str, Layer, Shape]]:
        return self.layer.inside(input_shape)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        return self.layer.forward(p, x, mode)

    def __repr__(self) -> str:
        return f"Tied({self.layer!r}{''.join(f', {name}={path!r}' for name, path in self.ties)})"

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return self.layer.to_onnx(p, x, shape)
