"""The recurrent family beside PyTorch: one LSTM layer forward and back over a batch of sequences, at four sizes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks.harness import Contest, Peer, Race, Side, Terms
from benchmarks.machine import Product
from benchmarks.own import Threaded
from zoo.nn import Layout, Mode, Parameters
from zoo.nn.parameters import Gradients
from zoo.nn.space import Rooms
from zoo.rows import Rows
from zoo.step import AdditiveStep, Context, Measured, Sums
from zoo.streams import Stream

Size = tuple[int, int, int, int]  # time, batch, inputs, hidden


class LayerStep(AdditiveStep):
    """Gradients of one layer for given gradients of what it gives: the part of a training step that PyTorch's side
    does. As in training, each shard's rows and the weights are sent to whoever measures it, and its sums come back."""

    def __init__(self, size: Size, shards: int) -> None:
        from zoo_recurrent.layers import LstmLayer

        time, batch, inputs, hidden = size
        self.state = {}
        self.layer = LstmLayer(hidden)
        self.layout = Layout(self.layer, (time, inputs))
        self.parameters = Parameters(self.layout, np.dtype(np.float32))
        self.layout.draw(Stream(0), self.parameters.vector)
        random = np.random.default_rng(0)
        self.batch = Rows.of(random.standard_normal((batch, time, inputs), np.float32))
        self.dy = random.standard_normal((batch, time, hidden), np.float32)
        self._shards = shards
        self.renew()

    def renew(self) -> None:
        self._rooms = Rooms(self._vectors, self._shards)

    def _vectors(self) -> Gradients:
        return Gradients(self.layout, self.parameters.vector.dtype)

    @property
    def shards(self) -> int:
        return self._shards

    def measure(self, rows: Rows, carried: dict[str, Any], stream: Stream) -> Measured:
        with self._rooms.space() as space:
            gradients = self._rooms.vectors()
            mode = Mode(True, empty_like=space.empty_like)
            gradients.tree.begin(mode.product)
            _, pullback = self.layer.forward(self.parameters.tree, rows.inputs, mode)
            assert pullback is not None
            pullback(self.dy[rows.numbers[0] : rows.numbers[-1] + 1], gradients.tree)
            gradients.tree.end()
        return Measured({"gradient": gradients.vector}, {})

    def changing(self) -> Sequence[np.ndarray[Any, Any]]:
        return (self.parameters.vector,)

    def figures(self, sums: Sums) -> dict[str, float]:
        return {}

    def update(self, sums: Sums, context: Context) -> None:
        self.release()

    def release(self) -> None:
        self._rooms.release()


class OwnLayer(Threaded):
    """zoo's layer as a training step of some shards runs it."""

    def __init__(self, size: Size, threads: int, shards: int) -> None:
        super().__init__(threads)
        self.step = LayerStep(size, shards)

    @contextmanager
    def around(self) -> Iterator[None]:
        """With room of its own, as a phase of training has: memory from before a fork lies in small pages after it."""
        self.step.renew()
        with super().around():
            yield

    def work(self, count: int) -> None:
        for update in range(count):
            self.step(self.step.batch, Context(Stream(0), self.workers, 0.0, update))


class TorchLayer(Side):
    """nn.LSTM on tensors with time first, its gradients set to none before each pass."""

    def __init__(self, size: Size, threads: int) -> None:
        self.torch: Any = importlib.import_module("torch")
        self.name, self.threads = "PyTorch", threads
        time, batch, inputs, hidden = size
        self.net = self.torch.nn.LSTM(inputs, hidden)
        self.x = self.torch.randn(time, batch, inputs, requires_grad=True)
        self.dy = self.torch.randn(time, batch, hidden)

    @contextmanager
    def around(self) -> Iterator[None]:
        before = self.torch.get_num_threads()
        self.torch.set_num_threads(self.threads)
        try:
            yield
        finally:
            self.torch.set_num_threads(before)

    def work(self, count: int) -> None:
        for _ in range(count):
            self.net.zero_grad(set_to_none=True)
            self.x.grad = None
            self.net(self.x)[0].backward(self.dy)


def products(size: Size) -> list[Product]:
    """Forward x W and every step's h U; backward dx, every step's dh, and the two gradients of the weights."""
    time, batch, inputs, hidden = size
    rows, gates = time * batch, 4 * hidden
    inside: list[Product] = [(batch, hidden, gates), (batch, gates, hidden)] * time
    return [*inside, (rows, inputs, gates), (rows, gates, inputs), (inputs, rows, gates), (hidden, rows, gates)]


def layer(size: Size, count: int, goal: float, shards: int) -> Callable[[Terms], Contest]:
    def start(terms: Terms) -> Contest:
        shape = size if not terms.quick else (5, 4, 3, 8)
        return Contest(
            OwnLayer(shape, terms.threads, shards),
            [Peer("torch", "PyTorch", lambda: [TorchLayer(shape, terms.threads)], goal=goal)],
            products(shape),
            unit="pass",
            count=terms.few(count, 1),
            rounds=terms.few(15, 2),
            warm_up=3,
        )

    return start


ABOUT = "an LSTM layer forward and back: time {}, batch {}, inputs {}, hidden {}"
SIZES: tuple[tuple[Size, int, float, int], ...] = (  # with passes in a round, goal, and shards of a batch
    ((100, 64, 128, 128), 4, 1.3, 2),
    ((20, 16, 16, 32), 200, 1.3, 1),  # so small that a second process is not worth its wake-up
    ((100, 64, 128, 512), 1, 1.0, 2),
    ((50, 32, 64, 128), 15, 1.0, 2),
)
ROWS = [
    Race("lstm " + " ".join(map(str, size)), ABOUT.format(*size), layer(size, count, goal, shards))
    for size, count, goal, shards in SIZES
]
