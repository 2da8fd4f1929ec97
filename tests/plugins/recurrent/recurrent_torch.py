"""The same nets in PyTorch: `python tests/plugins/recurrent/recurrent_torch.py` rewrites the reference values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from recurrent_nets import BATCH, HIDDEN, INPUTS, KINDS, LENGTHS, TIME, run, wavy

from zoo.types import Array

REFERENCE = Path(__file__).with_name("torch_reference.npz")
MODULES = {"elman": "RNN", "lstm": "LSTM", "gru": "GRU"}
# Where PyTorch's gates stand among ours: of an LSTM it has i, f, g, o, we o, i, f, g; of a GRU both have r, z, n.
GATES = {"elman": (0,), "lstm": (1, 2, 3, 0), "gru": (0, 1, 2)}


def torch_run(cell: str, layers: int, both: bool, ragged: bool, dtype: str = "float64") -> dict[str, Array]:
    """What `run` gives, by PyTorch, with the gradients in our layout."""
    import torch

    kind = getattr(torch, dtype)
    net = getattr(torch.nn, MODULES[cell])(INPUTS, HIDDEN, layers, bidirectional=bool(both), batch_first=True).to(kind)
    ours = run(cell, layers, both, ragged, dtype)
    paths = [
        (f"layer{n}/" + (f"{way}/" if both else ""), f"_l{n - 1}" + ("_reverse" if way == "backward" else ""))
        for n in range(1, layers + 1)
        for way in (("forward", "backward") if both else ("forward",))
    ]
    for path, suffix in paths:
        getattr(net, f"weight_ih{suffix}").data = torch.tensor(to_theirs(ours[path + "W"], cell))
        getattr(net, f"weight_hh{suffix}").data = torch.tensor(to_theirs(ours[path + "U"], cell))
        getattr(net, f"bias_ih{suffix}").data = torch.tensor(to_theirs(ours[path + "b"], cell))
        second = np.zeros(len(ours[path + "b"]), dtype)
        if cell == "gru":
            second[2 * HIDDEN :] = ours[path + "d"]
        getattr(net, f"bias_hh{suffix}").data = torch.tensor(second)
    x = torch.tensor(wavy((BATCH, TIME, INPUTS), 0.3).astype(dtype), requires_grad=True)
    if ragged:
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(LENGTHS), True, enforce_sorted=False)
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(net(packed)[0], True, total_length=TIME)
    else:
        y, _ = net(x)
    y.backward(torch.tensor(wavy(tuple(y.shape), 0.5).astype(dtype)))
    found = {"y": y.detach().numpy(), "dx": x.grad.numpy()}
    for path, suffix in paths:
        found[f"d{path}W"] = to_ours(getattr(net, f"weight_ih{suffix}").grad.numpy(), cell)
        found[f"d{path}U"] = to_ours(getattr(net, f"weight_hh{suffix}").grad.numpy(), cell)
        found[f"d{path}b"] = to_ours(getattr(net, f"bias_ih{suffix}").grad.numpy(), cell)
        if cell == "gru":
            found[f"d{path}d"] = getattr(net, f"bias_hh{suffix}").grad.numpy()[2 * HIDDEN :]
    return found


def to_theirs(array: Array, cell: str) -> Array:
    """(inputs, gates · hidden) or (gates · hidden,) as PyTorch has it, transposed and in its order of gates."""
    parts = np.split(array, len(GATES[cell]), axis=-1)
    return np.ascontiguousarray(np.concatenate([parts[gate] for gate in GATES[cell]], axis=-1).T)


def to_ours(array: Array, cell: str) -> Array:
    parts = np.split(array.T, len(GATES[cell]), axis=-1)
    return np.concatenate([parts[GATES[cell].index(gate)] for gate in range(len(parts))], axis=-1)


if __name__ == "__main__":
    stored = {}
    for kind in KINDS:
        for name, array in torch_run(*kind).items():
            stored[f"{'-'.join(map(str, kind))}:{name}"] = array
    np.savez_compressed(REFERENCE, **stored)
    print(f"{len(stored)} arrays, {REFERENCE.stat().st_size:,} bytes")
