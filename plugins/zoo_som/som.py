"""The self-organizing map: units on a grid that divide the data among them, neighbouring units near in data space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from zoo import (
    Architecture,
    InputSpec,
    Metric,
    Phase,
    RandomStream,
    Signature,
    TrainingPlan,
    UsageError,
    option,
)
from zoo.data import Samples
from zoo_som.grid import Grid
from zoo_som.initialization import STARTS, check_start
from zoo_som.kernels.distance import DISTANCES
from zoo_som.map_size import settled_size
from zoo_som.metrics import METRICS
from zoo_som.model import SomModel
from zoo_som.phases import Hits, Map, Start
from zoo_som.settings import SomSettings


@dataclass(frozen=True)
class Som(Architecture):
    """winner c(x) = argminᵢ |x − wᵢ|; every wᵢ moves towards x by the strength h(d(c, i)) of its place on the grid.

    With classes, a unit answers with the classes of the training samples it won. Source: T. Kohonen (1982),
    Self-organized formation of topologically correct feature maps; (2013), Essentials of the self-organizing map.
    """

    name: ClassVar[str] = "som"
    family: ClassVar[str] = "som"
    summary: ClassVar[str] = "self-organizing map, batch and online, flat or on a torus (Kohonen 1982)"
    tasks: ClassVar[tuple[str, ...]] = ("unsupervised", "classification")
    data: ClassVar[str] = "colours"
    declared_metrics: ClassVar[tuple[Metric, ...]] = METRICS
    settings: ClassVar[SomSettings] = SomSettings(epochs=20, batch_size=256, update="epoch", shards=4)

    rows: int | None = option(None, "rows of units; by default from the data: 5√samples units in all", low=1, high=4096)
    columns: int | None = option(
        None, "columns of units; by default from the data: the longer side along their longer axis", low=1, high=4096
    )
    grid: str = option(
        "hexagonal", "units have 6 or 8 neighbours: hexagons or squares", choices=("hexagonal", "rectangular")
    )
    toroidal: bool = option(False, "whether the map has no edge: top joins bottom, left joins right")
    distance: str = option(
        "euclidean", "between sample and weights; cosine: of samples of length 1", choices=tuple(DISTANCES)
    )
    initial: str = option(
        "principal",
        "first weights: along the first two principal components, drawn samples, or random about the data's mean",
        choices=tuple(STARTS),
    )
    scaling: str = option(
        "standardized",
        "of the inputs: mean 0 and deviation 1 by column, in [0, 1], or as they are",
        choices=("standardized", "unit", "raw"),
    )
    precision: str = option("float32", "type of the numbers", choices=("float32", "float64"))

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs=self.scaling, missing=True)

    def output_signature(self, signature: Signature) -> Signature:
        """Without classes a map answers with the row and the column of the best-matching unit, counted from 0."""
        if signature.task == "classification":
            return signature
        return replace(signature, output_shape=(2,), labels=("row", "column"))

    def resolve(self, signature: Signature, data: Samples) -> Som:
        if -1 in signature.input_shape:
            raise UsageError("som: got sequences of different lengths, expected samples of one shape")
        rows, columns = settled_size(self.rows, self.columns, self.grid == "hexagonal", data)
        return replace(self, rows=rows, columns=columns)

    @property
    def lattice(self) -> Grid:
        """Where the units stand."""
        if self.rows is None or self.columns is None:
            raise UsageError("som: got no rows or no columns, expected both; training on data settles them")
        return Grid(self.rows, self.columns, self.grid == "hexagonal", self.toroidal)

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int, ...]]]:
        """W: the weights; hits: training samples won by each unit, by class where there are classes."""
        check_start(self.initial, signature)
        units = self.lattice.units
        if units < 2:
            raise UsageError("som: got a map of one unit, expected two or more; raise rows or columns")
        yield "W", (units, signature.inputs)
        yield "hits", (units, signature.outputs if signature.task == "classification" else 1)

    def build(self, signature: Signature, stream: RandomStream) -> SomModel:
        """Zero weights: a map starts from its data, in its first phase."""
        weights = {name: np.zeros(shape, self.dtype) for name, shape in self.shapes(signature)}
        return SomModel(self, signature, weights, self.lattice, self.distance)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        """start: the first weights; map: the rule; hits: which unit wins how many samples in the end."""
        once = plan.common.replace(epochs=1, patience=0, monitor="", update="batch")
        units = (self.rows or 0) * (self.columns or 0)
        return [
            Start("start", once, self.initial, units),
            Map("map", plan.phase("map"), self.distance != "manhattan"),
            Hits("hits", once),
        ]
