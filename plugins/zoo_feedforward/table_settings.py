"""Default number of epochs for a table: small ones have few batches per epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

BATCH = 32
UPDATES = 1000  # so many at least: with fewer, tables of 60 to 500 rows were far from what they can teach
EPOCHS = (20, 1000)  # never fewer, never more


def settings_for_a_table(samples: int, learning_rate: float, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Batches of 32, a rate that falls as a cosine, and epochs for 1,000 updates: 20 epochs at least, 1,000 at most."""
    batch = asked.get("batch_size", BATCH)
    updates = 1 if asked.get("update") == "epoch" else max(1, math.ceil(samples / batch))
    epochs = min(max(math.ceil(UPDATES / updates), EPOCHS[0]), EPOCHS[1])
    return {"epochs": epochs, "batch_size": BATCH, "learning_rate": learning_rate, "schedule": "cosine"}
