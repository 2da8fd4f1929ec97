"""How well an LSTM learns to read Shakespeare, in zoo and in PyTorch: `python -m benchmarks.recurrent_text 0 1 2`.

For each seed both start from the same weights and see the same batches, 5 epochs of the recipe `lstm-text`: Adam with
a cosine schedule, the gradient clipped, the state carried from window to window. Both are asked for nats per character
on the last tenth of the text by the same evaluation.
"""

from __future__ import annotations

import importlib
import math
import sys
from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.core.random import RandomStream
from zoo.inference.batched import evaluate
from zoo.nn import GradientSettings
from zoo.parallel.threads import Workers
from zoo.training.loop import train
from zoo.training.prepare import Run, prepare
from zoo.training.run import best_model
from zoo.types import Array


def nats(run: Run, model: Model, workers: Workers) -> float:
    """Per character of what is held out."""
    test = run.samples("test")
    assert test is not None
    return evaluate(model, test, RandomStream(0), workers)["loss"]


def by_zoo(seed: int) -> float:
    run = prepare("lstm-text", training={"seed": seed})
    samples = run.samples("train")
    assert samples is not None
    with Workers() as workers:
        train(run.training, samples, None, workers)
        return nats(run, best_model(run.training), workers)


def by_torch(seed: int) -> float:
    """The same in PyTorch, its weights at the end put into zoo's model."""
    torch: Any = importlib.import_module("torch")
    run = prepare("lstm-text", training={"seed": seed})
    samples, model, phase = run.samples("train"), run.model, run.training.phases[0]
    settings = phase.settings
    assert samples is not None and isinstance(settings, GradientSettings)
    W, U, b, V, v = (model.weights[name] for name in ("layer1/W", "layer1/U", "layer1/b", "output/W", "output/b"))
    inputs, hidden, classes = len(W), len(U), len(v)
    lstm, head = torch.nn.LSTM(inputs, hidden, batch_first=True), torch.nn.Linear(hidden, classes)
    with torch.no_grad():
        for theirs, ours in (
            (lstm.weight_ih_l0, by_torch_gates(W).T),
            (lstm.weight_hh_l0, by_torch_gates(U).T),
            (lstm.bias_ih_l0, by_torch_gates(b)),
            (lstm.bias_hh_l0, np.zeros_like(b)),
            (head.weight, V.T),
            (head.bias, v),
        ):
            theirs.copy_(torch.from_numpy(np.ascontiguousarray(ours)))
    parameters = [*lstm.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, settings.learning_rate)
    batches = list(phase.order(samples, RandomStream(seed)))
    steps = settings.epochs * len(batches)
    for step in range(steps):
        numbers, lanes = batches[step % len(batches)]
        if step % len(batches) == 0:
            state = [torch.zeros(1, settings.batch_size, hidden) for _ in range(2)]
        batch = samples.rows(numbers, lanes)
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.zero_grad(set_to_none=True)
        given = [part[:, lanes].contiguous() for part in state]
        y, after = lstm(torch.from_numpy(np.asarray(batch.inputs, np.float32)), tuple(given))
        loss = torch.nn.functional.cross_entropy(
            head(y).reshape(-1, classes), torch.from_numpy(np.asarray(batch.targets, np.int64)).reshape(-1)
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
        optimizer.step()
        for part, new in zip(state, after, strict=True):
            part[:, lanes] = new.detach()
    W[...] = by_zoo_gates(lstm.weight_ih_l0.detach().numpy().T)
    U[...] = by_zoo_gates(lstm.weight_hh_l0.detach().numpy().T)
    b[...] = by_zoo_gates((lstm.bias_ih_l0 + lstm.bias_hh_l0).detach().numpy())
    V[...], v[...] = head.weight.detach().numpy().T, head.bias.detach().numpy()
    with Workers() as workers:
        return nats(run, model, workers)


def by_torch_gates(columns: Array) -> Array:
    """The columns of o, i, f and g in the order i, f, g and o."""
    o, i, f, g = np.split(columns, 4, axis=-1)
    return np.concatenate([i, f, g, o], axis=-1)


def by_zoo_gates(columns: Array) -> Array:
    """The columns of i, f, g and o in the order o, i, f and g."""
    i, f, g, o = np.split(columns, 4, axis=-1)
    return np.concatenate([o, i, f, g], axis=-1)


def main(seeds: list[int]) -> None:
    pairs = []
    for seed in seeds:
        pairs.append((by_zoo(seed), by_torch(seed)))
        print(f"seed {seed}: zoo {pairs[-1][0]:.4f}, PyTorch {pairs[-1][1]:.4f} nats per character", flush=True)
    ours, theirs = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    print(f"mean of {len(pairs)}: zoo {ours:.4f}, PyTorch {theirs:.4f}; zoo − PyTorch {ours - theirs:+.4f}")


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [0])
