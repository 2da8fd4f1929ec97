"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zoo import Signature, option
from zoo.nn import Layer
from zoo_recurrent.architecture import RecurrentArchitecture
from zoo_recurrent.layers import LstmLayer, PeepholeLstmLayer


@dataclass(frozen=True)
class Lstm(RecurrentArchitecture):
    """Cells that keep what they hold until a gate lets it go. S. Hochreiter and J. Schmidhuber (1997), Long short-term
    memory; forget gates: F. Gers, J. Schmidhuber and F. Cummins (2000); peepholes: F. Gers and others (2002)."""

    name: ClassVar[str] = "lstm"
    summary: ClassVar[str] = "long short-term memory with forget gates (Hochreiter, Schmidhuber 1997; Gers 2000)"
    data: ClassVar[str] = "counting"
    small: ClassVar[Mapping[str, Any]] = {"hidden": 6}

    peepholes: bool = option(False, "whether the gates also see the cell")
    forget_bias: float = option(1.0, "what the forget gates' bias begins with", low=-100, high=100)

    def cell(self, signature: Signature, reverse: bool, last: bool) -> Layer:
        kind = PeepholeLstmLayer if self.peepholes else LstmLayer
        return kind(self.hidden, reverse, last, self.forget_bias)

    @property
    def has_kernels(self) -> bool:
        return not self.peepholes

    @property
    def has_compiled_kernels(self) -> bool:
        return not self.peepholes and self.precision == "float32"

    def states(self, signature: Signature) -> dict[str, int]:
        return {"hidden": self.hidden, "cell": self.hidden}
