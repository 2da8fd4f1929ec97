"""The gated recurrent unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zoo import Signature
from zoo.nn import Layer
from zoo_recurrent.architecture import RecurrentArchitecture
from zoo_recurrent.layers import GruLayer


@dataclass(frozen=True)
class Gru(RecurrentArchitecture):
    """A gate decides what of the state stays, another what of it the new one sees. K. Cho and others (2014), Learning
    phrase representations using RNN encoder–decoder for statistical machine translation."""

    name: ClassVar[str] = "gru"
    summary: ClassVar[str] = "gated recurrent unit: two gates, no cell (Cho and others 2014)"
    data: ClassVar[str] = "reber"
    small: ClassVar[Mapping[str, Any]] = {"hidden": 6}

    def cell(self, signature: Signature, reverse: bool, last: bool) -> Layer:
        return GruLayer(self.hidden, reverse, last)

    @property
    def has_compiled_kernels(self) -> bool:
        return self.precision == "float32"

    def states(self, signature: Signature) -> dict[str, int]:
        return {"hidden": self.hidden}
