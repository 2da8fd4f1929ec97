"""Sample rows of a table from the means of its encoded columns: categories, binary values, numbers with noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.preprocessing.inverse import decoded_columns
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing


def drawn_columns(
    means: Array, preprocessing: Preprocessing, deviation: float | None, random: np.random.Generator
) -> list[Array]:
    """The values of each of `preprocessing.columns`, drawn given the means (rows, encoded columns): numbers, or text.

    deviation: of a Gaussian unit about its mean, in encoded units; None: a mean is the probability of a 1. A category
    is drawn with the mean of its unit for probability, and likewise one of a column's two values; other numbers have
    Gaussian noise where units are Gaussian, else they are the mean. Numbers lie on the grid of those in training:
    whole, or with as many decimals.
    """
    drawn = means.astype(np.float64)
    start = 0
    for number, column in enumerate(preprocessing.columns):
        if column.categories is not None:
            stop = start + len(column.categories)
            drawn[:, start:stop] = _one_of(drawn[:, start:stop], random)
            start = stop
            continue
        drawn[:, start] = _number(drawn[:, start], number, preprocessing, deviation, random)
        start += 1
    return decoded_columns(drawn, preprocessing)


def means_alone(preprocessing: Preprocessing, deviation: float | None) -> list[str]:
    """Columns of numbers that take more than two values, where units of 0 and 1 know only their mean."""
    if deviation is not None:
        return []
    return [
        column.name
        for number, column in enumerate(preprocessing.columns)
        if column.categories is None and not _is_two_valued(number, preprocessing) and preprocessing.scale[number]
    ]


def _one_of(means: Array, random: np.random.Generator) -> Array:
    """1 for one category of each row and 0 for the others, drawn with probability ∝ mean; all alike where none is
    above 0."""
    shares = np.maximum(means, 0)
    shares[shares.sum(axis=1) <= 0] = 1
    edges = shares.cumsum(axis=1)
    place = (edges < random.random((len(means), 1)) * edges[:, -1:]).sum(axis=1)
    chosen = np.zeros(means.shape)
    chosen[np.arange(len(means)), np.minimum(place, means.shape[1] - 1)] = 1
    return chosen


def _is_two_valued(number: int, preprocessing: Preprocessing) -> bool:
    low, high = float(preprocessing.low[number]), float(preprocessing.high[number])
    return preprocessing.step is not None and high > low and float(preprocessing.step[number]) == high - low


def _number(
    means: Array, number: int, preprocessing: Preprocessing, deviation: float | None, random: np.random.Generator
) -> Array:
    scale, shift = float(preprocessing.scale[number]), float(preprocessing.shift[number])
    if preprocessing.inputs == "binary":
        return (random.random(len(means)) < means).astype(np.float64)
    if not scale:
        return means
    low, high = ((float(end[number]) - shift) * scale for end in (preprocessing.low, preprocessing.high))
    if _is_two_valued(number, preprocessing):
        share = (means - low) / (high - low)
        return np.where(random.random(len(means)) < share, high, low)
    values = means if deviation is None else means + deviation * random.standard_normal(len(means))
    step = 0.0 if preprocessing.step is None else float(preprocessing.step[number]) * scale
    return low + step * np.rint((values - low) / step) if step else values
