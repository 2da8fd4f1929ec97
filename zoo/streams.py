"""Randomness is derived, never carried: every random number comes from where in the run it is drawn.

`Stream(seed, phase, epoch, batch, shard)(purpose)` is a generator on a SeedSequence whose spawn key is the purpose
and the position. So no generator state is saved, resuming is exact, and the number of workers changes nothing.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Stream:
    """The source of generators at one place of a run. A generator costs 20 µs: ask for one when something draws."""

    seed: int
    phase: int = 0
    epoch: int = 0
    batch: int = 0
    shard: int = 0

    def __call__(self, purpose: str) -> np.random.Generator:
        """The generator for one purpose, the same whenever and wherever it is asked for."""
        # A spawn key, since a list as entropy drops trailing zeros; CRC-32, since hash() differs from process to
        # process.
        key = (zlib.crc32(purpose.encode()), self.phase, self.epoch, self.batch, self.shard)
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(self.seed, spawn_key=key)))

    def at(self, **place: int) -> Stream:
        """The stream elsewhere: `stream.at(shard=3)`."""
        return replace(self, **place)


class Unfilled(Stream):
    """The stream for a model whose weights are about to be replaced: what is drawn in bulk is zero, and takes neither
    time nor memory. Drawing 100 MB of weights that nobody sees would take as long as reading them three times over."""

    def __call__(self, purpose: str) -> np.random.Generator:
        return _Zeros(np.random.SFC64(0))


class _Zeros(np.random.Generator):
    """A generator whose draws from the usual distributions are one zero, seen as an array of any shape."""

    def _zeros(self, size: Any) -> Any:
        return 0.0 if size is None else np.broadcast_to(np.float32(0), size)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        if out is None:
            return self._zeros(size)
        out[...] = 0
        return out

    random = standard_normal

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return self._zeros(size)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        return self._zeros(size)
