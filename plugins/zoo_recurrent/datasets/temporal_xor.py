"""Elman's bit stream: two random bits, then their exclusive or, and so on. Every third bit can be predicted, no other.

Source: J. L. Elman (1990), Finding structure in time, section "Exclusive-OR".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from zoo import Array, Batch, Metric, RandomStream, Workers, predict_batches
from zoo.data import Column, DataOptions, Dataset, DatasetSource, EncodedSequences, Windows

if TYPE_CHECKING:
    from zoo import Model
    from zoo.data import Samples

BITS = 6000
METRICS = (
    Metric("xor_accuracy", higher_is_better=True, unit="%"),
    Metric("other_accuracy", higher_is_better=True, unit="%"),
)
WINDOW = 30


def temporal_xor(options: DataOptions) -> Dataset:
    """A stream of 6,000 bits, whose last part is held out."""
    pairs = RandomStream(0)("temporal-xor").integers(0, 2, (BITS // 3, 2))
    bits = np.column_stack([pairs, pairs[:, 0] ^ pairs[:, 1]]).reshape(-1)
    window = options.window or WINDOW
    return Dataset(
        name="temporal-xor",
        task="language",
        inputs=Windows(bits[:, None].astype(np.uint8), window, stride=window),
        kind="sequences",
        columns=(Column("bit", ("0", "1")),),
        splits="last",
        test=options.test,
        judge=judge,
        declared_metrics=METRICS,
    )


def judge(model: Model, samples: Samples) -> Mapping[str, float]:
    """xor_accuracy: of the bits that are an exclusive or; other_accuracy: of the random ones, where ½ is to be had."""
    assert isinstance(samples, EncodedSequences)
    right = np.zeros(2)
    count = np.zeros(2)

    def counted(batch: Batch, outputs: Array) -> None:
        assert batch.targets is not None and batch.follows is not None
        predicted = outputs.argmax(axis=-1) == batch.targets
        window = batch.targets.shape[1]
        places = samples.part[batch.numbers][:, None] * window + np.arange(window) + 1
        begins = ~batch.follows if model.carries else np.ones(len(batch), bool)
        # At a beginning the net has to find out first where in the stream it is.
        settled = ~begins[:, None] | (np.arange(window) >= 2)
        for kind, third in enumerate((places % 3 == 2, places % 3 != 2)):
            right[kind] += predicted[third & settled].sum()
            count[kind] += (third & settled).sum()

    with Workers(1) as workers:
        for _ in predict_batches(model, samples, workers, counted):
            pass
    return {"xor_accuracy": float(right[0] / count[0]), "other_accuracy": float(right[1] / count[1])}


SOURCE = DatasetSource(
    "temporal-xor",
    "a stream of bits, every third the exclusive or of the two before (Elman)",
    temporal_xor,
    "language",
    takes=("window",),
)
