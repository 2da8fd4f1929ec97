"""Datasets and their readers, splits, preprocessing, encoded samples by row number.

Importing this package imports none of its modules: each name is fetched from its module when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.lazy_names import lazy_names

if TYPE_CHECKING:  # the list of public names, also at run time: see lazy_names
    from zoo.data.dataset import Column as Column
    from zoo.data.dataset import Dataset as Dataset
    from zoo.data.dataset import DatasetSource as DatasetSource
    from zoo.data.dataset import InMemory as InMemory
    from zoo.data.dataset import Source as Source
    from zoo.data.dispatch import encoded as encoded
    from zoo.data.dispatch import fit_preprocessing as fit_preprocessing
    from zoo.data.labels import label_numbers as label_numbers
    from zoo.data.open import open_dataset as open_dataset
    from zoo.data.options import DataOptions as DataOptions
    from zoo.data.preprocessing.sequences import SequencePreprocessing as SequencePreprocessing
    from zoo.data.preprocessing.tabular import Preprocessing as Preprocessing
    from zoo.data.readers.csv.series import series_dataset as series_dataset
    from zoo.data.readers.reader import Reader as Reader
    from zoo.data.readers.text import text_dataset as text_dataset
    from zoo.data.samples.protocol import Samples as Samples
    from zoo.data.samples.sequences import EncodedSequences as EncodedSequences
    from zoo.data.samples.tabular import Encoded as Encoded
    from zoo.data.splits import split as split
    from zoo.data.windows import Ragged as Ragged
    from zoo.data.windows import Windows as Windows
    from zoo.platform.system import data_folder as data_folder
else:
    __getattr__, __dir__ = lazy_names(__name__)
