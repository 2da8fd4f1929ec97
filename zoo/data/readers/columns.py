"""Choose columns by name or number."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zoo.errors import DataError, did_you_mean


def chosen(text: str, names: Sequence[str], where: str, option: str) -> list[int]:
    """The places of the columns that a text like "price, 3" names; a name is looked for before a number from 1 on."""
    places: dict[int, None] = {}
    if text in names:  # also a name with a comma in it
        return [names.index(text)]
    at = {name: place for place, name in reversed(list(enumerate(names)))}
    for part in (part.strip() for part in text.split(",")):
        if not part:
            continue
        if part in at:
            place = at[part]
        elif part.isdecimal() and len(part) < 10 and 1 <= int(part) <= len(names):
            place = int(part) - 1
        else:
            raise DataError(
                f"{where}: --{option} names the column {part!r}, which is not there:"
                f" neither as a name nor as a number from 1 to {len(names)}{did_you_mean(part, names)}"
            )
        places[place] = None
    return list(places)


def without(count: int, left_out: Collection[int]) -> list[int]:
    """The places of the other columns."""
    others = set(left_out)
    return [place for place in range(count) if place not in others]
