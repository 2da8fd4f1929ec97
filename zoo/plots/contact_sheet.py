"""How many tiles stand side by side, and how pictures of different sizes go on one sheet: near square, or wide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

WIDE = 1.3  # a sheet's width over its height, as near as it gets
TALL = 2.0  # how much worse a sheet e times as high is than one e times as wide
RAGGED = 3.0  # and an empty last row


def tile_columns(count: int, width: float = 1.0, height: float = 1.0, most: int | None = None) -> int:
    """How many of `count` tiles of this size stand in a row: for a sheet about as wide as WIDE says, with a last row
    that is whole or nearly so; `most` at most."""

    def badness(columns: int) -> float:
        rows = math.ceil(count / columns)
        empty = (columns * rows - count) / columns
        wide = math.log(columns * width / (rows * height * WIDE))
        return max(wide, -TALL * wide) + RAGGED * empty

    count = max(1, count)
    return min(range(1, min(count, most or count) + 1), key=badness)


def together(sizes: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """The size (width, height) of a sheet of pictures of these sizes, and where on it each goes (left, top).

    In their order they fill rows, or columns: whichever makes the smaller sheet, about as wide as WIDE says.
    """
    turned = [(height, width) for width, height in sizes]
    found = [_places(sizes, lines) for lines in _lines(sizes)]
    for (height, width), places in (_places(turned, lines) for lines in _lines(turned)):
        found.append(((width, height), [(left, top) for top, left in places]))
    return min(found, key=lambda each: (max(each[0][0], WIDE * each[0][1]), each[0][0] * each[0][1]))


def _lines(sizes: Sequence[tuple[int, int]]) -> Iterator[list[list[int]]]:
    """The pictures' numbers by row, filled up to every width that a run of them has."""
    count = len(sizes)
    for widest in sorted({sum(size[0] for size in sizes[i:j]) for i in range(count) for j in range(i + 1, count + 1)}):
        rows: list[list[int]] = [[]]
        for number, (width, _) in enumerate(sizes):
            if rows[-1] and sum(sizes[each][0] for each in rows[-1]) + width > widest:
                rows.append([])
            rows[-1].append(number)
        yield rows


def _places(
    sizes: Sequence[tuple[int, int]], rows: Sequence[Sequence[int]]
) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """Size of the sheet with these rows, and the place of each picture."""
    places, top, widest = [], 0, 0
    for row in rows:
        left = 0
        for number in row:
            places.append((left, top))
            left += sizes[number][0]
        widest = max(widest, left)
        top += max(sizes[number][1] for number in row)
    return (widest, top), places
