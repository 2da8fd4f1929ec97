"""The trained net: basis functions, its metrics, and how well its equations were conditioned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo import Array, Metric, Model, RandomStream, Signature, Sums
from zoo.nn import GradientArchitecture, GradientModel, Layer, Loss
from zoo_rbf.basis_functions import activations
from zoo_rbf.metrics import NORMALIZED_ERROR

if TYPE_CHECKING:
    from zoo.data import Samples


class RbfModel(GradientModel):
    """Weights basis/centres (centres, inputs), basis/widths (centres,), output/W (centres, outputs) and output/b
    (outputs,); while samples are chosen by orthogonal least squares, candidates (candidates, inputs)."""

    def __init__(
        self,
        architecture: GradientArchitecture,
        signature: Signature,
        layers: Layer,
        stream: RandomStream,
        loss: Loss,
        precision: str,
        basis: str,
        normalized: bool,
    ) -> None:
        super().__init__(architecture, signature, layers, stream, loss, precision)
        self.basis, self.normalized = basis, normalized

    @property
    def count(self) -> int:
        return len(self.weights["basis/widths"])

    @property
    def centres(self) -> Array:
        """The centres in the units of the data: (centres, *input_shape)."""
        return self.decode_inputs(self.weights["basis/centres"].reshape(self.count, *self.signature.input_shape))

    @property
    def widths(self) -> Array:
        """How far one width of each centre reaches along each input, in the units of the data: (centres,
        *input_shape)."""
        return width_in_units(self, self.weights["basis/widths"])

    def design_matrix(self, inputs: Array) -> Array:
        """Φ (rows, centres) of encoded inputs (rows, *input_shape), in double precision, whatever that of the weights:
        what equations are made of, and outputs: Φ W + b."""
        weights = self.weights
        x = inputs.reshape(len(inputs), -1).astype(np.float64)
        centres, widths = weights["basis/centres"].astype(np.float64), weights["basis/widths"].astype(np.float64)
        return activations(self.basis, x, centres, widths, self.normalized)

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return (*super().declared_metrics, *((NORMALIZED_ERROR,) if self.signature.task == "regression" else ()))

    def metrics(self, sums: Sums) -> dict[str, float]:
        """Those of the task; of regression also normalized_error, its root mean square in deviations of the targets."""
        found = super().metrics(sums)
        if self.signature.task == "regression" and "squared" in sums:
            found["normalized_error"] = normalized_error(sums)
        return found

    def notes(self, data: Samples) -> Iterator[str]:
        """How centres lie, and how well the equations were conditioned."""
        widths = self.weights["basis/widths"]
        yield f"{self.count:,} centres, widths from {widths.min():.3g} to {widths.max():.3g} of the encoded inputs"
        if self.history is None:
            return
        if condition := self.history["output"].get("condition"):
            yield f"the normal equations have the condition {condition[-1]:.1e}"
        if missed := self.history["output"].get("missed"):
            yield f"the surface misses its targets by {missed[-1]:.1e} at most"
        if explained := self.history["orthogonal"].get("explained"):
            yield f"the chosen centres explain {100 * explained[0]:.2f} % of the targets' squares"


def width_in_units(model: Model, widths: Array) -> Array:
    """Widths (centres,) of encoded inputs along each input, in the units of the data: (centres, *input_shape)."""
    shape = model.signature.input_shape
    along = np.broadcast_to(widths.reshape(-1, *(1 for _ in shape)).astype(np.float64), (len(widths), *shape))
    return np.asarray(np.abs(model.decode_inputs(along) - model.decode_inputs(np.zeros_like(along))))


def normalized_error(sums: Sums) -> float:
    """√(Σ (t − y)² / Σ (t − mean t)²), mean over the outputs; an output that does not vary does not count."""
    varies = sums["targets_squared"] - sums["targets"] ** 2 / float(sums["count"])
    some = varies > 1e-12 * sums["targets_squared"]
    return float(np.sqrt(sums["squared"][some] / varies[some]).mean()) if some.any() else 0.0
