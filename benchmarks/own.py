"""zoo's own side of a race: with workers around it, the steps of a prepared run, its training epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.harness import Side
from zoo.evaluation import evaluate
from zoo.events import BatchDone, Event
from zoo.orders import Batch
from zoo.prepare import Run
from zoo.run import best_model
from zoo.step import Context
from zoo.streams import Stream
from zoo.trainer import train
from zoo.workers import Workers


class Threaded(Side):
    """zoo's side, with its workers around each round."""

    name = "zoo"

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.workers = Workers(threads)

    @contextmanager
    def around(self) -> Iterator[None]:
        self.workers = Workers(self.threads)
        with self.workers:
            yield


class OwnSteps(Threaded):
    """Training steps of the first phase: each fetches its rows, shuffled, as the trainer has it; or, with `hand`, all
    take the same batch that lies ready."""

    def __init__(self, run: Run, threads: int, *, hand: bool = False) -> None:
        super().__init__(threads)
        samples = run.samples("train")
        assert samples is not None
        self.samples = samples
        self.phase = run.training.phases[0]
        self.step = self.phase.step(run.model)
        self.updates = 0
        self.batches = self._full_batches(Stream(run.training.seed))
        self.ready = samples.rows(*next(self.batches)) if hand else None

    def work(self, count: int) -> None:
        for _ in range(count):
            rows = self.ready or self.samples.rows(*next(self.batches))
            self.step(rows, Context(Stream(0, batch=self.updates), self.workers, 0.0, self.updates))
            self.updates += 1

    def _full_batches(self, stream: Stream) -> Iterator[Batch]:
        """Epoch after epoch, without the smaller batch at the end of each: every step is the same work."""
        size, epoch = self.phase.settings.batch_size, 0
        while True:
            for numbers, slots in self.phase.order(self.samples, stream.at(epoch=epoch)):
                if len(numbers) == size:
                    yield numbers, slots
            epoch += 1


class OwnEpochs(Threaded):
    """A whole training in the trainer's own loop, stopped after each epoch and gone on with in the next round."""

    def __init__(self, run: Run, threads: int) -> None:
        super().__init__(threads)
        self.run = run
        data = run.samples("train")
        assert data is not None
        self.data, self.held_out = data, run.samples("validation")

    def work(self, count: int) -> None:
        """One epoch more, with what ends the epoch before it; the last also ends itself."""
        last = self.run.training.position.epoch + (self.run.training.position.batch > 0) + 1
        ended = last >= self.run.training.phases[-1].settings.epochs
        done = False

        def hear(event: Event) -> None:
            nonlocal done
            done = isinstance(event, BatchDone) and event.batch == event.batches and not ended

        train(self.run.training, self.data, self.held_out, self.workers, listen=hear, stop=lambda: done)

    def figures(self) -> Mapping[str, float]:
        """Accuracy on the test part."""
        test = self.run.samples("test")
        assert test is not None
        with Workers(self.threads) as workers:
            return {"accuracy": evaluate(best_model(self.run.training), test, Stream(0), workers)["accuracy"]}
