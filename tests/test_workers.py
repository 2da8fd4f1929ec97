"""Threads take the pieces of work; what comes out, and in which order, never depends on how many there are."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from zoo.workers import Workers

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


@pytest.mark.parametrize("threads", THREADS)
def test_a_call_beside_is_done_once_and_before_its_wait_ends(threads: int) -> None:
    with Workers(threads) as workers:
        for _ in range(50):
            done: list[int] = []
            waits = [workers.beside(partial(done.append, number)) for number in range(5)]
            for number in (4, 0, 2, 1, 3):
                waits[number]()
                assert number in done
            assert sorted(done) == list(range(5))


def test_a_call_beside_that_no_thread_comes_to_is_done_by_whoever_waits() -> None:
    with Workers(2) as workers:
        go = threading.Event()
        first = workers.beside(partial(go.wait, 10))
        time.sleep(0.05)  # the one other thread has begun it
        where: list[threading.Thread] = []
        workers.beside(lambda: where.append(threading.current_thread()))()
        go.set()
        first()
    assert where == [threading.main_thread()]


@pytest.mark.parametrize("threads", THREADS)
def test_an_error_beside_reaches_whoever_waits(threads: int) -> None:
    def work() -> None:
        raise ArithmeticError("beside")

    with Workers(threads) as workers:
        wait = workers.beside(work)
        time.sleep(0.01)
        with pytest.raises(ArithmeticError, match="beside"):
            wait()
        workers.each(lambda piece: None, range(10))
