"""Gradients against finite differences, in double precision: for layers, losses and whole training steps.

Each check raises AssertionError that names the array and the component which differs most.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.nn.layer import Layer, Mode
from zoo.nn.losses import Loss
from zoo.nn.parameters import Gradients, Layout, Parameters
from zoo.nn.training.model import GradientModel
from zoo.nn.training.settings import GradientSettings
from zoo.nn.training.step import GradientStep
from zoo.types import Array

STEPS = (1e-5, 1e-6)  # a kink within one step of a point is hardly ever within the smaller step too
TOLERANCE = 1e-6


def compare(
    objective: Callable[[], float], x: Array, gradient: Array, name: str, *, tolerance: float = TOLERANCE, most: int = 0
) -> None:
    """|analytic − numeric| / max(|analytic|, |numeric|, 1 % of the largest component) < tolerance, at either step size.

    numeric = (f(x + h) − f(x − h)) / 2h, moving one component of x in place. `most`: how many components are tried,
    always the same; 0: all.
    """
    if not (x.dtype == gradient.dtype == np.float64):
        raise AssertionError(f"{name}: got {x.dtype} and {gradient.dtype}, expected float64")
    if x.shape != gradient.shape:
        raise AssertionError(f"{name}: the gradient has shape {gradient.shape}, expected {x.shape}")
    tried = np.arange(x.size)
    if 0 < most < x.size:
        tried = np.random.default_rng(0).choice(x.size, most, replace=False)
    floor = 0.01 * float(np.abs(gradient).max(initial=0.0)) + 1e-9
    worst, report = 0.0, ""
    for number in tried:
        place = np.unravel_index(number, x.shape)
        analytic, error, numeric = float(gradient[place]), np.inf, 0.0
        for h in STEPS:
            numeric = central_difference(objective, x, place, h)
            error = min(error, abs(analytic - numeric) / max(abs(analytic), abs(numeric), floor))
            if error < tolerance:
                break
        if not error <= worst:
            worst, report = error, f"at {tuple(map(int, place))} backward gives {analytic!r}, differences {numeric!r}"
    if not (worst < tolerance):
        raise AssertionError(
            f"gradient of {name}: relative error {worst:.1e}, expected under {tolerance:.0e}; {report}"
        )


def central_difference(objective: Callable[[], float], x: Array, place: Any, h: float) -> float:
    """(f(x + h) − f(x − h)) / 2h at one component of x, which is put back."""
    before = x[place]
    x[place] = before + h
    above, upper = objective(), x[place]
    x[place] = before - h
    below, lower = objective(), x[place]
    x[place] = before
    return (above - below) / float(upper - lower)


def check_layer(
    layer: Layer,
    x: Array,
    *,
    targets: Array | None = None,
    mask: Array | None = None,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> None:
    """dx and the gradient of every parameter, for f = Σ r · y with random r, plus what heads inside add to the loss.

    The layer starts from its own initializers, with noise added so that nothing sits at a kink or at zero.
    """
    random = np.random.default_rng(seed)
    x = np.array(x, np.float64)
    layout = Layout(layer, x.shape[1:])
    parameters = Parameters(layout, np.dtype(np.float64))
    layout.draw(RandomStream(seed), parameters.vector)
    parameters.vector += 0.1 * random.standard_normal(layout.size)

    def forward(training: bool = True) -> tuple[Array, Any, Mode]:
        mode = Mode(training, stream=RandomStream(seed), targets=targets, mask=mask)
        return (*layer.forward(parameters.tree, x, mode), mode)

    y, pullback, _ = forward()
    if y.shape != (len(x), *layout.shapes.output):
        raise AssertionError(f"{layer}: gives {y.shape[1:]}, shapes says {layout.shapes.output}")
    if y.dtype != np.float64:
        raise AssertionError(f"{layer}: output has {y.dtype}, the input float64")
    r = random.standard_normal(y.shape) / np.sqrt(y.size)
    gradients = Gradients(layout, np.dtype(np.float64))
    gradients.vector.fill(np.nan)
    places = {name: place.view(gradients.vector) for name, place in layout.parameters.items()}
    dx = pullback(r.copy(), gradients.tree)
    gradients.tree.end()
    if forward(training=False)[1] is not None:
        raise AssertionError(f"{layer}: to predict it keeps a pullback")

    def objective() -> float:
        y, _, mode = forward()
        return float((r * y).sum() + sum(losses.sum() for losses in mode.losses))

    compare(objective, x, dx, f"{layer}: x", tolerance=tolerance)
    for name, dp in places.items():
        compare(objective, parameters.views[name], dp, f"{layer}: {name}", tolerance=tolerance)


def check_loss(loss: Loss, z: Array, targets: Array, *, tolerance: float = TOLERANCE) -> None:
    """dz of Σ weights · losses, with weights and without."""
    z = np.array(z, np.float64)
    losses, pullback = loss.forward(z, targets)
    weights = np.linspace(0.5, 1.5, losses.size).reshape(losses.shape)
    compare(
        lambda: float((weights * loss.forward(z, targets)[0]).sum()),
        z,
        pullback(weights),
        f"{loss.name}, weighted",
        tolerance=tolerance,
    )
    dz = loss.forward(z, targets)[1](None)
    compare(lambda: float(loss.forward(z, targets)[0].sum()), z, dz, loss.name, tolerance=tolerance)


def check_step(
    model: GradientModel,
    settings: GradientSettings,
    batch: Batch,
    *,
    stream: RandomStream | None = None,
    tolerance: float = TOLERANCE,
    most: int = 50,
) -> None:
    """The gradient a training step measures, penalties and heads included, against differences of its objective.

    At most `most` components of each parameter are tried. The model stays as it is: a float64 copy is checked.
    """
    copy = model.in_precision("float64")
    step = GradientStep(copy, settings)
    place = stream or RandomStream(0)
    batch = dataclasses.replace(batch, inputs=np.asarray(batch.inputs, np.float64))
    for name, gradient in step.objective(batch, place)[1].items():
        compare(
            lambda: step.objective(batch, place)[0], copy.weights[name], gradient, name, tolerance=tolerance, most=most
        )
