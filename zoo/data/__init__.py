"""Data: datasets and their readers, splits, preprocessing, encoded samples by row number."""

from zoo.data.dataset import Column, Dataset, DatasetSource
from zoo.data.encoded import Encoded
from zoo.data.encoded_sequences import EncodedSequences
from zoo.data.kinds import AnyEncoded, AnyPreprocessing, encoded, fit_preprocessing, preprocessing_from
from zoo.data.opening import open_again, open_dataset, raw_rows
from zoo.data.options import DataOptions
from zoo.data.preprocessing import Preprocessing
from zoo.data.sequence_preprocessing import SequencePreprocessing
from zoo.data.sequences import Ragged, Windows
from zoo.data.splitting import Parts, split

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
    "Ragged",
    "SequencePreprocessing",
    "Windows",
    "encoded",
    "fit_preprocessing",
    "open_again",
    "open_dataset",
    "preprocessing_from",
    "raw_rows",
    "split",
]
