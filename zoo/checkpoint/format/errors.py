"""How anything that goes wrong with a checkpoint becomes one CheckpointError: what was done, which file, why, what now.

Inside this package errors name the object ("array 'weights/W': got …"); `naming` puts the file in front. Text that
comes from a file is a stranger's: it is always shown through `quoted`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from zoo.errors import CheckpointError
from zoo.platform.os_errors import explained


def quoted(text: str, limit: int = 120) -> str:
    """Text out of a file, in quotes, with everything but printable ASCII escaped, cut to a length."""
    return ascii(text) if len(text) <= limit else f"{text[:limit]!a}… ({len(text)} characters)"


@contextlib.contextmanager
def naming(doing: str, path: str | os.PathLike[str]) -> Iterator[None]:
    """Re-raise what a file or a disk can cause as a CheckpointError that begins with what was being done to which file.
    Any other exception is a mistake in zoo, and stays what it is."""
    who = f"cannot {doing} checkpoint {os.fspath(path)!r}"
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{who}: {error}") from error.__cause__
    except OSError as error:
        raise CheckpointError(f"{who}: {explained(error)}") from error
    except MemoryError as error:
        raise CheckpointError(f"{who}: not enough memory") from error
