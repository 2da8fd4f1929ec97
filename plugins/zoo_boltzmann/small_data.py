"""Default number of epochs for small data, which have few batches per epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

BATCH = 16
UPDATES = 2000  # so many at least: with 1,000, made tables of 60 rows were still learned worse than by a logistic model
EPOCHS = (20, 1000)  # never fewer, never more
FEW_IMAGES = 1600  # so many make 2,000 updates in 20 epochs


def is_small(kind: str, samples: int) -> bool:
    """Whether data want settings of their own: tables always do, images where there are few."""
    return kind == "table" or (kind == "images" and samples < FEW_IMAGES)


def epochs_for(samples: int, asked: Mapping[str, Any]) -> int:
    """Epochs that come to 2,000 updates with the batch size that was asked for, or 16."""
    updates = max(1, math.ceil(samples / int(asked.get("batch_size", BATCH))))
    return min(max(math.ceil(UPDATES / updates), EPOCHS[0]), EPOCHS[1])
