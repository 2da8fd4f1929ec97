"""Number the different cells of a column, so that each text is looked at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo.data.readers.csv.cut import texts_of
from zoo.data.readers.csv.decimals import Cells, last_bytes
from zoo.types import Array

FEW = 64  # cells that Python is asked for one by one
LONGEST = 64  # bytes of a cell that is compared in words
FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio
SPARSE = 8  # places of a table for each word, at least
MANY = 2**16  # different cells, from which on a column is taken to have a new one in every row


class WordNumbers:
    """Numbers words of 64 bits in the order in which they come first.

    A word is looked for at one place of a table, by the highest bits of a product (D. E. Knuth, The Art of Computer
    Programming 3, section 6.4); the few that another has taken it from are searched among all.
    """

    def __init__(self) -> None:
        self.words, self.numbers = np.zeros(0, np.uint64), np.zeros(0, np.int64)  # the words ascending
        self._rebuild()

    @property
    def count(self) -> int:
        return len(self.words)

    def of(self, words: Array) -> Array:
        """(cells,) the number of each."""
        places = self._places(words)
        numbers: Array = self.numbers_at.take(places)
        others = np.flatnonzero(self.words_at.take(places) != words)
        if len(others):
            numbers[others] = self._searched(words[others])
        return numbers

    def _places(self, words: Array) -> Array:
        return ((words * FACTOR) >> self.shift).view(np.int64)

    def _searched(self, words: Array) -> Array:
        places = np.searchsorted(self.words, words)
        known = places < self.count
        known[known] = self.words[places[known]] == words[known]
        if not known.all():
            new, first = np.unique(words[~known], return_index=True)
            ranks = np.empty(len(new), np.int64)
            ranks[np.argsort(first)] = np.arange(len(new))
            joined = np.concatenate([self.words, new])
            order = np.argsort(joined)
            self.numbers = np.concatenate([self.numbers, self.count + ranks])[order]
            self.words = joined[order]
            self._rebuild()
            places = np.searchsorted(self.words, words)
        return self.numbers.take(places)

    def _rebuild(self) -> None:
        bits = max(8, (SPARSE * self.count).bit_length())
        self.shift = np.uint64(64 - bits)
        self.words_at, self.numbers_at = np.zeros(2**bits, np.uint64), np.zeros(2**bits, np.int64)
        self.words_at[0] = ~np.uint64(0)  # an empty place holds a word that is looked for at another: 0 is at place 0
        places = self._places(self.words)
        self.words_at[places], self.numbers_at[places] = self.words, self.numbers


class Distinct:
    """What `value` says of the cells of a column, finite or NaN, which come some at a time; asked once for each
    different cell."""

    def __init__(self, value: Callable[[list[str]], Array]) -> None:
        self.value = value  # of different cells, in the order in which they come first
        self.known: dict[str, float] = {}
        self.parts: list[WordNumbers] = []  # of the last word of a cell, of the one before, …
        self.pairs: list[WordNumbers] = []  # of the number of the words behind and that of the word before them
        self.values: list[Array] = []  # of each number, by how many words were looked at

    def of(self, cells: Cells) -> Array:
        """(cells,) in float64."""
        lengths = cells.stop - cells.start
        words = max(1, -(-int(lengths.max(initial=0)) // 8))
        if len(cells) < FEW or 8 * words > LONGEST or len(self.known) > MANY:
            return self._one_by_one(texts_of(cells, np.arange(len(cells))))
        while len(self.parts) < words:
            self.parts.append(WordNumbers())
            self.pairs.append(WordNumbers())
            self.values.append(np.zeros(0))
        numbers = self.parts[0].of(last_bytes(cells.text, cells.stop, lengths))
        for place in range(1, words):
            before = last_bytes(cells.text, cells.stop - 8 * place, np.maximum(lengths - 8 * place, 0))
            both = (numbers << 32) | self.parts[place].of(before)
            numbers = self.pairs[place].of(both.view(np.uint64))
        values = self._values(words - 1, (self.pairs[words - 1] if words > 1 else self.parts[0]).count)
        new = np.flatnonzero(np.isinf(values.take(numbers)))
        if len(new):
            first = new[np.sort(np.unique(numbers[new], return_index=True)[1])]
            values[numbers[first]] = self._one_by_one(texts_of(cells, first))
        return values.take(numbers)

    def _values(self, which: int, count: int) -> Array:
        """The values of so many numbers, infinite where not known."""
        known = self.values[which]
        if count > len(known):
            self.values[which] = np.concatenate([known, np.full(max(count - len(known), len(known)), np.inf)])
        return self.values[which]

    def _one_by_one(self, texts: list[str]) -> Array:
        unknown = [text for text in dict.fromkeys(texts) if text not in self.known]
        if len(unknown) == len(texts) and len(self.known) > MANY:
            return self.value(texts)
        if unknown:
            self.known.update(zip(unknown, self.value(unknown).tolist(), strict=True))
        return np.array([self.known[text] for text in texts])
