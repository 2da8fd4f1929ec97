"""ART 1: binary patterns; a category keeps the bits all its members share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import InputSpec, TrainingSettings, option
from zoo_art.clustering import Clustering
from zoo_art.kernels.art1 import Art1Kernel


@dataclass(frozen=True)
class Art1(Clustering):
    """Categories are templates of bits: what all their members have in common.

    Source: G. A. Carpenter and S. Grossberg (1987a), A massively parallel architecture for a self-organizing neural
    pattern recognition machine.
    """

    name: ClassVar[str] = "art1"
    summary: ClassVar[str] = "clusters binary patterns by the ones they share (Carpenter, Grossberg 1987)"
    data: ClassVar[str] = "letters"
    settings: ClassVar[TrainingSettings] = TrainingSettings(epochs=10)

    vigilance: float = option(0.7, "ρ: share of an input's ones its category must have", low=0.0, high=1.0)
    choice: float = option(2.0, "L: how much more a small template is favoured over a large one", above=1.0, high=1e6)
    uncommitted: str = option(
        "competes",
        "whether a node without a category competes with its own choice value, as in the paper, or comes last",
        choices=("competes", "last"),
    )
    binarize: bool = option(
        False, "what lies in the upper half of its range in training is 1; false: data must be bits"
    )
    most: int = option(1_000_000, "categories at most; what none takes is then left out", low=1, high=10_000_000)

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs="binary" if self.binarize else "raw")

    @property
    def kernel(self) -> Art1Kernel:
        return Art1Kernel(self.vigilance, self.choice, self.uncommitted == "competes", self.dtype, self.name)
