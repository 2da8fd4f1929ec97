"""Datasets and their readers, splits, preprocessing, encoded samples by row number."""

from zoo.data.as_trained import check_same, open_again, open_as_trained, raw_rows
from zoo.data.dataset import Column, Dataset, DatasetSource, InMemory, Source
from zoo.data.dispatch import AnyEncoded, AnyPreprocessing, encoded, fit_preprocessing, preprocessing_from
from zoo.data.labels import label_numbers
from zoo.data.open import open_dataset
from zoo.data.options import DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.provenance import Provenance
from zoo.data.python_data import given_as_trained, given_dataset
from zoo.data.readers.csv.series import series_dataset
from zoo.data.readers.text import text_dataset
from zoo.data.samples.protocol import Samples
from zoo.data.samples.sequences import EncodedSequences
from zoo.data.samples.tabular import Encoded
from zoo.data.splits import Parts, split
from zoo.data.windows import Ragged, Windows
from zoo.platform.system import data_folder

__all__ = [
    "AnyEncoded",
    "AnyPreprocessing",
    "Column",
    "DataOptions",
    "Dataset",
    "DatasetSource",
    "Encoded",
    "EncodedSequences",
    "InMemory",
    "Parts",
    "Preprocessing",
    "Provenance",
    "Ragged",
    "Samples",
    "SequencePreprocessing",
    "Source",
    "Windows",
    "check_same",
    "data_folder",
    "encoded",
    "fit_preprocessing",
    "given_as_trained",
    "given_dataset",
    "label_numbers",
    "open_again",
    "open_as_trained",
    "open_dataset",
    "preprocessing_from",
    "raw_rows",
    "series_dataset",
    "split",
    "text_dataset",
]
