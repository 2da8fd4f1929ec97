"""Copy and pickle models and training steps: views of one buffer stay views of one buffer.

Plain copying and pickling copy every array on its own. A net's weights are views of one vector, and so are its
optimizer's states: in a plain copy, a new vector would not change the weights.
"""

from __future__ import annotations

import io
import pickle
import types
from typing import Any, Self

import numpy as np

from zoo.parallel.threads import Workers
from zoo.types import Array

PLUGIN_FILE = "zoo_plugin_file_"  # how the modules of one-file plugins are called


def dumps(thing: Any) -> bytes:
    """The pickle of a thing; `Workers` in it become None."""
    file = io.BytesIO()
    _Pickler(file, protocol=5).dump(thing)
    return file.getvalue()


def loads(data: Any) -> Any:
    """The thing that was pickled. Only for bytes that a process of this user's own program made."""
    return _Unpickler(io.BytesIO(data)).load()


def copied(thing: Any) -> Any:
    """A copy within this process, as `copy.deepcopy` makes it: classes and functions are not copied."""
    file, kept = io.BytesIO(), list[Any]()
    _Copier(file, kept).dump(thing)
    return _Copied(io.BytesIO(file.getvalue()), kept).load()


class Whole:
    """What is copied and pickled with its views of one buffer left views of one buffer."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        found: Self = copied(self)
        return found

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return loads, (dumps(self),)


class _Pickler(pickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, Whole):
            return object.__reduce_ex__(thing, 5)
        if isinstance(thing, Workers):
            return type(None), ()
        if type(thing) is np.ndarray and not thing.dtype.hasobject:
            owner = owner_of(thing)
            if owner is not thing:
                offset = thing.ctypes.data - owner.ctypes.data
                return _view, (owner, offset, thing.shape, thing.strides, thing.dtype)
        return NotImplemented


class _Copier(_Pickler):
    """Keeps what is no value in a list beside the pickle."""

    def __init__(self, file: io.BytesIO, kept: list[Any]) -> None:
        super().__init__(file, protocol=5)
        self.kept = kept

    def persistent_id(self, thing: Any) -> int | None:
        if not isinstance(thing, (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)):
            return None
        self.kept.append(thing)
        return len(self.kept) - 1


class _Copied(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: list[Any]) -> None:
        super().__init__(file)
        self.kept = kept

    def persistent_load(self, number: Any) -> Any:
        return self.kept[number]


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(PLUGIN_FILE):
            _load_plugin_files()
        return super().find_class(module, name)


def _load_plugin_files() -> None:
    """Load the one-file plugins in use, under the names their classes were pickled with."""
    from zoo.registry import selection
    from zoo.registry.cache import Source
    from zoo.registry.lookup import registry

    for path in selection.files():
        registry().load(Source.of_file(path))


def owner_of(view: Array) -> Array:
    """The array whose memory a view lies in; the view itself where its memory is not an array's, or has gaps."""
    owner = view
    while type(owner.base) is np.ndarray:
        owner = owner.base
    usable = owner.flags.c_contiguous and not owner.dtype.hasobject and owner.size > 0
    return owner if usable else view


def _view(owner: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any) -> Array:
    return np.ndarray(shape, dtype, owner.data, offset, strides)
