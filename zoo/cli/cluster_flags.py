"""The flags of commands that can work with a cluster."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zoo.cluster.open import ClusterPlan

MPI = "mpi"


def cluster_flags() -> list[click.Option]:
    """--cluster, --cluster-wait and --mixed."""
    where = "Measure on a cluster, with the same bits: local:N, tcp://HOST:PORT, a scheduler's file, or mpi."
    wait = "Seconds to wait for workers, at the start and when none is left; default: 60."
    mixed = "Accept workers with other versions or processors: the run is then not exact."
    return [
        click.Option(["--cluster"], metavar="WHERE", help=where, is_eager=True, callback=_leave_to_rank_0),
        click.Option(["--cluster-wait"], type=click.FloatRange(0), metavar="S", help=wait),
        click.Option(["--mixed"], is_flag=True, help=mixed),
    ]


def cluster_of(given: Mapping[str, Any]) -> ClusterPlan | None:
    """What the flags ask for."""
    from zoo.cluster.open import cluster_plan

    return cluster_plan(given["cluster"], given["cluster_wait"], given["mixed"])


def _leave_to_rank_0(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Under mpiexec every rank starts this command; all but rank 0 measure what it sends, and end with it."""
    if value == MPI and not ctx.resilient_parsing:
        from zoo.cluster.mpi_engine import rank, release, serve

        if rank():
            serve()
            sys.exit(0)
        atexit.register(release)  # an error before the training has begun would leave them waiting
    return value
