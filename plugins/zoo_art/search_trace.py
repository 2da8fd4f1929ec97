"""Trace one search for a category: what competes, what is reset, and what resonates, as the rule has it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array
from zoo_art.kernels.competition import Competition

Found = tuple[int | None, Array, list[int]]  # what a rule's `present` gives


def trace_search(trace: Callable[[str, Array], None], kernel: Competition, I: Array, W: Array, found: Found) -> None:
    """Traces choice values and matches of all categories (1, categories), those that were reset in their order, the
    category that resonates (the number of categories: a new one; -1: none can), and its weights after learning."""
    J, learned, reset = found
    both = np.array([kernel.values(I, w) for w in W]).reshape(-1, 2)
    trace("inputs", I[None])
    trace("choices", both[None, :, 0])
    trace("matches", both[None, :, 1])
    trace("resets", np.array([reset], np.int64))
    trace("resonates", np.array([-1 if J is None else J]))
    trace("learned", learned[None])
