"""Split rows into training, validation and test parts; row numbers drawn from the seed alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from zoo.core.batch_order import row_numbers
from zoo.core.random import RandomStream
from zoo.data.chosen_rows import ChosenRows, RowNumbers, common
from zoo.data.dataset import Dataset, pieces_of
from zoo.data.windows import Windows
from zoo.errors import DataError, warn
from zoo.types import Array

BLOCK = 2**20  # rows that are drawn together
MANY = 2**24  # rows, from which on a part has a bit for each
ALL_ROWS = "all rows"  # how the test part of a truth table came about


@dataclass(frozen=True, eq=False)
class Parts:
    """Ascending row numbers of each part of a dataset; a part that is not wanted is empty."""

    train: RowNumbers
    validation: RowNumbers
    test: RowNumbers
    how: str = ""  # how the test part came about
    trained: RowNumbers | None = None  # the rows that the model was trained on; None where these are others' data
    known: int = 0  # of others' data: how many rows equal some that the model was trained on
    estimated: bool = False  # whether that is an estimate, since the hashes of some rows alone were kept

    @classmethod
    def all_for_test(cls, dataset: Dataset) -> Self:
        """Every row tests a model that was trained on other data."""
        none = row_numbers(0)
        return cls(none, none, all_rows(dataset))

    def describe(self, part: str) -> str:
        """A part in words, with its size: "test part (held out, 20 % of the rows, at random), 40 samples".

        Names what the model was trained on, which is never called held out.
        """
        numbers = getattr(self, part)
        count = len(numbers)
        seen = 0 if self.trained is None else common(numbers, self.trained)
        of_them = "all" if seen == count else f"{seen:,}"
        trained = f", {of_them} of them trained on" if seen else ""
        known = "all" if self.known == count else f"{self.known:,}"
        known = f"about {self.known:,}" if self.estimated else known
        equal = f", {known} of them equal to rows trained on" if self.known and part == "test" else ""
        if part == "test" and self.how in ("", ALL_ROWS):
            return f"all {count:,} rows{' of a truth table' if self.how else ''}{trained}{equal}"
        how = ""
        if part == "test":
            how = f" ({self.how})" if not seen else f" ({self.how.removeprefix('held out, ')})"
        name = "training" if part == "train" else part
        return f"{name} part{how}, {count:,} samples{trained}{equal}"


def split(dataset: Dataset, seed: int, test: float | None = None, validation: float = 0.0) -> Parts:
    """Row numbers of the training, validation and test parts.

    The test part is the data's own where they have one; else a share `test` of the rows (by default the dataset's
    option), drawn from the seed, class by class where there are classes, or the last rows where rows follow in time. A
    truth table trains and tests on all its rows. `validation` is a share of what then is left to train on. Data with
    a validation part of their own have that; without a test part of their own one is drawn if the option asks for it.
    """
    share = dataset.test if test is None else test
    for name, value in (("test", share), ("validation", validation)):
        if not 0 <= value < 1:
            raise DataError(f"{dataset.where}: {name} is {value}, expected a share from 0 to below 1")
    if dataset.splits == "all":
        everything = row_numbers(len(dataset))
        return Parts(everything, everything if validation else everything[:0], everything, ALL_ROWS, everything)
    own = dataset.own_test
    count, random = len(dataset) - own - dataset.own_validation, RandomStream(seed)("split")
    rest = all_rows(dataset, count)
    if dataset.own_validation:
        own_watched = row_numbers(count + dataset.own_validation, count)
        share = share if test is not None or "test" in dataset.options else 0.0
    if own:
        held_out: RowNumbers = row_numbers(len(dataset), len(dataset) - own)
        how = "the data's own"
    else:
        wanted = len(rest)
        rest, held_out, kept = _held_out(dataset, rest, share, random)
        last = "the last of each series" if _several(dataset) else "the last"
        how = f"held out, {100 * share:.3g} % of the rows, " + (last if dataset.splits == "last" else "at random")
        if kept:
            alone = f"{kept:,} {'row stays' if kept == 1 else 'rows stay'} for training, alone in having a category"
            how = f"held out, {100 * len(held_out) / wanted:.3g} % of the rows, at random; {alone}"
            if not len(held_out):
                warn(f"{dataset.where}: nothing is held out to test on: {alone}; leave such a column out with --ignore")
    watched: RowNumbers
    if dataset.own_validation:
        watched = own_watched
    else:
        rest, watched, _ = _held_out(dataset, rest, validation, random)
    if not len(rest):
        raise DataError(f"{dataset.where}: of {len(dataset)} rows none is left to train on; hold out less")
    return Parts(rest, watched, held_out, how, rest)


def all_rows(dataset: Dataset, count: int | None = None) -> RowNumbers:
    """The first `count` rows, by default all: with a bit for each where they are very many."""
    count = len(dataset) if count is None else count
    if count <= MANY or dataset.kind == "sequences":
        return row_numbers(count)
    return ChosenRows.of(np.arange(len(dataset)) < count if count < len(dataset) else np.ones(count, bool))


def _held_out_of_many(
    dataset: Dataset, rows: ChosenRows, share: float, random: np.random.Generator
) -> tuple[ChosenRows, ChosenRows, int]:
    """As `_held_out`, drawn in blocks of rows, each of which gives its share of every class."""
    out = np.zeros(len(rows), bool)  # by place
    if dataset.splits == "last":
        out[len(rows) - round(share * len(rows)) :] = True
    else:
        by_class = dataset.task == "classification" and dataset.targets is not None
        seen = np.zeros(len(dataset.labels) if by_class else 1, np.int64)
        given = seen.copy()
        for start in range(0, len(rows) if share > 0 else 0, BLOCK):
            numbers = rows[start : start + BLOCK]
            classes = (
                dataset.targets.take(numbers) if by_class and dataset.targets else np.zeros(len(numbers), np.uint8)
            )
            seen += np.bincount(classes, minlength=len(seen))
            wanted = np.floor(share * seen).astype(np.int64) - given  # of each class one at least stays
            given += wanted
            order = row_numbers(len(numbers))
            random.shuffle(order)
            order = order[np.argsort(classes[order], kind="stable")]
            sizes = np.bincount(classes, minlength=len(seen))
            place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # among those of its class
            out[start + order[place < np.repeat(wanted, sizes)]] = True
    drawn = int(np.count_nonzero(out))
    if dataset.kind == "table":
        _keep_categories(dataset, rows, out)
    stays, held = np.zeros(rows.rows, bool), np.zeros(rows.rows, bool)
    for start in range(0, len(rows), BLOCK):
        numbers, here = rows[start : start + BLOCK], out[start : start + BLOCK]
        stays[numbers[~here]], held[numbers[here]] = True, True
    return ChosenRows.of(stays), ChosenRows.of(held), drawn - int(np.count_nonzero(out))


def _held_out(
    dataset: Dataset, rows: RowNumbers, share: float, random: np.random.Generator
) -> tuple[RowNumbers, RowNumbers, int]:
    """The rows that stay and those held out, both ascending; at least one of two or more, if any are wanted. And how
    many were drawn but stay, since they alone have a category."""
    if isinstance(rows, ChosenRows):
        return _held_out_of_many(dataset, rows, share, random)
    if isinstance(dataset.inputs, Windows) and dataset.splits == "last" and share > 0 and len(rows) > 1:
        return *_later_windows(dataset.inputs, rows, share), 0
    count = round(share * len(rows))
    if share > 0:
        count = min(max(count, 1), len(rows) - 1)
    if count <= 0:
        return rows, rows[:0], 0
    if dataset.splits == "last":
        return rows[:-count], rows[-count:], 0
    out = np.zeros(len(rows), bool)
    if dataset.task == "classification" and dataset.targets is not None:
        classes = dataset.targets.take(rows)
        for drawn in _by_class(classes, len(dataset.labels), count, random):
            out[drawn] = True
    else:
        drawn = row_numbers(len(rows))
        random.shuffle(drawn)
        out[drawn[:count]] = True
    drawn_rows = int(out.sum())
    if dataset.kind == "table":
        _keep_categories(dataset, rows, out)
    return rows[~out], rows[out], drawn_rows - int(out.sum())


def _several(dataset: Dataset) -> bool:
    return isinstance(dataset.inputs, Windows) and dataset.inputs.starts is not None


def _later_windows(source: Windows, rows: Array, share: float) -> tuple[Array, Array]:
    """The share is one of each series: held out are the windows whose first target lies in its last part.

    Windows before whose last targets would reach into that part are in neither. A series of one window keeps it.
    """
    borders = [0, len(rows)]
    if source.starts is not None:
        borders[1:1] = (np.flatnonzero(np.diff(source.series(rows))) + 1).tolist()
    between = -(-(source.ahead - 1) // source.stride)
    stay, out = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for start, stop in itertools.pairwise(borders):
        times = (stop - start - 1) * source.stride + source.window + source.ahead
        count = min(max(1, round(share * times / source.stride)), stop - start - 1)
        stay[start : max(start, stop - count - (between if count else 0))] = True
        out[stop - count : stop] = True
    return rows[stay], rows[out]


def _by_class(classes: Array, number: int, count: int, random: np.random.Generator) -> Iterator[Array]:
    """Indices of `count` rows, every class giving its share to within one row and keeping at least one."""
    order = row_numbers(len(classes))
    random.shuffle(order)
    sizes = sum(np.bincount(classes[start : start + BLOCK], minlength=number) for start in range(0, len(order), BLOCK))
    wanted = sizes * (count / len(classes))
    quotas = np.minimum(np.floor(wanted).astype(np.int64), np.maximum(sizes - 1, 0))
    ties = random.permutation(number)
    while quotas.sum() < count:
        open_classes = ties[(quotas < np.maximum(sizes - 1, 0))[ties]]
        if not len(open_classes):
            break  # every class is down to its last row
        most = open_classes[np.argsort((quotas - wanted)[open_classes], kind="stable")]
        quotas[most[: count - quotas.sum()]] += 1
    left = quotas.copy()  # what each class has still to give: the first of its rows in the drawn order
    for start in range(0, len(order), BLOCK):
        rows = order[start : start + BLOCK]
        own = classes[rows]
        sort = np.argsort(own, kind="stable")
        found, first, sizes = np.unique(own[sort], return_index=True, return_counts=True)
        place = np.arange(len(rows)) - np.repeat(first, sizes)  # among those of its class in this block
        yield rows[sort[place < np.repeat(left[found], sizes)]]
        left[found] = np.maximum(left[found] - sizes, 0)


def _keep_categories(dataset: Dataset, rows: RowNumbers, out: Array) -> None:
    """Gives back a row of each category that would else be held out entirely: it could not be encoded."""
    texts = {n: len(column.categories) for n, column in enumerate(dataset.columns) if column.categories is not None}
    if not texts:
        return
    kept = {number: np.zeros(count, bool) for number, count in texts.items()}
    first = {number: np.full(count, -1) for number, count in texts.items()}  # place of the first row held out
    done = 0
    for _, cells in pieces_of(dataset.inputs, rows):
        held_out = out[done : done + len(cells)]
        for number in texts:
            column = cells[:, number]
            present = ~np.isnan(column)
            kept[number][column[present & ~held_out].astype(np.int64)] = True
            categories, places = np.unique(column[present & held_out].astype(np.int64), return_index=True)
            places = np.flatnonzero(present & held_out)[places] + done
            new = first[number][categories] < 0
            first[number][categories[new]] = places[new]
        done += len(cells)
    for number in texts:
        for category in np.flatnonzero(~kept[number] & (first[number] >= 0)).tolist():
            place = first[number][category]
            out[place] = False
            cells = dataset.inputs.take(rows[place : place + 1])[0]
            for other in texts:
                if not np.isnan(cells[other]):
                    kept[other][int(cells[other])] = True
