"""Datasets of published results: tables that lie in the data folder, with the split their papers use.

None is downloaded: an error names the address and the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.dataset import Dataset, DatasetSource
from zoo.data.open import open_dataset
from zoo.data.options import DataOptions
from zoo.errors import DataError
from zoo.options import option
from zoo.platform.system import data_folder

UCI = "https://archive.ics.uci.edu/ml/machine-learning-databases"
FOLDERS = ("", "csv", "published", "proben1", "published/proben1")  # of the data folder, in which a file is looked for


def found(name: str, file: str, address: str) -> Path:
    """The path of a file in the data folder; `DataError` says what to download and where to put it."""
    folder = data_folder()
    for each in FOLDERS:
        if (folder / each / file).is_file():
            return folder / each / file
    raise DataError(
        f"{name}: there is no {file} in {folder}; download {address} and put it there as {file} (ZOO_DATA names another"
        " data folder)"
    )


@dataclass(frozen=True)
class Table:
    """A file of comma-separated rows: where it comes from, how it is read, how many of its last rows are the test part.

    own_test: 0 where the data have no split of their own.
    """

    name: str
    summary: str
    file: str
    address: str
    rows: int
    own_test: int = 0
    reading: Mapping[str, Any] = field(default_factory=dict)
    after: Callable[[Dataset], Dataset] = lambda dataset: dataset

    def open(self, options: DataOptions) -> Dataset:
        path = found(self.name, self.file, self.address)
        given: dict[str, Any] = {"test": options.test} if not self.own_test else {}
        dataset = open_dataset(path, header="no", **given, **self.reading)
        if len(dataset) != self.rows:
            raise DataError(
                f"{self.name}: {path} has {len(dataset)} rows, expected {self.rows}; download {self.address}"
            )
        return self.after(dataset).replace(own_test=self.own_test)

    @property
    def source(self) -> DatasetSource:
        return DatasetSource(self.name, self.summary, self.open)


def in_thirds(dataset: Dataset) -> Dataset:
    """Abalones in three classes by their rings: 1 to 8, 9 and 10, 11 and more, as in abalone.names."""
    assert dataset.targets is not None
    rings = dataset.targets.read(0, len(dataset)).reshape(-1).astype(np.float64)
    if dataset.task == "classification":
        rings = np.array(dataset.labels, np.float64)[rings.astype(np.int64)]
    classes = np.digitize(rings, [8.5, 10.5]).astype(np.uint8)
    return dataset.replace(
        task="classification", targets=classes, labels=("1-8", "9-10", "11-29"), label_type="text", target_axes=None
    )


TABLES = (
    Table(
        "sonar",
        "208 sonar returns of mines and rocks, 60 bands (Gorman and Sejnowski 1988)",
        "sonar.csv",
        f"{UCI}/undocumented/connectionist-bench/sonar/sonar.all-data",
        208,
    ),
    Table(
        "vowels",
        "11 vowels of 15 speakers, 990 utterances; the last 7 speakers test (Deterding 1989, Robinson 1989)",
        "vowel-context.csv",
        f"{UCI}/undocumented/connectionist-bench/vowel/vowel-context.data",
        990,
        462,
        {"ignore": "1,2,3"},
    ),
    Table(
        "abalone",
        "4,177 abalones in three classes of age by eight measurements; the last 1,044 test",
        "abalone.csv",
        f"{UCI}/abalone/abalone.data",
        4177,
        1044,
        {"task": "regression"},
        in_thirds,
    ),
    Table(
        "mushrooms",
        "8,124 mushrooms, edible or poisonous, by 22 attributes (Schlimmer 1987)",
        "mushroom.csv",
        f"{UCI}/mushroom/agaricus-lepiota.data",
        8124,
        0,
        {"target": "1", "missing_values": ""},
    ),
)

PROBLEMS = ("cancer1", "card1", "diabetes1", "gene1", "glass1", "heart1", "horse1", "soybean1", "thyroid1")


@dataclass(frozen=True)
class Proben1Options(DataOptions):
    """Which of the problems."""

    problem: str = option("cancer1", "problem of the collection, in its first permutation", choices=PROBLEMS)


def proben1(options: Proben1Options) -> Dataset:
    """A problem of Proben1, in training, validation and test part."""
    address = "ftp://ftp.ira.uka.de/pub/neuron/proben1.tar.gz"
    return open_dataset(found("proben1", f"{options.problem}.dt", address))


PROBEN1 = DatasetSource(
    "proben1",
    "nine classification problems of Proben1, each in three parts (Prechelt 1994)",
    proben1,
    options=Proben1Options,
)
SOURCES = (*(each.source for each in TABLES), PROBEN1)
