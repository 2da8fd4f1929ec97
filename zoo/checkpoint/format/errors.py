"""How anything that goes wrong with a checkpoint becomes one CheckpointError: what was done, which file, why, what now.

Inside this package errors name the object ("array 'weights/W': got …"); `naming` puts the file in front. Text that
comes from a file is a stranger's: it is always shown through `quoted`.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from zoo.errors import CheckpointError

_ADVICE = {
    errno.ENOSPC: "free some space or save to another disk",
    getattr(errno, "EDQUOT", errno.ENOSPC): "free some of your quota or save to another disk",
    errno.EFBIG: "raise the file-size limit (ulimit -f) or save to another disk",
    errno.EROFS: "save to a folder that can be written to",
    errno.EACCES: "check the permissions of the file and its folder, or use another folder",
    errno.EPERM: "check the permissions of the file and its folder, or use another folder",
    errno.ENOENT: "check the path, and that its folder exists",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "name a file, not a folder",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.EEXIST: "name another file; this one is not overwritten",
    errno.EIO: "the disk reports a fault; use another one",
}


def quoted(text: str, limit: int = 120) -> str:
    """Text out of a file, in quotes, with everything but printable ASCII escaped, cut to a length."""
    return ascii(text) if len(text) <= limit else f"{text[:limit]!a}… ({len(text)} characters)"


def advice_for(error: OSError) -> str:
    """The end of an error of the operating system that says what can be done about it, or nothing."""
    advice = _ADVICE.get(error.errno or 0)
    return f"; {advice}" if advice else ""


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
        reason = (error.strerror or str(error) or type(error).__name__).lower()
        raise CheckpointError(f"{who}: {reason}{advice_for(error)}") from error
    except MemoryError as error:
        raise CheckpointError(f"{who}: not enough memory") from error
