"""Data: datasets and their readers, splits, preprocessing, encoded samples by row number."""

from zoo.data.as_trained import check_same, open_again, open_as_trained, raw_rows
from zoo.data.dataset import Column, Dataset, DatasetSource
from zoo.data.encoded import Encoded
from zoo.data.encoded_sequences import EncodedSequences
from zoo.data.given import given_as_trained, given_dataset
from zoo.data.kinds import AnyEncoded, AnyPreprocessing, encoded, fit_preprocessing, preprocessing_from
from zoo.data.opening import open_dataset
from zoo.data.options import DataOptions
from zoo.data.preprocessing import Preprocessing
from zoo.data.provenance import Provenance
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
