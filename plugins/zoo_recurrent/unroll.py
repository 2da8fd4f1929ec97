"""Going through time: the axes of sequences, padding, carried state, and a rule applied step by step.

Outside, arrays are (batch, time, …); inside a layer time comes first, so that the rows of one time step lie together.
What a layer gives is such an array with its axes exchanged, so the next layer gets at its time steps without a copy.

Sequences of a batch are padded at their ends to one length, `mode.mask` (batch, time) is 1 where a step is real. At a
padded step the state stays what it was. So the state after the last step is that after each sequence's own last step, a
layer that goes backward in time enters a sequence with the zeros it began with, and nothing depends on the padding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zoo import Array, Shape, ZooError
from zoo.nn import Gradient, Tree
from zoo_recurrent.rules.step import Step

ROWS = 512  # (time steps × batch) from which the gradient of the weights is one large product


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


def padded_steps(pads: list[Array | None], batch: int) -> Array:
    """What `padding` gave as one array: (time, batch), true where a step is padded; of no time steps where none is."""
    if all(pad is None for pad in pads):
        return np.zeros((0, batch), np.bool_)
    return np.stack([np.zeros(batch, np.bool_) if pad is None else pad[:, 0] for pad in pads])


def begin(states: Array, start: Array | None) -> None:
    """The state before the first step, `states[0]`, is what is carried, else zeros."""
    states[0] = 0 if start is None else start


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
class Unrolled:
    """What came of going through time; all arrays with time first, in the layer's order.

    outputs (time, batch, units); `final`, each part of the state after the last step; `watched`, arrays by name;
    `pullback(dY, dy, g, want_dx)` adds the gradients of the weights into g and returns dX: dY (time, batch, units) is
    None where the last output alone was used, dy (batch, units), which it may overwrite, comes on top at the last step.
    """

    outputs: Array
    final: tuple[Array, ...]
    watched: Mapping[str, Callable[[], Array]]
    pullback: Callable[[Array | None, Array, Gradient, bool], Array | None]


def through_time(step: Step, p: Tree, X: Array, state: tuple[Array, ...], pads: Sequence[Array | None]) -> Unrolled:
    """The rule itself, one time step after the other: X (time, batch, inputs), from `state` on.

    The first part of the state is what the layer gives. At a padded step every part stays what it was.
    """
    states, backwards = [state], []
    for t, x in enumerate(X):
        after, backward = step(x, *states[-1], **p)
        if pads and (pad := pads[t]) is not None:
            after = tuple(np.where(pad, old, new) for old, new in zip(states[-1], after, strict=True))
        states.append(after)
        backwards.append(backward)
    outputs = np.stack([each[0] for each in states[1:]])

    def pullback(dY: Array | None, dy: Array, g: Gradient, want_dx: bool) -> Array | None:
        dX, sums = np.empty_like(X), {name: np.zeros_like(weight) for name, weight in p.items()}
        dstate = [dy, *(np.zeros_like(part) for part in state[1:])]
        for t in reversed(range(len(X))):
            if dY is not None:
                dstate[0] = dstate[0] + dY[t]
            pad = pads[t] if pads else None
            if pad is None:
                pad = np.zeros((len(dy), 1), bool)
            through = [np.where(pad, 0, each) for each in dstate]
            dX[t], before, gradients = backwards[t](*through)
            dstate = [np.where(pad, each, 0) + new for each, new in zip(dstate, before, strict=True)]
            for name, gradient in gradients.items():
                sums[name] += gradient
        for name, total in sums.items():
            g.add(name, total)
        return dX if want_dx else None

    return Unrolled(outputs, states[-1], {"state": lambda: outputs}, pullback)
