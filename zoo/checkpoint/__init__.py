"""The checkpoint container: a manifest (a dict that is JSON) and named arrays, as one HDF5 file.

It knows nothing about models. `write` saves whole or not at all; `read` gives back exactly what was saved, or raises
one CheckpointError that names the file and the object, whatever the bytes are.

>>> import numpy as np
>>> digest = write("net.h5", {"signature": {"task": "classify"}}, {"weights/out/W": np.zeros((4, 3), "f4")})
>>> read("net.h5").arrays["weights/out/W"].shape
(4, 3)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.checkpoint.async_writer import Saver
    from zoo.checkpoint.reader import Checkpoint, Contents, digest, inspect, read
    from zoo.checkpoint.writer import write

__all__ = ["Checkpoint", "Contents", "Saver", "digest", "inspect", "read", "write"]

_WHERE = {**dict.fromkeys(__all__, "reader"), "Saver": "async_writer", "write": "writer"}


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: the child process, whose start is most of its cost, needs none of it."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value
