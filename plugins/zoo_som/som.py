"""The self-organizing map: units on a grid that divide the data among them, neighbouring units near in data space."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from zoo import (
    Architecture,
    Array,
    Batch,
    InputSpec,
    Metric,
    Model,
    Phase,
    RandomStream,
    Signature,
    Sums,
    TrainingPlan,
    UsageError,
    option,
)
from zoo.data import Samples
from zoo_som.grid import Grid
from zoo_som.initialization import STARTS, check_start
from zoo_som.kernels.distance import DISTANCES, Distance, parts
from zoo_som.kernels.neighbourhood import strengths_near
from zoo_som.map_measures import SAMPLED, trustworthiness
from zoo_som.map_size import settled_size
from zoo_som.metrics import METRICS
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
        rows, columns = settled_size(self, data)
        return replace(self, rows=rows, columns=columns)

    @property
    def lattice(self) -> Grid:
        """Where the units stand."""
        if self.rows is None or self.columns is None:
            raise UsageError("som: got no rows or no columns, expected both; training on data settles them")
        return Grid(self.rows, self.columns, self.grid == "hexagonal", self.toroidal)

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int, ...]]]:
        """W: the weights; hits: training samples won by each unit, by class where there are classes."""
        check_start(self, signature)
        units = self.lattice.units
        if units < 2:
            raise UsageError("som: got a map of one unit, expected two or more; raise rows or columns")
        yield "W", (units, signature.inputs)
        yield "hits", (units, signature.outputs if signature.task == "classification" else 1)

    def build(self, signature: Signature, stream: RandomStream) -> SomModel:
        """Zero weights: a map starts from its data, in its first phase."""
        weights = {name: np.zeros(shape, self.dtype) for name, shape in self.shapes(signature)}
        return SomModel(self, signature, weights)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        """start: the first weights; map: the rule; hits: which unit wins how many samples in the end."""
        once = plan.common.replace(epochs=1, patience=0, monitor="", update="batch")
        return [Start("start", once, self), Map("map", plan.phase("map")), Hits("hits", once)]


class SomModel(Model):
    """Weights W (units, inputs) and hits (units, classes), units numbered row by row."""

    architecture: Som
    output_kind = "probabilities"  # shares of the classes among the training samples that a unit won

    @property
    def grid(self) -> Grid:
        return self.architecture.lattice

    @property
    def distance(self) -> Distance:
        """The distance, bound to the weights as they stand."""
        return DISTANCES[self.architecture.distance](self.weights["W"])

    def samples(self, inputs: Array) -> Array:
        """Encoded inputs (rows, *input_shape) as the distance sees them: (rows, values)."""
        return DISTANCES[self.architecture.distance].samples(inputs.reshape(len(inputs), -1))

    @property
    def classes(self) -> Array:
        """Share of each class among the training samples a unit won, 0 where it won none: (units, classes)."""
        hits = self.weights["hits"]
        return np.asarray(hits / np.maximum(1, hits.sum(axis=1, keepdims=True)))

    def winners(self, inputs: Array) -> Array:
        """The best-matching unit of each input: (rows,)."""
        x, distance = self.samples(inputs), self.distance
        scores = [distance.scores(x[part]).argmax(axis=1) for part in parts(x, self.grid.units)]
        return np.concatenate(scores) if scores else np.zeros(0, np.intp)

    def predict(self, inputs: Array) -> Array:
        """Row and column of the best-matching unit; with classes their shares in the nearest unit that won any
        sample."""
        x, distance = self.samples(inputs), self.distance
        outputs = np.empty((len(x), *self.signature.output_shape), x.dtype)
        for part in parts(x, self.grid.units):
            scores = distance.scores(x[part])
            if self.signature.task == "classification":
                outputs[part] = self.classes[self._answering(scores)]
            else:
                outputs[part] = np.stack(np.divmod(scores.argmax(axis=1), self.grid.columns), axis=1)
        return outputs

    def _answering(self, scores: Array) -> Array:
        """The nearest unit among those that won a sample in training; among all, as long as none has."""
        won = self.weights["hits"].any(axis=1)
        return np.asarray(np.where(won | ~won.any(), scores, -np.inf).argmax(axis=1))

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return METRICS if self.signature.task == "classification" else METRICS[:-1]

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        """Sums of the errors; `metrics` divides them by the samples."""
        x, distance, grid = self.samples(batch.inputs), self.distance, self.grid
        won = bool(self.weights["hits"].any())
        quantization = distortion = broken = right = 0.0
        for part in parts(x, grid.units):
            scores = distance.scores(x[part])
            best = scores.argmax(axis=1)
            quantization += float(distance.between(x[part], distance.W[best]).sum(dtype=np.float64))
            distances = distance.from_scores(x[part], scores)
            near = strengths_near(grid, x.dtype.str, best)
            distortion += float(np.einsum("ij,ij,ij->i", near, distances, distances).sum(dtype=np.float64))
            if won and batch.targets is not None and self.signature.task == "classification":
                answers = self.classes[self._answering(scores)].argmax(axis=1)
                right += float((answers == batch.targets[part]).sum())
            scores[np.arange(len(scores)), best] = -np.inf
            broken += float((~grid.adjacent(best, scores.argmax(axis=1))).sum())
        sums = {"quantization": quantization, "broken": broken, "distortion": distortion, "rows": len(x)}
        if won and self.signature.task == "classification":
            sums["right"] = right
        return {name: np.array(value, np.float64) for name, value in sums.items()}

    def metrics(self, sums: Sums) -> dict[str, float]:
        """quantization_error: mean distance to the best-matching unit. topographic_error: share of samples whose second
        best unit is no neighbour of the best (K. Kiviluoto 1996). distortion: mean of Σᵢ h(d(c, i)) |x − wᵢ|² with a
        Gaussian of radius 1 (T. Kohonen 1991). accuracy: of the classes, once the hits are counted."""
        rows = float(sums["rows"])
        metrics = {
            "quantization_error": float(sums["quantization"]) / rows,
            "topographic_error": float(sums["broken"]) / rows,
            "distortion": float(sums["distortion"]) / rows,
        }
        if "right" in sums:
            metrics["accuracy"] = float(sums["right"]) / rows
        return metrics

    def notes(self, data: Samples) -> Iterator[str]:
        """The map's size, units that won nothing, and how far neighbours on the map are neighbours in the data."""
        grid, hits = self.grid, self.weights["hits"].sum(axis=1)
        kind = ("hexagonal" if grid.hexagonal else "rectangular") + (" torus" if grid.toroidal else " map")
        idle = int((hits == 0).sum())
        won = "each won a sample" if not idle else f"{idle} of them won no sample"
        yield f"{kind} of {grid.rows} × {grid.columns} units; {won}"
        batch = data.rows(np.unique(np.linspace(0, len(data) - 1, min(SAMPLED, len(data))).astype(np.int64)))
        neighbours = min(10, (len(batch) - 1) // 2)
        if neighbours >= 1 and not math.isnan(share := trustworthiness(self, batch.inputs, neighbours)):
            yield f"trustworthiness {share:.3f}: how far the {neighbours} nearest on the map are nearest in the data"
