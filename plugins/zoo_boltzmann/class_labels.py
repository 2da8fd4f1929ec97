"""A class by its name, or by its value: 1 for "1"."""

from __future__ import annotations

from zoo import Signature, UsageError, did_you_mean
from zoo.data import label_numbers


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
