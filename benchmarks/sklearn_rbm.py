"""The restricted Boltzmann machine of a prepared run in scikit-learn: `BernoulliRBM.partial_fit`, batch by batch.

Its rule is persistent contrastive divergence with one step: as many products and draws as CD-1. Rows are encoded
beforehand, float32, and cut into batches that lie one behind the other.
"""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import threadpoolctl

from benchmarks.harness import Side
from zoo.training.prepare import Run


class SklearnRbm(Side):
    """Training steps."""

    def __init__(self, run: Run, threads: int) -> None:
        self.name = "scikit-learn"
        self.threads = threads
        settings = run.training.phases[-1].settings
        samples = run.samples("train")
        assert samples is not None
        batch = samples.rows(np.arange(len(samples)))
        x = np.ascontiguousarray(batch.inputs.reshape(len(batch), -1))
        size = settings.batch_size
        self.batches = [x[start : start + size] for start in range(0, len(x) - size + 1, size)]
        kind: Any = importlib.import_module("sklearn.neural_network").BernoulliRBM
        hidden = run.model.architecture.as_dict()["hidden"]
        rate = settings.as_dict()["learning_rate"]
        self.net = kind(n_components=hidden, learning_rate=rate, batch_size=size, random_state=0)
        self.done = 0

    def around(self) -> AbstractContextManager[object]:
        limits: AbstractContextManager[object] = threadpoolctl.threadpool_limits(self.threads, user_api="blas")
        return limits

    def work(self, count: int) -> None:
        for _ in range(count):
            self.net.partial_fit(self.batches[self.done % len(self.batches)])
            self.done += 1
