"""The rules say what follows by hand; the kernels equal them over shapes and types."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_rbf.grnn_pnn import WIDTHS
from zoo_rbf.kernels.lloyd import add_up, nearest_of
from zoo_rbf.kernels.parzen import parzen, sums_by_class
from zoo_rbf.kernels.selection import select
from zoo_rbf.rules import grnn, kmeans, least_squares, orthogonal_least_squares

import zoo

QUICK = settings(max_examples=40, deadline=None)
SEEDS = st.integers(0, 2**16)
PRECISIONS = st.sampled_from([np.float32, np.float64])


# --- by hand ---


def test_an_iteration_of_k_means_by_hand() -> None:
    x, c = np.array([[0.0], [1.0], [5.0]]), np.array([[1.0], [4.0], [50.0]])
    counts, sums, distortion = kmeans.assigned(x, c)
    assert (counts.tolist(), sums.tolist(), distortion) == ([2, 1, 0], [[1], [5], [0]], 2.0)
    assert kmeans.moved(c, counts, sums).tolist() == [[0.5], [5], [50]]


def test_grnn_and_pnn_by_hand() -> None:
    """Specht (1991), eq. 5; (1990): kernels of two samples at the distances 0 and 1 are 1 and e^(−½)."""
    samples, k = np.array([[0.0], [1.0]]), np.array([1, np.exp(-0.5)])
    x = np.array([0.0])
    assert grnn.kernels(x, samples, 1.0) == pytest.approx(k)
    assert grnn.grnn(x, samples, np.array([[2.0], [4.0]]), 1.0)[0] == pytest.approx((2 + 4 * k[1]) / k.sum())
    p = grnn.pnn(x, samples, np.array([0, 1]), np.array([0.25, 0.75]), 1.0)
    assert p == pytest.approx(np.array([0.25, 0.75 * k[1]]) / (0.25 + 0.75 * k[1]))
    assert grnn.grnn(np.array([1e3]), samples, np.array([[2.0], [4.0]]), 0.1)[0] == 4.0  # the nearest still counts


def test_orthogonal_least_squares_by_hand() -> None:
    """Of three columns the second explains 16 of 25; the first, made orthogonal to it, the rest; nothing is left."""
    P, T = np.array([[1.0, 0, 1], [1, 2, 0], [0, 0, 0]]), np.array([[3.0], [4], [0]])
    chosen, ratios = orthogonal_least_squares.select(P, T, 3)
    assert chosen[:1] == [0] and ratios[0] == pytest.approx(49 / 2 / 25)
    assert len(chosen) == 2 and sum(ratios) == pytest.approx(1)
    assert orthogonal_least_squares.orthogonal_to(P[:, 0], [P[:, 1]]).tolist() == [1, 0, 0]


def test_least_squares_by_hand() -> None:
    """y = 2x + 1 through three points; a ridge shrinks the slope and leaves b alone."""
    phi, T = np.array([[-1.0, 1], [0, 1], [1, 1]]), np.array([[-1.0], [1], [3]])
    W = np.zeros((2, 1))
    gram, moments, squares = least_squares.normal_sums(phi, T, W)
    assert gram.tolist() == [[2, 0], [0, 3]] and moments.tolist() == [[4], [3]] and squares.tolist() == [11]
    change, most, least = least_squares.change_of_weights(gram, moments, W, 0.0)
    assert change == pytest.approx(np.array([[2], [1]])) and (most, least) == (3, 2)
    assert squares + least_squares.change_of_squares(change, gram, moments) == pytest.approx(0, abs=1e-12)
    assert least_squares.change_of_weights(gram, moments, W, 2.0)[0] == pytest.approx(np.array([[1], [1]]))


# --- kernels equal the rules ---


@QUICK
@given(seed=SEEDS, shape=st.tuples(st.integers(1, 80), st.integers(1, 12), st.integers(1, 20)), dtype=PRECISIONS)
def test_lloyd(seed, shape, dtype) -> None:
    """The nearest centre but for rounding, and the sums by centre."""
    rows, centres, inputs = shape
    random = np.random.default_rng(seed)
    x, c = random.normal(size=(rows, inputs)).astype(dtype), random.normal(size=(centres, inputs)).astype(dtype)
    nearest, distances = nearest_of(x, np.ascontiguousarray(-2 * c.T), np.einsum("ci,ci->c", c, c))
    tolerance = 1e-3 if dtype == np.float32 else 1e-9
    total = kmeans.assigned(x, c)[2]
    assert distances.sum() == pytest.approx(total, rel=tolerance, abs=tolerance)
    assert np.square(x - c[nearest]).sum() == pytest.approx(total, rel=tolerance, abs=tolerance)
    counts, sums = np.bincount(nearest, minlength=centres), np.zeros_like(c)
    add_up(x[np.argsort(nearest, kind="stable")], counts.tolist(), sums)
    np.testing.assert_allclose(sums, np.eye(centres)[nearest].T @ x, atol=tolerance)


@QUICK
@given(
    seed=SEEDS,
    shape=st.tuples(st.integers(12, 60), st.integers(1, 10), st.integers(1, 3)),
    share=st.floats(0.1, 1.0),
    dependent=st.booleans(),
)
def test_selection_on_sums(seed, shape, share, dependent) -> None:
    """The same candidates in the same order; where candidates depend on one another both end early."""
    rows, candidates, outputs = shape
    random = np.random.default_rng(seed)
    P, T = random.normal(size=(rows, candidates)), random.normal(size=(rows, outputs))
    if dependent:
        P = np.concatenate([P, P[:, :1] * 2], axis=1)
    count = max(1, round(share * P.shape[1]))
    chosen, ratios = select(P.T @ P, P.T @ T, float(np.square(T).sum()), count)
    expected, expected_ratios = orthogonal_least_squares.select(P, T, count)
    same = {candidates: 0} if dependent else {}  # of two that say the same, either
    assert [same.get(i, i) for i in chosen] == [same.get(i, i) for i in expected]
    np.testing.assert_allclose(ratios, expected_ratios, rtol=1e-5, atol=1e-12)


@QUICK
@given(seed=SEEDS, shape=st.tuples(st.integers(1, 20), st.integers(2, 30), st.integers(1, 6)), dtype=PRECISIONS)
def test_kernels_of_many_widths(seed, shape, dtype) -> None:
    rows, stored, inputs = shape
    random = np.random.default_rng(seed)
    x, samples = random.random((rows, inputs)).astype(dtype), random.random((stored, inputs)).astype(dtype)
    out = random.integers(-1, stored, rows)
    widths = np.array([0.3, 1.0, 2.0])
    left = np.where(out < 0, 0, out) if (out < 0).all() else out
    found = parzen(x, samples, widths, left if (left >= 0).all() else None)
    for width, one in zip(widths, found, strict=True):
        for row, n, k in zip(x.astype(np.float64), left, one, strict=True):
            counted = np.arange(stored) != n if (left >= 0).all() else np.ones(stored, bool)
            rule = grnn.kernels(row, samples[counted].astype(np.float64), float(width))
            np.testing.assert_allclose(k[counted], rule, rtol=2e-4 if dtype == np.float32 else 1e-9, atol=1e-6)
            assert (k[~counted] == 0).all()


# --- whole trainings ---


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rbf", {"centres": 7}),
        ("rbf", {"centres": 6, "placing": "orthogonal", "widths": "fixed", "width": 0.6}),
        ("grnn", {"precision": "float64"}),
        ("pnn", {"precision": "float64"}),
        ("pnn", {"precision": "float64", "priors": "equal"}),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_reference_comes_to_the_same(name, options, threads) -> None:
    random = np.random.default_rng(5)
    x = random.uniform(-1, 1, (70, 2))
    y = np.sinc(2 * x[:, 0]) + 0.1 * random.standard_normal(70)
    y = np.array(["a", "b"])[(y > 0.5).astype(int)] if name == "pnn" else y
    models = [zoo.train(name, (x, y), test=0.0, threads=threads, kernels=k, **options) for k in ("auto", "reference")]
    fast, plain = (model.weights for model in models)
    for array in fast:
        np.testing.assert_allclose(fast[array], plain[array], rtol=1e-5, atol=1e-6, err_msg=array)
    if "width" in fast:
        assert np.isclose(fast["width"][0], WIDTHS * 2**0.5).any()


@pytest.mark.parametrize("priors", ["data", "equal"])
def test_many_classes_are_added_up_as_few(priors, monkeypatch) -> None:
    """More classes than a product with a column for each is good for; some have no sample."""
    random = np.random.default_rng(0)
    kernels, classes = random.random((2, 5, 300)), random.choice(np.arange(0, 90, 2), 300)
    product = kernels @ (classes[:, None] == np.arange(90))
    np.testing.assert_allclose(sums_by_class(kernels, classes, 90), product, rtol=1e-12)
    assert not sums_by_class(kernels[..., :0], classes[:0], 90).any()
    x, labels = random.standard_normal((300, 3)), np.array([f"c{n}" for n in random.integers(0, 80, 300)])
    many = zoo.train("pnn", (x, labels), priors=priors, width=0.5)
    monkeypatch.setattr("zoo_rbf.grnn_pnn.FEW_CLASSES", 1000)
    few = zoo.predict(many, x[:20], probabilities=True)
    monkeypatch.undo()
    np.testing.assert_allclose(zoo.predict(many, x[:20], probabilities=True), few, rtol=1e-4, atol=1e-6)
