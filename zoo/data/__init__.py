"""Data: datasets and their readers, splits, preprocessing, encoded samples by row number."""

from zoo.data.dataset import Column, Dataset, DatasetSource
from zoo.data.encoded import Encoded
from zoo.data.opening import open_again, open_dataset, raw_rows
from zoo.data.options import DataOptions
from zoo.data.preprocessing import Preprocessing
from zoo.data.splitting import Parts, split

__all__ = [
    "Column",
    "DataOptions",
    "Dataset",
    "DatasetSource",
    "Encoded",
    "Parts",
    "Preprocessing",
    "open_again",
    "open_dataset",
    "raw_rows",
    "split",
]
