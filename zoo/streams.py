"""Randomness is derived, never carried: every random number comes from where in the run it is drawn.

`Stream(seed, phase, epoch, batch, shard)(purpose)` is a generator on a SeedSequence whose spawn key is the purpose
and the position. So no generator state is saved, resuming is exact, and the number of workers changes nothing.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

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
