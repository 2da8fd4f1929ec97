"""Training under MPI: the same bits on any number of ranks, and what happens when a rank fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mpi4py", reason="mpi4py is not installed: pip install 'zoo-networks[mpi]'")
MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
pytestmark = pytest.mark.skipif(MPIEXEC is None, reason="there is no mpiexec: pip install mpich")
ROOT = Path(__file__).parents[2]
ZOO = str(Path(sys.executable).parent / "zoo")


def mpiexec(ranks: int, *command: str, **more) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [str(MPIEXEC), "-n", str(ranks), *command], text=True, capture_output=True, timeout=180, env=environment, **more
    )


@pytest.mark.parametrize("ranks", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_every_additive_step_has_the_bits_of_one_thread(ranks):
    done = mpiexec(ranks, sys.executable, "-m", "tests.cluster.mpi_walk")
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > 40


@pytest.mark.parametrize("wrong", [("--data", "nosuch.csv"), ("--hidden", "x")])
def test_an_error_before_training_ends_all_ranks(wrong):
    done = mpiexec(2, ZOO, "train", "mlp", *wrong, "--cluster", "mpi")
    assert done.returncode != 0 and done.stderr.count("zoo: error:") == 1
