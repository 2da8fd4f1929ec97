"""Threads take the pieces of work; what comes out, and in which order, never depends on how many there are."""

from __future__ import annotations

import sys
import threading
import time

import pytest
import threadpoolctl

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


@pytest.mark.parametrize("threads", THREADS)
def test_the_caller_works_too_and_no_more_threads_do_than_were_asked_for(threads: int) -> None:
    with Workers(threads) as workers:
        for walk in (
            lambda work, pieces: list(workers.in_order(work, pieces)),
            lambda work, pieces: workers.each(work, pieces),
        ):
            seen: set[str] = set()

            def work(piece: int, seen: set[str] = seen) -> None:
                seen.add(threading.current_thread().name)
                time.sleep(0.002)

            walk(work, range(40))
            assert threading.main_thread().name in seen and len(seen) == threads


@pytest.mark.parametrize("threads", THREADS)
def test_threads_start_with_the_second_piece_of_work_that_is_worth_one(threads: int) -> None:
    before = threading.active_count()
    with Workers(threads) as workers:
        assert list(workers.in_order(abs, [-1])) == [1]
        workers.each(abs, [-1])
        assert threading.active_count() == before
        assert list(workers.in_order(abs, range(9))) == list(range(9))
        workers.each(abs, range(9))
        assert threading.active_count() == before, "work that is done before a thread has woken"
        assert list(workers.in_order(slow, [1, 2, 3])) == [1, 2, 3]
        assert threading.active_count() == before + min(1, threads - 1)
    assert threading.active_count() == before


def slow(piece: int) -> int:
    time.sleep(0.002)
    return piece


def test_results_that_nobody_has_taken_are_few() -> None:
    done: list[int] = []
    with Workers(3) as workers:
        for number, _ in enumerate(workers.in_order(done.append, range(50)), 1):
            time.sleep(0.001)
            assert len(done) <= number + 3


def test_what_is_abandoned_is_not_done_when_the_pool_ends() -> None:
    done: list[int] = []

    def work(piece: int) -> None:
        time.sleep(0.005)
        done.append(piece)

    with Workers(2) as workers:
        results = workers.in_order(work, range(100))
        next(results)
    assert len(done) <= 4


@pytest.mark.parametrize("wrong", [0, 1, 7])
def test_results_before_an_error_are_given_first(wrong: int) -> None:
    def work(piece: int) -> int:
        return 1 // (piece - wrong)

    with Workers(3) as workers:
        results = workers.in_order(work, range(10))
        for piece in range(wrong):
            assert next(results) == 1 // (piece - wrong)
        with pytest.raises(ZeroDivisionError):
            next(results)


def test_ctrl_c_in_a_piece_of_the_caller_ends_the_walk_at_once() -> None:
    def work(piece: int) -> int:
        time.sleep(0.02)
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        return piece

    begun, before = time.monotonic(), threading.active_count()
    with pytest.raises(KeyboardInterrupt), Workers(2) as workers:
        list(workers.in_order(work, range(1000)))
    while threading.active_count() > before:  # the thread ends its piece, which nobody waits for
        time.sleep(0.001)
    assert time.monotonic() - begun < 2


def test_threads_end_with_the_pool() -> None:
    before = threading.active_count()
    with Workers(3) as workers:
        workers.each(lambda piece: None, range(9))
    assert threading.active_count() == before
    workers.each(lambda piece: None, range(3))  # outside its `with`, the caller does everything


def test_libraries_are_looked_for_again_only_after_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    with Workers(2):
        pass
    whole, searches = threadpoolctl.ThreadpoolController, []
    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", lambda: searches.append(1) or whole())
    with Workers(2) as workers:
        workers.each(abs, range(9))
    assert not searches
    monkeypatch.setitem(sys.modules, "brings_another_blas", threading)
    with Workers(2):
        pass
    assert len(searches) == 1


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
