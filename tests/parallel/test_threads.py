"""Threads take the pieces of work; what comes out, and in which order, never depends on how many there are."""

from __future__ import annotations

import threading
import time

import pytest

from zoo.parallel import blas
from zoo.parallel.threads import Workers

THREADS = [1, 2, 3, 8]


@pytest.mark.parametrize("threads", THREADS)
def test_in_order_gives_results_in_the_order_of_the_pieces(threads: int) -> None:
    def work(piece: int) -> int:
        time.sleep(0.001 * (piece % 3))
        return piece * piece

    with Workers(threads) as workers:
        assert list(workers.in_order(work, range(20))) == [n * n for n in range(20)]
        assert list(workers.in_order(work, iter([]))) == []


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("pieces", [0, 1, 2, 7, 100])
def test_each_does_every_piece_once(threads: int, pieces: int) -> None:
    with Workers(threads) as workers:
        for _ in range(50):
            done = [0] * pieces

            def work(piece: int, done: list[int] = done) -> None:
                done[piece] += piece + 1

            workers.each(work, range(pieces))
            assert done == list(range(1, pieces + 1))


def test_a_single_piece_is_done_by_the_caller() -> None:
    with Workers(4) as workers:
        assert list(workers.in_order(lambda piece: threading.current_thread(), [1])) == [threading.main_thread()]


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("wrong", [0, 3, 9])
def test_an_error_in_a_piece_reaches_the_caller_after_all_have_ended(threads: int, wrong: int) -> None:
    busy = []

    def work(piece: int) -> None:
        busy.append(piece)
        time.sleep(0.001)
        busy.remove(piece)
        if piece == wrong:
            raise ArithmeticError(piece)

    with Workers(threads) as workers:
        with pytest.raises(ArithmeticError, match=str(wrong)):
            workers.each(work, range(10))
        assert not busy
        workers.each(lambda piece: None, range(10))


def test_pieces_inside_a_piece_do_not_wait_for_ever() -> None:
    with Workers(2) as workers:
        outer = workers.in_order(lambda n: workers.each(lambda piece: time.sleep(0.001), range(4)), range(8))
        assert list(outer) == [None] * 8


def test_threads_end_with_the_pool() -> None:
    before = threading.active_count()
    with Workers(3) as workers:
        workers.each(lambda piece: None, range(9))
    assert threading.active_count() == before
    workers.each(lambda piece: None, range(3))  # outside its `with`, the caller does everything


def test_blas_limits_of_overlapping_runs_do_not_undo_each_other() -> None:
    before = blas_threads()
    if before == [1]:
        pytest.skip("BLAS runs on one thread here anyway")
    first, second = Workers(1), Workers(2)
    first.__enter__()
    assert blas_threads() == [1]
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == [1], "the end of one run must not undo the other's"
    second.__exit__(None, None, None)
    assert blas_threads() == before


def blas_threads() -> list[int]:
    return sorted({each["num_threads"] for each in blas.libraries()})
