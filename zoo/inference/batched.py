"""Evaluation and prediction over whole parts of data, in pieces that do not depend on the number of workers.

Where rows follow each other and the model carries a state from one to the next (pieces of a text in a recurrent net),
the pieces are visited in order and each begins with the state the one before came to, as in one pass over the whole
part. All other pieces are independent and run in parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from zoo.core.batch import Batch
from zoo.core.model import Model
from zoo.core.random import RandomStream
from zoo.core.sum_tree import Sums, add_sums
from zoo.errors import PluginError
from zoo.parallel.threads import Workers
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.model import Carried
    from zoo.core.protocols import DecodesOutputs
    from zoo.data.samples.protocol import Samples

B = TypeVar("B")

PIECE = 256  # rows evaluated at once, and
BYTES = 2**23  # of their inputs, at most: of images of 224×224 in colour, 13


def in_batches(samples: Samples, size: int = PIECE) -> Iterator[Batch]:
    """The rows in order, some at a time: `size`, or fewer where all are as large as the first and that is large."""
    if not len(samples):
        return
    first = samples.rows(np.arange(1))
    if first.mask is None:
        size = max(1, min(size, BYTES // max(1, first.inputs.nbytes)))
    last = -2  # the number in the data of the row before
    for start in range(0, len(samples), size):
        batch = samples.rows(np.arange(start, min(start + size, len(samples))))
        if batch.follows is not None and batch.origin is not None:
            follows = batch.follows.copy()
            follows[0] = batch.origin[0] == last + 1
            last = int(batch.origin[-1])
            batch = replace(batch, follows=follows)
        yield batch


def visited(
    model: Model,
    samples: Samples,
    workers: Workers,
    work: Callable[[int, Batch, Carried], tuple[B, Carried]],
    size: int = PIECE,
) -> Iterator[B]:
    """`work(number, rows, carried)` of each piece, in order; it gives its result and what these rows carry on."""
    found = in_batches(samples, size)
    if not (model.carries and getattr(samples, "continues", False)):
        yield from workers.in_order(lambda numbered: work(*numbered, {})[0], enumerate(found))
        return
    carried: Carried = {}
    for number, rows in enumerate(found):
        result, carried = work(number, rows, carried)
        yield result


def predict_batches(model: Model, samples: Samples, workers: Workers, made: Callable[[Batch, Array], B]) -> Iterator[B]:
    """`made(rows, outputs)` of each piece, in order, out of what the model answers."""

    def work(number: int, batch: Batch, carried: Carried) -> tuple[B, Carried]:
        outputs, after = model.answer_from(batch, carried)
        return made(batch, outputs), after

    return visited(model, samples, workers, work)


def evaluate(
    model: Model, samples: Samples, stream: RandomStream, workers: Workers, size: int = PIECE
) -> dict[str, float]:
    """The family's metrics over all samples: sums piece by piece, added in their order. Raises `Stopped` between two
    pieces when the workers are asked to stop."""

    def measure(number: int, batch: Batch, carried: Carried) -> tuple[Sums, Carried]:
        workers.check_stop()
        return model.evaluate_from(batch, stream.at(shard=number), carried)

    total: Sums = {}
    for sums in visited(model, samples, workers, measure, size):
        add_sums(total, sums)
    return model.metrics(total)


def predict(model: Model, samples: Samples, workers: Workers) -> Array:
    """The answers for all samples, in their order, as the model's preprocessing decodes them."""
    assert model.preprocessing is not None
    return np.concatenate(list(predict_batches(model, samples, workers, model.preprocessing.decode_batch)))


def predict_named(model: DecodesOutputs, samples: Samples, workers: Workers) -> dict[str, Array]:
    """The predictions for all samples, in their order, as the model itself decodes its outputs: arrays by name.

    `PluginError` where an array does not have one entry per row.
    """
    assert isinstance(model, Model)

    def decoded(batch: Batch, outputs: Array) -> dict[str, Array]:
        found = {name: np.asarray(each) for name, each in model.decode_outputs(outputs).items()}
        for name, each in found.items():
            if each.shape[:1] != (len(batch),):
                count = len(each) if each.ndim else "no"
                raise PluginError(
                    f"{model.architecture.name}: decode_outputs gave {name} of {count} rows, expected {len(batch)}"
                )
        return found

    parts = list(predict_batches(model, samples, workers, decoded))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
