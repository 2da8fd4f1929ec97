"""Views of recurrent nets: gates and state over one sequence, the text it writes, its forecast, its labels."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from zoo import Array, Model, RandomStream
from zoo.data import EncodedSequences
from zoo.plots import shown_name
from zoo.views import Curve, Look, Matrix, Scene, Text, View
from zoo_recurrent.model import RecurrentModel, symbols_in
from zoo_recurrent.plots.activity import activity, is_recurrent

if TYPE_CHECKING:
    from zoo.data import Samples

LONGEST = 48  # time steps
MOST = 32  # units
WRITTEN = 160  # symbols
FORECAST = 120  # time steps


def one_sequence(look: Look) -> tuple[Array, Samples]:
    """The steps of the chosen sequence that are real: (time, features)."""
    batch = look.one()
    inputs = batch.inputs[0] if batch.mask is None else batch.inputs[0][batch.mask[0] > 0]
    return inputs[:LONGEST], look.shown


def step_names(data: Samples, inputs: Array) -> tuple[str, ...]:
    """What each time step is, where steps are symbols."""
    if isinstance(data, EncodedSequences) and data.preprocessing.symbols:
        return tuple(shown_name(symbol) for symbol in symbols_in(data, inputs))
    return ()


def draw_activity(model: Model, look: Look) -> list[Scene]:
    """Gates and state of the first layer, a row for each unit, a column for each time step."""
    assert isinstance(model, RecurrentModel)
    inputs, data = one_sequence(look)
    names = step_names(data, inputs)
    scenes: list[Scene] = []
    for name, values in activity(model, inputs).items():
        shown = np.ascontiguousarray(values.T[:MOST], np.float32)
        is_state = name == "state"
        of = f", the first {MOST} of {values.shape[1]} units" if values.shape[1] > MOST else ""
        scenes.append(
            Matrix(name + of, shown, -1.0 if is_state else 0.0, 1.0, is_state, (), names, axes=("time step", "unit"))
        )
    return scenes


def writes(model: Model) -> bool:
    return isinstance(model, RecurrentModel) and bool(model.symbols)


def draw_text(model: Model, look: Look) -> list[Scene]:
    """What it writes now, from the same beginning and the same random numbers each time."""
    assert isinstance(model, RecurrentModel)
    several = any(len(symbol) > 1 for symbol in model.symbols)
    inputs, data = one_sequence(look)
    assert isinstance(data, EncodedSequences)
    start = (" " if several else "").join(
        symbols_in(data, inputs[:1] if several or data.lengths is not None else inputs[:20])
    )
    count = WRITTEN // 4 if several else WRITTEN
    ends = data.ends if isinstance(data, EncodedSequences) else ()
    written = ""
    for symbol in itertools.islice(model.write(count, 0.7, start, RandomStream(0)), count):
        written += symbol
        if symbol.strip() in ends:
            break
    return [Text("what it writes now", (f"after {start!r}:", *(written.splitlines() or [""])))]


def labels_steps(model: Model) -> bool:
    return isinstance(model, RecurrentModel) and model.signature.task == "labelling"


def draw_labels(model: Model, look: Look) -> list[Scene]:
    """Each time step with the label it gets, and the right one where that is another."""
    assert isinstance(model, RecurrentModel)
    batch, data = look.one(), look.shown
    assert isinstance(data, EncodedSequences)
    assert batch.targets is not None
    answers = data.preprocessing.decode(model.answer(batch), batch.mask)[0]
    steps = symbols_in(data, batch.inputs[0][: len(answers)])
    right = [model.signature.labels[int(n)] for n in batch.targets[0][: len(answers)]]
    rows = tuple(
        (step, str(label), "" if label == true else f"is {true}")
        for step, label, true in zip(steps, answers, right, strict=True)
    )
    return [Text("the label of every step", rows[:LONGEST], ("step", "label", ""))]


def classifies(model: Model) -> bool:
    return isinstance(model, RecurrentModel) and model.signature.task == "classification"


def draw_answer(model: Model, look: Look) -> list[Scene]:
    """The probabilities after the last step of the sequence."""
    batch = look.one()
    p = model.answer(batch)[0].astype(np.float32)
    names = tuple(map(shown_name, model.signature.labels))
    title = "its answer after the last step"
    if batch.targets is not None:
        title += f"; right is {names[int(batch.targets[0])]}"
    return [Matrix(title, p.reshape(1, -1), 0.0, 1.0, rows=("p",), columns=names)]


def forecasts(model: Model) -> bool:
    return isinstance(model, RecurrentModel) and model.signature.task == "forecast"


def draw_forecast(model: Model, look: Look) -> list[Scene]:
    """The last time steps held out: the truth, and the forecast made before."""
    data = look.shown
    assert isinstance(data, EncodedSequences)
    batch = data.rows(np.arange(max(0, len(data) - FORECAST), len(data)))
    assert batch.targets is not None
    answers = data.preprocessing.decode(model.answer(batch))[:, -1, 0]
    truth = data.preprocessing.decode(batch.targets)[:, -1, 0]
    x = np.arange(len(batch), dtype=np.float32)
    lines = (("truth", np.asarray(truth, np.float32)), ("forecast", np.asarray(answers, np.float32)))
    return [Curve(f"{shown_name(model.signature.labels[0])}: forecast and truth", x, lines, axes=("time step", ""))]


ONE = ("sample",)
VIEWS = (
    View("writing", "the text it writes now", writes, draw_text, uses=ONE),
    View("forecast", "forecast and truth on the held-out part", forecasts, draw_forecast),
    View("labels", "the label of every step of one sequence", labels_steps, draw_labels, uses=ONE),
    View("answer", "its answer for one sequence", classifies, draw_answer, uses=ONE),
    View("activity", "state and gates of the first layer over one sequence", is_recurrent, draw_activity, uses=ONE),
)
