"""Preprocessing: what it makes of rows, what it refuses, and that it comes out of a checkpoint as it went in."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zoo.core.architecture import InputSpec
from zoo.data import Column, Dataset, Encoded, Preprocessing
from zoo.data.dataset import InMemory
from zoo.data.preprocessing.moments import Moments
from zoo.errors import CheckpointError, DataError, ZooWarning
from zoo.types import Array

random = np.random.default_rng(0)


def classes(inputs: Array, targets: Any = None, **others: Any) -> Dataset:
    """Inputs as a dataset of two classes."""
    targets = np.arange(len(inputs)) % 2 if targets is None else np.asarray(targets)
    labels = tuple("abcdefgh"[: int(targets.max()) + 1])
    kind = "table" if inputs.ndim == 2 else "images"
    return Dataset("some", "classification", InMemory(inputs), InMemory(targets), labels, kind=kind, **others)


def encoded(inputs: Array, input_spec: str, train: Array | None = None, dtype: Any = np.float64) -> Array:
    dataset = classes(inputs)
    fitted = Preprocessing.fit(dataset, np.arange(len(inputs)) if train is None else train, InputSpec(input_spec))
    return Encoded(dataset, None, fitted, dtype).rows(np.arange(len(inputs))).inputs


def test_columns_are_standardized_each() -> None:
    x = random.standard_normal((50, 3)) * [1, 100, 1e-6] + [0, 1e6, 5]
    z = encoded(x, "standardized")
    np.testing.assert_allclose(z, (x - x.mean(0)) / x.std(0), rtol=1e-6, atol=1e-9)


def test_images_are_standardized_by_one_mean_and_deviation() -> None:
    x = random.integers(0, 256, (30, 5, 4), dtype=np.uint8)
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-6)):
        z = encoded(x, "standardized", dtype=dtype)
        assert z.dtype == dtype
        np.testing.assert_allclose(z, (x - x.mean()) / x.std(), atol=tolerance)


def test_a_large_mean_costs_no_precision() -> None:
    for given_as in (np.float32, np.float64, np.int64):
        x = (1e6 + random.integers(0, 10, (60, 2))).astype(given_as)
        exact = x.astype(np.float64)
        z = encoded(x, "standardized", dtype=np.float32)
        np.testing.assert_allclose(z, (exact - exact.mean(0)) / exact.std(0), atol=1e-6)


def test_ranges() -> None:
    x = random.uniform(-3, 7, (40, 2))
    unit = encoded(x, "unit")
    assert unit.min(0).tolist() == [0, 0] and unit.max(0).tolist() == [1, 1]
    np.testing.assert_allclose(encoded(x, "signed"), 2 * unit - 1, atol=1e-12)
    np.testing.assert_array_equal(encoded(x, "binary"), unit > 0.5)
    np.testing.assert_array_equal(encoded(x, "raw"), x)


def test_bytes_range_from_0_to_255_unless_they_are_bits() -> None:
    x = random.integers(3, 100, (20, 4, 4), dtype=np.uint8)
    np.testing.assert_allclose(encoded(x, "unit"), x / 255)
    np.testing.assert_array_equal(encoded(x, "binary"), x >= 128)
    bits = random.integers(0, 2, (20, 3), dtype=np.uint8)
    for input_spec in ("unit", "binary", "raw"):
        np.testing.assert_array_equal(encoded(bits, input_spec), bits)


@pytest.mark.parametrize("input_spec", ["standardized", "unit", "signed", "binary"])
def test_a_constant_column_is_nothing_whatever_comes_later(input_spec: str) -> None:
    x = np.column_stack([np.full(10, 7.3), np.arange(10.0)])
    x[8:, 0] = 1e9  # not in the training part
    with pytest.warns(ZooWarning) if input_spec in ("unit", "signed") else pytest.MonkeyPatch.context():
        z = encoded(x, input_spec, train=np.arange(8))
    assert not z[:8, 0].any()
    if input_spec != "binary":
        assert not z[:, 0].any()


def test_fitted_on_the_training_part_alone() -> None:
    x = random.standard_normal((30, 2))
    other = x.copy()
    other[20:] *= 1000
    train = np.arange(20)
    fits = [Preprocessing.fit(classes(each), train, InputSpec()) for each in (x, other)]
    for name, array in fits[0].arrays().items():
        np.testing.assert_array_equal(array, fits[1].arrays()[name])


def test_later_values_are_clipped_and_it_is_said() -> None:
    x = np.linspace(0, 1, 10).reshape(-1, 1)
    dataset = classes(np.vstack([x, [[3.0]], [[-1.0]]]), columns=(Column("age"),), named=True)
    fitted = Preprocessing.fit(dataset, np.arange(10), InputSpec("unit"))
    with pytest.warns(ZooWarning, match=r"column 'age': 2 outside 0 to 1"):
        late = Encoded(dataset, np.arange(10, 12), fitted).rows(np.arange(2)).inputs
    assert late.ravel().tolist() == [1, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["table", "images"])
def test_a_value_that_is_no_number_is_named(value: float, kind: str) -> None:
    x = random.standard_normal((20, 3) if kind == "table" else (20, 3, 2)).astype(np.float32)
    x[(13, 2) if kind == "table" else (13, 2, 1)] = value
    place = "column 'column 3', row 14" if kind == "table" else r"value \(2, 1\), row 14"
    what = "missing" if np.isnan(value) else str(value)
    dataset = classes(x)
    with pytest.raises(DataError, match=f"some: {place} is {what}, expected a number"):
        Preprocessing.fit(dataset, np.arange(20), InputSpec())
    fitted = Preprocessing.fit(dataset, np.arange(10), InputSpec())
    with pytest.raises(DataError, match=place):
        Encoded(dataset, np.arange(10, 20), fitted)


def test_one_class_only_is_refused() -> None:
    dataset = classes(random.standard_normal((6, 2)), [0, 0, 0, 0, 1, 1])
    with pytest.raises(DataError, match="all 4 rows to train on are of the class 'a'"):
        Preprocessing.fit(dataset, np.arange(4), InputSpec())


def test_a_label_unseen_in_training_is_named() -> None:
    dataset = classes(random.standard_normal((6, 2)), [0, 1, 0, 1, 1, 2])
    fitted = Preprocessing.fit(dataset, np.arange(4), InputSpec())
    assert fitted.signature.labels == ("a", "b")
    with pytest.raises(DataError, match="some: row 6 has the label 'c', unseen in training; expected one of 'a', 'b'"):
        Encoded(dataset, np.arange(4, 6), fitted)


def test_labels_go_by_name_whatever_their_numbers() -> None:
    first = classes(random.standard_normal((6, 2)), [0, 1, 2, 0, 1, 2])
    fitted = Preprocessing.fit(first, np.arange(6), InputSpec())
    second = first.replace(labels=("c", "a"), targets=InMemory(np.array([0, 1, 0, 1, 1, 1])))
    assert Encoded(second, None, fitted).rows(np.arange(6)).targets.tolist() == [2, 0, 2, 0, 0, 0]  # type: ignore[union-attr]


def test_data_of_another_shape_do_not_fit() -> None:
    fitted = Preprocessing.fit(classes(random.standard_normal((6, 2))), np.arange(6), InputSpec())
    with pytest.raises(DataError, match=r"inputs of shape \(3,\), expected table of \(2,\) as in training"):
        Encoded(classes(random.standard_normal((6, 3))), None, fitted)


def test_regression_targets_return_to_their_units() -> None:
    y = random.standard_normal((30, 2)) * [5, 1e-3] + [100, 3]
    y = np.column_stack([y, np.full(30, 2.5)])  # and one that never varies
    dataset = Dataset("some", "regression", InMemory(y), InMemory(y), ("a", "b", "c"))
    fitted = Preprocessing.fit(dataset, np.arange(30), InputSpec())
    z = Encoded(dataset, None, fitted, np.float64).rows(np.arange(30)).targets
    assert z is not None
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-8)
    np.testing.assert_allclose(z.std(0), [1, 1, 0], atol=1e-8)
    np.testing.assert_allclose(fitted.decode(z), y, rtol=1e-12)
    raw = Preprocessing.fit(dataset, np.arange(30), InputSpec(targets="raw"))
    np.testing.assert_array_equal(Encoded(dataset, None, raw, np.float64).rows(np.arange(30)).targets, y)


def test_answers_are_label_names() -> None:
    fitted = Preprocessing.fit(classes(random.standard_normal((6, 2)), [0, 1, 2, 0, 1, 2]), np.arange(6), InputSpec())
    assert fitted.decode(np.array([[0.1, 0.7, 0.2], [0, 0, 1.0]])).tolist() == ["b", "c"]


def test_labels_are_kept_where_they_are_not_learned_from() -> None:
    dataset = classes(random.standard_normal((6, 2)), [0, 1, 2, 0, 1, 2])
    fitted = Preprocessing.fit(dataset, np.arange(6), InputSpec(), task="unsupervised")
    assert (fitted.signature.task, fitted.signature.labels, fitted.labels) == ("unsupervised", (), ("a", "b", "c"))
    assert Encoded(dataset, None, fitted).rows(np.arange(6)).targets.tolist() == [0, 1, 2, 0, 1, 2]  # type: ignore[union-attr]


@settings(max_examples=50, deadline=None)
@given(
    x=hnp.arrays(np.float64, st.tuples(st.integers(2, 40), st.integers(1, 4)), elements=st.floats(-1e6, 1e6)),
    cuts=st.lists(st.integers(0, 40), max_size=5),
)
def test_moments_are_the_same_however_the_rows_come(x: Array, cuts: list[int]) -> None:
    moments = Moments(x.shape[1])
    for part in np.split(x, sorted(cut for cut in cuts if 0 < cut < len(x))):
        if len(part):
            moments.add(part)
    scale = np.abs(x).max() + 1
    np.testing.assert_allclose(moments.mean, x.mean(0), atol=1e-12 * scale)
    np.testing.assert_allclose(moments.deviation, x.std(0), atol=1e-7 * scale)
    assert moments.low.tolist() == x.min(0).tolist() and moments.high.tolist() == x.max(0).tolist()


# --- to a checkpoint and back -----------------------------------------------------------------------------------------


def some_fits() -> list[tuple[Dataset, Preprocessing]]:
    numbers = random.standard_normal((20, 2))
    table = classes(
        np.column_stack([numbers, np.arange(20) % 3]),
        columns=(Column("x"), Column("y"), Column("colour", ("blue", "green", "red"))),
        named=True,
        table=("x", "target", "y", "colour"),
        missing="mean",
    )
    images = classes(random.integers(0, 256, (20, 3, 3), dtype=np.uint8))
    lines = Dataset("some", "regression", InMemory(numbers), InMemory(numbers * 3 + 1), ("a", "b"))
    fits = [
        (each, InputSpec(inputs)) for each in (table, images) for inputs in ("standardized", "unit", "binary", "raw")
    ]
    return [(d, Preprocessing.fit(d, np.arange(20), input_spec)) for d, input_spec in [*fits, (lines, InputSpec())]]


def test_the_same_after_a_checkpoint() -> None:
    for dataset, fitted in some_fits():
        again = Preprocessing.from_manifest(json.loads(json.dumps(fitted.to_manifest())), fitted.arrays())
        assert again.signature == fitted.signature and again.columns == fitted.columns
        for one, other in zip(
            *(Encoded(dataset, None, each).rows(np.arange(20)).inputs for each in (fitted, again)), strict=True
        ):
            np.testing.assert_array_equal(one, other)


HOSTILE = [
    ("task", "language"), ("task", ["classification"]), ("inputs", None), ("targets", 3), ("kind", "folder"),
    ("shape", "3"), ("shape", []), ("shape", [3, 3]), ("shape", [-1]), ("shape", [True]), ("shape", [2**40]),
    ("columns", None), ("columns", [["x"]]), ("columns", [["x", None]]), ("columns", [["x", []]] * 3),
    ("columns", [["x", ["a", "a"]]] * 3), ("columns", [["x", [1]]] * 3), ("columns", [[1, None]] * 3),
    ("named", 1), ("table", "x"), ("table", [1]), ("labels", []), ("labels", [None]),
    ("missing", "maybe"), ("missing", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_a_manifest_from_a_stranger_is_refused(name: str, value: Any) -> None:
    _, fitted = some_fits()[0]
    manifest = fitted.to_manifest()
    manifest[name] = value
    with pytest.raises(CheckpointError, match="preprocessing"):
        Preprocessing.from_manifest(manifest, fitted.arrays())


def test_members_and_arrays_are_all_held_to_the_schema() -> None:
    _, fitted = some_fits()[0]
    manifest, arrays = fitted.to_manifest(), fitted.arrays()
    for name in manifest.keys() - {"dtype", "label_type", "target_axes"}:
        less = copy.deepcopy(manifest)
        del less[name]
        with pytest.raises(CheckpointError):
            Preprocessing.from_manifest(less, arrays)
    for name, array in arrays.items():
        less = [] if name == "step" else [None]  # files written before there were steps have none
        wrong = [*less, array[:-1], array.astype(np.float32), array * np.nan, array.reshape(1, -1)]
        for other in wrong:
            changed = {key: value for key, value in {**arrays, name: other}.items() if value is not None}
            with pytest.raises(CheckpointError):
                Preprocessing.from_manifest(manifest, changed)
    for more in ({"more": 1}, {"label_type": "int64"}, {"label_type": "V8"}, {"label_type": 3}, {"target_axes": 3}):
        with pytest.raises(CheckpointError):
            Preprocessing.from_manifest({**manifest, **more}, arrays)
    with pytest.raises(CheckpointError):
        Preprocessing.from_manifest(manifest, {**arrays, "more": np.zeros(1)})


def test_a_batch_of_bytes_costs_little_more_than_its_gather() -> None:
    dataset = classes(random.integers(0, 256, (2000, 28, 28), dtype=np.uint8))
    samples = Encoded(dataset, None, Preprocessing.fit(dataset, np.arange(2000), InputSpec()))
    numbers = random.permutation(2000)[:128]
    image = np.zeros((128, 28, 28), np.float32)

    def best(work: Any) -> float:
        times = []
        for _ in range(60):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return min(times)

    # Measured side by side, so that a busy machine slows both: an astype and two passes are about 1.2 of these.
    yardstick = best(lambda: (np.add(image, 1.0), np.multiply(image, 2.0)))
    assert best(lambda: samples.rows(numbers)) < 6 * yardstick


def test_of_bad_rows_the_first_of_the_data_is_named_whatever_part_it_lies_in() -> None:
    inputs = np.ones((10, 2))
    inputs[[2, 5, 6], 1] = np.nan
    with pytest.raises(DataError, match="column 'column 2', row 3 is missing"):
        Preprocessing.fit(classes(inputs), np.array([1, 3, 4, 6, 7]), InputSpec())
    inputs[2, 1] = 0
    with pytest.raises(DataError, match="column 'column 2', row 6 is missing"):
        Preprocessing.fit(classes(inputs), np.array([1, 3, 4, 6, 7]), InputSpec())
