"""Where a batch is cut into shards: consecutive rows that workers measure side by side.

`AdditiveStep.add_up` and `GradientStep.locate_non_finite` cut their batches so; `in_lanes` cuts an epoch into lanes.
"""

from __future__ import annotations

from itertools import pairwise


def cut(rows: int, shards: int) -> list[tuple[int, int]]:
    """(start, stop) of nearly equal consecutive pieces, the larger ones first; never more pieces than rows."""
    shards = max(1, min(shards, rows))
    size, larger = divmod(rows, shards)
    edges = [shard * size + min(shard, larger) for shard in range(shards + 1)]
    return list(pairwise(edges))
