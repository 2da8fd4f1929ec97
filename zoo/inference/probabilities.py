"""Class and label probabilities of models that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import UsageError
from zoo.inference.batched import predict_batches
from zoo.training.resource_estimate import check_answers
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.batch import Batch
    from zoo.core.model import Model
    from zoo.data.samples.protocol import Samples
    from zoo.parallel.threads import Workers


TASKS = ("classification", "multi-label", "labelling", "language")


def refuse_without_probabilities(model: Model) -> None:
    """`UsageError` where a model's outputs are not probabilities of classes, labels or symbols."""
    name, task = model.architecture.name, model.signature.task
    if task not in TASKS:
        raise UsageError(
            f"predict: {name} was trained for {task}, which has no classes and so no probabilities; leave"
            " --probabilities out"
        )
    if model.output_kind != "probabilities":
        raise UsageError(
            f"predict: {name} gives {model.output_kind} for each class, not probabilities; leave --probabilities out"
            " for its answers"
        )


def predict_probabilities(model: Model, samples: Samples, workers: Workers) -> Array:
    """Probabilities for all samples, in their order: (rows, classes), of multi-label data (rows, labels).

    Language: of the symbol that follows the end, (rows, symbols). Labelling: for each sequence an array (time steps,
    labels).
    """

    def measured(batch: Batch, outputs: Array) -> Array:
        if outputs.ndim < 3 or model.signature.task not in ("labelling", "language"):
            return outputs.reshape(len(batch), -1)
        lengths = (
            np.full(len(batch), outputs.shape[1]) if batch.mask is None else batch.mask.sum(axis=1).astype(np.int64)
        )
        if model.signature.task == "language":
            return np.asarray(outputs[np.arange(len(batch)), lengths - 1])
        answers = np.empty(len(batch), object)
        for row, length in enumerate(lengths.tolist()):
            answers[row] = outputs[row, :length]
        return answers

    if model.signature.task != "labelling":
        check_answers(len(samples), model.signature.outputs, model.architecture.dtype)
    return np.concatenate(list(predict_batches(model, samples, workers, measured)))
