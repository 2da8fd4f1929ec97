"""The recurrent family beside PyTorch: one LSTM layer forward and back over a batch of sequences, at four sizes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks.harness import Contest, Peer, Race, Side, Terms
from benchmarks.machine import Product
from benchmarks.own import OwnLayer, compiled

Size = tuple[int, int, int, int]  # time, batch, inputs, hidden


class OwnLstm(OwnLayer):
    """zoo's LSTM as a training step of some shards runs it."""

    def __init__(self, size: Size, threads: int, shards: int, kernels: str = "auto") -> None:
        from zoo_recurrent.layers import LstmLayer

        time, batch, inputs, hidden = size
        random = np.random.default_rng(0)
        x = random.standard_normal((batch, time, inputs), np.float32)
        dy = random.standard_normal((batch, time, hidden), np.float32)
        super().__init__(LstmLayer(hidden), x, dy, threads, shards, kernels)


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
            OwnLstm(shape, terms.threads, shards),
            [
                compiled(lambda: OwnLstm(shape, terms.threads, shards, "numba")),
                Peer("torch", "PyTorch", lambda: [TorchLayer(shape, terms.threads)], goal=goal),
            ],
            products(shape),
            unit="pass",
            count=terms.few(count, 1),
            rounds=terms.few(15, 2),
            warm_up=terms.few(max(3, count), 1),
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
