"""The types of one time step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo import Array

Gradients = dict[str, Array]  # by name of the weight
Backward = Callable[
    ..., tuple[Array, tuple[Array, ...], Gradients]
]  # (d of each state) → dx, d of states before, d of weights
Step = Callable[..., tuple[tuple[Array, ...], Backward]]  # (x, *states before, **weights) → states after, backward
Activation = Callable[[Array], tuple[Array, Callable[[Array], Any]]]  # z → a(z), (da → dz)
