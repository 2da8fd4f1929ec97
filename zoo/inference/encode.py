"""Encode raw rows as a model sees them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo.core.batch import Batch
from zoo.core.model import Model
from zoo.data import Dataset, encoded
from zoo.data.as_trained import raw_rows
from zoo.errors import OptionError, UsageError
from zoo.training.run_state import opened_for


def encoded_batch(model: Model, data: Any, options: Mapping[str, Any]) -> Batch:
    """All rows of `data` as one batch: with targets, where data are (inputs, targets), a dataset, a path or a name."""
    preprocessing = model.preprocessing
    if preprocessing is None:
        raise UsageError(
            "encode: the model has no preprocessing, so raw data cannot be encoded; give arrays to its methods as they"
            " are"
        )
    for name in ("test", "held_out"):
        if name in options:
            raise OptionError(f"encode: {name} has no effect: all rows are encoded; leave it out")
    if isinstance(data, (Dataset, tuple, str, Path)):
        dataset = opened_for(model, data if isinstance(data, Dataset) else {"name": data, **options})
        preprocessing.check_fits(dataset)
    else:
        dataset = raw_rows(data, preprocessing, model.provenance, **options)
    return encoded(dataset, None, preprocessing, model.architecture.dtype).rows(np.arange(len(dataset)))
