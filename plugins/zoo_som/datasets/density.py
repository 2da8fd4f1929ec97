"""Points on a line whose density rises with their place: how densely a map's units stand where there are more samples.

Source: H. Ritter and K. Schulten (1986), On the stationary state of Kohonen's self-organizing sensory mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from zoo import Metric
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory

if TYPE_CHECKING:
    from zoo import Model
    from zoo.data import Samples

SAMPLES = 20_000
MAGNIFICATION = Metric("magnification", higher_is_better=None)
LEFT_OUT = 0.2  # of the units at each end, which the edge moves


def density(options: DataOptions) -> Dataset:
    """inputs (20000, 1) on [0, 1] with density p(x) = 2x: the quantiles √((i + ½) / 20000)."""
    inputs = np.sqrt((np.arange(SAMPLES) + 0.5) / SAMPLES)[:, None]
    return Dataset(
        name="rising-density",
        task="unsupervised",
        inputs=InMemory(inputs),
        columns=(Column("x"),),
        named=True,
        table=("x",),
        splits="all",
        judge=judge,
        declared_metrics=(MAGNIFICATION,),
    )


def judge(model: Model, samples: Samples) -> Mapping[str, float]:
    """magnification: the exponent α of 1 / (distance of neighbouring units) ∝ p(x)^α, by least squares of logarithms
    over the middle three fifths of a chain of units; NaN where the units are not in order."""
    places = np.asarray(model.weights["W"], np.float64)[:, 0] if "W" in model.weights else np.zeros(0)
    gaps = np.diff(places) * (1 if len(places) and places[-1] > places[0] else -1)
    if len(gaps) < 5 or (gaps <= 0).any():
        return {"magnification": float("nan")}
    edge = round(LEFT_OUT * len(gaps))
    inside = slice(edge, len(gaps) - edge)
    middle = (places[1:] + places[:-1])[inside] / 2
    return {"magnification": float(np.polyfit(np.log(middle), -np.log(gaps[inside]), 1)[0])}


SOURCE = DatasetSource(
    "rising-density", "20,000 points on a line, denser to the right: p(x) = 2x", density, "unsupervised"
)
