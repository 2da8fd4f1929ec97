"""Whether HDF5 tools see in a checkpoint what zoo reads from it; they follow the file's structure, zoo its manifest."""

from __future__ import annotations

import os

import numpy as np

from zoo.checkpoint.format.errors import naming, quoted
from zoo.checkpoint.format.index import MANIFEST
from zoo.checkpoint.reader import verified
from zoo.hdf5.viewer import look


def hdf5_differences(path: str | os.PathLike[str], *, trusted: bool = False) -> list[str]:
    """One line for each array that h5py does not see with the name, type, shape and values that zoo reads; after the
    checks of `read`."""
    with naming("load", path):
        data, entries, manifest, _ = verified(os.fspath(path), trusted)
        seen = look(data)
    lines = [] if seen.pop(MANIFEST, None) else ["HDF5 sees no dataset /manifest"]
    for entry in entries:
        found = seen.pop(entry.name, None)
        if found is None:
            lines.append(f"array {quoted(entry.name)}: HDF5 does not see it")
        elif found.dtype != np.dtype(f"<{entry.dtype}").str or found.shape != entry.shape:
            lines.append(
                f"array {quoted(entry.name)}: HDF5 sees {quoted(found.dtype)} of shape {found.shape}, expected"
                f" {entry.dtype} of shape {entry.shape}"
            )
        elif found.sha256 != manifest["arrays"][entry.name]["sha256"]:
            lines.append(f"array {quoted(entry.name)}: HDF5 sees other values")
    lines += [
        f"{quoted(name)}: HDF5 sees {quoted(found.dtype)}, of which zoo knows nothing" for name, found in seen.items()
    ]
    return lines
