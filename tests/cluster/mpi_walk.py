"""Run under mpiexec: rank 0 trains every case alone and with the other ranks, and says which differ; see test_mpi."""

from __future__ import annotations

import sys
import warnings

from tests.testing.test_additive_steps import every
from zoo.cluster.driver import Cluster
from zoo.cluster.mpi_engine import MpiEngine, rank, serve
from zoo.cluster.shared_data import SharedData
from zoo.core.training_step import AdditiveStep
from zoo.parallel.threads import Workers
from zoo.testing.case import difference, finish
from zoo.training.loop import train


def main() -> int:
    warnings.simplefilter("ignore")
    engine, compared, wrong = MpiEngine(), 0, []
    for case in every():
        more = {} if "shards" in case.training or "blocks" in case.training else {"shards": 3}
        for update in ("batch", "epoch"):
            alone, together = (case.prepare(**{**more, "update": update}) for _ in range(2))
            if not all(isinstance(phase.step(alone.model), AdditiveStep) for phase in alone.training.phases):
                continue
            finish(alone)
            with Workers(1, cluster=Cluster(engine, SharedData.of(together))) as workers:
                train(together.training, together.samples("train"), together.samples("validation"), workers)
            compared += 1
            if found := difference(alone.training, together.training):
                wrong.append(f"{case} {update}: {found}")
    engine.close()
    print(f"{compared} compared", *wrong, sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    if rank():
        serve()
        sys.exit(0)
    sys.exit(main())
