"""What recurrent layers share: axes, padding, carried state, and how their weights start.

Outside, arrays are (batch, time, …); inside a layer time comes first, so that the rows of one time step lie together.
What a layer gives is such an array with its axes exchanged, so the next layer gets at its time steps without a copy.

Sequences of a batch are padded at their ends to one length, `mode.mask` (batch, time) is 1 where a step is real. At a
padded step the state stays what it was. So the state after the last step is that after each sequence's own last step, a
layer that goes backward in time enters a sequence with the zeros it began with, and nothing depends on the padding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo import Array, Shape, ZooError
from zoo.nn import Initializer, Mode, Scaled

ROWS = 512  # (time steps × batch) from which the gradient of the weights is one large product
GLOROT = Scaled(1.0, "both", uniform=True)


def axes(input_shape: Shape, who: object) -> tuple[int, int]:
    """(time steps, -1 where their number varies; features) of an input; `ZooError` where it is no sequence."""
    if len(input_shape) != 2 or input_shape[1] < 1:
        raise ZooError(
            f"{who}: got inputs of shape {input_shape}, expected sequences: (time steps, features); name --window"
            " for a time series in a table, --sequence for a table of sequences, --task language for text"
        )
    return input_shape


def time_first(x: Array, reverse: bool = False) -> Array:
    """(batch, time, …) as a contiguous (time, batch, …) in a layer's order; no copy where `batch_first` made it so."""
    return np.ascontiguousarray(ordered(x.swapaxes(0, 1), reverse))


def batch_first(x: Array, reverse: bool = False) -> Array:
    """(time, batch, …) in a layer's order seen as (batch, time, …)."""
    return ordered(x, reverse).swapaxes(0, 1)


def ordered(x: Array, reverse: bool) -> Array:
    """(time, …) seen in the order in which a layer goes through it, or back again."""
    return x[::-1] if reverse else x


def padding(mask: Array | None, reverse: bool = False) -> list[Array | None]:
    """For every time step in a layer's order which rows are padded there, (batch, 1); None where none is."""
    if mask is None:
        return []
    padded = np.equal(ordered(np.ascontiguousarray(mask.T), reverse), 0)  # (time, batch)
    return [row[:, None] if row.any() else None for row in padded]


def begin(mode: Mode, name: str, states: Array) -> None:
    """The state before the first step, `states[0]`, is what is carried under `name`, else zeros."""
    carried = mode.carried.get(f"{mode.path}/{name}")
    states[0] = 0 if carried is None else carried


def aligned(features: int) -> int:
    """The features of a row, up to the whole cache line: products read such rows up to a tenth faster."""
    return -(-features // 16) * 16


def columns(x: Array) -> Array:
    """(time, batch, features) as the rows of one matrix."""
    return x.reshape(-1, x.shape[-1])


def portions(time: int, batch: int) -> list[slice]:
    """The time steps in portions of about `ROWS` rows, the last one shorter: what concerns many steps at once is done
    for each while it is in cache, and needs a buffer for one."""
    count = max(1, ROWS // batch)
    return [slice(start, min(time, start + count)) for start in range(0, time, count)]


@dataclass(frozen=True)
class PerGate(Initializer):
    """Every gate's columns of W (inputs, gates · units) drawn by themselves, so that fans are those of one gate."""

    gates: int
    each: Initializer = GLOROT

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        part = (shape[0], shape[1] // self.gates)
        return np.concatenate([self.each.draw(part, random) for _ in range(self.gates)], axis=1)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """A random orthogonal matrix times `gain`: repeated products with it neither grow nor shrink.

    Q of a QR decomposition of normal numbers, signs set by R's diagonal. Saxe, McClelland and Ganguli, 2014, section 3.
    """

    gain: float = 1.0

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        rows, units = shape
        q, r = np.linalg.qr(random.standard_normal((max(shape), min(shape))))
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q if rows >= units else q.T)


@dataclass(frozen=True)
class GateBias(Initializer):
    """Zeros but for the columns from `start` to before `stop`: a forget gate that begins open."""

    start: int
    stop: int
    value: float

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        b = np.zeros(shape)
        b[self.start : self.stop] = self.value
        return b
