"""What a view is shown beside the model: the data, the training step, and what the reader chose on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core.random import RandomStream
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.batch import Batch
    from zoo.core.model import Model
    from zoo.core.training_step import TrainingStep
    from zoo.data.samples.protocol import Samples


@dataclass(frozen=True)
class Look:
    """`train` and `held_out` are samples behind the model's preprocessing; `held_out` is None where nothing is.

    `step` is the training step in work, None before the first batch. `drawing` (height, width) holds grey values of 0
    to 255 as the reader drew them, None where nothing was drawn.
    """

    train: Samples
    held_out: Samples | None = None
    step: TrainingStep | None = None
    updates: int = 0  # batches learned so far
    sample: int = 0
    drawing: Array | None = None

    @property
    def shown(self) -> Samples:
        """The samples that a single one is chosen from: those held out, where there are any."""
        return self.train if self.held_out is None else self.held_out

    def one(self) -> Batch:
        """The chosen sample, as a batch of one row."""
        return self.shown.rows(np.array([self.sample % len(self.shown)], np.int64))

    def spread(self, most: int, held_out: bool = False) -> Batch:
        """Evenly spread rows, `most` at most."""
        data = self.shown if held_out else self.train
        return data.rows(np.linspace(0, len(data) - 1, min(most, len(data))).astype(np.int64))

    def image(self, model: Model) -> Array:
        """One encoded image (1, height, width[, channels]): the drawn one, else the chosen sample."""
        shape = model.signature.input_shape
        known: Any = model.preprocessing
        if self.drawing is None or self.drawing.shape != shape[:2] or not hasattr(known, "encode_inputs"):
            return self.one().inputs
        raw = self.drawing if len(shape) == 2 else np.repeat(self.drawing[..., None], shape[2], axis=2)
        low, high = float(np.min(known.low)), float(np.max(known.high))  # of a pixel in training
        return np.asarray(known.encode_inputs(low + raw[None] * ((high - low) / 255), model.architecture.dtype))

    @property
    def random(self) -> RandomStream:
        """Random numbers for what is drawn alone: the same at the same update, and no part of the training."""
        return RandomStream(0, batch=self.updates % 2**31)
