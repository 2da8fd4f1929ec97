"""A class by its name, or by its value: 1 for "1"."""

from __future__ import annotations

from zoo.core.signature import Signature
from zoo.data.labels import number_of
from zoo.errors import UsageError, nearest


def label_number(who: str, signature: Signature, label: str | None, has_units: bool) -> int | None:
    """The number of a class; `UsageError` where the model has no label units, or none of that name."""
    if label is None:
        return None
    if not has_units:
        raise UsageError(f"{who}: got label {label!a}, expected none: this model has no label units to hold")
    number = number_of(signature.labels)(label)
    if number < 0:
        raise UsageError(f"{who}: there is no class {label!a}{nearest(str(label), signature.labels)}")
    return number
