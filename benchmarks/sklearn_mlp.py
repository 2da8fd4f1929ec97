"""The multilayer perceptron of a prepared run in scikit-learn: `MLPClassifier.partial_fit` on many batches at once.

One call of `partial_fit` is one pass over the rows it is given, in shuffled batches: called with all batches of a
round, it checks its arguments once for all of them. The rows are encoded beforehand, float32.
"""

from __future__ import annotations

import importlib
import warnings
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import threadpoolctl

from benchmarks.harness import Side, Unavailable
from zoo.nn import GradientSettings
from zoo.training.prepare import Run


class SklearnSteps(Side):
    """Training steps with plain gradient descent or Adam; `most` are done in one round."""

    def __init__(self, run: Run, threads: int, most: int) -> None:
        self.name = "scikit-learn"
        self.threads = threads
        options, settings = run.model.architecture.as_dict(), run.training.phases[0].settings
        assert isinstance(settings, GradientSettings)
        if settings.optimizer not in ("adam", "sgd") or options["activation"] != "relu":
            raise Unavailable("the scikit-learn side knows relu, adam and sgd alone")
        samples = run.samples("train")
        assert samples is not None
        batch = samples.rows(np.arange(len(samples)))
        assert batch.targets is not None
        self.batch_size = settings.batch_size
        over_and_over = np.arange(most * self.batch_size) % len(batch)
        self.x = np.ascontiguousarray(batch.inputs.reshape(len(batch), -1)[over_and_over])
        self.y = batch.targets[over_and_over]
        classifier: Any = importlib.import_module("sklearn.neural_network").MLPClassifier
        self.net = classifier(
            hidden_layer_sizes=tuple(options["hidden"]),
            activation="relu",
            solver=settings.optimizer,
            alpha=0.0,
            batch_size=self.batch_size,
            learning_rate_init=settings.learning_rate,
            momentum=0.0,
            nesterovs_momentum=False,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.net.partial_fit(
                self.x[: self.batch_size],
                self.y[: self.batch_size],
                classes=np.arange(run.model.signature.outputs),
            )

    def around(self) -> AbstractContextManager[object]:
        limits: AbstractContextManager[object] = threadpoolctl.threadpool_limits(self.threads, user_api="blas")
        return limits

    def work(self, count: int) -> None:
        rows = count * self.batch_size
        self.net.partial_fit(self.x[:rows], self.y[:rows])
