"""ART 2-A: normalized patterns; a category's weights turn towards its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import InputSpec, TrainingSettings, option
from zoo_art.clustering import Clustering
from zoo_art.kernels.art2a import Art2aKernel


@dataclass(frozen=True)
class Art2a(Clustering):
    """Categories are directions: an input joins the one at the smallest angle, if that is small enough.

    Source: G. A. Carpenter, S. Grossberg and D. B. Rosen (1991a), ART 2-A: An adaptive resonance algorithm for rapid
    category learning and recognition.
    """

    name: ClassVar[str] = "art2a"
    summary: ClassVar[str] = "clusters by direction, whatever the strength (Carpenter et al. 1991)"
    data: ClassVar[str] = "letters"
    settings: ClassVar[TrainingSettings] = TrainingSettings(epochs=5)

    vigilance: float = option(
        0.8, "ρ: cosine of the largest angle between an input and its category", low=0.0, high=1.0
    )
    choice: float | None = option(
        None, "α: choice of a node without a category, by the sum of the input; by default 1/√inputs", low=0.0, high=1.0
    )
    rate: float = option(0.1, "β: share of the way a category turns; 1 is fast learning", above=0.0, high=1.0)
    threshold: float = option(
        0.0, "θ: what is not above it in an input of length 1 is taken for noise", low=0.0, below=1.0
    )
    uncommitted: str = option(
        "competes",
        "whether a node without a category competes with its own choice value, as in the paper, or comes last",
        choices=("competes", "last"),
    )
    rescale: bool = option(
        True, "columns are scaled to [0, 1] by their range in training; false: as they are, 0 or more"
    )
    most: int = option(1_000_000, "categories at most; what none takes is then left out", low=1, high=10_000_000)
    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs="unit" if self.rescale else "raw")

    @property
    def kernel(self) -> Art2aKernel:
        competes = self.uncommitted == "competes"
        return Art2aKernel(self.vigilance, self.choice, self.rate, self.threshold, competes, self.precision, self.name)
