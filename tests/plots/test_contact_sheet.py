"""Sheets of tiles and of pictures are near square or wide, with a last row that is whole or nearly so."""

from __future__ import annotations

import math

import pytest

from zoo.plots.contact_sheet import WIDE, tile_columns, together


@pytest.mark.parametrize(
    ("count", "size", "columns"),
    [
        (0, (1.0, 1.0), 1),
        (1, (1.0, 1.0), 1),
        (2, (4.6, 3.4), 2),
        (3, (4.6, 3.4), 3),  # one row, though it is wide, rather than one of two and one of one
        (4, (4.6, 3.4), 2),
        (6, (4.6, 3.4), 3),
        (40, (0.8, 1.0), 8),
        (64, (1.0, 1.0), 8),
        (100, (1.0, 1.0), 10),
    ],
)
def test_tiles_stand_in_whole_rows(count: int, size: tuple[float, float], columns: int) -> None:
    assert tile_columns(count, *size) == columns


def test_no_sheet_of_tiles_is_tall_or_ragged() -> None:
    for count in range(5, 200):
        columns = tile_columns(count)
        rows = math.ceil(count / columns)
        assert columns >= rows, count
        assert columns <= 5 * rows, count
        assert (columns * rows - count) / columns <= 0.5, count
    assert tile_columns(30, most=4) <= 4


def test_pictures_share_a_sheet_without_overlapping() -> None:
    sizes = [(900, 500), (800, 800), (300, 200), (1300, 900), (700, 200), (960, 1000), (120, 90)]
    (width, height), places = together(sizes)
    taken = [(left, top, left + w, top + h) for (left, top), (w, h) in zip(places, sizes, strict=True)]
    assert all(a >= 0 and b >= 0 and c <= width and d <= height for a, b, c, d in taken)
    for number, (a, b, c, d) in enumerate(taken):
        for e, f, g, h in taken[:number]:
            assert c <= e or g <= a or d <= f or h <= b
    assert 0.6 < width / height / WIDE < 1.6
    assert together([(500, 400)]) == ((500, 400), [(0, 0)])
