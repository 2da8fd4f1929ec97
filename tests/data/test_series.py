"""Time series: what is said when windows and horizon do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo.data import open_dataset
from zoo.errors import DataError


@pytest.mark.parametrize(
    ("window", "horizon", "todo"),
    [
        (24, 5000, "name a smaller --horizon"),
        (5000, 3, "name a smaller --window"),
        (60, 60, "name a smaller --window or --horizon"),
        (5000, 5000, "name a smaller --window and --horizon"),
    ],
)
def test_what_is_too_long_is_named(tmp_path: Path, window: int, horizon: int, todo: str) -> None:
    path = tmp_path / "series.csv"
    path.write_text("wave\n" + "".join(f"{n % 7}\n" for n in range(100)))
    with pytest.raises(
        DataError, match=rf"100 time steps, too few for windows of {window:,} .* of {horizon:,} .*{todo}$"
    ):
        open_dataset(path, window=window, horizon=horizon)
