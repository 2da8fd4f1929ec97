"""Data: datasets and their readers, splits, preprocessing, encoded samples by row number."""

from zoo.data.as_trained import check_same, open_again, open_as_trained, raw_rows
from zoo.data.dataset import Column, Dataset, DatasetSource
from zoo.data.dispatch import AnyEncoded, AnyPreprocessing, encoded, fit_preprocessing, preprocessing_from
from zoo.data.open import open_dataset
from zoo.data.options import DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.provenance import Provenance
from zoo.data.python_data import given_as_trained, given_dataset
from zoo.data.samples.sequences import EncodedSequences
from zoo.data.samples.tabular import Encoded
from zoo.data.splits import Parts, split
from zoo.data.windows import Ragged, Windows

__all__ = [
    "AnyEncoded",
    "AnyPreprocessing",
    "Column",
    "DataOptions",
    "Dataset",
    "DatasetSource",
    "Encoded",
    "EncodedSequences",
    "Parts",
    "Preprocessing",
    "Provenance",
    "Ragged",
    "SequencePreprocessing",
    "Windows",
    "check_same",
    "encoded",
    "fit_preprocessing",
    "given_as_trained",
    "given_dataset",
    "open_again",
    "open_as_trained",
    "open_dataset",
    "preprocessing_from",
    "raw_rows",
    "split",
]
