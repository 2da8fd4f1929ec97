"""Hashes of training rows: they count how many rows of other data a model has seen, without storing data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import numpy as np

from zoo.core.batch import Batch
from zoo.data.dispatch import AnyEncoded
from zoo.data.provenance import MOST_HASHES
from zoo.platform.reading import reading
from zoo.types import Array

AT_ONCE = 2**13  # rows encoded together, and
BYTES = 2**23  # of their inputs, at most


def hashes_kept(samples: AnyEncoded, stop: Callable[[], bool] = lambda: False) -> Array | None:
    """The smallest hashes of encoded rows, ascending; None where `stop()` says so before all blocks were read.

    Of more rows than `MOST_HASHES` a share is estimated later, to about one in sixty.
    A row's hash is of its inputs and targets as the model sees them, so it is the same in any file that holds the row.
    Data read in blocks are read once.
    """
    kept: Array = np.zeros(0, np.uint64)
    found: list[Array] = []
    for hashes in _hashes(samples):
        if len(kept) == MOST_HASHES:
            hashes = hashes[hashes < kept[-1]]
        found.append(hashes)
        if sum(map(len, found)) >= MOST_HASHES:
            kept, found = np.unique(np.concatenate([kept, *found]))[:MOST_HASHES], []
        if samples.block is not None and stop():
            return None
    return np.unique(np.concatenate([kept, *found]))[:MOST_HASHES]


def count_known(samples: AnyEncoded, kept: Array) -> tuple[int, bool]:
    """How many of these samples equal one whose hash is kept, and whether that is an estimate, where hashes were left
    out."""
    estimated = len(kept) >= MOST_HASHES
    within = known = 0
    for hashes in _hashes(samples):
        if estimated:
            hashes = hashes[hashes <= kept[-1]]
        within += len(hashes)
        known += int(np.isin(hashes, kept).sum())
    return (round(len(samples) * known / within) if within else 0) if estimated else known, estimated


def _hashes(samples: AnyEncoded) -> Iterator[Array]:
    """Those of all rows in order, some at a time."""
    # Who learns without supervision has the same row with a label or without.
    with_targets = samples.preprocessing.task != "unsupervised"
    start, step = 0, 1
    with reading("hashing the rows", len(samples)) as read_by_now:
        while start < len(samples):
            batch = samples.rows(np.arange(start, min(start + step, len(samples))))
            start += len(batch)
            step = max(1, min(AT_ONCE, BYTES * len(batch) // max(1, batch.inputs.nbytes)))
            yield np.frombuffer(b"".join(_of_rows(batch, with_targets)), "<u8").astype(np.uint64)
            read_by_now(start)


def _of_rows(batch: Batch, with_targets: bool) -> Iterator[bytes]:
    if batch.mask is None:
        parts = [batch.inputs] if batch.targets is None or not with_targets else [batch.inputs, batch.targets]
        rows = [np.ascontiguousarray(part).reshape(len(batch), -1).view(np.uint8) for part in parts]
        joined = np.concatenate(rows, axis=1)
        width, whole = joined.shape[1], joined.tobytes()
        for start in range(0, len(whole), width):
            yield hashlib.blake2b(whole[start : start + width], digest_size=8).digest()
        return
    for number in range(len(batch)):
        real = slice(None) if batch.mask is None else batch.mask[number] > 0
        digest = hashlib.blake2b(np.ascontiguousarray(batch.inputs[number][real]).tobytes(), digest_size=8)
        if batch.targets is not None and with_targets:
            target = np.asarray(batch.targets[number])
            steps = target[real] if batch.mask is not None and target.shape[:1] == batch.mask.shape[1:] else target
            digest.update(np.ascontiguousarray(steps).tobytes())
        yield digest.digest()
