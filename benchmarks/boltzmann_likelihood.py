"""How far the Boltzmann family's likelihoods can be trusted, and what its recipes reach in many seeds.

    python -m benchmarks.boltzmann_likelihood [annealing] [bars] [encoder] [mnist] [dbn]

annealing: log Z by annealed importance sampling (1,000 steps × 100 chains) beside the exact sum, on machines of 12 to
20 hidden units, untrained and trained on bars and stripes. bars: the recipes `bars` and `bars-cd1` in 10 seeds.
encoder: the recipe `encoder` in 20 seeds; solved where each pattern on one side is completed to the same on the other.
mnist, dbn: the recipes `rbm-mnist` and `rbm-mnist-cd25`, `dbn-mnist` and `dbn-mnist-random`, minutes each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from zoo_boltzmann.datasets.bars_and_stripes import best_log_likelihood
from zoo_boltzmann.general_machine import Network
from zoo_boltzmann.likelihood import annealed_log_partition, exact_log_partition
from zoo_boltzmann.rbm import RbmModel
from zoo_boltzmann.visible_units import bits

from zoo.core.random import RandomStream
from zoo.parallel.threads import Workers
from zoo.training.prepare import Run, prepare
from zoo.training.run import train

WITHIN = 0.25  # nats from the best likelihood there is


def trained(name: str, options: Mapping[str, Any] | None = None, **training: Any) -> Run:
    run = prepare(name, options=options, training=training)
    train(run)
    return run


def annealing() -> bool:
    """Exact and estimated log Z, and whether the interval holds the exact one."""
    print("hidden  machine     exact    annealed  interval")
    held = True
    for hidden in (12, 16, 20):
        for epochs in (0, 1500):
            run = trained("bars", {"hidden": hidden}, epochs=epochs)
            assert isinstance(run.model, RbmModel)
            machine = run.model.machine()
            exact = exact_log_partition(machine)
            with Workers() as workers:
                found = annealed_log_partition(machine, 1000, 100, RandomStream(0), workers)
            inside = found.low - 1e-6 <= exact <= found.high + 1e-6
            held &= inside
            kind = "trained" if epochs else "untrained"
            print(
                f"{hidden:6}  {kind:9}  {exact:8.3f}  {found.value:8.3f}  [{found.low:.3f}, {found.high:.3f}]"
                f" {'✓' if inside else '✗'}",
                flush=True,
            )
    return held


def bars() -> bool:
    """Exact log-likelihood of bars and stripes after training, in 10 seeds; CD-1's also at its highest."""
    best, within = best_log_likelihood(4), 0
    print(f"best possible {best:.3f} nats\nseed  CD-20     CD-1 at its highest, and at its end")
    for seed in range(10):
        long = curve("bars", seed, 4000)[-1]
        short = curve("bars-cd1", seed, 250)
        within += long >= best - WITHIN
        print(f"{seed:4}  {long:.3f}    {max(short):.3f}  {short[-1]:.3f}", flush=True)
    print(f"within {WITHIN} nats: {within} of 10")
    return within >= 8


def curve(recipe: str, seed: int, every: int) -> list[float]:
    """The exact log-likelihood after every so many epochs."""
    from zoo.training.loop import Training
    from zoo.training.loop import train as trains

    run = prepare(recipe, training={"seed": seed, "watch": 0})
    data = run.samples("train")
    assert data is not None
    v = data.rows(np.arange(len(data))).inputs.reshape(len(data), -1).astype(np.float64)
    found: list[float] = []

    def look(training: Training, epoch_done: bool) -> None:
        if epoch_done and training.position.phase == 1 and training.position.epoch % every == 0:
            assert isinstance(training.model, RbmModel)
            machine = training.model.machine().in_double()
            found.append(float(-machine.free_energy(v).mean() - exact_log_partition(machine)))

    with Workers(1) as workers:
        trains(run.training, data, None, workers, between=look)
    return found


def encoder() -> bool:
    """How many seeds find a code for all four patterns."""
    solved = sum(completed(trained("encoder", seed=seed).model.network) == 4 for seed in range(20))  # type: ignore[attr-defined]
    print(f"4-2-4 encoder: {solved} of 20 seeds")
    return solved > 10


def completed(network: Network) -> int:
    """How many patterns, clamped on one side alone, are most likely the same on the other: by exact inference."""
    size = network.visible // 2
    other, right = bits(size, 0, 2**size), 0
    for pattern in np.eye(size):
        v = np.concatenate([np.repeat(pattern[None], len(other), axis=0), other], axis=1)
        right += bool((other[network.free_energy(v).argmin()] == pattern).all())
    return right


def reached(*names: str) -> bool:
    """The metrics of recipes beside what they promise."""
    from zoo.training.run import reproduce

    held = True
    for name in names:
        result, rows = reproduce(name)
        held &= all(row.held for row in rows)
        print(name, {metric: round(value, 4) for metric, value in result.metrics.items()}, flush=True)
    return held


PARTS: dict[str, Callable[[], bool]] = {
    "annealing": annealing,
    "bars": bars,
    "encoder": encoder,
    "mnist": lambda: reached("rbm-mnist", "rbm-mnist-cd25"),
    "dbn": lambda: reached("dbn-mnist", "dbn-mnist-random"),
}


def main(names: Sequence[str]) -> int:
    held = [PARTS[name]() for name in names or ("annealing", "bars", "encoder")]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
