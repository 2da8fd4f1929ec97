"""Jordan's network: the previous output is fed back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zoo import Signature, option
from zoo.nn import Layer, Serial, Tanh
from zoo_recurrent.architecture import RecurrentArchitecture
from zoo_recurrent.layers import Horizon, JordanLayer


@dataclass(frozen=True)
class Jordan(RecurrentArchitecture):
    """Context units remember what the net gave out, fading. The top layer's outputs are the net's; those of layers
    below it, and of both directions, are as many as `hidden`. Source: M. I. Jordan (1986),
    Serial order: a parallel distributed processing approach, ICS report 8604."""

    name: ClassVar[str] = "jordan"
    summary: ClassVar[str] = "the net's outputs feed back, through context units that fade (Jordan 1986)"
    data: ClassVar[str] = "sine"
    small: ClassVar[Mapping[str, Any]] = {"hidden": 6}

    decay: float = option(0.5, "what is left of the context after a step", low=0.0, below=1.0)

    def cell(self, signature: Signature, reverse: bool, last: bool) -> Layer:
        inner = JordanLayer(self.hidden, self.hidden, "tanh", self.decay, reverse, last)
        return Serial(jordan=inner, tanh=Tanh())

    def top(self, signature: Signature, top: bool, last: bool) -> Layer:
        if not top:
            return self.cell(signature, False, last)
        classes = signature.task in ("classification", "labelling", "language")
        return JordanLayer(self.hidden, signature.outputs, "softmax" if classes else "linear", self.decay, False, last)

    def head(self, signature: Signature) -> dict[str, Layer]:
        if self.bidirectional:
            return super().head(signature)
        return {"horizon": Horizon(signature.output_shape)} if signature.task == "forecast" else {}

    def states(self, signature: Signature) -> dict[str, int]:
        return {"output": signature.outputs, "context": signature.outputs}

    def states_of(self, signature: Signature, number: int) -> dict[str, int]:
        if number == self.layers:
            return self.states(signature)
        return {"jordan/output": self.hidden, "jordan/context": self.hidden}
