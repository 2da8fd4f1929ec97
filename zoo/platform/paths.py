"""Paths as users write them (~), registered names, and the next free file name."""

from __future__ import annotations

import os
import re
from pathlib import Path

from zoo.errors import UsageError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")  # of an architecture, a dataset, a recipe


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


def is_path(text: str) -> bool:
    """Whether a text that names data or a recipe can only be a path: registered names have no separator and no dot.

    `package:name` is a name, whatever the package is called (`hebb.py:hebb`); a drive has one letter.
    """
    package, colon, name = text.rpartition(":")
    if colon and len(package) > 1 and NAME.fullmatch(name) and not {"/", "\\"} & set(package):
        return False
    return "/" in text or "\\" in text or text.startswith("~") or text in (".", "..") or Path(text).suffix != ""


def next_free(stem: str | Path, ending: str, first: int | None = None) -> Path:
    """The first of STEM.ENDING, STEM-2.ENDING, … that is not there; with `first`, from STEM-FIRST.ENDING on."""
    number = first or 1
    path = Path(f"{stem}-{number}.{ending}" if first else f"{stem}.{ending}")
    while os.path.lexists(path):
        number += 1
        path = Path(f"{stem}-{number}.{ending}")
    return path
