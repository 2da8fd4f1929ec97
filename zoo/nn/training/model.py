"""Models made of a layer tree, a loss, and parameters in one vector."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core.batch import Batch
from zoo.core.invalid_input import locate_errors
from zoo.core.metrics import LOSS, OBJECTIVE, Metric
from zoo.core.model import Model
from zoo.core.random import RandomStream
from zoo.core.scores import CLASSES, score_metrics, score_sums, scores_of, target_unit
from zoo.core.signature import Signature
from zoo.core.sum_tree import Sums
from zoo.core.weights import put_or_set
from zoo.errors import DataError, UsageError
from zoo.nn.inspection import LayerInfo, LossGradients, activations, layers_of, loss_gradients, saliency
from zoo.nn.layer import Layer, Mode
from zoo.nn.losses import LOSSES, BinaryCrossEntropy, CategoricalCrossEntropy, Loss, SquaredError
from zoo.nn.parameters import Layout, Parameters
from zoo.options import option
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture
    from zoo.core.graph import Value


def loss_for(signature: Signature) -> Loss:
    """The loss whose output activation makes a task's likelihood: softmax, a sigmoid per label, or linear."""
    if signature.task == "multi-label":
        return BinaryCrossEntropy()
    if signature.task in ("regression", "forecast", "unsupervised"):
        return SquaredError()
    return CategoricalCrossEntropy()


def loss_named(name: str, signature: Signature, who: str) -> Loss:
    """The loss that --loss names; `UsageError` where it does not take the targets of the task."""
    loss = LOSSES[name]
    if signature.task not in loss.tasks:
        fitting = [other for other in LOSSES.own if signature.task in LOSSES.own[other].tasks]
        raise UsageError(
            f"{who}: loss {name} is for {' or '.join(loss.tasks)}, got {signature.task}; expected one of"
            f" {', '.join(('auto', *fitting))}"
        )
    return loss


def loss_option() -> Any:
    """The option `loss` of an architecture: `loss: str = zoo.nn.loss_option()`."""
    return option(
        "auto",
        "what is minimized; auto: cross-entropy for classes and labels, squared error for numbers",
        choices=LOSSES.names("auto"),
    )


class GradientModel(Model):
    """outputs = decode(network(inputs)); the weights are views, named by path, of one vector in `parameters`."""

    def __init__(
        self,
        architecture: Architecture,
        signature: Signature,
        network: Layer,
        stream: RandomStream,
        loss: Loss | None = None,
        precision: str = "float32",
    ) -> None:
        self.network = network
        self.loss = loss or loss_for(signature)
        self.layout = Layout(network, signature.input_shape)
        self.dtype: np.dtype[Any] = np.dtype(precision)
        self.parameters = Parameters(self.layout, self.dtype)
        self.layout.draw(stream, self.parameters.vector)
        self._adds: bool | None = None  # whether a layer adds a loss in training alone; None: not known yet
        super().__init__(architecture, signature, self.parameters.views)
        self._check_outputs()

    def _check_outputs(self) -> None:
        """`UsageError` where the layers give outputs of another shape than the targets have."""
        found, expected = self.layout.shapes.output, self.signature.output_shape
        if self.signature.task == "unsupervised":
            expected = self.signature.input_shape
        one_unit = self.signature.task == "classification" and self.signature.outputs == 2 and found[-1:] == (1,)
        of_steps = found[-1:] == expected[-1:] and -1 in (*found, *expected)
        if not (found == expected or one_unit or of_steps or math.prod(found) == math.prod(expected)):
            raise UsageError(
                f"{self.architecture.name}: got outputs of shape {found}, expected {expected}, that of the"
                f" {'inputs' if self.signature.task == 'unsupervised' else 'targets'}"
            )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out weights that are views of the parameter vectors; a copy makes its own views."""
        own = {name: array for name, array in self.weights.items() if name not in self.layout}
        return {**vars(self), "_weights": own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        put_or_set(self.parameters.views, self._weights.items())
        self._weights = self.parameters.views

    @property
    def output_kind(self) -> str:  # type: ignore[override]
        """'probabilities' where the loss is the likelihood of a class or of each label."""
        if isinstance(self.loss, CategoricalCrossEntropy):
            return "probabilities"
        one_unit = self.signature.outputs == 2 and self.layout.shapes.output[-1:] == (1,)
        if isinstance(self.loss, BinaryCrossEntropy) and (self.signature.task == "multi-label" or one_unit):
            return "probabilities"
        return f"outputs trained by {self.loss.name.replace('_', ' ')}"

    def in_precision(self, precision: str) -> GradientModel:
        """A copy with the same weights in "float32" or "float64": gradient checks run in double precision."""
        copy = GradientModel(self.architecture, self.signature, self.network, RandomStream(0), self.loss, precision)
        copy.take_over(self)
        for name, array in self.weights.items():
            copy.weights[name][...] = array
        return copy

    def encoded(self, inputs: Array) -> Array:
        """Inputs in the model's precision, C-contiguous: in another memory order products have other bits."""
        return np.ascontiguousarray(inputs, self.dtype)

    def last_values(self, inputs: Array, mask: Array | None = None) -> Array:
        """z (rows, …, outputs), what the last layer gives before the loss's output activation."""
        with quiet():
            return self.network.forward(self.parameters.tree, self.encoded(inputs), Mode(mask=mask))[0]

    def predict(self, inputs: Array) -> Array:
        """Probabilities per class or label, or the encoded targets; a single sigmoid output gives both classes."""
        return self.decoded(self.last_values(inputs))

    def answer(self, batch: Batch) -> Array:
        """`predict` of a batch; layers see the mask of its sequences."""
        if batch.mask is None:
            return super().answer(batch)
        with locate_errors(batch, self.preprocessing):
            return self.decoded(self.last_values(batch.inputs, batch.mask))

    @property
    def layers(self) -> Mapping[str, LayerInfo]:
        """Every layer by its path, from input to output: kind, options, shapes without the axis of rows, parameters."""
        return layers_of(self.network, self.signature.input_shape)

    def activations(self, x: Array | Batch) -> dict[str, Array]:
        """What each layer gives to predict, by its path: (rows, *output_shape). Changes nothing.

        x (rows, *input_shape) is encoded, as for `predict`; `zoo.encode` gives it for raw rows. Recurrent layers give
        their gates and states besides, (rows, time, …), such as "layer1/state".
        """
        return activations(self, x)

    def gradients(self, x: Array | Batch, y: Array | None = None, *, training: bool = False) -> LossGradients:
        """The gradient of the objective, its mean over the rows, to inputs and parameters. Changes nothing.

        x (rows, *input_shape) and y, the targets, are encoded: class numbers (rows,), or values (rows, *output_shape);
        or x is a batch that holds both, as `zoo.encode` gives it. Penalties on weights are no part of it.
        With `training` layers compute as in a training step, with dropout and the statistics of these rows.
        """
        return loss_gradients(self, x, y, training)

    def saliency(self, x: Array | Batch, outputs: Array | None = None) -> Array:
        """The gradient of one output of each row, before the output activation, to its inputs: (rows, *input_shape).

        `outputs` (rows,) are the numbers of the outputs, by default of the largest: the class that is answered. Source:
        K. Simonyan, A. Vedaldi and A. Zisserman (2013), Deep inside convolutional networks, section 3.
        """
        return saliency(self, x, outputs)

    def decoded(self, z: Array) -> Array:
        """Outputs (rows, …, *output_shape) from z."""
        with quiet():
            y = self.loss.outputs(z)
        if self.signature.task == "classification" and y.shape[-1] == 1 and self.signature.outputs == 2:
            y = np.concatenate([1 - y, y], axis=-1)
        return y

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        """Sums of the loss and of what the task's metrics need."""
        mode = Mode(mask=batch.mask, targets=self.targets(batch), stream=stream)
        with quiet():
            z, _ = self.network.forward(self.parameters.tree, self.encoded(batch.inputs), mode)
        return self.measured(z, batch, mode.losses or self.added_in_training(batch, stream))

    def added_in_training(self, batch: Batch, stream: RandomStream) -> list[Array]:
        """Losses that layers add in training alone, from a forward pass as in training; empty where none does."""
        if self._adds is None:
            self._adds = bool(self._added(batch.part(0, 2), stream))
        return self._added(batch, stream) if self._adds else []

    def _added(self, batch: Batch, stream: RandomStream) -> list[Array]:
        mode = Mode(True, stream=stream, mask=batch.mask, targets=self.targets(batch))
        with quiet():
            self.network.forward(self.parameters.tree, self.encoded(batch.inputs), mode)
        return mode.losses

    def measured(self, z: Array, batch: Batch, added: Sequence[Array]) -> Sums:
        """The sums of the loss, of the losses that layers added, and of the task's metrics, from z."""
        with quiet():
            losses, _ = self.loss.forward(z, self.targets(batch))
        sums = self.tally(z, losses, batch)
        if added:
            sums["added"] = np.asarray(sum(self.tally(z, each, batch)["loss"] for each in added))
        return sums | self.scored(z, batch)

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return (LOSS, OBJECTIVE, *scores_of(self.signature.task))

    def metrics(self, sums: Sums) -> dict[str, float]:
        """loss, of the encoded targets; objective, with what layers and heads add to it; the metrics of the task, in
        the targets' own units."""
        return self.losses(sums) | score_metrics(self.signature.task, sums, target_unit(self.preprocessing))

    def losses(self, sums: Sums) -> dict[str, float]:
        """loss, and objective = loss + what layers and heads add, where any adds something."""
        count = float(sums["count"])
        losses = {"loss": float(sums["loss"]) / count}
        if "added" in sums:
            losses["objective"] = float(sums["loss"] + sums["added"]) / count
        return losses

    def tally(self, z: Array, losses: Array, batch: Batch) -> Sums:
        """The summed loss and the number of values in it: rows, or time steps that are not masked out."""
        if batch.mask is None or losses.ndim < 2:
            return {"loss": np.asarray(losses.sum(dtype=np.float64)), "count": np.asarray(float(losses.size))}
        mask = batch.mask
        return {
            "loss": np.asarray((losses * mask).sum(dtype=np.float64)),
            "count": np.asarray(mask.sum(dtype=np.float64)),
        }

    def scored(self, z: Array, batch: Batch) -> Sums:
        """The sums that the task's metrics are computed from."""
        task = self.signature.task
        if task == "unsupervised":
            return score_sums("regression", z, self.decoded(z), self.targets(batch))
        outputs = z if task in CLASSES else self.decoded(z)  # classes need z alone
        return score_sums(task, z, outputs, self.targets(batch), batch.mask if z.ndim > 2 else None)

    def targets(self, batch: Batch) -> Array:
        """What the rows should give: their targets; without supervision, the inputs themselves, in the shape of the
        outputs."""
        if self.signature.task == "unsupervised":
            inputs, shape = self.encoded(batch.inputs), self.layout.shapes.output
            if -1 in shape or inputs.shape[1:] == shape:
                return inputs
            if math.prod(inputs.shape[1:]) != math.prod(shape):
                raise UsageError(
                    f"{self.architecture.name}: got outputs of shape {shape}, expected as many values as the inputs"
                    f" have, {inputs.shape[1:]}: without targets a network is trained to give its inputs back"
                )
            return inputs.reshape(len(inputs), *shape)
        if batch.targets is None:
            raise DataError(
                f"{self.architecture.name}: got rows without targets, expected some for {self.signature.task}"
            )
        return batch.targets

    def to_onnx(self, x: Value) -> Value:
        return self.decoded_in_onnx(self.network.to_onnx(self.parameters.tree, x, self.signature.input_shape))

    def decoded_in_onnx(self, z: Value) -> Value:
        """`decoded` as operators of ONNX."""
        y = self.loss.to_onnx(z)
        one_unit = self.layout.shapes.output[-1:] == (1,)
        if self.signature.task == "classification" and one_unit and self.signature.outputs == 2:
            y = y.graph.concat([1 - y, y])
        return y


def quiet() -> contextlib.AbstractContextManager[Any]:
    """Suppress warnings of overflow and NaN: metrics are checked, and the error names the layer that failed first."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore")
