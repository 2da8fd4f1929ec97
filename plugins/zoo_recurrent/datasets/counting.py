"""Counting in words: "one, two, three, …, nine hundred and ninety-nine", a text with an order to find."""

from __future__ import annotations

from dataclasses import dataclass

from zoo import option
from zoo.data import DataOptions, Dataset, DatasetSource, text_dataset

HIGHEST = 999
ONES = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(number: int) -> str:
    """A number from 1 to 999 in words: 342 is "three hundred and forty-two"."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    below = ONES[rest] if rest < 20 else TENS[tens] + (f"-{ONES[ones]}" if ones else "")
    if not hundreds:
        return below
    return f"{ONES[hundreds]} hundred" + (f" and {below}" if below else "")


@dataclass(frozen=True)
class TextOptions(DataOptions):
    """Of a text much is to train on: a tenth is held out."""

    test: float = option(0.1, "share of the text held out for testing, the last", low=0.0, below=1.0)


def counting(options: TextOptions) -> Dataset:
    """The numbers from 1 to 999 in words, in order, with commas between them; the last tenth is held out."""
    text = ", ".join(map(in_words, range(1, HIGHEST + 1)))
    return text_dataset(text, options.window, "counting").replace(test=options.test)


SOURCE = DatasetSource(
    "counting",
    "the numbers from 1 to 999 in words, one after the other: text",
    counting,
    "language",
    TextOptions,
    ("window",),
)
