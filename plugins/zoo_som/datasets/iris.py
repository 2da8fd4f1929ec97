"""Fisher's irises: four lengths in centimetres of 150 flowers of three species, out of the data folder.

Source: R. A. Fisher (1936), The use of multiple measurements in taxonomic problems.
"""

from __future__ import annotations

from typing import Any

from zoo import DataError
from zoo.data import Column, DataOptions, Dataset, DatasetSource, data_folder, open_dataset

FILE = "iris.csv"
COLUMNS = ("sepal length", "sepal width", "petal length", "petal width")


def iris(options: DataOptions) -> Dataset:
    """The file iris.csv, four lengths and the species in each row, in the data folder or its subfolder csv."""
    folder = data_folder()
    for path in (folder / "csv" / FILE, folder / FILE):
        if path.exists():
            task: dict[str, Any] = {} if options.task == "auto" else {"task": options.task}
            dataset = open_dataset(path, test=options.test, missing=options.missing, **task)
            if dataset.inputs.shape[1:] != (len(COLUMNS),):
                raise DataError(
                    f"iris: {path} has {dataset.inputs.shape[1]} columns of inputs, expected {len(COLUMNS)}"
                )
            columns = tuple(Column(name) for name in COLUMNS)
            return dataset.replace(columns=columns, named=True, table=(*COLUMNS, "species"))
    raise DataError(
        f"iris: there is no {FILE} in {folder} or its subfolder csv; put the table there (ZOO_DATA names another data"
        " folder), or name a path"
    )


SOURCE = DatasetSource(
    "iris", "150 irises of 3 species by four lengths, read from the data folder", iris, takes=("task", "missing")
)
