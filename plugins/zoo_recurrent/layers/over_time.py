"""What recurrent layers share: axes, padding, carried state, and how their weights start.

Outside, arrays are (batch, time, …); inside a layer time comes first, so that the rows of one time step lie together.
What a layer gives is such an array with its axes exchanged, so the next layer gets at its time steps without a copy.

Sequences of a batch are padded at their ends to one length, `mode.mask` (batch, time) is 1 where a step is real. At a
padded step the state stays what it was. So the state after the last step is that after each sequence's own last step, a
layer that goes backward in time enters a sequence with the zeros it began with, and nothing depends on the padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from zoo.errors import ZooError
from zoo.nn import Beside, Initializer, Mode, Scaled

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

CACHED = 2**20  # bytes of one large array that are gone through several times in a row
PORTIONS = 8  # of the steps of a sequence, at most
FEWEST = 256  # rows (time steps × batch) of a portion
LARGE = 2**23  # multiplications of a step from which two threads are faster
GLOROT = Scaled(1.0, "both", uniform=True)


def axes(input_shape: Shape, who: object) -> tuple[int, int]:
    """(time steps, -1 where their number varies; features) of an input; `ZooError` where it is no sequence."""
    if len(input_shape) != 2 or input_shape[1] < 1:
        raise ZooError(
            f"{who}: got inputs of shape {input_shape}, expected sequences: (time steps, features); name --window"
            " for a time series in a table, --sequence for a table of sequences, --task language for text"
        )
    return input_shape


def time_first(x: Array) -> Array:
    """(batch, time, …) as a contiguous (time, batch, …); no copy where it was made by `batch_first`."""
    return np.ascontiguousarray(x.swapaxes(0, 1))


def batch_first(x: Array) -> Array:
    """(time, batch, …) seen as (batch, time, …)."""
    return x.swapaxes(0, 1)


def order(time: int, reverse: bool) -> range:
    """The time steps in the order in which a layer goes through them."""
    return range(time - 1, -1, -1) if reverse else range(time)


def padding(mask: Array | None) -> list[Array | None]:
    """For every time step which rows are padded there, (batch, 1) of true and false; None where none is."""
    if mask is None:
        return []
    padded = np.ascontiguousarray(mask.T) == 0  # (time, batch)
    return [row[:, None] if some else None for row, some in zip(padded, padded.any(axis=1), strict=True)]


def states(mode: Mode, name: str, like: Array, time: int, units: int, reverse: bool) -> tuple[Array, Array]:
    """Room (time, batch, units) for the state after each step, and the same seen from one step later: before each step.

    The state before the first step is what is carried under `name`, else zeros. One array holds all, so that the
    weights on the state have their gradient as one product.
    """
    batch = like.shape[1]
    room = mode.empty_like(like, shape=(time + 1, batch, units))
    carried = mode.carried.get(f"{mode.path}/{name}")
    room[time if reverse else 0] = 0 if carried is None else carried
    return (room[:time], room[1:]) if reverse else (room[1:], room[:time])


def columns(x: Array) -> Array:
    """(time, batch, features) as the rows of one matrix."""
    return x.reshape(-1, x.shape[-1])


def portions(steps: range, batch: int) -> list[slice]:
    """The time steps in a few portions, in the layer's order: what concerns many steps at once is done for each by
    itself, so that another thread can do it beside the steps of the next."""
    time = len(steps)
    count = max(1, min(PORTIONS, time * batch // FEWEST))
    edges = [time * number // count for number in range(count + 1)]
    found = [slice(start, stop) for start, stop in pairwise(edges)]
    return found if steps.step > 0 else found[::-1]


def steps_of(steps: range, part: slice) -> range:
    """The time steps of a portion in the layer's order."""
    return range(part.start, part.stop) if steps.step > 0 else range(part.stop - 1, part.start - 1, -1)


def stretches(part: slice, step_bytes: int) -> list[slice]:
    """A portion in stretches that stay in cache: few calls where steps are small, no trip to memory where they are
    large."""
    count = max(1, CACHED // max(1, step_bytes))
    return [slice(start, min(part.stop, start + count)) for start in range(part.start, part.stop, count)]


def product(a: Array, U: Array, out: Array, beside: Beside) -> Array:
    """a @ U gate by gate (gates, batch, units); half of the gates beside the others where that is worth a wake-up."""
    if out.size * a.shape[-1] < LARGE:
        return np.matmul(a, U, out)
    half = len(U) // 2
    first, second = (a, a) if a.ndim == 2 else (a[:half], a[half:])
    wait = beside(partial(np.matmul, second, U[half:], out[half:]))
    np.matmul(first, U[:half], out[:half])
    wait()
    return out


def backward(steps: range, stretch: slice) -> range:
    """The places within a stretch, from the last in the layer's order back to the first."""
    length = stretch.stop - stretch.start
    return range(length - 1, -1, -1) if steps.step > 0 else range(length)


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
