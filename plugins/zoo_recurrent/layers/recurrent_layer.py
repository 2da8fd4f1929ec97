"""Base class of recurrent layers: axes, direction, masks, carried state and watching, around a rule or its kernel."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from zoo import Array, Value
from zoo.nn import Gradient, Layer, Mode, Pullback, Tree
from zoo_recurrent.rules.step import Step
from zoo_recurrent.unroll import Unrolled, batch_first, ordered, padding, through_time, time_first


class RecurrentLayer(Layer):
    """x (batch, time, inputs) to y (batch, time, units), with `last` to the output of the last step, (batch, units)."""

    parts: ClassVar[tuple[str, ...]]  # names of the parts of the state; the first is what the layer gives
    reverse: bool  # goes from the last step to the first
    last: bool  # gives the output of the last step alone

    @property
    @abstractmethod
    def units(self) -> int:
        """Units of each part of the state."""

    @abstractmethod
    def rule(self) -> Step:
        """One time step, from `rules/`."""

    def kernel(
        self, p: Tree, X: Array, start: tuple[Array | None, ...], pads: list[Array | None], mode: Mode
    ) -> Unrolled:
        """All time steps at once, from `kernels/`: equal to the rule but for rounding. By default the rule itself."""
        zeros = np.zeros((X.shape[1], self.units), X.dtype)
        return through_time(self.rule(), p, X, tuple(zeros if each is None else each for each in start), pads)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        X = ordered(x.swapaxes(0, 1), self.reverse)  # (time, batch, inputs), the layer's first step first
        names = [f"{mode.path}/{part}" for part in self.parts]
        start = tuple(mode.carried.get(name) for name in names)
        pads = padding(mode.mask, self.reverse)
        unroll = RecurrentLayer.kernel if mode.kernels == "reference" else type(self).kernel
        run = unroll(self, p, X, start, pads, mode)
        if mode.watch is not None:
            for name, watched in run.watched.items():
                mode.watch(f"{mode.path}/{name}", batch_first(watched(), self.reverse))
        if not self.reverse:
            mode.carries.update(zip(names, run.final, strict=True))
        y = run.final[0].copy() if self.last else batch_first(run.outputs, self.reverse)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else ordered(time_first(dy), self.reverse)
            d_last = dy.copy() if self.last else np.zeros((len(x), self.units), X.dtype)
            dX = run.pullback(dY, d_last, g, mode.input_gradient)
            return None if dX is None else batch_first(dX, self.reverse)

        return y, pullback

    def from_operator(self, kind: str, x: Value, hidden: int, *weights: Array | None, **attributes: Any) -> Value:
        """y of x by an operator of ONNX that goes through time itself: RNN, GRU or LSTM; in single precision, as
        runtimes have them. Weights without the axis of directions, in the operator's order."""
        single = [None if each is None else each[None].astype(np.float32) for each in weights]
        states = (np.float32,) * (3 if kind == "LSTM" else 2)
        y, last, *_ = x.graph.ops(
            kind,
            x.cast(np.float32).transpose(1, 0, 2),
            *single,
            dtypes=states,
            hidden_size=hidden,
            direction="reverse" if self.reverse else "forward",
            **attributes,
        )
        found = last.squeeze(0) if self.last else y.squeeze(1).transpose(1, 0, 2)
        return found.cast(x.dtype)


def in_order(weights: Array, gates: str, wanted: str) -> Array:
    """Weights (…, gates · hidden) with the blocks of the gates in another order."""
    blocks = dict(zip(gates, np.split(weights, len(gates), axis=-1), strict=True))
    return np.concatenate([blocks[gate] for gate in wanted], axis=-1)
