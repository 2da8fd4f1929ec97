"""How many rows are read from a file at once."""

from __future__ import annotations

BLOCK = 2**23  # bytes of a block


def block_of(row: int, chunk: int = 1) -> int:
    """Rows of one block, for rows of so many bytes: whole chunks of the file, so that none is read twice, unless these
    are so large that a few blocks of them would fill the memory."""
    row = max(1, row)
    if chunk * row > 4 * BLOCK:
        return max(1, BLOCK // row)
    return max(1, BLOCK // row // chunk) * chunk
