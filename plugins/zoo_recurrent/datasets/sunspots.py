"""Monthly sunspot numbers from 1749 to 1983, out of the data folder."""

from __future__ import annotations

from zoo import DataError
from zoo.data import DataOptions, Dataset, DatasetSource, data_folder, open_dataset

FILE = "monthly-sunspots.csv"
WINDOW = 36  # months


def sunspots(options: DataOptions) -> Dataset:
    """The file monthly-sunspots.csv (Month, Sunspots) in the data folder or its subfolder csv."""
    folder = data_folder()
    for path in (folder / "csv" / FILE, folder / FILE):
        if path.exists():
            horizon = options.horizon or 1
            return open_dataset(path, window=options.window or WINDOW, horizon=horizon, test=options.test)
    raise DataError(
        f"sunspots: there is no {FILE} in {folder} or its subfolder csv; put a table of months and sunspot numbers"
        " there (ZOO_DATA names another data folder)"
    )


SOURCE = DatasetSource(
    "sunspots",
    "monthly sunspot numbers since 1749: a series, read from the data folder",
    sunspots,
    "forecast",
    takes=("window", "horizon"),
)
