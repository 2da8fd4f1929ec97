"""A class by its name."""

from __future__ import annotations

from zoo.errors import UsageError, nearest
from zoo.signature import Signature


def label_number(who: str, signature: Signature, label: str | None, has_units: bool) -> int | None:
    """The number of a class; `UsageError` where the model has no label units, or none of that name."""
    if label is None:
        return None
    if not has_units:
        raise UsageError(f"{who}: got label {label!a}, expected none: this model has no label units to hold")
    if label not in signature.labels:
        raise UsageError(f"{who}: there is no class {label!a}{nearest(label, signature.labels)}")
    return signature.labels.index(label)
