"""What models are built with when their weights are about to be replaced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zoo.core.random import RandomStream, ZeroStream

DRAWS: dict[str, Any] = {
    "standard_normal": lambda random, size: random.standard_normal(size),
    "standard_normal, single": lambda random, size: random.standard_normal(size, dtype=np.float32),
    "random": lambda random, size: random.random(size),
    "random, single": lambda random, size: random.random(size, np.float32),
    "normal": lambda random, size: random.normal(1.0, 0.1, size),
    "uniform": lambda random, size: random.uniform(-2, 2, size),
    "integers": lambda random, size: random.integers(0, 9, size),
    "exponential": lambda random, size: random.exponential(1.0, size),
    "choice": lambda random, size: random.choice(5, size),
}


@pytest.mark.parametrize("size", [None, 0, 7, (3, 5), (700, 900), np.int64(400_000)], ids=str)
@pytest.mark.parametrize("draw", DRAWS)
def test_initial_weights_at_loading_are_like_any_others(draw: str, size: Any) -> None:
    usual, unfilled = (DRAWS[draw](stream("weights/W"), size) for stream in (RandomStream(0), ZeroStream(0)))
    assert np.shape(usual) == np.shape(unfilled) and np.asarray(usual).dtype == np.asarray(unfilled).dtype
    if size is None or not np.size(unfilled):
        return
    unfilled *= 2
    unfilled[0] = 1
    if unfilled.size > 1000:
        assert abs(usual.mean() - unfilled.mean() / 2) < 0.05 and unfilled.std() > usual.std()


def test_large_matrices_are_not_singular() -> None:
    assert np.linalg.matrix_rank(ZeroStream(0)("W").standard_normal((600, 600))) == 600


def test_arrays_given_to_be_filled_are_filled() -> None:
    out = np.zeros((600, 700), np.float32)
    assert ZeroStream(0)("W").random(dtype=np.float32, out=out) is out and out.std() > 0.2


def test_parameters_of_each_value_are_heeded() -> None:
    centres = np.arange(2.0)[:, None] * np.ones((2, 300_000))
    assert ZeroStream(0)("W").normal(centres, 0.01).mean(axis=1) == pytest.approx([0, 1], abs=0.01)


def test_the_largest_take_no_memory_until_they_are_written_to() -> None:
    huge = ZeroStream(0)("W").normal(0.0, 1.0, (2**12, 2**13))
    assert huge.flags.writeable and huge.flags.owndata and not huge[0, :100].any()
