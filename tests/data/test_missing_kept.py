"""--missing keep: NaN stays in the inputs of what learns around it, and is refused to everybody else."""

import numpy as np
import pytest

from zoo.core.architecture import InputSpec
from zoo.data import Encoded, Preprocessing, open_dataset
from zoo.data.as_trained import raw_rows
from zoo.errors import DataError, OptionError


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("age,sex,class\n20,F,a\n,M,b\n40,,a\n30,F,b\n20,M,a\n30,F,b\n")
    return path


@pytest.mark.parametrize("inputs", ["standardized", "unit", "signed", "binary", "raw"])
def test_kept_values_are_nan_and_others_as_if_they_were_alone(people, inputs):
    dataset = open_dataset(people, missing="keep")
    numbers = np.arange(len(dataset))
    preprocessing = Preprocessing.fit(dataset, numbers, InputSpec(inputs=inputs, missing=True))
    x = Encoded(dataset, numbers, preprocessing).rows(numbers).inputs
    assert x.shape == (6, 3)
    assert np.isnan(x[1, 0]) and not np.isnan(x[1, 1:]).any()
    assert np.isnan(x[2, 1:]).all() and not np.isnan(x[2, 0])
    assert np.isfinite(np.delete(x, [1, 2], axis=0)).all()
    if inputs == "standardized":
        assert np.nanmean(x[:, 0]) == pytest.approx(0, abs=1e-6) and np.nanstd(x[:, 0]) == pytest.approx(1, abs=1e-6)
    again = Preprocessing.from_manifest(preprocessing.to_manifest(), preprocessing.arrays())
    np.testing.assert_array_equal(again.encode_inputs(dataset.inputs.take(numbers)), x)
    later = raw_rows(people, again)
    assert later.missing == "keep"


def test_who_does_not_learn_around_missing_values_is_not_given_them(people):
    dataset = open_dataset(people, missing="keep")
    with pytest.raises(OptionError, match="--missing keep is for architectures that learn around missing values"):
        Preprocessing.fit(dataset, np.arange(6), InputSpec())


def test_infinity_is_no_missing_value(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[1.0, np.inf], [np.nan, 2.0]]))
    dataset = open_dataset(tmp_path / "x.npy", missing="keep", target="none")
    with pytest.raises(DataError, match="column 'column 2', row 1 is inf"):
        Preprocessing.fit(dataset, np.arange(2), InputSpec(missing=True))
