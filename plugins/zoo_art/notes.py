"""Notes on a trained set of categories."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zoo import Array

MOST = 5  # categories or samples named


def telling(sizes: Array, resets: Array | None, what: str = "") -> Iterator[str]:
    """How many categories there are, the largest of them, and the samples with the most resets."""
    order = np.argsort(-sizes, kind="stable")[:MOST]
    largest = ", ".join(f"{int(j)} ({int(sizes[j]):,})" for j in order)
    single = int(np.count_nonzero(sizes == 1))
    count = plural(len(sizes), "category", "categories")
    yield f"{what}{count}, {single:,} of a single presentation; the largest: {largest}"
    if resets is None or not len(resets):
        return
    if not resets.any():
        yield f"{what}no sample met a reset"
        return
    order = np.argsort(-resets, kind="stable")[:MOST]
    often = ", ".join(f"{int(n)} ({int(resets[n]):,})" for n in order if resets[n])
    searched = int(np.count_nonzero(resets))
    yield (
        f"{what}{int(resets.sum()):,} resets in the searches of {searched:,} of {len(resets):,} samples;"
        f" most in those of samples {often}"
    )


def plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
