"""Networks as expressions: `Serial` one after the other, `Branch` side by side, `Aside` a head with its own loss."""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo.errors import ZooError
from zoo.nn.layer import NOTHING, Average, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.nn.losses import Loss
from zoo.nn.parameters import Gradient
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value

Named = tuple[tuple[str, Layer], ...]


@dataclass(frozen=True, init=False)
class Serial(Layer):
    """y = fₙ(… f₂(f₁(x))): `Serial(Dense(300), Relu(), Dense(10))`, or with names, `Serial(hidden=Dense(300), …)`.

    Without names layers are called by kind and number: dense1, relu1, dense2.
    """

    kind: ClassVar[str] = "serial"

    layers: Named

    def __init__(self, *layers: Layer, **named: Layer) -> None:
        object.__setattr__(self, "layers", with_names(layers, named))

    def shapes(self, input_shape: Shape) -> Shapes:
        inside = {}
        for name, layer in self.layers:
            inside[name] = layer.shapes(input_shape)
            input_shape = inside[name].output
        return together(input_shape, inside)

    def inside(self, input_shape: Shape) -> Iterator[tuple[str, Layer, Shape]]:
        for name, layer in self.layers:
            yield name, layer, input_shape
            input_shape = layer.shapes(input_shape).output

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        pullbacks: list[tuple[str, Pullback]] = []
        input_gradient = mode.input_gradient
        for name, layer in self.layers:
            x, layer_pullback = run(layer, name, p, x, mode, input_gradient)
            input_gradient = input_gradient or name in p  # above parameters dx is needed
            if layer_pullback is not None:
                pullbacks.append((name, layer_pullback))
        if not mode.training:
            return x, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            for name, layer_pullback in reversed(pullbacks):
                dx = layer_pullback(dy, g.within(name))
                if dx is None:  # nothing below has parameters
                    return None
                dy = dx
            return dy

        return x, pullback

    def __repr__(self) -> str:
        return f"Serial({written(self.layers)})"

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        for name, layer in self.layers:
            x = layer.to_onnx(p.get(name, NOTHING), x, shape)
            shape = layer.shapes(shape).output
        return x


@dataclass(frozen=True, init=False)
class Branch(Layer):
    """y = f₁(x) + f₂(x) + …, their product element by element, or all of them side by side along the last axis.

    A skip connection is `Branch(Linear(), f)`. Backward, the branches' dx add up: the chain rule over paths.
    """

    kind: ClassVar[str] = "branch"

    layers: Named
    join: str  # "sum", "product" or "concat"

    def __init__(self, *layers: Layer, join: str = "sum", **named: Layer) -> None:
        if join not in ("sum", "product", "concat"):
            raise ValueError(f"Branch: join is {join!r}, expected sum, product or concat")
        if not layers and not named:
            raise ValueError("Branch: got no layers, expected one at least")
        object.__setattr__(self, "layers", with_names(layers, named))
        object.__setattr__(self, "join", join)

    def shapes(self, input_shape: Shape) -> Shapes:
        inside = {name: layer.shapes(input_shape) for name, layer in self.layers}
        outputs = [shapes.output for shapes in inside.values()]
        cut = -1 if self.join == "concat" else None
        if len({(len(output), output[:cut]) for output in outputs}) > 1:
            found = ", ".join(f"{name} {shapes.output}" for name, shapes in inside.items())
            raise ZooError(f"Branch: got outputs of shapes {found}, expected shapes that fit for a {self.join}")
        output = outputs[0]
        if self.join == "concat":
            output = (*output[:-1], sum(each[-1] for each in outputs))
        return together(output, inside)

    def inside(self, input_shape: Shape) -> Iterator[tuple[str, Layer, Shape]]:
        return ((name, layer, input_shape) for name, layer in self.layers)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        ran = [run(layer, name, p, x, mode, mode.input_gradient) for name, layer in self.layers]
        ys = [y for y, _ in ran]
        y = JOINS[self.join](ys)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            total: Array | None = None
            for branch, (name, _) in enumerate(self.layers):
                layer_pullback = ran[branch][1]
                assert layer_pullback is not None
                dx = layer_pullback(part_of(dy, branch, ys, self.join), g.within(name))
                if dx is None or not mode.input_gradient:
                    continue
                if total is None:
                    total = dx
                else:
                    total += dx
            return total

        return y, pullback

    def __repr__(self) -> str:
        return f"Branch({written(self.layers)}, join={self.join!r})"

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        ys = [layer.to_onnx(p.get(name, NOTHING), x, shape) for name, layer in self.layers]
        if self.join == "concat":
            return x.graph.concat(ys)
        return functools.reduce(operator.add if self.join == "sum" else operator.mul, ys)


JOINS: dict[str, Callable[[list[Array]], Array]] = {
    "sum": lambda ys: functools.reduce(operator.add, ys),
    "product": lambda ys: functools.reduce(operator.mul, ys),
    "concat": lambda ys: np.concatenate(ys, axis=-1),
}


def part_of(dy: Array, branch: int, ys: list[Array], join: str) -> Array:
    """dy as one branch sees it: itself, times the others' outputs, or its columns; always an array of its own."""
    if join == "sum":
        return dy.copy()
    if join == "product":
        return functools.reduce(operator.mul, ys[:branch] + ys[branch + 1 :], dy.copy())
    start = sum(y.shape[-1] for y in ys[:branch])
    return dy[..., start : start + ys[branch].shape[-1]].copy()


@dataclass(frozen=True)
class Aside(Layer):
    """y = x, and `weight` · loss(head(x), targets) is added to what is minimized and, held out, to the objective.

    GoogLeNet's auxiliary classifiers (Szegedy et al., 2015, section 5: weight 0.3). To predict, the head is not run.
    """

    kind: ClassVar[str] = "aside"

    head: Layer
    loss: Loss
    weight: float = 0.3

    def shapes(self, input_shape: Shape) -> Shapes:
        return together(input_shape, {"head": self.head.shapes(input_shape)})

    def inside(self, input_shape: Shape) -> Iterator[tuple[str, Layer, Shape]]:
        yield "head", self.head, input_shape

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        if mode.targets is None and not mode.training:
            return x, None
        if mode.targets is None and mode.as_predicted:
            return x, lambda dy, g: dy
        if mode.targets is None:
            raise ZooError(f"Aside at {mode.path}: got no targets, expected those of the batch in Mode(targets=…)")
        z, head_pullback = run(self.head, "head", p, x, mode, mode.input_gradient)
        losses, loss_pullback = self.loss.forward(z, mode.targets)
        mode.losses.append(self.weight * losses)
        if not mode.training:
            return x, None
        assert head_pullback is not None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dz = loss_pullback(None if mode.mask is None else mode.mask)
            dz *= self.weight
            dx = head_pullback(dz, g.within("head"))
            if dx is None or not mode.input_gradient:
                return None
            dy += dx
            return dy

        return x, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x


def run(layer: Layer, name: str, p: Tree, x: Array, mode: Mode, input_gradient: bool) -> tuple[Array, Pullback | None]:
    """A layer inside a combinator, at its place in the tree."""
    inside = mode.at(name, input_gradient)
    y, pullback = layer.forward(p.get(name, NOTHING), x, inside)
    if mode.watch is not None:
        mode.watch(inside.path, y)
    if mode.watch_gradient is None or pullback is None:
        return y, pullback
    watch, pulled = mode.watch_gradient, pullback

    def watched(dy: Array, g: Gradient) -> Array | None:
        watch(inside.path, dy)
        return pulled(dy, g)

    return y, watched


def with_names(layers: tuple[Layer, ...], named: Mapping[str, Layer]) -> Named:
    """Layers by position are named by kind and number, the others as given."""
    count: Counter[str] = Counter()
    found: dict[str, Layer] = {}
    for layer in layers:
        count[layer.kind] += 1
        found[f"{layer.kind}{count[layer.kind]}"] = layer
    for name, layer in named.items():
        if name in found:
            raise ValueError(f"two layers are called {name!r}: one by its position, one by name")
        found[name] = layer
    return tuple(found.items())


def together(output: Shape, inside: Mapping[str, Shapes]) -> Shapes:
    """The parameters and averages of the layers inside, under their names."""
    parameters: dict[str, Parameter] = {}
    averages: dict[str, Average] = {}
    for name, shapes in inside.items():
        parameters |= {f"{name}/{path}": parameter for path, parameter in shapes.parameters.items()}
        averages |= {f"{name}/{path}": average for path, average in shapes.averages.items()}
    return Shapes(output, parameters, averages)


def written(layers: Named) -> str:
    return ", ".join(f"{name}={layer!r}" for name, layer in layers)
