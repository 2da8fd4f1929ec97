"""Labels keep their type and spelling, targets their shape, from every source and through a checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import zoo
from zoo.cli import main
from zoo.core.architecture import InputSpec
from zoo.core.model import Model
from zoo.data import Dataset, open_dataset
from zoo.data.labels import (
    REAL,
    TYPES,
    WHOLE,
    as_written,
    check,
    common_type,
    label_numbers,
    merged,
    numbers_in,
    values_of,
)
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.errors import DataError, ZooError
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.testing.case import fewer, finish
from zoo.testing.kinds import datasets
from zoo.training.prepare import prepare

ROWS = 24
X = np.random.default_rng(0).normal(size=(ROWS, 2))
SIDES = X[:, 0] > 0
Y: dict[str, Any] = {  # targets as they may be given, for rows on two sides
    "-1 and 1": np.where(SIDES, 1, -1),
    "bytes of an integer": np.where(SIDES, 3, 250).astype(np.uint8),
    "large whole numbers": np.where(SIDES, 2**62 + 1, 2**62),
    "whole numbers in float32": np.where(SIDES, 1, -1).astype(np.float32),
    "true and false": SIDES,
    "NumPy's text": np.where(SIDES, "right", "left"),
    "digits as text": np.where(SIDES, "01", "1"),
    "NumPy's bytes": np.where(SIDES, b"right", b"left"),
    "objects": np.where(SIDES, "right", "left").astype(object),
    "big-endian": np.where(SIDES, 1, -1).astype(">i4"),
}


def accuracy_of(model: Model, y: Any) -> float:
    """As `zoo.evaluate` has it, of all rows."""
    found = zoo.evaluate(model, (X, y), test=0.0)
    return float(found.metrics["accuracy"])


def learned(y: Any, **options: Any) -> Model:
    return zoo.train("logistic", (X, y), epochs=1, **options)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)], ids=["vector", "column"])
@pytest.mark.parametrize("name", Y)
def test_classes_come_back_as_they_were_given(name: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    y = Y[name].reshape(shape)
    model = learned(y, out=tmp_path / "run.h5")
    zoo.save(model, tmp_path / "model.h5")
    for source in (model, tmp_path / "run.h5", tmp_path / "model.h5"):
        p = zoo.predict(source, X)
        assert p.dtype == y.dtype.newbyteorder("=") and p.shape == y.shape
        assert set(p.ravel().tolist()) <= set(y.ravel().tolist())
        accuracy = accuracy_of(model, y)
        assert (p == y).mean() == pytest.approx(accuracy) and accuracy > 0.5
        assert list(zoo.load(source).labels if source is not model else model.labels) == sorted(set(y.ravel().tolist()))


@pytest.mark.parametrize("shape", [(-1,), (-1, 1), (-1, 2)], ids=str)
def test_quantities_come_back_in_their_shape(shape: tuple[int, ...], tmp_path: Path) -> None:
    y = X.sum(axis=1) if shape != (-1, 2) else X
    y = y.reshape(shape)
    model = zoo.train("mlp", (X, y), hidden=(3,), epochs=1, out=tmp_path / "run.h5")
    assert zoo.predict(model, X).shape == zoo.predict(tmp_path / "run.h5", X).shape == y.shape


@pytest.mark.parametrize("given", [list, tuple], ids=["list", "tuple"])
@pytest.mark.parametrize("values", [(1, -1), (True, False), ("right", "left"), (1.5, 0.5)], ids=str)
def test_lists_are_what_their_items_are(given: Callable[[Any], Any], values: tuple[Any, Any]) -> None:
    y = given(values[0] if side else values[1] for side in SIDES)
    p = zoo.predict(learned(y, task="classification"), X)
    assert {type(each) for each in p.tolist()} == {type(values[0])} and set(p.tolist()) <= set(values)


def test_columns_of_pandas_are_what_they_hold() -> None:
    pandas = pytest.importorskip("pandas")
    text = pandas.Series(np.where(SIDES, "b", "a"))
    for y in (
        text,
        text.astype("category"),
        text.astype("string"),
        pandas.Series(SIDES),
        pandas.Series(SIDES).astype("boolean"),
        pandas.Series(np.where(SIDES, 1, -1)),
        pandas.Series(np.where(SIDES, 1, -1)).astype("Int64"),
        pandas.Series(np.where(SIDES, 1, -1)).astype("category"),
        pandas.Series(np.where(SIDES, 1, -1)).astype(object),
    ):
        p = zoo.predict(learned(y), X)
        assert p.shape == y.shape and (p == y).mean() > 0.5, y.dtype
        frame = pandas.DataFrame({"y": y})
        assert zoo.predict(learned(frame), X).shape == frame.shape


def test_a_column_of_a_table_in_python_is_a_vector() -> None:
    for y in (np.where(SIDES, 1, -1), np.where(SIDES, "b", "a"), SIDES, X[:, 0] * 2):
        frame = {"a": X[:, 0], "b": X[:, 1], "y": y}
        p = zoo.predict(zoo.train("mlp", frame, target="y", hidden=(2,), epochs=1), frame)
        assert p.shape == (ROWS,) and p.dtype == y.dtype


def test_columns_of_polars_are_what_they_hold() -> None:
    polars = pytest.importorskip("polars")
    text = polars.Series(["b" if side else "a" for side in SIDES])
    for y in (text, text.cast(polars.Categorical), polars.Series(SIDES), polars.Series(np.where(SIDES, 1, -1))):
        p = zoo.predict(learned(y), X)
        assert (p == np.array(y.to_list())).mean() > 0.5, y.dtype


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (["a", 1], "row 1 is 'a', row 2 is 1; make them all text, or all numbers"),
        (["a", None], "the target of row 2 is missing"),
        ([1, float("nan")], "the target of row 2 is missing"),
        ([1, 2**70], "more than 64 bits"),
        ([1j, 2], r"the target of row 1 is 1j \(complex\), expected a number, a truth value or text"),
        ([[1], [1, 2]], r"the target of row 1 is a list of 1, expected as many for every row, or one"),
        (np.array(["2020-01-01", "2020-01-02"], "M8[D]"), "has the type datetime64"),
        (np.array([b"\xff", b"a"]), "is not UTF-8; make the targets text"),
    ],
    ids=str,
)
def test_targets_that_are_neither_are_refused_by_row(bad: Any, said: str) -> None:
    y = bad * (ROWS // 2) if isinstance(bad, list) else np.tile(bad, ROWS // 2)
    with pytest.raises(DataError, match=said):
        learned(y)


# --- files -----------------------------------------------------------------------------------------------------------


def npz(path: Path, y: Any) -> Path:
    np.savez(path.with_suffix(".npz"), x=X, y=y)
    return path.with_suffix(".npz")


def hdf5(path: Path, y: Any) -> Path:
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file["x"] = X
        file["y"] = y
    return path.with_suffix(".h5")


@pytest.mark.parametrize("write", [npz, hdf5], ids=["npz", "hdf5"])
@pytest.mark.parametrize("name", [name for name in Y if name != "objects"])
def test_arrays_in_files_come_back_as_they_stand_there(name: str, write: Any, tmp_path: Path) -> None:
    y = Y[name]
    if write is hdf5 and y.dtype.kind == "U":
        y = y.astype(object)  # text of any length, as h5py writes and reads it
    path = write(tmp_path / "data", y)
    p = zoo.predict(zoo.train("logistic", path, epochs=1), X)
    assert p.dtype == y.dtype.newbyteorder("=") and set(p.tolist()) <= set(y.tolist())


def test_npy_and_idx_keep_the_type(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.column_stack([X, np.where(SIDES, 1, -1)]).astype(np.float32))
    assert zoo.predict(zoo.train("logistic", tmp_path / "t.npy", target="3", epochs=1), X).dtype == np.float32
    for name, array, magic in (
        ("images-idx3", np.zeros((ROWS, 4, 4), "u1"), 3),
        ("labels-idx1", SIDES.astype("u1"), 1),
    ):
        header = bytes([0, 0, 8, magic]) + np.array(array.shape, ">u4").tobytes()
        (tmp_path / f"train-{name}-ubyte").write_bytes(header + array.tobytes())
    assert zoo.predict(zoo.train("logistic", tmp_path, epochs=1), np.zeros((1, 4, 4), "u1")).dtype == np.uint8


def table(path: Path, y: list[str], x: Any = X, header: str = "a,b,y") -> Path:
    lines = [f"{row[0]},{row[1]},{y[number % len(y)]}" for number, row in enumerate(x)]
    path.write_text("\n".join([header, *lines]))
    return path


CELLS: dict[str, tuple[list[str], list[Any], list[str]]] = {  # cells, values in Python, as they are printed
    "codes": (["01", "1", "007"], ["01", "1", "007"], ["01", "1", "007"]),
    "whole numbers": (["3", "-1", "2"], [-1, 2, 3], ["-1", "2", "3"]),
    "integral floats": (["1.0", "2.0"], [1.0, 2.0], ["1.0", "2.0"]),
    "two spellings of a number": (["1.0", "1", "2"], [1.0, 2.0], ["1", "2"]),
    "with a sign": (["+1", "-1"], [-1, 1], ["-1", "+1"]),
    "truth values": (["True", "False"], [False, True], ["False", "True"]),
    "truth values in small letters": (["true", "false"], [False, True], ["false", "true"]),
    "text": (["yes", "no"], ["no", "yes"], ["no", "yes"]),
    "text and numbers": (
        ["a", "b", "c", "1", "1.0", "01"],
        ["01", "1", "1.0", "a", "b", "c"],
        ["01", "1", "1.0", "a", "b", "c"],
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_table_keeps_types_and_spellings(name: str, tmp_path: Path, capsys: Any) -> None:
    cells, values, spelled = CELLS[name]
    path = table(tmp_path / "t.csv", cells, np.repeat(np.eye(2), 6, axis=0))
    dataset = open_dataset(path)
    assert sorted(dataset.labels) == sorted(spelled)
    assert sorted(map(repr, values_of(dataset.labels, dataset.label_type).tolist())) == sorted(map(repr, values))
    model = zoo.train("logistic", path, epochs=1, out=tmp_path / "t.h5")
    p = zoo.predict(model, path)
    assert {type(each) for each in p.tolist()} == {type(values[0])} and set(p.tolist()) <= set(values)
    capsys.readouterr()
    assert main(["predict", str(tmp_path / "t.h5"), "--data", str(path), "--bare"]) == 0
    printed = capsys.readouterr().out.split()
    assert set(printed) <= set(spelled)
    assert printed == [dataset.labels[int(n)] for n in np.searchsorted(range(len(cells)), places(model, p))]


def places(model: Model, p: Any) -> list[int]:
    return [list(model.labels).index(each) for each in p.tolist()]


def test_numbers_that_double_precision_cannot_tell_apart_are_not_merged(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="name the column with --categorical"):
        open_dataset(table(tmp_path / "t.csv", ["9007199254740993", "9007199254740992"]))
    dataset = open_dataset(tmp_path / "t.csv", categorical="y")
    assert dataset.labels == ("9007199254740992", "9007199254740993")


def test_codes_first_met_after_the_rows_that_are_looked_at_are_not_merged(tmp_path: Path) -> None:
    y = ["1", "2"] * 5_200 + ["01"]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,y", *(f"{n % 7},{each}" for n, each in enumerate(y))]))
    with pytest.raises(DataError, match="target 'y' holds '01', which read as a number is another label"):
        open_dataset(path)
    assert open_dataset(path, categorical="y").labels == ("01", "1", "2")


def test_codes_are_numbers_where_a_quantity_is_asked_for(tmp_path: Path) -> None:
    dataset = open_dataset(table(tmp_path / "t.csv", ["01", "1", "007"]), task="regression")
    assert dataset.targets is not None and dataset.targets.read(0, 3).ravel().tolist() == [1, 1, 7]


def test_categories_of_inputs_are_told_apart_as_labels_are(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "\n".join(
            [
                "code,size,y",
                *(
                    f"{c},{s},{y}"
                    for c, s, y in zip(
                        ["01", "1", "007", "1"] * 6, ["1", "1.0", "2", "3"] * 6, ["a", "b", "c", "b"] * 6, strict=True
                    )
                ),
            ]
        )
    )
    dataset = open_dataset(path, categorical="size")
    assert [column.categories for column in dataset.columns] == [("01", "1", "007"), ("1", "2", "3")]
    model = zoo.train("logistic", path, categorical="size", epochs=1)
    alike = [
        zoo.predict(
            model,
            [["1", cell]],
        ).tolist()
        for cell in ("1", 1, 1.0, np.float32(1), "1.0")
    ]
    assert alike == alike[:1] * 5
    with pytest.raises(DataError, match="'0007', unseen in training; expected one of '01', '1', '007'"):
        zoo.predict(model, [["0007", 1]])


def test_categories_that_are_truth_values_are_found_in_any_spelling() -> None:
    number = label_numbers(("False", "True"))
    assert [number(each) for each in (True, np.False_, "true", "TRUE", "yes", 1)] == [1, 0, 1, 1, -1, -1]


def test_other_data_are_compared_by_value_or_spelling(tmp_path: Path) -> None:
    ints = learned(np.where(SIDES, 1, -1))
    for y in (np.where(SIDES, 1.0, -1.0), np.where(SIDES, "1", "-1"), [1 if side else -1 for side in SIDES]):
        assert accuracy_of(ints, y) > 0.5
    with pytest.raises(DataError, match=r"'2',\s+unseen in training|'2'"):
        zoo.evaluate(ints, (X, np.where(SIDES, 1, 2)))
    codes = zoo.train("logistic", table(tmp_path / "codes.csv", ["01", "1"]), epochs=1)
    zoo.evaluate(codes, table(tmp_path / "more.csv", ["01", "1"]))
    with pytest.raises(DataError, match="unseen in training"):
        zoo.evaluate(codes, table(tmp_path / "others.csv", ["001", "1"]))


def test_one_column_per_class_is_told() -> None:
    y = np.eye(2, dtype=np.int64)[SIDES.astype(int)]
    from zoo.data.readers.arrays import dataset

    made = dataset(Path("arrays"), zoo.data.DataOptions(), [zoo.data.dataset.InMemory(X)], [y])
    assert "2 columns of 0 and 1, of which each row has one 1, are taken for classes" in made.notes[0]
    assert zoo.predict(learned(y), X).dtype == np.int64


def test_sequences_keep_labels_too(tmp_path: Path) -> None:
    lines = [f"{key},{step * key},{y}" for key, y in enumerate(["01", "1", "007"] * 6) for step in range(4)]
    (tmp_path / "s.csv").write_text("\n".join(["key,x,y", *lines]))
    model = zoo.train("lstm", tmp_path / "s.csv", sequence="key", target="y", epochs=1, hidden=3)
    assert model.labels == ("01", "1", "007") and set(zoo.predict(model, tmp_path / "s.csv")) <= {"01", "1", "007"}
    lines = [f"{key},{step * key},{(-1) ** step}" for key in range(12) for step in range(4)]
    (tmp_path / "steps.csv").write_text("\n".join(["key,x,y", *lines]))
    model = zoo.train("lstm", tmp_path / "steps.csv", sequence="key", target="y", epochs=1, hidden=3)
    answers = zoo.predict(model, tmp_path / "steps.csv")
    assert {type(each) for answer in answers for each in answer} == {int}


# --- every type ------------------------------------------------------------------------------------------------------

DTYPES = st.sampled_from([*WHOLE, *REAL, "bool"])
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6)


@st.composite
def vectors(draw: Any) -> Any:
    """Targets of any type, of 2 to 6 classes."""
    kind = draw(st.sampled_from(["number", "str", "object", "bytes"]))
    if kind == "number":
        dtype = np.dtype(draw(DTYPES))
        more = {"allow_nan": False, "allow_infinity": False} if dtype.kind == "f" else {}
        values = draw(st.lists(arrays_of.from_dtype(dtype, **more), min_size=2, max_size=6, unique=True))
        values = np.unique(np.array(values, dtype))
    else:
        texts = draw(st.lists(TEXT, min_size=2, max_size=6, unique=True))
        made = {"str": lambda t: np.array(t, str), "object": lambda t: np.array([*t, None], object)[:-1]}
        values = np.array([t.encode() for t in texts]) if kind == "bytes" else made[kind](texts)
    picked = draw(st.lists(st.integers(0, len(values) - 1), min_size=len(values), max_size=12))
    return values[np.array([*range(len(values)), *picked])]


@given(vectors(), st.sampled_from([(-1,), (-1, 1)]))
def test_labels_of_every_type_survive_a_checkpoint(y: Any, shape: tuple[int, ...]) -> None:
    from zoo.data.readers.arrays import dataset

    y = y.reshape(shape)
    made = dataset(
        Path("arrays"),
        zoo.data.DataOptions(task="classification"),
        [zoo.data.dataset.InMemory(np.zeros((len(y), 1)))],
        [y],
    )
    if len(set(y.ravel().tolist())) < 2:
        return
    fitted = Preprocessing.fit(made, np.arange(len(y)), InputSpec())
    again = Preprocessing.from_manifest(json.loads(json.dumps(fitted.to_manifest())), fitted.arrays())
    assert made.targets is not None
    one_hot = np.eye(len(made.labels))[made.targets.read(0, len(y))]
    p = again.decode_batch(None, one_hot)  # type: ignore[arg-type]
    assert p.dtype == y.dtype and p.shape == y.shape and p.tolist() == y.tolist()
    check(again.labels, again.label_type)


@given(st.lists(st.from_regex(r"[-+]?[0-9]{1,3}(\.[0-9]{1,2})?", fullmatch=True), min_size=2, max_size=5, unique=True))
def test_cells_of_numbers_are_spelled_as_in_their_file_or_not_merged(cells: list[str]) -> None:
    values = np.unique([float(cell) for cell in cells])
    try:
        found = as_written(values, cells)
    except ValueError:
        assert any(cell.lstrip("+-").startswith("0") for cell in cells)
        return
    assert found is not None
    names, kind = found
    assert set(names) <= set(cells) and values_of(names, kind).tolist() == values.tolist()


def test_what_is_no_label_of_a_type_is_none() -> None:
    for name, kind in (("1.5", "int64"), ("300", "uint8"), ("nan", "float64"), ("1_0", "int64"), ("yes", "bool")):
        with pytest.raises(ValueError):
            check((name, "1"), kind)
    with pytest.raises(ValueError):
        check(("1", "01"), "int64")
    with pytest.raises(ValueError):
        check(("a", "b"), "datetime64")
    for kind in set(TYPES) - {"bool"}:
        check(("1", "0"), kind)


def test_labels_of_two_types_have_a_type_together() -> None:
    assert common_type(("1", "2"), "int8", "int64") == "int64"
    assert common_type(("1", "2.5"), "int64", "float64") == "float64"
    assert common_type(("1", "a"), "int64", "text") == "text"
    assert common_type(("False", "True", "2"), "bool", "int64") == "text"
    assert common_type(("a", "1"), "str", "int64") == "str"
    assert numbers_in(("-1", "1"), "int64", ("1.0", "-1.0", "3"), "float64").tolist() == [1, 0, -1]
    assert numbers_in(("1", "01"), "text", ("01", "1.0"), "text").tolist() == [1, -1]
    assert merged(["1", "1.0", "2"]) == [0, 0, 2] and merged(["1", "1.0", "x"]) == [0, 1, 2]


# --- every architecture that classifies ------------------------------------------------------------------------------


def classifiers() -> list[str]:
    names = [offer.name for _, offer in lookup.registry().offers("architecture")]
    return [name for name in names if "classification" in lookup.find_architecture(name).tasks]


GIVEN: dict[str, Callable[[int], tuple[str, ...]]] = {
    "int64": lambda count: tuple(str(n - 1) for n in range(count)),
    "text": lambda count: tuple("0" * n + "7" for n in range(count)),
}


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize("name", classifiers())
def test_every_classifier_answers_in_the_type_of_its_labels(name: str, kind: str, tmp_path: Path) -> None:
    dataset, model = classified(name, kind)
    zoo.save(model, tmp_path / "model.h5")
    values = values_of(dataset.labels, kind)
    found = [zoo.predict(each, dataset) for each in (model, zoo.load(tmp_path / "model.h5"))]
    for p in found:
        assert p.dtype == values.dtype and p.shape == (len(dataset),) and set(p.tolist()) <= set(values.tolist())
        assert p.tolist() == found[0].tolist()
    assert model.labels == tuple(values.tolist()) and model.signature.labels == dataset.labels


def classified(name: str, kind: str) -> tuple[Dataset, Model]:
    """Small data the architecture takes, with labels of a type, and a model after an epoch on them."""
    architecture = lookup.find_architecture(name)
    options = {**architecture.small, **({"labels": True} if name == "rbm" else {})}
    recipe = Recipe(name, name)
    for dataset in (*datasets(("classification",)), None):
        dataset = dataset or open_dataset(architecture.data)
        dataset = dataset.replace(labels=GIVEN[kind](len(dataset.labels)), label_type=kind)
        try:
            run = prepare(recipe, options=options, training={"epochs": 1}, dataset=dataset)
        except ZooError:
            continue
        run.parts = fewer(run.parts, 48)
        finish(run)
        return dataset, run.model
    raise AssertionError(f"{name} takes no data")


def test_classes_that_a_growing_architecture_meets_later_have_a_type_with_the_others(tmp_path: Path) -> None:
    zoo.train("fuzzy-artmap", npz(tmp_path / "a", np.where(SIDES, 1, -1).astype(np.int8)), out=tmp_path / "a.h5")
    for y, kind in ((np.where(SIDES, 300, -1), "i"), (np.where(SIDES, "b", "1"), "U")):
        out = tmp_path / f"{kind}.h5"
        new = npz(tmp_path / kind, y)
        assert main(["train", "--resume", str(tmp_path / "a.h5"), "--data", str(new), "--out", str(out), "-q"]) == 0
        assert zoo.predict(out, X).dtype.kind == kind
        assert len(zoo.load(out).labels) == 3
