"""An HDF5 data file that somebody vouches for: h5py reads it in this process, wherever its links and storage lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from zoo.errors import DataError
from zoo.types import Array


class TrustedFile:
    """A file that h5py has open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = h5py.File(path, "r")
        except (OSError, RuntimeError, KeyError) as error:
            raise DataError(f"{path}: the HDF5 file is damaged or cut short: {first_line(error)}") from error

    def arrays(self) -> tuple[dict[str, TrustedArray], list[str]]:
        """The arrays at the top of the file by name, and the names of what else is there."""
        try:
            found = {name: self._file.get(name) for name in self._file}
        except (OSError, RuntimeError, KeyError) as error:
            raise DataError(f"{self.path}: the HDF5 file is damaged or cut short: {first_line(error)}") from error
        arrays = {
            name: TrustedArray(self, name, array) for name, array in found.items() if isinstance(array, h5py.Dataset)
        }
        return arrays, sorted(set(found) - set(arrays))

    def idle(self) -> None:
        """Nothing to let go of."""

    def close(self) -> None:
        self._file.close()


class TrustedArray:
    """An array at the top of a file, as h5py gives it."""

    is_compressed = False

    def __init__(self, file: TrustedFile, name: str, array: Any) -> None:
        self.file, self.name, self._array = file, name, array
        self.shape: tuple[int, ...] = tuple(array.shape or ())
        self.dtype: np.dtype[Any] = array.dtype
        self.chunk: int = array.chunks[0] if array.chunks else 1
        self.is_text = array.dtype.kind == "O"
        self.nbytes = int(array.size or 0) * array.dtype.itemsize

    def check(self) -> None:
        """Nothing is refused."""

    def read_into(self, rows: Array, start: int, stop: int) -> None:
        try:
            if len(rows):
                self._array.read_direct(rows, np.s_[start:stop])
        except (OSError, RuntimeError) as error:
            raise DataError(
                f"{self.file.path}: rows {start + 1} to {stop} cannot be read: {first_line(error)}"
            ) from error

    def texts(self) -> Array:
        try:
            return np.asarray(self._array.asstr()[...]).astype(str)
        except (OSError, RuntimeError, TypeError, UnicodeError) as error:
            raise DataError(f"{self.file.path}: {self.name!r} cannot be read as text: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
