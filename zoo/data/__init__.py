"""Datasets and their readers, splits, preprocessing, encoded samples by row number."""

from zoo.data.dataset import Column, Dataset, DatasetSource, InMemory, Source
from zoo.data.dispatch import encoded, fit_preprocessing
from zoo.data.labels import label_numbers
from zoo.data.open import open_dataset
from zoo.data.options import DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.readers.csv.series import series_dataset
from zoo.data.readers.reader import Reader
from zoo.data.readers.text import text_dataset
from zoo.data.samples.protocol import Samples
from zoo.data.samples.sequences import EncodedSequences
from zoo.data.samples.tabular import Encoded
from zoo.data.splits import split
from zoo.data.windows import Ragged, Windows
from zoo.platform.system import data_folder

__all__ = [
    "Column",
    "DataOptions",
    "Dataset",
    "DatasetSource",
    "Encoded",
    "EncodedSequences",
    "InMemory",
    "Preprocessing",
    "Ragged",
    "Reader",
    "Samples",
    "SequencePreprocessing",
    "Source",
    "Windows",
    "data_folder",
    "encoded",
    "fit_preprocessing",
    "label_numbers",
    "open_dataset",
    "series_dataset",
    "split",
    "text_dataset",
]
