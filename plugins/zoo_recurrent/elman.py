"""Elman's network: the hidden layer receives its previous state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zoo import Signature
from zoo.nn import Layer
from zoo_recurrent.architecture import RecurrentArchitecture
from zoo_recurrent.layers import ElmanLayer


@dataclass(frozen=True)
class Elman(RecurrentArchitecture):
    """h = tanh(x W + h₋ U + b): the simple recurrent network. Source: J. L. Elman (1990), Finding structure in time."""

    name: ClassVar[str] = "elman"
    summary: ClassVar[str] = "simple recurrent network: the hidden layer feeds back (Elman 1990)"
    data: ClassVar[str] = "temporal-xor"
    small: ClassVar[Mapping[str, Any]] = {"hidden": 6}

    def cell(self, signature: Signature, reverse: bool, last: bool) -> Layer:
        return ElmanLayer(self.hidden, reverse, last)

    def states(self, signature: Signature) -> dict[str, int]:
        return {"hidden": self.hidden}
