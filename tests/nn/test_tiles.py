"""Products in tiles are the products, whatever the processor they are cut for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zoo.nn import Tiles, tiled_product
from zoo.nn.kernels import tiled_matmul
from zoo.parallel import blas
from zoo.parallel.threads import Workers
from zoo.types import Array


@pytest.fixture(params=[False, True], ids=["whole", "tiles"])
def small_kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(blas, "small_kernels", lambda: request.param)
    return bool(request.param)


SHAPES = ((32, 257, 128), (64, 641, 512), (37, 300, 128), (16, 2048, 640), (8, 5000, 64), (100, 200, 130), (3, 4, 5))


@pytest.mark.parametrize(("rows", "inner", "columns"), SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_step_by_step(
    small_kernels: bool, rows: int, inner: int, columns: int, dtype: type[np.floating]
) -> None:
    random = np.random.default_rng(0)
    a = random.standard_normal((2, rows, inner)).astype(dtype)
    M = random.standard_normal((3, inner, columns)).astype(dtype)
    z = np.zeros((2, 4, rows, columns), dtype)
    cut = Tiles.of(rows, inner, columns)
    first, second, out = cut.left(a), cut.matrices(M), cut.out(z[:, 1:])
    for t in range(2):
        np.matmul(first[t], second, out[t])
    assert np.abs(z[:, 1:] - a[:, None] @ M).max() < (1e-3 if dtype == np.float32 else 1e-10)
    assert not z[:, 0].any()


@pytest.mark.parametrize("stack", [(), (3,), (2, 3)])
@pytest.mark.parametrize("first", ["rows", "columns"])
@pytest.mark.parametrize("second", ["rows", "columns"])
@pytest.mark.parametrize(("rows", "inner", "columns"), [*SHAPES[:3], (50, 3000, 48), (700, 40, 96), (1100, 32, 32)])
def test_a_product(
    small_kernels: bool, rows: int, inner: int, columns: int, first: str, second: str, stack: tuple[int, ...]
) -> None:
    random = np.random.default_rng(0)
    a = laid_out(random.standard_normal((*stack, rows, inner)), first)
    b = laid_out(random.standard_normal((*stack, inner, columns)), second)
    out = np.zeros((*stack, rows, columns))
    assert tiled_product(a, b, out) is out
    assert np.abs(out - a @ b).max() < 1e-10


def test_a_product_of_a_stack_with_one_matrix(small_kernels: bool) -> None:
    random = np.random.default_rng(0)
    a, b = random.standard_normal((3, 500, 75)), random.standard_normal((75, 128))
    assert np.abs(tiled_product(a, b, np.zeros((3, 500, 128))) - a @ b).max() < 1e-10


def laid_out(M: Array, by: str) -> Array:
    return M if by == "rows" else np.ascontiguousarray(M.swapaxes(-1, -2)).swapaxes(-1, -2)


def test_tiles_are_small_enough_for_kernels_that_do_not_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "small_kernels", lambda: True)
    for rows, inner, columns in SHAPES:
        cut = Tiles.of(rows, inner, columns)
        assert rows % cut.rows == 0 and columns % cut.columns == 0
        assert cut.whole or cut.rows * inner * cut.columns <= tiled_matmul.UNPACKED
    assert Tiles.of(32, 257, 128) == Tiles(16, 64, whole=False)
    assert Tiles.of(37, 300, 127).whole  # nothing divides them


@pytest.mark.parametrize(
    ("a_shape", "b_shape"),
    [((200, 700), (700, 256)), ((640, 300), (300, 64)), ((36, 60, 64), (36, 64, 128)), ((3, 200, 700), (700, 256))],
)
def test_threads_that_have_nothing_to_do_share_a_product_to_the_same_bits(
    small_kernels: bool, a_shape: tuple[int, ...], b_shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a single piece of work alone: there the others wait."""
    monkeypatch.setattr(tiled_matmul, "LARGE", 1000)
    monkeypatch.setattr("zoo.parallel.gate.WORTH", 0.0)
    random = np.random.default_rng(0)
    a, b = (random.standard_normal(shape).astype(np.float32) for shape in (a_shape, b_shape))
    done: list[int] = []

    class Watched(Workers):
        def each(self, work: Any, pieces: Any, kind: object = None) -> None:
            done.append(len(pieces))
            super().each(work, pieces, kind)

    def product(_: int) -> np.ndarray:
        return tiled_matmul.tiled_product(a, b, np.empty((*a.shape[:-1], b.shape[-1]), np.float32))

    with Watched(3) as workers:
        alone = product(0)
        assert not done
        together = [next(workers.in_order(product, [0])) for _ in range(3)]
        assert bool(done) == (small_kernels or a.ndim == b.ndim == 3)
        of_several = list(workers.in_order(product, [0, 1]))
        assert len(done) in (0, 3)
    for found in (*together, *of_several):
        assert found.tobytes() == alone.tobytes()
