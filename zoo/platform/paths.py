"""Paths as people write them, with ~ for a home folder."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.errors import UsageError


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path with ~ and ~user replaced by home folders; `UsageError` where there is no such user or no such path."""
    text = os.fspath(path)
    if "\0" in text:
        raise UsageError(f"{text[:200]!a}: got a path with a NUL character, which no file has")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        user = Path(text).parts[0]
        raise UsageError(
            f"{text[:200]!a}: {user[:80]!a} stands for a home folder that is not known here; write the path in full, or"
            f" ./{user[:80]} for a file of that name".replace("\n", " ")
        ) from error
