"""Fuzzy ART compiled by numba equals its rule, presentation by presentation; on images the kernel of NumPy."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import zoo_art.fuzzy_art
from hypothesis import given
from hypothesis import strategies as st
from test_art_rules import PRECISIONS, QUICK, SEEDS, UNCOMMITTED, compare, compare_artmap, eighths, step_of
from zoo_art.kernels.category_cache import Known
from zoo_art.rules import fuzzy_art

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers

pytest.importorskip("numba")
KINDS = [(0.25, 0.001, 1.0), (0.5, 0.125, 1.0), (0.75, 1.0, 1.0), (0.75, 0.001, 0.5), (1.0, 2.0, 1.0)]


@QUICK
@given(seed=SEEDS, inputs=st.integers(1, 9), uncommitted=UNCOMMITTED, precision=PRECISIONS, kind=st.sampled_from(KINDS))
def test_fuzzy_art(seed, inputs, uncommitted, precision, kind) -> None:
    """Of eighths, whose sums are exact: to the bit where learning is fast."""
    vigilance, alpha, beta = kind
    precision = "float64" if beta < 1 else precision
    architecture = zoo_art.fuzzy_art.FuzzyArt(
        vigilance=vigilance, choice=alpha, rate=beta, uncommitted=uncommitted, precision=precision
    )
    rule = partial(fuzzy_art.present, rho=vigilance, alpha=alpha, beta=beta, competes=uncommitted == "competes")
    compare(architecture, rule, eighths(seed, inputs), exact=beta == 1, kernels="numba")


@QUICK
@given(
    seed=SEEDS,
    inputs=st.integers(1, 9),
    uncommitted=UNCOMMITTED,
    precision=PRECISIONS,
    kind=st.sampled_from([(0.0, 0.0), (0.5, 0.0625), (0.25, -0.0625), (0.9, 0.0)]),
)
def test_fuzzy_artmap(seed, inputs, uncommitted, precision, kind) -> None:
    compare_artmap(seed, inputs, uncommitted, precision, *kind, kernels="numba")


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_sums_of_an_input_that_is_a_category_are_its_size(precision: str) -> None:
    """Of values whose sums are rounded, too: an input of a category's own values is chosen without a reset."""
    x = np.random.default_rng(0).random((60, 333))
    architecture = zoo_art.fuzzy_art.FuzzyArt(vigilance=1.0, precision=precision)
    from zoo_art.kernels.fuzzy_art_numba import CompiledSearch

    step = step_of(architecture, 333, kernels="numba")
    assert isinstance(step._search, CompiledSearch) and isinstance(step._search, Known)
    for _ in range(2):
        metrics = step(Batch.of(x), StepContext(RandomStream(0), Workers(1)))
    assert metrics == {"new": 0, "changed": 0, "resets": 0} and step.model.weights["sizes"].tolist() == [2] * 60
