"""Ctrl-C from Python: the first finishes the batch, saves and raises with the model; the second ends at once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo import checkpoint
from zoo.core.events import BatchDone, EpochDone, Event, Measuring
from zoo.errors import TrainingInterrupted
from zoo.training import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently on Windows")


@pytest.fixture(autouse=True)
def sigint_is_pythons() -> Iterator[None]:
    """As in a program started from a terminal, however these tests were started."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupting(when: Callable[[Event], bool]) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        if when(event):
            os.kill(os.getpid(), signal.SIGINT)

    return listen


def train(**values: Any) -> zoo.Model:
    return zoo.train("mlp", data="moons", hidden=(4,), epochs=4, threads=1, **values)


def weights(model: zoo.Model) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in model.weights.items()}


def test_ctrl_c_finishes_the_batch_saves_and_raises_with_the_model(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    listen = interrupting(lambda event: isinstance(event, BatchDone) and (event.epoch, event.batch) == (2, 3))
    with pytest.raises(KeyboardInterrupt, match=r"stopped in epoch 2 of train; it is saved.*--resume") as caught:
        train(out=path, listen=listen)
    assert isinstance(caught.value, TrainingInterrupted)
    assert caught.value.path == path
    assert weights(caught.value.model) == weights(zoo.load(path))
    position = checkpoint.read(path).manifest["position"]
    assert (position["epoch"], position["batch"]) == (1, 3)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert weights(run.resume(path, threads=1).model) == weights(train())


def test_ctrl_c_without_a_file_still_gives_the_model() -> None:
    with pytest.raises(TrainingInterrupted) as caught:
        train(listen=interrupting(lambda event: isinstance(event, EpochDone)))
    assert caught.value.path is None and caught.value.model.history is not None


def test_ctrl_c_while_the_model_is_measured_leaves_the_whole_training_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    with pytest.raises(TrainingInterrupted, match="all epochs are done, their final measurement was stopped") as caught:
        train(out=path, listen=interrupting(lambda event: isinstance(event, Measuring)))
    manifest = checkpoint.read(path).manifest
    assert manifest["position"]["epoch"] == 4 and manifest["metrics"] == {}
    assert weights(caught.value.model) == weights(train())
    metrics = run.resume(path, threads=1).metrics
    assert metrics and checkpoint.read(path).manifest["metrics"] == metrics


def test_the_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, EpochDone):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # Python's handler runs between two of its steps
                pass

    with pytest.raises(KeyboardInterrupt) as caught:
        train(out=tmp_path / "net.h5", listen=listen)
    if not isinstance(caught.value, TrainingInterrupted):  # two pending signals of one kind may become one
        assert checkpoint.read(tmp_path / "net.h5").manifest["position"]["epoch"] == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_two_during_one_long_call_are_two() -> None:
    """Python runs its handler once for both, after the call."""

    def press_twice() -> None:
        ready.wait()
        for _ in range(2):
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)  # taken here at once; Python's handler waits

    def listen(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == 1:
            ready.set()
            hashlib.pbkdf2_hmac("sha256", b"", b"", 400_000)  # like a product, it notices nothing of signals

    for _ in range(3):
        ready = threading.Event()
        thread = threading.Thread(target=press_twice)
        thread.start()
        with pytest.raises(KeyboardInterrupt) as caught:
            train(listen=listen)
        thread.join()
        assert not isinstance(caught.value, TrainingInterrupted)
        assert signal.set_wakeup_fd(-1) == -1


def test_a_wakeup_of_the_program_stays() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    try:
        with pytest.raises(TrainingInterrupted):
            train(listen=interrupting(lambda event: isinstance(event, EpochDone) and event.epoch == 1))
        assert os.read(read, 10) == bytes([signal.SIGINT])
    finally:
        assert signal.set_wakeup_fd(-1) == write
        os.close(read)
        os.close(write)


def test_a_handler_of_the_program_stays() -> None:
    received = []

    def own(number: int, frame: Any) -> None:
        received.append(number)

    before = signal.signal(signal.SIGINT, own)
    try:
        train(listen=interrupting(lambda event: isinstance(event, EpochDone) and event.epoch == 1))
        assert received == [signal.SIGINT] and signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    model = train(listen=interrupting(lambda event: isinstance(event, EpochDone) and event.epoch == 1))
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert weights(model) == weights(train())


def test_a_training_within_a_training_gives_the_handler_back_with_the_outer_one() -> None:
    seen = []

    def listen(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == 1:
            train()
            seen.append(signal.getsignal(signal.SIGINT))

    train(listen=listen)
    assert seen[0] is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_training_in_a_thread_leaves_signals_alone() -> None:
    found: list[Any] = []

    def within() -> None:
        train(listen=lambda event: found.append(signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=within)
    thread.start()
    thread.join()
    assert set(found) == {signal.default_int_handler}


def test_training_in_a_loop_of_asyncio_leaves_its_handler() -> None:
    async def within() -> zoo.Model:
        return train()

    assert np.array_equal(asyncio.run(within()).weights["hidden1/W"], train().weights["hidden1/W"])
