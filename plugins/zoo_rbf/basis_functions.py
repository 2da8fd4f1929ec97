"""Radial basis functions: φ of the distance from a centre, in widths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo import Array, Shape, Value, ZooError
from zoo.nn import ONES, ZEROS, Layer, Mode, Parameter, Pullback, Shapes, Tree

if TYPE_CHECKING:
    from zoo.nn import Gradient


TINY = 1e-300


def gaussian(q: Array) -> tuple[Array, Array]:
    """φ = e^(−q/2), dφ/dq = −φ/2."""
    phi = np.exp(-0.5 * q)
    return phi, -0.5 * phi


def multiquadric(q: Array) -> tuple[Array, Array]:
    """φ = √(1 + q), dφ/dq = 1/(2φ). Hardy (1971)."""
    phi = np.sqrt(1 + q)
    return phi, 0.5 / phi


def inverse_multiquadric(q: Array) -> tuple[Array, Array]:
    """φ = 1/√(1 + q), dφ/dq = −φ³/2."""
    phi = 1 / np.sqrt(1 + q)
    return phi, -0.5 * phi**3


def thin_plate(q: Array) -> tuple[Array, Array]:
    """φ = r² ln r = ½ q ln q, 0 at the centre, dφ/dq = ½ (ln q + 1). Duchon (1977)."""
    log = np.log(np.maximum(q, TINY if q.dtype == np.float64 else 1e-37))
    return 0.5 * q * log, 0.5 * (log + 1)


BASES = {
    "gaussian": gaussian,
    "multiquadric": multiquadric,
    "inverse-multiquadric": inverse_multiquadric,
    "thin-plate": thin_plate,
}
IN_ONNX: dict[str, Callable[[Value], Value]] = {
    "gaussian": lambda q: (q * -0.5).exp(),
    "multiquadric": lambda q: (q + 1).sqrt(),
    "inverse-multiquadric": lambda q: 1 / (q + 1).sqrt(),
    "thin-plate": lambda q: q * 0.5 * q.maximum(TINY if q.dtype == np.float64 else 1e-37).log(),
}
POSITIVE = ("gaussian", "multiquadric", "inverse-multiquadric")  # what may be normalized


def squared_distances(x: Array, centres: Array) -> Array:
    """‖x − c‖² = ‖x‖² − 2 x·c + ‖c‖², never below 0: x (rows, inputs), centres (centres, inputs), (rows, centres)."""
    r2 = x @ centres.T
    r2 *= -2
    r2 += np.einsum("ri,ri->r", x, x)[:, None]
    r2 += np.einsum("ci,ci->c", centres, centres)
    np.maximum(r2, 0, out=r2)
    return np.asarray(r2)


def squared_distances_in_onnx(x: Value, centres: Array) -> Value:
    """`squared_distances` as operators of ONNX, in double precision: they are differences of large numbers."""
    x, centres = x.cast(np.float64), centres.astype(np.float64)
    r2: Value = (x * x).sum() - 2 * (x @ centres.T) + np.square(centres).sum(axis=1)
    return r2.maximum(0)


def activations(kind: str, x: Array, centres: Array, widths: Array, normalized: bool = False) -> Array:
    """φ(‖x − c_j‖² / σ_j²) of every centre: (rows, centres); normalized, divided by their sum."""
    phi = BASES[kind](squared_distances(x, centres) / widths**2)[0]
    return phi / sums_over(phi) if normalized else phi


def sums_over(phi: Array) -> Array:
    """Σ_j φ_j, (rows, 1); far from every centre all φ may be 0, and so is what is divided by this."""
    total = phi.sum(axis=1, keepdims=True)
    return np.where(total > 0, total, 1)


@dataclass(frozen=True)
class Basis(Layer):
    """y_j = φ(q_j) with q_j = ‖x − c_j‖² / σ_j², or normalized y_j = φ(q_j) / Σ_k φ(q_k).

    x (rows, inputs), centres c (units, inputs), widths σ (units,), y (rows, units). Where `learned` is false, centres
    and widths stay as they are: in training nothing is added to their gradients. Normalized: Moody and Darken (1989).
    """

    kind: ClassVar[str] = "basis"

    units: int
    function: str = "gaussian"
    normalized: bool = False
    learned: bool = False

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        if len(input_shape) != 1 or input_shape[0] < 1:
            raise ZooError(
                f"{self}: got an input of shape {input_shape}, expected one axis of features; flatten it first"
            )
        return Shapes(
            (self.units,),
            {
                "centres": Parameter((self.units, input_shape[0]), ZEROS, penalized=False),
                "widths": Parameter((self.units,), ONES, penalized=False),
            },
        )

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        c, s = p["centres"], p["widths"]
        q = squared_distances(x, c) / s**2
        phi, slope = BASES[self.function](q)
        total = sums_over(phi) if self.normalized else None
        y = phi if total is None else phi / total
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not self.learned and not mode.input_gradient:
                return None
            if total is not None:
                dy = (dy - (dy * y).sum(axis=1, keepdims=True)) / total  # dφ
            dq = dy * slope
            k = 2 * dq / s**2  # of d‖x − c‖² = 2 (x − c) · (dx − dc)
            if self.learned or mode.as_predicted:
                g.add("centres", k.sum(axis=0)[:, None] * c - k.T @ x)
                g.add("widths", (-2 / s) * (dq * q).sum(axis=0))
            if not mode.input_gradient:
                return None
            return np.asarray(k.sum(axis=1)[:, None] * x - k @ c)

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        q = squared_distances_in_onnx(x, p["centres"]) / p["widths"] ** 2
        phi = IN_ONNX[self.function](q)
        if not self.normalized:
            return phi
        total = phi.sum()
        return phi / x.graph.where(total > 0, total, 1)
