"""Several series in one table: windows lie within each, the last of each is held out, rows may stand in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.core.model import Model
from zoo.data import Dataset, Windows, open_dataset, split
from zoo.data.as_trained import raw_rows
from zoo.errors import DataError, OptionError, ZooWarning
from zoo.types import Array

LENGTHS = {"S1": 9, "S2": 12, "S10": 10, "S3": 4}
FIRST = {"S1": "2024-01-01", "S2": "2023-12-20", "S10": "2024-02-01", "S3": "2024-01-05"}


def panel(lengths: dict[str, int] = LENGTHS) -> list[tuple[str, str, float]]:
    """(store, date, sales) of each row, sorted by store and date; sales are 100 · the store's number + the step."""
    return [
        (store, str(np.datetime64(FIRST[store]) + step), 100.0 * int(store[1:]) + step)
        for store, length in lengths.items()
        for step in range(length)
    ]


def written(path: Path, rows: Sequence[tuple[str, str, float]]) -> Path:
    path.write_text("store,date,sales\n" + "".join(f"{store},{date},{sales}\n" for store, date, sales in rows))
    return path


def shuffled(rows: Sequence[Any], seed: int = 0) -> list[Any]:
    return [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]


def source(dataset: Dataset) -> Windows:
    assert isinstance(dataset.inputs, Windows)
    return dataset.inputs


@pytest.mark.parametrize("order", ["blocks", "interleaved", "newest first", "shuffled"])
def test_windows_lie_within_each_series(tmp_path: Path, order: str) -> None:
    rows = panel()
    rows = {
        "blocks": rows,
        "interleaved": sorted(rows, key=lambda row: row[1]),
        "newest first": sorted(rows, key=lambda row: row[1], reverse=True),
        "shuffled": shuffled(rows),
    }[order]
    dataset = open_dataset(written(tmp_path / "panel.csv", rows), window=3, horizon=2, group="store", target="sales")
    windows, after = source(dataset).take(np.arange(len(dataset))), source(dataset).after(np.arange(len(dataset)))
    whole = np.concatenate([windows, after], axis=1)[:, :, 0]
    expected = [
        100.0 * int(store[1:]) + first + np.arange(5)
        for store in sorted(LENGTHS)
        for first in range(LENGTHS[store] - 4)
    ]
    np.testing.assert_array_equal(whole, expected)
    assert dataset.timeline is not None and dataset.timeline.names == (("S1",), ("S10",), ("S2",), ("S3",))
    left = [each for each in dataset.notes if "left out" in each]
    assert left == [
        "1 of 4 series left out, with fewer rows than the 5 of --window and --horizon: S3 (4)",
    ]


def test_the_last_of_each_series_is_held_out(tmp_path: Path) -> None:
    path = written(tmp_path / "panel.csv", shuffled(panel()))
    dataset = open_dataset(path, window=2, horizon=2, group="store", target="sales", test=0.2)
    parts = split(dataset, 0, validation=0.2)
    windows = source(dataset)
    for store, (start, stop) in enumerate(zip(windows.borders[:-1], windows.borders[1:], strict=True)):
        of = {
            name: windows.first(each)[windows.series(each) == store]
            for name, each in vars(parts).items()
            if name in ("train", "validation", "test")
        }
        for name, later in (("train", "validation"), ("train", "test"), ("validation", "test")):
            # No target of one part is a target of another that lies later.
            assert not len(of[name]) or not len(of[later]) or of[name].max() + 2 + 2 <= of[later].min() + 2
        assert len(of["test"]) == max(1, round(0.2 * (stop - start))) if stop - start > 4 else not len(of["test"])
        assert len(of["train"]) + len(of["validation"]) + len(of["test"]) > 0
    assert parts.how == "held out, 20 % of the rows, the last of each series"


def test_statistics_are_those_of_the_training_steps_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "panel.csv", shuffled(panel()))
    dataset = open_dataset(path, window=2, group="store", target="sales")
    windows, train = source(dataset), split(dataset, 0).train
    steps = sorted({int(first) + n for first in windows.first(train) for n in range(3)})
    np.testing.assert_array_equal(windows.covered(train), windows.values[steps])


@pytest.mark.parametrize("number", [1, 2])
def test_several_columns_can_name_a_series(tmp_path: Path, number: int) -> None:
    """Shop and item, in words or numbers; the remark names both, and its advice works."""
    rows = [
        (f"2024-01-{day:02}", shop, item)
        for day in range(1, 11)
        for shop in ((1, 2) if number == 1 else ("north", "south"))
        for item in ("tea", "jam")
    ]
    path = tmp_path / "panel.csv"
    path.write_text("date,shop,item,sold\n" + "".join(f"{d},{s},{i},{n}.5\n" for n, (d, s, i) in enumerate(rows)))
    remark = open_dataset(path, window=3).notes[0]
    advice = re.search(r"cut windows within each: --group (\S+)$", remark)
    assert advice is not None and sorted(advice[1].split(",")) == ["item", "shop"]
    dataset = open_dataset(path, window=3, group=advice[1])
    assert dataset.notes == () and len(source(dataset).counts) == 4
    assert len(dataset) == 4 * 7
    assert [column.name for column in dataset.columns] == ["sold"]


@pytest.mark.parametrize("order", ["blocks", "interleaved", "shuffled"])
def test_the_remark_names_the_group_and_its_advice_works(tmp_path: Path, order: str) -> None:
    rows = panel({"S1": 9, "S2": 12, "S10": 10})
    rows = {"blocks": rows, "interleaved": sorted(rows, key=lambda row: row[1]), "shuffled": shuffled(rows)}[order]
    path = written(tmp_path / "panel.csv", rows)
    reported = [
        each
        for each in open_dataset(path, window=3, target="sales").notes
        if "cut windows within each: --group store" in each
    ]
    assert len(reported) == 1
    assert not any("--group" in each for each in open_dataset(path, window=3, target="sales", group="store").notes)


def test_what_cannot_be_grouped_is_refused(tmp_path: Path) -> None:
    rows = panel()
    path = written(tmp_path / "panel.csv", rows)
    with pytest.raises(DataError, match="--group names the column 'shop', which is not there"):
        open_dataset(path, window=3, group="shop")
    with pytest.raises(
        DataError, match=r"the longest of 4 series \(--group\) has 12 time steps, too few for windows of 30"
    ):
        open_dataset(path, window=30, group="store")
    with pytest.raises(DataError, match="--target names 'store', which is not a column of numbers in use"):
        open_dataset(path, window=3, group="store", target="store")
    written(path, [*rows[:5], ("", *rows[5][1:]), *rows[6:]])
    with pytest.raises(DataError, match=r"column 'store', row 6 is empty, expected the name of its series \(--group\)"):
        open_dataset(path, window=3, group="store")


# --- models -----------------------------------------------------------------------------------------------------------


def trained(path: Path | dict[str, Any], **options: Any) -> Model:
    settings = {"window": 3, "hidden": 3, "epochs": 1, "threads": 1, "target": "sales"}
    return zoo.train("elman", path, **{**settings, **options})  # type: ignore[arg-type]


def bits(model: Model) -> bytes:
    return b"".join(array.tobytes() for array in (*model.weights.values(), *model.preprocessing.arrays().values()))  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Model]:
    """A panel in a file, and a model of it."""
    path = written(tmp_path_factory.mktemp("grouped") / "panel.csv", panel())
    return path, trained(path, group="store")


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(sum(LENGTHS.values()))))
def test_a_panel_in_any_order_gives_the_same_model(grouped: tuple[Path, Model], order: list[int]) -> None:
    path, model = grouped
    rows = panel()
    mixed = written(path.parent / "mixed.csv", [rows[place] for place in order])
    again = trained(mixed, group="store")
    assert bits(again) == bits(model)
    assert zoo.predict(again, mixed).tobytes() == zoo.predict(model, path).tobytes()


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(20)))
def test_a_dated_series_in_any_order_gives_the_same_model(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    rows = [("S1", str(np.datetime64("2024-01-01") + n), 10.0 * (n * 7 % 5)) for n in range(20)]
    folder = tmp_path_factory.mktemp("dated")
    straight = written(folder / "straight.csv", rows)
    mixed = written(folder / "mixed.csv", [rows[place] for place in order])
    one, other = trained(straight), trained(mixed)
    assert bits(one) == bits(other)
    assert zoo.predict(one, straight).tobytes() == zoo.predict(one, mixed).tobytes()
    assert zoo.evaluate(one, mixed).part == zoo.evaluate(one, straight).part  # known for the data of training
    assert dict(zoo.evaluate(one, mixed).metrics) == dict(zoo.evaluate(one, straight).metrics)


def test_new_data_with_other_series(grouped: tuple[Path, Model], tmp_path: Path) -> None:
    """Unseen series are accepted, short ones left out with a note; without the name's column they are refused."""
    path, model = grouped
    assert model.preprocessing is not None
    one, _ = zoo.predict(model, path)[[0, 1]]
    new = written(
        tmp_path / "new.csv", [("N7", f"2024-03-{n + 1:02}", 100.0 + n) for n in range(3)] + [("Z", "2024-03-01", 1.0)]
    )
    with pytest.warns(ZooWarning, match=r"1 of 2 series left out, with fewer rows than the 3 of the window: Z \(1\)"):
        predicted = zoo.predict(model, new)
    np.testing.assert_array_equal(predicted, [one])
    new.write_text("date,sales\n" + "".join(f"2024-03-{n + 1:02},{100 + n}\n" for n in range(3)))
    with pytest.raises(
        DataError, match=r"there is no column 'store', which named the series .* (--group none|group='none')"
    ):
        zoo.predict(model, new)
    np.testing.assert_array_equal(zoo.predict(model, new, group="none"), [one])
    new.write_text("shop,sales\n" + "".join(f"A,{100 + n}\n" for n in range(3)))
    np.testing.assert_array_equal(zoo.predict(model, new, group="shop"), [one])
    new.write_text("store,sales\nA,1\nB,2\n")
    with pytest.raises(
        DataError, match=r"the longest of 2 series \((--)?group\) has 1 time steps, fewer than the window of 3"
    ):
        zoo.predict(model, new)


def test_options_are_remembered_and_saved(grouped: tuple[Path, Model], tmp_path: Path) -> None:
    path, _ = grouped
    mixed = written(tmp_path / "mixed.csv", shuffled(panel()))
    file = tmp_path / "model.h5"
    model = trained(mixed, group="store", order="file", out=file)
    loaded = zoo.load(file)
    assert loaded == model and loaded.preprocessing.group == ("store",)  # type: ignore[union-attr]
    assert zoo.evaluate(file).metrics == zoo.evaluate(file, mixed).metrics
    assert zoo.evaluate(file, mixed).part == zoo.evaluate(file).part
    assert raw_rows(mixed, loaded.preprocessing, loaded.provenance).options == {"order": "file"}  # type: ignore[arg-type]
    with pytest.warns(ZooWarning, match="read with order='clock'; in training: order='file'"):
        zoo.evaluate(file, mixed, order="clock")
    more = zoo.resume(file, epochs=2, out=tmp_path / "more.h5")
    assert more.provenance is not None and more.provenance.options["order"] == "file"
    zoo.save(model, tmp_path / "alone.h5")
    assert zoo.load(tmp_path / "alone.h5").preprocessing.group == ("store",)  # type: ignore[union-attr]
    assert path != mixed


def test_without_a_header_columns_go_by_their_place(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text("".join(f"{store},{date},{sales}\n" for store, date, sales in shuffled(panel())))
    model = zoo.train("elman", path, window=3, hidden=3, epochs=1, group="1")
    named = trained(written(tmp_path / "named.csv", panel()), group="store")
    with pytest.warns(ZooWarning, match="is not in order"):
        assert zoo.predict(model, path).tobytes() == zoo.predict(named, tmp_path / "named.csv").tobytes()


# --- tables in Python -------------------------------------------------------------------------------------------------


class FakeFrame:
    """As much of a pandas DataFrame as is looked at, with an index."""

    def __init__(self, columns: dict[str, Any], index: Any) -> None:
        self.columns, self.index, self._columns = list(columns), index, columns
        self.shape, self.iloc = (len(index), len(columns)), self

    def to_numpy(self) -> Array:
        return np.column_stack(list(self._columns.values()))

    def __getitem__(self, at: tuple[slice, int]) -> Array:
        return np.asarray(list(self._columns.values())[at[1]])


def columns_of(rows: Sequence[tuple[str, str, float]], dates: str) -> dict[str, Any]:
    stores, days, sales = zip(*rows, strict=True)
    found: Any = np.array(days, "M8[D]")
    if dates == "text":
        found = list(days)
    elif dates == "objects":
        found = np.array(found.tolist(), object)
    return {"store": list(stores), "date": found, "sales": np.array(sales)}


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("dates", ["datetime64", "objects", "text"])
def test_tables_in_python_as_files(grouped: tuple[Path, Model], dates: str) -> None:
    path, model = grouped
    table = columns_of(shuffled(panel()), dates)
    again = trained(table, group="store")
    assert bits(again) == bits(model)
    assert zoo.predict(model, table).tobytes() == zoo.predict(model, path).tobytes()
    assert zoo.evaluate(again, table).metrics == zoo.evaluate(model, table).metrics == zoo.evaluate(model, path).metrics
    assert zoo.evaluate(again, table).part == zoo.evaluate(model, path).part
    other = zoo.predict(model, table, order="file")
    assert other.shape == zoo.predict(model, table).shape and other.tobytes() != zoo.predict(model, table).tobytes()


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
def test_the_times_of_a_data_frame_may_be_its_index() -> None:
    values = np.arange(20.0) * 7 % 5
    days = np.datetime64("2024-01-01") + np.arange(20)
    order = np.random.default_rng(0).permutation(20)
    straight, mixed = FakeFrame({"sales": values}, days), FakeFrame({"sales": values[order]}, days[order])
    one, other = trained(straight), trained(mixed)  # type: ignore[arg-type]
    assert bits(one) == bits(other)
    assert zoo.predict(one, straight).tobytes() == zoo.predict(one, mixed).tobytes()
    assert zoo.predict(one, mixed, order="file").tobytes() != zoo.predict(one, mixed).tobytes()


def test_options_without_effect_are_refused_in_python(grouped: tuple[Path, Model]) -> None:
    path, model = grouped
    with pytest.raises(OptionError, match="predict: there is no option 'windw'"):
        zoo.predict(model, path, windw=3)
    with pytest.raises(OptionError, match="order has no effect on these rows"):
        zoo.predict(model, np.zeros((2, 3, 1)), order="clock")
    with pytest.raises(
        OptionError, match="group has no effect: it is for a time series, which window or horizon asks for"
    ):
        zoo.train("mlp", columns_of(panel(), "text"), group="store", target="sales")
