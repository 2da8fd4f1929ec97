"""The embedded datasets: the same bytes everywhere, and as hard as they are said to be."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from zoo.data import Dataset, open_dataset
from zoo.data.as_trained import open_again
from zoo.datasets import zoo_datasets
from zoo.types import Array

DIGESTS = {
    "nand": "9b611ca68c78074e2dc92de1daadb96c345fe29eb1ea2c678b6892828fae38d4",
    "xor": "38b6bd0f3cb939211917c5649c3559e9f842b786b2bddade728b3018e59e99af",
    "moons": "3aac51920f18d04c3ee61de4405d6aee9f16aab4c9c0a8b19a334575157baa97",
    "spirals": "78fa78d0dfdc57ff4cd8f768bbfdeb6a1dfea1309dc7253066e5b1e56831cc9d",
    "glyphs": "2a291e4fb3ff0549c342cd152ccc720ae069ef2dcee09ffec6f29d2eaf076477",
}


@functools.cache
def opened(name: str) -> Dataset:
    return open_dataset(name)


@pytest.mark.parametrize("name", DIGESTS)
def test_the_same_bytes_everywhere(name: str) -> None:
    assert opened(name).digest == "sha256:" + DIGESTS[name]


@pytest.mark.parametrize("name", DIGESTS)
def test_opened_again_from_a_manifest(name: str) -> None:
    stored = opened(name).to_manifest()
    assert stored["name"] == name and open_again(stored).digest == stored["digest"]


def test_every_dataset_is_declared_once_and_in_a_line() -> None:
    sources = list(zoo_datasets())
    assert len({source.name for source in sources}) == len(sources)
    for source in sources:
        assert 0 < len(source.summary) < 100 and "\n" not in source.summary


def test_truth_tables() -> None:
    nand, xor = (
        dict(zip(map(tuple, d.inputs.read(0, 4)), d.targets.read(0, 4), strict=True))
        for d in map(opened, ("nand", "xor"))
    )  # type: ignore[union-attr]
    for a in (0, 1):
        for b in (0, 1):
            assert nand[a, b] == (not (a and b)) and xor[a, b] == (a != b)


def arrays(name: str) -> tuple[Array, Array]:
    dataset = opened(name)
    assert dataset.targets is not None
    return dataset.inputs.read(0, len(dataset)).reshape(len(dataset), -1).astype(np.float64), dataset.targets.read(
        0, len(dataset)
    )


def least_squares(x: Array, y: Array, train: slice, test: slice, ridge: float) -> float:
    """Test accuracy of a linear classifier by ridge regression on one-hot targets."""
    x = np.column_stack([x, np.ones(len(x))])
    a = x[train]
    weights = np.linalg.solve(a.T @ a + ridge * np.eye(a.shape[1]), a.T @ np.eye(y.max() + 1)[y[train]])
    return float(np.mean(np.argmax(x[test] @ weights, axis=1) == y[test]))


@pytest.mark.parametrize(("name", "most"), [("moons", 0.92), ("spirals", 0.7)])
def test_planar_classes_are_balanced_and_no_line_parts_them(name: str, most: float) -> None:
    x, y = arrays(name)
    assert np.bincount(y).tolist() == [500, 500] and np.abs(x).max() < 4
    assert least_squares(x, y, slice(0, 800), slice(800, 1000), 1e-3) < most
    # Neighbours know, so that there is something to learn: the class of the nearest other point.
    apart = ((x[800:, None] - x[None, :800]) ** 2).sum(-1)
    assert np.mean(y[:800][apart.argmin(1)] == y[800:]) > 0.95


def test_glyphs_are_balanced_images_beyond_a_linear_classifier() -> None:
    dataset = opened("glyphs")
    assert dataset.inputs.shape == (5000, 28, 28) and dataset.inputs.dtype == np.uint8 and dataset.own_test == 1000
    x, y = arrays("glyphs")
    assert np.bincount(y[:4000]).tolist() == [400] * 10 and np.bincount(y[4000:]).tolist() == [100] * 10
    assert len(np.unique(x, axis=0)) == 5000
    scores = [least_squares(x / 255, y, slice(0, 4000), slice(4000, 5000), ridge) for ridge in (1, 10, 100)]
    assert 0.6 < max(scores) < 0.9


@threadpoolctl.threadpool_limits.wrap(limits=1)
def test_glyphs_can_be_learned() -> None:
    """A hidden layer passes 95 %: 256 ReLU units, 15 epochs of Adam, written out in a few lines."""
    x, y = arrays("glyphs")
    x = ((x - x[:4000].mean()) / x[:4000].std()).astype(np.float32)
    random = np.random.default_rng(0)
    shapes = [(784, 256), (256,), (256, 10), (10,)]
    p = [(random.standard_normal(s) * np.sqrt(2 / s[0]) * (len(s) > 1)).astype(np.float32) for s in shapes]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in p]
    step = 0
    for _ in range(15):
        for rows in random.permutation(4000).reshape(-1, 100):
            step += 1
            h = np.maximum(x[rows] @ p[0] + p[1], 0)
            scores = h @ p[2] + p[3]
            d = np.exp(scores - scores.max(1, keepdims=True))
            d /= d.sum(1, keepdims=True)
            d[np.arange(100), y[rows]] -= 1
            d /= 100
            dh = (d @ p[2].T) * (h > 0)
            gradients = [x[rows].T @ dh, dh.sum(0), h.T @ d, d.sum(0)]
            for w, g, (m, v) in zip(p, gradients, moments, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                w -= 1e-3 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    answers = (np.maximum(x[4000:] @ p[0] + p[1], 0) @ p[2] + p[3]).argmax(1)
    reached = np.mean(answers == y[4000:])
    assert reached > 0.95


def test_drawing_does_not_depend_on_the_process(tmp_path: Path) -> None:
    """Another hash seed, another process that finds none drawn: the same glyphs."""
    code = "from zoo.data import open_dataset; print(open_dataset('glyphs').digest)"
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "ZOO_CACHE": str(tmp_path)}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "sha256:" + DIGESTS["glyphs"]


def test_glyphs_are_kept_for_the_next_process_and_drawn_anew_where_what_is_kept_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zoo.datasets import glyphs

    drawings = []
    monkeypatch.setattr(glyphs, "draw", lambda *given, draw=glyphs.draw: drawings.append(1) or draw(*given))
    folder = tmp_path / "cache"
    monkeypatch.setenv("ZOO_CACHE", str(folder))

    def found(count: int) -> None:
        glyphs.drawn.cache_clear()
        train, test, digits = glyphs.drawn()
        assert (train.shape, test.shape, digits.shape) == ((4000, 28, 28), (1000, 28, 28), (5000,))
        assert not any(array.flags.writeable for array in (train, test, digits))
        content = b"".join(array.tobytes() for array in (train, test, digits))
        assert hashlib.sha256(content).hexdigest() == glyphs.DIGEST
        assert len(drawings) == count

    found(2)  # the two parts
    found(2)
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    found(4)
    found(4)
    path.unlink()
    path.mkdir()  # where nothing can be written
    found(6)
    glyphs.drawn.cache_clear()
