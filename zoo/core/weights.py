"""The weights of a model: arrays by name, whose assignment writes into the array that the model computes with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np

from zoo.errors import UsageError, did_you_mean
from zoo.types import Array


class Weights(dict[str, Array]):
    """Arrays by their tree paths. `weights["output/W"] = new` copies the values of `new` into the array that is there.

    What is assigned has the array's shape, and numbers that its type can hold: `UsageError` names what was expected.
    A list, another precision and whole numbers are taken. Names are the architecture's: none is added or deleted. A
    model that grows puts a larger array under a name with `put`.
    """

    views: frozenset[str] = frozenset()  # names of arrays that lie in a vector which the model computes with

    def __setitem__(self, name: str, value: Any) -> None:
        array = self[name]
        if value is not array:  # weights["W"] += 1 ends by assigning the same array
            array[...] = self._fitting(name, value)

    def __missing__(self, name: object) -> Array:
        """Python asks for what an unknown name means."""
        raise UnknownWeight(f"weights: there is no array {name!a}{did_you_mean(str(name), self) or self._names()}")

    def put(self, name: str, array: Array) -> None:
        """Let a name mean another array, of any size: for a model that grows, and for one that is being built. A weight
        that is a view of a vector stays one, and takes the values."""
        if name in self.views:
            self[name] = array
        else:
            super().__setitem__(name, array)

    def assign(self, values: Mapping[str, Any]) -> None:
        """Copy several arrays into those of the same names; all are checked before one is changed."""
        fitting = {name: self._fitting(name, value) for name, value in values.items()}
        for name, value in fitting.items():
            self[name][...] = value

    def update(self, *values: Any, **named: Any) -> None:
        """Copy several arrays into those of the same names, as `assign` does."""
        self.assign(dict(*values, **named))

    def __ior__(self, values: Any) -> Self:  # type: ignore[override, misc]
        self.assign(dict(values))
        return self

    def _fitting(self, name: str, value: Any) -> Array:
        """The value in the type of the array `name`; `UsageError` where it does not fit."""
        array = self[name]
        try:
            given = np.asarray(value)
        except (ValueError, TypeError) as error:
            raise UsageError(f"weights[{name!a}]: is no array: {error}; expected shape {array.shape}") from None
        if given.shape != array.shape:
            raise UsageError(
                f"weights[{name!a}]: got shape {given.shape}, expected {array.shape}; the architecture's options decide"
                " how large it is"
            )
        if given.dtype == array.dtype:
            return given
        with np.errstate(over="ignore", invalid="ignore"):
            fits = given.dtype.kind in "buif" and np.can_cast(given.dtype, array.dtype, "same_kind")
            if not fits and given.dtype.kind in "uif" and array.dtype.kind in "bui":
                fits = bool(np.array_equal(given, given.astype(array.dtype)))  # 1.0 for a whole number
            cast = given.astype(array.dtype) if fits else array
        if not fits or (cast.dtype.kind == "f" and np.isinf(cast).sum() > np.isinf(given).sum()):
            raise UsageError(f"weights[{name!a}]: got {given.dtype} values that {array.dtype}, its type, cannot hold")
        return cast

    def _names(self) -> str:
        return f"; there is {', '.join(list(self)[:12])}{' …' if len(self) > 12 else ''}"

    def _refused(self, *values: Any, **named: Any) -> Any:
        raise UsageError("weights: arrays are neither added nor removed; the architecture's options decide which exist")

    __delitem__ = pop = popitem = clear = setdefault = _refused

    def __reduce__(self) -> tuple[Any, ...]:
        return Weights, (dict(self),), {"views": self.views}

    def __copy__(self) -> Weights:
        """The same arrays by name; `copy.deepcopy` copies the arrays as well."""
        return Weights(self)

    def copy(self) -> Weights:
        """The same arrays by name."""
        return Weights(self)


class UnknownWeight(UsageError, KeyError):
    """A name that no array of the model has."""

    def __str__(self) -> str:
        return str(self.args[0])


def put_or_set(arrays: dict[str, Array], items: Iterable[tuple[str, Array]]) -> None:
    """Let names in weights, or in the state of a step, mean other arrays."""
    put = arrays.put if isinstance(arrays, Weights) else arrays.__setitem__
    for name, array in items:
        put(name, array)
