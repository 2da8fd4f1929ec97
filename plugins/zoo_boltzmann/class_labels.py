"""A class by its name, or by its value: 1 for "1"."""

from __future__ import annotations

import numpy as np

from zoo import Array, Signature, UsageError, did_you_mean
from zoo.data import label_numbers


def held(probabilities: Array, number: int | None) -> Array:
    """Probabilities of classes (rows, classes), 1 of the class with this number where there is one."""
    if number is None:
        return probabilities
    certain = np.zeros_like(probabilities)
    certain[:, number] = 1
    return certain


def label_number(who: str, signature: Signature, label: str | None, has_units: bool) -> int | None:
    """The number of a class; `UsageError` where the model has no label units, or none of that name."""
    if label is None:
        return None
    if not has_units:
        raise UsageError(f"{who}: got label {label!a}, expected none: this model has no label units to hold")
    number = label_numbers(signature.labels)(label)
    if number < 0:
        raise UsageError(f"{who}: there is no class {label!a}{did_you_mean(str(label), signature.labels)}")
    return number
