"""Plays of Shakespeare, 1,115,394 characters, out of the data folder."""

from __future__ import annotations

from zoo import DataError
from zoo.data import Dataset, DatasetSource, data_folder, open_dataset
from zoo_recurrent.datasets.counting import TextOptions

FILE = "tinyshakespeare.txt"


def shakespeare(options: TextOptions) -> Dataset:
    """The file tinyshakespeare.txt in the data folder; the last tenth is held out."""
    path = data_folder() / FILE
    if not path.exists():
        raise DataError(
            f"shakespeare: there is no {FILE} in {path.parent}; put any text of that name there (ZOO_DATA names another"
            " data folder), or name a text file with --data"
        )
    return open_dataset(path, task="language", window=options.window, test=options.test)


SOURCE = DatasetSource(
    "shakespeare",
    "plays of Shakespeare, a million characters: text, read from the data folder",
    shakespeare,
    "language",
    TextOptions,
    ("window",),
)
