"""The search bounded by sums over blocks finds the category that trying all in full finds."""

import numpy as np
import pytest
import zoo_art.kernels.box_search
from zoo_art.fuzzy_art import FuzzyArt
from zoo_art.kernels.box_search import BLOCK, Blocks, block_sums
from zoo_art.kernels.category_cache import Known
from zoo_art.presentation import Presentation

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers

CONTEXT = StepContext(RandomStream(0), Workers(1))


def images(count: int, inputs: int) -> np.ndarray:
    """Sparse rows that resemble one another by blocks, as images do, of 256ths so that sums are exact."""
    random = np.random.default_rng(0)
    bright = random.random((count, inputs // 20 + 1)) < 0.2
    near = np.repeat(bright, 20, axis=1)[:, :inputs]
    return near * random.integers(0, 257, (count, inputs)) / 256


def trained(inputs: np.ndarray, **options):
    architecture = FuzzyArt(**options)
    model = architecture.build(Signature("unsupervised", (inputs.shape[1],), (1,), ("category",)), RandomStream(0))
    step = Presentation(model)
    for start in range(0, len(inputs), 50):
        part = np.arange(start, min(start + 50, len(inputs)))
        step(Batch(inputs[part], None, part, part), CONTEXT)
    return model, step


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("uncommitted", ["competes", "last"])
@pytest.mark.parametrize("vigilance", [0.5, 0.8, 0.95])
def test_the_same_categories(precision: str, uncommitted: str, vigilance: float, monkeypatch) -> None:
    """A whole training, of inputs whose number no block divides: the same weights, bit for bit."""
    monkeypatch.setattr(zoo_art.kernels.box_search, "FEWEST", 5)
    inputs = images(400, 203).astype(precision)
    options = {"vigilance": vigilance, "uncommitted": uncommitted, "precision": precision}
    plain, plain_step = trained(inputs, **options)
    fast, fast_step = trained(inputs, count_resets=False, **options)
    assert type(plain_step._search) is Known and isinstance(fast_step._search, Blocks)
    assert len(plain.weights["W"]) > 5
    for name, array in plain.weights.items():
        np.testing.assert_array_equal(fast.weights[name], array, err_msg=name)


def test_sums_of_minima_are_bounded_by_minima_of_sums() -> None:
    random = np.random.default_rng(0)
    I, W = random.random((1, 61)), random.random((50, 61))
    bound = np.minimum(block_sums(I), block_sums(W)).sum(axis=1)
    assert block_sums(W).shape == (50, -(-61 // BLOCK))
    assert (np.minimum(I, W).sum(axis=1) <= bound + 1e-12).all()


def test_ties_go_to_the_first(monkeypatch) -> None:
    """Categories that are the same have the same choice value: the one that came first is taken."""
    monkeypatch.setattr(zoo_art.kernels.box_search, "FEWEST", 2)
    kernel = FuzzyArt(count_resets=False, uncommitted="last").kernel
    W = np.tile(kernel.encode(images(5, 150).astype(np.float32)), (8, 1))
    known = Blocks(kernel, W)
    assert [known.find(W[j], W)[0] for j in range(len(W))] == [j % 5 for j in range(len(W))]
