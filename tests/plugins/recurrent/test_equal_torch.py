"""Forward and backward are those of PyTorch's nn.RNN, nn.LSTM and nn.GRU for the same weights.

One layer and two, one direction and both, sequences of one length and of several; by stored values (of PyTorch 2.13, in
double precision), and where PyTorch is installed side by side in both precisions.
"""

from __future__ import annotations

import numpy as np
import pytest
from recurrent_nets import KINDS, run
from recurrent_torch import REFERENCE, torch_run


@pytest.mark.parametrize("kernels", ["auto", "reference"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_equal_to_stored_values(kind: tuple[str, int, bool, bool], kernels: str) -> None:
    ours = run(*kind, kernels=kernels)
    with np.load(REFERENCE) as stored:
        prefix = "-".join(map(str, kind)) + ":"
        theirs = {name.removeprefix(prefix): stored[name] for name in stored if name.startswith(prefix)}
    assert len(theirs) >= 2 + 3 * kind[1]
    for name, array in theirs.items():
        assert distance(ours[name], array) < 1e-10, name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_equal_to_pytorch(kind: tuple[str, int, bool, bool], dtype: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install zoo-networks[bench]")
    ours = run(*kind, dtype)
    for name, array in torch_run(*kind, dtype).items():
        assert distance(ours[name], array) < (1e-5 if dtype == "float32" else 1e-10), name


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference, relative to the largest value."""
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())
