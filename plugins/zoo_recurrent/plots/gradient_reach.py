"""Plot how far back in time the gradient reaches before it vanishes."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, Batch, Model, Plot, RandomStream
from zoo.nn import Gradient, Mode, nested, quiet
from zoo.plots import COLOURS, integer_ticks, plain_axes
from zoo_recurrent.model import PER_STEP, RecurrentModel
from zoo_recurrent.plots.activity import is_recurrent

SEQUENCES = 64


def gradient_back(model: RecurrentModel, batch: Batch) -> Array:
    """‖dE/dx(t)‖ for the loss E of the last time step alone, by steps back from it, mean over the sequences."""
    layout = model.layout
    vector = np.empty(layout.size, model.dtype)
    g = Gradient(nested({name: place.view(vector) for name, place in layout.parameters.items()}))
    targets = model.targets(batch)
    lengths = np.full(len(batch), batch.inputs.shape[1]) if batch.mask is None else batch.mask.sum(axis=1).astype(int)
    with quiet():
        mode = Mode(True, "", True, RandomStream(0), batch.mask, targets)
        z, pullback = model.network.forward(model.parameters.tree, model.encoded(batch.inputs), mode)
        losses, loss_pullback = model.loss.forward(z, targets)
        weights = None
        if model.signature.task in PER_STEP:
            weights = np.zeros_like(losses)
            weights[np.arange(len(batch)), lengths - 1] = 1
        assert pullback is not None
        dx = pullback(loss_pullback(weights), g)
    assert dx is not None
    sizes = np.linalg.norm(dx, axis=-1)
    steps = int(lengths.min())
    reach: Array = np.mean(
        [size[length - steps : length][::-1] for size, length in zip(sizes, lengths, strict=True)], axis=0
    )
    return reach


def draw_memory(model: Model, data: Any, figure: Any) -> None:
    """On a logarithmic scale, as trained and as it was before training."""
    assert isinstance(model, RecurrentModel)
    batch = data.rows(np.arange(min(SEQUENCES, len(data))))
    before = model.architecture.build(model.signature, RandomStream(0))
    assert isinstance(before, RecurrentModel)
    figure.set_size_inches(7.0, 4.0)
    axes = plain_axes(
        figure.add_subplot(),
        f"{model.architecture.name}: how far back the gradient of the last step's error reaches",
        "time steps back",
        "mean norm of the gradient of the input",
    )
    for number, (one, label) in enumerate(((model, "trained"), (before, "before training"))):
        sizes = gradient_back(one, batch)
        axes.plot(np.maximum(sizes, 1e-30), color=COLOURS[number], linewidth=1.8, label=label)
    axes.set_yscale("log")
    integer_ticks(axes)
    axes.legend(frameon=False)
    figure.tight_layout()


MEMORY = Plot("memory", "size of the gradient over the time steps back", is_recurrent, draw_memory, needs_data=True)
