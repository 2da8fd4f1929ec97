"""Forecasts of a series beside the values that followed."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Model, Plot
from zoo.data import EncodedSequences
from zoo.plots import COLOURS, plain_axes, shown_name
from zoo_recurrent.model import RecurrentModel

SHOWN = 200  # time steps


def forecasts(model: Model) -> bool:
    return isinstance(model, RecurrentModel) and model.signature.task == "forecast"


def draw_forecast(model: Model, data: Any, figure: Any) -> None:
    """The last time steps held out, one panel for each target: the truth, and the forecast made before."""
    assert isinstance(data, EncodedSequences)
    batch = data.rows(np.arange(max(0, len(data) - SHOWN), len(data)))
    assert batch.targets is not None and data.preprocessing.target_unit is not None
    answers = data.preprocessing.decode(model.answer(batch))[:, -1]
    truth = data.preprocessing.decode(batch.targets)[:, -1]
    names, horizon = model.signature.labels, model.signature.output_shape[0]
    figure.set_size_inches(9.0, 3.2 * len(names) + 0.3)
    steps = batch.numbers - len(data) + 1
    for place, name in enumerate(map(shown_name, names)):
        ahead = f"{horizon} step{'s' if horizon > 1 else ''} ahead"
        axes = plain_axes(figure.add_subplot(len(names), 1, place + 1), f"{name}, {ahead}", "time step before the last")
        axes.plot(steps, truth[:, place], color=COLOURS[6], linewidth=1.2, label="truth")
        axes.plot(steps, answers[:, place], color=COLOURS[1], linewidth=1.6, label="forecast")
        axes.margins(x=0.01)
        axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2, ncols=2)
    figure.tight_layout()


FORECAST = Plot("forecast", "forecast and truth on the held-out part", forecasts, draw_forecast, needs_data=True)
