"""Tables that a page uploaded or painted, kept in the user's cache under their digest, so that commands find them."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from zoo.errors import UsageError
from zoo.platform.atomic_write import replacing
from zoo.platform.system import cache_folder

MOST_BYTES = 16 * 2**20  # of one table
MOST_TABLES = 50  # kept; the oldest go first


def tables_folder() -> Path:
    """Where they lie; made where it is not there."""
    try:
        folder = cache_folder() / "playground"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"playground: cannot make a folder for uploaded tables: {error}") from error
    return folder


def keep_table(folder: Path, content: bytes) -> str:
    """Keeps a table; its digest, by which a page names it."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    path = folder / f"{digest}.csv"
    if path.is_file():
        path.touch()
    else:
        with replacing(str(path)) as descriptor, open(descriptor, "wb", closefd=False) as file:
            file.write(content)
    found = sorted(folder.glob("*.csv"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in found[MOST_TABLES:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return digest
