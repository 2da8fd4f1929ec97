"""The Boltzmann family beside scikit-learn: one step of contrastive divergence."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.harness import Contest, Peer, Race, Terms
from benchmarks.own import OwnSteps
from benchmarks.sklearn_rbm import SklearnRbm
from zoo.registry.recipes import Recipe
from zoo.training.prepare import prepare


def step(chains: str) -> Callable[[Terms], Contest]:
    """Steps of an RBM 784 × 500, batch 100, float32, without momentum, decay or metrics, on the embedded images."""

    def start(terms: Terms) -> Contest:
        hidden, rows = terms.few(500, 16), terms.few(100, 20)
        recipe = Recipe(
            "rbm step",
            "rbm",
            data={"name": "glyphs"},
            options={"hidden": hidden, "binarize": False},
            training={
                "batch_size": rows,
                "chains": chains,
                "momentum": 0.0,
                "weight_decay": 0.0,
                "watch": 0,
                "shards": terms.threads,
            },
        )
        run = prepare(recipe)
        run.training.phases = run.training.phases[-1:]  # without the pass that sets the visible biases
        forward = [(rows, 784, hidden), (rows, hidden, 784), (rows, 784, hidden)]
        return Contest(
            OwnSteps(run, terms.threads),
            [Peer("scikit-learn", "scikit-learn", lambda: [SklearnRbm(run, terms.threads)], goal=1.8)],
            [*forward, (784, 2 * rows, hidden)],
            count=terms.few(40, 2),
            rounds=terms.few(15, 2),
            warm_up=terms.few(4, 1),
        )

    return start


ROWS = [
    Race(
        "cd-1 step", "one step of CD-1 of an RBM 784 × 500, batch 100, float32, its batch fetched", step("contrastive")
    ),
    Race("pcd-1 step", "the same with persistent chains, which is scikit-learn's rule", step("persistent")),
]
