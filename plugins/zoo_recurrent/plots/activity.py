"""Plot the activity of recurrent units over one sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, Model, Plot
from zoo.data import EncodedSequences
from zoo.nn import Mode, quiet
from zoo.plots import INK, shown_name
from zoo_recurrent.lstm import Lstm
from zoo_recurrent.model import RecurrentModel, symbols_in

LONGEST = 60  # time steps shown
MOST = 48  # units shown
GATES = {"lstm": ("output gate", "input gate", "forget gate"), "gru": ("reset gate", "update gate")}


def is_recurrent(model: Model) -> bool:
    return isinstance(model, RecurrentModel)


def activity(model: RecurrentModel, inputs: Array) -> dict[str, Array]:
    """What the first layer gives over one sequence (time, features): its gates by name and its state, (time, units)."""
    seen: dict[str, Array] = {}

    def watch(path: str, y: Array) -> None:
        parts = path.split("/")
        if "backward" not in parts and "layer1" in parts:
            seen.setdefault(parts[-1], np.array(y))

    with quiet():
        model.network.forward(model.parameters.tree, model.encoded(inputs[None]), Mode(watch=watch))
    found = {"state": seen["state"][0]}
    names = GATES.get(model.architecture.name, ())
    if "gates" in seen and names:
        units = seen["gates"].shape[-1] // (4 if isinstance(model.architecture, Lstm) else 3)
        for number, name in enumerate(names):
            found[name] = seen["gates"][0, :, number * units : (number + 1) * units]
    return found


def draw_activity(model: Model, data: Any, figure: Any) -> None:
    """State and gates of the first layer, a row for each unit, over the first time steps of one sequence held out."""
    from matplotlib.ticker import MaxNLocator

    assert isinstance(model, RecurrentModel)
    batch = data.rows(np.arange(1))
    whole = batch.inputs[0] if batch.mask is None else batch.inputs[0][batch.mask[0] > 0]
    inputs = whole[:LONGEST]
    found = activity(model, inputs)
    figure.set_size_inches(max(6.0, min(11.0, 0.2 * len(inputs) + 2.0)), 2.4 * len(found) + 0.4)
    for number, (name, values) in enumerate(found.items(), 1):
        axes = figure.add_subplot(len(found), 1, number)
        limits = (-1, 1) if name == "state" else (0, 1)
        image = axes.imshow(
            values.T[:MOST],
            aspect="auto",
            cmap="RdBu_r" if name == "state" else "viridis",
            vmin=limits[0],
            vmax=limits[1],
            interpolation="nearest",
        )
        which = f": the first {MOST} of {values.shape[1]:,} units" if values.shape[1] > MOST else ""
        axes.set_title(name + which, loc="left", fontsize=11, color=INK)
        axes.set_ylabel("unit", color=INK)
        axes.spines[:].set_visible(False)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
        if isinstance(data, EncodedSequences) and data.preprocessing.symbols:  # others: arrays of one length, images
            symbols = [shown_name(each) for each in symbols_in(data, inputs)]
            long = max(map(len, symbols)) > 1
            axes.set_xticks(range(len(symbols)), symbols, fontsize=8, rotation=60 if long else 0)
        figure.colorbar(image, ax=axes, pad=0.01)
    of = f", the first {LONGEST} of {len(whole):,}" if len(whole) > LONGEST else ""
    figure.axes[-2].set_xlabel(f"time step{of}", color=INK)
    figure.tight_layout()


ACTIVITY = Plot(
    "activity", "state and gates of the first layer over one sequence", is_recurrent, draw_activity, needs_data=True
)
