"""Present inputs by the rule itself, in place of a kernel's search (`--kernels reference`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array
from zoo_art.kernels.resonance import NEW

Present = Callable[..., tuple[int | None, Array, list[int]]]  # (I, W, …) → (J, w_J after learning, resets)


class ByRule:
    """Computes in double precision, whatever that of the weights; W is cast when it is stored."""

    def __init__(self, present: Present) -> None:
        self.present = present
        self._learned = np.zeros(0)

    def find(self, I: Array, W: Array, *given: int) -> tuple[int | None, int]:
        """The category that resonates with I, NEW, or None where there is no place for it; and the number of resets
        before. `given` is what the rule sees beside I and W: of ARTMAP the class."""
        J, self._learned, reset = self.present(I.astype(np.float64), W.astype(np.float64), *given)
        return (NEW if len(W) == J else J), len(reset)

    def learn(self, J: int, I: Array, W: Array) -> bool:
        """Stores what the category found last has learned; whether its weights changed."""
        before = W[J].copy()
        W[J] = self._learned
        return not np.array_equal(before, W[J])

    def added(self, W: Array) -> None:
        """Nothing is kept beside the weights."""
