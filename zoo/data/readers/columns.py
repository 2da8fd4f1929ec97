"""Columns chosen by name or number."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zoo.errors import DataError, nearest


def chosen(text: str, names: Sequence[str], where: str, option: str) -> list[int]:
    """The places of the columns that a text like "price, 3" names; a name is looked for before a number from 1 on."""
    places: list[int] = []
    if text in names:  # also a name with a comma in it
        return [names.index(text)]
    for part in (part.strip() for part in text.split(",")):
        if not part:
            continue
        if part in names:
            place = names.index(part)
        elif part.isdecimal() and len(part) < 10 and 1 <= int(part) <= len(names):
            place = int(part) - 1
        else:
            raise DataError(
                f"{where}: --{option} names the column {part!r}, which is not there:"
                f" neither as a name nor as a number from 1 to {len(names)}{nearest(part, names)}"
            )
        if place not in places:
            places.append(place)
    return places


def without(count: int, left_out: Collection[int]) -> list[int]:
    """The places of the other columns."""
    return [place for place in range(count) if place not in left_out]
