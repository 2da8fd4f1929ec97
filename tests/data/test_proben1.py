"""Proben1's files: three parts, classes from outputs, and one line for what is damaged."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.data import open_dataset
from zoo.data.splits import split
from zoo.errors import DataError, ZooError

HEADER = """bool_in=1
real_in=2
bool_out={outputs}
real_out={real}
training_examples=4
validation_examples=2
test_examples=3
"""
INPUTS = np.round(np.random.default_rng(0).random((9, 3)), 3).astype(np.float32)
CLASSES = [0, 1, 2, 0, 1, 2, 0, 1, 2]


def written(path, outputs=3, rows=None, header=HEADER):
    target = np.eye(3, dtype=int)[CLASSES][:, :outputs] if outputs else INPUTS[:, :1] * 2
    lines = [" ".join(map(str, (*row.tolist(), *out.tolist()))) for row, out in zip(INPUTS, target, strict=True)]
    text = header.format(outputs=outputs, real=0 if outputs else 1) + "\n".join(lines if rows is None else rows) + "\n"
    path.write_text(text)
    return path


def test_the_three_parts_and_the_classes_are_those_of_the_file(tmp_path):
    dataset = open_dataset(written(tmp_path / "made.dt"))
    assert (dataset.task, len(dataset.labels), dataset.own_validation, dataset.own_test) == ("classification", 3, 2, 3)
    parts = split(dataset, 0)
    assert [each.tolist() for each in (parts.train, parts.validation, parts.test)] == [[0, 1, 2, 3], [4, 5], [6, 7, 8]]
    np.testing.assert_array_equal(dataset.inputs.read(0, 9), INPUTS)
    assert dataset.targets is not None
    assert dataset.targets.read(0, 9).tolist() == CLASSES


def test_real_outputs_are_quantities(tmp_path):
    dataset = open_dataset(written(tmp_path / "made.dt", outputs=0))
    assert dataset.task == "regression"
    assert dataset.targets is not None
    np.testing.assert_allclose(dataset.targets.read(0, 9).ravel(), 2 * INPUTS[:, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (["1 2 3 1 0 0"] * 8, HEADER, "holds 8 rows, expected 9"),
        (["1 2 3 1 0"] * 9, HEADER, "line 8 has 5 values, expected 3 inputs and 3 outputs"),
        (["1 x 3 1 0 0"] * 9, HEADER, "line 8 holds 'x', expected numbers"),
        (["1 nan 3 1 0 0"] * 9, HEADER, "not finite"),
        (None, HEADER.replace("test_examples=3\n", ""), "has no line test_examples=NUMBER"),
        (["1 0 0"] * 9, HEADER.replace("bool_in=1", "bool_in=0").replace("real_in=2", "real_in=0"), "counts 0 inputs"),
    ],
)
def test_a_damaged_file_gets_one_line(tmp_path, rows, header, message):
    with pytest.raises(DataError, match=message):
        open_dataset(written(tmp_path / "made.dt", rows=rows, header=header))


@pytest.mark.parametrize("name", ["sonar", "vowels", "abalone", "mushrooms", "proben1"])
def test_a_table_that_is_not_here_says_what_to_download_and_where_to_put_it(tmp_path, monkeypatch, name):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    with pytest.raises(ZooError, match=f"^{name}: there is no .* in .*; download (https|ftp)://.* and put it there"):
        open_dataset(name)
