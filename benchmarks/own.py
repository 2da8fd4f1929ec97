"""zoo's own side of a race: with workers around it, the steps of a prepared run, its training epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np

from benchmarks.harness import Peer, Side
from zoo.core.batch import Batch
from zoo.core.batch_order import BatchIndices
from zoo.core.events import BatchDone, Event
from zoo.core.random import RandomStream
from zoo.core.sum_tree import Sums
from zoo.core.training_step import AdditiveStep, PartialSums, StepContext
from zoo.inference.batched import evaluate
from zoo.nn import Layer, Layout, Mode, Parameters
from zoo.nn.kernels.buffers import BufferPool
from zoo.nn.parameters import Gradients
from zoo.parallel.threads import Workers
from zoo.training.loop import train
from zoo.training.prepare import Run
from zoo.training.run import best_model
from zoo.types import Array


def compiled(side: Callable[[], Side]) -> Peer:
    """zoo itself with the kernels of the extra `fast`, as a peer: where zoo is less than 1 × as fast, they gain."""

    def named() -> list[Side]:
        made = side()
        made.name = "zoo, numba"
        return [made]

    return Peer("numba", "zoo, numba", named)


class Threaded(Side):
    """zoo's side, with its workers around each round.

    Each round has a step of its own (`renew`), as a phase of training has it, and processes that have started.
    """

    name = "zoo"

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.workers = Workers(threads)

    @contextmanager
    def around(self) -> Iterator[None]:
        self.renew()
        self.workers = Workers(self.threads, wait_for_processes=True)
        with self.workers:
            yield

    def renew(self) -> None:
        """Called before each round."""


class LayerPass(AdditiveStep):
    """Forward and backward of one layer over inputs and output gradients that lie ready: its shards' gradients.

    Weights and gradients go to and from whoever measures a shard, as in training.
    """

    def __init__(self, layer: Layer, x: Array, dy: Array, shards: int, kernels: str = "auto") -> None:
        self.layer, self.x, self.dy, self.kernels = layer, x, dy, kernels
        self.state = {}
        self.layout = Layout(layer, x.shape[1:])
        self.parameters = Parameters(self.layout, x.dtype)
        self.layout.draw(RandomStream(0), self.parameters.vector)
        self.buffers = BufferPool(partial(Gradients, self.layout, x.dtype), shards)
        self._shards = shards

    @property
    def shards(self) -> int:
        return self._shards

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        part = slice(int(batch.numbers[0]), int(batch.numbers[-1]) + 1)
        with self.buffers.scratch() as scratch:
            gradients = self.buffers.vectors()
            mode = Mode(True, empty_like=scratch.empty_like, kernels=self.kernels)
            gradients.tree.begin(mode.product)
            _, pullback = self.layer.forward(self.parameters.tree, self.x[part], mode)
            assert pullback is not None
            pullback(self.dy[part], gradients.tree)
            gradients.tree.end()
        return PartialSums({"gradient": gradients.vector})

    def changing(self) -> Sequence[Array]:
        return (self.parameters.vector,)

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {}

    def update(self, sums: Sums, context: StepContext) -> None:
        self.release()

    def release(self) -> None:
        self.buffers.release()


class OwnLayer(Threaded):
    """Passes of one layer, a batch cut into shards."""

    def __init__(self, layer: Layer, x: Array, dy: Array, threads: int, shards: int, kernels: str = "auto") -> None:
        super().__init__(threads)
        self.make = partial(LayerPass, layer, x, dy, shards, kernels)
        self.step = self.make()
        self.rows = Batch.of(np.empty((len(x), 0), np.float32))

    def renew(self) -> None:
        self.step = self.make()

    def work(self, count: int) -> None:
        for _ in range(count):
            self.step(self.rows, StepContext(RandomStream(0), self.workers))


class OwnSteps(Threaded):
    """Training steps of the first phase: each fetches its rows, shuffled, as the trainer has it; or, with `hand`, all
    take the same batch that lies ready."""

    def __init__(self, run: Run, threads: int, *, hand: bool = False) -> None:
        super().__init__(threads)
        samples = run.samples("train")
        assert samples is not None
        self.run, self.samples = run, samples
        self.phase = run.training.phases[0]
        self.step = self.phase.step(run.model)
        self.updates = 0
        self.batches = self._full_batches(RandomStream(run.training.seed))
        self.ready = samples.rows(*next(self.batches)) if hand else None

    def renew(self) -> None:
        self.step = self.phase.step(self.run.model)

    def work(self, count: int) -> None:
        for _ in range(count):
            rows = self.ready or self.samples.rows(*next(self.batches))
            self.step(rows, StepContext(RandomStream(0, batch=self.updates), self.workers, 0.0, self.updates))
            self.updates += 1

    def _full_batches(self, stream: RandomStream) -> Iterator[BatchIndices]:
        """Epoch after epoch, without the smaller batch at the end of each: every step is the same work."""
        size, epoch = self.phase.settings.batch_size, 0
        while True:
            for numbers, lanes in self.phase.order(self.samples, stream.at(epoch=epoch)):
                if len(numbers) == size:
                    yield numbers, lanes
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

        def on_event(event: Event) -> None:
            nonlocal done
            done = isinstance(event, BatchDone) and event.batch == event.batches and not ended

        train(self.run.training, self.data, self.held_out, self.workers, listen=on_event, stop=lambda: done)

    def metrics(self) -> Mapping[str, float]:
        """Accuracy on the test part."""
        test = self.run.samples("test")
        assert test is not None
        with Workers(self.threads) as workers:
            return {"accuracy": evaluate(best_model(self.run.training), test, RandomStream(0), workers)["accuracy"]}
