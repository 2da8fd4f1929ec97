"""Hashes of the rows a model was trained on: they tell how many rows of other data it has seen, without its data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from zoo.core.batch import Batch
from zoo.data.dispatch import AnyEncoded
from zoo.data.provenance import MOST_HASHES
from zoo.types import Array

AT_ONCE = 256  # rows encoded together


def hashes_kept(samples: AnyEncoded) -> Array | None:
    """The smallest hashes of encoded rows, ascending; None for data that stream from a file, which is read too slowly.

    Of more rows than `MOST_HASHES` a share is estimated later, to about one in sixty.
    A row's hash is of its inputs and targets as the model sees them, so it is the same in any file that holds the row.
    """
    if samples.block is not None:
        return None
    return np.unique(_hashes(samples))[:MOST_HASHES]


def count_known(samples: AnyEncoded, kept: Array) -> int:
    """How many of these samples equal one whose hash is kept; estimated where hashes were left out."""
    hashes = _hashes(samples)
    if len(kept) < MOST_HASHES:
        return int(np.isin(hashes, kept).sum())
    within = hashes[hashes <= kept[-1]]
    return round(len(hashes) * float(np.isin(within, kept).mean())) if len(within) else 0


def _hashes(samples: AnyEncoded) -> Array:
    found: list[bytes] = []
    for start in range(0, len(samples), AT_ONCE):
        found += _of_rows(samples.rows(np.arange(start, min(start + AT_ONCE, len(samples)))))
    return np.frombuffer(b"".join(found), "<u8").astype(np.uint64)


def _of_rows(batch: Batch) -> Iterator[bytes]:
    for number in range(len(batch)):
        real = slice(None) if batch.mask is None else batch.mask[number] > 0
        digest = hashlib.blake2b(np.ascontiguousarray(batch.inputs[number][real]).tobytes(), digest_size=8)
        if batch.targets is not None:
            target = np.asarray(batch.targets[number])
            steps = target[real] if batch.mask is not None and target.shape[:1] == batch.mask.shape[1:] else target
            digest.update(np.ascontiguousarray(steps).tobytes())
        yield digest.digest()
