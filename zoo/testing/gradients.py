"""Check the gradients of an architecture's training steps by finite differences."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from zoo.core.random import RandomStream
from zoo.nn.gradient_check import TOLERANCE, compare
from zoo.nn.training.model import GradientModel
from zoo.nn.training.settings import GradientSettings
from zoo.nn.training.step import GradientStep
from zoo.options import options_of
from zoo.testing.case import Case

ROWS = 3
ARRAYS = 20  # at most so many of a deep network, spread evenly from its input to its output
COMPONENTS = 40  # of all weights together that are moved, at least one of each array
ROUNDING = 1e-8  # of a difference of two values, over the step and over the share of the gradient that is looked at
PLACES = 6  # at most so many for an array


def gradients_are_right(case: Case, folder: Path) -> str | None:
    """Where a phase trains by gradient, what its step measures is the derivative of its objective: in double precision,
    to a relative 1e-6, at either of two step sizes. A step of one's own says so by `objective(rows, stream)`, which
    gives the value and its gradient by the weights' names."""
    precision = options_of(case.kind).get("precision")
    if precision is not None and "float64" in (precision.choices or ()):
        case = dataclasses.replace(case, options={**case.options, "precision": "float64"})
    run = case.prepare()
    checked = False
    for phase in run.training.phases:
        step = objective_of(phase.step(run.model), run.model, phase.settings)
        if step is not None:
            check(step, run)
            checked = True
    return None if checked else "it does not train by gradients in double precision"


def objective_of(step: Any, model: Any, settings: Any) -> Any:
    """The step if it has an objective; the plain one for a step that wraps it; None where there is no gradient."""
    if any(array.dtype == np.float32 for array in model.weights.values()):
        return None
    if hasattr(step, "objective"):
        return step
    if isinstance(model, GradientModel) and isinstance(settings, GradientSettings):
        return GradientStep(model, settings)
    return None


def check(step: Any, run: Any) -> None:
    """Compares some components of every array; one whose gradient is all zeros is held fixed by this phase.

    A network with many rectifiers has kinks everywhere, so an array is tried at other places where it fails: a wrong
    gradient is wrong there too.
    """
    samples, place, model = run.samples("train"), RandomStream(0), run.model
    batch = samples.rows(np.arange(min(ROWS, len(samples))))
    names = list(step.objective(batch, place)[1])
    names = [names[number] for number in np.unique(np.linspace(0, len(names) - 1, ARRAYS).astype(int))]
    before = {name: np.array(model.weights[name]) for name in names}
    compared = 0
    for name in names:
        for number in range(PLACES):
            random = np.random.default_rng(number)
            for each in names:  # away from zero, where zero weights sit at a kink
                model.weights[each][...] = before[each] + 0.05 * random.standard_normal(before[each].shape)
            value, gradients = step.objective(batch, place)
            gradient = np.array(gradients[name])
            if not gradient.any():
                continue
            compared += 1
            try:
                compare(
                    lambda: float(step.objective(batch, place)[0]),
                    model.weights[name],
                    gradient,
                    name,
                    tolerance=max(TOLERANCE, ROUNDING * abs(value) / np.abs(gradient).max()),
                    most=max(1, COMPONENTS // len(names)),
                )
                break
            except AssertionError:
                if number == PLACES - 1:
                    raise
    if not compared:
        raise AssertionError("the gradient of every array is zero")
