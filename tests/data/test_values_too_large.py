"""A value that overflows once it is encoded is refused by its column; no warning of NumPy reaches the user."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from small_models import NAMES, SLOW, arrays_for, options_of_small, small

import zoo
from zoo.errors import ZooError


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_overflowing_values_are_answered_or_refused_without_a_warning_of_numpy(name: str) -> None:
    data = arrays_for(name)
    inputs = data[0] if isinstance(data, tuple) else data
    huge = [each * 1e200 for each in inputs] if isinstance(inputs, list) else np.asarray(inputs) * 1e150
    given = (huge, data[1]) if isinstance(data, tuple) else huge
    for call in (
        lambda: zoo.predict(small(name), huge),
        lambda: zoo.evaluate(small(name), given),
        lambda: zoo.train(name, given, **options_of_small(name)),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", zoo.ZooWarning)
            warnings.simplefilter("error", RuntimeWarning)
            try:
                call()
            except ZooError as error:
                if "\n" in str(error) or not str(error):
                    raise


def test_the_column_is_named() -> None:
    with pytest.raises(ZooError, match=r"column 'column 2' is 1e\+150, which is too large for float32"):
        zoo.predict(small("mlp"), [[0, 1e150, 0, 0, 0]])
