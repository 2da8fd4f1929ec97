"""Look inside a model of layers: what each layer is, what it gives, and the gradient of the loss to everything."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.errors import DataError
from zoo.nn.layer import Layer, Mode
from zoo.nn.parameters import Gradients
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.nn.training.model import GradientModel


@dataclass(frozen=True)
class LayerInfo:
    """One layer of a net; shapes are those of one sample, −1 for a number of time steps that varies."""

    path: str
    kind: str  # "dense", "relu", "lstm"
    options: Mapping[str, Any]  # of the layer, by name: {"units": 128, "bias": True}
    input_shape: Shape
    output_shape: Shape
    parameters: Mapping[str, Shape]  # by name, with those of layers inside: {"W": (64, 128), "b": (128,)}


@dataclass(frozen=True)
class LossGradients:
    """The gradient of the mean objective of some rows.

    inputs (rows, *input_shape); parameters by their paths, in their shapes; deltas, to what each layer gives, by its
    path: of a dense layer the delta of back-propagation, (rows, units).
    """

    loss: float  # the mean objective: the loss, and what layers and heads add
    inputs: Array
    parameters: Mapping[str, Array]
    deltas: Mapping[str, Array] = field(repr=False)


def layers_of(network: Layer, input_shape: Shape) -> dict[str, LayerInfo]:
    """The layers of a tree by path, in the order in which they compute; one that joins others stands before them."""
    return dict(_inside(network, "", input_shape))


def _inside(layer: Layer, path: str, input_shape: Shape) -> Iterator[tuple[str, LayerInfo]]:
    for name, each, shape in layer.inside(input_shape):
        place = f"{path}/{name}" if path else name
        shapes = each.shapes(shape)
        parameters = {name: parameter.shape for name, parameter in shapes.parameters.items()}
        yield place, LayerInfo(place, each.kind, _options(each), shape, shapes.output, parameters)
        yield from _inside(each, place, shape)


def _options(layer: Layer) -> dict[str, Any]:
    """The fields of a layer, without the layers inside it."""
    values = {each.name: getattr(layer, each.name) for each in dataclasses.fields(layer)}  # type: ignore[arg-type]
    return {name: value for name, value in values.items() if name != "layers" and not isinstance(value, Layer)}


def batch_of(model: GradientModel, x: Array | Batch, y: Array | None = None) -> Batch:
    """Encoded rows as a batch; `DataError` where they do not have the shape of the model's inputs."""
    if isinstance(x, Batch):
        return x if y is None else dataclasses.replace(x, targets=np.asarray(y))
    inputs, expected = np.asarray(x), model.signature.input_shape
    fits = inputs.ndim == 1 + len(expected) and all(
        want in (-1, got) for want, got in zip(expected, inputs.shape[1:], strict=True)
    )
    if not fits or inputs.dtype.kind not in "buif":
        raise DataError(
            f"{model.architecture.name}: got inputs of {inputs.dtype} {inputs.shape}, expected numbers of shape (rows,"
            f" {', '.join(map(str, expected))}), encoded: zoo.encode(model, data).inputs"
        )
    return Batch.of(inputs, None if y is None else np.asarray(y))


def activations(model: GradientModel, x: Array | Batch) -> dict[str, Array]:
    """See `GradientModel.activations`."""
    from zoo.nn.training.model import quiet

    batch, found = batch_of(model, x), {}

    def watch(path: str, y: Array) -> None:
        found[path] = np.array(y)

    with quiet():
        mode = Mode(mask=batch.mask, watch=watch)
        model.network.forward(model.parameters.tree, model.encoded(batch.inputs), mode)
    return found


def loss_gradients(model: GradientModel, x: Array | Batch, y: Array | None, training: bool) -> LossGradients:
    """See `GradientModel.gradients`."""
    from zoo.nn.training.model import quiet

    batch = batch_of(model, x, y)
    targets = _targets(model, batch)
    gradients, deltas = Gradients(model.layout, model.dtype), {}

    def watch(path: str, dy: Array) -> None:
        deltas[path] = np.array(dy)

    mode = Mode(
        True, "", True, RandomStream(0), batch.mask, targets, watch_gradient=watch, as_predicted=not training
    )  # fmt: skip
    with quiet():
        z, pullback = model.network.forward(model.parameters.tree, model.encoded(batch.inputs), mode)
        losses, loss_pullback = model.loss.forward(z, targets)
        sums = model.tally(z, losses, batch)
        assert pullback is not None
        dx = pullback(loss_pullback(batch.mask if losses.ndim > 1 else None), gradients.tree)
        gradients.tree.end()
    assert dx is not None
    count = float(sums["count"])
    total = float(sums["loss"]) + sum(float(model.tally(z, each, batch)["loss"]) for each in mode.losses)
    places = model.layout.parameters
    return LossGradients(
        total / count,
        np.array(dx.reshape(batch.inputs.shape)) / model.dtype.type(count),
        {name: place.view(gradients.vector) / model.dtype.type(count) for name, place in places.items()},
        {path: deltas[path] / model.dtype.type(count) for path in reversed(deltas)},
    )


def saliency(model: GradientModel, x: Array | Batch, outputs: Array | None) -> Array:
    """See `GradientModel.saliency`."""
    from zoo.nn.training.model import quiet

    batch = batch_of(model, x)
    gradients = Gradients(model.layout, model.dtype)
    mode = Mode(True, "", True, RandomStream(0), batch.mask, as_predicted=True)
    with quiet():
        z, pullback = model.network.forward(model.parameters.tree, model.encoded(batch.inputs), mode)
        flat = z.reshape(len(z), -1)
        chosen = flat.argmax(axis=1) if outputs is None else np.asarray(outputs)
        if chosen.shape != (len(z),) or not ((chosen >= 0) & (chosen < flat.shape[1])).all():
            raise DataError(
                f"{model.architecture.name}: got outputs {ascii(outputs)[:60]}, expected a number from 0 to"
                f" {flat.shape[1] - 1} for each of {len(z)} rows"
            )
        dz = np.zeros_like(flat)
        dz[np.arange(len(z)), chosen] = 1
        assert pullback is not None
        dx = pullback(dz.reshape(z.shape), gradients.tree)
    assert dx is not None
    return np.array(dx.reshape(batch.inputs.shape))


def _targets(model: GradientModel, batch: Batch) -> Array:
    """The targets of a batch; `DataError` where they are not encoded, or not one for each row."""
    targets = model.targets(batch)
    if targets.dtype.kind not in "buif" or len(targets) != len(batch):
        raise DataError(
            f"{model.architecture.name}: got targets of {targets.dtype} {targets.shape} for {len(batch)} rows,"
            f" expected numbers, encoded, for each row: zoo.encode(model, (X, y))"
        )
    return targets
