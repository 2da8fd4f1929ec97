"""What the categories of a model are: sizes, prototypes and boxes, in the units of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo import Array, Model, UsageError
from zoo_art.kernels.competition import Competition
from zoo_art.kernels.fuzzy_art import FuzzyArtKernel, corners


@dataclass(frozen=True)
class Category:
    """One category: its number, as predictions have it, presentations it coded, presentations before its first one,
    the prototype (*input_shape) in the units of the data, and of ARTMAP the class it stands for."""

    number: int
    size: int
    born: int
    prototype: Array
    label: Any = None


def categories_of(model: Model, kernel: Competition, voter: str = "") -> list[Category]:
    """The categories under a path of the weights, in the order in which they were founded."""
    weights = {name: model.weights[f"{voter}{name}"] for name in ("W", "sizes", "born")}
    shape, classes = model.signature.input_shape, model.weights.get(f"{voter}classes")
    prototypes = kernel.prototypes(weights["W"]).reshape(len(weights["W"]), *shape)
    if isinstance(kernel, FuzzyArtKernel):
        prototypes = model.decode_inputs(prototypes)
    labels: list[Any] = [None] * len(prototypes)
    if classes is not None:
        labels = [model.labels[number] for number in classes.tolist()]
    rows = zip(weights["sizes"].tolist(), weights["born"].tolist(), prototypes, labels, strict=True)
    return [Category(number, *row) for number, row in enumerate(rows)]


def boxes_of(model: Model, kernel: Competition, voter: str = "") -> Array:
    """The lower and the upper corner of each category's box in the units of the data: (categories, 2, *input_shape)."""
    if not isinstance(kernel, FuzzyArtKernel):
        raise UsageError(
            f"{model.architecture.name}: its categories are no boxes, expected a model of fuzzy-art or fuzzy-artmap;"
            " `model.categories()` has their prototypes"
        )
    low, high = corners(model.weights[f"{voter}W"])
    both = np.stack([low, high], axis=1).reshape(len(low), 2, *model.signature.input_shape)
    return model.decode_inputs(both)
