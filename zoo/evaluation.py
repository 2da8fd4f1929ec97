"""Evaluation and prediction over whole parts of data, in pieces that do not depend on the number of workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.rows import Rows
from zoo.step import Sums, add_sums
from zoo.streams import Stream
from zoo.workers import Workers

if TYPE_CHECKING:
    from zoo.data.samples import Samples
    from zoo.model import Model

PIECE = 256  # rows evaluated at once, and
BYTES = 2**23  # of their inputs, at most: of images of 224×224 in colour, 13


def pieces(samples: Samples, size: int = PIECE) -> Iterator[Rows]:
    """The rows in order, some at a time: `size`, or fewer where all are as large as the first and that is large."""
    if not len(samples):
        return
    first = samples.rows(np.arange(1))
    if first.mask is None and first.follows is None:
        size = max(1, min(size, BYTES // max(1, first.inputs.nbytes)))
    for start in range(0, len(samples), size):
        yield samples.rows(np.arange(start, min(start + size, len(samples))))


def evaluate(model: Model, samples: Samples, stream: Stream, workers: Workers) -> dict[str, float]:
    """The family's figures over all samples: sums piece by piece, added in their order. Raises `Stopped` between two
    pieces when the workers are asked to stop."""

    def measure(numbered: tuple[int, Rows]) -> Sums:
        workers.check_stop()
        number, rows = numbered
        return model.evaluate(rows, stream.at(shard=number))

    total: Sums = {}
    for sums in workers.in_order(measure, enumerate(pieces(samples))):
        add_sums(total, sums)
    return model.figures(total)


def predict(model: Model, samples: Samples, workers: Workers) -> np.ndarray[Any, Any]:
    """The answers for all samples, in their order, as the model's preprocessing decodes them."""
    assert model.preprocessing is not None
    answers = model.preprocessing.answers

    def answer(rows: Rows) -> np.ndarray[Any, Any]:
        return answers(rows, model.answer(rows))

    return np.concatenate(list(workers.in_order(answer, pieces(samples))))
